"""The rules about what Crossplane composes."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.crossplane_world import (
    Object,
    composition,
    crd,
    files,
    found,
    function,
    native,
    network,
    patch,
    step,
    template,
    xrd,
)
from tests.unit.small_fleets import checked, helm_release, tree_of

COMMON = (xrd(), crd(), function(), network())
CONFIGURATION: Object = {
    "apiVersion": "pkg.crossplane.io/v1",
    "kind": "Configuration",
    "metadata": {"name": "platform"},
    "spec": {"package": "xpkg.crossplane.io/acme/platform:v1.0.0"},
}
RANGE = patch("spec.range", "cidrBlock")
VPC = "vpc, ec2.aws.upbound.io/v1beta1 VPC"
TO_INTEGER = [{"type": "convert", "convert": {"toType": "int64"}}]


def said(findings: list[Finding]) -> list[str]:
    return [f"{finding.rule.id} {finding.rule.severity}: {finding.message}" for finding in findings]


def where(finding: Finding) -> str:
    return finding.where.path.rpartition("/")[2]


def test_a_sound_platform_is_passed_in_silence() -> None:
    patches = (
        RANGE,
        patch("spec.tags", "tags", policy={"toFieldPath": "MergeObjects"}),
        patch("metadata.labels[team]", "tags[acme.io/team]"),
        {"type": "ToCompositeFieldPath", "fromFieldPath": "status.atProvider.id", "toFieldPath": "status.vpcId"},
        {
            **patch("spec.count", "instances"),
            "transforms": [{"type": "math", "math": {"type": "Multiply", "multiply": 2}}],
        },
    )
    sound = composition(template(*patches, enableDnsSupport=True), steps=(step("function-auto-ready"),))

    assert found(*COMMON[:3], network(count=2), function("function-auto-ready"), sound) == []


def test_crossplane_1_is_passed_in_silence() -> None:
    objects = xrd("LegacyCluster", claim="NetworkClaim"), crd(), network("web", kind="NetworkClaim")

    assert found(*objects, native(template(RANGE))) == []


@pytest.mark.parametrize(
    ("spec", "others", "expected"),
    [
        (
            {"compositionRef": {"name": "netwrok"}},
            (),
            ["SLW801 error: it names Composition netwrok, which nothing in Git applies"],
        ),
        (
            {"compositionRef": {"name": "netwrok"}},
            (CONFIGURATION,),
            ["SLW801 warning: it names Composition netwrok, which nothing in Git applies"],
        ),
        (
            {"compositionSelector": {"matchLabels": {"name": "x"}}},
            (),
            ["SLW801 error: no Composition that is in Git fits it"],
        ),
        ({"compositionSelector": {"matchLabels": {"name": "network"}}}, (), []),
        ({"compositionRef": {"name": "${name}"}}, (), []),
        (
            {"compositionRef": {"name": "other"}},
            (),
            ["SLW801 error: Composition other is for composites of another kind or version"],
        ),
        (
            {
                "compositionRef": {"name": "x"},
                "compositionUpdatePolicy": "Manual",
                "compositionRevisionRef": {"name": "x-1"},
            },
            (),
            [],
        ),
    ],
)
def test_composites_need_a_composition(spec: Object, others: tuple[Object, ...], expected: list[str]) -> None:
    other = composition(template(), name="other")
    other["spec"]["compositeTypeRef"] = {"apiVersion": "acme.other/v1", "kind": "Cluster"}
    composite = network(crossplane=spec)

    assert said(found(xrd(), crd(), function(), composite, composition(template()), other, *others)) == expected


def test_the_enforced_and_the_default_composition_are_taken() -> None:
    two = composition(template()), composition(template(), name="other")

    assert [f.rule.id for f in found(*COMMON, *two)] == ["SLW802"]
    for field in ("enforcedCompositionRef", "defaultCompositionRef"):
        assert found(xrd(**{field: {"name": "other"}}), *COMMON[1:], *two) == []


def test_nothing_is_said_of_composites_whose_definition_is_not_in_git() -> None:
    assert found(crd(), function(), network(crossplane={"compositionRef": {"name": "x"}})) == []


@pytest.mark.parametrize(
    ("api_version", "kind", "expected"),
    [
        ("acme.example/v2", "Network", ["SLW803 error: Network has no referenceable version v2"]),
        ("acme.example/v1", "Netwrok", ["SLW803 error: no XRD defines acme.example/v1 Netwrok"]),
        ("acme.example/v1", "Database", ["SLW803 warning: no XRD defines acme.example/v1 Database"]),
        (
            "acme.example/v1",
            "NetworkClaim",
            ["SLW803 error: NetworkClaim is a kind of claims; a Composition is for composites"],
        ),
        ("other.example/v1", "Database", []),
    ],
)
def test_compositions_are_for_what_is_defined(api_version: str, kind: str, expected: list[str]) -> None:
    other = native(template(), name="other")
    other["spec"]["compositeTypeRef"] = {"apiVersion": api_version, "kind": kind}
    definition = xrd("LegacyCluster", claim="NetworkClaim")

    assert said(found(definition, crd(), native(template()), other)) == expected


@pytest.mark.parametrize(
    ("flaw", "expected"),
    [
        ({"fromFieldpath": "spec.region"}, "function-patch-and-transform knows no field 'fromFieldpath' here"),
        ({"fromFieldPath": 5}, "expected text (put it into quotes)"),
        ({"type": "FromComposite"}, "there are no patches of type 'FromComposite'"),
        ({"type": "PatchSet", "patchSetName": "x"}, "there is no patch set 'x'"),
        (
            {"fromFieldPath": "spec.region", "transforms": [{"type": "math", "math": {"multiply": 2}}]},
            "type must be one of Multiply, ClampMin, ClampMax",
        ),
    ],
)
def test_what_the_function_refuses_is_an_error_with_and_without_composites(flaw: Object, expected: str) -> None:
    flawed = composition(template(flaw))

    assert said(found(*COMMON, flawed)) == [f"SLW804 error: {expected}"]
    assert said(found(*COMMON[:3], flawed)) == [f"SLW804 error: {expected}"]


def test_a_value_that_a_patch_fails_with_is_on_the_composites_line() -> None:
    fails = patch("spec.range", "tags.zone", transforms=[{"type": "map", "map": {"a": "b"}}])

    [finding] = found(*COMMON, composition(template(fails)))

    assert finding.rule.id == "SLW804"
    assert (where(finding), finding.object) == ("Network-main.yaml", "Network.acme.example shop/main")


def test_functions_must_be_installed() -> None:
    templated = composition(template(), steps=(step("function-kcl"),))

    assert said(found(*COMMON, templated)) == ["SLW805 error: no Function in Git is called function-kcl"]
    assert said(found(*COMMON, templated, CONFIGURATION)) == [
        "SLW805 warning: no Function in Git is called function-kcl"
    ]
    assert found(xrd(), crd(), network(), templated) == []
    assert said(found(*COMMON, composition(template(), steps=({"step": "x"},)))) == [
        "SLW805 error: a step names no function (functionRef.name)"
    ]


def test_functions_may_come_with_a_chart() -> None:
    values = {"function": {"packages": ["xpkg.crossplane.io/crossplane-contrib/function-kcl:v0.11.0"]}}
    release = {"clusters/staging/release.yaml": helm_release("crossplane", values=values)}
    platform = files(*COMMON, composition(template(), steps=(step("crossplane-contrib-function-kcl"),)))

    findings = checked(tree_of({**platform, **release})).findings
    assert [finding for finding in findings if finding.rule.id == "SLW805"] == []


def test_names_of_resources_and_steps_are_told_apart() -> None:
    again = {"step": "resources", "functionRef": {"name": "function-patch-and-transform"}}

    assert said(found(*COMMON, composition(template(), template()))) == [
        "SLW806 error: there is another resource that is called vpc"
    ]
    assert said(found(*COMMON, composition(template(), steps=(again,)))) == [
        "SLW806 error: there is another step that is called resources"
    ]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (patch("spec.regoin", "region"), "warning: vpc: acme.example/v1 Network has no field spec.regoin"),
        (
            patch("spec.regoin", "region", policy={"fromFieldPath": "Required"}),
            "error: vpc: acme.example/v1 Network has no field spec.regoin",
        ),
        (patch("status.vpcID", "tags.vpc"), "warning: vpc: acme.example/v1 Network has no field status.vpcID"),
        (patch("spec.zones[*]", "tags.zone"), ""),
        (patch("spec.region.name", "tags.zone"), "warning: vpc: acme.example/v1 Network has no field spec.region.name"),
        (patch("metadata.lables", "tags"), "warning: vpc: acme.example/v1 Network has no field metadata.lables"),
        (
            {"type": "ToCompositeFieldPath", "fromFieldPath": "status.atProvider.vpcId", "toFieldPath": "status.vpcId"},
            "warning: vpc: ec2.aws.upbound.io/v1beta1 VPC has no field status.atProvider.vpcId",
        ),
        (patch("spec.crossplane.compositionRef.name", "tags.composition"), ""),
        (patch("spec.tags.anything", "tags.anything"), ""),
        (patch("spec.${field}", "tags.anything"), ""),
    ],
)
def test_patches_read_what_there_is(written: Object, expected: str) -> None:
    assert said(found(*COMMON, composition(template(written)), rule="SLW807")) == [f"SLW807 {expected}"] * bool(
        expected
    )


def test_the_likely_field_is_named() -> None:
    [near] = found(*COMMON, composition(template(patch("spec.regoin", "tags.a"))))
    [deeper] = found(*COMMON, composition(template(patch("spec.network.region", "tags.a"))))

    assert near.hint.endswith("did you mean spec.region?")
    assert deeper.hint == "spec.forProvider.tags.a is never set, and nothing says so; did you mean spec.region?"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            patch("spec.range", "cidrblock"),
            "error: vpc: ec2.aws.upbound.io/v1beta1 VPC has no field spec.forProvider.cidrblock",
        ),
        (
            patch("spec.range", "rules[0].prot"),
            "error: vpc: ec2.aws.upbound.io/v1beta1 VPC has no field spec.forProvider.rules[0].prot",
        ),
        (patch("spec.range", "tags.any"), ""),
        (
            {"type": "ToCompositeFieldPath", "fromFieldPath": "status.atProvider.id", "toFieldPath": "status.vpcID"},
            "warning: vpc: acme.example/v1 Network has no field status.vpcID",
        ),
    ],
)
def test_patches_write_what_there_is(written: Object, expected: str) -> None:
    assert said(found(*COMMON, composition(template(written)))) == [f"SLW808 {expected}"] * bool(expected)


def test_what_crossplane_1_writes_into_the_void_is_lost() -> None:
    objects = xrd("LegacyCluster"), crd(), network(), native(template(patch("spec.range", "cidrblock")))

    assert [f.rule.severity for f in found(*objects, rule="SLW808")] == ["warning"]


def test_a_patch_set_that_not_all_resources_have_all_fields_for_is_told_only() -> None:
    common = {"name": "common", "patches": [patch("spec.range", "cidrblock")]}
    used = {"type": "PatchSet", "patchSetName": "common"}
    objects = xrd("LegacyCluster"), crd(), network(), native(template(used), patchSets=[common])

    assert [f.rule.severity for f in found(*objects)] == ["info"]


def test_what_the_base_of_crossplane_1_has_too_much_is_dropped() -> None:
    objects = xrd("LegacyCluster"), crd(), network(), native(template(regoin="x"))

    [finding] = found(*objects)

    assert (finding.rule.id, finding.rule.severity) == ("SLW809", "warning")
    assert finding.hint == "Crossplane 1.x lets the API server drop it"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            patch("spec.region", "enableDnsSupport"),
            "spec.forProvider.enableDnsSupport of ec2.aws.upbound.io/v1beta1 VPC is of type boolean, "
            "and the patch writes text",
        ),
        (
            patch("spec.zones", "tags"),
            "spec.forProvider.tags of ec2.aws.upbound.io/v1beta1 VPC is of type object, and the patch writes a list",
        ),
        (patch("spec.count", "tags.count", transforms=[{"type": "convert", "convert": {"toType": "string"}}]), ""),
        (patch("spec.range", "instances", transforms=TO_INTEGER), ""),
        (patch("spec.range", "instances", transforms=[{"type": "map", "map": {"10.0.0.0/16": 3}}]), ""),
    ],
)
def test_patches_write_what_fits(written: Object, expected: str) -> None:
    assert said(found(*COMMON[:3], composition(template(written)))) == [f"SLW811 error: vpc: {expected}"] * bool(
        expected
    )


def test_a_wrong_type_is_told_once_with_composites() -> None:
    objects = composition(template(patch("spec.region", "enableDnsSupport")))

    assert [finding.rule.id for finding in found(*COMMON, objects)] == ["SLW811"]


def test_a_base_is_checked_where_no_patch_writes() -> None:
    flawed = template(patch("spec.range", "cidrBlock"), cidrBlock=5, enableDnsSupport="yes", regoin="x")

    assert said(found(*COMMON[:3], composition(flawed))) == [
        f'SLW809 error: {VPC}: spec.forProvider.enableDnsSupport: expected boolean, got string "yes"',
        f'SLW809 error: {VPC}: spec.forProvider.regoin: unknown field (did you mean "region"?)',
    ]
    assert [where(finding) for finding in found(*COMMON, composition(flawed))] == ["Composition-network.yaml"] * 2


def test_a_field_that_nothing_writes_is_missing() -> None:
    bare = {**template(), "patches": []}

    assert said(found(*COMMON[:3], composition(bare))) == [
        "SLW809 error: vpc, ec2.aws.upbound.io/v1beta1 VPC: spec.forProvider.region: required field is missing"
    ]


def test_a_field_that_this_composite_leaves_out_is_missing() -> None:
    composite = network()
    del composite["spec"]["region"]

    [finding] = found(*COMMON[:3], composite, composition(template()))

    assert finding.message.endswith("spec.forProvider.region: required field is missing")


def test_a_value_that_the_provider_refuses_is_on_the_composites_line() -> None:
    limited = crd(cidrBlock={"type": "string", "pattern": "^10\\."})

    [finding] = found(xrd(), limited, function(), network(range="11.0.0.0/16"), composition(template(RANGE)))

    assert finding.rule.id == "SLW809"
    assert (where(finding), finding.where.line) == ("Network-main.yaml", 8)
    assert finding.hint == "Composition network makes it of this field"


def test_what_a_function_that_is_not_run_may_change_is_not_validated() -> None:
    limited = crd(cidrBlock={"type": "string", "pattern": "^11\\."})
    objects = xrd(), limited, function(), function("function-kcl"), network()

    verdict = checked(tree_of(files(*objects, composition(template(RANGE), steps=(step("function-kcl"),)))))

    assert verdict.findings == ()
    assert any(item.why == "a function that is not run here may change it" for item in verdict.not_validated)


@pytest.mark.parametrize(
    ("form", "composite", "text"),
    [
        ("%d", {"count": 3}, " '%!d(float64=3)'"),
        ("%v", {"count": 123456789012}, " '1.23456789012e+11'"),
        ("%s-%s", {"count": 3}, " '%!s(float64=3)-%!s(MISSING)'"),
        ("%v", {"count": 3}, None),
        ("100%%", {}, None),
    ],
)
def test_texts_come_out_as_they_are_meant(form: str, composite: Object, text: str | None) -> None:
    formatted = patch(
        "spec.count", "tags.count", transforms=[{"type": "string", "string": {"type": "Format", "fmt": form}}]
    )

    findings = found(*COMMON[:3], network(**composite), composition(template(formatted)), rule="SLW810")

    expected = (
        [] if text is None else [f"SLW810 error: vpc: the patch to spec.forProvider.tags.count makes the text{text}"]
    )
    assert said(findings) == expected


def test_a_value_of_a_secret_is_in_no_message() -> None:
    objects = files(
        *COMMON[:3],
        network(range="${secret}"),
        composition(template(patch("spec.range", "instances", transforms=TO_INTEGER))),
    )
    apps = {f"apps/{path.rpartition('/')[2]}": text for path, text in objects.items() if "flux-system" not in path}
    top = {path: text for path, text in objects.items() if "flux-system" in path}
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s", "namespace": "flux-system"},
        "stringData": {"secret": "hunter2"},
    }
    app: dict[str, Any] = {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": "apps", "namespace": "flux-system"},
        "spec": {
            "path": "./apps",
            "interval": "10m",
            "prune": True,
            "sourceRef": {"kind": "GitRepository", "name": "flux-system"},
            "postBuild": {"substituteFrom": [{"kind": "Secret", "name": "s"}]},
        },
    }
    written = {"clusters/staging/apps.yaml": dump(app), "clusters/staging/secret.yaml": dump(secret)}

    findings = [f for f in checked(tree_of({**top, **apps, **written})).findings if f.rule.id == "SLW804"]

    assert said(findings) == ["SLW804 error: the patch to spec.forProvider.instances fails"]
    assert "hunter2" not in repr(findings)


@pytest.mark.parametrize(
    ("package", "rules"),
    [
        ("xpkg.crossplane.io/acme/provider-x:latest", ["SLW813"]),
        ("xpkg.crossplane.io/acme/provider-x:main", ["SLW813"]),
        ("xpkg.crossplane.io/acme/provider-x:v1.2.3", []),
        ("xpkg.crossplane.io/acme/provider-x:latest@sha256:" + "0" * 64, []),
        ("xpkg.crossplane.io/acme/provider-x:${version}", []),
    ],
)
def test_packages_have_a_version(package: str, rules: list[str]) -> None:
    provider = {
        "apiVersion": "pkg.crossplane.io/v1",
        "kind": "Provider",
        "metadata": {"name": "x"},
        "spec": {"package": package},
    }

    assert [finding.rule.id for finding in found(provider)] == rules


@pytest.mark.parametrize(
    ("ref", "others", "expected"),
    [
        ({"name": "prod"}, (), []),
        ({"name": "prot"}, (), ["error"]),
        (None, (), ["warning"]),
        ({"name": "elsewhere"}, (CONFIGURATION,), []),
        ({"name": "${account}"}, (), []),
    ],
)
def test_managed_resources_have_credentials(
    ref: Object | None, others: tuple[Object, ...], expected: list[str]
) -> None:
    config: Object = {"apiVersion": "aws.upbound.io/v1beta1", "kind": "ProviderConfig", "metadata": {"name": "prod"}}
    vpc: Object = {"apiVersion": "ec2.aws.upbound.io/v1beta1", "kind": "VPC", "metadata": {"name": "main"}}
    vpc["spec"] = {"forProvider": {"region": "eu-west-1"}}
    if ref:
        vpc["spec"]["providerConfigRef"] = ref

    assert [finding.rule.severity for finding in found(config, vpc, *others, rule="SLW812")] == expected
    assert found(vpc, *others, rule="SLW812") == []


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"forProvider": {"region": "eu-west-1", "acl": "private"}}, ["error"]),
        ({"forProvider": {"region": "eu-west-1"}}, ["warning"]),
        ({"forProvider": {"region": "us-east-1"}}, []),
        ({"forProvider": {"region": "eu-west-1", "acl": "private"}, "managementPolicies": ["Observe"]}, []),
        ({"forProvider": {"region": "eu-west-1"}, "providerConfigRef": {"name": "other"}}, []),
    ],
)
def test_one_thing_in_the_cloud_has_one_managed_resource(spec: Object, expected: list[str]) -> None:
    def bucket(name: str, written: Object) -> Object:
        metadata = {"name": name, "annotations": {"crossplane.io/external-name": "acme-logs"}}
        return {"apiVersion": "s3.aws.upbound.io/v1beta1", "kind": "Bucket", "metadata": metadata, "spec": written}

    one = bucket("a", {"forProvider": {"region": "eu-west-1"}})

    assert [finding.rule.severity for finding in found(one, bucket("b", spec))] == expected
