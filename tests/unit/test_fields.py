"""What differs between two objects, field by field: all of it, nothing else, by names that people know."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slipway.fleet.alignment import MAX_PAIRS
from slipway.fleet.field_path import Position
from slipway.fleet.fields import MISSING, FieldChange, field_changes
from slipway.fleet.list_keys import ListKeys, custom_schemas, is_builtin, kubernetes_keys, no_keys, schema_keys
from slipway.fleet.objects import KubeObject, Location
from slipway.tools.schemas import published_folders

_Told = list[tuple[str, Any, Any]]


def _told(old: Any, new: Any, keys: ListKeys = kubernetes_keys) -> _Told:
    return [(change.path, change.old, change.new) for change in field_changes(old, new, keys)]


def _pod(*containers: Mapping[str, Any], **spec: Any) -> dict[str, Any]:
    return {"spec": {"template": {"spec": {"containers": list(containers), **spec}}}}


IN_POD = "spec.template.spec"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ({"a": 1}, {"a": 2}, [("a", 1, 2)]),
        ({"a": {"b": 1, "c": 1}}, {"a": {"b": 1, "c": 2}}, [("a.c", 1, 2)]),
        ({}, {"a": None}, [("a", MISSING, None)]),
        ({"a": None}, {}, [("a", None, MISSING)]),
        ({"a": None}, {"a": {}}, [("a", None, {})]),
        ({"a": 1}, {"a": True}, [("a", 1, True)]),
        ({"a": [1]}, {"a": {"b": 1}}, [("a", [1], {"b": 1})]),
        ({"a.b": {"c/d": 1}}, {"a.b": {"c/d": 2}}, [('["a.b"]["c/d"]', 1, 2)]),
        ({"a": {"b c": 1, "": 1}}, {"a": {"b c": 2, "": 2}}, [('a["b c"]', 1, 2), ('a[""]', 1, 2)]),
    ],
)
def test_each_field_is_told_with_both_values(old: Any, new: Any, told: _Told) -> None:
    assert _told(old, new) == told


def test_fields_are_in_the_order_of_the_object() -> None:
    old = {"z": 1, "gone": 1, "a": {"n": 1}, "m": 1}
    new = {"z": 2, "come": 1, "a": {"n": 2}, "m": 2}
    assert [path for path, _, _ in _told(old, new)] == ["z", "gone", "come", "a.n", "m"]


class TestKeyedLists:
    """Entries that Kubernetes tells apart are compared with themselves."""

    def test_an_entry_is_named_by_its_key(self) -> None:
        side, main = {"name": "side", "image": "s"}, {"name": "main", "image": "a:1"}
        old, new = _pod(side, main), _pod(side, {**main, "image": "a:2"})
        assert _told(old, new) == [(f"{IN_POD}.containers[name=main].image", "a:1", "a:2")]

    def test_entries_come_and_go(self) -> None:
        old, new = (_pod({"name": "main", "env": [{"name": name}, {"name": "LAST"}]}) for name in ("OLD", "NEW"))
        env = f"{IN_POD}.containers[name=main].env"
        assert _told(old, new) == [
            (f"{env}[name=OLD]", {"name": "OLD"}, MISSING),
            (f"{env}[name=NEW]", MISSING, {"name": "NEW"}),
        ]

    @pytest.mark.parametrize("field", ["containers", "initContainers"])
    def test_another_order_is_told(self, field: str) -> None:
        """Init containers run in their order, and the first container is what `kubectl exec` takes."""
        one, other = {"name": "one"}, {"name": "other"}
        [change] = field_changes({field: [one, other]}, {field: [other, one]}, kubernetes_keys)
        assert (change.path, change.reordered) == (field, True)
        assert (change.old, change.new) == (["[name=one]", "[name=other]"], ["[name=other]", "[name=one]"])

    def test_an_entry_in_between_is_no_other_order(self) -> None:
        old, new = ([{"name": name} for name in names] for names in ("ac", "abc"))
        [change] = field_changes({"volumes": old}, {"volumes": new}, kubernetes_keys)
        assert (change.path, change.new, change.at) == ("volumes[name=b]", {"name": "b"}, 1)

    def test_a_key_left_to_its_default_is_the_same_key(self) -> None:
        old = {"spec": {"ports": [{"port": 53}, {"port": 53, "protocol": "UDP"}]}}
        new = {"spec": {"ports": [{"port": 53, "protocol": "TCP"}, {"port": 53, "protocol": "UDP", "name": "dns"}]}}
        assert _told(old, new) == [
            ("spec.ports[port=53,protocol=TCP].protocol", MISSING, "TCP"),
            ("spec.ports[port=53,protocol=UDP].name", MISSING, "dns"),
        ]

    def test_entries_with_the_same_key_are_compared_by_their_looks(self) -> None:
        env = [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]
        assert _told({"env": env}, {"env": [env[0], {"name": "A", "value": "3"}]}) == [("env[1].value", "2", "3")]

    def test_what_nothing_describes_goes_by_name_where_it_can(self) -> None:
        old = {"dependsOn": [{"name": "a"}, {"name": "b", "namespace": "x"}]}
        new = {"dependsOn": [{"name": "b", "namespace": "y"}]}
        assert _told(old, new, no_keys) == [
            ("dependsOn[name=a]", {"name": "a"}, MISSING),
            ("dependsOn[name=b].namespace", "x", "y"),
        ]

    def test_numbers_and_text_are_different_keys(self) -> None:
        old, new = ({"spec": {"ports": [{"port": port}]}} for port in (80, "80"))
        assert [path for path, _, _ in _told(old, new)] == ["spec.ports[port=80]", 'spec.ports[port="80"]']


class TestOtherLists:
    """Entries that nothing tells apart are compared with those that look like them."""

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            (["a", "b"], ["a", "c"], [("x[1]", "b", "c")]),
            (["a", "b", "c"], ["a", "c"], [("x[1]", "b", MISSING)]),
            (["a", "c"], ["a", "b", "c"], [("x[1]", MISSING, "b")]),
            (["--a=1", "--b=1"], ["--new", "--b=2"], [("x[0]", "--a=1", "--new"), ("x[1]", "--b=1", "--b=2")]),
            (
                ["--level=info", "--b"],
                ["--a", "--level=debug", "--b"],
                [("x[0]", MISSING, "--a"), ("x[1]", "--level=info", "--level=debug")],
            ),
            (
                [{"host": "a", "path": "/"}, {"host": "b", "path": "/"}],
                [{"host": "b", "path": "/x"}],
                [("x[0]", {"host": "a", "path": "/"}, MISSING), ("x[0].path", "/", "/x")],
            ),
            ([], [1], [("x[0]", MISSING, 1)]),
            ([[1], [2]], [[1], [3]], [("x[1][0]", 2, 3)]),
        ],
    )
    def test_are_aligned(self, old: list[Any], new: list[Any], told: _Told) -> None:
        assert _told({"x": old}, {"x": new}) == told

    def test_are_told_as_a_whole_where_they_are_too_long_to_be_aligned(self) -> None:
        size = int(MAX_PAIRS**0.5) + 1
        old, new = list(range(size)), list(range(size, 2 * size))
        assert _told({"x": old}, {"x": new}) == [("x", old, new)]
        assert _told({"x": [*old, 1]}, {"x": [*old, 2]}) == [(f"x[{size}]", 1, 2)]


class TestCustomKinds:
    """The cluster's own definitions say what tells entries apart."""

    KEYED: ClassVar[dict[str, Any]] = {
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["host", "scheme"],
        "items": {"properties": {"host": {"type": "string"}, "scheme": {"default": "https"}, "paths": {}}},
    }

    def definition(self, **changes: Any) -> KubeObject:
        schema = {"properties": {"spec": {"properties": {"routes": self.KEYED}}}}
        spec = {
            "group": "example.com",
            "names": {"kind": "Site"},
            "versions": [{"name": "v1", "schema": {"openAPIV3Schema": schema}}],
            **changes,
        }
        value = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "spec": spec}
        return KubeObject({**value, "metadata": {"name": "sites.example.com"}}, Location("", "crd.yaml", 1))

    def test_an_entry_is_named_by_the_keys_of_its_schema(self) -> None:
        keys = schema_keys(custom_schemas([self.definition()])["example.com", "Site"]["v1"])
        old, new = (
            {"spec": {"routes": [{"host": "b"}, {"host": "a", "scheme": "http", "paths": [path]}]}} for path in "xy"
        )
        assert _told(old, new, keys) == [("spec.routes[host=a,scheme=http].paths[0]", "x", "y")]

    def test_lists_in_lists_and_in_maps_are_found(self) -> None:
        node = {"properties": {"a": {"items": {"additionalProperties": {"properties": {"b": self.KEYED}}}}}}
        assert schema_keys(node)(("a", "any", "b")) == (("host", None), ("scheme", "https"))
        assert schema_keys(node)(("a", "any", "c")) == ()

    def test_kinds_of_crossplane_are_described_by_their_own_definition(self) -> None:
        xrd = self.definition(claimNames={"kind": "Claim"})
        xrd = KubeObject(
            {**xrd.value, "apiVersion": "apiextensions.crossplane.io/v1", "kind": "CompositeResourceDefinition"},
            xrd.origin,
        )
        assert set(custom_schemas([xrd])) == {("example.com", "Site"), ("example.com", "Claim")}

    @pytest.mark.parametrize("spec", [{"versions": None}, {"names": None}, {"versions": [None, {"schema": 1}]}])
    def test_a_definition_that_is_none_describes_nothing(self, spec: dict[str, Any]) -> None:
        found = custom_schemas([self.definition(**spec)])
        assert not [schema for versions in found.values() for schema in versions.values() if schema]


