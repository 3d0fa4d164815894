"""SLW406 and SLW407: what comes under another name, or from somebody else."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.checks.risk.data import Losses
from slipway.checks.risk.renames import MAX_SAID, Renames
from slipway.checks.risk.sides import Brought, Group
from slipway.fleet.change import ChangeKind, ObjectChange
from slipway.fleet.manifests import dump
from slipway.fleet.model import Expanded
from slipway.fleet.objects import KubeObject
from tests.unit.change_world import DYNAMODB, change, obj, severities, table
from tests.unit.small_fleets import at, config_map, empty_fleet, helm_release, kustomization


def workload(kind: str, name: str, namespace: str = "shop", image: str = "web:1", **spec: Any) -> str:
    pod = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": name, "image": image}]}}
    value = {"selector": {"matchLabels": {"app": name}}, "template": pod, "replicas": 2, **spec}
    return obj("apps/v1", kind, name, namespace, spec=value)


def service(name: str, kind: str = "LoadBalancer") -> str:
    spec = {"type": kind, "selector": {"app": name}, "ports": [{"name": "web", "port": 80, "targetPort": 8080}]}
    return obj("v1", "Service", name, "shop", spec=spec)


def role(name: str) -> str:
    spec = {"forProvider": {"path": "/", "assumeRolePolicy": "{}", "description": "web"}}
    return obj("iam.aws.upbound.io/v1beta1", "Role", name, spec=spec)


VOLUMES = [{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}}]


@pytest.mark.parametrize(
    ("old", "new", "severity"),
    [
        (table("orders"), table("orders-v2"), "error"),
        (table("orders", deletionPolicy="Orphan"), table("carts", deletionPolicy="Orphan"), "warning"),
        (role("web"), role("api"), "warning"),
        (helm_release("web", releaseName="a"), helm_release("web", namespace="shop", releaseName="a"), "warning"),
        (service("web"), service("api"), "warning"),
        (workload("Deployment", "web"), workload("Deployment", "api"), "info"),
        (workload("Deployment", "web", "a"), workload("Deployment", "web", "b", image="web:2"), "info"),
        (
            workload("StatefulSet", "db", serviceName="db", volumeClaimTemplates=VOLUMES),
            workload("StatefulSet", "store", serviceName="store", volumeClaimTemplates=VOLUMES),
            "warning",
        ),
    ],
)
def test_what_comes_in_place_of_something_is_told(old: str, new: str, severity: str) -> None:
    assert severities(change(old, new, "SLW406")) == [severity]
    assert change(old, new, "SLW402") == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (config_map("web-abc123", "shop", a="1", b="2", c="3"), config_map("web-def456", "shop", a="1", b="2", c="3")),
        (service("web", "ClusterIP"), service("api", "ClusterIP")),
        (workload("Deployment", "web", image="web:1"), obj("apps/v1", "Deployment", "other", "shop", spec={})),
        (obj("batch/v1", "Job", "a", "shop", spec={}), obj("batch/v1", "Job", "b", "shop", spec={})),
        (helm_release("grafana"), helm_release("grafana-operator")),
    ],
)
def test_what_is_named_anew_on_purpose_or_is_not_alike_is_not(old: str, new: str) -> None:
    assert change(old, new, "SLW406") == []


def test_the_line_is_the_one_that_gives_the_name() -> None:
    [finding] = change(table("orders"), table("orders-v2"), "SLW406")

    assert finding.where == at("clusters/staging/it.yaml", 4)
    assert finding.object == "Table.dynamodb.aws.upbound.io orders-v2"


def test_two_objects_for_one_resource_of_aws_are_told_so() -> None:
    name = {"crossplane.io/external-name": "orders"}

    [finding] = change(table("a", annotations=name), table("b", annotations=name), "SLW406")

    assert finding.hint.startswith("both are the same resource of AWS by crossplane.io/external-name")


def test_another_namespace_for_a_whole_kustomization_is_one_finding() -> None:
    def files(namespace: str) -> dict[str, str]:
        return {
            "clusters/staging/web.yaml": kustomization("web", targetNamespace=namespace),
            "apps/web/a.yaml": workload("Deployment", "web"),
            "apps/web/b.yaml": workload("Deployment", "api"),
        }

    [finding] = change(files("one"), files("two"), "SLW406")

    assert finding.where == at("clusters/staging/web.yaml", 13)
    assert (
        finding.message
        == "it comes in place of Deployment one/api, which is deleted; so does Deployment two/web of others"
    )


def test_each_object_is_paired_once_with_what_is_most_like_it() -> None:
    old = "---\n".join([workload("Deployment", "a", image="a:1"), workload("Deployment", "b", image="b:1")])
    new = "---\n".join([workload("Deployment", "b2", image="b2:1"), workload("Deployment", "a2", image="a2:1")])

    assert len(change(old, new, "SLW406")) == 2


def renamed(content: str, **spec: Any) -> list[str]:
    """Severities for a Kustomization that is renamed."""
    shared = {"apps/web/it.yaml": content}
    path = {"path": "./apps/web", **spec}
    return severities(
        change(
            {**shared, "clusters/staging/web.yaml": kustomization("web", **path)},
            {**shared, "clusters/staging/web.yaml": kustomization("website", **path)},
            "SLW407",
        )
    )


def test_a_kustomization_with_another_name_may_delete_what_it_applied() -> None:
    assert renamed(table()) == ["error"]
    assert renamed(workload("Deployment", "web")) == ["warning"]
    assert renamed(config_map("web")) == ["info"]


def test_it_deletes_nothing_if_it_does_not_prune() -> None:
    assert renamed(table(), prune=False) == []
    assert renamed(table(), deletionPolicy="Orphan") == []


def test_what_leaves_a_chart_for_a_kustomization_is_deleted_and_made_anew() -> None:
    chart: dict[str, Any] = {
        "chart": {"spec": {"chart": "./charts/shop", "sourceRef": {"kind": "GitRepository", "name": "flux-system"}}}
    }
    claim = obj("v1", "PersistentVolumeClaim", "data", "shop", spec={"accessModes": ["ReadWriteOnce"]})
    common = {
        "clusters/staging/shop.yaml": helm_release("shop", **chart),
        "charts/shop/Chart.yaml": dump({"apiVersion": "v2", "name": "shop", "version": "1.0.0"}),
        "charts/shop/templates/map.yaml": config_map("x", "shop"),
    }

    [finding] = change(
        {**common, "charts/shop/templates/data.yaml": claim}, {**common, "clusters/staging/data.yaml": claim}, "SLW407"
    )

    assert finding.rule.severity == "error"
    assert finding.object == "Kustomization flux-system/flux-system"
    assert "what PersistentVolumeClaim shop/data held is lost" in finding.hint


def test_applications_of_one_template_are_no_renames_of_each_other() -> None:
    def files(*names: str) -> dict[str, str]:
        found = {
            f"clusters/staging/{name}.yaml": kustomization(
                name, path="./apps/data", postBuild={"substitute": {"APP": name}}
            )
            for name in names
        }
        claim = obj("v1", "PersistentVolumeClaim", "${APP}", "shop", spec={"accessModes": ["ReadWriteOnce"]})
        return {**found, "apps/data/claim.yaml": claim}

    old, new = files("web", "zigbee"), files("web", "assistant")

    assert change(old, new, "SLW406") == []
    assert severities(change(old, new, "SLW402")) == ["error"]


def brought(kind: ChangeKind, name: str, owner: Expanded) -> Brought:
    """A table with many values that goes or comes."""
    spec = {"forProvider": {f"key-{number}": number for number in range(MAX_SAID + 1)}}
    value = {"apiVersion": DYNAMODB, "kind": "Table", "metadata": {"name": name}, "spec": spec}
    found = KubeObject(value, at("it.yaml"))
    return Brought(ObjectChange(kind, found.key, (), found.origin), found, owner)


def test_large_objects_are_not_compared_by_their_looks() -> None:
    owner = Expanded(KubeObject({}, at("it.yaml")), "staging", "staging", ())
    [cluster] = empty_fleet("staging").clusters.values()
    gone, come = (brought("removed", "old", owner),), (brought("added", "new", owner),)

    assert Renames(Group(("staging",), gone, come, cluster), Losses(cluster)).all == ()
