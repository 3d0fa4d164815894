"""Accounts of AWS and what a change gives to tenants: SLW525 and SLW515."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.fleet.manifests import dump
from tests.unit.rbac_world import account, binding, made, objects, service_account, tenants
from tests.unit.small_fleets import SOURCE, checked, config_map, findings, kustomization, sync, tree_of

OWN, OTHER = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{OTHER}:role/crossplane"
WEB = service_account("web")
AS_WEB = objects(kustomization("web", serviceAccountName="web"), account("web"))
EDITS = binding("web", "ClusterRole/edit", WEB, namespace="default")
WEB_FILES = {"apps/web/a.yaml": config_map("a"), **tenants(web={"paths": ["apps/web"]})}


def made_elsewhere(*manifests: str, accounts: dict[str, str] | None = None) -> list[str]:
    clusters = {name: {"account": one} for name, one in (accounts or {"staging": OWN}).items()}
    files = {"slipway.yaml": dump({"clusters": clusters}), "clusters/staging/aws.yaml": objects(*manifests)}
    return [f"{one.object}: {one.message}" for one in findings(files, "SLW525")]


def queue(api_version: str = "sqs.aws.upbound.io/v1beta1", namespace: str = "", **spec: Any) -> str:
    return made(api_version, "Queue", "orders", namespace, forProvider={"region": "eu-west-1"}, **spec)


class TestAccounts:
    """SLW525."""

    @pytest.mark.parametrize(
        "spec",
        [
            {"assumeRoleChain": [{"roleARN": f"arn:aws:iam::{OWN}:role/first"}, {"roleARN": ROLE}]},
            {"credentials": {"source": "WebIdentity", "webIdentity": {"roleARN": ROLE}}},
        ],
    )
    def test_the_role_says_the_account(self, spec: dict[str, Any]) -> None:
        config = made("aws.upbound.io/v1beta1", "ProviderConfig", "default", **spec)

        assert made_elsewhere(config, queue()) == [
            f"Queue.sqs.aws.upbound.io orders: it is made in the account {OTHER}, by ProviderConfig default"
        ]

    @pytest.mark.parametrize("spec", [{"assumeRoleARN": ROLE}, {"assumeRole": {"roleARN": ROLE}}])
    def test_the_classic_provider_says_it_otherwise(self, spec: dict[str, Any]) -> None:
        config = made("aws.crossplane.io/v1beta1", "ProviderConfig", "default", **spec)

        assert len(made_elsewhere(config, queue("sqs.aws.crossplane.io/v1beta1"))) == 1
        assert made_elsewhere(config, queue()) == []

    def test_namespaced_resources_have_configs_of_their_namespace(self) -> None:
        chain = {"assumeRoleChain": [{"roleARN": ROLE}]}
        own = made("aws.m.upbound.io/v1beta1", "ProviderConfig", "default", "web", **chain)
        ref = {"providerConfigRef": {"kind": "ProviderConfig", "name": "default"}}

        assert len(made_elsewhere(own, queue("sqs.aws.m.upbound.io/v1beta1", "web", **ref))) == 1
        assert made_elsewhere(own, queue("sqs.aws.m.upbound.io/v1beta1", "other", **ref)) == []
        assert made_elsewhere(own, queue("sqs.aws.m.upbound.io/v1beta1", "web")) == []

    @pytest.mark.parametrize(
        "spec",
        [
            {"credentials": {"source": "PodIdentity"}},
            {"assumeRoleChain": [{"roleARN": f"arn:aws:iam::{OWN}:role/crossplane"}]},
            {"assumeRoleChain": [{"roleARN": "arn:aws:iam::${ACCOUNT_ID}:role/crossplane"}]},
        ],
    )
    def test_the_own_account_or_none_that_is_known_is_no_finding(self, spec: dict[str, Any]) -> None:
        assert made_elsewhere(made("aws.upbound.io/v1beta1", "ProviderConfig", "default", **spec), queue()) == []

    def test_a_hub_makes_what_is_in_the_accounts_of_others(self) -> None:
        config = made("aws.upbound.io/v1beta1", "ProviderConfig", "default", assumeRoleChain=[{"roleARN": ROLE}])
        spoke = made("eks.aws.upbound.io/v1beta1", "Cluster", "prod", forProvider={})

        assert made_elsewhere(config, spoke, accounts={"staging": OWN, "prod": OTHER}) == []
        assert len(made_elsewhere(config, spoke, accounts={"staging": OWN})) == 1
        assert len(made_elsewhere(config, queue(), accounts={"staging": OWN, "prod": OTHER})) == 1


class TestGrants:
    """SLW515."""

    def change(self, before: str, after: str, **files: str) -> list[str]:
        base = {"clusters/staging/all.yaml": before, **WEB_FILES, **files}
        head = {"clusters/staging/all.yaml": after, **WEB_FILES, **files}
        return [f"{one.object}: {one.message}" for one in findings(head, "SLW515", base=base)]

    def test_a_tenant_that_comes_is_told(self) -> None:
        assert self.change(account("web"), objects(AS_WEB, EDITS)) == [
            "Kustomization flux-system/web: web comes to a cluster that it was not on",
            "RoleBinding default/web: web gets ClusterRole edit in default",
        ]

    def test_a_tenants_new_role_is_told(self) -> None:
        wider = binding("web", "ClusterRole/edit", WEB)

        assert self.change(objects(AS_WEB, EDITS), objects(AS_WEB, wider)) == [
            "ClusterRoleBinding web: web gets ClusterRole edit on the whole cluster"
        ]

    def test_what_stays_or_goes_is_not(self) -> None:
        renamed = binding("web-edits", "ClusterRole/edit", WEB, namespace="default")

        assert self.change(objects(AS_WEB, EDITS), objects(AS_WEB, renamed)) == []
        assert self.change(objects(AS_WEB, EDITS), AS_WEB) == []

    def test_roles_of_others_are_not(self) -> None:
        other = binding("ci", "ClusterRole/edit", service_account("ci"), namespace="default")

        assert self.change(objects(AS_WEB, EDITS), objects(AS_WEB, EDITS, other)) == []

    def test_without_a_base_nothing_is_told(self) -> None:
        assert findings({"clusters/staging/all.yaml": objects(AS_WEB, EDITS), **WEB_FILES}, "SLW515") == []

    def test_another_repository_with_rights_of_its_own_is_a_tenant_where_none_is_named(self) -> None:
        repository = made(SOURCE, "GitRepository", "web", "flux-system", url="https://github.com/acme/web-manifests")
        applies = kustomization("web", sourceRef={"kind": "GitRepository", "name": "web"}, serviceAccountName="web")
        given = {"web": tree_of({"apps/web/a.yaml": config_map("a")}, name="web")}
        before = {**sync("staging"), "clusters/staging/all.yaml": objects(repository, account("web"), EDITS)}
        after = {**before, "clusters/staging/web.yaml": applies}
        verdict = checked(tree_of(after), given, base=tree_of(before))

        assert "acme/web-manifests comes to a cluster that it was not on" in [one.message for one in verdict.findings]