HARMLESS = {"imagePullSecrets", "claims", "variables"}
"""Of these, some kinds or versions say that nothing tells entries apart, and yet their names do."""


@pytest.mark.parametrize("version", sorted(published_folders()))
def test_the_keys_are_those_that_kubernetes_publishes(version: str) -> None:
    definitions = json.loads((published_folders()[version] / "_definitions.json").read_bytes())["$defs"]
    wrong = set()

    def walk(schema: Mapping[str, Any], names: tuple[str, ...], seen: frozenset[str]) -> None:
        reference = schema.get("$ref", "").rpartition("/")[2]
        if reference in seen or names[-1:] in (("status",), ("healthStatus",)):
            return
        if reference:
            schema, seen = definitions[reference], seen | {reference}
        for part in (*schema.get("oneOf", ()), *schema.get("anyOf", ()), *schema.get("allOf", ())):
            walk(part, names, seen)
        for name, field in schema.get("properties", {}).items():
            path = (*names, name)
            if "items" in field:
                item = field["items"]
                item = definitions.get(item.get("$ref", "").rpartition("/")[2], item)
                merge_key = field.get("x-kubernetes-patch-merge-key")
                published = field.get("x-kubernetes-list-map-keys") or ([merge_key] if merge_key else [])
                ours = [key for key, _ in kubernetes_keys(path)]
                if "properties" in item and published != ours and not (published == [] and name in HARMLESS):
                    wrong.add((path, tuple(published), tuple(ours)))
            walk(field.get("items", field), path, seen)

    for name, definition in definitions.items():
        kinds = definition.get("x-kubernetes-group-version-kind", ())
        if kinds and not name.endswith("List") and kinds[0]["kind"] != "ComponentStatus":
            walk(definition, (), frozenset({name}))
    assert not wrong


