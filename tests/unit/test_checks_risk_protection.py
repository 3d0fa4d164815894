"""SLW410, SLW411, SLW412 and SLW414: what is not lost yet, or for a while only."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.fleet.manifests import dump
from tests.unit.change_world import change, obj, severities, table
from tests.unit.small_fleets import at, config_map, helm_release, kustomization

PRUNE = {"kustomize.toolkit.fluxcd.io/prune": "disabled"}
CLAIM_SPEC = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
CHART = {"chart": {"spec": {"chart": "./charts/shop", "sourceRef": {"kind": "GitRepository", "name": "flux-system"}}}}


def in_aws(kind: str, **provider: Any) -> str:
    group, kind = kind.split()
    return obj(f"{group}.aws.m.upbound.io/v1beta1", kind, "it", "shop", spec={"forProvider": provider})


def claim(annotations: dict[str, str]) -> str:
    return obj("v1", "PersistentVolumeClaim", "data", "shop", annotations=annotations, spec=CLAIM_SPEC)


def stateful_set(replicas: int = 3, **policy: str) -> str:
    pod = {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": [{"name": "db", "image": "db:1"}]}}
    templates = [{"metadata": {"name": "data"}, "spec": CLAIM_SPEC}]
    spec = {"replicas": replicas, "serviceName": "db", "selector": {"matchLabels": {"app": "db"}}, "template": pod}
    spec |= {"persistentVolumeClaimRetentionPolicy": policy, "volumeClaimTemplates": templates}
    return obj("apps/v1", "StatefulSet", "db", "shop", spec=spec)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (table(deletionPolicy="Orphan"), table(deletionPolicy="Delete")),
        (table(deletionPolicy="Orphan"), table()),
        (table(managementPolicies=["Observe", "Update"]), table(managementPolicies=["*"])),
        (claim(PRUNE), claim({})),
        (in_aws("rds Instance", deletionProtection=True), in_aws("rds Instance", deletionProtection=False)),
        (in_aws("dynamodb Table", deletionProtectionEnabled=True), in_aws("dynamodb Table")),
        (in_aws("rds Instance"), in_aws("rds Instance", skipFinalSnapshot=True)),
        (in_aws("s3 Bucket", forceDestroy=False), in_aws("s3 Bucket", forceDestroy=True)),
        (in_aws("secretsmanager Secret"), in_aws("secretsmanager Secret", recoveryWindowInDays=0)),
        (stateful_set(), stateful_set(whenDeleted="Delete")),
    ],
)
def test_protection_that_goes_is_a_warning(old: str, new: str) -> None:
    assert severities(change(old, new, "SLW410")) == ["warning"]
    assert change(new, old, "SLW410") == []


def test_a_mark_on_what_holds_nothing_protects_nothing() -> None:
    marked = obj("v1", "ConfigMap", "web", "shop", annotations=PRUNE)

    assert change(marked, config_map("web", "shop"), "SLW410") == []


def pruned(content: str, before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Severities for a Kustomization that deletes more than before."""
    old, new = (
        {"clusters/staging/shop.yaml": kustomization("shop", **spec), "apps/shop/it.yaml": content}
        for spec in (before, after)
    )
    return severities(change(old, new, "SLW410"))


@pytest.mark.parametrize(
    ("before", "after"),
    [({"prune": False}, {"prune": True}), ({"deletionPolicy": "Orphan"}, {"deletionPolicy": "Delete"})],
)
def test_pruning_that_begins_is_told_where_there_is_something_to_lose(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert pruned(table(), before, after) == ["warning"]
    assert pruned(config_map("web"), before, after) == []
    assert pruned(table(), after, before) == []


def usage(namespace: str = "") -> str:
    of = {"apiVersion": "dynamodb.aws.upbound.io/v1beta2", "kind": "Table", "resourceRef": {"name": "orders"}}
    kind = "Usage" if namespace else "ClusterUsage"
    return obj("protection.crossplane.io/v1beta1", kind, "keep", namespace, spec={"of": of, "reason": "data"})


def test_a_usage_that_goes_is_told_while_its_resource_stays() -> None:
    [finding] = change("---\n".join([usage(), table()]), table(), "SLW4")

    assert finding.rule.id == "SLW410"
    assert finding.message == (
        "it is removed, and nothing keeps Table.dynamodb.aws.upbound.io orders from being deleted any more"
    )


def test_a_usage_that_goes_with_its_resource_protects_it_no_more() -> None:
    found = change("---\n".join([usage(), table(), config_map("a")]), config_map("a"), "SLW4")

    assert [(finding.rule.id, finding.rule.severity) for finding in found] == [("SLW402", "error")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (in_aws("rds Cluster", backupRetentionPeriod=7), in_aws("rds Cluster", backupRetentionPeriod=0)),
        (
            in_aws("dynamodb Table", pointInTimeRecovery=[{"enabled": True}]),
            in_aws("dynamodb Table", pointInTimeRecovery=[{"enabled": False}]),
        ),
        (
            in_aws("s3 BucketVersioning", versioningConfiguration={"status": "Enabled"}),
            in_aws("s3 BucketVersioning", versioningConfiguration={"status": "Suspended"}),
        ),
        (
            obj("velero.io/v1", "Schedule", "daily", "velero", spec={"schedule": "@daily"}),
            obj("velero.io/v1", "Schedule", "daily", "velero", spec={"schedule": "@daily", "paused": True}),
        ),
        (obj("velero.io/v1", "Schedule", "daily", "velero", spec={}), ""),
    ],
)
def test_backups_that_end_are_a_warning(old: str, new: str) -> None:
    assert severities(change(old, new, "SLW411")) == ["warning"]


