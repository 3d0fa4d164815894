"""What tenants' Kustomizations may do, and what Flux is told about them: SLW510 to SLW514."""

from __future__ import annotations

import pytest

from slipway.checks.finding import Finding
from slipway.checks.tenancy.lockdown import UNKNOWN, Lockdown, lockdown_of
from slipway.fleet.manifests import load_documents
from slipway.fleet.model import Cluster, Expanded
from slipway.fleet.objects import KubeObject
from tests.unit.rbac_world import (
    account,
    binding,
    controller,
    flux_instance,
    group,
    made,
    objects,
    role,
    rule,
    service_account,
    tenants,
)
from tests.unit.small_fleets import (
    HELM_RELEASES,
    SOURCE,
    checked,
    config_map,
    findings,
    helm_release,
    helm_repository,
    kustomization,
    sync,
    tree_of,
)

WEB_TENANT = tenants(web={"paths": ["apps/web"], "namespaces": ["web", "web-*"]})
AS_WEB = kustomization("web", serviceAccountName="web")
WEB = service_account("web")
WEB_FILES = {"apps/web/all.yaml": config_map("a", "web"), **WEB_TENANT}
OTHER = {"sourceRef": {"kind": "GitRepository", "name": "flux-system", "namespace": "flux-system"}}
OPEN, LOCKED = flux_instance(), flux_instance(multitenant=True)


def found(*manifests: str, rule: str = "SLW5", **files: str) -> list[Finding]:
    return findings({"clusters/staging/all.yaml": objects(*manifests), **files}, rule)


def said(*manifests: str, rule: str = "SLW5", **files: str) -> list[str]:
    return [
        f"{one.rule.id} {one.rule.severity} {one.object}: {one.message}"
        for one in found(*manifests, rule=rule, **files)
    ]