def test_kinds_of_kubernetes_are_known() -> None:
    def obj(api_version: str, kind: str) -> KubeObject:
        return KubeObject({"apiVersion": api_version, "kind": kind}, Location("", "", 0))

    assert is_builtin(obj("apps/v1", "Deployment"))
    assert is_builtin(obj("v1", "Pod"))
    assert not is_builtin(obj("helm.toolkit.fluxcd.io/v2", "HelmRelease"))


def apply(old: Any, changes: list[FieldChange], depth: int = 0) -> Any:
    """A value with changes applied to it."""
    whole = [change for change in changes if len(change.steps) == depth and not change.reordered]
    if whole:
        return whole[0].new
    if not changes:
        return old
    by_step: dict[Any, list[FieldChange]] = {}
    for change in changes:
        if len(change.steps) > depth:
            by_step.setdefault(change.steps[depth], []).append(change)
    if isinstance(old, Mapping):
        result = {**old}
        for name, below in by_step.items():
            result[name] = apply(result.get(name, MISSING), below, depth + 1)
        return {name: value for name, value in result.items() if value is not MISSING}
    orders = [change.new for change in changes if change.reordered and len(change.steps) == depth]
    return _applied_to_list(list(old), by_step, orders, depth)


def _applied_to_list(
    values: list[Any], by_step: dict[Any, list[FieldChange]], orders: list[list[str]], depth: int
) -> list[Any]:
    ends = [change for below in by_step.values() for change in below if len(change.steps) == depth + 1]
    gone = [change for change in ends if change.new is MISSING and not change.reordered]
    come = sorted((change for change in ends if change.old is MISSING), key=lambda change: change.at or 0)
    indexed = any(isinstance(step, Position) for step in by_step)
    for change in sorted(gone, key=lambda change: getattr(change.steps[-1], "index", 0), reverse=True):
        del values[_index(values, change.steps[-1])]
    if orders:
        values.sort(key=lambda value: [_is(value, text) for text in orders[0]].index(True))
    if not indexed:
        _change_entries(values, by_step, {*gone, *come}, depth)
    for change in come:
        values.insert(change.at or 0, change.new)
    if indexed:
        _change_entries(values, by_step, {*gone, *come}, depth)
    return values