def test_what_only_the_cluster_knows_is_no_change() -> None:
    old, new = (in_aws("rds Cluster", backupRetentionPeriod=value) for value in (7, "${DAYS}"))

    assert change(old, new, "SLW4") == []


def release(**spec: Any) -> dict[str, str]:
    return {
        "clusters/staging/shop.yaml": helm_release("shop", **{**CHART, **spec}),
        "charts/shop/Chart.yaml": dump({"apiVersion": "v2", "name": "shop", "version": "1.0.0"}),
        "charts/shop/templates/map.yaml": config_map("{{ .Release.Name }}", "shop"),
    }


@pytest.mark.parametrize("spec", [{"releaseName": "a"}, {"targetNamespace": "a"}, {"storageNamespace": "a"}])
def test_another_name_or_namespace_is_another_release(spec: dict[str, str]) -> None:
    [finding] = change(release(), release(**spec), "SLW4")

    assert (finding.rule.id, finding.rule.severity) == ("SLW412", "warning")
    assert finding.object == "HelmRelease flux-system/shop"


def test_what_the_release_holds_is_lost_with_it() -> None:
    data = {"charts/shop/templates/data.yaml": claim({})}

    [finding] = change({**release(), **data}, {**release(releaseName="a"), **data}, "SLW412")

    assert finding.rule.severity == "error"
    assert finding.hint.startswith("with the data of PersistentVolumeClaim shop/data;")
    kept = {"charts/shop/templates/data.yaml": claim({"helm.sh/resource-policy": "keep"})}
    assert severities(change({**release(), **kept}, {**release(releaseName="a"), **kept}, "SLW412")) == ["warning"]


def test_the_name_that_it_has_anyway_is_no_other_one() -> None:
    assert change(release(), release(releaseName="shop", targetNamespace=""), "SLW4") == []


def test_a_chart_of_another_name_is_another_release() -> None:
    def of(chart: str, **upgrade: str) -> str:
        spec = {"spec": {"chart": chart, "sourceRef": {"kind": "HelmRepository", "name": "charts"}}}
        return helm_release("web", chart=spec, upgrade=upgrade)

    [finding] = change(of("web"), of("website"), "SLW412")

    assert finding.hint == "what its chart brings is not rendered here"
    assert change(of("web"), of("website", chartNameChangeStrategy="InPlaceUpdate"), "SLW412") == []


def test_pods_that_go_with_their_volumes_are_lost_data() -> None:
    [finding] = change(stateful_set(3, whenScaled="Delete"), stateful_set(1, whenScaled="Delete"), "SLW4")

    assert (finding.rule.id, finding.rule.severity) == ("SLW402", "error")
    assert finding.where == at("clusters/staging/it.yaml", 7)


def test_what_is_scaled_to_nothing_is_a_note() -> None:
    assert severities(change(stateful_set(3), stateful_set(0), "SLW414")) == ["info"]
    assert change(stateful_set(3), stateful_set(1), "SLW4") == []
    assert change(stateful_set(0), stateful_set(3), "SLW4") == []


def test_a_component_of_backups_that_goes_is_one_finding() -> None:
    source = obj("volsync.backube/v1alpha1", "ReplicationSource", "${APP}", "shop", spec={"sourcePVC": "data"})
    kept = {"apps/web/map.yaml": config_map("${APP}", "shop")}
    for name in ("a", "b", "c"):
        text = kustomization(name, path="./apps/web", postBuild={"substitute": {"APP": name}})
        kept[f"clusters/staging/{name}.yaml"] = text

    [finding] = change({**kept, "apps/web/backup.yaml": source}, kept, "SLW411")

    assert finding.message.startswith("it is removed, and no more backups are made by it; the same line is of ")
