"""SLW401 to SLW405: what a change deletes."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.fleet.manifests import dump
from tests.unit.change_world import change, obj, severities, table
from tests.unit.small_fleets import at, config_map, helm_release, kustomization

MARKS = "kustomize.toolkit.fluxcd.io"
CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}


def claim(**spec: Any) -> str:
    return obj("v1", "PersistentVolumeClaim", "data", "shop", spec={**CLAIM, **spec})


def storage_class(policy: str) -> str:
    return obj("storage.k8s.io/v1", "StorageClass", "gp3", provisioner="ebs.csi.aws.com", reclaimPolicy=policy)


def stateful_set(policy: str) -> str:
    pod = {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": [{"name": "db", "image": "db:1"}]}}
    spec = {
        "serviceName": "db",
        "selector": {"matchLabels": {"app": "db"}},
        "template": pod,
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": policy, "whenScaled": "Retain"},
        "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": CLAIM}],
    }
    return obj("apps/v1", "StatefulSet", "db", "shop", spec=spec)


def two(*objects: str) -> str:
    return "---\n".join(objects)


def in_aws(api_version: str, kind: str, **spec: Any) -> str:
    return obj(api_version, kind, "it", spec={"forProvider": {"region": "eu-west-1"}, **spec})


@pytest.mark.parametrize(
    ("gone", "severity"),
    [
        (table(), "error"),
        (table(managementPolicies=["*"]), "error"),
        (table(managementPolicies=["Observe", "Delete"], deletionPolicy="Orphan"), "error"),
        (in_aws("sqs.aws.m.upbound.io/v1beta1", "Queue"), "error"),
        (in_aws("rds.aws.crossplane.io/v1alpha1", "DBInstance"), "error"),
        (in_aws("s3.services.k8s.aws/v1alpha1", "Bucket"), "error"),
        (in_aws("rds.aws.upbound.io/v1beta1", "Instance", forProvider={"deletionProtection": True}), "warning"),
        (claim(), "error"),
        (claim(storageClassName="gp3"), "error"),
        (stateful_set("Delete"), "error"),
        (obj("postgresql.cnpg.io/v1", "Cluster", "db", "shop", spec={"instances": 3}), "error"),
    ],
    ids=lambda value: " ".join(value.split()[:4]),
)
def test_what_holds_data_and_goes_is_told(gone: str, severity: str) -> None:
    assert severities(change(gone, "", "SLW402")) == [severity]


@pytest.mark.parametrize(
    "kept",
    [
        table(deletionPolicy="Orphan"),
        table(managementPolicies=["Observe", "Create", "Update", "LateInitialize"]),
        table(annotations={f"{MARKS}/prune": "disabled"}),
        obj(
            "s3.services.k8s.aws/v1alpha1",
            "Bucket",
            "it",
            annotations={"services.k8s.aws/deletion-policy": "retain"},
        ),
        stateful_set("Retain"),
        in_aws("iam.aws.upbound.io/v1beta1", "Role"),
        config_map("web"),
        obj("acme.example/v1", "Table", "orders"),
    ],
    ids=lambda value: " ".join(value.split()[:4]),
)
def test_what_is_kept_or_holds_none_is_not(kept: str) -> None:
    assert change(kept, "", "SLW40") == []


def test_a_volume_that_its_class_retains_is_not_lost() -> None:
    kept = storage_class("Retain")

    assert change(two(kept, claim(storageClassName="gp3")), kept, "SLW402") == []
    gone = storage_class("Delete")
    assert severities(change(two(gone, claim(storageClassName="gp3")), gone, "SLW402")) == ["error"]


def test_what_a_usage_protects_is_a_warning() -> None:
    of = {"apiVersion": "dynamodb.aws.upbound.io/v1beta2", "kind": "Table", "resourceRef": {"name": "orders"}}
    usage = obj("protection.crossplane.io/v1beta1", "ClusterUsage", "keep", spec={"of": of, "reason": "data"})

    [finding] = change(two(usage, table()), usage, "SLW402")

    assert finding.rule.severity == "warning"
    assert finding.hint.startswith(
        "ClusterUsage.protection.crossplane.io keep keeps it from being deleted, as long as that is there"
    )


XRD = {
    "group": "acme.example",
    "names": {"kind": "XStore", "plural": "xstores"},
    "claimNames": {"kind": "Store", "plural": "stores"},
    "versions": [{"name": "v1", "served": True, "referenceable": True, "schema": {"openAPIV3Schema": {}}}],
}


def composition(base: str) -> str:
    resources = [{"name": "it", "base": {"apiVersion": base.split()[0], "kind": base.split()[1]}}]
    step = {"step": "patch", "functionRef": {"name": "f"}, "input": {"resources": resources}}
    spec = {
        "compositeTypeRef": {"apiVersion": "acme.example/v1", "kind": "XStore"},
        "mode": "Pipeline",
        "pipeline": [step],
    }
    return obj("apiextensions.crossplane.io/v1", "Composition", "stores", spec=spec)


@pytest.mark.parametrize(
    ("composed", "rule", "severity"),
    [
        ("rds.aws.m.upbound.io/v1beta1 Instance", "SLW402", "error"),
        ("eks.aws.m.upbound.io/v1beta1 Cluster", "SLW405", "error"),
        ("iam.aws.m.upbound.io/v1beta1 Role", "", ""),
        ("", "SLW402", "warning"),
    ],
)
def test_a_claim_holds_what_its_composite_composes(composed: str, rule: str, severity: str) -> None:
    xrd = obj("apiextensions.crossplane.io/v1", "CompositeResourceDefinition", "xstores.acme.example", spec=XRD)
    stays = two(xrd, composition(composed)) if composed else xrd
    store = obj("acme.example/v1", "Store", "main", "shop", spec={})

    found = change(two(stays, store), stays, "SLW40")

    assert [(item.rule.id, item.rule.severity) for item in found] == ([(rule, severity)] if rule else [])


def test_a_cluster_is_told_by_its_name_where_nothing_defines_it() -> None:
    cluster = obj("platform.acme.example/v1", "EKSCluster", "production", "clusters", spec={})

    [finding] = change(cluster, "", "SLW405")

    assert finding.rule.severity == "warning"
    assert "what it composes is not known here" in finding.hint


def test_one_finding_names_all_that_is_lost_with_a_kustomization() -> None:
    files = {
        "clusters/staging/shop.yaml": kustomization("shop"),
        "apps/shop/data.yaml": two(table("orders"), table("carts"), claim(), config_map("web")),
        "apps/shop/namespace.yaml": obj("v1", "Namespace", "shop"),
    }

    removal, data, namespace = sorted(change(files, {}, "SLW40"), key=lambda item: item.rule.id)

    assert {item.object for item in (removal, data, namespace)} == {"Kustomization flux-system/shop"}
    assert data.message == (
        "removing it deletes the data of PersistentVolumeClaim shop/data, "
        "Table.dynamodb.aws.upbound.io carts and Table.dynamodb.aws.upbound.io orders"
    )
    assert namespace.message == "removing it deletes Namespace shop, with everything in it, also what is not in Git"
    assert removal.message == (
        "removing it deletes 5 objects: Namespace (1), PersistentVolumeClaim (1), Table (2) and ConfigMap (1)"
    )
    assert (removal.rule.severity, removal.where) == ("info", at("clusters/staging/shop.yaml", 1))


def test_a_removal_that_takes_other_kustomizations_is_a_warning() -> None:
    files = {
        "clusters/staging/tools.yaml": kustomization("tools"),
        "apps/tools/web.yaml": kustomization("web"),
        "apps/web/map.yaml": config_map("web"),
    }

    [finding] = change(files, {}, "SLW401")

    assert finding.rule.severity == "warning"
    assert finding.message == "removing it deletes 2 objects: ConfigMap (1) and Kustomization (1)"


def test_a_removed_release_says_that_its_chart_is_not_known() -> None:
    [finding] = change(helm_release("web"), "", "SLW401")

    assert (
        finding.message == "removing it uninstalls its release, with all objects of a chart that is not rendered here"
    )


@pytest.mark.parametrize("spec", [{"prune": False}, {"deletionPolicy": "Orphan"}, {"suspend": True}])
def test_what_flux_does_not_prune_is_not_told(spec: dict[str, Any]) -> None:
    files = {"clusters/staging/shop.yaml": kustomization("shop", **spec), "apps/shop/data.yaml": table()}

    assert change(files, {}, "SLW40") == []


def test_a_finding_stands_where_what_went_was() -> None:
    [finding] = change(two(config_map("a"), table(), config_map("b")), two(config_map("a"), config_map("b")), "SLW402")

    assert finding.where == at("clusters/staging/it.yaml", 7)


def test_a_change_that_is_none_has_no_findings() -> None:
    assert (
        change(
            two(table(), claim(), obj("v1", "Namespace", "shop")),
            two(table(), claim(), obj("v1", "Namespace", "shop")),
            "SLW4",
        )
        == []
    )


def test_a_definition_from_a_chart_may_stay() -> None:
    names = {"kind": "Shop", "plural": "shops"}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
    spec = {"group": "acme.example", "names": names, "scope": "Namespaced", "versions": [version]}
    definition = obj("apiextensions.k8s.io/v1", "CustomResourceDefinition", "shops.acme.example", spec=spec)
    chart: dict[str, Any] = {
        "chart": {"spec": {"chart": "./charts/shop", "sourceRef": {"kind": "GitRepository", "name": "flux-system"}}}
    }
    files = {
        "clusters/staging/shop.yaml": helm_release("shop", **chart),
        "charts/shop/Chart.yaml": dump({"apiVersion": "v2", "name": "shop", "version": "1.0.0"}),
        "charts/shop/templates/crd.yaml": definition,
    }

    [finding] = change(files, {}, "SLW404")

    assert (finding.rule.severity, finding.hint.partition(";")[0]) == ("warning", "unless it is in the chart's crds/")


KEPT = ["Observe", "Create", "Update", "LateInitialize"]
EKS = "eks.aws.m.upbound.io/v1beta1"


def whole(*kept: str, prune: bool = True) -> dict[str, str]:
    """A Kustomization with a control plane and its nodes, of which some stay in AWS."""
    objects = (
        obj(
            EKS,
            kind,
            "main",
            "default",
            spec={"forProvider": {}, **({"managementPolicies": KEPT} if kind in kept else {})},
        )
        for kind in ("Cluster", "NodeGroup")
    )
    return {"clusters/staging/it.yaml": kustomization("eks", prune=prune), "apps/eks/eks.yaml": "---\n".join(objects)}


def test_nodes_that_go_while_their_control_plane_stays_are_an_error() -> None:
    [finding] = change(whole("Cluster"), {}, "SLW405")

    assert finding.rule.severity == "error"
    assert finding.message == "removing it deletes the nodes of a cluster that stays: NodeGroup (1)"


def test_nodes_that_stay_or_go_with_their_cluster_or_alone_are_not_told_of() -> None:
    assert change(whole("Cluster", "NodeGroup"), {}, "SLW405") == []
    assert "nodes" not in change(whole(), {}, "SLW405")[0].message
    plane = obj(EKS, "Cluster", "main", spec={"forProvider": {}, "managementPolicies": KEPT})
    assert change(f"{plane}---\n{obj(EKS, 'NodeGroup', 'main', spec={'forProvider': {}})}", plane, "SLW405") == []
