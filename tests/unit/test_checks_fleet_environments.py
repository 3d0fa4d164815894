"""SLW706, SLW707: versions in environments; SLW708: what EKS and a chart both install."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.small_fleets import SOURCE, at, checked, helm_release, helm_repository, sync, tree_of

ORDER = """\
environments:
- {name: dev, clusters: [dev]}
- {name: staging, clusters: [staging]}
- {name: production, clusters: [prod-*], minorsApart: 2}
"""


def some(api_version: str, kind: str, name: str = "web", namespace: str = "default", /, **spec: object) -> str:
    metadata = {"name": name, "namespace": namespace}
    return dump({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec})


def pod(version: str, name: str = "web") -> str:
    return some("v1", "Pod", name, containers=[{"name": "web", "image": f"ghcr.io/acme/web:{version}"}])


def chart(version: str) -> str:
    spec = {"chart": "podinfo", "version": version, "sourceRef": {"kind": "HelmRepository", "name": "charts"}}
    return f"{helm_release('podinfo', chart={'spec': spec})}---\n{helm_repository()}"


def oci_chart(version: str) -> str:
    release = helm_release("podinfo", chart=None, chartRef={"kind": "OCIRepository", "name": "podinfo"})
    ref = {"tag": version}
    source = some(
        SOURCE,
        "OCIRepository",
        "podinfo",
        "flux-system",
        url="oci://ghcr.io/acme/podinfo",
        ref=ref,
    )
    return f"{release}---\n{source}"


def tagged(version: str) -> str:
    url, ref = "https://github.com/acme/tools", {"tag": f"v{version}"}
    return some(SOURCE, "GitRepository", "tools", "flux-system", url=url, ref=ref)


def flux(version: str) -> str:
    return some("fluxcd.controlplane.io/v1", "FluxInstance", "flux", "flux-system", distribution={"version": version})


def fleet(settings: str = ORDER, **objects: str) -> list[Finding]:
    files = {"slipway.yaml": settings}
    for name, text in objects.items():
        cluster = name.replace("_", "-")
        files |= {**sync(cluster), f"clusters/{cluster}/objects.yaml": text}
    return [one for one in checked(tree_of(files)).findings if one.rule.id in ("SLW706", "SLW707", "SLW708")]


def said(found: list[Finding]) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(finding.rule.id, finding.rule.severity, finding.clusters) for finding in found]


@pytest.mark.parametrize("thing", [pod, chart, oci_chart, tagged, flux])
def test_production_ahead_of_all_before_it_is_a_warning(thing: Callable[[str], str]) -> None:
    newer = fleet(dev=thing("1.1.0"), staging=thing("1.1.0"), prod_eu=thing("1.2.0"))

    assert said(newer) == [("SLW706", "warning", ("prod-eu",))]
    assert fleet(dev=thing("1.2.0"), staging=thing("1.1.0"), prod_eu=thing("1.1.0")) == []
    assert fleet(dev=thing("1.2.0"), staging=thing("1.1.0"), prod_eu=thing("1.2.0")) == []
    assert fleet(dev=thing("1.10.0"), staging=thing("1.10.0"), prod_eu=thing("1.9.0")) == []


def test_it_is_told_on_the_line_of_the_version() -> None:
    [finding] = fleet(staging=chart("1.1.0"), prod_eu=chart("1.2.0"))

    assert finding.where == at("clusters/prod-eu/objects.yaml", 11)
    assert finding.message == "production has the chart podinfo in version 1.2.0, staging before it has 1.1.0 yet"


def test_what_no_earlier_environment_has_is_new() -> None:
    assert fleet(staging=pod("1.1.0", "other"), prod_eu=pod("1.2.0")) == []


@pytest.mark.parametrize("version", ["1.x", ">=1.0.0", "", "latest", "7", "main"])
def test_what_is_no_single_version_is_not_compared(version: str) -> None:
    assert fleet(staging=chart("1.1.0"), prod_eu=chart(version)) == []


@pytest.mark.parametrize(
    ("version", "severity"), [("1.9.1", "info"), ("1.7.0", "info"), ("1.6.0", "warning"), ("0.9.9", "warning")]
)
def test_clusters_of_one_environment_that_differ(version: str, severity: str) -> None:
    found = fleet(prod_eu=pod("1.9.2"), prod_us=pod(version))

    assert said(found) == [("SLW707", severity, ("prod-us",))]
    assert found[0].hint == "it is 1.9.2 on prod-eu"


def test_without_environments_nothing_is_said() -> None:
    assert fleet("", staging=pod("1.1.0"), prod_eu=pod("1.2.0")) == []


EKS = "eks.aws.upbound.io/v1beta1"


def add_on(name: str, cluster: str = "staging") -> str:
    return some(EKS, "Addon", name, forProvider={"addonName": name, "clusterName": cluster})


def release(chart_name: str) -> str:
    spec = {"chart": chart_name, "version": "1.0.0", "sourceRef": {"kind": "HelmRepository", "name": "charts"}}
    return f"{helm_release('release', chart={'spec': spec})}---\n{helm_repository()}"


def both(one: str, other: str) -> list[Finding]:
    return fleet("", hub="---\n".join([one]), staging=other)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("aws-ebs-csi-driver", release("aws-ebs-csi-driver")),
        ("vpc-cni", release("aws-vpc-cni")),
        ("cert-manager", release("cert-manager")),
        ("vpc-cni", some("apps/v1", "DaemonSet", "aws-node", "kube-system")),
        ("coredns", some("apps/v1", "Deployment", "coredns", "kube-system")),
    ],
)
def test_what_an_add_on_of_the_hub_installs_is_installed_once(name: str, other: str) -> None:
    found = both(add_on(name), other)

    assert said(found) == [("SLW708", "warning", ("staging",))]
    assert found[0].where.path == "clusters/staging/objects.yaml"
    assert both(add_on(name, "elsewhere"), other) == []
    assert both(add_on("adot"), other) == []


def test_a_coredns_of_ones_own_elsewhere_is_none() -> None:
    assert both(add_on("coredns"), some("apps/v1", "Deployment", "coredns", "dns")) == []


@pytest.mark.parametrize(
    ("api_version", "kind", "spec"),
    [
        ("eks.aws.m.upbound.io/v1beta1", "Addon", {"forProvider": {"addonName": "coredns"}}),
        ("eks.services.k8s.aws/v1alpha1", "Addon", {"name": "coredns", "clusterRef": {"from": {"name": "main"}}}),
        ("controlplane.cluster.x-k8s.io/v1beta2", "AWSManagedControlPlane", {"addons": [{"name": "coredns"}]}),
    ],
)
def test_in_a_fleet_of_one_cluster_there_is_no_doubt(api_version: str, kind: str, spec: dict[str, object]) -> None:
    coredns = some("apps/v1", "Deployment", "coredns", "kube-system")

    assert len(fleet("", staging=f"{some(api_version, kind, 'a', **spec)}---\n{coredns}")) == 1
