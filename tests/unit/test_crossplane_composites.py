"""What composites and claims come to on their clusters."""

from __future__ import annotations

import pytest

from slipway.fleet.crossplane.composite import Composite
from slipway.fleet.diff import diff_fleets
from slipway.fleet.kustomize import Builder
from slipway.fleet.model import Fleet
from slipway.fleet.render import Rendering, render
from slipway.fleet.settings import load_settings
from slipway.fleet.sources import Sources
from slipway.fleet.tree import Tree
from tests.unit.crossplane_world import (
    composed,
    composites,
    composition,
    files,
    fleet,
    function,
    native,
    network,
    patch,
    step,
    template,
    xrd,
)
from tests.unit.small_fleets import builder, helm, kustomization, rendered, sync, tree_of

RANGE = patch("spec.range", "cidrBlock")
COMMON = (xrd(), function(), network())


def test_what_a_composite_is_composed_of_lands_on_its_cluster() -> None:
    [cluster] = fleet(*COMMON, composition(template(RANGE))).clusters.values()

    [(vpc, owner)] = [(obj, owner) for obj, owner in cluster.landed if obj.kind == "VPC"]
    assert vpc.spec == {"forProvider": {"region": "eu-west-1", "cidrBlock": "10.0.0.0/16"}}
    assert str(owner.key) == "Network.acme.example shop/main"
    assert str(vpc.key) == "VPC.ec2.aws.upbound.io shop/main-${vpc}"


def test_it_carries_what_crossplane_adds() -> None:
    vpc = composed(*COMMON, composition(template()))["vpc"]

    assert vpc.metadata == {
        "name": "main-${vpc}",
        "generateName": "main-",
        "namespace": "shop",
        "labels": {"crossplane.io/composite": "main"},
        "annotations": {"crossplane.io/composition-resource-name": "vpc"},
    }


def test_a_name_that_the_base_has_stays() -> None:
    vpc = composed(*COMMON, composition(template(metadata={"name": "fixed"})))["vpc"]

    assert vpc.name == "fixed"


def test_crossplane_1_takes_the_name_off_the_base() -> None:
    common = xrd("LegacyCluster"), network()

    vpc = composed(*common, native(template(metadata={"name": "fixed", "namespace": "other"})))["vpc"]

    assert vpc.name == "main-${vpc}"


def test_defaults_of_the_definition_count() -> None:
    vpc = composed(*COMMON, composition(template(patch("spec.size", "tags.size"))))["vpc"]

    assert vpc.spec["forProvider"]["tags"] == {"size": "small"}


def test_what_only_the_cluster_knows_is_marked() -> None:
    patches = (
        patch("status.vpcId", "tags.vpc", policy={"fromFieldPath": "Required"}),
        patch("status.vpcId", "tags.upper", transforms=[_string(type="Convert", convert="ToUpper")]),
        patch("status.vpcId", "tags.path", transforms=[_string(type="Format", fmt="vpc/%s")]),
    )

    vpc = composed(*COMMON, composition(template(*patches)))["vpc"]

    assert vpc.spec["forProvider"]["tags"] == {
        "vpc": "${status.vpcId}",
        "upper": "${status.vpcId}",
        "path": "vpc/${status.vpcId}",
    }


def _string(**options: str) -> dict[str, object]:
    return {"type": "string", "string": options}


def test_a_claim_becomes_a_composite_first() -> None:
    objects = xrd("LegacyCluster", claim="NetworkClaim"), network("web", kind="NetworkClaim", resourceRef=None)
    patches = (
        patch("spec.claimRef.namespace", "tags.team"),
        patch("metadata.labels[crossplane.io/claim-name]", "tags.claim"),
        patch("metadata.name", "tags.name"),
        patch("spec.compositeDeletePolicy", "tags.policy"),
    )

    vpc = composed(*objects, native(template(*patches)))["vpc"]

    assert vpc.spec["forProvider"]["tags"] == {"team": "shop", "claim": "web", "name": "web-${suffix}"}
    assert vpc.metadata["labels"]["crossplane.io/claim-namespace"] == "shop"
    assert vpc.metadata["generateName"] == "web-${suffix}-"


