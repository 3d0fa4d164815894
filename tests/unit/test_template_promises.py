"""What a fleet that is made of the templates does: how clusters come and go, who may what, what a change costs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest
import yaml

from slipway.fleet.crossplane.composite import Composite
from slipway.fleet.objects import KubeObject
from tests.unit.doc_examples import document
from tests.unit.template_fleet import (
    APPLICATIONS,
    SPOKES,
    SYSTEM,
    WORKLOADS,
    Files,
    Spoke,
    add_cluster,
    add_to_cluster,
    fleet_files,
    template_files,
)
from tests.unit.template_world import VERSIONS, built, rendered, rendering

pytestmark = pytest.mark.xdist_group("templates")

NEW = Spoke("lab-staging", "staging", "111122223333", "eu-west-1", "10.50", ())
STAGES = [
    "definition",
    "flux-operator",
    "flux",
    "external-secrets",
    "sealing-key",
    "sealed-secrets",
    "git-identity",
    "sync",
]
SPOKE = SPOKES[0]


def test_each_stage_of_a_cluster_waits_for_the_one_before() -> None:
    stages = _stages()
    waits = {name: [dependency["name"] for dependency in spec.get("dependsOn", ())] for name, spec in stages.items()}
    assert [waits[after] for after in STAGES[1:]] == [[before] for before in STAGES[:-1]]
    assert all(spec["wait"] is True and spec["timeout"] for spec in stages.values())


def test_what_is_healthy_is_said_of_every_kind_that_flux_does_not_know() -> None:
    known = {"EKSCluster", "FluxInstance", "ClusterSecretStore", "ExternalSecret", "SealedSecret"}
    told = {check["kind"] for spec in _stages().values() for check in spec.get("healthCheckExprs", ())}
    assert known <= told


def test_no_health_expression_holds_of_an_object_without_conditions() -> None:
    texts = [text for path, text in template_files().items() if path.endswith(".yaml") and "healthCheckExprs" in text]
    assert texts
    assert not [text for text in texts if ".all(" in text]


def test_a_cluster_stays_until_its_flux_has_taken_down_what_it_made() -> None:
    usages = [obj for obj in _on_hub("Usage") if obj.namespace == SPOKE.cluster and obj.name.startswith("definition-")]
    assert {usage.spec["by"]["resourceRef"]["name"] for usage in usages} == {"sync", "flux-operator"}
    assert all(usage.spec["of"]["resourceRef"]["name"] == "definition" for usage in usages)
    # Flux would delete the Usage along with what it protects; Crossplane deletes it when what it is by has gone.
    assert all(_annotation(usage, "prune") == "disabled" for usage in usages)
    policies = {name: spec.get("deletionPolicy") for name, spec in _stages().items()}
    assert {name for name in STAGES if policies[name] == "WaitForTermination"} == {
        "definition",
        "flux-operator",
        "sync",
    }
    assert {policies[name] for name in STAGES if "kubeConfig" in _stages()[name] and name != "sync"} == {"Orphan"}


def test_the_namespace_of_a_cluster_goes_last() -> None:
    [usage] = [
        obj for obj in _on_hub("Usage") if obj.name == "namespace-by-definition" and obj.namespace == SPOKE.cluster
    ]
    assert usage.spec["of"]["resourceRef"] == {"name": f"{SPOKE.cluster}-namespace", "namespace": "flux-system"}
    assert usage.spec["by"]["resourceRef"]["name"] == "definition"


def test_controllers_outlive_what_they_clean_up() -> None:
    policies = {
        name: spec.get("deletionPolicy") for name, spec in _kustomizations(SPOKE.cluster, "flux-system").items()
    }
    controllers = {
        "crossplane",
        "crossplane-packages",
        "crossplane-accounts",
        "karpenter",
        "aws-load-balancer-controller",
    }
    assert {policies[name] for name in controllers} == {"Orphan"}
    cleaned = {"workloads", "applications", "karpenter-config", "cost"}
    assert {policies[name] for name in cleaned} == {"WaitForTermination"}


def test_an_application_is_applied_with_rights_on_its_own_kinds_only() -> None:
    for application in SPOKE.applications:
        objects = [obj for obj in _landed(SPOKE.cluster) if obj.namespace == application]
        [role] = [obj for obj in objects if obj.kind == "Role" and obj.group == "rbac.authorization.k8s.io"]
        resources = {resource for rule in role.value["rules"] for resource in rule["resources"]}
        assert not resources & {
            "*",
            "secrets",
            "roles",
            "rolebindings",
            "podidentities",
            "resourcequotas",
            "namespaces",
        }
        assert not [rule for rule in role.value["rules"] if "*" in rule["apiGroups"] or "*" in rule["verbs"]]
        kinds = {obj.kind for obj in objects}
        assert {"ResourceQuota", "LimitRange", "NetworkPolicy", "PodIdentity", "Kustomization"} <= kinds
        assert _kustomizations(SPOKE.cluster, application)["application"]["serviceAccountName"] == "deployer"
    bindings = [obj for obj in _landed(SPOKE.cluster) if obj.kind == "ClusterRoleBinding"]
    assert not [obj for obj in bindings if obj.namespace in APPLICATIONS]


def test_each_cluster_is_made_of_its_parameters() -> None:
    for spoke in SPOKES:
        [cluster] = [obj for obj in _on_hub("EKSCluster") if obj.namespace == spoke.cluster]
        spec = cluster.spec
        assert (cluster.name, spec["accountId"], spec["region"]) == (spoke.cluster, spoke.account, spoke.region)
        assert spec["network"]["cidr"] == f"{spoke.network}.0.0/16"
        assert spec["deletionProtection"] is True
        made = {obj.kind for obj in _composed() if obj.namespace == spoke.cluster}
        assert {"Cluster", "NodeGroup", "Addon", "VPC", "NATGateway", "AccessEntry", "PodIdentityAssociation"} <= made


def test_each_cluster_has_flux_and_crossplane_of_its_own() -> None:
    for spoke in SPOKES:
        assert "FluxInstance" in {obj.kind for obj in _landed(spoke.cluster)}
        assert "crossplane" in {obj.name for obj in _landed(spoke.cluster) if obj.kind == "HelmRelease"}
        [source] = [
            obj for obj in _landed(spoke.cluster) if obj.kind == "GitRepository" and obj.key.name == "flux-system"
        ]
        assert source.spec["secretRef"]["name"] == "git-identity"


def test_each_repository_is_read_with_a_key_of_its_own() -> None:
    for spoke in SPOKES:
        sources = [obj for obj in _landed(spoke.cluster) if obj.kind == "GitRepository"]
        urls: dict[tuple[str, str], set[str]] = {}
        for source in sources:
            urls.setdefault((source.namespace, source.spec["secretRef"]["name"]), set()).add(source.spec["url"])
        assert len(urls) == len(sources) >= 2
        assert [read for read in urls.values() if len(read) > 1] == []


def test_cluster_info_is_on_hub_and_cluster_alike() -> None:
    for spoke in SPOKES:
        infos = {
            cluster: obj.value["data"]
            for cluster, namespace in (("hub", spoke.cluster), (spoke.cluster, "flux-system"))
            for obj in _landed(cluster)
            if obj.kind == "ConfigMap" and obj.name == "cluster-info" and obj.namespace == namespace
        }
        for name in ("CLUSTER_NAME", "ENVIRONMENT", "ACCOUNT_ID", "REGION"):
            assert infos["hub"][name] == infos[spoke.cluster][name]
        assert infos[spoke.cluster]["CLUSTER_NAME"] == spoke.cluster


def test_an_application_has_a_database_a_queue_and_from_v2_on_a_table() -> None:
    for spoke in SPOKES:
        for application in spoke.applications:
            clouds = {obj.group: obj for obj in _landed(spoke.cluster) if obj.namespace == application}
            wanted = {"rds.aws.m.upbound.io", "sqs.aws.m.upbound.io"}
            if spoke.environment == "staging":
                wanted.add("dynamodb.aws.m.upbound.io")
            # Beside its role by Pod Identity.
            others = ("iam.aws.m.upbound.io", "eks.aws.m.upbound.io")
            clouds = {group: obj for group, obj in clouds.items() if group not in others}
            assert {group for group in clouds if group.endswith(".aws.m.upbound.io")} == wanted
            names = {clouds[group].spec["providerConfigRef"]["name"] for group in wanted}
            assert names == {f"account-{spoke.account}"}


def test_data_of_production_outlives_its_application() -> None:
    for spoke in SPOKES:
        databases = [obj for obj in _landed(spoke.cluster) if obj.group.startswith("rds.") and obj.kind == "Instance"]
        kept = {not {"*", "Delete"} & set(obj.spec.get("managementPolicies", ["*"])) for obj in databases}
        assert kept == {spoke.environment == "production"}


def test_databases_are_in_subnets_that_the_cluster_makes_for_them() -> None:
    made = {
        obj.value["metadata"]["annotations"]["crossplane.io/external-name"]
        for obj in _composed()
        if obj.kind == "SubnetGroup"
    }
    for spoke in SPOKES:
        databases = [obj for obj in _landed(spoke.cluster) if obj.group.startswith("rds.") and obj.kind == "Instance"]
        assert databases
        assert {obj.spec["forProvider"]["dbSubnetGroupName"] for obj in databases} <= made


def test_network_policies_count_on_clusters_with_auto_mode() -> None:
    component = template_files()[f"{SYSTEM}/environments/components/auto-mode/kustomization.yaml"]
    assert "value: ./tools-config/auto-mode\n" in component
    [switch] = [obj for obj in built("gitops-system/tools-config/auto-mode") if obj["kind"] == "ConfigMap"]
    assert (switch["metadata"]["namespace"], switch["metadata"]["name"]) == ("kube-system", "amazon-vpc-cni")
    assert switch["data"] == {"enable-network-policy-controller": "true"}


def test_auto_mode_is_not_asked_for_tags_that_its_policies_refuse() -> None:
    [storage] = [obj for obj in built("gitops-system/tools-config/auto-mode") if obj["kind"] == "StorageClass"]
    assert storage["provisioner"] == "ebs.csi.eks.amazonaws.com"
    assert not [name for name in storage["parameters"] if name.startswith("tagSpecification")]


def test_the_hubs_roles_are_made_before_they_are_named() -> None:
    config = yaml.safe_load(template_files()[f"{SYSTEM}/bootstrap/hub-cluster.yaml"])
    associations = config["iam"]["podIdentityAssociations"]
    # eksctl makes roles and associations at once: none may have a role that another one brings.
    assert not [one for one in associations if "roleARN" in one]
    accounts = [text for path, text in template_files().items() if "/crossplane/accounts/hub/" in path]
    provisioners = {arn for text in accounts for arn in re.findall(r"arn:aws:iam::\d+:role/\S+", text)}
    [crossplane] = [one for one in associations if one["serviceAccountName"] == "provider-aws"]
    assert set(crossplane["permissionPolicy"]["Statement"][0]["Resource"]) == provisioners
    fleet = template_files()[f"{SYSTEM}/fleet/fleet-info.yaml"]
    [flux] = [one for one in associations if one["serviceAccountName"] == "kustomize-controller"]
    assert f"role/{flux['roleName']}\n" in fleet
    assert "--service-account-name helm-controller" in template_files()[f"{SYSTEM}/README.md"]


def test_the_hubs_cluster_has_nothing_that_flux_brings() -> None:
    config = yaml.safe_load(template_files()[f"{SYSTEM}/bootstrap/hub-cluster.yaml"])
    assert config["addonsConfig"]["disableDefaultAddons"] is True
    assert "addons" not in config


def test_gpu_workloads_get_nodes_with_gpus_and_nobody_else_does() -> None:
    pools = {obj["metadata"]["name"]: obj for obj in built("gitops-system/tools-config/karpenter-gpu")}
    template = pools["gpu"]["spec"]["template"]["spec"]
    assert {taint["key"] for taint in template["taints"]} == {"nvidia.com/gpu"}
    wanted = {one["key"]: one["values"] for one in template["requirements"]}
    assert wanted["karpenter.k8s.aws/instance-gpu-manufacturer"] == ["nvidia"]
    assert "gpu" not in {obj["metadata"]["name"] for obj in built("gitops-system/tools-config/karpenter")}
    component = template_files()[f"{SYSTEM}/environments/components/gpu/kustomization.yaml"]
    assert "value: ./tools-config/karpenter-gpu\n" in component


def test_staging_has_v2_and_production_v1() -> None:
    for spoke in SPOKES:
        objects = [obj for obj in _landed(spoke.cluster) if obj.namespace == spoke.applications[0]]
        [deployment] = [obj for obj in objects if obj.kind == "Deployment"]
        [container] = deployment.spec["template"]["spec"]["containers"]
        tables = [obj for obj in objects if obj.kind == "Table"]
        assert (container["image"].rpartition(":")[2], len(tables)) == (
            ("2.0.0", 1) if spoke.environment == "staging" else ("1.0.0", 0)
        )


def test_the_lockdown_is_on_wherever_there_are_tenants() -> None:
    for spoke in SPOKES:
        [instance] = [obj for obj in _landed(spoke.cluster) if obj.kind == "FluxInstance"]
        assert instance.spec["cluster"]["multitenant"] is True


def test_no_cluster_makes_a_sealing_key_of_its_own() -> None:
    for cluster in rendering().fleet.clusters:
        [release] = [obj for obj in _landed(cluster) if obj.kind == "HelmRelease" and obj.name == "sealed-secrets"]
        assert release.spec["values"]["keyrenewperiod"] == "0"
        assert release.spec["values"]["watchForSecrets"] is True
        assert {key.namespace for key in _sealing_keys(cluster)} == {release.spec["targetNamespace"]}


def test_every_cluster_gets_both_sealing_keys() -> None:
    for cluster in rendering().fleet.clusters:
        keys = _sealing_keys(cluster)
        assert {key.spec["target"]["name"] for key in keys} == {"sealing-key-a", "sealing-key-b"}
        for key in keys:
            assert key.spec["dataFrom"] == [{"extract": {"key": "fleet/shared/sealing-key"}}]
            assert key.spec["target"]["template"]["type"] == "kubernetes.io/tls"
            assert key.spec["refreshInterval"] == "10m"


def test_the_stage_of_the_sealing_keys_waits_for_both() -> None:
    on_hub = [obj.spec for obj in _on_hub("Kustomization") if obj.name == "sealing-key"]
    assert len(on_hub) == 1 + len(SPOKES)
    for stage in on_hub:
        assert stage["wait"] is True
        assert "ExternalSecret" in {check["kind"] for check in stage["healthCheckExprs"]}


def test_the_hub_decrypts_what_all_clusters_share_and_by_secrets_manager_only() -> None:
    config = yaml.safe_load(template_files()[f"{SYSTEM}/bootstrap/hub-cluster.yaml"])
    associations = config["iam"]["podIdentityAssociations"]
    [role] = [one for one in associations if one["serviceAccountName"] == "external-secrets"]
    [statement] = [one for one in role["permissionPolicy"]["Statement"] if "kms:Decrypt" in one["Action"]]
    region = config["metadata"]["region"]
    assert statement["Action"] == ["kms:Decrypt"]
    assert statement["Condition"] == {
        "StringEquals": {"kms:ViaService": f"secretsmanager.{region}.amazonaws.com"},
        "StringLike": {
            "kms:EncryptionContext:SecretARN": f"arn:aws:secretsmanager:{region}:111122223333:secret:fleet/shared/*"
        },
    }


def test_there_are_no_long_lived_keys() -> None:
    for cluster in rendering().fleet.clusters:
        for obj in _landed(cluster):
            assert obj.kind != "Secret" or not obj.value.get("data"), obj
            assert obj.kind != "ClusterSecretStore" or "auth" not in obj.spec["provider"]["aws"]
            assert obj.kind != "ClusterProviderConfig" or obj.spec["credentials"]["source"] == "PodIdentity"


def test_every_cluster_tells_slipway_what_its_flux_does() -> None:
    for cluster in rendering().fleet.clusters:
        providers = [obj for obj in _landed(cluster) if obj.kind == "Provider" and obj.group.startswith("notification")]
        assert {obj.spec["type"] for obj in providers} == {"generic-hmac"}
        alerts = [obj for obj in _landed(cluster) if obj.kind == "Alert"]
        # The hub tells what happens to each cluster's stages, too.
        told = set(rendering().fleet.clusters) if cluster == "hub" else {cluster}
        assert {obj.spec["eventMetadata"]["cluster"] for obj in alerts} == told


def test_a_new_cluster_is_four_small_files() -> None:
    after = dict(fleet_files())
    add_cluster(after, NEW)
    made = {path: text for path, text in after.items() if path not in fleet_files()}
    system = [path for path in made if path.startswith(f"{SYSTEM}/")]
    workloads = [path for path in made if path.startswith(f"{WORKLOADS}/")]
    assert len(system) <= 4
    lines = sum(made[path].count("\n") for path in system)
    changed = _changed(fleet_files(), {path: after[path] for path in fleet_files()})
    assert (
        f"| a new cluster | {len(system)} files, {lines} lines; {changed} lines changed | 30 files, 945 lines"
        in _page()
    )
    assert f"{len(workloads)} file in gitops-workloads" in _page()
    fleet = rendered(after, rendering()).fleet
    assert NEW.cluster in fleet.clusters
    assert not fleet.problems


def test_an_application_on_a_cluster_is_two_small_files() -> None:
    after = dict(fleet_files())
    add_to_cluster(after, SPOKE, "payments")
    made = {path: text for path, text in after.items() if path not in fleet_files()}
    lines = sum(text.count("\n") for text in made.values())
    assert f"| an application on a cluster | {len(made)} files, {lines} lines | 10 files, 190 lines |" in _page()
    assert not rendered(after, rendering()).fleet.problems


@pytest.mark.parametrize(
    ("path", "clusters"),
    [
        (VERSIONS, {"hub", *(spoke.cluster for spoke in SPOKES)}),
        (VERSIONS.replace("/base/", "/staging/"), {"pay-staging", "shop-staging"}),
        (VERSIONS.replace("/base/", "/production/"), {"hub", "pay-production", "shop-production"}),
    ],
)
def test_a_tool_is_upgraded_by_one_line_for_all_or_for_an_environment(path: str, clusters: set[str]) -> None:
    tool, version = "EXTERNAL_SECRETS_VERSION", "9.9.9"
    files = dict(fleet_files())
    data = yaml.safe_load(files[path])["data"]
    if tool in data:
        files[path] = files[path].replace(f"{tool}: {data[tool]}", f"{tool}: {version}")
    else:
        files[path] = files[path].replace("data: {}", f"data: {{{tool}: {version}}}")
    assert _changed(fleet_files(), files) == 1
    fleet = rendered(files, rendering()).fleet
    upgraded = {
        name
        for name, cluster in fleet.clusters.items()
        for obj in cluster.objects
        if obj.kind == "HelmRelease"
        and obj.name == "external-secrets"
        and obj.spec["chart"]["spec"]["version"] == version
    }
    assert upgraded == clusters


def test_the_table_of_the_samples_promises_names_tests_that_are_there() -> None:
    page = _page()
    for promise in [*(f"S{number}" for number in range(9)), *(f"P{number}" for number in range(1, 17))]:
        assert f"| {promise} |" in page
    named = re.findall(r"`(test_\w+)`", page)
    others = "".join(path.read_text(encoding="utf-8") for path in _test_files())
    assert [name for name in named if f"def {name}(" not in others] == []


def _test_files() -> list[Path]:
    return sorted(Path(__file__).parents[1].rglob("test_*.py"))


def _page() -> str:
    return document("templates.md")


def _landed(cluster: str) -> list[KubeObject]:
    return list(rendering().fleet.clusters[cluster].objects)


def _on_hub(kind: str) -> Iterator[KubeObject]:
    return (obj for obj in _landed("hub") if obj.kind == kind)


def _sealing_keys(cluster: str) -> list[KubeObject]:
    """What brings the fleet's key pairs to a cluster."""
    return [obj for obj in _landed(cluster) if obj.kind == "ExternalSecret" and obj.name.startswith("sealing-key-")]


def _composed() -> Iterator[KubeObject]:
    """What the hub's Crossplane makes."""
    owners = rendering().fleet.clusters["hub"].expanded
    return (obj for owner in owners if isinstance(owner, Composite) for obj in owner.objects)


def _kustomizations(cluster: str, namespace: str) -> Mapping[str, Mapping[str, Any]]:
    group = "kustomize.toolkit.fluxcd.io"
    return {obj.name: obj.spec for obj in _landed(cluster) if obj.group == group and obj.namespace == namespace}


def _stages() -> Mapping[str, Mapping[str, Any]]:
    return _kustomizations("hub", SPOKE.cluster)


def _annotation(obj: KubeObject, name: str) -> str | None:
    annotations: Mapping[str, str] = obj.value["metadata"].get("annotations") or {}
    return annotations.get(f"kustomize.toolkit.fluxcd.io/{name}")


def _changed(before: Mapping[str, str], after: Files) -> int:
    """Lines that are new or other than before, in files that were there."""
    return sum(
        line.startswith("+") and not line.startswith("+++")
        for path, text in after.items()
        for line in unified_diff(before[path].splitlines(), text.splitlines(), n=0)
    )
