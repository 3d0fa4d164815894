"""Every object of the fleet that the templates make is what the API server takes, by the projects' own definitions."""

from __future__ import annotations

from slipway.fleet.objects import KubeObject
from tests.interop.reference import FluxReference
from tests.interop.template_crds import schemas
from tests.unit.template_world import needs_crossplane, rendering

BUILT_IN = ("rbac.authorization.k8s.io", "networking.k8s.io", "scheduling.k8s.io", "storage.k8s.io")
BY_TESTS_OF_CROSSPLANE = "fleet.internal"
"""Its schemas are made of definitions in Git: Slipway's own checks and tests/interop/test_crossplane_template.py."""


@needs_crossplane
def test_the_api_server_takes_every_object_of_the_fleet(flux: FluxReference) -> None:
    objects = _custom_objects()
    wrong = []
    for obj, objections in zip(
        objects, flux.objections([(schemas()[_kind(obj)], obj.value) for obj in objects]), strict=True
    ):
        wrong.extend((str(obj.key), one.field, one.detail) for one in objections)
    assert wrong == []
    assert len({_kind(obj) for obj in objects}) > 25


def _custom_objects() -> list[KubeObject]:
    """What is written in Git, each once; what is composed of it is for the tests of crossplane/."""
    landed = {
        id(obj.value): obj
        for cluster in rendering().fleet.clusters.values()
        for obj in cluster.objects
        if "." in obj.group and not obj.group.endswith((*BUILT_IN, BY_TESTS_OF_CROSSPLANE, "apiserver.k8s.io"))
    }
    return [obj for obj in landed.values() if _kind(obj) in schemas() or not _is_of_crossplane(obj)]


def _is_of_crossplane(obj: KubeObject) -> bool:
    return obj.group.endswith(".aws.m.upbound.io") or obj.group == "admissionregistration.k8s.io"


def _kind(obj: KubeObject) -> tuple[str, str]:
    return obj.value["apiVersion"], obj.kind
