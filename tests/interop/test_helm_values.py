"""Values of HelmReleases, put together by our code and by helm-controller's own."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from typing import Any

from slipway.errors import InputError
from slipway.fleet.flux import HELM_GROUP
from slipway.fleet.helm_release import HelmRelease
from slipway.fleet.helm_set import SetInteger
from slipway.fleet.helm_values import compose
from slipway.fleet.manifests import dump
from slipway.fleet.objects import KubeObject, Location, ObjectKey
from tests.interop.reference import Answer, FluxReference

CASES = 6_000
SEED = 20261122

KEYS = ("a", "b", "c", "x.y")
SCALARS: tuple[Any, ...] = (1, -2, 1.5, 12345678901, True, None, "", "text", "0", "017", "yes")
PATHS = (
    *("a", "b", "a.b", "a.b.c", "c.a", "a[0]", "a[1].b", "b[0][1]", "a.b[2]", r"x\.y", r"x\.y.a", "a,b", "a.", ".a"),
    *("a[", "a[x]", "a[-1]", "a[0]b", "a[0]", "=", "a=1,b", "a[+1]", "a[70000]", "b[0].c[0].a", "a.b.", "a[0]."),
)
CONTENTS = (
    *("1", "0", "-5", "+5", "010", "1.5", "true", "FALSE", "null", "text", "", "{1,two,true}", "{}", "{a", "a,b=1"),
    *(
        "'1'",
        '"true"',
        "'",
        "a\\,b",
        "9223372036854775807",
        "9223372036854775808",
        "[x]",
        "line\n",
        "{a}x",
        "{a},c=1",
        "-0",
    ),
)


def test_values_are_put_together_as_helm_controller_does(flux: FluxReference) -> None:
    cases = list(_cases(random.Random(SEED)))
    differing = [
        (case, ours, theirs)
        for case, theirs in zip(cases, map(_theirs, flux.values(cases)), strict=True)
        if (ours := _ours(case)) != theirs
    ]
    assert differing[:3] == []
    refused = sum(_ours(case) == "refused" for case in cases)
    assert CASES * 0.05 < refused < CASES * 0.6


def test_every_path_takes_every_value_as_helm_s_own_parser(flux: FluxReference) -> None:
    cases = [_single(path, content) for path in PATHS for content in CONTENTS]
    answers = map(_theirs, flux.values(cases))
    assert [case for case, theirs in zip(cases, answers, strict=True) if _ours(case) != theirs] == []


def _single(path: str, content: str) -> dict[str, Any]:
    return {
        "values": {"a": {"b": {"kept": 1}}, "b": [[0, 1], {"c": []}]},
        "references": [{"kind": "ConfigMap", "name": "one", "targetPath": path}],
        "sources": {"ConfigMap/one": {"values.yaml": content}},
    }


def _cases(chance: random.Random) -> Iterator[dict[str, Any]]:
    for _ in range(CASES):
        sources: dict[str, dict[str, str]] = {}
        references = []
        for number in range(chance.randint(0, 4)):
            kind = chance.choice(("ConfigMap", "Secret"))
            reference: dict[str, Any] = {"kind": kind, "name": f"ref-{number}"}
            content = dump(_mapping(chance, 3))
            if chance.random() < 0.6:
                reference["targetPath"] = chance.choice(PATHS[:12] if chance.random() < 0.9 else PATHS)
                reference["literal"] = chance.random() < 0.3
                content = chance.choice(CONTENTS)
            if chance.random() < 0.2:
                reference["valuesKey"] = "other"
            if chance.random() < 0.3:
                reference["optional"] = True
            sources[f"{kind}/ref-{number}"] = {chance.choice(("values.yaml", "values.yaml", "other")): content}
            if chance.random() < 0.1:
                sources.pop(f"{kind}/ref-{number}")
                reference["optional"] = True  # one that must be there and is not, is no error to us
            references.append(reference)
        yield {"values": _mapping(chance, 3), "references": references, "sources": sources}


def _mapping(chance: random.Random, depth: int) -> dict[str, Any]:
    return {name: _value(chance, depth - 1) for name in KEYS if chance.random() < 0.5}


def _value(chance: random.Random, depth: int) -> Any:
    kind = chance.random()
    if depth > 0 and kind < 0.5:
        return _mapping(chance, depth)
    if depth > 0 and kind < 0.65:
        return [_value(chance, depth - 1) for _ in range(chance.randint(0, 2))]
    return chance.choice(SCALARS)


def _ours(case: Mapping[str, Any]) -> object:
    spec = {"values": case["values"], "valuesFrom": case["references"]}
    value = {"apiVersion": f"{HELM_GROUP}/v2", "kind": "HelmRelease", "metadata": {"name": "r"}, "spec": spec}
    release = HelmRelease(KubeObject(value, Location("", "release.yaml", 1)))

    def find(key: ObjectKey) -> KubeObject | None:
        data = case["sources"].get(f"{key.kind}/{key.name}")
        if data is None:
            return None
        field = "data" if key.kind == "ConfigMap" else "stringData"
        return KubeObject({"kind": key.kind, "metadata": {"name": key.name}, field: data}, Location("", "", 0))

    try:
        return _typed(compose(release.values, release.values_from, "apps", find).merged)
    except InputError:
        return "refused"


def _theirs(answer: Answer) -> object:
    assert not answer.error.startswith("panic"), answer.error
    return "refused" if answer.error else _numbers(json.loads(answer.output))


def _typed(value: Any) -> Any:
    if isinstance(value, SetInteger):
        return {"int64": float(value)}
    if isinstance(value, Mapping):
        return {name: _typed(item) for name, item in value.items()}
    return [_typed(item) for item in value] if isinstance(value, list) else _numbers(value)


def _numbers(value: Any) -> Any:
    """All numbers as the float64 that Go's JSON makes of them."""
    if isinstance(value, Mapping):
        return {name: _numbers(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
