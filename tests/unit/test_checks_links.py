"""SLW107 to SLW110: what Flux's objects name."""

from __future__ import annotations

import pytest

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.small_fleets import at, config_map, findings, helm_release, helm_repository, kustomization

WEB = {"apps/web/a.yaml": config_map("web")}
NOTIFICATIONS = "notification.toolkit.fluxcd.io/v1beta3"
IMAGES = "image.toolkit.fluxcd.io/v1"
SOURCES = "source.toolkit.fluxcd.io/v1"


def cluster(*objects: str, rule: str = "SLW1") -> list[Finding]:
    return findings({**WEB, "clusters/staging/apps.yaml": "---\n".join(objects)}, rule)


def some(api_version: str, kind: str, name: str, namespace: str = "flux-system", **spec: object) -> str:
    metadata = {"name": name, "namespace": namespace}
    return dump({"apiVersion": api_version, "kind": kind, "metadata": metadata, **({"spec": spec} if spec else {})})


def secret(name: str, namespace: str = "flux-system") -> str:
    return some("v1", "Secret", name, namespace)


def severities(found: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.rule.id, finding.rule.severity) for finding in found]


ALERT = some(NOTIFICATIONS, "Alert", "ours", providerRef={"name": "slack"}, eventSources=[])
POLICY = some(IMAGES, "ImagePolicy", "web", imageRepositoryRef={"name": "web"})
UPDATE = some(IMAGES, "ImageUpdateAutomation", "web", sourceRef={"kind": "GitRepository", "name": "web"})
INCLUDE = some(SOURCES, "GitRepository", "all", include=[{"repository": {"name": "web"}}])
CHART = some(SOURCES, "HelmChart", "web", sourceRef={"kind": "HelmRepository", "name": "web"})


