"""SLW301 to SLW304: APIs that an upgrade takes away."""

from __future__ import annotations

import pytest

from slipway.checks.finding import Finding
from slipway.checks.upgrade.releases import pinned_minor
from slipway.checks.upgrade.tool_apis import TOOL_APIS
from slipway.fleet.manifests import dump
from tests.unit.small_fleets import at, checked, findings, helm_release, kustomization, sync, tree_of

FLUX_CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {
        "name": "buckets.source.toolkit.fluxcd.io",
        "labels": {"app.kubernetes.io/part-of": "flux", "app.kubernetes.io/version": "v2.9.1"},
    },
}


def some(api_version: str, kind: str, name: str = "web", namespace: str = "default", **spec: object) -> str:
    metadata = {"name": name, "namespace": namespace}
    return dump({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec})


def cluster(*objects: str, version: str = "", rule: str = "SLW3") -> list[Finding]:
    files = {"clusters/staging/objects.yaml": "---\n".join(objects)}
    if version:
        files["slipway.yaml"] = f'clusters: {{staging: {{path: clusters/staging, kubernetesVersion: "{version}"}}}}'
    return findings(files, rule)


def severities(found: list[Finding]) -> list[str]:
    return [finding.rule.severity for finding in found]


BINDING = some("admissionregistration.k8s.io/v1beta1", "ValidatingAdmissionPolicyBinding", namespace="")


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.31", [("SLW302", "1.34")]),
        ("1.33", [("SLW301", "1.34")]),
        ("1.34", []),
    ],
)
def test_what_the_next_version_does_not_serve_is_a_warning_and_what_a_later_one_does_not_is_told(
    version: str, expected: list[tuple[str, str]]
) -> None:
    found = cluster(BINDING, version=version)

    assert [
        (finding.rule.id, finding.message.split()[-2]) for finding in found if finding.rule.id < "SLW303"
    ] == expected


def test_of_a_version_that_git_does_not_say_nothing_is_the_next_one() -> None:
    service_range = some("networking.k8s.io/v1beta1", "ServiceCIDR", cidrs=["10.0.0.0/16"])

    assert [finding.rule.id for finding in cluster(service_range)] == ["SLW302"]


def test_a_beta_without_a_stable_version_is_no_mistake() -> None:
    assert cluster(some("admissionregistration.k8s.io/v1beta1", "MutatingAdmissionPolicy"), version="1.35") == []


def test_one_line_is_one_finding_whatever_the_names_that_overlays_give_it() -> None:
    overlay = "resources: [../base]\nnameSuffix: -{}\n"
    found = findings(
        {
            "apps/base/kustomization.yaml": "resources: [store.yaml]",
            "apps/base/store.yaml": some("external-secrets.io/v1beta1", "SecretStore", "store"),
            "apps/a/kustomization.yaml": overlay.format("a"),
            "apps/b/kustomization.yaml": overlay.format("b"),
            "clusters/staging/apps.yaml": kustomization("a") + "---\n" + kustomization("b"),
        },
        "SLW303",
    )

    [finding] = found
    assert finding.object == "SecretStore.external-secrets.io default/store-a"
    assert finding.where == at("apps/base/store.yaml")
    assert finding.hint.endswith("1 more object has it from this line")


RELEASES = {
    "labels of Flux": (dump(FLUX_CRD), "source.toolkit.fluxcd.io/v1beta2", "Bucket"),
    "an instance": (
        some("fluxcd.controlplane.io/v1", "FluxInstance", distribution={"version": "2.8.x"}),
        "source.toolkit.fluxcd.io/v1beta2",
        "Bucket",
    ),
    "a chart": (
        helm_release("external-secrets", chart={"spec": {"chart": "external-secrets", "version": "0.17.0"}}),
        "external-secrets.io/v1beta1",
        "ExternalSecret",
    ),
    "a chart that an OCIRepository brings": (
        helm_release("karpenter", chart=None, chartRef={"kind": "OCIRepository", "name": "karpenter"})
        + "---\n"
        + some(
            "source.toolkit.fluxcd.io/v1",
            "OCIRepository",
            "karpenter",
            "flux-system",
            url="oci://public.ecr.aws/karpenter/karpenter",
            ref={"tag": "1.6.3"},
        ),
        "karpenter.sh/v1beta1",
        "NodePool",
    ),
}


