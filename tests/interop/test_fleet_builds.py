"""What we build of a Flux Kustomization is what kustomize-controller applies, and what it refuses, we refuse."""

from collections.abc import Mapping
from typing import Any

import pytest

from slipway.errors import InputError
from slipway.fleet.flux import Kustomization
from slipway.fleet.kustomize import Builder
from slipway.fleet.objects import KubeObject, Location
from slipway.fleet.post_build import Variables, post_build
from slipway.fleet.tree import Tree
from slipway.tools.kubectl import Kubectl, find
from tests.interop.reference import Answer, BuildCase, FluxReference

CM = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {0}\ndata:\n  key: value\n"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: nginx:1.25}
      - {name: sidecar, image: "registry.io/side@sha256:abc"}
"""
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: b}\n"
LIST = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: in-list}}\n"
K = "kustomization.yaml"


def case(files: Mapping[str, str], path: str = "app", variables: Mapping[str, str] | None = None, **spec: Any) -> Any:
    return files, path, spec, variables


APP = {"app/a.yaml": CM.format("a"), "app/b.yaml": CM.format("b")}
PLAIN = {**APP, f"app/{K}": "resources: [a.yaml, b.yaml]\n"}
WEB = {"app/web.yaml": DEPLOYMENT, f"app/{K}": "resources: [web.yaml]\n"}

CASES: dict[str, Any] = {
    "no kustomization": case(APP),
    "order of a walk": case(
        {
            "app/a-b/x.yaml": CM.format("a-b-x"),
            "app/a/x.yaml": CM.format("a-x"),
            "app/a.yaml": CM.format("a"),
            "app/Z.yml": CM.format("z"),
            "app/a0.yaml": CM.format("a0"),
            "app/é.yaml": CM.format("e"),
            "app/text.txt": "no YAML: [",
        }
    ),
    "units in a scanned directory": case(
        {
            "app/a.yaml": CM.format("a"),
            f"app/sub/{K}": "resources: [deep/x.yaml]\nnamePrefix: u-\n",
            "app/sub/deep/x.yaml": CM.format("x"),
            "app/sub/unused.yaml": "not: an object\n",
            f"app/sub/deep/more/{K}": "resources: [nowhere.yaml]\n",
            "app/other/y.yaml": CM.format("y"),
        }
    ),
    "a unit with the name of old": case(
        {"app/x/Kustomization": "resources: [a.yaml]\n", "app/x/a.yaml": CM.format("a")}
    ),
    "the root": case({"a.yaml": CM.format("a"), "deep/b.yaml": CM.format("b")}, ""),
    "the root by a dot": case({"a.yaml": CM.format("a")}, "./"),
    "a slash at the end": case(APP, "./app/"),
    "a hidden file": case({"app/.hidden.yaml": CM.format("hidden")}),
    "an empty directory": case({"app/readme.md": "text"}),
    "an empty file": case({"app/a.yaml": CM.format("a"), "app/empty.yaml": "# nothing\n---\n"}),
    "not an object": case({"app/a.yaml": CM.format("a"), "app/values.yaml": "a: b\n"}),
    "no name": case({"app/a.yaml": "apiVersion: v1\nkind: ConfigMap\n"}),
    "no kind": case({"app/a.yaml": "apiVersion: v1\nmetadata: {name: a}\n"}),
    "no version": case({"app/a.yaml": "kind: ConfigMap\nmetadata: {name: a}\n"}),
    "no version, in a list of resources": case(
        {"app/a.yaml": "kind: ConfigMap\nmetadata: {name: a}\n", f"app/{K}": "resources: [a.yaml]\n"}
    ),
    "not YAML": case({"app/a.yaml": "a: [\n"}),
    "a list": case({"app/a.yaml": LIST}),
    "an empty list": case({"app/a.yaml": "apiVersion: v1\nkind: List\nitems: []\n", "app/b.yaml": CM.format("b")}),
    "a list of YAML": case({"app/a.yaml": "- a\n- b\n"}),
    "several documents": case({"app/a.yaml": f"---\n{CM.format('a')}---\n---\n{CM.format('b')}"}),
    "windows' line ends": case({"app/a.yaml": CM.format("a").replace("\n", "\r\n")}),
    "a byte order mark": case({"app/a.yaml": "\ufeff" + CM.format("a")}),
    "a duplicate key": case({"app/a.yaml": CM.format("a") + "  key: other\n"}),
    "twice the same": case({"app/a.yaml": CM.format("a"), "app/b.yaml": CM.format("a")}),
    "anchors": case(
        {"app/a.yaml": CM.format("a") + "  x: &x yes please\n  y: *x\n  z: &z {q: r}\n  w: {<<: *z, s: t}\n"}
    ),
    "scalars": case(
        {
            "app/a.yaml": "apiVersion: v1\nkind: A\nmetadata: {name: a}\nspec: {a: yes, b: 'yes', c: 0o17, d: 017, "
            "e: 1e3, f: 12345678901234567, g: 1.0, h: ~, i: 2001-01-01, j: 0x1F, k: 1_000, l: '1', m: .5, n: 1:20}\n"
        }
    ),
    "prefix, suffix, namespace": case(
        {**PLAIN, f"app/{K}": "resources: [a.yaml]\nnamespace: lost\nnamePrefix: lost-\nnameSuffix: -kept\n"},
        targetNamespace="apps",
        namePrefix="p-",
    ),
    "nothing overwrites": case({**PLAIN, f"app/{K}": "resources: [a.yaml]\nnamespace: kept\n"}, targetNamespace=""),
    "a prefix without a kustomization": case(APP, namePrefix="p-", targetNamespace="apps"),
    "patches": case(
        {
            **WEB,
            f"app/{K}": "resources: [web.yaml]\npatches: [{path: p.yaml}]\n",
            "app/p.yaml": ("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2}\n"),
        },
        patches=[
            {
                "patch": '[{"op": "add", "path": "/metadata/annotations/x", "value": "y"}]',
                "target": {"kind": "Deployment"},
            },
            {"patch": "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  paused: true\n"},
        ],
    ),
    "a patch of nothing": case(PLAIN, patches=[{"patch": "kind: X\nmetadata: {name: x}\n"}]),
    "a patch that does not apply": case(
        PLAIN, patches=[{"patch": '[{"op": "remove", "path": "/data/none"}]', "target": {"kind": "ConfigMap"}}]
    ),
    "a patch that is no YAML": case(PLAIN, patches=[{"patch": "a: [", "target": {"kind": "ConfigMap"}}]),
    "annotations removed by a patch": case(
        {"app/a.yaml": CM.format("a").replace("  name", "  annotations: {x: y}\n  name")},
        patches=[{"patch": '[{"op": "remove", "path": "/metadata/annotations"}]', "target": {"kind": "ConfigMap"}}],
    ),
    "images": case(
        {
            **WEB,
            f"app/{K}": "resources: [web.yaml]\nimages:\n- {name: nginx, newName: own/nginx, newTag: 1.26}\n"
            "- {name: registry.io/side, digest: 'sha256:def'}\n",
        },
        images=[{"name": "nginx", "newTag": "1.27"}, {"name": "registry.io/side", "newTag": "v2"}],
    ),
    "images without their own": case(WEB, images=[{"name": "nginx", "newName": "mirror/nginx", "digest": "sha256:1"}]),
    "numbers as tags": case(
        {
            **WEB,
            f"app/{K}": "resources: [web.yaml]\nimages: [{name: nginx, newTag: 1.10}]\n"
            "commonAnnotations: {a: 1, b: true, c: 1.50, d: 0x10, e: 2001-01-01}\nnamePrefix: 7\n",
        }
    ),
    "numbers as tags in a base": case(
        {
            f"app/{K}": "resources: [../base]\n",
            "base/web.yaml": DEPLOYMENT,
            f"base/{K}": "resources: [web.yaml]\nimages: [{name: nginx, newTag: 1.10}]\n",
        }
    ),
    "numbers in a generator": case({f"app/{K}": "configMapGenerator: [{name: 1, literals: [a=b]}]\n"}),
    "numbers in a generator's options": case(
        {f"app/{K}": "generatorOptions: {labels: {a: 1}}\nconfigMapGenerator: [{name: a, literals: [a=b]}]\n"}
    ),
    "a field that is not known": case({**PLAIN, f"app/{K}": "resources: [a.yaml]\nfoo: bar\n"}),
    "a nested field that is not known": case({**PLAIN, f"app/{K}": "resources: [a.yaml]\npatches: [{foo: bar}]\n"}),
    "a field that is not known, in a base": case(
        {
            f"app/{K}": "resources: [../base]\n",
            "base/a.yaml": CM.format("a"),
            f"base/{K}": "resources: [a.yaml]\nfoo: bar\n",
        }
    ),
    "other spellings": case(
        {**PLAIN, f"app/{K}": "Resources: [a.yaml]\nNAMEPREFIX: p-\nimages: [{NAME: x, newtag: y}]\n"}
    ),
    "several documents of kustomization": case(
        {**PLAIN, f"app/{K}": "resources: [a.yaml]\n---\nresources: [none.yaml]\n"}
    ),
    "an empty first document": case({**PLAIN, f"app/{K}": "---\n---\nresources: [a.yaml]\n"}),
    "an empty kustomization": case({**PLAIN, f"app/{K}": ""}),
    "an empty base": case({f"app/{K}": "resources: [../base]\n", f"base/{K}": "# nothing\n"}),
    "a kustomization of null": case({**PLAIN, f"app/{K}": "resources:\nnamePrefix: p-\n"}),
    "two kustomizations": case({**PLAIN, "app/kustomization.yml": "resources: [a.yaml]\n"}),
    "two kustomizations in a base": case(
        {f"app/{K}": "resources: [../base]\n", f"base/{K}": "namePrefix: a\n", "base/Kustomization": "namePrefix: a\n"}
    ),
    "not a mapping": case({**PLAIN, f"app/{K}": "- a\n"}),
    "a list for text": case({**PLAIN, f"app/{K}": "resources: [a.yaml]\nnamePrefix: [a]\n"}),
    "text for a list": case({**PLAIN, f"app/{K}": "resources: a.yaml\n"}),
    "a number for a path": case({"app/1": CM.format("a"), f"app/{K}": "resources: [1]\n"}),
    "another version": case({**PLAIN, f"app/{K}": "apiVersion: kustomize.config.k8s.io/v1\nresources: [a.yaml]\n"}),
    "another kind": case({**PLAIN, f"app/{K}": "kind: Other\nresources: [a.yaml]\n"}),
    "a component at the root": case(
        {**PLAIN, f"app/{K}": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [a.yaml]\n"}
    ),
    "components": case(
        {
            **PLAIN,
            f"part/{K}": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: c-\n"
            "configMapGenerator: [{name: made, literals: [a=b]}]\n",
        },
        components=["../part"],
    ),
    "a component that is missing": case(PLAIN, components=["../part"]),
    "a component that may be missing": case(
        PLAIN, components=["../part", "../../outside"], ignoreMissingComponents=True
    ),
    "a component on the network": case(PLAIN, components=["https://github.com/a/b"]),
    "a component by an absolute path": case(PLAIN, components=["/app"]),
    "a component that is a kustomization": case({**PLAIN, f"part/{K}": "namePrefix: c-\n"}, components=["../part"]),
    "build metadata": case(PLAIN, buildMetadata=["originAnnotations"]),
    "build metadata of its own": case(
        {**PLAIN, f"app/{K}": "resources: [a.yaml]\nbuildMetadata: [originAnnotations]\n"}
    ),
    "no resources": case(
        {f"app/{K}": "bases: [../base]\n", "base/a.yaml": CM.format("a"), f"base/{K}": "resources: [a.yaml]\n"}
    ),
    "generators": case(
        {
            f"app/{K}": "configMapGenerator:\n- name: a\n  files: [x.txt, key=x.txt]\n  envs: [x.env]\n"
            "  literals: [l=v]\n"
            "- {name: b, behavior: create, env: x.env, options: {disableNameSuffixHash: true, labels: {a: b}}}\n"
            "secretGenerator: [{name: s, literals: [a=b], type: Opaque}]\ngeneratorOptions: {annotations: {x: y}}\n",
            "app/x.txt": "text\n  more\n",
            "app/x.env": "A=1\n# c\nB=2\n",
        }
    ),
    "a merge of generators": case(
        {
            f"app/{K}": "resources: [../base]\nconfigMapGenerator: [{name: a, behavior: merge, literals: [b=2]}]\n",
            f"base/{K}": "configMapGenerator: [{name: a, literals: [a=1]}]\n",
        }
    ),
    "replacements, vars, replicas, labels": case(
        {
            **WEB,
            "app/a.yaml": CM.format("a"),
            "app/r.yaml": "source: {kind: ConfigMap, name: a, fieldPath: data.key}\ntargets:\n"
            "- select: {kind: Deployment}\n  fieldPaths: [metadata.annotations.from]\n  options: {create: true}\n",
            f"app/{K}": "resources: [web.yaml, a.yaml]\nreplacements: [{path: r.yaml}]\n"
            "replicas: [{name: web, count: 5}]\n"
            "labels: [{pairs: {team: x}, includeSelectors: true}]\ncommonLabels: {old: way}\n",
        }
    ),
    "patches of old": case(
        {
            **WEB,
            "app/p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {paused: true}\n",
            "app/j.json": '[{"op": "replace", "path": "/spec/replicas", "value": 7}]',
            f"app/{K}": "resources: [web.yaml]\npatchesStrategicMerge:\n- p.yaml\n- |-\n  apiVersion: apps/v1\n"
            "  kind: Deployment\n  metadata: {name: web}\n  spec: {minReadySeconds: 3}\n"
            "patchesJson6902: [{path: j.json, target: {group: apps, version: v1, kind: Deployment, name: web}}]\n",
        }
    ),
    "plugins": case(
        {
            **PLAIN,
            "app/t.yaml": "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: t}\nprefix: t-\n"
            "fieldSpecs: [{path: metadata/name}]\n",
            "plugins/kustomization.yaml": "resources: [l.yaml]\n",
            "plugins/l.yaml": "apiVersion: builtin\nkind: LabelTransformer\nmetadata: {name: l}\nlabels: {a: b}\n"
            "fieldSpecs: [{path: metadata/labels, create: true}]\n",
            f"app/{K}": "resources: [a.yaml]\ntransformers:\n- t.yaml\n- ../plugins\n- |-\n  apiVersion: builtin\n"
            "  kind: AnnotationsTransformer\n  metadata: {name: x}\n  annotations: {x: y}\n"
            "  fieldSpecs: [{path: metadata/annotations, create: true}]\ngenerators:\n- |-\n  apiVersion: builtin\n"
            "  kind: ConfigMapGenerator\n  metadata: {name: made}\n  name: made\n  files: [a.yaml]\n",
        }
    ),
    "a plugin of somebody": case(
        {
            **PLAIN,
            f"app/{K}": "resources: [a.yaml]\ntransformers:\n- |-\n  apiVersion: a/v1\n  kind: B\n"
            "  metadata: {name: c}\n",
        }
    ),
    "a chart": case({**PLAIN, f"app/{K}": "helmCharts: [{name: a, repo: 'https://example.com'}]\n"}),
    "configurations and crds": case(
        {
            **PLAIN,
            "app/c.yaml": "namePrefix: [{path: data/key, kind: ConfigMap}]\n",
            "app/crd.json": "{}",
            f"app/{K}": "resources: [a.yaml]\nnamePrefix: p-\nconfigurations: [c.yaml]\ncrds: [crd.json]\n",
        }
    ),
    "sorted": case(
        {
            **WEB,
            "app/n.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n",
            f"app/{K}": "resources: [web.yaml, n.yaml]\nsortOptions: {order: legacy}\n",
        }
    ),
    "local configuration": case(
        {
            "app/a.yaml": CM.format("a").replace(
                "  name", "  annotations: {config.kubernetes.io/local-config: 'true'}\n  name"
            ),
            "app/b.yaml": CM.format("b"),
        }
    ),
    "an origin of its own": case(
        {
            "app/a.yaml": CM.format("a").replace(
                "  name", "  annotations: {config.kubernetes.io/origin: mine, z: y}\n  name"
            )
        }
    ),
    "empty annotations": case({"app/a.yaml": CM.format("a").replace("  name", "  annotations:\n  name")}),
    "data like an origin": case(
        {
            "app/a.yaml": CM.format("a")
            + "  file: |\n    metadata:\n      annotations:\n    config.kubernetes.io/origin: |\n"
            "      path: fake\n  other: |\n    ---\n    x: y\n"
        }
    ),
    "JSON": case(
        {
            "app/a.json": '{"apiVersion": "v1",\n\t"kind": "ConfigMap", "metadata": {"name": "a"}}',
            f"app/{K}": "resources: [a.json]\n",
        }
    ),
    "outside": case(PLAIN, "../app"),
    "a path that is a file": case(PLAIN, "app/a.yaml"),
    "a path that does not exist": case(PLAIN, "nowhere"),
    "a base outside": case({**PLAIN, f"app/{K}": "resources: [../../other]\n"}),
    "a base within, by a detour": case(
        {**PLAIN, "base/a.yaml": CM.format("a"), f"app/{K}": "resources: [../nowhere/../base/a.yaml]\n"}
    ),
    "variables": case(
        {"app/a.yaml": CM.format("a") + '  v: ${v}\n  q: "${n}"\n  d: ${none:=x}\n  e: $${v}\n  ${k}: b\n'},
        variables={"v": "1", "n": "2", "k": "other"},
        postBuild={},
    ),
    "a variable that is not set": case(
        {"app/a.yaml": CM.format("a") + "  v: ${none}\n"}, variables={"v": "1"}, postBuild={}
    ),
    "no variables": case({"app/a.yaml": CM.format("a") + "  v: ${none}\n"}, postBuild={}),
    "always": case({"app/a.yaml": CM.format("a") + "  v: ${none:=x}\n"}, postBuild={"substituteStrategy": "Always"}),
    "no substitution": case({"app/a.yaml": CM.format("a") + "  v: ${none}\n"}),
    "opted out": case(
        {
            "app/a.yaml": CM.format("a").replace(
                "  name", "  labels: {kustomize.toolkit.fluxcd.io/substitute: disabled}\n  name"
            )
            + "  v: ${none}\n"
        },
        variables={"v": "1"},
        postBuild={},
    ),
    "opted out with other words": case(
        {"app/a.yaml": CM.format("a") + "  kustomize.toolkit.fluxcd.io/substitute: disabled\n  v: ${v}\n"},
        variables={"v": "1"},
        postBuild={},
    ),
    "a variable that breaks YAML": case(
        {"app/a.yaml": CM.format("a") + "  v: ${v}\n"},
        variables={"v": "a: b"},
        postBuild={},
    ),
    "a variable that is a document": case(
        {"app/a.yaml": CM.format("a") + "  v: ${v}\n"},
        variables={"v": "x\r---\rkind: Other"},
        postBuild={},
    ),
    "a variable that leaves nothing": case(
        {"app/a.yaml": CM.format("a") + "  v: ${v}\n"},
        variables={"v": "x\r...\r- y"},
        postBuild={},
    ),
    "a name that is none": case({"app/a.yaml": CM.format("a")}, variables={"no-name": "x"}, postBuild={}),
}
# The controller refuses them, too, when it reads the objects back to apply them.
OURS_ALONE_REFUSES = {"a variable that is a document", "a variable that leaves nothing"}


@pytest.fixture(scope="module")
def answers(flux: FluxReference, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answer]:
    """What Flux makes of each case."""
    builds = []
    for files, path, spec, variables in CASES.values():
        root = tmp_path_factory.mktemp("artifact")
        for file, text in files.items():
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).write_bytes(text.encode())
        build = BuildCase(root, path, _definition(path, spec), {})
        builds.append(build if variables is None else build.with_variables(variables))
    return dict(zip(CASES, flux.builds(builds), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_a_build_is_what_flux_applies(answers: dict[str, Answer], flux: FluxReference, name: str) -> None:
    files, path, spec, variables = CASES[name]
    ours = _ours(files, _definition(path, spec), variables or {})
    answer = answers[name]
    if isinstance(ours, InputError):
        assert answer.error or name in OURS_ALONE_REFUSES, ours
    else:
        assert not answer.error
        assert ours == flux.documents(answer)


def _definition(path: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    source = {"kind": "GitRepository", "name": "a"}
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": "app", "namespace": "flux-system"},
        "spec": {"interval": "1h", "prune": True, "path": path, "sourceRef": source, **spec},
    }


def _ours(files: Mapping[str, str], definition: Mapping[str, Any], variables: Mapping[str, str]) -> Any:
    kustomization = Kustomization(KubeObject(definition, Location("", "", 0)))
    tree = Tree({path: text.encode() for path, text in files.items()})
    try:
        built = Builder(Kubectl(find())).build(tree, kustomization.path, kustomization.spec)
        objects, unknown = post_build(kustomization, built, Variables(variables))
    except InputError as err:
        return err
    assert not unknown
    return [obj.value for obj in objects]
