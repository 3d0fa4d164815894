"""What would change on which cluster: all of it, nothing else, and no secret."""

import time
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import pytest

from slipway.fleet.diff import ChangeGroup, FleetDiff, diff_fleets
from slipway.fleet.flux import Kustomization
from slipway.fleet.masks import LAST_APPLIED, masked
from slipway.fleet.model import Cluster, Fleet, OwnerId, RenderedKustomization
from slipway.fleet.objects import KubeObject, Location, ObjectKey

Objects = Mapping[str, Sequence[KubeObject]]


def _object(name: str, kind: str = "ConfigMap", line: int = 1, **fields: Any) -> KubeObject:
    value = {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, **fields}
    return KubeObject(value, Location("", f"{name}.yaml", line))


def _owner(name: str, home: str, *ancestors: OwnerId, failed: bool = False) -> RenderedKustomization:
    value = {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": name},
        "spec": {"prune": True},
    }
    kustomization = Kustomization(KubeObject(value, Location("", "k.yaml", 1)))
    return RenderedKustomization(kustomization, home, home, None, ancestors, (), failed=failed)


def _fleet(objects: Objects) -> Fleet:
    """Clusters with objects of one Kustomization each."""
    clusters = {}
    for name, landed in objects.items():
        owner = _owner("all", name)
        clusters[name] = Cluster(name, "1.35", True, [owner], [(obj, owner) for obj in landed])
    return Fleet(clusters, (), ())


def _changes(base: Objects, head: Objects) -> list[tuple[tuple[str, ...], list[tuple[str, str]]]]:
    found = diff_fleets(_fleet(base), _fleet(head))
    return [(group.clusters, [(change.kind, change.key.name) for change in group.changes]) for group in found.groups]


def _lines(old: KubeObject | None, new: KubeObject | None) -> list[str]:
    [group] = diff_fleets(*(_fleet({"a": [obj] if obj else []}) for obj in (old, new))).groups
    [change] = group.changes
    return list(change.lines)


def test_what_is_the_same_is_no_change() -> None:
    objects = {"a": [_object("x", data={"k": "v"})], "b": []}
    assert diff_fleets(_fleet(objects), _fleet(objects)) == FleetDiff((), ())


def test_objects_are_added_changed_and_removed() -> None:
    base = {"a": [_object("gone"), _object("other", line=3, data={"k": "1"})]}
    head = {"a": [_object("new", line=5), _object("other", line=7, data={"k": "2"})]}
    [group] = diff_fleets(_fleet(base), _fleet(head)).groups
    assert [(change.kind, str(change.key), str(change.where)) for change in group.changes] == [
        ("removed", "ConfigMap gone", "gone.yaml:1"),
        ("added", "ConfigMap new", "new.yaml:5"),
        ("changed", "ConfigMap other", "other.yaml:7"),
    ]
    assert group.changes[2].lines == (
        *("@@ -3,4 +3,4 @@", " metadata:", "   name: other", " data:", '-  k: "1"', '+  k: "2"'),
    )
    assert group.changes[1].lines == (
        "@@ -0,0 +1,4 @@",
        "+apiVersion: v1",
        "+kind: ConfigMap",
        "+metadata:",
        "+  name: new",
    )


@pytest.mark.parametrize(("old", "new"), [(1, True), (0, False), (1, "1"), (None, ""), ([], {}), ("a", "a ")])
def test_values_that_are_alike_are_not_the_same(old: object, new: object) -> None:
    assert _changes({"a": [_object("x", spec=old)]}, {"a": [_object("x", spec=new)]}) == [(("a",), [("changed", "x")])]


def test_another_version_of_the_same_object_is_a_change() -> None:
    old, new = (_object("x", apiVersion=version) for version in ("apps/v1beta1", "apps/v1"))
    assert _changes({"a": [old]}, {"a": [new]}) == [(("a",), [("changed", "x")])]


def test_only_the_place_is_no_change() -> None:
    assert _changes({"a": [_object("x", line=1)]}, {"a": [_object("x", line=9)]}) == []


def test_fields_are_told_beside_the_lines_and_masked_as_they_are() -> None:
    pair = (_object("x", "Secret", data={"k": data, "same": "s"}, type=data) for data in ("pass", "other"))
    [group] = diff_fleets(*(_fleet({"a": [obj]}) for obj in pair)).groups
    [change] = group.changes
    assert [(field.path, field.old, field.new) for field in change.fields] == [
        ("data.k", "<secret>", "<secret, changed>"),
        ("type", "pass", "other"),
    ]