class TestApplying:
    """SLW511."""

    def apply(self, *manifests: str, brought: str = "", **files: str) -> list[str]:
        return said(AS_WEB, account("web"), *manifests, rule="SLW511", **{"apps/web/all.yaml": brought}, **files)

    def test_what_a_role_allows_is_applied(self) -> None:
        edits = binding("web", "ClusterRole/edit", WEB, namespace="default")

        assert self.apply(edits, brought=config_map("web")) == []

    def test_another_namespace_is_forbidden(self) -> None:
        edits = binding("web", "ClusterRole/edit", WEB, namespace="default")

        assert self.apply(edits, brought=objects(config_map("web"), config_map("dns", "kube-system"))) == [
            "SLW511 error ConfigMap kube-system/dns: ServiceAccount flux-system/web, as which Kustomization "
            "flux-system/web applies it, may not patch it"
        ]

    def test_without_any_right_it_is_told_once(self) -> None:
        everything = objects(config_map("a"), config_map("b"))

        assert self.apply(brought=everything) == [
            "SLW511 warning Kustomization flux-system/web: ServiceAccount flux-system/web, as which it is applied, may "
            "not apply anything of it"
        ]

    def test_an_account_that_is_made_elsewhere_may_be_bound_there(self) -> None:
        assert said(AS_WEB, rule="SLW511", **{"apps/web/a.yaml": config_map("a")}) == []

    def test_with_other_rights_only_it_is_an_error(self) -> None:
        other = binding("web", "ClusterRole/edit", WEB, namespace="other")

        assert [one.split()[1] for one in self.apply(other, brought=config_map("web"))] == ["error"]

    def test_it_is_told_on_the_line_of_the_account(self) -> None:
        [one] = found(AS_WEB, account("web"), rule="SLW511", **{"apps/web/a.yaml": config_map("a")})

        assert (one.where.path, one.where.line) == ("clusters/staging/all.yaml", 13)

    def test_a_group_of_all_service_accounts_of_the_namespace_counts(self) -> None:
        edits = binding("all", "ClusterRole/edit", group("system:serviceaccounts:flux-system"), namespace="default")

        assert self.apply(edits, brought=config_map("web")) == []

    def test_an_own_role_counts(self) -> None:
        own = role("web", rule("core", "configmaps", "get list watch create patch delete"), namespace="default")
        given = binding("web", "Role/web", WEB, namespace="default")

        assert self.apply(own, given, brought=config_map("web")) == []

    def test_only_reading_is_not_enough(self) -> None:
        own = role("web", rule("core", "configmaps", "get list watch"), namespace="default")

        assert (
            len(self.apply(own, binding("web", "Role/web", WEB, namespace="default"), brought=config_map("web"))) == 1
        )

    def test_a_namespace_is_made_by_who_may_do_everything_in_it(self) -> None:
        namespace = made("v1", "Namespace", "web")
        given = binding("web", "ClusterRole/cluster-admin", WEB, namespace="web")

        assert self.apply(given, brought=objects(namespace, config_map("a", "web"))) == []
        assert len(self.apply(given, brought=objects(config_map("a", "web"), made("v1", "Namespace", "other")))) == 1

    def test_what_flux_leaves_alone_is_not_asked_for(self) -> None:
        left = config_map("web").replace(
            "  namespace: default",
            "  namespace: default\n  annotations: {kustomize.toolkit.fluxcd.io/reconcile: disabled}",
        )

        assert self.apply(brought=left) == []

    def test_what_is_suspended_is_not_applied(self) -> None:
        suspended = kustomization("web", serviceAccountName="web", suspend=True)

        assert said(suspended, account("web"), rule="SLW511", **{"apps/web/a.yaml": config_map("a")}) == []

    def test_custom_kinds_of_kubernetes_own_roles_are_not_validated(self) -> None:
        edits = binding("web", "ClusterRole/edit", WEB, namespace="default")
        brought = made("acme.example/v1", "Web", "a", "default")
        files = {**sync("staging"), "clusters/staging/all.yaml": objects(AS_WEB, account("web"), edits)}
        verdict = checked(tree_of({**files, "apps/web/all.yaml": brought}))

        assert not [one for one in verdict.findings if one.rule.id == "SLW511"]
        assert [(one.what, one.count) for one in verdict.not_validated if "service account" in one.why] == [
            ("acme.example/v1 Web", 1)
        ]

    def test_what_is_not_rendered_may_allow_it(self) -> None:
        elsewhere = made(SOURCE, "GitRepository", "team", "flux-system", url="https://github.com/acme/team")
        dark = kustomization("team", path="./", sourceRef={"kind": "GitRepository", "name": "team"})
        bound = binding("web", "ClusterRole/edit", WEB, namespace="default")
        brought = objects(config_map("a"), config_map("dns", "kube-system"))

        assert self.apply(elsewhere, dark, brought=brought) == []
        assert [one.split()[1] for one in self.apply(elsewhere, dark, bound, brought=brought)] == ["warning"]

    def test_a_default_account_is_who_applies(self) -> None:
        applies = kustomization("web", namespace="web", **OTHER)

        assert said(LOCKED, applies, rule="SLW511", **{"apps/web/a.yaml": config_map("a", "web")}) == [
            "SLW511 warning Kustomization web/web: ServiceAccount web/default, as which it is applied, may not apply "
            "anything of it"
        ]
        assert said(OPEN, applies, rule="SLW511", **{"apps/web/a.yaml": config_map("a", "web")}) == []

    def test_a_chart_is_installed_as_its_account(self) -> None:
        chart = {
            "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
            "charts/web/templates/a.yaml": config_map("a", "kube-system"),
        }
        spec = {
            "chart": {"spec": {"chart": "charts/web", "sourceRef": {"kind": "GitRepository", "name": "flux-system"}}}
        }
        release = made(HELM_RELEASES, "HelmRelease", "web", "flux-system", serviceAccountName="web", **spec)

        assert said(release, account("web"), rule="SLW511", **chart) == [
            "SLW511 warning HelmRelease flux-system/web: ServiceAccount flux-system/web, as which it is applied, may "
            "not apply anything of it"
        ]


class TestTenants:
    """SLW510 and SLW514."""

    def test_a_kustomization_without_an_account_is_applied_with_all_rights(self) -> None:
        assert said(OPEN, kustomization("web"), **WEB_FILES) == [
            "SLW510 warning Kustomization flux-system/web: web may do with it whatever Flux may do: it names no "
            "service account"
        ]

    def test_what_a_tenant_brings_leads_to_what_is_the_tenants(self) -> None:
        releases = objects(helm_release("db", namespace="web"), helm_repository(namespace="web"))
        files = {"apps/web/all.yaml": releases, **WEB_TENANT}
        as_flux = kustomization("web", serviceAccountName="kustomize-controller")

        assert [one.split(":")[0] for one in said(OPEN, as_flux, **files)] == ["SLW510 warning HelmRelease web/db"]

    @pytest.mark.parametrize("told", [LOCKED, ""])
    def test_a_default_account_or_none_that_is_known_is_no_finding(self, told: str) -> None:
        assert said(told, kustomization("web"), rule="SLW510", **WEB_FILES) == []

    def test_the_platforms_own_needs_none(self) -> None:
        assert said(OPEN, kustomization("web"), **{"apps/web/a.yaml": config_map("a")}) == []

    @pytest.mark.parametrize(
        ("brought", "message"),
        [
            (config_map("a", "web-staging"), ""),
            (made("v1", "Namespace", "web"), ""),
            (config_map("a", "kube-system"), "web has no place in the namespace kube-system"),
            (made("v1", "Namespace", "shop"), "web has no place in the namespace shop"),
            (role("web", rule("core", "pods", "get")), "web brings what is for the whole cluster"),
            (made("v1", "PersistentVolume", "web"), ""),
        ],
    )
    def test_a_tenant_stays_in_its_place(self, brought: str, message: str) -> None:
        as_flux = kustomization("web", serviceAccountName="kustomize-controller")
        messages = [
            one.message for one in found(as_flux, rule="SLW514", **{"apps/web/all.yaml": brought}, **WEB_TENANT)
        ]

        assert messages == ([message] if message else [])

    def test_a_repository_is_a_tenants(self) -> None:
        elsewhere = made(
            SOURCE, "GitRepository", "web", "flux-system", url="ssh://git@github.com/acme/web-manifests.git"
        )
        applies = kustomization("site", path="./", sourceRef={"kind": "GitRepository", "name": "web"})
        settings = tenants(web={"repositories": ["acme/*-manifests"], "namespaces": ["web"]})
        files = {**sync("staging"), "clusters/staging/all.yaml": objects(elsewhere, applies), **settings}
        brought = tree_of({"a.yaml": config_map("a", "default")}, name="web")
        verdict = checked(tree_of(files), {"web": brought})

        assert [one.object for one in verdict.findings if one.rule.id == "SLW514"] == ["ConfigMap default/a"]