class TestObjects:
    """SLW107."""

    @pytest.mark.parametrize(
        ("obj", "needed"),
        [
            (ALERT, "Provider flux-system/slack"),
            (POLICY, "ImageRepository flux-system/web"),
            (UPDATE, "GitRepository flux-system/web"),
            (INCLUDE, "GitRepository flux-system/web"),
            (CHART, "HelmRepository flux-system/web"),
        ],
        ids=["a Provider", "an ImageRepository", "a source to write to", "an included source", "a chart's source"],
    )
    def test_what_an_object_cannot_do_without_is_an_error(self, obj: str, needed: str) -> None:
        [finding] = cluster(obj)

        assert severities([finding]) == [("SLW107", "error")]
        assert finding.message == f"it needs {needed}, which nothing in Git applies"

    def test_it_is_on_the_line_that_names_it(self) -> None:
        assert cluster(ALERT)[0].where == at("clusters/staging/apps.yaml", 8)

    def test_what_is_there_is_found(self) -> None:
        assert cluster(ALERT, some(NOTIFICATIONS, "Provider", "slack", type="slack")) == []

    def test_another_namespace_does_not_count(self) -> None:
        [finding] = cluster(ALERT, some(NOTIFICATIONS, "Provider", "slack", "default", type="slack"))

        assert finding.hint == "it fails; there is Provider default/slack"

    def test_what_a_chart_may_bring_is_a_warning(self) -> None:
        [finding] = cluster(ALERT, helm_release("umbrella"), helm_repository())

        assert severities([finding]) == [("SLW107", "warning")]
        assert "unless something that is not rendered applies it (HelmRelease flux-system/umbrella)" in finding.hint

    @pytest.mark.parametrize(
        "obj",
        [
            some(NOTIFICATIONS, "Alert", "a", eventSources=[{"kind": "Kustomization", "name": "web"}]),
            some(NOTIFICATIONS, "Receiver", "a", resources=[{"kind": "GitRepository", "name": "web"}]),
        ],
        ids=["heard", "triggered"],
    )
    def test_an_event_that_never_comes_is_a_warning(self, obj: str) -> None:
        assert severities(cluster(obj)) == [("SLW107", "warning")]

    @pytest.mark.parametrize(
        "source",
        [
            {"kind": "Kustomization", "name": "*"},
            {"kind": "HelmChart", "name": "default-web"},
            {"kind": "GitRepository", "name": "flux-system"},
        ],
        ids=["all of them", "made of a HelmRelease", "made by bootstrap"],
    )
    def test_what_need_not_be_written_is_no_mistake(self, source: dict[str, str]) -> None:
        assert cluster(some(NOTIFICATIONS, "Alert", "a", eventSources=[source])) == []

    def test_what_is_written_where_no_cluster_reads_is_named(self) -> None:
        files = {"clusters/staging/apps.yaml": ALERT, "old/slack.yaml": some(NOTIFICATIONS, "Provider", "slack")}
        [finding] = findings(files, "SLW107")

        assert finding.hint == "it fails; it is written in old/slack.yaml, which no cluster reads"

    def test_what_a_resource_set_depends_on_is_looked_for(self) -> None:
        depends = [{"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "name": "database"}]
        [finding] = cluster(
            some("fluxcd.controlplane.io/v1", "ResourceSet", "web", dependsOn=depends, resources=[]), rule="SLW107"
        )

        assert finding.message == "it needs Kustomization flux-system/database, which nothing in Git applies"

    def test_what_is_suspended_needs_nothing(self) -> None:
        assert cluster(some(NOTIFICATIONS, "Alert", "ours", providerRef={"name": "slack"}, suspend=True)) == []


def release(*named: tuple[str, str], **more: object) -> str:
    values = [{"kind": kind, "name": name, **more} for kind, name in named]
    return helm_release("web", valuesFrom=values) + "---\n" + helm_repository()


class TestValues:
    """SLW108."""

    def test_what_is_there_is_found(self) -> None:
        assert cluster(release(("ConfigMap", "web-values")), config_map("web-values", "flux-system")) == []

    @pytest.mark.parametrize("there", ["web-values", "web-vales"], ids=["the other kind", "a letter less"])
    def test_what_is_surely_meant_makes_it_a_mistake(self, there: str) -> None:
        kind = "Secret" if there == "web-values" else "ConfigMap"
        [finding] = cluster(release((kind, "web-values")), config_map(there, "flux-system"))

        assert finding.rule.id == "SLW108"
        assert finding.message == f"its values come from {kind} flux-system/web-values, which nothing in Git makes"
        assert finding.hint.endswith(f"there is ConfigMap flux-system/{there}")

    def test_what_git_does_not_hold_at_all_is_told(self) -> None:
        [finding] = cluster(release(("Secret", "web-values")))

        assert severities([finding]) == [("SLW108", "info")]
        assert finding.object == "Secret flux-system/web-values"

    def test_what_is_optional_need_not_be_there(self) -> None:
        assert cluster(release(("Secret", "web-values"), optional=True)) == []


class TestCredentials:
    """SLW109."""

    def test_a_secret_by_hand_is_usual(self) -> None:
        assert cluster(some(SOURCES, "GitRepository", "web", secretRef={"name": "deploy-key"})) == []

    def test_a_wrong_letter_is_an_error(self) -> None:
        repository = some(SOURCES, "GitRepository", "web", secretRef={"name": "deploy-kay"})
        [finding] = cluster(repository, secret("deploy-key"))

        assert severities([finding]) == [("SLW109", "error")]
        assert finding.hint == "it fails; there is Secret flux-system/deploy-key"

    def test_one_in_another_namespace_is_a_warning(self) -> None:
        repository = some(SOURCES, "HelmRepository", "web", secretRef={"name": "login"})

        assert severities(cluster(repository, secret("login", "default"))) == [("SLW109", "warning")]

    def test_what_seals_or_fetches_it_makes_it(self) -> None:
        repository = some(SOURCES, "HelmRepository", "web", secretRef={"name": "login"})
        sealed = some("bitnami.com/v1alpha1", "SealedSecret", "login")

        assert cluster(repository, sealed, secret("logins"), rule="SLW109") == []

    def test_a_cluster_s_description_is_of_the_kind_that_is_named(self) -> None:
        remote = kustomization("web", kubeConfig={"configMapRef": {"name": "spoke"}})
        [finding] = cluster(remote, secret("spoke"), rule="SLW109")

        assert finding.message == "it reads ConfigMap flux-system/spoke, which nothing in Git makes"

    def test_a_key_to_decrypt_with_is_looked_for(self) -> None:
        decryption = {"provider": "sops", "secretRef": {"name": "sops-aeg"}}

        assert severities(cluster(kustomization("web", decryption=decryption), secret("sops-age"))) == [
            ("SLW109", "error")
        ]


ACCOUNT = some("v1", "ServiceAccount", "team")


class TestAccounts:
    """SLW110."""

    def test_one_that_nothing_makes_is_a_warning(self) -> None:
        [finding] = cluster(kustomization("web", serviceAccountName="team"))

        assert severities([finding]) == [("SLW110", "warning")]
        assert finding.hint == "when it is deleted, what it has brought stays on the cluster"

    def test_one_that_is_there_is_found(self) -> None:
        assert cluster(kustomization("web", serviceAccountName="team"), ACCOUNT) == []

    def test_one_for_another_cluster_has_to_be_on_its_own(self) -> None:
        """Flux looks for it where the Kustomization is, before it deletes anything on the other one."""
        remote = kustomization("web", serviceAccountName="team", kubeConfig={"secretRef": {"name": "spoke"}})

        assert severities(cluster(remote)) == [("SLW110", "warning")]
        assert cluster(remote, ACCOUNT) == []

    def test_a_release_on_another_cluster_needs_none(self) -> None:
        remote = helm_release("web", serviceAccountName="team", kubeConfig={"secretRef": {"name": "spoke"}})

        assert cluster(remote, helm_repository()) == []

    @pytest.mark.parametrize("name", ["kustomize-controller", "default"])
    def test_what_flux_and_kubernetes_bring_is_there(self, name: str) -> None:
        assert cluster(kustomization("web", serviceAccountName=name)) == []

    def test_what_something_that_is_not_rendered_may_make_is_no_finding(self) -> None:
        remote = kustomization("web", serviceAccountName="team")

        assert cluster(remote, helm_release("umbrella"), helm_repository()) == []
