"""What a change of a Composition does to what it has composed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.change_world import change, obj
from tests.unit.small_fleets import at

STORE = obj("acme.example/v1", "XStore", "main", spec={})
QUEUE: dict[str, Any] = {
    "apiVersion": "sqs.aws.upbound.io/v1beta1",
    "kind": "Queue",
    "spec": {"forProvider": {"region": "eu-west-1"}},
}


def vpc(cidr: str) -> dict[str, Any]:
    provider = {"region": "eu-west-1", "cidrBlock": cidr}
    return {"apiVersion": "ec2.aws.upbound.io/v1beta1", "kind": "VPC", "spec": {"forProvider": provider}}


def composition(*patches: dict[str, str], **bases: dict[str, Any]) -> str:
    resources = [{"name": name, "base": base, "patches": list(patches)} for name, base in bases.items()]
    step = {"step": "patch", "functionRef": {"name": "patch"}, "input": {"resources": resources}}
    kind = {"apiVersion": "acme.example/v1", "kind": "XStore"}
    spec = {"compositeTypeRef": kind, "mode": "Pipeline", "pipeline": [step]}
    return obj("apiextensions.crossplane.io/v1", "Composition", "stores", spec=spec)


def found(old: str, new: str, composite: str = STORE) -> list[tuple[str, str]]:
    base, head = ("---\n".join(filter(None, (side, composite))) for side in (old, new))
    return [(item.rule.id, item.message) for item in change(base, head, "SLW4")]


def test_what_is_not_composed_any_more_is_deleted_with_its_data() -> None:
    assert found(composition(queue=QUEUE, net=vpc("10.0.0.0/16")), composition(net=vpc("10.0.0.0/16"))) == [
        ("SLW402", "it composes no Queue queue any more: the one of XStore.acme.example main is deleted")
    ]


def test_what_stays_in_aws_is_not_lost() -> None:
    kept = {**QUEUE, "spec": {**QUEUE["spec"], "deletionPolicy": "Orphan"}}

    assert found(composition(queue=kept, net=vpc("10.0.0.0/16")), composition(net=vpc("10.0.0.0/16"))) == []


def test_a_field_of_what_is_composed_cannot_be_changed() -> None:
    old, new = composition(net=vpc("10.0.0.0/16")), composition(net=vpc("10.1.0.0/16"))

    [(rule, message)] = found(old, new)

    assert rule == "SLW409"
    assert message.startswith("spec.forProvider.cidrBlock of net cannot be changed once the resource is there")
    [finding] = change(f"{old}---\n{STORE}", f"{new}---\n{STORE}", "SLW409")
    assert finding.where == at("clusters/staging/it.yaml", 23)


@pytest.mark.parametrize("end", ["toFieldPath", "fromFieldPath"])
def test_what_a_patch_sets_is_the_composites(end: str) -> None:
    patch = {end: "spec.forProvider.cidrBlock"}

    assert found(composition(patch, net=vpc("10.0.0.0/16")), composition(patch, net=vpc("10.1.0.0/16"))) == []


def test_without_a_composite_nothing_is_there() -> None:
    assert found(composition(net=vpc("10.0.0.0/16")), composition(net=vpc("10.1.0.0/16")), composite="") == []
