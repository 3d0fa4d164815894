"""A finding points at the line that wrote the offending field, wherever the object stands."""

from __future__ import annotations

import time

import pytest

from slipway.checks import lines as module
from slipway.checks.lines import Lines
from slipway.fleet.manifests import Path
from slipway.fleet.objects import KubeObject
from slipway.fleet.tree import Tree
from tests.unit.small_fleets import at, checked, config_map, findings, kustomization, sync, tree_of

PLAIN = "kind: Deployment\nmetadata:\n  name: api\nspec:\n  replicas: two\n  template:\n    spec: {}\n"
SEVERAL = f"# a comment\n---\nkind: Service\nmetadata: {{name: api}}\n--- # the second\n{PLAIN}"
LIST = """\
apiVersion: v1
kind: List
items:
  - kind: Service
    metadata: {name: api}
  - kind: Deployment
    spec:
      replicas: two
"""
REPLICAS: Path = ("spec", "replicas")


@pytest.mark.parametrize(
    ("content", "first", "path", "line"),
    [
        (PLAIN, 1, REPLICAS, 5),
        (PLAIN, 1, (), 1),
        (PLAIN, 1, ("spec", "template", "spec", "containers", 0, "image"), 7),
        (PLAIN, 1, ("spec", "minReadySeconds"), 4),
        (PLAIN, 1, ("status",), 1),
        (SEVERAL, 6, REPLICAS, 10),
        ("\n\n" + PLAIN, 3, REPLICAS, 7),
        ("--- {kind: Deployment, spec: {replicas: two}}\n", 1, REPLICAS, 1),
        ("\ufeff" + PLAIN, 1, REPLICAS, 5),
        (PLAIN.replace("\n", "\r\n"), 1, REPLICAS, 5),
        ("kind: ConfigMap\ndata:\n  a: |\n    x\n    ---\n" + "---\n" + PLAIN, 7, REPLICAS, 11),
        (LIST, 6, REPLICAS, 8),
    ],
    ids=[
        "a field",
        "the object",
        "the deepest parent that is there",
        "a field of a mapping that lacks it",
        "a field of an object that lacks it",
        "another document",
        "empty lines first",
        "a document on its marker's line",
        "a byte order mark",
        "Windows' line ends",
        "behind a text that looks like a marker",
        "an item of a List",
    ],
)
def test_finds_the_line_of(content: str, first: int, path: Path, line: int) -> None:
    obj = KubeObject({"kind": "Deployment"}, at("app.yaml", first))

    assert Lines([tree_of({"app.yaml": content})]).of(obj, path) == at("app.yaml", line)


@pytest.mark.parametrize(
    "obj",
    [
        KubeObject({"kind": "ConfigMap"}, at("app.yaml", 1)),
        KubeObject({"kind": "Deployment"}, at("app.yaml", 2)),
        KubeObject({"kind": "Deployment"}, at("gone.yaml", 1)),
        KubeObject({"kind": "Deployment"}, at("app.yaml", 1, "acme/unknown")),
        KubeObject({"kind": "Deployment"}, at("broken.yaml", 1)),
    ],
    ids=["made by a generator", "no object starts there", "no such file", "no such repository", "no YAML"],
)
def test_an_object_that_is_not_written_there_keeps_its_own_place(obj: KubeObject) -> None:
    tree = tree_of({"app.yaml": PLAIN, "broken.yaml": "a: ["})

    assert Lines([tree]).of(obj, REPLICAS) == obj.origin


def test_lines_are_found_in_the_repository_that_the_object_is_from() -> None:
    here, there = tree_of({"app.yaml": "\n" + PLAIN}), tree_of({"app.yaml": PLAIN}, "acme/apps")
    obj = KubeObject({"kind": "Deployment"}, at("app.yaml", 1, "acme/apps"))

    assert Lines([here, there]).of(obj, REPLICAS) == at("app.yaml", 5, "acme/apps")


def test_the_effort_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    obj = KubeObject({"kind": "Deployment"}, at("app.yaml", 6))
    monkeypatch.setattr(module, "MAX_PARSED_BYTES", 2 * len(PLAIN))
    lines = Lines([tree_of({"app.yaml": SEVERAL})])

    assert [lines.of(obj, REPLICAS).line for _ in range(3)] == [10, 6, 6]


def test_thousands_of_mistakes_in_one_file_take_no_time() -> None:
    """Only the object's own document is parsed for each."""
    tree = Tree({"app.yaml": b"".join(b"---\n" + PLAIN.encode() for _ in range(2_000))})
    lines = Lines([tree])
    objects = [KubeObject({"kind": "Deployment"}, at("app.yaml", 2 + 8 * number)) for number in range(2_000)]

    start = time.process_time()
    found = [lines.of(obj, REPLICAS).line for obj in objects]

    assert found == [6 + 8 * number for number in range(2_000)]
    assert time.process_time() - start < 10  # 0.7 s here; parsing the whole file for each takes minutes


DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
  namespace: web
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: api}}}}
  template:
    metadata: {{labels: {{app: api}}}}
    spec:
      containers:
        - name: api
          image: nginx:1.29
"""


@pytest.mark.parametrize(
    ("patch", "line", "message"),
    [
        ("- {op: replace, path: /spec/replicas, value: two}", 7, "spec.replicas: "),
        ("- {op: add, path: /spec/paused, value: later}", 6, "spec.paused: "),
        (
            "- {op: add, path: /spec/template/spec/containers/0/tty, value: 7}",
            13,
            "spec.template.spec.containers[0].tty: ",
        ),
    ],
    ids=["a field that the base has", "a field that the patch adds", "a field in a list"],
)
def test_a_patched_object_points_into_the_patch(patch: str, line: int, message: str) -> None:
    files = {
        **sync("staging"),
        "base/deployment.yaml": DEPLOYMENT.format(replicas=2),
        "base/kustomization.yaml": "resources: [deployment.yaml]\n",
        "clusters/staging/kustomization.yaml": "resources: [flux-system/gotk-sync.yaml, ../../base]\n"
        f"patches:\n  - target: {{kind: Deployment}}\n    patch: |\n      {patch}\n",
    }

    [finding] = checked(tree_of(files)).findings
    [without_builds] = checked(tree_of(files), builder=None).findings

    assert finding.where == at("clusters/staging/kustomization.yaml", 5)
    assert finding.message.startswith(message)
    assert without_builds.where == at("base/deployment.yaml", line)
    assert without_builds.message == finding.message


def test_a_missing_field_points_to_what_lacks_it() -> None:
    files = {
        "base/deployment.yaml": DEPLOYMENT.format(replicas=2),
        "base/kustomization.yaml": "resources: [deployment.yaml]\n",
        "clusters/staging/kustomization.yaml": "resources: [flux-system/gotk-sync.yaml, ../../base]\n"
        "patches:\n  - path: port.yaml\n",
        "clusters/staging/port.yaml": "apiVersion: apps/v1\nkind: Deployment\n"
        "metadata: {name: api, namespace: web}\nspec:\n  template:\n    spec:\n      containers:\n"
        "        - name: api\n          ports:\n            - name: http\n",
    }

    [finding] = findings(files)

    assert finding.message.startswith("spec.template.spec.containers[0].ports[0].containerPort: ")
    assert finding.where == at("clusters/staging/port.yaml", 10)


def test_a_variable_with_a_bad_value_points_to_the_value() -> None:
    post_build = {"substituteFrom": [{"kind": "ConfigMap", "name": "values"}]}
    files = {
        "clusters/staging/api.yaml": kustomization("api", postBuild=post_build),
        "clusters/staging/values.yaml": config_map("values", "flux-system", replicas="two"),
        "apps/api/deployment.yaml": DEPLOYMENT.format(replicas="${replicas}"),
    }

    [finding] = findings(files)

    assert finding.where == at("clusters/staging/values.yaml", 7)
    assert finding.hint == "the field that has this variable is at apps/api/deployment.yaml:7"


def test_a_text_with_variables_points_to_the_text() -> None:
    post_build = {"substitute": {"unit": "cores"}}
    files = {
        "clusters/staging/api.yaml": kustomization("api", postBuild=post_build),
        "apps/api/deployment.yaml": DEPLOYMENT.format(replicas="2${unit}"),
    }

    [finding] = findings(files)

    assert finding.where == at("apps/api/deployment.yaml", 7)
    assert finding.hint == "unit is set at clusters/staging/api.yaml:15"


def test_a_dependency_that_a_patch_adds_points_into_the_patch() -> None:
    files = {
        "clusters/staging/api.yaml": kustomization("api"),
        "clusters/staging/kustomization.yaml": "resources: [flux-system/gotk-sync.yaml, api.yaml]\n"
        "patches:\n  - target: {kind: Kustomization, name: api}\n    patch: |\n"
        "      - op: add\n        path: /spec/dependsOn\n        value:\n          - name: gone\n",
        "apps/api/deployment.yaml": DEPLOYMENT.format(replicas=2),
    }

    [finding] = findings(files)

    assert (finding.rule.id, finding.where) == ("SLW102", at("clusters/staging/kustomization.yaml", 8))


def test_an_object_that_a_prefix_renames_is_found() -> None:
    files = {
        "base/apps.yaml": DEPLOYMENT.format(replicas=1).replace(" api", " other")
        + "---\n"
        + DEPLOYMENT.format(replicas="two"),
        "base/kustomization.yaml": "resources: [apps.yaml]\nnamePrefix: blue-\n",
        "clusters/staging/kustomization.yaml": "resources: [flux-system/gotk-sync.yaml, ../../base]\n",
    }

    [finding] = findings(files)

    assert (finding.object, finding.where) == ("Deployment web/blue-api", at("base/apps.yaml", 22))
