"""SLW105: what Kustomizations need on their clusters beside sources."""

from __future__ import annotations

import pytest

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.small_fleets import at, config_map, findings, helm_release, helm_repository, kustomization

WEB = {"apps/web/a.yaml": config_map("web")}


def cluster(*objects: str, rule: str) -> list[Finding]:
    """What a rule finds on a cluster with these objects."""
    return findings({**WEB, "clusters/staging/apps.yaml": "---\n".join(objects)}, rule)


def severities(found: list[Finding]) -> list[str]:
    return [finding.rule.severity for finding in found]


def secret(name: str, namespace: str = "flux-system") -> str:
    return made("v1", "Secret", name, namespace)


def made(api_version: str, kind: str, name: str, namespace: str = "flux-system", **spec: object) -> str:
    metadata = {"name": name, "namespace": namespace}
    return dump({"apiVersion": api_version, "kind": kind, "metadata": metadata, **({"spec": spec} if spec else {})})


def from_(*named: tuple[str, str], name: str = "web", **more: object) -> str:
    """A Kustomization with variables from kinds and names."""
    sources = [{"kind": kind, "name": name, **more} for kind, name in named]
    return kustomization(name, path="./apps/web", postBuild={"substituteFrom": sources}, prune=False)


SETTINGS = ("ConfigMap", "cluster-settings")


class TestVariables:
    """SLW105."""

    def test_what_is_there_is_found(self) -> None:
        assert cluster(from_(SETTINGS), config_map("cluster-settings", "flux-system"), rule="SLW105") == []

    def test_a_wrong_letter_is_an_error(self) -> None:
        [finding] = cluster(
            from_(("ConfigMap", "cluster-setings")), config_map("cluster-settings", "flux-system"), rule="SLW"
        )

        assert (finding.rule.id, finding.rule.severity) == ("SLW105", "error")
        assert finding.object == "Kustomization flux-system/web"
        assert finding.text == (
            "its variables come from ConfigMap flux-system/cluster-setings, which nothing in Git makes; it fails; "
            "there is ConfigMap flux-system/cluster-settings"
        )
        assert finding.where == at("clusters/staging/apps.yaml", 16)

    def test_the_other_kind_is_an_error(self) -> None:
        [finding] = cluster(
            from_(("Secret", "cluster-settings")), config_map("cluster-settings", "flux-system"), rule="SLW105"
        )

        assert finding.rule.severity == "error"
        assert finding.hint == "it fails; there is ConfigMap flux-system/cluster-settings"

    def test_the_other_kind_that_is_named_as_well_is_not_what_is_meant(self) -> None:
        """Many fleets have a ConfigMap in Git and a Secret of that name by hand."""
        both = from_(("Secret", "cluster-settings"), SETTINGS)

        assert severities(cluster(both, config_map("cluster-settings", "flux-system"), rule="SLW105")) == ["info"]

    @pytest.mark.parametrize("missing", ["cluster-settings-2", "settings", "cluster-secrets"])
    def test_a_name_that_only_resembles_another_is_no_mistake(self, missing: str) -> None:
        there = config_map("cluster-settings-1", "flux-system"), config_map("cluster-settings", "flux-system")

        assert severities(cluster(from_(("ConfigMap", missing)), *there, rule="SLW105")) == ["info"]

    def test_what_may_be_in_something_that_is_not_rendered_is_a_warning(self) -> None:
        there = config_map("cluster-settings", "flux-system"), helm_release("umbrella"), helm_repository()
        [finding] = cluster(from_(("ConfigMap", "cluster-setings")), *there, rule="SLW105")

        assert finding.rule.severity == "warning"
        assert "unless something else makes it (HelmRelease flux-system/umbrella)" in finding.hint

    def test_one_in_another_namespace_is_a_warning(self) -> None:
        """A controller may copy it, as Kyverno's policies do; nothing on the cluster says so here."""
        [finding] = cluster(from_(SETTINGS), config_map("cluster-settings"), rule="SLW105")

        assert finding.rule.severity == "warning"
        assert finding.hint == (
            "it fails unless something else makes it (a copy of ConfigMap default/cluster-settings); "
            "there is ConfigMap default/cluster-settings"
        )

    def test_one_that_is_marked_to_be_copied_is_no_mistake(self) -> None:
        mark = {"reflector.v1.k8s.emberstack.com/reflection-auto-enabled": "true"}
        metadata = {"name": "cluster-settings", "namespace": "default", "annotations": mark}
        copied = dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})

        assert severities(cluster(from_(SETTINGS), copied, rule="SLW105")) == ["info"]

    def test_what_a_policy_of_kyverno_copies_is_there(self) -> None:
        clones = {"namespace": "default", "kinds": ["v1/ConfigMap"]}
        policy = made(
            "kyverno.io/v1", "ClusterPolicy", "sync", rules=[{"name": "a", "generate": {"cloneList": clones}}]
        )

        assert cluster(from_(SETTINGS), config_map("cluster-settings"), policy, rule="SLW105") == []
        assert severities(cluster(from_(SETTINGS), policy, rule="SLW105")) == ["info"]

    def test_what_git_does_not_hold_at_all_is_told_once(self) -> None:
        """It is made by Terraform or by hand, as a rule."""
        [finding] = cluster(from_(SETTINGS), from_(SETTINGS, name="api"), rule="SLW105")

        assert finding.rule.severity == "info"
        assert finding.object == "ConfigMap flux-system/cluster-settings"
        assert finding.text == "variables come from it, and nothing in Git makes it; the cluster must have it"

    def test_what_is_optional_need_not_be_there(self) -> None:
        assert cluster(from_(SETTINGS, optional=True), rule="SLW105") == []

    @pytest.mark.parametrize(
        "maker",
        [
            made("external-secrets.io/v1", "ExternalSecret", "vars"),
            made("external-secrets.io/v1", "ExternalSecret", "x", target={"name": "vars"}),
            made("bitnami.com/v1alpha1", "SealedSecret", "vars"),
            made("bitnami.com/v1alpha1", "SealedSecret", "x", template={"metadata": {"name": "vars"}}),
            made("cert-manager.io/v1", "Certificate", "x", secretName="vars"),
        ],
        ids=["ExternalSecret", "its target", "SealedSecret", "its template", "another kind that names it"],
    )
    def test_what_a_controller_makes_is_there(self, maker: str) -> None:
        assert cluster(from_(("Secret", "vars")), maker, secret("var"), rule="SLW105") == []

    def test_what_a_controller_makes_elsewhere_is_not(self) -> None:
        maker = made("bitnami.com/v1alpha1", "SealedSecret", "vars", "default")
        [finding] = cluster(from_(("Secret", "vars")), maker, rule="SLW105")

        assert finding.rule.severity == "warning"
        assert finding.hint.endswith("there is Secret default/vars")