@pytest.mark.parametrize("how", RELEASES)
def test_what_the_clusters_own_release_does_not_serve_is_an_error(how: str) -> None:
    release, api_version, kind = RELEASES[how]

    assert severities(cluster(release, some(api_version, kind), rule="SLW303")) == ["error"]


@pytest.mark.parametrize("version", ["2.1.x", "2.x", ">=2.8.0", "*"])
def test_what_an_older_or_any_release_may_still_serve_is_a_warning(version: str) -> None:
    instance = some("fluxcd.controlplane.io/v1", "FluxInstance", distribution={"version": version})

    assert severities(cluster(instance, some("source.toolkit.fluxcd.io/v1beta2", "Bucket"), rule="SLW303")) == [
        "warning"
    ]


def test_the_definition_on_the_cluster_decides() -> None:
    """What it does not serve is SLW202."""
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}

    def definition(*served: str) -> str:
        versions = [{"name": name, "served": True, "storage": True, "schema": schema} for name in served]
        names = {"kind": "NodePool", "plural": "nodepools"}
        spec = {"group": "karpenter.sh", "names": names, "scope": "Cluster", "versions": versions}
        return some("apiextensions.k8s.io/v1", "CustomResourceDefinition", "nodepools.karpenter.sh", **spec)

    pool = some("karpenter.sh/v1beta1", "NodePool")

    assert severities(cluster(definition("v1", "v1beta1"), pool, rule="SLW303")) == ["warning"]
    assert cluster(definition("v1"), pool, rule="SLW303") == []
    assert severities(cluster(definition("v1"), pool, rule="SLW202")) == ["error"]


def test_a_health_check_names_a_version_too() -> None:
    check = {
        "apiVersion": "helm.toolkit.fluxcd.io/v2beta1",
        "kind": "HelmRelease",
        "name": "web",
        "namespace": "default",
    }
    files = {"apps/web/web.yaml": some("v1", "ConfigMap")}

    [finding] = findings({**files, "clusters/staging/web.yaml": kustomization("web", healthChecks=[check])}, "SLW303")
    assert finding.where == at("clusters/staging/web.yaml", 14)
    assert finding.object == "Kustomization flux-system/web"

    waits = kustomization("web", healthChecks=[check], wait=True)
    assert findings({**files, "clusters/staging/web.yaml": waits}, "SLW303") == []


def test_clusters_of_different_releases_are_told_apart() -> None:
    files = {**sync("staging"), **sync("production")}
    for name, version in (("staging", "2.9.x"), ("production", "2.6.x")):
        instance = some("fluxcd.controlplane.io/v1", "FluxInstance", distribution={"version": version})
        bucket = some("source.toolkit.fluxcd.io/v1beta2", "Bucket")
        files[f"clusters/{name}/all.yaml"] = f"{instance}---\n{bucket}"
    found = [finding for finding in checked(tree_of(files)).findings if finding.rule.id == "SLW303"]

    assert [(finding.rule.severity, finding.clusters) for finding in found] == [
        ("error", ("staging",)),
        ("warning", ("production",)),
    ]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("v2.9.1", (2, 9)),
        ("2.9.x", (2, 9)),
        ("2.9.*", (2, 9)),
        ("~2.9.0", (2, 9)),
        ("1.20", (1, 20)),
        ("0.9.11-rc.1", (0, 9)),
        ("2.x", None),
        ("^2.9.0", None),
        (">=2.9", None),
        ("2.9.0 - 2.12.0", None),
        ("", None),
    ],
)
def test_a_version_is_known_where_it_stays_within_a_minor(version: str, expected: tuple[int, int] | None) -> None:
    assert pinned_minor(version) == expected


def test_no_table_sends_anybody_to_what_is_gone() -> None:
    for (group, _), api in TOOL_APIS.items():
        api_version = api.use.split(" ")[0]
        assert not api.use or api_version.rpartition("/")[0] == group
        assert api_version.rpartition("/")[2] not in api.gone or " " in api.use


