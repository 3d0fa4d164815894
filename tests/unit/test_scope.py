"""Which kinds are namespaced, and which a cluster serves."""

from __future__ import annotations

import pytest

from slipway.fleet.objects import KubeObject, Location
from slipway.fleet.scope import CustomKind, ServedApi, custom_kinds, is_namespaced
from tests.unit.helm_world import kube_object


def _crd(scope: str) -> KubeObject:
    versions = [{"name": "v1", "served": True}, {"name": "v1alpha1", "served": False}]
    spec = {"group": "example.com", "scope": scope, "names": {"kind": "Thing"}, "versions": versions}
    return kube_object("CustomResourceDefinition", "things.example.com", "", "apiextensions.k8s.io", spec=spec)


def _xrd(version: str, **spec: object) -> KubeObject:
    value = {
        "apiVersion": f"apiextensions.crossplane.io/{version}",
        "kind": "CompositeResourceDefinition",
        "spec": {
            "group": "example.com",
            "names": {"kind": "XCluster"},
            "versions": [{"name": "v1alpha1", "served": True}],
            **spec,
        },
    }
    return KubeObject(value, Location("", "", 0))


@pytest.mark.parametrize(
    ("group", "kind", "namespaced"),
    [
        ("", "Service", True),
        ("", "Namespace", False),
        ("", "PersistentVolume", False),
        ("", "PersistentVolumeClaim", True),
        ("apps", "Deployment", True),
        ("rbac.authorization.k8s.io", "ClusterRole", False),
        ("rbac.authorization.k8s.io", "RoleBinding", True),
        ("networking.k8s.io", "Ingress", True),
        ("networking.k8s.io", "IngressClass", False),
        ("storage.k8s.io", "StorageClass", False),
        ("storage.k8s.io", "CSIStorageCapacity", True),
        ("apiextensions.k8s.io", "CustomResourceDefinition", False),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", False),
        ("authorization.k8s.io", "LocalSubjectAccessReview", True),
        ("batch", "CronJob", True),
        ("example.com", "Thing", None),
    ],
)
def test_kubernetes_own_kinds_are_known_and_others_are_not(group: str, kind: str, namespaced: bool | None) -> None:
    assert is_namespaced(group, kind, {}) is namespaced


@pytest.mark.parametrize("scope", ["Namespaced", "Cluster"])
def test_a_definition_in_git_says_what_its_kind_is(scope: str) -> None:
    custom = custom_kinds([_crd(scope), kube_object("ConfigMap", "a")])
    assert custom == {("example.com", "Thing"): CustomKind(scope == "Namespaced", ("v1",))}
    assert is_namespaced("example.com", "Thing", custom) is (scope == "Namespaced")


@pytest.mark.parametrize(
    ("xrd", "namespaced"),
    [
        (_xrd("v1"), False),
        (_xrd("v2"), True),
        (_xrd("v2", scope="Cluster"), False),
        (_xrd("v2", scope="LegacyCluster"), False),
    ],
)
def test_a_composite_resource_s_scope_depends_on_crossplane_s_version(xrd: KubeObject, namespaced: bool) -> None:
    assert is_namespaced("example.com", "XCluster", custom_kinds([xrd])) is namespaced


def test_claims_are_namespaced() -> None:
    custom = custom_kinds([_xrd("v1", claimNames={"kind": "Cluster"})])
    assert is_namespaced("example.com", "Cluster", custom) is True
    assert is_namespaced("example.com", "XCluster", custom) is False


def test_what_is_served_is_listed_as_helm_lists_it() -> None:
    versions = ServedApi("1.35", custom_kinds([_crd("Cluster")])).versions({"example.com"})
    assert {"v1", "v1/Pod", "apps/v1", "apps/v1/Deployment", "example.com/v1", "example.com/v1/Thing"} <= set(versions)
    assert not [version for version in versions if "v1alpha1" in version]


def test_a_name_that_helm_would_misread_is_not_listed() -> None:
    custom = {("example.com,v1 --set", "Thing"): CustomKind(namespaced=True, versions=("v1",))}
    assert ServedApi("1.35", custom).versions({"example.com,v1 --set"}) == ServedApi("1.35", {}).versions(())


@pytest.mark.parametrize(
    ("version", "full"), [("1.35", "1.35.0"), ("1.35.2", "1.35.2"), ("v1.35.2-eks-1234567", "v1.35.2-eks-1234567")]
)
def test_a_cluster_s_version_has_a_patch_release(version: str, full: str) -> None:
    assert ServedApi(version, {}).full_version == full
