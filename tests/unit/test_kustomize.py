"""A build is made as kustomize-controller makes it.

What comes out is compared with Flux's own code by `tests/interop/test_fleet_builds.py`; here are the rules.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from slipway.errors import InputError
from slipway.fleet.errors import BuildError
from slipway.fleet.kustomize import Builder, MemoryCache, Plan, plan_build
from slipway.fleet.manifests import load_document
from slipway.fleet.tree import Tree
from slipway.tools import kubectl

BUILDER = Builder(kubectl.Kubectl(kubectl.find()))
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {0}\n"
APP = {"app/kustomization.yaml": "resources: [a.yaml]\n", "app/a.yaml": CONFIG.format("a")}


@dataclass
class FakeEngine:
    """Counts what it is asked to build."""

    version: str = "fake"
    asked: list[str] = field(default_factory=list)

    def build(self, files: Mapping[str, bytes], directory: str) -> str:
        """See `slipway.fleet.kustomize.Engine`."""
        self.asked.append(directory)
        return CONFIG.format(f"n{len(files)}")


def test_a_directory_without_a_kustomization_is_taken_whole_in_the_order_of_a_walk() -> None:
    files = {
        **{
            f"app/{path}": CONFIG.format("x")
            for path in ("b.yaml", "a/z.yml", "a-b/y.yaml", "a.yaml", ".h.yaml", "B.yaml")
        },
        "app/text.txt": "[",
        "app/unit/kustomization.yaml": "resources: [deep/x.yaml]\n",
        "app/unit/deep/x.yaml": CONFIG.format("x"),
        "app/unit/values.yaml": "not: an object\n",
        "app/unit/deep/kustomization.yaml": "resources: [nowhere.yaml]\n",
        "app/old/Kustomization": "resources: [x.yaml]\n",
        "app/old/x.yaml": CONFIG.format("x"),
        "other/x.yaml": CONFIG.format("x"),
    }
    assert _merged(files)["resources"] == [
        *("./.h.yaml", "./B.yaml", "./a/z.yml", "./a-b/y.yaml", "./a.yaml", "./b.yaml", "./old", "./unit"),
    ]


def test_the_root_without_a_kustomization_is_taken_whole() -> None:
    files = {"a.yaml": CONFIG.format("a"), "deep/b.yaml": CONFIG.format("b")}
    assert load_document(_plan(files, "").files["kustomization.yaml"])["resources"] == ["./a.yaml", "./deep/b.yaml"]


def test_a_directory_of_nothing_is_built_to_nothing() -> None:
    assert _names({"app/readme.md": ""}) == []
    assert _merged({"app/readme.md": ""})["namespace"] == "_placeholder"


NOT_OBJECTS = {
    "values": ("a: b\n", 1, "it has no apiVersion"),
    "a list": ("- a\n", 1, "it has no apiVersion"),
    "text": ("a\n", 1, "it has no apiVersion"),
    "no kind": ("\napiVersion: v1\nmetadata: {name: a}\n", 2, "it has no kind"),
    "no name": ("apiVersion: v1\nkind: A\n", 1, "it has no name"),
    "a later one": (f"{CONFIG.format('a')}---\na: b\n", 6, "it has no apiVersion"),
    "an item": ("apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: A}\n", 4, "it has no name"),
}


@pytest.mark.parametrize(("content", "line", "message"), NOT_OBJECTS.values(), ids=NOT_OBJECTS)
def test_every_file_of_such_a_directory_is_of_objects(content: str, line: int, message: str) -> None:
    with pytest.raises(BuildError, match=message) as refused:
        _plan({"app/a.yaml": content})
    assert (refused.value.file, refused.value.line) == ("app/a.yaml", line)


@pytest.mark.parametrize(("written", "name"), [("y", "y"), ("on", "on"), ("123", 123), ("true", True)])
def test_a_name_may_look_like_something_else(written: str, name: object) -> None:
    assert _names({"app/a.yaml": CONFIG.format(written)}) == [name]


def test_a_name_of_a_file_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(BuildError, match=r"the name of the file 'app/\\udcff\.yaml' is not UTF-8"):
        plan_build(Tree({"app/\udcff.yaml": CONFIG.format("a").encode()}), "app", {})


MERGES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "a namespace": ("namespace: lost\n", {"targetNamespace": "apps"}, {"namespace": "apps"}),
    "no namespace": ("namespace: kept\n", {"targetNamespace": ""}, {"namespace": "kept"}),
    "prefix and suffix": (
        "namePrefix: lost-\n",
        {"namePrefix": "a-", "nameSuffix": "-b"},
        {"namePrefix": "a-", "nameSuffix": "-b"},
    ),
    "patches, after its own": (
        "patches: [{patch: 'a: 1'}]\n",
        {"patches": [{"patch": "b: 2", "target": {"kind": "A", "foo": "bar"}, "path": "lost"}, {"patch": "c: 3"}]},
        {"patches": [{"patch": "a: 1"}, {"patch": "b: 2", "target": {"kind": "A"}}, {"patch": "c: 3"}]},
    ),
    "components, after its own": ("components: [../p]\n", {"components": ["../q"]}, {"components": ["../p", "../q"]}),
    "components that may be missing": (
        "",
        {"components": ["../q", "../none", "../../out", "./"], "ignoreMissingComponents": True},
        {"components": ["../q", "./"]},
    ),
    "a tag": (
        "images: [{name: a, newName: b, newTag: '1'}]\n",
        {"images": [{"name": "a", "newTag": "2"}]},
        {"images": [{"name": "a", "newName": "b", "newTag": "2"}]},
    ),
    "a digest instead of a tag": (
        "images: [{name: a, newTag: '1'}]\n",
        {"images": [{"name": "a", "digest": "d"}]},
        {"images": [{"name": "a", "digest": "d"}]},
    ),
    "a name, and the tag stays": (
        "images: [{name: a, newTag: '1'}]\n",
        {"images": [{"name": "a", "newName": "c"}]},
        {"images": [{"name": "a", "newTag": "1", "newName": "c"}]},
    ),
    "other images": (
        "images: [{name: a}]\n",
        {"images": [{"name": "b", "newTag": "1"}, {"name": "b", "digest": "d"}]},
        {"images": [{"name": "a"}, {"name": "b", "digest": "d"}]},
    ),
    "metadata": (
        "buildMetadata: [managedByLabel]\n",
        {"buildMetadata": ["transformerAnnotations"]},
        {"buildMetadata": ["transformerAnnotations", "originAnnotations"]},
    ),
    "an order": ("sortOptions: {order: legacy}\n", {}, {"sortOptions": {"order": "legacy"}}),
    "no order": ("", {}, {"sortOptions": {"order": "fifo"}}),
    "numbers for text": (
        "images: [{name: a, newTag: 1.10}]\ncommonLabels: {a: 1}\n",
        {},
        {"images": [{"name": "a", "newTag": "1.1"}], "commonLabels": {"a": "1"}},
    ),
    "fields that nobody knows": (
        "foo: bar\npatches: [{foo: bar, patch: 'a: 1'}]\n",
        {"foo": "bar"},
        {"patches": [{"patch": "a: 1"}]},
    ),
}


@pytest.mark.parametrize(("own", "spec", "merged"), MERGES.values(), ids=MERGES)
def test_fields_of_the_flux_kustomization_are_merged_in(
    own: str, spec: Mapping[str, Any], merged: dict[str, Any]
) -> None:
    component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
    files = {
        **APP,
        "app/kustomization.yaml": f"resources: [a.yaml]\n{own}",
        "p/kustomization.yaml": component,
        "q/kustomization.yaml": component,
    }
    found = _merged(files, spec)
    assert {name: found.get(name) for name in merged} == merged
    assert "foo" not in found


@pytest.mark.parametrize("component", ["https://github.com/a/b", "/app", "git@github.com:a/b", "gh:a/b", "file:///app"])
def test_a_component_is_a_relative_path(component: str) -> None:
    with pytest.raises(BuildError, match="must be a relative path in the repository"):
        _plan(APP, spec={"components": [component], "ignoreMissingComponents": True})


def test_a_kustomization_without_resources_keeps_the_origins() -> None:
    base = {"base/kustomization.yaml": "resources: [a.yaml]\n", "base/a.yaml": CONFIG.format("a")}
    assert _plan({**base, "app/kustomization.yaml": "bases: [../base]\nbuildMetadata: [managedByLabel]\n"}).keep_origin
    assert not _plan({**base, "app/kustomization.yaml": "resources: [../base]\n"}).keep_origin
    assert _plan(
        {**base, "app/kustomization.yaml": "resources: [../base]\nbuildMetadata: [originAnnotations]\n"}
    ).keep_origin
    assert not _plan({"app/a.yaml": CONFIG.format("a")}).keep_origin


PATHS = {
    "nowhere": "path ./nowhere does not exist in the repository",
    "app/a.yaml": "path ./app/a.yaml is a file, not a directory, in the repository",
    "..": "leaves the repository",
    "../app": "leaves the repository",
    "..app": "path ./..app does not exist",
}


@pytest.mark.parametrize(("path", "message"), PATHS.items())
def test_a_path_is_a_directory_of_the_repository(path: str, message: str) -> None:
    with pytest.raises(BuildError, match=message) as refused:
        _plan(APP, path)
    assert refused.value.file == ""


def test_two_kustomizations_in_a_directory_are_refused() -> None:
    with pytest.raises(BuildError, match="kustomize takes one kustomization for a directory") as refused:
        _plan({**APP, "app/Kustomization": ""})
    assert refused.value.file == "app/Kustomization"


def test_the_order_of_the_kustomization_stays() -> None:
    files = {
        "app/kustomization.yaml": "resources: [z.yaml, a.yaml, ns.yaml]\n",
        "app/z.yaml": CONFIG.format("z"),
        "app/a.yaml": CONFIG.format("a"),
        "app/ns.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: ns}\n",
    }
    assert _names(files) == ["z", "a", "ns"]


def test_an_error_of_kustomize_is_told_in_its_words_without_our_directories() -> None:
    files = {**APP, "app/kustomization.yaml": "resources: [a.yaml, a.yaml]\n"}
    with pytest.raises(BuildError) as refused:
        _names(files)
    assert "may not add resource with an already registered id" in refused.value.message
    assert "/tmp" not in refused.value.message
    assert "slipway-" not in refused.value.message


def test_equal_builds_are_made_once() -> None:
    engine = FakeEngine()
    builder = Builder(engine)
    for revision in ("1", "2"):
        files = {**APP, f"unused-{revision}": ""}
        builder.build(Tree({path: text.encode() for path, text in files.items()}), "app", {})
    assert engine.asked == ["app"]


@pytest.mark.parametrize(
    ("files", "directory", "spec"),
    [
        ({**APP, "app/a.yaml": CONFIG.format("b")}, "app", {}),
        ({path.replace("app/", "other/"): text for path, text in APP.items()}, "other", {}),
        (APP, "app", {"namePrefix": "p-"}),
        ({**APP, "app/kustomization.yaml": "resources: [a.yaml]\nnamespace: a\n"}, "app", {}),
    ],
)
def test_other_builds_are_made_anew(files: dict[str, str], directory: str, spec: dict[str, Any]) -> None:
    engine = FakeEngine()
    builder = Builder(engine)
    builder.build(Tree({path: text.encode() for path, text in APP.items()}), "app", {})
    builder.build(Tree({path: text.encode() for path, text in files.items()}), directory, spec)
    assert len(engine.asked) == 2


def test_names_and_contents_do_not_run_into_each_other() -> None:
    digests = {
        Plan("a", files, keep_origin=False).digest(engine)
        for engine in ("e", "ea")
        for files in (
            {"a": b"b"},
            {"a": b"", "b": b""},
            {"ab": b""},
            {"a\n": b"b"},
            {"a": b"b", "c": b""},
            {"\udcff": b""},
        )
    }
    assert len(digests) == 12


def test_another_engine_builds_anew() -> None:
    cache = MemoryCache()
    first, second = FakeEngine("1"), FakeEngine("2")
    for engine in (first, second):
        Builder(engine, cache).build(Tree({path: text.encode() for path, text in APP.items()}), "app", {})
    assert second.asked == ["app"]


def test_memory_forgets_the_oldest() -> None:
    cache = MemoryCache()
    size = cache.MAX_CHARACTERS // 4
    for name in "abcdef":
        cache.put(name, name * size)
        cache.put(name, name * size)
    assert [name for name in "abcdef" if cache.get(name)] == ["c", "d", "e", "f"]
    cache.put("large", "x" * (cache.MAX_CHARACTERS + 1))
    assert cache.get("large") is not None
    assert cache.get("f") is None


def test_a_scan_of_many_files_takes_little_time() -> None:
    files = {f"app/d{n % 100}/deep/x{n}.yaml": CONFIG.format(f"x{n}").encode() for n in range(3_000)}
    files |= {f"app/u{n}/kustomization.yaml": b"resources: [x.yaml]\n" for n in range(300)}
    files |= {f"app/u{n}/x.yaml": CONFIG.format(f"u{n}").encode() for n in range(300)}
    before = time.process_time()
    assert len(plan_build(Tree(files), "app", {}).files) == 3_601
    assert time.process_time() - before < 6


FEATURES: dict[str, dict[str, str]] = {
    "generators": {
        "app/kustomization.yaml": (
            "configMapGenerator:\n- {name: a, files: [x.txt, k=x.txt], envs: [x.env], literals: [l=v, 'q=\"x\"']}\n"
            "secretGenerator: [{name: s, literals: [a=b], type: Opaque}]\ngeneratorOptions: {labels: {a: b}}\n"
        ),
        "app/x.txt": "é\n  text\n\n",
        "app/x.env": "A=1\n# c\nB=2",
    },
    "old fields": {
        "app/kustomization.yaml": (
            "bases: [../base]\nimageTags: [{name: a, newTag: b}]\ncommonLabels: {a: b}\n"
            "patchesStrategicMerge:\n- |-\n  apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: b}\n"
            "  data: {x: y}\n- p.yaml\n"
            'patchesJson6902: [{target: {version: v1, kind: ConfigMap, name: b}, patch: \'[{"op": "add", '
            '"path": "/data/z", "value": "w"}]\'}]\n'
            "vars: [{name: V, objref: {apiVersion: v1, kind: ConfigMap, name: b}, fieldref: {fieldpath: data.x}}]\n"
        ),
        "app/p.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata: {v: w}\n",
        "base/kustomization.yml": "resources: [b.yaml]\n",
        "base/b.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata: {k: v}\n",
    },
    "text of all kinds": {
        "app/kustomization.yaml": (
            "resources: [b.yaml]\ncommonAnnotations:\n"
            "  {a: 'yes', b: \"1\", c: ' x ', d: \"é\\n\\u2028\", e: '#', f: '', g: 'null'}\n"
            "patches:\n- target: {kind: ConfigMap}\n  patch: |\n    - op: add\n      path: /data/x\n      value: |\n"
            "        a\n          b\n\n        c\n"
        ),
        "app/b.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata: {k: v}\n",
    },
}


@pytest.mark.parametrize("files", FEATURES.values(), ids=FEATURES)
def test_our_own_words_are_read_as_those_of_the_repository(files: dict[str, str]) -> None:
    content = files["app/kustomization.yaml"] + "buildMetadata: [originAnnotations]\nsortOptions: {order: fifo}\n"
    files = {**files, "app/kustomization.yaml": content}
    tree = Tree({path: text.encode() for path, text in files.items()})
    ours = "---\n".join(item.text for item in BUILDER.build(tree, "app", {}).items)
    assert ours == BUILDER.engine.build({path: tree.read(path) for path in tree}, "app")


def _plan(files: Mapping[str, str], directory: str = "app", spec: Mapping[str, Any] | None = None) -> Plan:
    return plan_build(Tree({path: text.encode() for path, text in files.items()}), directory, spec or {})


def _merged(files: Mapping[str, str], spec: Mapping[str, Any] | None = None) -> Any:
    return load_document(_plan(files, spec=spec).files["app/kustomization.yaml"])


def _names(files: Mapping[str, str]) -> list[str]:
    tree = Tree({path: text.encode() for path, text in files.items()})
    return [item.value["metadata"]["name"] for item in BUILDER.build(tree, "app", {}).items]


def test_an_error_is_an_error_again_when_it_is_asked_again() -> None:
    tree = Tree({"app/kustomization.yaml": b"\nresources: [a.yaml]\n"})
    for _ in range(2):
        with pytest.raises(InputError) as refused:
            BUILDER.build(tree, "app", {})
        assert (type(refused.value), refused.value.file, refused.value.line) == (
            BuildError,
            "app/kustomization.yaml",
            2,
        )
