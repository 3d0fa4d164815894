"""Composites with inputs of function-patch-and-transform, written and generated."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ComposeCase:
    """A composite and what is to be made of it."""

    composite: dict[str, Any]
    input: dict[str, Any]


COMPOSITE: dict[str, Any] = {
    "apiVersion": "acme.io/v1",
    "kind": "Network",
    "metadata": {
        "name": "web",
        "namespace": "shop",
        "labels": {"team": "blue", "acme.io/cost-center": "42"},
        "annotations": {"crossplane.io/external-name": "vpc-1"},
    },
    "spec": {
        "region": "eu-west-1",
        "cidr": "10.0.0.0/16",
        "count": 3,
        "zero": 0,
        "negative": -7,
        "ratio": 1.5,
        "whole": 4.0,
        "large": 12345678901234,
        "tiny": 0.00001234,
        "huge": 1e22,
        "enabled": True,
        "disabled": False,
        "empty": "",
        "nothing": None,
        "text": "Hello, Wörld <&> \u2028 %s",
        "number": "17",
        "quantity": "1.5Gi",
        "json": '{"a": [1, 2.5, "x"], "b": null}',
        "jsonList": '[3, {"c": true}]',
        "base64": "aGVsbG8=",
        "zones": ["a", "b", "c"],
        "mixed": ["a", 1, 2.5, None, True, {"k": "v"}],
        "tags": {"Name": "web", "env": "prod", "nested": {"deep": 1}},
        "subnets": [{"zone": "a", "cidr": "10.0.1.0/24"}, {"zone": "b", "cidr": "10.0.2.0/24"}],
        "none": [],
        "nobody": {},
    },
}
BASE: dict[str, Any] = {
    "apiVersion": "ec2.aws.upbound.io/v1beta1",
    "kind": "VPC",
    "metadata": {"labels": {"network": "main"}, "name": "fixed"},
    "spec": {
        "forProvider": {
            "region": "us-east-1",
            "tags": {"Name": "base", "empty": "", "zero": 0, "list": ["x"], "nested": {"shallow": 1}},
            "list": ["a", "z"],
            "entries": [{"key": "Name"}, {"key": "env", "value": "dev"}, None],
            "nothing": None,
            "text": "there",
            "flag": False,
            "noone": {},
        }
    },
}
FIELDS = [f"spec.{name}" for name in COMPOSITE["spec"]]
SOURCES = [
    *FIELDS,
    *("metadata.name", "metadata.labels[acme.io/cost-center]", "metadata.annotations['crossplane.io/external-name']"),
    *("spec.zones[1]", "spec.zones[9]", "spec.subnets[0].cidr", "spec.subnets[*].cidr", "spec.tags.nested.deep"),
    *("spec.missing", "spec.region.deeper", "spec.nothing.deeper", "spec.tags[Name]", "spec.zones.a", "metadata.uid"),
    *("spec..region", "spec.region.", ".spec.region", "spec.zones[", "spec.zones[]", "spec.zones]", "spec.[region]"),
    *("spec[region]", "[spec].region", "spec.zones[0]x", 'spec["region"]', "spec.zones[-1]", "spec.zones[+1]", "kind"),
]
_TO = "spec.forProvider"
TARGETS = [
    *(f"{_TO}.region", f"{_TO}.new", f"{_TO}.new.deeper.still", f"{_TO}.tags", f"{_TO}.tags.Name", f"{_TO}.list"),
    *(f"{_TO}.list[0]", f"{_TO}.list[5]", f"{_TO}.new[2].name", f"{_TO}.entries[0].value", f"{_TO}.entries[2].value"),
    *(f"{_TO}.entries[*].value", f"{_TO}.tags[*]", f"{_TO}.list[*]", f"{_TO}.none[*].value", f"{_TO}.nothing[*]"),
    *(
        f"{_TO}.text[*]",
        f"{_TO}.text.deeper",
        f"{_TO}.nothing.deeper",
        f"{_TO}.nothing[0]",
        f"{_TO}.text",
        "metadata.name",
    ),
    *("metadata.annotations[crossplane.io/external-name]", "metadata.labels", "spec", "kind", f"{_TO}.list[1025]"),
    *(f"{_TO}.list.name", f"{_TO}.tags[0]", f"{_TO}.flag", f"{_TO}.noone", f"{_TO}.new[0][1]", f"{_TO}.tags.nested"),
    *(
        f"{_TO}.entries[*].tags.deep",
        f"{_TO}.tags[*].x",
        "spec.forProvider.",
        f"{_TO}..x",
        f"{_TO}.entries",
        "status.x",
    ),
]
FORMATS = [
    *("%s", "%d", "%v", "%t", "%q", "%x", "%X", "%f", "%.2f", "%5d", "%-8s|", "%05d", "%+d", "% d", "%e", "%g", "%T"),
    *(
        "web-%s-%s",
        "%s",
        "%%",
        "100%",
        "%[1]s-%[1]s",
        "%[2]s",
        "none",
        "%!",
        "%.3s",
        "%8.3f",
        "%s %d",
        "%o",
        "%b",
        "%z",
    ),
]
PATTERNS = [
    *("^eu-", "(w)(eb)", "[a-z]+-(?P<part>[a-z]+)", "(", "x*", "(a)|(b)", r"\d+", "(?i)HELLO", "^$", r"\bW", "a{2000}"),
]
POLICIES = [
    *("Replace", "MergeObjects", "MergeObjectsAppendArrays", "ForceMergeObjects", "ForceMergeObjectsAppendArrays"),
    *("MergeObject", "AppendArray"),
]
CONVERSIONS = [
    *("ToUpper", "ToLower", "ToJson", "ToBase64", "FromBase64", "ToSha1", "ToSha256", "ToSha512", "ToAdler32", "Rot13"),
]
TYPES = ["string", "bool", "int", "int64", "float64", "object", "array"]


def case(*patches: dict[str, Any], **more: Any) -> ComposeCase:
    """One resource with these patches."""
    resources = [{"name": "vpc", "base": BASE, "patches": list(patches)}]
    return ComposeCase(
        COMPOSITE, {"apiVersion": "pt.fn.crossplane.io/v1beta1", "kind": "Resources", "resources": resources, **more}
    )


def written() -> Iterator[ComposeCase]:
    """Every source, target, transform and policy once, and what must be refused."""
    for source in SOURCES:
        yield case({"fromFieldPath": source, "toFieldPath": f"{_TO}.new"})
        yield case({"fromFieldPath": source})
        yield case({"fromFieldPath": source, "toFieldPath": f"{_TO}.new", "policy": {"fromFieldPath": "Required"}})
    for target in TARGETS:
        for source in ("spec.region", "spec.tags", "spec.zones", "spec.count", "spec.nothing"):
            yield case({"fromFieldPath": source, "toFieldPath": target})
            for policy in POLICIES:
                yield case({"fromFieldPath": source, "toFieldPath": target, "policy": {"toFieldPath": policy}})
    for field in FIELDS:
        for transform in transforms():
            yield case({"fromFieldPath": field, "toFieldPath": f"{_TO}.new", "transforms": [transform]})
        for template in FORMATS:
            yield case(_combined(template, "spec.region", field))
    yield from _flawed()
    yield from _larger()


def transforms() -> Iterator[dict[str, Any]]:
    """Every sort of transform."""
    for template in FORMATS:
        yield {"type": "string", "string": {"type": "Format", "fmt": template}}
    for conversion in CONVERSIONS:
        yield {"type": "string", "string": {"type": "Convert", "convert": conversion}}
    for pattern in PATTERNS:
        for group in (None, 0, 1, 2, 5):
            regexp = {"match": pattern} if group is None else {"match": pattern, "group": group}
            yield {"type": "string", "string": {"type": "Regexp", "regexp": regexp}}
        entry = {"type": "regexp", "regexp": pattern, "result": {"a": [1]}}
        yield {"type": "match", "match": {"patterns": [entry], "fallbackValue": 5}}
    for trim in ("eu", "1", "", "Hello", "map["):
        yield {"type": "string", "string": {"type": "TrimPrefix", "trim": trim}}
        yield {"type": "string", "string": {"type": "TrimSuffix", "trim": trim}}
    for separator in (",", "", ", ", "--"):
        yield {"type": "string", "string": {"type": "Join", "join": {"separator": separator}}}
    yield {"type": "string", "string": {"type": "Replace", "replace": {"search": "-", "replace": "_"}}}
    yield {"type": "string", "string": {"type": "Replace", "replace": {"search": "e"}}}
    for math in (
        {"type": "Multiply", "multiply": 3},
        {"type": "ClampMin", "clampMin": 2},
        {"type": "ClampMax", "clampMax": 2},
    ):
        yield {"type": "math", "math": math}
    yield {"type": "map", "map": {"eu-west-1": "euw1", "17": 17, "": {"x": 1.0}, "10.0.0.0/16": None}}
    literals = [
        {"type": "literal", "literal": "eu-west-1", "result": True},
        {"type": "literal", "literal": "", "result": None},
    ]
    yield {"type": "match", "match": {"patterns": literals}}
    yield {"type": "match", "match": {"patterns": literals, "fallbackTo": "Input"}}
    yield {"type": "match", "match": {"patterns": literals, "fallbackTo": "Input", "fallbackValue": 1}}
    yield {"type": "match", "match": {"patterns": literals, "fallbackTo": "Value", "fallbackValue": [1, 2.5]}}
    for wanted in TYPES:
        for form in (None, "none", "quantity", "json"):
            yield {
                "type": "convert",
                "convert": {"toType": wanted} if form is None else {"toType": wanted, "format": form},
            }


def _combined(template: str, *sources: str, **more: Any) -> dict[str, Any]:
    variables = [{"fromFieldPath": source} for source in sources]
    combine = {"strategy": "string", "variables": variables, "string": {"fmt": template}}
    return {"type": "CombineFromComposite", "combine": combine, "toFieldPath": f"{_TO}.new", **more}


def _flawed() -> Iterator[ComposeCase]:
    """What the function refuses before it begins, or does not know."""
    flawed: list[dict[str, Any]] = [
        {},
        {"type": "Odd", "fromFieldPath": "spec.region"},
        {"type": "PatchSet"},
        {"type": "PatchSet", "patchSetName": "missing"},
        {"type": "CombineFromComposite"},
        {"type": "CombineFromComposite", "toFieldPath": "spec.x", "combine": {"strategy": "string"}},
        {"fromFieldPath": "spec.region", "policy": {"fromFieldPath": "Maybe"}},
        {"fromFieldPath": "spec.region", "policy": {"toFieldPath": "Maybe"}},
        {"fromFieldPath": 5},
        {"fromFieldPath": "spec.region", "toFieldpath": f"{_TO}.new"},
        {"fromFieldPath": "spec.region", "toFieldPath": ""},
        {"fromFieldPath": "spec.region", "transforms": "x"},
        {"fromFieldPath": "spec.region", "transforms": [{"type": "odd"}]},
        {"fromFieldPath": "spec.region", "transforms": [{"type": "string"}]},
        {"fromFieldPath": "spec.region", "transforms": [{"type": "string", "string": {"fmt": "%s"}}]},
        {"fromFieldPath": "spec.region", "transforms": [{"type": "string", "string": {"type": "Format", "fmt": 5}}]},
        {"fromFieldPath": "spec.region", "transforms": [{"type": "math", "math": {"multiply": 2}}]},
        {
            "fromFieldPath": "spec.count",
            "transforms": [{"type": "math", "math": {"type": "Multiply", "multiply": 2.5}}],
        },
        {
            "fromFieldPath": "spec.count",
            "transforms": [{"type": "math", "math": {"type": "Multiply", "multiply": 2.0}}],
        },
        {"fromFieldPath": "spec.region", "transforms": [{"type": "map", "map": {}}]},
        {"fromFieldPath": "spec.region", "transforms": [{"type": "match", "match": {"patterns": []}}]},
        {
            "fromFieldPath": "spec.region",
            "transforms": [{"type": "match", "match": {"patterns": [{"literal": "eu-west-1"}]}}],
        },
        {"fromFieldPath": "spec.region", "transforms": [{"type": "convert", "convert": {"toType": "list"}}]},
        {"type": "FromEnvironmentFieldPath", "fromFieldPath": "nothing", "toFieldPath": f"{_TO}.new"},
        {"type": "ToCompositeFieldPath", "fromFieldPath": "status.id", "toFieldPath": "status.id"},
        {"type": "ToEnvironmentFieldPath", "fromFieldPath": "status.id", "toFieldPath": "id"},
        _combined("%s", "spec.region", policy={"toFieldPath": "Maybe"}),
        _combined("%s", "spec.missing", policy={"fromFieldPath": "Required"}),
        _combined("%s", "spec.region", transforms=[{"type": "string", "string": {"fmt": "%s"}}]),
        _combined("%s", "spec.region", toFieldPath=f"{_TO}.entries[*].value"),
        _combined(
            '["%s"]', "spec.region", transforms=[{"type": "convert", "convert": {"toType": "array", "format": "json"}}]
        ),
    ]
    for patch in flawed:
        yield case(patch)
        yield case({"fromFieldPath": "spec.region", "toFieldPath": f"{_TO}.first"}, patch)
    for name, value in (
        ("resources", []),
        ("resources", None),
        ("resources", "x"),
        ("patchSets", [{"patches": []}]),
        ("environment", "x"),
    ):
        yield case(**{name: value})
    yield case(resources=[{"base": BASE}])
    yield case(resources=[{"name": "vpc"}])
    yield case(resources=[{"name": "vpc", "base": {"spec": {}}}])
    yield case(resources=[{"name": "vpc", "base": {"kind": "VPC"}}])
    yield case(resources=[{"name": "vpc", "base": BASE}, {"name": "vpc", "base": {**BASE, "kind": "Subnet"}}])
    yield case(resources=[{"name": "vpc", "base": BASE, "readinessChecks": [{"type": "Odd"}]}])
    yield case(
        resources=[{"name": "vpc", "base": BASE, "readinessChecks": [{"type": "MatchString", "fieldPath": "x"}]}]
    )
    yield case(resources=[{"name": "vpc", "base": BASE, "readinessChecks": [{"type": "None"}]}])
    yield case(resources=[{"name": "vpc", "base": BASE, "connectionDetails": [{"name": "x"}]}])
    yield case(
        resources=[
            {"name": "vpc", "base": BASE, "connectionDetails": [{"name": "x", "type": "FromValue", "value": "y"}]}
        ]
    )


def _larger() -> Iterator[ComposeCase]:
    common = {"name": "common", "patches": [{"fromFieldPath": "spec.region", "toFieldPath": f"{_TO}.region"}]}
    used = {"type": "PatchSet", "patchSetName": "common"}
    yield case(used, {"fromFieldPath": "spec.cidr", "toFieldPath": f"{_TO}.cidr"}, patchSets=[common])
    yield case(used, patchSets=[common, {"name": "other", "patches": [used]}])
    yield case(used, used, patchSets=[{"name": "common", "patches": [{"fromFieldPath": "spec.missing"}]}])
    environment = {
        "patches": [
            {"fromFieldPath": "spec.region", "toFieldPath": "where.region"},
            {"type": "ToEnvironmentFieldPath", "fromFieldPath": "spec.tags", "toFieldPath": "tags"},
            {
                "type": "CombineFromComposite",
                "toFieldPath": "both",
                **{key: _combined("%s/%s", "spec.region", "spec.cidr")[key] for key in ("combine",)},
            },
        ]
    }
    read = {"type": "FromEnvironmentFieldPath", "fromFieldPath": "where.region", "toFieldPath": f"{_TO}.region"}
    both = {**_combined("%s+%v", "both", "tags"), "type": "CombineFromEnvironment"}
    yield case(read, both, environment=environment)
    yield case(
        read, {**read, "fromFieldPath": "missing", "policy": {"fromFieldPath": "Required"}}, environment=environment
    )
    yield case(resources=[], environment=environment)
    yield case(
        environment={
            "patches": [{"fromFieldPath": "spec.missing", "toFieldPath": "x", "policy": {"fromFieldPath": "Required"}}]
        }
    )
    yield case(environment={"patches": [{"type": "PatchSet", "patchSetName": "x"}]})


def generated(rng: random.Random, count: int) -> Iterator[ComposeCase]:
    """Several resources with several patches each, of everything."""
    every = list(transforms())

    def patch() -> dict[str, Any]:
        kind = rng.choices(("plain", "combine", "environment", "set"), (10, 3, 2, 2))[0]
        more: dict[str, Any] = {}
        if rng.random() < 0.4:
            more["transforms"] = [rng.choice(every) for _ in range(rng.randint(1, 3))]
        if rng.random() < 0.4:
            more["policy"] = {}
            if rng.random() < 0.4:
                more["policy"]["fromFieldPath"] = rng.choice(("Required", "Optional"))
            if rng.random() < 0.8:
                more["policy"]["toFieldPath"] = rng.choice(POLICIES)
        if kind == "set":
            return {"type": "PatchSet", "patchSetName": rng.choice(("one", "two"))}
        if kind == "combine":
            found = _combined(rng.choice(FORMATS), *rng.choices(FIELDS, k=rng.randint(1, 3)), **more)
            plain_targets = [target for target in TARGETS[:30] if "*" not in target]  # it crashes on fields called *
            return {**found, "toFieldPath": rng.choice(plain_targets)}
        source, target = rng.choice(FIELDS if rng.random() < 0.8 else SOURCES), rng.choice(TARGETS[:30])
        if kind == "environment":
            return {
                "type": "FromEnvironmentFieldPath",
                "fromFieldPath": rng.choice(("a", "b.c", "list", "list[0]")),
                "toFieldPath": target,
                **more,
            }
        return {"fromFieldPath": source, "toFieldPath": target, **more}

    def plain() -> dict[str, Any]:
        return {"fromFieldPath": rng.choice(FIELDS), "toFieldPath": rng.choice(TARGETS[:12])}

    for _ in range(count):
        sets = [{"name": name, "patches": [plain() for _ in range(rng.randint(0, 3))]} for name in ("one", "two")]
        environment = {
            "patches": [
                {"fromFieldPath": rng.choice(FIELDS), "toFieldPath": rng.choice(("a", "b.c", "list", "list[0]"))}
                for _ in range(rng.randint(0, 3))
            ]
        }
        resources = [
            {"name": f"r{index}", "base": BASE, "patches": [patch() for _ in range(rng.randint(0, 5))]}
            for index in range(rng.randint(1, 3))
        ]
        yield case(patchSets=sets, environment=environment, resources=resources)
