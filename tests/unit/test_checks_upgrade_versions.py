"""SLW305 to SLW309: versions of Kubernetes, and what EKS has replaced."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.small_fleets import at, checked, findings, sync, tree_of

EKS = "eks.aws.upbound.io/v1beta1"
FILE = "clusters/staging/objects.yaml"


def some(api_version: str, kind: str, name: str = "main", **spec: object) -> str:
    metadata = {"name": name, "namespace": "default"}
    return dump({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec})


def plane(version: str, api_version: str = EKS) -> str:
    return some(api_version, "Cluster", forProvider={"version": version})


def group(version: str, **fields: object) -> str:
    return some(EKS, "NodeGroup", "workers", forProvider={"clusterName": "main", "version": version, **fields})


def composite(version: str, nodes: str = "") -> str:
    parameters = {"eks-k8s-version": version, **({"mng-k8s-version": nodes} if nodes else {})}
    return some("acme.example/v1", "EKSCluster", parameters=parameters)


def cluster(*objects: str, base: tuple[str, ...] | None = None, rule: str = "SLW30") -> list[Finding]:
    before = None if base is None else {FILE: "---\n".join(base)}
    return findings({FILE: "---\n".join(objects)}, rule, base=before)


def said(found: list[Finding]) -> list[str]:
    return [f"{finding.rule.severity} {finding.rule.id} {finding.message}" for finding in found]


def step(before: str, after: str) -> list[str]:
    return [text.replace("the control plane ", "") for text in said(cluster(after, base=(before,), rule="SLW305"))]


@pytest.mark.parametrize("declare", [plane, composite])
def test_one_minor_version_up_is_fine_and_more_are_an_error(declare: Callable[[str], str]) -> None:
    assert step(declare("1.33"), declare("1.34")) == []
    assert step(declare("1.33"), declare("1.33")) == []
    assert step(declare("1.33"), declare("v1.34.2-eks-1a2b")) == []
    assert step(declare("1.33"), declare("1.36")) == ["error SLW305 goes 3 minor versions at once, from 1.33 to 1.36"]


def test_one_minor_version_back_is_a_warning_and_more_are_an_error() -> None:
    assert step(plane("1.36"), plane("1.35")) == ["warning SLW305 goes back, from 1.36 to 1.35"]
    assert step(plane("1.36"), plane("1.34")) == ["error SLW305 goes back 2 minor versions, from 1.36 to 1.34"]


def test_a_node_group_may_leap_but_does_not_go_back() -> None:
    assert step(group("1.32"), group("1.35")) == []
    assert step(group("1.35"), group("1.34")) == ["error SLW305 a node group does not go back, from 1.35 to 1.34"]


def test_a_new_cluster_takes_no_step() -> None:
    assert cluster(plane("1.36"), base=()) == []


def test_the_step_is_told_on_its_line() -> None:
    [finding] = cluster(composite("1.36"), base=(composite("1.34"),))

    assert finding.where == at(FILE, 8)
    assert finding.object == "EKSCluster.acme.example default/main"


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        ((plane("1.35"), group("1.36")), ["error SLW306 the nodes have 1.36, the control plane 1.35"]),
        ((composite("1.35", "1.36"),), ["error SLW306 the nodes have 1.36, the control plane 1.35"]),
        (
            (plane("1.36"), group("1.32")),
            ["error SLW306 the nodes have 1.32, 4 minor versions less than the control plane"],
        ),
        ((plane("1.36"), group("1.33")), []),
        ((composite("1.36", "1.36"),), []),
        ((group("1.36"),), []),
        ((plane("1.35"), some(EKS, "NodeGroup", forProvider={"clusterName": "other", "version": "1.36"})), []),
    ],
)
def test_nodes_are_never_newer_and_at_most_three_behind(objects: tuple[str, ...], expected: list[str]) -> None:
    assert said(cluster(*objects, rule="SLW306")) == expected


def test_nodes_reach_the_control_plane_before_its_next_step() -> None:
    before = (plane("1.35"), group("1.34"))

    assert said(cluster(plane("1.36"), group("1.34"), base=before)) == [
        "warning SLW306 the nodes still have 1.34, and the control plane leaves 1.35"
    ]
    assert cluster(plane("1.36"), group("1.35"), base=before) == []
    assert cluster(*before, base=before, rule="SLW306") == []


def supported(version: str, today: date, **settings: str) -> list[str]:
    files = {**sync("staging"), FILE: plane(version), **settings}
    return [
        finding.rule.severity
        for finding in checked(tree_of(files), today=today).findings
        if finding.rule.id == "SLW307"
    ]


@pytest.mark.parametrize(
    ("version", "today", "expected"),
    [
        ("1.24", date(2026, 11, 25), ["error"]),
        ("1.31", date(2026, 11, 26), ["warning"]),
        ("1.31", date(2026, 11, 27), ["error"]),
        ("1.35", date(2027, 1, 26), []),
        ("1.35", date(2027, 1, 27), ["info"]),
        ("1.35", date(2027, 3, 27), ["info"]),
        ("1.35", date(2027, 3, 28), ["warning"]),
        ("1.37", date(2030, 1, 1), []),
    ],
)
def test_the_day_decides_what_eks_supports(version: str, today: date, expected: list[str]) -> None:
    assert supported(version, today) == expected


def test_the_settings_know_better() -> None:
    settings = 'kubernetesVersions: {"1.37": {standard: "2027-12-01", extended: "2028-12-01"}}'

    assert supported("1.37", date(2029, 1, 1), **{"slipway.yaml": settings}) == ["error"]
    assert supported("1.37", date(2028, 1, 1), **{"slipway.yaml": settings}) == ["warning"]


def test_the_version_that_the_settings_give_a_cluster_counts_too() -> None:
    settings = 'clusters:\n  staging:\n    path: clusters/staging\n    kubernetesVersion: "1.33"\n'

    [finding] = findings({"slipway.yaml": settings}, "SLW307")
    assert (finding.rule.severity, finding.where, finding.clusters) == ("warning", at("slipway.yaml", 4), ("staging",))


@pytest.mark.parametrize(
    "obj",
    [
        some("upgrade.cattle.io/v1", "Plan", version="v1.28.4+k3s1"),
        some("tuppr.home-operations.com/v1alpha1", "KubernetesUpgrade", kubernetes={"version": "v1.28.4"}),
        some("acme.example/v1", "EKSCluster", addons=[{"name": "coredns", "kubernetesVersion": "1.28"}]),
        some("acme.example/v1", "EKSCluster", parameters={"karpenterVersion": "1.28.0", "version": "latest"}),
        some("rds.aws.upbound.io/v1beta1", "Cluster", forProvider={"engineVersion": "1.28", "version": "1.28"}),
    ],
)
def test_versions_of_other_things_are_none(obj: str) -> None:
    assert cluster(obj) == []


@pytest.mark.parametrize(
    ("api_version", "kind", "spec"),
    [
        ("eks.aws.m.upbound.io/v1beta1", "Cluster", {"forProvider": {"version": "1.28"}}),
        ("eks.aws.crossplane.io/v1beta1", "Cluster", {"forProvider": {"version": "1.28"}}),
        ("eks.services.k8s.aws/v1alpha1", "Cluster", {"version": "1.28"}),
        ("controlplane.cluster.x-k8s.io/v1beta2", "AWSManagedControlPlane", {"version": "v1.28.0"}),
        ("aws.acme.example/v1", "XEKS", {"parameters": {"version": "1.28"}}),
        ("acme.example/v1", "Cluster", {"eks": {"version": "1.28"}}),
        ("acme.example/v1", "Platform", {"eksVersion": "1.28"}),
    ],
)
def test_a_control_plane_is_found_by_its_kind_or_its_fields(
    api_version: str, kind: str, spec: dict[str, object]
) -> None:
    assert [finding.rule.id for finding in cluster(some(api_version, kind, **spec))] == ["SLW307"]


AL2 = {"amiType": "AL2_x86_64"}


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        ((group("1.35", **AL2),), ["error"]),
        ((group("1.32", **AL2),), ["info"]),
        ((plane("1.35"), some(EKS, "NodeGroup", forProvider={"clusterName": "main", **AL2})), ["error"]),
        ((some(EKS, "NodeGroup", forProvider=AL2),), ["info"]),
        ((some("eks.services.k8s.aws/v1alpha1", "Nodegroup", version="1.35", **AL2),), ["error"]),
        ((group("1.35", amiType="AL2023_ARM_64_STANDARD"),), []),
        ((some("karpenter.k8s.aws/v1", "EC2NodeClass", amiSelectorTerms=[{"alias": "al2@latest"}]),), ["info"]),
        ((some("karpenter.k8s.aws/v1", "EC2NodeClass", amiFamily="AL2"),), ["info"]),
        ((some("karpenter.k8s.aws/v1", "EC2NodeClass", amiSelectorTerms=[{"alias": "al2023@latest"}]),), []),
    ],
)
def test_there_is_no_amazon_linux_2_from_1_33_on(objects: tuple[str, ...], expected: list[str]) -> None:
    assert [finding.rule.severity for finding in cluster(*objects, rule="SLW308")] == expected


def test_a_node_class_is_of_the_cluster_that_it_lands_on() -> None:
    files = {
        "slipway.yaml": 'clusters: {staging: {path: clusters/staging, kubernetesVersion: "1.35"}}',
        FILE: some("karpenter.k8s.aws/v1", "EC2NodeClass", amiFamily="AL2"),
    }

    [finding] = findings(files, "SLW308")
    assert (finding.rule.severity, finding.where) == ("error", at(FILE, 7))


def test_another_config_map_of_that_name_is_none() -> None:
    assert cluster(some("v1", "ConfigMap", "aws-auth"), rule="SLW309") == []


COMPOSITION = """\
apiVersion: apiextensions.crossplane.io/v1
kind: Composition
metadata: {name: clusters}
spec:
  compositeTypeRef: {apiVersion: acme.example/v1, kind: EKSCluster}
  mode: Pipeline
  pipeline:
    - step: make
      functionRef: {name: function-patch-and-transform}
      input:
        apiVersion: pt.fn.crossplane.io/v1beta1
        kind: Resources
        resources:
          - name: plane
            base: {apiVersion: eks.aws.upbound.io/v1beta1, kind: Cluster, spec: {forProvider: {region: eu-west-1}}}
            patches:
              - {fromFieldPath: spec.parameters.eks-k8s-version, toFieldPath: spec.forProvider.version}
          - name: nodes
            base:
              apiVersion: eks.aws.upbound.io/v1beta1
              kind: NodeGroup
              spec:
                forProvider:
                  version: "1.35"
    - step: last
      functionRef: {name: LAST}
