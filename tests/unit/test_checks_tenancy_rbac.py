"""Roles and bindings: SLW501 to SLW505, and what RBAC allows whom."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.checks.finding import Finding
from slipway.checks.tenancy.rights import Account, Request, Rights
from slipway.fleet.manifests import dump, load_documents
from slipway.fleet.model import Cluster, Expanded
from slipway.fleet.objects import KubeObject
from tests.unit.rbac_world import (
    account,
    binding,
    controller,
    group,
    made,
    objects,
    role,
    rule,
    service_account,
    tenants,
)
from tests.unit.small_fleets import SOURCE, at, checked, config_map, findings, kustomization, sync, tree_of

WEB = service_account("web")
USER = "system:serviceaccount:flux-system:web"
EVERYTHING = rule("*", "*", "*")
HAS_IT = "whoever has it can give themselves further rights: it allows"
API, PODS = "everybody who reaches the API server", "every user and service account"
URL = "https://github.com/acme/web-manifests"
FOREIGN = {"kind": "GitRepository", "name": "web"}


def said(*manifests: str, rule: str = "SLW50", **files: str) -> list[str]:
    found = findings({"clusters/staging/rbac.yaml": objects(*manifests), **files}, rule)
    return [f"{one.rule.id} {one.rule.severity}: {one.message}" for one in found]


def foreign(*brought: str, at_hand: bool = True) -> list[Finding]:
    """What is found where another repository is applied as `flux-system/web`, which may do everything."""
    repository = made(SOURCE, "GitRepository", "web", "flux-system", url=URL)
    applies = kustomization("web", path="./", sourceRef=FOREIGN, serviceAccountName="web")
    manifests = objects(repository, applies, account("web"), binding("web", "ClusterRole/cluster-admin", WEB))
    given = {"web": tree_of({"all.yaml": objects(*brought)}, name="web")} if at_hand else {}
    verdict = checked(tree_of({**sync("staging"), "clusters/staging/web.yaml": manifests}), given)
    return [one for one in verdict.findings if one.rule.id == "SLW501"]


class TestEveryRight:
    """SLW501."""

    def test_an_application_that_needs_nothing_of_the_kind_is_a_warning(self) -> None:
        [found] = foreign(config_map("web"))

        assert found.rule.severity == "warning"
        assert found.object == "ClusterRoleBinding web"
        assert found.message == (
            "ServiceAccount flux-system/web, as which Flux applies what is in acme/web-manifests, has every right"
        )
        assert found.where == at("clusters/staging/web.yaml", 38)

    @pytest.mark.parametrize("kind", ["Namespace", "ClusterPolicy", "HelmRelease"])
    def test_a_repository_of_the_platform_is_good_to_know(self, kind: str) -> None:
        brought = dump({"apiVersion": "v1", "kind": kind, "metadata": {"name": "web", "namespace": "web"}})

        assert [found.rule.severity for found in foreign(brought)] == ["info"]

    def test_what_else_is_applied_as_the_same_account_counts_too(self) -> None:
        repository = made(SOURCE, "GitRepository", "web", "flux-system", url=URL)
        applies = [
            kustomization(name, path=f"./{name}", sourceRef=FOREIGN, serviceAccountName="web")
            for name in ("controllers", "settings")
        ]
        bound = binding("web", "ClusterRole/cluster-admin", WEB)
        files = {**sync("staging"), "clusters/staging/web.yaml": objects(repository, *applies, account("web"), bound)}
        controllers = dump({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "web"}})
        brought = {"controllers/a.yaml": controllers, "settings/a.yaml": config_map("web")}
        found = checked(tree_of(files), {"web": tree_of(brought, name="web")}).findings

        assert [(one.rule.id, one.rule.severity) for one in found] == [("SLW501", "info")]

    def test_a_repository_that_is_not_at_hand_is_good_to_know(self) -> None:
        assert [found.rule.severity for found in foreign(at_hand=False)] == ["info"]

    def test_what_runs_as_it_has_every_right_too(self) -> None:
        assert said(binding("runner", "ClusterRole/cluster-admin", service_account("runner", "ci"))) == [
            "SLW501 info: ServiceAccount ci/runner has every right, and so has whatever runs as it"
        ]

    def test_an_own_role_for_everything_is_the_same(self) -> None:
        assert "SLW501 info: ServiceAccount flux-system/web has every right, and so has whatever runs as it" in said(
            role("all", EVERYTHING), binding("web", "ClusterRole/all", WEB)
        )

    def test_the_platforms_own_kustomizations_may(self) -> None:
        apps = kustomization("apps", path="./apps", serviceAccountName="web")

        assert said(apps, binding("web", "ClusterRole/cluster-admin", WEB), **{"apps/a.yaml": config_map("a")}) == []

    def test_people_may(self) -> None:
        assert said(binding("admins", "ClusterRole/cluster-admin", group("admins"))) == []

    def test_flux_may_by_the_image_that_it_runs(self) -> None:
        bound = binding("flux", "ClusterRole/cluster-admin", service_account("kustomize-controller"))

        assert said(bound, controller("kustomize-controller")) == []
        assert (
            said(bound, controller("kustomize-controller", image="registry.example/flux/kustomize-controller@sha256:0"))
            == []
        )
        assert said(bound) == []
        assert said(bound, controller("kustomize-controller", image="evil"), controller("helm-controller")) != []

    def test_where_flux_operator_is_in_git_the_controllers_that_it_installs_may(self) -> None:
        bound = binding("flux", "ClusterRole/cluster-admin", service_account("kustomize-controller"))

        assert said(bound, controller("flux-operator")) == []
        assert said(bound, controller("flux-operator"), controller("helm-controller")) != []

    def test_a_namespace_is_an_applications_own(self) -> None:
        assert said(binding("web", "ClusterRole/cluster-admin", WEB, namespace="web")) == []

    def test_a_namespace_of_the_platform_is_everything(self) -> None:
        assert said(binding("web", "ClusterRole/cluster-admin", WEB, namespace="kube-system")) == [
            "SLW501 info: ServiceAccount flux-system/web has every right in kube-system, and so has whatever runs as it"
        ]

    def test_a_tenant_gives_nobody_everything(self) -> None:
        given = binding("web", "ClusterRole/cluster-admin", group("web-team"))
        applies = kustomization("web", serviceAccountName="kustomize-controller")

        assert said(applies, **{"apps/web/all.yaml": given}, **tenants(web={"paths": ["apps/web"]})) == [
            "SLW501 warning: web gives Group web-team every right"
        ]


class TestRoles:
    """SLW502, SLW503 and SLW505."""

    @pytest.mark.parametrize(
        ("manifest", "message"),
        [
            (role("all", EVERYTHING), "SLW502 info: it allows everything with everything"),
            (role("all", EVERYTHING, namespace="web"), ""),
            (role("a", rule("rbac.authorization.k8s.io", "clusterroles", "bind")), f"SLW503 info: {HAS_IT} bind"),
            (role("a", rule("*", "*", "escalate get")), f"SLW503 info: {HAS_IT} escalate"),
            (role("a", rule("rbac.authorization.k8s.io", "clusterroles", "bind", "view")), ""),
            (role("a", rule("rbac.authorization.k8s.io", "clusterroles", "get list create")), ""),
            (role("a", rule("core", "users", "impersonate"), namespace="web"), ""),
            (role("a", rule("core", "serviceaccounts/token", "create")), ""),
            (role("a", rule("apps", "*", "*")), ""),
        ],
    )
    def test_of_the_platform_it_is_good_to_know(self, manifest: str, message: str) -> None:
        assert said(manifest) == ([message] if message else [])

    @pytest.mark.parametrize(
        ("manifest", "message"),
        [
            (role("all", EVERYTHING, namespace="web"), "SLW502 warning: it allows everything with everything"),
            (
                role("a", rule("core", "serviceaccounts/token", "create")),
                f"SLW503 warning: {HAS_IT} create tokens of service accounts",
            ),
            (
                role("a", rule("core", "pods", "get"), labels={"rbac.authorization.k8s.io/aggregate-to-edit": "true"}),
                "SLW505 warning: its rules become part of edit",
            ),
        ],
    )
    def test_of_a_tenant_it_is_a_warning(self, manifest: str, message: str) -> None:
        applies = kustomization("web", serviceAccountName="kustomize-controller")

        assert said(applies, **{"apps/web/all.yaml": manifest}, **tenants(web={"paths": ["./apps"]})) == [message]

    def test_view_is_for_reading(self) -> None:
        label = {"rbac.authorization.k8s.io/aggregate-to-view": "true"}

        assert said(role("a", rule("acme.example", "webs", "get list patch"), labels=label)) == [
            "SLW505 warning: view gets rules that write or read Secrets"
        ]
        assert said(role("a", rule("acme.example", "webs", "get list watch"), labels=label)) == []

    def test_what_flux_comes_with_is_its_own(self) -> None:
        assert said(role("crd-controller", EVERYTHING, labels={"app.kubernetes.io/part-of": "flux"})) == []


class TestEverybody:
    """SLW504."""

    @pytest.mark.parametrize(
        ("name", "gives", "message"),
        [
            ("system:anonymous", "ClusterRole/edit", f"SLW504 warning: {API} may do what it allows: ClusterRole edit"),
            (
                "system:unauthenticated",
                "ClusterRole/view",
                f"SLW504 info: {API} may read what it allows: ClusterRole view",
            ),
            ("system:unauthenticated", "ClusterRole/system:public-info-viewer", ""),
            ("system:authenticated", "ClusterRole/view", ""),
            (
                "system:authenticated",
                "ClusterRole/pods",
                f"SLW504 warning: {PODS} may do what it allows: ClusterRole pods",
            ),
            (
                "system:serviceaccounts",
                "ClusterRole/admin",
                "SLW504 warning: every service account may do what it allows: ClusterRole admin",
            ),
            ("system:serviceaccounts:web", "ClusterRole/admin", ""),
        ],
    )
    def test_it_depends_on_who_and_what(self, name: str, gives: str, message: str) -> None:
        pods = role("pods", rule("core", "pods", "create"))

        assert said(pods, binding("a", gives, group(name))) == ([message] if message else [])


CONFIG, WEBS = "patch core/configmaps web/a", "patch acme.example/webs web/a"
EVERYTHING_IN_WEB = binding("a", "ClusterRole/cluster-admin", WEB, namespace="web")
EDIT, ADMIN, VIEW = (binding("a", f"ClusterRole/{name}", WEB) for name in ("edit", "admin", "view"))
OWN = binding("a", "Role/web", WEB, namespace="web")
TO_ADMIN = {"rbac.authorization.k8s.io/aggregate-to-admin": "true"}
WEBS_FOR_ADMINS = role("b", rule("acme.example", "webs", "*"), labels=TO_ADMIN)


def own(*rules: dict[str, Any]) -> str:
    return objects(OWN, role("web", *rules, namespace="web"))


class TestRights:
    """Whether RBAC allows something."""

    @pytest.mark.parametrize(
        ("manifest", "asked", "answer"),
        [
            ("", CONFIG, False),
            (binding("a", "ClusterRole/cluster-admin", WEB), "patch core/namespaces /web", True),
            (EVERYTHING_IN_WEB, CONFIG, True),
            (EVERYTHING_IN_WEB, "patch core/configmaps default/a", False),
            (EVERYTHING_IN_WEB, "patch core/namespaces web/web", True),
            (binding("a", "ClusterRole/edit", group("system:serviceaccounts:flux-system")), CONFIG, True),
            (binding("a", "ClusterRole/edit", group("system:serviceaccounts:web")), CONFIG, False),
            (binding("a", "ClusterRole/edit", group("system:authenticated")), CONFIG, True),
            (binding("a", "ClusterRole/edit", {"kind": "User", "name": USER}), CONFIG, True),
            (EDIT, "patch apps/deployments web/a", True),
            (EDIT, "patch rbac.authorization.k8s.io/roles web/a", False),
            (ADMIN, "patch rbac.authorization.k8s.io/roles web/a", True),
            (ADMIN, "patch core/resourcequotas web/a", False),
            (ADMIN, "patch resource.k8s.io/resourceclaims web/a", None),
            (ADMIN, WEBS, None),
            (objects(ADMIN, WEBS_FOR_ADMINS), WEBS, True),
            (VIEW, CONFIG, False),
            (binding("a", "ClusterRole/unknown", WEB), CONFIG, None),
            (objects(binding("a", "ClusterRole/sum", WEB), role("sum", aggregationRule={})), CONFIG, None),
            (own(rule("core", "*", "patch")), CONFIG, True),
            (own(rule("core", "*", "patch")), "create core/configmaps web/a", False),
            (own(rule("core", "*", "patch")), "patch core/configmaps default/a", False),
            (own(rule("core", "configmaps", "patch", "b")), CONFIG, False),
            (own(rule("core", "configmaps", "patch", "a")), CONFIG, True),
            (own(rule("core", "configmaps", "patch", "${NAME}")), CONFIG, None),
            (own(rule("acme.example", "webs", "patch")), "patch acme.example/ web/a", None),
            (own(rule("acme.example", "*", "patch")), "patch acme.example/ web/a", True),
        ],
    )
    def test_an_answer_is_yes_no_or_not_known(self, manifest: str, asked: str, answer: bool | None) -> None:
        verb, what, which = asked.split(" ")
        (api_group, resource), (namespace, name) = what.split("/"), which.split("/")
        request = Request(verb, "" if api_group == "core" else api_group, resource, namespace, name)

        assert rights(manifest).allows(Account("flux-system", "web"), request) is answer

    def test_a_kinds_resource_is_what_its_definition_says(self) -> None:
        names = {"kind": "Fish", "plural": "fishes"}
        crd = made("apiextensions.k8s.io/v1", "CustomResourceDefinition", "fishes", group="acme.example", names=names)
        known = rights(crd)

        assert known.request("patch", fish("acme.example/v1"), namespaced=True).resource == "fishes"
        assert known.request("patch", fish("other.example/v1"), namespaced=True).resource == ""

    @pytest.mark.parametrize(
        ("kind", "resource"),
        [
            ("Ingress", "ingresses"),
            ("NetworkPolicy", "networkpolicies"),
            ("Endpoints", "endpoints"),
            ("Deployment", "deployments"),
            ("StorageClass", "storageclasses"),
        ],
    )
    def test_kubernetes_own_resources_are_named_as_it_names_them(self, kind: str, resource: str) -> None:
        obj = KubeObject({"apiVersion": "v1", "kind": kind, "metadata": {"name": "a", "namespace": "web"}}, at(""))

        assert rights().request("patch", obj, namespaced=True) == Request("patch", "", resource, "web", "a")


def fish(api_version: str) -> KubeObject:
    return KubeObject(
        {"apiVersion": api_version, "kind": "Fish", "metadata": {"name": "a", "namespace": "web"}}, at("")
    )


def rights(*manifests: str) -> Rights:
    cluster = Cluster("staging", "1.35", version_known=True)
    found = [KubeObject(doc.value, at("")) for doc in load_documents(objects(*manifests).encode())]
    cluster.landed = [(obj, Expanded(obj, "staging", "staging", ())) for obj in found]
    return Rights(cluster)
