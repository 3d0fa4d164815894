"""SLW408, SLW409 and SLW413: fields that cannot be changed."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.checks.risk.compare import quantity
from slipway.checks.risk.fixed_fields import fixed_changes
from slipway.fleet.objects import KubeObject, Location
from tests.unit.change_world import change, obj, severities, table
from tests.unit.small_fleets import at, helm_release, kustomization

APPS = "apps/v1 Deployment"
CLASS = "storage.k8s.io/v1 StorageClass"
CRD = "apiextensions.k8s.io/v1 CustomResourceDefinition"
FORCE = {"kustomize.toolkit.fluxcd.io/force": "enabled"}


def changed(kind: str, old: dict[str, Any], new: dict[str, Any], version: str = "1.35") -> list[str]:
    """The fields that may not differ; both sides are given without their identities."""
    api_version, kind = kind.split()
    common = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "it"}}
    one, other = (KubeObject({**common, **side}, Location("", "it.yaml", 1)) for side in (old, new))
    return [".".join(map(str, path)) for path in fixed_changes(one, other, version)]


def spec(**fields: Any) -> dict[str, Any]:
    return {"spec": fields}


def labels(**matched: str) -> dict[str, Any]:
    return {"matchLabels": matched}


def job(image: str = "a:1", **fields: Any) -> dict[str, Any]:
    pod = {"containers": [{"name": "a", "image": image, "resources": {"requests": {"cpu": "1000m"}}}]}
    return spec(template={"spec": {**pod, "restartPolicy": "Never"}}, **fields)


def claims(**fields: Any) -> dict[str, Any]:
    storage = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, **fields}
    return spec(volumeClaimTemplates=[{"metadata": {"name": "data"}, "spec": storage}])


def versions(*names: str) -> dict[str, Any]:
    return spec(versions=[{"name": name, "storage": name == names[-1]} for name in names])


NFS = {"server": "a", "path": "/"}


@pytest.mark.parametrize(
    ("kind", "old", "new", "fields"),
    [
        (APPS, spec(selector=labels(app="a")), spec(selector=labels(app="b")), "spec.selector"),
        (APPS, spec(selector=labels(app="a")), spec(selector=labels(app="a", type="b")), "spec.selector"),
        ("apps/v1 DaemonSet", spec(selector=labels(app="a")), spec(selector=labels(app="b")), "spec.selector"),
        ("apps/v1 StatefulSet", spec(serviceName="a"), spec(serviceName="b"), "spec.serviceName"),
        ("apps/v1 StatefulSet", spec(), spec(podManagementPolicy="Parallel"), "spec.podManagementPolicy"),
        ("apps/v1 StatefulSet", claims(), claims(storageClassName="gp3"), "spec.volumeClaimTemplates"),
        (
            "apps/v1 StatefulSet",
            claims(),
            claims(resources={"requests": {"storage": "2Gi"}}),
            "spec.volumeClaimTemplates",
        ),
        ("batch/v1 Job", job("a:1"), job("a:2"), "spec.template"),
        ("batch/v1 Job", job(completions=1), job(completions=2), "spec.completions"),
        ("batch/v1 Job", job(), job(completionMode="Indexed"), "spec.completionMode"),
        ("v1 Service", spec(), spec(clusterIP="None"), "spec.clusterIP"),
        ("v1 Service", spec(clusterIP="10.0.0.1"), spec(clusterIP="10.0.0.2"), "spec.clusterIP"),
        ("v1 Service", spec(ipFamilies=["IPv4"]), spec(ipFamilies=["IPv6"]), "spec.ipFamilies"),
        (
            "v1 Service",
            spec(type="LoadBalancer", loadBalancerClass="a"),
            spec(type="LoadBalancer"),
            "spec.loadBalancerClass",
        ),
        (
            "v1 PersistentVolumeClaim",
            spec(accessModes=["ReadWriteOnce"]),
            spec(accessModes=["ReadWriteMany"]),
            "spec.accessModes",
        ),
        ("v1 PersistentVolumeClaim", spec(storageClassName="a"), spec(storageClassName="b"), "spec.storageClassName"),
        (
            "v1 PersistentVolumeClaim",
            spec(resources={"requests": {"storage": "1Ti"}}),
            spec(resources={"requests": {"storage": "500Gi"}}),
            "spec.resources.requests.storage",
        ),
        ("v1 PersistentVolume", spec(nfs=NFS), spec(nfs={**NFS, "server": "b"}), "spec.nfs"),
        ("v1 PersistentVolume", spec(nfs=NFS), spec(hostPath={"path": "/"}), "spec.hostPath spec.nfs"),
        (CLASS, {"provisioner": "a"}, {"provisioner": "b"}, "provisioner"),
        (CLASS, {"parameters": {"type": "gp2"}}, {"parameters": {"type": "gp3"}}, "parameters"),
        (CLASS, {"parameters": {}}, {"parameters": {"type": "gp3"}}, "parameters"),
        (CLASS, {}, {"reclaimPolicy": "Retain"}, "reclaimPolicy"),
        ("storage.k8s.io/v1 CSIDriver", spec(), spec(attachRequired=False), "spec.attachRequired"),
        ("v1 Secret", {"type": "Opaque"}, {"type": "kubernetes.io/tls"}, "type"),
        ("v1 Secret", {"immutable": True, "data": {"a": "YQ=="}}, {"immutable": True, "data": {"a": "Yg=="}}, "data"),
        ("v1 ConfigMap", {"immutable": True}, {}, "immutable"),
        ("v1 ConfigMap", {"immutable": True}, {"immutable": True, "data": {"a": "b"}}, "data"),
        (
            "rbac.authorization.k8s.io/v1 ClusterRoleBinding",
            {"roleRef": {"kind": "ClusterRole", "name": "view"}},
            {"roleRef": {"kind": "ClusterRole", "name": "edit"}},
            "roleRef.name",
        ),
        (CRD, spec(scope="Cluster"), spec(scope="Namespaced"), "spec.scope"),
        (CRD, versions("v1alpha1"), versions("v1"), "spec.versions"),
        ("scheduling.k8s.io/v1 PriorityClass", {"value": 1}, {"value": 2}, "value"),
        ("networking.k8s.io/v1 IngressClass", spec(controller="a"), spec(controller="b"), "spec.controller"),
        ("node.k8s.io/v1 RuntimeClass", {"handler": "a"}, {"handler": "b"}, "handler"),
        ("v1 ResourceQuota", spec(scopes=["BestEffort"]), spec(), "spec.scopes"),
    ],
)
def test_a_field_that_the_api_server_does_not_let_change_is_named(
    kind: str, old: dict[str, Any], new: dict[str, Any], fields: str
) -> None:
    assert " ".join(changed(kind, old, new)) == fields
    assert changed(kind, old, old) == changed(kind, new, new) == []


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        (APPS, spec(replicas=1, selector=labels(app="a")), spec(replicas=2, selector=labels(app="a"))),
        (APPS, spec(selector=labels(app="${APP}")), spec(selector=labels(app="a"))),
        ("apps/v1 StatefulSet", spec(), spec(podManagementPolicy="OrderedReady", replicas=3, minReadySeconds=1)),
        ("apps/v1 StatefulSet", claims(), claims(volumeMode="Filesystem")),
        ("apps/v1 StatefulSet", claims(), claims(resources={"requests": {"storage": "1024Mi"}})),
        ("batch/v1 Job", job(ttlSecondsAfterFinished=60), job("a:2", ttlSecondsAfterFinished=60)),
        ("batch/v1 Job", job(suspend=True), job("a:2")),
        ("batch/v1 Job", job(completions=1, completionMode="Indexed"), job(completions=2, completionMode="Indexed")),
        ("v1 Service", spec(clusterIP="10.0.0.1"), spec()),
        ("v1 Service", spec(), spec(clusterIP="10.0.0.1")),
        ("v1 Service", spec(clusterIP="None"), spec(type="ExternalName", externalName="a")),
        ("v1 Service", spec(type="LoadBalancer"), spec(type="LoadBalancer", loadBalancerClass="a")),
        ("v1 Service", spec(type="ClusterIP", loadBalancerClass="a"), spec(type="LoadBalancer")),
        (
            "v1 PersistentVolumeClaim",
            spec(resources={"requests": {"storage": "1Gi"}}),
            spec(resources={"requests": {"storage": "10Gi"}}, volumeMode="Filesystem", storageClassName="gp3"),
        ),
        ("v1 PersistentVolume", spec(hostPath={"path": "/"}), spec(hostPath={"path": "/", "type": ""})),
        ("v1 PersistentVolume", spec(nfs=NFS), spec(nfs=NFS, persistentVolumeReclaimPolicy="Retain", capacity={})),
        (CLASS, {}, {"reclaimPolicy": "Delete", "allowVolumeExpansion": True}),
        ("v1 Secret", {"stringData": {"a": "b"}}, {"type": "Opaque", "stringData": {"a": "c"}}),
        ("v1 Secret", {"immutable": True, "data": {"a": "YQ=="}}, {"immutable": True, "stringData": {"a": "a"}}),
        ("v1 ConfigMap", {"data": {"a": "b"}}, {"immutable": True, "data": {"a": "c"}}),
        (CRD, versions("v1alpha1", "v1"), versions("v1")),
        (CRD, versions("v1alpha1"), versions("v1alpha1", "v1")),
        ("acme.example/v1 Deployment", spec(selector=labels(app="a")), spec(selector=labels(app="b"))),
    ],
)
def test_what_may_change_or_is_no_change_is_not_named(kind: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    assert changed(kind, old, new) == []


@pytest.mark.parametrize(("version", "fields"), [("1.32", ["spec.revisionHistoryLimit"]), ("1.33", []), ("", [])])
def test_what_may_change_depends_on_the_version(version: str, fields: list[str]) -> None:
    assert changed("apps/v1 StatefulSet", spec(), spec(revisionHistoryLimit=3), version) == fields


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1Gi", 2**30), ("500m", 0.5), (2, 2), ("1e3", 1000), ("1.5k", 1500), ("a", None), ("1.2.3", None), ("", None)],
)
def test_quantities_are_read_as_kubernetes_reads_them(text: str, amount: float | None) -> None:
    assert quantity(text) == amount


def binding(role: str, **fields: Any) -> str:
    ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}
    return obj("rbac.authorization.k8s.io/v1", "RoleBinding", "web", "shop", roleRef=ref, **fields)


def deployment(app: str, **fields: Any) -> str:
    pod = {"metadata": {"labels": {"app": app}}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}}
    value = {"selector": {"matchLabels": {"app": app}}, "template": pod}
    return obj("apps/v1", "Deployment", "web", "shop", spec=value, **fields)


def test_the_line_is_that_of_the_field() -> None:
    [finding] = change(deployment("a"), deployment("b"), "SLW408")

    assert finding.where == at("clusters/staging/it.yaml", 7)
    assert finding.message == "spec.selector cannot be changed once the object is there"


def test_what_is_forced_is_deleted_and_made_anew() -> None:
    old, new = deployment("a", annotations=FORCE), deployment("b", annotations=FORCE)

    assert change(old, new, "SLW408") == []
    [finding] = change(old, new, "SLW413")
    assert finding.rule.severity == "warning"
    assert finding.hint == "because it has kustomize.toolkit.fluxcd.io/force: enabled"


def test_a_kustomization_forces_all_that_it_applies() -> None:
    def files(app: str) -> dict[str, str]:
        return {"clusters/staging/web.yaml": kustomization("web", force=True), "apps/web/it.yaml": deployment(app)}

    [finding] = change(files("a"), files("b"), "SLW4")

    assert (finding.rule.id, finding.hint) == ("SLW413", "because Kustomization flux-system/web has force: true")


def test_what_is_forced_and_not_missed_is_not_told() -> None:
    assert change(binding("view", annotations=FORCE), binding("edit", annotations=FORCE), "SLW4") == []


@pytest.mark.parametrize("mark", [("reconcile", "disabled"), ("ssa", "IfNotPresent"), ("ssa", "Ignore")])
def test_what_flux_does_not_apply_is_not_told(mark: tuple[str, str]) -> None:
    marks = {f"kustomize.toolkit.fluxcd.io/{mark[0]}": mark[1]}

    assert change(binding("view", annotations=marks), binding("edit", annotations=marks), "SLW408") == []


def test_a_chart_fails_to_upgrade_and_its_hooks_are_made_anew() -> None:
    chart: dict[str, Any] = {
        "chart": {"spec": {"chart": "./charts/web", "sourceRef": {"kind": "GitRepository", "name": "flux-system"}}}
    }
    hook = {"helm.sh/hook": "pre-upgrade"}

    def files(role: str, **fields: Any) -> dict[str, str]:
        return {
            "clusters/staging/web.yaml": helm_release("web", **chart),
            "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
            "charts/web/templates/it.yaml": binding(role, **fields),
        }

    [finding] = change(files("view"), files("edit"), "SLW408")
    assert finding.hint.startswith("the API server refuses it, and HelmRelease flux-system/web fails to upgrade")
    assert change(files("view", annotations=hook), files("edit", annotations=hook), "SLW408") == []


def in_aws(kind: str, **provider: Any) -> str:
    group, kind = kind.split()
    return obj(f"{group}.aws.m.upbound.io/v1beta1", kind, "it", "shop", spec={"forProvider": provider})


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("ec2 VPC", {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.1.0.0/16"}),
        ("dynamodb Table", {"hashKey": "a"}, {"hashKey": "b"}),
        ("eks NodeGroup", {"instanceTypes": ["m6i.large"]}, {"instanceTypes": ["m7i.large"]}),
        ("eks NodeGroup", {"launchTemplate": [{"name": "a"}]}, {"launchTemplate": [{"name": "b"}]}),
        (
            "eks Cluster",
            {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.0.0.0/16"}},
            {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.1.0.0/16"}},
        ),
        ("acm Certificate", {"region": "eu-west-1"}, {"region": "us-east-1"}),
    ],
)
def test_what_aws_does_not_change_is_an_error(kind: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    assert severities(change(in_aws(kind, **old), in_aws(kind, **new), "SLW409")) == ["error"]


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("ec2 VPC", {"enableDnsSupport": False}, {"enableDnsSupport": True}),
        ("ec2 Subnet", {}, {"vpcId": "vpc-1"}),
        ("ec2 Subnet", {"vpcId": "vpc-1"}, {"vpcIdRef": {"name": "main"}}),
        ("ec2 VPC", {"cidrBlock": "${CIDR}"}, {"cidrBlock": "10.0.0.0/16"}),
        ("eks NodeGroup", {"subnetIds": ["a", "b"]}, {"subnetIds": ["b", "a"]}),
        ("eks Cluster", {"version": "1.34"}, {"version": "1.35"}),
    ],
)
def test_what_aws_changes_or_is_not_known_is_not_told(kind: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    assert change(in_aws(kind, **old), in_aws(kind, **new), "SLW409") == []


def test_what_is_only_observed_is_not_told() -> None:
    old, new = (
        obj(
            "ec2.aws.upbound.io/v1beta1",
            "VPC",
            "it",
            spec={"managementPolicies": ["Observe"], "forProvider": {"region": region}},
        )
        for region in ("eu-west-1", "eu-west-2")
    )

    assert change(old, new, "SLW409") == []


def test_another_external_name_leaves_the_resource_behind() -> None:
    name = "crossplane.io/external-name"

    [finding] = change(table(annotations={name: "a"}), table(annotations={name: "b"}), "SLW409")

    assert finding.rule.severity == "warning"
    assert finding.message == f"{name} makes it stand for another resource"


NAME = "crossplane.io/external-name"
CHOSEN, ANOTHER, SAME = {NAME: "orders-2"}, {NAME: "b"}, {NAME: "it"}


def named(kind: str, annotations: dict[str, str], **spec: Any) -> str:
    group, kind = kind.split()
    fields = {"forProvider": {"region": "eu-west-1"}, **spec}
    return obj(f"{group}.aws.m.upbound.io/v1beta1", kind, "it", "shop", annotations=annotations, spec=fields)


@pytest.mark.parametrize(
    ("kind", "old", "new", "message"),
    [
        ("dynamodb Table", {}, CHOSEN, f"{NAME} makes it stand for another resource"),
        ("dynamodb Table", CHOSEN, {}, f"without {NAME}, it stands for another resource than orders-2"),
        ("ec2 VPC", CHOSEN, {}, f"without {NAME}, it stands for another resource than orders-2"),
        ("kafka Topic", CHOSEN, ANOTHER, f"{NAME} makes it stand for another resource"),
        ("rds Instance", {}, CHOSEN, f"{NAME} makes it stand for another resource"),
    ],
)
def test_a_name_that_comes_or_goes_may_be_another_one(
    kind: str, old: dict[str, str], new: dict[str, str], message: str
) -> None:
    [finding] = change(named(kind, old), named(kind, new), "SLW409")

    assert (finding.rule.severity, finding.message) == ("warning", message)


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("dynamodb Table", {}, SAME),
        ("dynamodb Table", SAME, {}),
        ("dynamodb Table", {}, {NAME: "${table}"}),
        ("ec2 VPC", {}, {NAME: "vpc-0123456789abcdef0"}),
        ("rds Instance", {}, {NAME: "db-ABCDEFGHIJKL"}),
        ("rds Instance", {}, SAME),
        ("kafka Topic", {}, CHOSEN),
        ("kafka Topic", CHOSEN, {}),
    ],
)
def test_a_name_that_says_what_it_was_called_before_is_no_change(
    kind: str, old: dict[str, str], new: dict[str, str]
) -> None:
    assert change(named(kind, old), named(kind, new), "SLW409") == []


def test_what_was_only_observed_is_not_left_behind() -> None:
    old = named("dynamodb Table", {}, managementPolicies=["Observe"])

    assert change(old, named("dynamodb Table", CHOSEN), "SLW409") == []


def test_one_line_of_many_objects_is_one_finding() -> None:
    def files(storage_class: str) -> dict[str, str]:
        claim = obj("v1", "PersistentVolumeClaim", "data", "${NS}", spec={"storageClassName": storage_class})
        found = {"apps/data/claim.yaml": claim}
        for name in ("a", "b", "c"):
            substitute = {"substitute": {"NS": name}}
            found[f"clusters/staging/{name}.yaml"] = kustomization(name, path="./apps/data", postBuild=substitute)
        return found

    [finding] = change(files("gp2"), files("gp3"), "SLW408")

    assert finding.where == at("apps/data/claim.yaml", 7)
    assert finding.object == "PersistentVolumeClaim a/data"
    assert finding.message == (
        "spec.storageClassName cannot be changed once the object is there; "
        "the same line is of PersistentVolumeClaim b/data and PersistentVolumeClaim c/data"
    )