"""
XRD = """\
apiVersion: apiextensions.crossplane.io/v2
kind: CompositeResourceDefinition
metadata: {name: eksclusters.acme.example}
spec:
  group: acme.example
  scope: Namespaced
  names: {kind: EKSCluster, plural: eksclusters}
  versions:
    - name: v1
      served: true
      referenceable: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
"""


def composed(version: str, last: str = "function-auto-ready") -> list[Finding]:
    files = {
        "clusters/staging/composition.yaml": COMPOSITION.replace("LAST", last),
        "clusters/staging/xrd.yaml": XRD,
        "clusters/staging/functions.yaml": "---\n".join(
            dump({"apiVersion": "pkg.crossplane.io/v1", "kind": "Function", "metadata": {"name": name}, "spec": spec})
            for name in ("function-patch-and-transform", "function-auto-ready", "function-cel-filter")
            for spec in ({"package": f"xpkg.crossplane.io/crossplane-contrib/{name}:v0.9.0"},)
        ),
        FILE: composite(version),
    }
    return findings(files, "SLW306")


def test_of_what_is_composed_the_line_that_makes_the_version_is_told() -> None:
    [finding] = composed("1.34")

    assert finding.rule.severity == "error"
    assert finding.where == at("clusters/staging/composition.yaml", 24)
    assert composed("1.35") == []


def test_where_a_function_may_alter_it_nodes_are_a_warning() -> None:
    [finding] = composed("1.34", last="function-cel-filter")

    assert finding.rule.severity == "warning"