def test_what_a_sealed_secret_holds_is_only_said_to_change() -> None:
    def sealed(**data: str) -> KubeObject:
        value = {"apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "metadata": {"name": "x"}}
        return KubeObject({**value, "spec": {"encryptedData": data}}, Location("", "x.yaml", 1))

    lines = _lines(sealed(a="AgB1", b="AgB2", gone="AgB3"), sealed(a="AgB1", b="AgC2", new="AgC3"))
    assert [line for line in lines if line[0] in "+-"] == [
        *("-    b: <encrypted>", "-    gone: <encrypted>"),
        *("+    b: <encrypted, changed>", "+    new: <encrypted>"),
    ]
    without = KubeObject({**sealed().value, "spec": {}}, Location("", "x.yaml", 1))
    assert masked(without) is without.value


@pytest.mark.parametrize("kind", ["Thing", "Other"])
def test_entries_of_lists_are_told_apart_as_the_clusters_own_definitions_say(kind: str) -> None:
    keyed = {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["host"]}
    schema = {"properties": {"spec": {"properties": {"routes": {"type": "array", **keyed}}}}}
    definition = _object(
        "things.example.com",
        "CustomResourceDefinition",
        apiVersion="apiextensions.k8s.io/v1",
        spec={
            "group": "example.com",
            "names": {"kind": "Thing"},
            "versions": [{"name": "v1", "schema": {"openAPIV3Schema": schema}}],
        },
    )
    old, new = (
        _object("x", kind, apiVersion="example.com/v1", spec={"routes": [{"host": "a", "to": to}]}) for to in "bc"
    )
    [group] = diff_fleets(_fleet({"a": [definition, old]}), _fleet({"a": [definition, new]})).groups
    name = "[host=a]" if kind == "Thing" else "[0]"
    assert [field.path for field in group.changes[0].fields] == [f"spec.routes{name}.to"]


class Unreadable(list[Any]):
    """A list that fails those who read it."""

    def __iter__(self) -> Any:
        raise AssertionError("it was looked at")


def test_a_cluster_that_both_sides_share_is_not_looked_at() -> None:
    failed = _owner("broken", "a", failed=True)
    shared = Cluster("a", "1.35", True, [failed], Unreadable())
    assert diff_fleets(Fleet({"a": shared}, (), ()), Fleet({"a": shared}, (), ())) == FleetDiff(
        (), ("Kustomization broken on a",)
    )


class Incomparable(dict[str, Any]):
    """A mapping that fails those who compare it."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        raise AssertionError("it was compared")


def test_an_object_that_both_sides_share_is_not_compared() -> None:
    shared = KubeObject(Incomparable(_object("x").value), Location("", "x.yaml", 1))
    assert _changes({"a": [shared]}, {"a": [shared]}) == []


def test_objects_that_clusters_share_are_compared_once() -> None:
    """One build is applied to many clusters."""
    names = [f"c{n:03}" for n in range(300)]
    old, new = ([_object(f"x{n}", data={"k": "v" * 1000, "n": str(side)}) for n in range(100)] for side in (0, 1))
    before = time.process_time()
    [group] = diff_fleets(_fleet(dict.fromkeys(names, old)), _fleet(dict.fromkeys(names, new))).groups
    assert time.process_time() - before < 5
    assert (group.clusters, len(group.changes)) == (tuple(names), 100)


def test_clusters_with_the_same_changes_are_one_group() -> None:
    base: Objects = {"a": [], "b": [], "c": [_object("y")], "d": []}
    both = [_object("x"), _object("y")]
    head: Objects = {"a": both, "b": both, "c": both, "e": [_object("z")]}
    assert _changes(base, head) == [
        (("a", "b"), [("added", "y")]),
        (("a", "b", "c"), [("added", "x")]),
        (("e",), [("added", "z")]),
    ]
    assert diff_fleets(_fleet(base), _fleet(head)).clusters == ("a", "b", "c", "e")


def test_the_same_object_may_change_in_different_ways() -> None:
    base = {"a": [_object("x", data={"k": "1"})], "b": [_object("x", data={"k": "2"})]}
    head = {"a": [_object("x", data={"k": "3"})], "b": [_object("x", data={"k": "3"})]}
    assert [clusters for clusters, _ in _changes(base, head)] == [("a",), ("b",)]


def test_a_cluster_may_come_and_go() -> None:
    assert _changes({"old": [_object("x")]}, {"new": [_object("x")]}) == [
        (("new",), [("added", "x")]),
        (("old",), [("removed", "x")]),
    ]


def test_an_object_that_two_bring_is_one() -> None:
    twice = [_object("x", data={"k": "1"}), _object("x", data={"k": "2"})]
    assert _changes({"a": twice}, {"a": [twice[1]]}) == []


@pytest.mark.parametrize("failing", ["base", "head", "both"])
def test_what_one_side_could_not_render_is_neither_added_nor_removed(failing: str) -> None:
    def side(failed: bool) -> Fleet:
        root, fine = _owner("root", "hub"), _owner("fine", "hub")
        middle = _owner("middle", "hub", root.id, failed=failed)
        deep = _owner("deep", "spoke", root.id, middle.id)
        hub = Cluster("hub", "1.35", True, [root, fine, middle])
        spoke = Cluster("spoke", "1.35", True, [])
        hub.landed = [(_object("root"), root), (_object("fine" if failed else "fine-too"), fine)]
        if not failed:
            hub.landed.append((_object("of-middle"), middle))
            spoke.kustomizations.append(deep)
            spoke.landed.append((_object("of-deep"), deep))
        return Fleet({"hub": hub, "spoke": spoke}, (), ())

    found = diff_fleets(side(failing != "head"), side(failing != "base"))
    names = {change.key.name for group in found.groups for change in group.changes}
    assert names == (set() if failing == "both" else {"fine", "fine-too"})
    assert found.not_compared == ("Kustomization middle on hub",)


SECRETS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "data": ({"data": {"k": "cGFzcw=="}}, {"data": {"k": "b3RoZXI="}}),
    "text": ({"stringData": {"k": "pass"}}, {"stringData": {"k": "other"}}),
    "more of it": ({"data": {"k": "cGFzcw=="}}, {"data": {"k": "cGFzcw==", "l": "b3RoZXI="}}),
    "from one to the other": ({"data": {"k": "cGFzcw=="}}, {"stringData": {"k": "pass"}}),
    "lines": ({"stringData": {"k": "pass\npass\n"}}, {"stringData": {"k": "pass\nother\n"}}),
    "no text": ({"data": {"k": {"l": ["pass"]}}}, {"data": {"k": 12345}}),
    "no mapping": ({"data": "pass"}, {"data": ["other"]}),
    "as last applied only": (
        {"metadata": {"name": "x", "annotations": {LAST_APPLIED: "pass"}}},
        {"metadata": {"name": "x", "annotations": {LAST_APPLIED: "other"}}},
    ),
    "as last applied": (
        {"metadata": {"name": "x", "annotations": {LAST_APPLIED: "pass"}}, "data": {"k": "a"}},
        {"metadata": {"name": "x", "annotations": {LAST_APPLIED: "other"}}, "data": {"k": "b"}},
    ),
}


@pytest.mark.parametrize(("old", "new"), SECRETS.values(), ids=SECRETS)
def test_secrets_are_masked_wherever_they_stand(old: dict[str, Any], new: dict[str, Any]) -> None:
    before, after = _object("x", "Secret", **old), _object("x", "Secret", **new)
    for one, other in ((before, after), (after, before), (None, after), (before, None)):
        shown = "\n".join(_lines(one, other))
        assert not [word for word in ("pass", "cGFzcw", "other", "b3RoZXI", "12345") if word in shown]
        assert "<secret" in shown


def test_a_secret_that_changes_says_so_and_one_that_does_not_does_not() -> None:
    before = _object("x", "Secret", data={"a": "1", "b": "2", "gone": "3"}, type="Opaque")
    after = _object("x", "Secret", data={"a": "1", "b": "4", "new": "5"}, type="Opaque")
    assert masked(after, before)["data"] == {"a": "<secret>", "b": "<secret, changed>", "new": "<secret>"}
    assert [line for line in _lines(before, after) if line[0] in "+-"] == [
        *("-  b: <secret>", "-  gone: <secret>", "+  b: <secret, changed>", "+  new: <secret>"),
    ]
    assert after.value["data"] == {"a": "1", "b": "4", "new": "5"}


def _with_secret(password: str, *, shown: dict[str, Any] | None = None, **fields: Any) -> KubeObject:
    """An object that a Secret's value is substituted into: in its data, in a list, and as a number."""
    value = {"data": {"url": f"x:{password}@y", "args": ["a", password], "deep": {"size": len(password)}}, **fields}
    public = {"data": {"url": "x:${P}@y", "args": ["a", "${P}"], "deep": {"size": "${#P}"}}, **fields}
    obj = _object("x", **value)
    return KubeObject(obj.value, obj.origin, _object("x", **(public if shown is None else shown)).value)


def test_values_of_secrets_are_masked_where_they_are_substituted() -> None:
    lines = _lines(_with_secret("hunter2"), _with_secret("swordfish"))
    assert [line for line in lines if line[0] in "+-"] == [
        *("-  url: x:${P}@y", "+  url: x:${P}@y <secret, changed>"),
        *("-  - ${P}", "+  - ${P} <secret, changed>"),
        *("-    size: ${#P}", "+    size: ${#P} <secret, changed>"),
    ]


def test_what_differs_beside_a_secret_is_shown() -> None:
    lines = _lines(_with_secret("hunter2", spec="a"), _with_secret("hunter2", spec="b"))
    assert [line for line in lines if line[0] in "+-"] == ["-spec: a", "+spec: b"]


def test_a_secret_is_masked_though_the_other_side_has_none() -> None:
    public = _object("x", data={"url": "open", "args": ["a"], "deep": {"size": 1}})
    for lines in (_lines(public, _with_secret("hunter2")), _lines(_with_secret("hunter2"), public)):
        assert "hunter2" not in "\n".join(lines)
        assert "open" in "\n".join(lines)
    for lines in (_lines(None, _with_secret("hunter2")), _lines(_with_secret("hunter2"), None)):
        assert "hunter2" not in "\n".join(lines)


def test_a_secret_that_a_secret_is_substituted_into_is_masked_all_over() -> None:
    metadata = {"name": "x", "annotations": {LAST_APPLIED: "hunter2", "note": "hunter2"}}
    public = {"metadata": {"name": "x", "annotations": {LAST_APPLIED: "${P}", "note": "${P}"}}, "data": {"k": "${P}"}}
    obj = _object("x", "Secret", metadata=metadata, data={"k": "hunter2"})
    shown = masked(KubeObject(obj.value, obj.origin, _object("x", "Secret", **public).value))
    assert shown["metadata"]["annotations"] == {LAST_APPLIED: "<secret>", "note": "${P}"}
    assert shown["data"] == {"k": "<secret>"}


def test_what_is_no_secret_is_shown() -> None:
    assert masked(_object("x", data={"k": "v"})) == _object("x", data={"k": "v"}).value
    sealed = KubeObject(
        {"apiVersion": "bitnami.com/v1alpha1", "kind": "Secret", "data": {"k": "v"}}, Location("", "", 0)
    )
    assert masked(sealed) is sealed.value
    assert masked(_object("x", "Secret", data=None))["data"] is None


def test_lines_that_look_like_a_head_are_shown() -> None:
    old, new = _object("x", **{"-- a": "1", "++ b": "1"}), _object("x", **{"++ a": "1", "-- b": "1"})
    assert [line for line in _lines(old, new) if line[0] in "+-"] == [
        *('--- a: "1"', '-++ b: "1"', '+++ a: "1"', '+-- b: "1"'),
    ]


def test_text_of_windows_has_lines_too() -> None:
    old, new = (_object("x", data={"k": text}) for text in ("a\r\nb\r\n", "a\nb\r\n"))
    assert _lines(old, new)[-3:] == ["-    a\u240d", "+    a", "     b\u240d"]


def test_other_ends_of_lines_are_part_of_a_line() -> None:
    for character in ("\u2028", "\x85", "\x0c", "\x1e"):
        shown = _lines(None, _object("x", data={"k": f"a{character}b\nc\n"}))
        assert all(line[0] in "@+" for line in shown)


def test_large_objects_are_compared_or_not_in_bounded_time() -> None:
    size = 12_000
    old = _object("x", data={"k": "".join(f"{n}\n" for n in range(size))})
    new = _object("x", data={"k": "".join(f"{n ^ 1}\n" for n in range(size))})
    before = time.process_time()
    lines = _lines(old, new)
    assert time.process_time() - before < 5
    assert lines[0] == f"@@ -1,{size + 6} +1,{size + 6} @@ too different to be compared line by line (MAX_EFFORT)"
    assert len(lines) == 2 * (size + 6) + 1


def test_a_small_change_of_a_large_object_is_small() -> None:
    texts = ["".join(f"{n}\n" for n in range(50_000))]
    texts.append(texts[0].replace("25000\n", "changed\n"))
    old, new = (_object("x", data={"k": text}) for text in texts)
    assert [line for line in _lines(old, new) if line[0] in "+-"] == ["-    25000", "+    changed"]


def test_the_order_of_objects_does_not_matter() -> None:
    names = [f"n{n}" for n in range(20)]
    seen = set()
    for seed in range(4):
        random = Random(seed)
        base, head = (
            {cluster: [_object(name) for name in random.sample(part, 10)] for cluster in random.sample("abc", 3)}
            for part in (names[:10], names[10:])
        )
        seen.add(diff_fleets(_fleet(base), _fleet(head)))
    [found] = seen
    assert isinstance(found.groups[0], ChangeGroup)
    assert [change.key for change in found.groups[0].changes] == sorted(
        change.key for change in found.groups[0].changes
    )
    assert isinstance(found.groups[0].changes[0].key, ObjectKey)