class TestReferences:
    """SLW512 and SLW513."""

    def test_another_namespace_is_refused_where_flux_is_told_so(self) -> None:
        refers = kustomization("web", namespace="web", **OTHER)
        files = {"apps/web/a.yaml": config_map("a", "web")}

        assert said(LOCKED, refers, rule="SLW512", **files) == [
            "SLW512 error Kustomization web/web: it refers to flux-system, and Flux is told to follow no reference "
            "into another namespace"
        ]
        assert said(OPEN, refers, rule="SLW512", **files) == []
        assert said(refers, rule="SLW512", **files) == []

    def test_the_own_namespace_may_be_named(self) -> None:
        assert said(LOCKED, kustomization("web", **OTHER), rule="SLW512", **{"apps/web/a.yaml": config_map("a")}) == []

    def test_charts_and_images_are_referred_to_as_well(self) -> None:
        elsewhere = {"name": "a", "namespace": "other"}
        manifests = [
            made(HELM_RELEASES, "HelmRelease", "a", "web", chartRef={"kind": "OCIRepository", **elsewhere}),
            made("image.toolkit.fluxcd.io/v1", "ImagePolicy", "a", "web", imageRepositoryRef=elsewhere),
        ]

        assert [one.object for one in found(LOCKED, *manifests, rule="SLW512")] == [
            "HelmRelease web/a",
            "ImagePolicy web/a",
        ]

    def test_a_remote_base_is_refused_on_its_line(self) -> None:
        files = {
            "apps/web/kustomization.yaml": "resources:\n# https://example.com/a.yaml\n- https://example.com/a.yaml\n"
        }
        [one] = found(LOCKED, kustomization("web"), rule="SLW513", **files)

        assert one.message == "it needs https://example.com/a.yaml from the network, and Flux is told to build without"
        assert (one.where.path, one.where.line) == ("apps/web/kustomization.yaml", 3)
        assert found(OPEN, kustomization("web"), rule="SLW513", **files) == []


class TestLockdown:
    """What a cluster's Flux is told."""

    @pytest.mark.parametrize(
        ("manifest", "told"),
        [
            ("", UNKNOWN),
            (controller("helm-controller", "--no-cross-namespace-refs=true"), UNKNOWN),
            (controller("kustomize-controller"), Lockdown(True, True, "")),
            (controller("kustomize-controller", "--no-cross-namespace-refs"), Lockdown(False, True, "")),
            (controller("kustomize-controller", "--no-cross-namespace-refs=false"), Lockdown(True, True, "")),
            (controller("kustomize-controller", "--no-remote-bases=true"), Lockdown(True, False, "")),
            (controller("kustomize-controller", "--default-service-account=a"), Lockdown(True, True, "a")),
            (controller("kustomize-controller", "--default-service-account=${SA}"), Lockdown(True, True, None)),
            (flux_instance(), Lockdown(True, True, "")),
            (flux_instance(multitenant=True), Lockdown(False, False, "default")),
            (flux_instance(multitenant=True, tenantDefaultServiceAccount="flux"), Lockdown(False, False, "flux")),
            (flux_instance(patches=["- {op: add, value: --no-remote-bases=true}"]), Lockdown(True, False, "")),
            (objects(controller("kustomize-controller"), flux_instance(multitenant=True)), UNKNOWN),
        ],
    )
    def test_it_is_read_from_the_controllers_or_the_instance(self, manifest: str, told: Lockdown) -> None:
        cluster = Cluster("staging", "1.35", version_known=True)
        where = tree_of({}).at("a.yaml", 1)
        landed = [KubeObject(doc.value, where) for doc in load_documents(manifest.encode())]
        cluster.landed = [(obj, Expanded(obj, "staging", "staging", ())) for obj in landed]

        assert lockdown_of(cluster) == told
