"""Every object of the fleet that the templates make is what the API server takes, by the projects' own definitions."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from slipway.fleet.crossplane.composite import Composite
from slipway.fleet.objects import KubeObject
from tests.interop.reference import FluxReference
from tests.interop.template_crds import MODULES, schemas
from tests.unit.template_world import rendering, versions

BUILT_IN = ("rbac.authorization.k8s.io", "networking.k8s.io", "scheduling.k8s.io", "storage.k8s.io")
BY_TESTS_OF_CROSSPLANE = "fleet.internal"
"""Its schemas are made of definitions in Git: Slipway's own checks and tests/interop/test_crossplane_template.py."""

FACTS = {
    "CLUSTER_SECURITY_GROUP_ID": "sg-0123456789abcdef0",
    "ISOLATED_VPC": "false",
    "NODE_ROLE_NAME": "shop-staging-nodes",
    "VPC_ID": "vpc-0123456789abcdef0",
}
"""What AWS gives the cluster: ConfigMap cluster-facts."""


def test_the_api_server_takes_every_object_of_the_fleet(flux: FluxReference) -> None:
    objects = _custom_objects()
    wrong = []
    for obj, objections in zip(
        objects, flux.objections([(schemas()[_kind(obj)], _known(obj)) for obj in objects]), strict=True
    ):
        wrong.extend((str(obj.key), one.field, one.detail) for one in objections)
    assert wrong == []
    assert len({_kind(obj) for obj in objects}) > 20


@pytest.mark.parametrize(
    ("module", "variable"),
    [
        ("github.com/controlplaneio-fluxcd/flux-operator", "FLUX_OPERATOR_VERSION"),
        ("github.com/crossplane/crossplane/v2", "CROSSPLANE_VERSION"),
        ("github.com/aws/karpenter-provider-aws", "KARPENTER_VERSION"),
        ("github.com/upbound/provider-aws/v2", "PROVIDER_AWS_VERSION"),
    ],
)
def test_the_definitions_are_those_of_the_releases_that_the_templates_pin(module: str, variable: str) -> None:
    [version] = [name.partition("@")[2] for name, _, _ in MODULES if name.startswith(f"{module}@")]
    assert version.removeprefix("v") == versions()[variable].removeprefix("v")


def test_the_definitions_of_flux_are_those_of_the_release_that_the_templates_pin() -> None:
    assert f"config/data/flux/v{versions()['FLUX_VERSION']}/*.yaml" in MODULES[0][2]


def _custom_objects() -> list[KubeObject]:
    """What is written in Git, each once; what is composed of it is for the tests of crossplane/."""
    landed = {
        id(obj.value): obj
        for cluster in rendering().fleet.clusters.values()
        for obj, owner in cluster.landed
        if not isinstance(owner, Composite)
        and "." in obj.group
        and not obj.group.endswith((*BUILT_IN, BY_TESTS_OF_CROSSPLANE, "apiserver.k8s.io"))
    }
    return [obj for obj in landed.values() if _kind(obj) in schemas() or not _is_of_crossplane(obj)]


def _known(obj: KubeObject) -> Mapping[str, Any]:
    """The object with values for what only the cluster knows."""
    value: Mapping[str, Any] = json.loads(re.sub(r"\$\{(\w+)\}", lambda name: FACTS[name[1]], json.dumps(obj.value)))
    return value


def _is_of_crossplane(obj: KubeObject) -> bool:
    return obj.group.endswith(".aws.m.upbound.io") or obj.group == "admissionregistration.k8s.io"


def _kind(obj: KubeObject) -> tuple[str, str]:
    return obj.value["apiVersion"], obj.kind
