"""The inputs of a ResourceSet."""

from __future__ import annotations

import zlib
from typing import Any

import pytest

from slipway.errors import InputError
from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.objects import KubeObject
from slipway.fleet.resource_inputs import Inputs, InputSet, combined, named_providers, normalized, selects_providers
from tests.unit.resource_world import provider, resource_set


def _combined(obj: KubeObject, *providers: KubeObject) -> Inputs:
    return combined(obj, {one.key: one for one in providers}.get, providers)


def _values(inputs: Inputs) -> list[Any]:
    return [{name: value for name, value in part.items() if name != "provider"} for part in inputs.parts]


def test_own_inputs_come_first_and_providers_in_the_order_of_their_names() -> None:
    obj = resource_set(inputs=[{"a": 1}, {"a": 2}], inputsFrom=[{"name": "z"}, {"name": "b"}, {"name": "z"}])
    inputs = _combined(obj, provider("z", a=3), provider("b", a=4))
    assert _values(inputs) == [{"a": 1}, {"a": 2}, {"a": 4, "id": "id-of-b"}, {"a": 3, "id": "id-of-z"}]
    assert inputs.sets == tuple(InputSet({"": index}) for index in range(4))
    assert inputs.stand_ins == ("b", "z")


def test_inputs_know_what_provides_them() -> None:
    inputs = _combined(resource_set(inputs=[{"provider": "own"}], inputsFrom=[{"name": "a"}]), provider("a"))
    reference = {"apiVersion": "fluxcd.controlplane.io/v1", "namespace": "apps"}
    assert [part["provider"] for part in inputs.parts] == [
        {**reference, "kind": "ResourceSet", "name": "set"},
        {**reference, "kind": "ResourceSetInputProvider", "name": "a"},
    ]


def test_permutations_take_one_set_of_each_provider() -> None:
    strategy = {"name": "Permute"}
    obj = resource_set(inputs=[{"a": 1}, {"a": 2}], inputsFrom=[{"name": "b.c"}], inputStrategy=strategy)
    inputs = _combined(obj, provider("b.c"))
    assert [one.parts for one in inputs.sets] == [{"set": 0, "b_c": 2}, {"set": 1, "b_c": 2}]
    assert inputs.sets[1].id == str(zlib.adler32(b"set=1/b_c=0"))


@pytest.mark.parametrize(("with_empty", "count"), [(False, 1), (True, 0)])
def test_what_exports_nothing_can_be_left_out_of_permutations(with_empty: bool, count: int) -> None:
    strategy = {"name": "Permute", "includeEmptyProviders": with_empty}
    inputs = _combined(resource_set(inputsFrom=[{"name": "a"}], inputStrategy=strategy), provider("a"))
    assert len(inputs.sets) == count
    assert inputs.empties is (count == 0)


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ({}, ["a", "b", "c"]),
        ({"matchLabels": {"env": "x"}}, ["a"]),
        ({"matchExpressions": [{"key": "env", "operator": "In", "values": ["x", "y"]}]}, ["a", "b"]),
        ({"matchExpressions": [{"key": "env", "operator": "NotIn", "values": ["x"]}]}, ["b", "c"]),
        ({"matchExpressions": [{"key": "env", "operator": "Exists"}]}, ["a", "b"]),
        ({"matchExpressions": [{"key": "env", "operator": "DoesNotExist"}]}, ["c"]),
        ({"matchLabels": {"env": "z"}}, []),
    ],
)
def test_a_selector_chooses_providers_of_the_namespace(selector: dict[str, Any], names: list[str]) -> None:
    elsewhere = KubeObject(
        {**provider("d").value, "metadata": {"name": "d", "namespace": "other"}}, provider("d").origin
    )
    known = [provider("b", {"env": "y"}), provider("a", {"env": "x"}), provider("c"), elsewhere]
    assert _combined(resource_set(inputsFrom=[{"selector": selector}]), *known).stand_ins == tuple(names)


@pytest.mark.parametrize(
    ("name", "written"),
    [("my-app.v2", "my_app_v2"), ("Über App", "ber_app"), ("a--b", "a_b"), ("---", ""), ("A9", "a9")],
)
def test_names_are_written_as_templates_can_write_them(name: str, written: str) -> None:
    assert normalized(name) == written


@pytest.mark.parametrize(
    ("spec", "kind", "message"),
    [
        ({"inputsFrom": [{"name": "none"}]}, NotFetched, "apps/none is not in Git"),
        (
            {"inputsFrom": [{"name": "git"}]},
            NotFetched,
            "ResourceSetInputProvider apps/git (GitHubBranch)",
        ),
        ({"inputsFrom": [{"name": "off"}]}, NotFetched, "apps/off is not reconciled"),
        ({"inputsFrom": [{"name": "bad"}]}, BuildError, "is no mapping"),
        ({"inputsFrom": [{"name": "null"}]}, BuildError, "'a' in spec.defaultValues"),
        ({"inputsFrom": [{}]}, BuildError, "must have either name or selector set"),
        ({"inputsFrom": [{"name": "off", "selector": {}}]}, BuildError, "must have either name or selector set"),
        ({"inputs": ["text"]}, BuildError, "spec.inputs is no list of mappings"),
        ({"inputs": [{"a": 1}, {"b": None}]}, BuildError, "'b' in spec.inputs[1] is null"),
        ({"inputStrategy": {"name": "Zip"}}, BuildError, "unknown input strategy: 'Zip'"),
        (
            {"inputStrategy": {"name": "Permute"}, "inputs": [{"a": index} for index in range(10_001)]},
            BuildError,
            "more than 10,000 permutations",
        ),
    ],
)
def test_what_gives_no_inputs_says_why(spec: dict[str, Any], kind: type[InputError], message: str) -> None:
    off = provider("off")
    metadata = {**off.metadata, "annotations": {"fluxcd.controlplane.io/reconcile": "Disabled"}}
    known = [
        KubeObject({**off.value, "metadata": metadata}, off.origin),
        KubeObject({**provider("git").value, "spec": {"type": "GitHubBranch"}}, off.origin),
        KubeObject({**provider("bad").value, "spec": {"type": "Static", "defaultValues": "x"}}, off.origin),
        provider("null", a=None),
    ]
    with pytest.raises(kind) as caught:
        _combined(resource_set(**spec), *known)
    assert message in caught.value.message


def test_what_a_set_refers_to_is_known_without_expanding_it() -> None:
    obj = resource_set(inputsFrom=[{"name": "a"}, {"selector": {}}, "text"])
    assert named_providers(obj) == [provider("a").key]
    assert selects_providers(obj)
    assert not selects_providers(resource_set(inputsFrom=[{"name": "a"}]))
