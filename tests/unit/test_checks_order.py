"""SLW113 and SLW114: what has to come before what on a new cluster."""

from __future__ import annotations

import pytest

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.small_fleets import at, config_map, findings, helm_release, kustomization

CHART = {"kind": "GitRepository", "name": "flux-system", "namespace": "flux-system"}


def crd(kind: str = "Widget") -> str:
    names = {"kind": kind, "plural": f"{kind.lower()}s"}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
    spec = {"group": "acme.example", "names": names, "scope": "Namespaced", "versions": [version]}
    metadata = {"name": f"{names['plural']}.acme.example"}
    definition = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": metadata}
    return dump({**definition, "spec": spec})


def widget(name: str = "one") -> str:
    metadata = {"name": name, "namespace": "default"}
    return dump({"apiVersion": "acme.example/v1", "kind": "Widget", "metadata": metadata})


def repository(files: dict[str, str], *objects: str, rule: str = "SLW11") -> list[Finding]:
    return findings({"clusters/staging/apps.yaml": "---\n".join(objects), **files}, rule)


def severities(found: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.rule.id, finding.rule.severity) for finding in found]


DATABASE = {"apps/database/a.yaml": config_map("database")}
WEB = {"apps/web/a.yaml": config_map("web")}


class TestStandstill:
    """SLW113."""

    def test_a_child_that_depends_on_what_waits_for_it(self) -> None:
        child = {"apps/web/database.yaml": kustomization("database", dependsOn=[{"name": "web"}])}
        [finding] = repository({**DATABASE, **WEB, **child}, kustomization("web", wait=True))

        assert severities([finding]) == [("SLW113", "error")]
        assert finding.where == at("apps/web/database.yaml", 14)
        assert finding.text == (
            "it waits for itself: Kustomization flux-system/database depends on Kustomization flux-system/web; "
            "Kustomization flux-system/web waits for Kustomization flux-system/database; "
            "nothing on the way is ever ready"
        )

    def test_without_wait_it_is_applied_and_goes_on(self) -> None:
        child = {"apps/web/database.yaml": kustomization("database", dependsOn=[{"name": "web"}])}

        assert repository({**DATABASE, **WEB, **child}, kustomization("web")) == []

    def test_one_that_depends_on_what_it_applies(self) -> None:
        child = {"apps/web/database.yaml": kustomization("database")}
        parent = kustomization("web", dependsOn=[{"name": "database"}])
        [finding] = repository({**DATABASE, **WEB, **child}, parent)

        assert severities([finding]) == [("SLW113", "error")]
        assert "Kustomization flux-system/database is applied by Kustomization flux-system/web" in finding.message

    def test_a_health_check_of_what_waits(self) -> None:
        check = {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization"}
        check |= {"name": "web", "namespace": "flux-system"}
        database = kustomization("database", healthChecks=[check])
        web = kustomization("web", dependsOn=[{"name": "database"}])

        assert severities(repository({**DATABASE, **WEB}, database, web)) == [("SLW113", "error")]

    def test_dependencies_alone_are_told_by_another_rule(self) -> None:
        database = kustomization("database", dependsOn=[{"name": "web"}])
        web = kustomization("web", dependsOn=[{"name": "database"}])

        assert severities(repository({**DATABASE, **WEB}, database, web, rule="SLW1")) == [("SLW103", "error")]

    @pytest.mark.parametrize(
        ("kind", "severity"), [("ConfigMap", "warning"), ("Secret", "info")], ids=["settings", "usually by hand"]
    )
    def test_variables_from_what_comes_later(self, kind: str, severity: str) -> None:
        settings = config_map("settings", "flux-system").replace("ConfigMap", kind)
        database = kustomization("database", postBuild={"substituteFrom": [{"kind": kind, "name": "settings"}]})
        web = kustomization("web", dependsOn=[{"name": "database"}])
        [finding] = repository({**DATABASE, "apps/web/settings.yaml": settings}, database, web)

        assert severities([finding]) == [("SLW113", severity)]
        assert finding.where == at("clusters/staging/apps.yaml", 16)
        assert f"reads {kind} flux-system/settings, which comes with Kustomization flux-system/web" in finding.message
        assert finding.hint.startswith("on a new cluster, nothing on the way is ever applied, unless")

    def test_a_source_that_comes_later(self) -> None:
        git = {"interval": "1m", "url": "https://github.com/acme/gitops-system", "ref": {"branch": "main"}}
        metadata = {"name": "other", "namespace": "flux-system"}
        source = dump(
            {"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "metadata": metadata, "spec": git}
        )
        database = kustomization("database", sourceRef={"kind": "GitRepository", "name": "other"})
        web = kustomization("web", dependsOn=[{"name": "database"}])

        assert severities(repository({**DATABASE, "apps/web/source.yaml": source}, database, web)) == [
            ("SLW113", "warning")
        ]

    def test_what_two_bring_may_come_from_either(self) -> None:
        settings = config_map("settings", "flux-system")
        database = kustomization("database", postBuild={"substituteFrom": [{"kind": "ConfigMap", "name": "settings"}]})
        web = kustomization("web", dependsOn=[{"name": "database"}])
        both = {"apps/web/settings.yaml": settings, "clusters/staging/settings.yaml": settings}

        assert repository({**DATABASE, **both}, database, web) == []

    def test_a_release_and_objects_of_its_kinds_in_one_kustomization(self) -> None:
        release = helm_release("operator", chart={"spec": {"chart": "charts/operator", "sourceRef": CHART}})
        [finding] = repository(
            {"apps/web/operator.yaml": release, "apps/web/widget.yaml": widget(), **OPERATOR}, kustomization("web")
        )

        assert severities([finding]) == [("SLW113", "warning")]
        assert finding.message == (
            "it waits for itself: Kustomization flux-system/web has objects of Widget.acme.example, defined by "
            "HelmRelease flux-system/operator; HelmRelease flux-system/operator is applied by "
            "Kustomization flux-system/web"
        )

    def test_what_is_suspended_waits_for_nothing(self) -> None:
        child = {"apps/web/database.yaml": kustomization("database", dependsOn=[{"name": "web"}], suspend=True)}

        assert repository({**DATABASE, **WEB, **child}, kustomization("web", wait=True)) == []


OPERATOR = {
    "charts/operator/Chart.yaml": "apiVersion: v2\nname: operator\nversion: 1.0.0\n",
    "charts/operator/crds/widgets.yaml": crd(),
}
DEFINED = {"apps/database/crd.yaml": crd()}
USED = {"apps/web/widget.yaml": widget()}


class TestDefinitions:
    """SLW114."""

    def test_objects_that_do_not_wait_for_their_definition_are_told(self) -> None:
        [finding] = repository({**DEFINED, **USED}, kustomization("database"), kustomization("web"))

        assert severities([finding]) == [("SLW114", "info")]
        assert finding.object == "Kustomization flux-system/web"
        assert finding.text == (
            "it has objects of Widget.acme.example, which Kustomization flux-system/database defines, and does not "
            "wait for that; on a new cluster, it fails until then; add flux-system/database to its dependsOn"
        )

    def test_dependencies_are_followed(self) -> None:
        between = {"apps/between/a.yaml": config_map("between")}
        steps = (
            kustomization("database"),
            kustomization("between", dependsOn=[{"name": "database"}]),
            kustomization("web", dependsOn=[{"name": "between"}]),
        )

        assert repository({**DEFINED, **USED, **between}, *steps) == []

    def test_what_is_applied_by_what_defines_comes_after_it(self) -> None:
        child = {"apps/database/web.yaml": kustomization("web")}

        assert repository({**DEFINED, **USED, **child}, kustomization("database")) == []

    def test_both_in_one_kustomization_are_applied_in_order(self) -> None:
        assert repository({"apps/web/crd.yaml": crd(), **USED}, kustomization("web")) == []

    def test_a_release_has_to_be_waited_for(self) -> None:
        release = helm_release("operator", chart={"spec": {"chart": "charts/operator", "sourceRef": CHART}})
        files = {**OPERATOR, **USED, "apps/database/operator.yaml": release}
        web = kustomization("web", dependsOn=[{"name": "database"}])
        [finding] = repository(files, kustomization("database"), web)

        assert severities([finding]) == [("SLW114", "info")]
        assert finding.hint.endswith(
            "let flux-system/database wait for HelmRelease flux-system/operator (wait or healthChecks)"
        )
        assert repository(files, kustomization("database", wait=True), web) == []

    @pytest.mark.parametrize(
        ("install", "severity"),
        [({}, "warning"), ({"install": {"remediation": {"retries": 3}}}, "info")],
        ids=["tried once", "tried again"],
    )
    def test_a_release_that_is_tried_only_once_is_a_warning(self, install: dict[str, object], severity: str) -> None:
        chart = {
            "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
            "charts/web/templates/widget.yaml": widget(),
        }
        release = helm_release("web", chart={"spec": {"chart": "charts/web", "sourceRef": CHART}}, **install)

        found = repository({**DEFINED, **chart}, kustomization("database"), release)

        assert severities(found) == [("SLW114", severity)]

    def test_kinds_of_flux_are_there(self) -> None:
        flux = crd("Kustomization").replace("acme.example", "kustomize.toolkit.fluxcd.io")
        child = {"apps/web/more.yaml": kustomization("more", path="./apps/more"), "apps/more/a.yaml": config_map("a")}

        assert (
            repository({"apps/database/flux.yaml": flux, **child}, kustomization("database"), kustomization("web"))
            == []
        )
