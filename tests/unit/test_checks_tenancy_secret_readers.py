"""SLW506: tenants that may read the Secrets of all namespaces."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.checks.finding import Finding
from tests.unit.rbac_world import account, binding, controller, group, objects, role, rule, service_account, tenants
from tests.unit.small_fleets import at, config_map, findings, kustomization

FILE = "clusters/staging/rbac.yaml"
WEB = service_account("web")
READER = role("reader", rule("core", "configmaps secrets", "get list"))
BOUND = binding("reader", "ClusterRole/reader", WEB)
TENANT = {
    **tenants(web={"paths": ["apps/web"], "namespaces": ["web-*"]}),
    "clusters/staging/web.yaml": objects(kustomization("web", serviceAccountName="web"), account("web")),
    "apps/web/a.yaml": config_map("a", "web-shop"),
}


def found(*manifests: str, files: dict[str, str] = TENANT) -> list[Finding]:
    return findings({**files, FILE: objects(*manifests)}, "SLW506")


def test_a_tenants_account_reads_all_secrets_by_the_rule_of_its_role() -> None:
    [finding] = found(READER, BOUND)

    assert finding.where == at(FILE, 8)
    assert finding.message == (
        "ServiceAccount flux-system/web, as which Flux applies what is of web, may read the Secrets of all namespaces"
    )


def test_of_a_role_that_others_have_too_the_binding_is_told() -> None:
    [finding] = found(READER, BOUND, binding("other", "ClusterRole/reader", service_account("operator")))

    assert finding.object == "ClusterRoleBinding reader"


@pytest.mark.parametrize("name", ["admin", "edit"])
def test_kubernetes_own_roles_read_secrets(name: str) -> None:
    assert len(found(binding("web", f"ClusterRole/{name}", WEB))) == 1
    assert found(binding("web", "ClusterRole/view", WEB)) == []


@pytest.mark.parametrize(("name", "count"), [("web", 1), ("system:serviceaccounts:web-shop", 1), ("operators", 0)])
def test_a_tenants_group_is_told_by_its_name(name: str, count: int) -> None:
    assert len(found(READER, binding("reader", "ClusterRole/reader", group(name)))) == count


@pytest.mark.parametrize(
    "rules",
    [
        rule("core", "configmaps", "get list"),
        rule("core", "secrets", "get", "web-token"),
        rule("core", "secrets", "create"),
        rule("apps", "*", "get"),
        rule("*", "*", "*"),
    ],
)
def test_other_roles_are_no_finding_and_every_right_is_another_rules(rules: dict[str, Any]) -> None:
    assert found(role("reader", rules), BOUND) == []


def test_namespaces_of_their_own_and_accounts_of_controllers_are_fine() -> None:
    assert found(READER, binding("reader", "ClusterRole/reader", WEB, namespace="web-shop")) == []
    assert found(READER, binding("reader", "ClusterRole/reader", service_account("operator"))) == []
    flux = binding("reader", "ClusterRole/reader", service_account("kustomize-controller"))
    assert found(READER, flux, controller("kustomize-controller")) == []


def test_the_platforms_own_kustomizations_may() -> None:
    files = {path: text for path, text in TENANT.items() if path != "slipway.yaml"}

    assert found(READER, BOUND, files=files) == []