def test_functions_get_numbers_as_floats_and_crossplane_1_does_not() -> None:
    count = patch("spec.count", "tags.count", transforms=[_string(type="Format", fmt="%d")])

    by_function = composed(xrd(), function(), network(count=3), composition(template(count)))["vpc"]
    natively = composed(xrd("LegacyCluster"), network(count=3), native(template(count)))["vpc"]

    assert by_function.spec["forProvider"]["tags"] == {"count": "%!d(float64=3)"}
    assert natively.spec["forProvider"]["tags"] == {"count": "3"}


def test_a_resource_waits_for_a_field_that_it_requires() -> None:
    required = patch("spec.tags.owner", "tags.owner", policy={"fromFieldPath": "Required"})

    assert composed(*COMMON, composition(template(required), template(name="other"))).keys() == {"other"}
    assert composed(*COMMON[:2], network(tags={"owner": "a"}), composition(template(required))).keys() == {"vpc"}


def test_crossplane_1_leaves_out_what_fails_and_makes_the_rest() -> None:
    fails = patch("spec.region", "tags", transforms=[{"type": "map", "map": {"a": "b"}}])

    [composite] = composites(xrd("LegacyCluster"), network(), native(template(fails), template(name="other")))

    assert [composite.by_key[obj.key].name for obj in composite.objects] == ["other"]
    assert [failure.message for failure in composite.composed.failures] == ["map has no entry for 'eu-west-1'"]


def test_a_function_makes_nothing_if_one_patch_fails() -> None:
    fails = patch("spec.region", "tags", transforms=[{"type": "map", "map": {"a": "b"}}])

    [composite] = composites(*COMMON, composition(template(fails), template(name="other")))

    assert composite.objects == ()
    assert composite.failed


@pytest.mark.parametrize(
    ("name", "certain", "unknown"),
    [
        ("function-auto-ready", True, []),
        ("function-environment-configs", True, []),
        ("function-go-templating", False, ["step function-go-templating of Network.acme.example shop/main"]),
    ],
)
def test_a_function_that_is_not_run_is_named(name: str, certain: bool, unknown: list[str]) -> None:
    result = fleet(*COMMON, function(name), composition(template(), steps=(step(name),)))

    [composite] = [owner for owner in result.owners if isinstance(owner, Composite)]
    assert composite.certain is certain
    assert [item.what for item in result.not_rendered] == unknown
    assert not composite.failed


def test_the_environment_is_not_known_after_a_function_that_sets_it() -> None:
    read = {"type": "FromEnvironmentFieldPath", **patch("account", "tags.account")}
    step_before = step("function-environment-configs")
    made = composition(template(read))
    made["spec"]["pipeline"].insert(0, step_before)

    assert composed(*COMMON, made)["vpc"].spec["forProvider"]["tags"] == {"account": "${account}"}
    assert "tags" not in composed(*COMMON, composition(template(read)))["vpc"].spec["forProvider"]


def test_composites_may_be_composed_of_composites() -> None:
    inner = {"apiVersion": "acme.example/v1", "kind": "Network", "metadata": {"name": "inner"}, "spec": {}}
    outer = xrd()
    outer["metadata"] = {"name": "platforms.acme.example"}
    outer["spec"] = {**outer["spec"], "names": {"kind": "Platform", "plural": "platforms"}}
    platform = composition(
        {"name": "network", "base": inner, "patches": [{"fromFieldPath": "spec.region"}]}, name="platform"
    )
    platform["spec"]["compositeTypeRef"] = {"apiVersion": "acme.example/v1", "kind": "Platform"}

    made = composites(xrd(), outer, function(), network("web", kind="Platform"), platform, composition(template()))

    assert [str(one.key) for one in made] == ["Platform.acme.example shop/web", "Network.acme.example shop/inner"]
    assert [str(obj.key) for obj in made[1].objects] == ["VPC.ec2.aws.upbound.io shop/web-${inner.vpc}"]


