"""Every field of a rendered object knows the line that authored it."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest

from slipway.fleet.manifests import Path
from slipway.fleet.model import Expanded, Fleet, RenderedKustomization
from slipway.fleet.objects import KubeObject, Location
from slipway.fleet.provenance import FieldOrigin, Provenance
from slipway.fleet.tree import Tree
from tests.unit.small_fleets import at, builder, config_map, kustomization, rendered, sync, tree_of

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  template:
    spec:
      containers:
        - name: web
          image: nginx:1
        - name: proxy
          image: envoy
          args: [--quiet]
"""
HEAD = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n"
REPLICAS: Path = ("spec", "replicas")
FIRST_IMAGE: Path = ("spec", "template", "spec", "containers", 0, "image")
SECOND_IMAGE: Path = ("spec", "template", "spec", "containers", 1, "image")

# The files of the directory that is built beside `base`, the field, and through what it is authored. The line that is
# to be found says "HERE".
KUSTOMIZED: dict[str, tuple[dict[str, str], Path, str]] = {
    "nothing but the object": (
        {"base/web.yaml": DEPLOYMENT.replace("envoy", "envoy # HERE"), "app": "resources: [../base]\n"},
        SECOND_IMAGE,
        "object",
    ),
    "the object, while another container is patched": (
        {
            "base/web.yaml": DEPLOYMENT.replace("envoy", "envoy # HERE"),
            "app": "resources: [../base]\npatches:\n  - path: patch.yaml\n",
            "app/patch.yaml": HEAD + "spec:\n  template:\n    spec:\n      containers:\n"
            "        - name: first\n          image: envoy\n",
        },
        ("spec", "template", "spec", "containers", 2, "image"),
        "object",
    ),
    "the object, though a patch for another one says the same": (
        {
            "base/web.yaml": DEPLOYMENT.replace("replicas: 2", "replicas: 2 # HERE"),
            "base/api.yaml": DEPLOYMENT.replace("name: web", "name: web-api"),
            "base/kustomization.yaml": "resources: [web.yaml, api.yaml]\n",
            "app": "resources: [../base]\npatches:\n  - path: patch.yaml\n    target: {name: web-.*}\n",
            "app/patch.yaml": HEAD + "spec:\n  replicas: 2\n",
        },
        REPLICAS,
        "object",
    ),
    "an item of a List": (
        {
            "base/web.yaml": "apiVersion: v1\nkind: List\nitems:\n  - "
            + DEPLOYMENT.replace("\n", "\n    ").replace("envoy", "envoy # HERE").rstrip()
            + "\n",
            "app": "resources: [../base]\n",
        },
        SECOND_IMAGE,
        "object",
    ),
    "a patch in a file": (
        {
            "app": "resources: [../base]\npatches:\n  - path: patch.yaml\n",
            "app/patch.yaml": HEAD + 'spec:\n  replicas: "2" # HERE\n',
        },
        REPLICAS,
        "patches",
    ),
    "a patch in the kustomization": (
        {
            "app": "resources: [../base]\npatches:\n  - target:\n      kind: Deployment\n    patch: |\n"
            "      kind: Deployment\n      metadata: {name: any}\n      spec:\n        replicas: 3 # HERE\n"
        },
        REPLICAS,
        "patches",
    ),
    "a patch that is written in one line": (
        {
            "app": "resources: [../base]\npatches:\n  - target: {kind: Deployment}\n"
            "    patch: '[{\"op\": \"replace\", \"path\": \"/spec/replicas\", \"value\": 3}]' # HERE\n"
        },
        REPLICAS,
        "patches",
    ),
    "the patch that comes last": (
        {
            "app": "resources: [../base]\npatches:\n  - target: {kind: Deployment}\n    patch: |-\n"
            "      - {op: replace, path: /spec/replicas, value: 3}\n"
            "  - target: {kind: Deployment}\n    patch: |-\n"
            "      - {op: replace, path: /spec/replicas, value: 3} # HERE\n"
        },
        REPLICAS,
        "patches",
    ),
    "an operation": (
        {
            "app": "resources: [../base]\npatches:\n  - target: {kind: Deployment}\n    path: patch.yaml\n",
            "app/patch.yaml": "- op: replace\n  path: /spec/template/spec/containers/1/image\n  value: other # HERE\n",
        },
        SECOND_IMAGE,
        "patches",
    ),
    "an operation that moves the others": (
        {
            "app": "resources: [../base]\npatches:\n  - target: {kind: Deployment}\n    path: patch.json\n",
            "app/patch.json": '[\n{"op": "add", "path": "/spec/template/spec/containers/0",\n'
            '"value": {"name": "first",\n"image": "HERE"}}]\n',
        },
        FIRST_IMAGE,
        "patches",
    ),
    "an operation that copies": (
        {
            "app": "resources: [../base]\npatches:\n  - target: {kind: Deployment}\n    patch: |-\n"
            "      - op: copy\n        from: /metadata/name\n        path: /metadata/labels/of # HERE\n"
            "labels: [{pairs: {a: b}}]\n",
            "base/web.yaml": DEPLOYMENT.replace("name: web\nspec", "name: web\n  labels: {x: y}\nspec"),
        },
        ("metadata", "labels", "of"),
        "patches",
    ),
    "the old fields for patches": (
        {
            "app": "resources: [../base]\npatchesStrategicMerge:\n  - |-\n    apiVersion: apps/v1\n"
            "    kind: Deployment\n    metadata: {name: web}\n    spec: {replicas: 4} # HERE\n"
        },
        REPLICAS,
        "patchesStrategicMerge",
    ),
    "the old field for operations": (
        {
            "app": "resources: [../base]\npatchesJson6902:\n"
            "  - target: {group: apps, version: v1, kind: Deployment, name: web}\n    path: patch.yaml\n",
            "app/patch.yaml": "- op: replace\n  path: /spec/replicas\n  value: 5 # HERE\n",
        },
        REPLICAS,
        "patchesJson6902",
    ),
    "a patch in a component": (
        {
            "app": "resources: [../base]\ncomponents: [../more]\n",
            "more/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n"
            "  - target: {kind: Deployment}\n    patch: |\n      - op: replace\n        path: /spec/replicas\n"
            "        value: 3 # HERE\n",
        },
        REPLICAS,
        "patches",
    ),
    "a field of another case": (
        {
            "app": "resources: [../base]\nPatches:\n  - Target: {kind: Deployment}\n    Patch: |\n"
            "      - {op: replace, path: /spec/replicas, value: 3} # HERE\n"
        },
        REPLICAS,
        "patches",
    ),
    "a tag": (
        {"app": "resources: [../base]\nimages:\n  - name: nginx\n    newTag: '2' # HERE\n"},
        FIRST_IMAGE,
        "images",
    ),
    "a name of an image, in the base": (
        {
            "app": "resources: [../base]\nimages:\n  - {name: nginx, newTag: '2'}\n",
            "base/kustomization.yaml": "resources: [web.yaml]\nimages:\n  - name: envoy\n    newName: r.io/e # HERE\n",
        },
        SECOND_IMAGE,
        "images",
    ),
    "replicas": (
        {"app": "resources: [../base]\nreplicas:\n  - name: web\n    count: 2 # HERE\n"},
        REPLICAS,
        "replicas",
    ),
    "a namespace": (
        {"app": "resources: [../base]\nnamespace: web # HERE\n"},
        ("metadata", "namespace"),
        "namespace",
    ),
    "a prefix": ({"app": "resources: [../base]\nnamePrefix: a- # HERE\n"}, ("metadata", "name"), "namePrefix"),
    "a suffix": (
        {"app": "resources: [../base]\nnamePrefix: a-\nnameSuffix: -b # HERE\n"},
        ("metadata", "name"),
        "nameSuffix",
    ),
    "a label": (
        {"app": "resources: [../base]\nlabels:\n  - pairs:\n      a: b\n      team: web # HERE\n"},
        ("metadata", "labels", "team"),
        "labels",
    ),
    "a common label, in a selector": (
        {"app": "resources: [../base]\ncommonLabels:\n  team: web # HERE\n"},
        ("spec", "selector", "matchLabels", "team"),
        "commonLabels",
    ),
    "a common annotation": (
        {"app": "resources: [../base]\ncommonAnnotations:\n  a/b: 'yes' # HERE\n"},
        ("metadata", "annotations", "a/b"),
        "commonAnnotations",
    ),
    "a replacement": (
        {
            "app": "resources: [../base]\nreplacements:\n  - source: {kind: Deployment, fieldPath: metadata.name}\n"
            "    targets:\n      - select: {kind: Deployment}\n        fieldPaths:\n"
            "          - spec.template.spec.containers.1.image # HERE\n"
        },
        SECOND_IMAGE,
        "replacements",
    ),
    "a transformer of one's own": (
        {
            "app": "resources: [../base]\ntransformers: [label.yaml]\n",
            "app/label.yaml": "apiVersion: builtin\nkind: LabelTransformer\nmetadata: {name: x}\nlabels:\n"
            "  team: web # HERE\nfieldSpecs: [{path: metadata/labels, create: true}]\n",
        },
        ("metadata", "labels", "team"),
        "transformers",
    ),
    "a mapping that a patch adds": (
        {
            "app": "resources: [../base]\npatches:\n  - path: patch.yaml\n",
            "app/patch.yaml": HEAD + "spec:\n  strategy: # HERE\n    type: Recreate\n",
        },
        ("spec", "strategy"),
        "patches",
    ),
    "an item that a patch adds": (
        {
            "app": "resources: [../base]\npatches:\n  - path: patch.yaml\n",
            "app/patch.yaml": HEAD
            + "spec:\n  template:\n    spec:\n      containers:\n        - name: new # HERE\n          image: new\n",
        },
        ("spec", "template", "spec", "containers", 0),
        "patches",
    ),
    "what identifies the object of a patch": (
        {
            "base/web.yaml": DEPLOYMENT.replace("kind: Deployment", "kind: Deployment # HERE"),
            "app": "resources: [../base]\npatches:\n  - path: patch.yaml\n",
            "app/patch.yaml": HEAD + "spec:\n  replicas: 3\n",
        },
        ("kind",),
        "object",
    ),
    "a name beside a name that a prefix makes": (
        {
            "base/web.yaml": DEPLOYMENT.replace("- name: web", "- name: web # HERE"),
            "app": "resources: [../base]\nnamePrefix: web-\n",
        },
        ("spec", "template", "spec", "containers", 0, "name"),
        "object",
    ),
    "text with other letters before it": (
        {
            "base/web.yaml": "# é\U0001f600\n" + DEPLOYMENT.replace("envoy", "envoy # HERE"),
            "app": "resources: [../base]\npatches:\n  - path: patch.yaml\n",
            "app/patch.yaml": HEAD + "spec: {template: {spec: {containers: [{name: a, image: envoy}]}}}\n",
        },
        ("spec", "template", "spec", "containers", 2, "image"),
        "object",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", KUSTOMIZED)
def test_a_field_is_authored_by(name: str) -> None:
    files, path, through = KUSTOMIZED[name]
    files = {"base/web.yaml": DEPLOYMENT, "base/kustomization.yaml": "resources: [web.yaml]\n", **files}
    files["app/kustomization.yaml"] = files.pop("app")

    found = World({**files, "clusters/staging/app.yaml": kustomization("app", path="app")}).of("Deployment", path)

    assert found == FieldOrigin(here(files), through, certain=True)


GENERATED: dict[str, tuple[dict[str, str], str, Path]] = {
    "a literal": ("", "  literals:\n  - a=b\n  - key=value # HERE\n", ("data", "key")),
    "a literal in quotes": ("", "  literals:\n  - key='value' # HERE\n", ("data", "key")),
    "an empty literal": ("", "  literals:\n  - key= # HERE\n", ("data", "key")),
    "a file": ("HERE", "  files: [data.env]\n", ("data", "data.env")),
    "a file of another name": ("HERE", "  files: [key=data.env]\n", ("data", "key")),
    "a line of a file": ("# x\na=b\nkey=HERE\n", "  envs: [data.env]\n", ("data", "key")),
    "a label": ("", "  options:\n    labels:\n      a: b # HERE\n  literals: [a=b]\n", ("metadata", "labels", "a")),
    "the name": ("", "  literals: [a=b]\n  name: made # HERE\n", ("metadata", "name")),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
@pytest.mark.parametrize("name", GENERATED)
def test_a_field_of_what_is_generated_is_authored_by(name: str, kind: str) -> None:
    data, generator, path = GENERATED[name]
    field = "configMapGenerator" if kind == "ConfigMap" else "secretGenerator"
    generator = generator if "name:" in generator else generator + "  name: made\n"
    files = {
        "app/kustomization.yaml": f"{field}:\n" + generator.replace("  ", "- ", 1),
        "app/data.env": data,
        "clusters/staging/app.yaml": kustomization("app", path="app"),
    }

    assert World(files).of(kind, path, "made") == FieldOrigin(here(files), field, certain=True)


def test_what_an_overlay_adds_to_generated_data_is_authored_there() -> None:
    files = {
        "base/kustomization.yaml": "configMapGenerator:\n  - name: made\n    literals: [key=old, b=c]\n",
        "app/kustomization.yaml": "resources: [../base]\nconfigMapGenerator:\n  - name: made\n    behavior: merge\n"
        "    literals:\n      - key=new # HERE\n",
        "clusters/staging/app.yaml": kustomization("app", path="app"),
    }
    world = World(files)

    assert world.of("ConfigMap", ("data", "key"), "made").where == here(files)
    assert world.of("ConfigMap", ("data", "b"), "made").where == at("base/kustomization.yaml", 3)


FLUX: dict[str, tuple[str, Path, str]] = {
    "the target namespace": ("  targetNamespace: web # HERE\n", ("metadata", "namespace"), "targetNamespace"),
    "the prefix": ("  namePrefix: a- # HERE\n", ("metadata", "name"), "namePrefix"),
    "a tag": ("  images:\n    - name: nginx\n      newTag: '3' # HERE\n", FIRST_IMAGE, "images"),
    "a patch": (
        "  patches:\n    - patch: |\n"
        + "".join(f"        {line}\n" for line in (*HEAD.splitlines(), "spec:", "  replicas: 7 # HERE")),
        REPLICAS,
        "patches",
    ),
    "a component": ("  components: [../more]\n", ("metadata", "labels", "more"), "labels"),
    "common labels": (
        "  commonMetadata:\n    labels:\n      team: web # HERE\n",
        ("metadata", "labels", "team"),
        "commonMetadata",
    ),
    "common annotations": (
        "  commonMetadata:\n    annotations:\n      team: web # HERE\n",
        ("metadata", "annotations", "team"),
        "commonMetadata",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FLUX)
def test_a_field_is_authored_in_a_flux_kustomization_by(name: str) -> None:
    spec, path, through = FLUX[name]
    files = {
        "app/web.yaml": DEPLOYMENT,
        "clusters/staging/app.yaml": kustomization("app", path="app") + spec,
    }
    if "more" in spec:
        component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nlabels:\n  - pairs:\n"
        files["more/kustomization.yaml"] = f"{component}      more: b # HERE\n"

    assert World(files).of("Deployment", path) == FieldOrigin(here(files), through, certain=True)


def test_a_patch_in_a_flux_kustomization_that_a_patch_adds_is_found_in_that_one() -> None:
    files = {
        "app/web.yaml": DEPLOYMENT,
        "clusters/staging/app.yaml": kustomization("app", path="app"),
        "clusters/staging/kustomization.yaml": "resources: [flux-system/gotk-sync.yaml, app.yaml]\n"
        "patches:\n  - target: {kind: Kustomization, name: app}\n    patch: |\n"
        "      - op: add\n        path: /spec/patches\n        value:\n          - patch: |\n"
        + "".join(f"              {line}\n" for line in (*HEAD.splitlines(), "spec:", "  replicas: 7 # HERE")),
    }

    found = World(files).of("Deployment", REPLICAS)

    # Of a text in a text, the line of the outer one's field is as near as it gets.
    assert (found.where, found.certain) == (at("clusters/staging/kustomization.yaml", 8), True)


class TestVariables:
    """A variable is in two places: where the field has it, and where its value is."""

    def test_one_that_is_all_of_a_field_leads_to_its_value(self) -> None:
        found = self._world("${count}", "  postBuild:\n    substitute:\n      count: '5' # HERE\n")

        assert found.where == at("clusters/staging/app.yaml", 15)
        assert found.text == at("app/web.yaml", 6)
        assert [item.name for item in found.variables] == ["count"]
        assert found.certain

    def test_of_one_that_is_part_of_a_field_the_text_leads(self) -> None:
        found = self._world("a${count}-${m:=b}", "  postBuild:\n    substitute:\n      count: '5' # HERE\n")

        assert found.where == found.text == at("app/web.yaml", 6)
        assert [(item.name, item.where) for item in found.variables] == [
            ("count", at("clusters/staging/app.yaml", 15)),
            ("m", at("app/web.yaml", 6)),
        ]

    @pytest.mark.parametrize("text", ["${x:=5}", "${x:=${y:=5}}"])
    def test_a_default_is_the_text_itself(self, text: str) -> None:
        found = self._world(text, "  postBuild:\n    substitute:\n      count: '5'\n")

        assert found.where == found.text == at("app/web.yaml", 6)

    def test_a_default_that_is_a_variable_leads_to_that(self) -> None:
        found = self._world("${x:=${count}}", "  postBuild:\n    substitute:\n      count: '5'\n")

        assert found.where == at("clusters/staging/app.yaml", 15)

    def test_the_last_source_of_a_variable_counts(self) -> None:
        sources = "  postBuild:\n    substituteFrom:\n      - {kind: ConfigMap, name: one}\n"
        found = self._world(
            "${count}",
            sources + "      - {kind: ConfigMap, name: two}\n",
            one=config_map("one", "flux-system", count="4"),
            two=config_map("two", "flux-system", count="6"),
        )

        assert found.where == at("clusters/staging/two.yaml", 7)

    def test_what_a_secret_sets_leads_to_the_secret(self) -> None:
        secret = (
            "apiVersion: v1\nkind: Secret\nmetadata: {name: one, namespace: flux-system}\nstringData:\n  count: '4'\n"
        )
        sources = "  postBuild:\n    substituteFrom:\n      - {kind: Secret, name: one}\n"

        assert self._world("${count}", sources, one=secret).where == at("clusters/staging/one.yaml", 5)

    def test_what_slipway_yaml_says_leads_there(self) -> None:
        sources = "  postBuild:\n    substituteFrom:\n      - {kind: Secret, name: gone}\n"
        settings = "clusters:\n  staging:\n    variables:\n      count: '4'\n"

        found = self._world("${count}", sources, **{"/slipway.yaml": settings})

        assert found.where == at("slipway.yaml", 4)

    def test_what_is_no_variable_is_where_it_is(self) -> None:
        found = self._world("$${count}", "  postBuild:\n    substitute:\n      count: '5'\n")

        assert (found.where, found.variables) == (at("app/web.yaml", 6), ())

    def test_what_a_variable_makes_besides_a_value_is_not_certain(self) -> None:
        found = self._world(
            "\n    a${count}: b", "  postBuild:\n    substitute:\n      count: '5'\n", path=(*REPLICAS, "a5")
        )

        assert (found.where, found.certain) == (at("app/web.yaml", 1), False)

    def _world(self, text: str, spec: str, *, path: Path = REPLICAS, **more: str) -> FieldOrigin:
        files = {
            "app/web.yaml": DEPLOYMENT.replace("replicas: 2", f"replicas: {text}"),
            "clusters/staging/app.yaml": kustomization("app", path="app") + spec,
        }
        for name, content in more.items():
            files[name[1:] if name.startswith("/") else f"clusters/staging/{name}.yaml"] = content
        return World(files).of("Deployment", path)


class TestDoubt:
    """Where nothing is certain, it is said so."""

    def test_a_field_that_the_object_does_not_have(self) -> None:
        files = {"app/web.yaml": DEPLOYMENT, "clusters/staging/app.yaml": kustomization("app", path="app")}

        found = World(files).of("Deployment", ("spec", "paused", "by"))

        assert (found.where, found.certain) == (at("app/web.yaml", 5), False)

    def test_a_mapping_that_several_have_written(self) -> None:
        files = {
            "app/web.yaml": DEPLOYMENT,
            "app/kustomization.yaml": "resources: [web.yaml]\nreplicas: [{name: web, count: 4}]\n",
            "clusters/staging/app.yaml": kustomization("app", path="app"),
        }

        found = World(files).of("Deployment", ("spec",))

        assert (found.where, found.through, found.certain) == (at("app/web.yaml", 5), "object", False)

    def test_more_builds_than_are_allowed(self) -> None:
        files = {
            "app/web.yaml": DEPLOYMENT,
            "app/kustomization.yaml": "resources: [web.yaml]\nimages: [{name: nginx, newTag: '1'}]\n",
            "clusters/staging/app.yaml": kustomization("app", path="app"),
        }

        assert World(files).of("Deployment", FIRST_IMAGE).certain
        assert not World(files, max_builds=0).of("Deployment", FIRST_IMAGE).certain

    def test_what_a_chart_brings(self) -> None:
        world = World({"clusters/staging/config.yaml": config_map("a", key="b")})
        obj, _ = world.find("ConfigMap", "a")
        release = Expanded(KubeObject({"kind": "HelmRelease"}, at("release.yaml", 3)), "staging", "staging", (), (obj,))

        found = world.provenance.of(KubeObject(obj.value, at("release.yaml", 3)), release, ("data", "key"))

        assert found == FieldOrigin(at("release.yaml", 3), "HelmRelease", certain=False)


def test_an_object_whose_origin_a_patch_has_removed_is_found_again() -> None:
    files = {
        "app/web.yaml": DEPLOYMENT.replace("envoy", "envoy # HERE"),
        "app/kustomization.yaml": "resources: [web.yaml]\npatches:\n  - target: {kind: Deployment}\n    patch: |\n"
        "      - {op: add, path: /metadata/annotations, value: {a: b}}\n",
        "clusters/staging/app.yaml": kustomization("app", path="app"),
    }

    assert World(files).of("Deployment", SECOND_IMAGE) == FieldOrigin(here(files), "object", certain=True)


def test_the_definition_of_a_root_is_where_it_is_written() -> None:
    world = World({"clusters/staging/a.yaml": config_map("a")})
    [root] = world.fleet.clusters["staging"].kustomizations
    definition = root.kustomization.definition

    found = world.provenance.of(definition, world.provenance.owner_of(definition, root), ("spec", "path"))

    assert found == FieldOrigin(at("clusters/staging/flux-system/gotk-sync.yaml", 18), "object", certain=True)


def test_places_name_the_commit() -> None:
    files = {**sync("staging"), "clusters/staging/a.yaml": config_map("a", key="b")}
    root = Tree({path: text.encode() for path, text in files.items()}, revision="5f0c1e7")
    fleet = rendered(root)
    obj, owner = next((obj, owner) for obj, owner in fleet.clusters["staging"].landed if obj.kind == "ConfigMap")

    assert Provenance(fleet, builder(), root).of(obj, owner, ("data", "key")).where.revision == "5f0c1e7"


def test_nothing_is_built_for_a_field_that_one_place_alone_can_have_written() -> None:
    files = {"app/web.yaml": DEPLOYMENT, "clusters/staging/app.yaml": kustomization("app", path="app")}

    assert World(files, max_builds=0).of("Deployment", REPLICAS).certain


def test_the_same_build_on_many_clusters_is_asked_once() -> None:
    names = [f"c{number}" for number in range(200)]
    files = {
        "app/web.yaml": DEPLOYMENT,
        "app/kustomization.yaml": "resources: [web.yaml]\nreplicas: [{name: web, count: 4}]\nnamespace: web\n",
    }
    for name in names:
        files |= {**sync(name), f"clusters/{name}/app.yaml": kustomization("app", path="app")}
    world = World(files, max_builds=2)

    start = time.process_time()
    found = [world.of("Deployment", REPLICAS, cluster=name) for name in names]

    assert {item.where for item in found} == {at("app/kustomization.yaml", 2)}
    assert all(item.certain for item in found)
    assert time.process_time() - start < 5  # 0.1 s here


class World:
    """A cluster `staging` of some files."""

    def __init__(self, files: Mapping[str, str], **limits: int) -> None:
        root = tree_of({**({} if "clusters/c0/app.yaml" in files else sync("staging")), **files})
        self.fleet: Fleet = rendered(root)
        assert not [problem for problem in self.fleet.problems if problem.code != "apply"]
        self.provenance = Provenance(self.fleet, builder(), root, **limits)

    def of(self, kind: str, path: Path, name: str = "", cluster: str = "staging") -> FieldOrigin:
        obj, owner = self.find(kind, name, cluster)
        return self.provenance.of(obj, owner, path)

    def find(self, kind: str, name: str = "", cluster: str = "staging") -> tuple[KubeObject, RenderedKustomization]:
        found = (
            (obj, owner)
            for obj, owner in self.fleet.clusters[cluster].landed
            if obj.kind == kind and name in obj.name and isinstance(owner, RenderedKustomization)
        )
        return next(found)


def here(files: Mapping[str, str]) -> Location:
    """The line that says so."""
    [found] = [
        at(path, number)
        for path, content in files.items()
        for number, line in enumerate(content.split("\n"), 1)
        if "HERE" in line
    ]
    return found