def _change_entries(
    values: list[Any], by_step: dict[Any, list[FieldChange]], done: set[FieldChange], depth: int
) -> None:
    for step, below in by_step.items():
        left = [change for change in below if change not in done]
        if left:
            index = _index(values, step)
            values[index] = apply(values[index], left, depth + 1)


def _index(values: list[Any], step: Any) -> int:
    if isinstance(step, Position):
        return step.index
    return [_is(value, str(step)) for value in values].index(True)


def _is(value: Mapping[str, Any], entry: str) -> bool:
    """True if an entry is the one of this name."""
    told = dict(part.split("=", 1) for part in entry.strip("[]").split(","))
    names = {"port", "protocol"} if "port" in told else set(told)
    own = {"protocol": "TCP", **value} if "port" in told else value
    wanted = {"protocol": "TCP", **told} if "port" in told else told
    return all(json.dumps(own.get(name)).strip('"') == wanted[name].strip('"') for name in names)


SCALARS = st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "a", "b", "--a=1", "--a=2", "x\ny"])
NAMED = st.fixed_dictionaries(
    {"name": st.sampled_from("abcd")}, optional={"value": SCALARS, "env": st.lists(SCALARS, max_size=3)}
)
PORTS = st.fixed_dictionaries(
    {"port": st.integers(1, 3)}, optional={"protocol": st.sampled_from(["TCP", "UDP"]), "name": st.sampled_from("ab")}
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "b.c", "containers", "ports", "env"]), inner, max_size=4)
        | st.lists(NAMED, max_size=5)
        | st.lists(PORTS, max_size=4)
    ),
    max_leaves=20,
)
OBJECTS = st.fixed_dictionaries(
    {},
    optional={
        "spec": st.fixed_dictionaries(
            {}, optional={"ports": st.lists(PORTS, max_size=4), "containers": st.lists(NAMED, max_size=5), "x": VALUES}
        ),
        "data": VALUES,
    },
)


@settings(max_examples=500, deadline=None)
@given(OBJECTS, OBJECTS)
def test_the_changes_applied_to_the_old_object_give_the_new_one(old: dict[str, Any], new: dict[str, Any]) -> None:
    before = copy.deepcopy(old)
    changes = field_changes(old, new, kubernetes_keys)
    assert json.dumps(apply(old, list(changes)), sort_keys=True) == json.dumps(new, sort_keys=True)
    assert old == before


@settings(max_examples=200, deadline=None)
@given(OBJECTS)
def test_equal_objects_have_no_changes(value: dict[str, Any]) -> None:
    assert field_changes(value, copy.deepcopy(value), kubernetes_keys) == ()


@settings(max_examples=200, deadline=None)
@given(OBJECTS, OBJECTS)
def test_every_path_is_told_once(old: dict[str, Any], new: dict[str, Any]) -> None:
    """But for an entry that comes where another one goes, of a list whose entries nothing tells apart."""
    changes = [
        change
        for change in field_changes(old, new, kubernetes_keys)
        if MISSING not in (change.old, change.new) and not change.reordered
    ]
    assert len({change.path for change in changes}) == len(changes)