def test_clusters_share_what_equal_composites_come_to() -> None:
    platform = {
        f"apps/platform/{path.rpartition('/')[2]}": text
        for path, text in files(*COMMON, composition(template())).items()
        if "flux-system" not in path
    }
    clusters = {f"clusters/{name}/platform.yaml": kustomization("platform") for name in "ab"}

    result = rendered(tree_of({**sync("a"), **sync("b"), **platform, **clusters}))

    one, other = (obj for cluster in result.clusters.values() for obj in cluster.objects if obj.kind == "VPC")
    assert one is other


def test_a_change_of_a_composition_shows_what_changes_for_each_composite() -> None:
    before = fleet(*COMMON, network("other"), composition(template(RANGE)))
    after = fleet(
        *COMMON, network("other"), composition(template(RANGE, patch("spec.size", "tags.size")), template(name="new"))
    )

    changes = [change for group in diff_fleets(before, after).groups for change in group.changes]

    assert [(change.kind, str(change.key)) for change in changes if change.key.kind == "VPC"] == [
        ("added", "VPC.ec2.aws.upbound.io shop/main-${new}"),
        ("changed", "VPC.ec2.aws.upbound.io shop/main-${vpc}"),
        ("added", "VPC.ec2.aws.upbound.io shop/other-${new}"),
        ("changed", "VPC.ec2.aws.upbound.io shop/other-${vpc}"),
    ]
    [field, *_] = [change.fields for change in changes if change.kind == "changed" and change.key.kind == "VPC"]
    assert [one.path for one in field] == ["spec.forProvider.tags"]


def test_what_goes_with_a_composite_is_told() -> None:
    before, after = fleet(*COMMON, composition(template())), fleet(*COMMON[:2], composition(template()))

    removed = {
        str(c.key): c for group in diff_fleets(before, after).groups for c in group.changes if c.kind == "removed"
    }

    assert str(removed["VPC.ec2.aws.upbound.io shop/main-${vpc}"].cause) == "Network.acme.example shop/main"


def test_nothing_is_said_of_what_is_composed_where_one_side_cannot_be() -> None:
    before = fleet(*COMMON, composition(template()))
    after = fleet(*COMMON, composition(template({"fromFieldPath": "spec.region", "toFieldPath": "spec["})))

    diff = diff_fleets(before, after)

    assert diff.not_compared == ("Network.acme.example shop/main on staging",)
    assert [str(c.key) for group in diff.groups for c in group.changes] == [
        "Composition.apiextensions.crossplane.io network"
    ]


def test_a_paused_composite_keeps_changes_from_the_cluster() -> None:
    paused = network()
    paused["metadata"]["annotations"] = {"crossplane.io/paused": "true"}
    common = xrd(), function(), paused

    diff = diff_fleets(fleet(*common, composition(template())), fleet(*common, composition(template(RANGE))))

    [why] = [c.why for group in diff.groups for c in group.changes if c.key.kind == "VPC"]
    assert why == "does not reach the cluster before Network.acme.example shop/main is resumed"


def test_a_rendering_that_goes_on_from_another_one_comes_to_the_same() -> None:
    trees = [tree_of(files(*COMMON, composition(template(*patches)))) for patches in ((), (RANGE,))]
    trees[1].previous = trees[0]
    before = _render(trees[0], builder())
    after = render(Sources(trees[1]), builder(), load_settings(trees[1]), helm=helm(), before=before)
    afresh = _render(trees[1], builder())

    assert _landed(after.fleet) == _landed(afresh.fleet)
    again = render(Sources(trees[1]), builder(), load_settings(trees[1]), helm=helm(), before=after)
    assert again.fleet.clusters["staging"] is after.fleet.clusters["staging"]


def _render(tree: Tree, engine: Builder) -> Rendering:
    return render(Sources(tree), engine, load_settings(tree), helm=helm())


def _landed(result: Fleet) -> list[object]:
    return [(obj.value, owner.id) for cluster in result.clusters.values() for obj, owner in cluster.landed]