COMPOSITION = {"compositeTypeRef": {"apiVersion": "acme.example/v1", "kind": "Network"}}
RESOURCES = [{"name": "vpc", "base": {"apiVersion": "ec2.aws.upbound.io/v1beta1", "kind": "VPC"}}]
PIPELINE = [{"step": "patch", "functionRef": {"name": "function-patch-and-transform"}}]
PACKAGE = "xpkg.crossplane.io/crossplane-contrib/provider-aws-s3:v2.6.0"


def crossplane(version: str) -> str:
    return helm_release("crossplane", chart={"spec": {"chart": "crossplane", "version": version}})


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("Composition", {**COMPOSITION, "resources": RESOURCES}),
        ("Composition", {**COMPOSITION, "mode": "Resources", "resources": RESOURCES}),
        (
            "Composition",
            {**COMPOSITION, "pipeline": PIPELINE, "publishConnectionDetailsWithStoreConfigRef": {"name": "a"}},
        ),
        ("Provider", {"package": PACKAGE, "controllerConfigRef": {"name": "aws"}}),
        ("Provider", {"package": "crossplane-contrib/provider-aws-s3:v2.6.0"}),
        ("Configuration", {"package": PACKAGE.partition(":")[0]}),
    ],
)
def test_what_crossplane_2_does_not_have_is_an_error_with_it_and_a_warning_before(
    kind: str, spec: dict[str, object]
) -> None:
    group = "apiextensions" if kind == "Composition" else "pkg"
    obj = some(f"{group}.crossplane.io/v1", kind, **spec)

    assert severities(cluster(crossplane("2.2.0"), obj, rule="SLW304")) == ["error"]
    assert severities(cluster(crossplane("1.20.0"), obj, rule="SLW304")) == ["warning"]
    assert severities(cluster(obj, rule="SLW304")) == ["warning"]


@pytest.mark.parametrize(
    ("api_version", "kind", "spec"),
    [
        ("apiextensions.crossplane.io/v1", "Composition", {**COMPOSITION, "mode": "Pipeline", "pipeline": PIPELINE}),
        ("apiextensions.crossplane.io/v1", "CompositeResourceDefinition", {"claimNames": {"kind": "NetworkClaim"}}),
        ("pkg.crossplane.io/v1", "Provider", {"package": PACKAGE}),
        ("pkg.crossplane.io/v1", "Provider", {"package": f"{PACKAGE.partition(':')[0]}@sha256:{'a' * 64}"}),
        ("pkg.crossplane.io/v1", "Provider", {"package": "${REGISTRY}/provider-aws-s3:v2"}),
    ],
)
def test_what_crossplane_2_takes_is_no_mistake(api_version: str, kind: str, spec: dict[str, object]) -> None:
    assert cluster(crossplane("2.2.0"), some(api_version, kind, **spec), rule="SLW304") == []


def tool(chart: str, version: str) -> str:
    spec = {"chart": chart, "version": version, "sourceRef": {"kind": "HelmRepository", "name": "charts"}}
    return helm_release(chart, chart={"spec": spec})


@pytest.mark.parametrize(
    ("chart", "before", "after", "count"),
    [
        ("crossplane", "2.4.0", "2.6.0", 1),
        ("crossplane", "2.4.0", "2.5.3", 0),
        ("crossplane", "2.4.0", "2.4.9", 0),
        ("crossplane", "2.4.0", "2.x", 0),
        ("crossplane", "1.20.1", "2.0.2", 0),
        ("crossplane", "1.18.2", "2.0.2", 1),
        ("crossplane", "1.20.1", "2.1.0", 1),
        ("crossplane", "2.6.0", "2.4.0", 0),
        ("cert-manager", "v1.16.1", "v1.18.0", 1),
        ("cert-manager", "v1.16.1", "v2.0.0", 0),
        ("external-secrets", "2.1.0", "2.9.0", 0),
    ],
)
def test_tools_are_upgraded_one_minor_version_at_a_time_where_their_makers_want_it(
    chart: str, before: str, after: str, count: int
) -> None:
    base, head = ({"clusters/staging/tools.yaml": tool(chart, version)} for version in (before, after))

    found = findings(head, "SLW310", base=base)

    assert [finding.where for finding in found] == [at("clusters/staging/tools.yaml", 11)] * count


def test_a_tool_that_comes_with_the_change_makes_no_step() -> None:
    assert findings({"clusters/staging/tools.yaml": tool("crossplane", "2.6.0")}, "SLW310", base={}) == []
