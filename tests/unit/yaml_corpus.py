"""Kustomizations in the styles that are found in public repositories, each with what makes it hard."""

_HEAD = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"

CORPUS = {
    "dashes below their key": f"{_HEAD}resources:\n- namespace.yaml\n- release.yaml\n",
    "dashes deeper than their key": f"---\n{_HEAD}resources:\n  - namespace.yaml\n  - release.yaml\n",
    "four spaces": f"{_HEAD}resources:\n    - ./app.yaml\n    - ./b.yaml\nimages:\n    - name: a\n      newTag: v1\n",
    "wide dashes": f"{_HEAD}resources:\n-   namespace.yaml\n-   release.yaml\n",
    "no line break at the end": f"{_HEAD}resources:\n  - namespace.yaml",
    "blank lines at the end": f"{_HEAD}resources:\n  - namespace.yaml\n\n\n",
    "blank lines between items": f"{_HEAD}resources:\n\n  - namespace.yaml\n\n  - release.yaml\n\npatches: []\n",
    "sections": f"{_HEAD}resources:\n  # network\n  - ingress\n  - dns\n\n  # storage\n  - backup\nnamespace: a\n",
    "commented out": f"{_HEAD}resources:\n  - a\n  # - b\n  - c\n  # - d\n# - e\nnamespace: a\n",
    "comment at the margin": f"{_HEAD}resources:\n# all\n  - a\n# the rest\n  - c\n",
    "brackets": f"{_HEAD}resources: [a.yaml, c.yaml]   # short\n",
    "brackets over lines": f"{_HEAD}resources: [\n  c.yaml,\n  a.yaml,\n]\n",
    "as JSON": '{\n  "kind": "Kustomization",\n  "resources": [\n    "c.yaml",\n    "a.yaml"\n  ]\n}\n',
    "empty": f"{_HEAD}resources: []\n",
    "no resources": f"{_HEAD}# components only\ncomponents:\n  - ../../base\n",
    "quotes": f"{_HEAD}resources:\n  - 'b.yaml'\n  - 'a.yaml'\n",
    "Windows": f"{_HEAD}resources:\n  - b.yaml\n  - a.yaml # c\n".replace("\n", "\r\n"),
    "byte order mark": f"\ufeff{_HEAD}resources:\n  - b.yaml\n",
    "schema and end marker": f"---\n# yaml-language-server: $schema=s.json\n{_HEAD}resources:\n  - b\n...\n",
    "patches in text": (
        f"{_HEAD}resources:\n  - b.yaml\npatches:\n  - target:\n      kind: Job\n    patch: |-\n      - op: add\n"
        "        path: /spec\n        # all\n        value: [a]\n      - op: test\n        path: /x\n"
    ),
    "generators": (
        f"{_HEAD}resources:\n  - b.yaml\nconfigMapGenerator:\n  - name: &name values\n    files:\n"
        "      - values.yaml=./values.yaml\nlabels:\n  - pairs: {app: *name}\n"
    ),
}
