"""SLW115 to SLW119: waits, suspensions and force."""

from __future__ import annotations

import pytest

from slipway.checks.finding import Finding
from slipway.checks.waiting.timeouts import seconds
from slipway.fleet.manifests import dump
from tests.unit.small_fleets import at, config_map, findings, helm_release, helm_repository, kustomization

FILES = {"apps/web/a.yaml": config_map("web"), "apps/database/a.yaml": config_map("database")}
CHECK = {"apiVersion": "v1", "kind": "ConfigMap", "name": "web", "namespace": "default"}
EXPRESSION = {"apiVersion": "acme.example/v1", "kind": "Widget", "current": "true"}


def cluster(*objects: str, base: tuple[str, ...] | None = None, files: dict[str, str] | None = None) -> list[Finding]:
    """What the rules say of Kustomizations, or of a change of them."""

    def repository(written: tuple[str, ...]) -> dict[str, str]:
        return {**FILES, **(files or {}), "clusters/staging/apps.yaml": "---\n".join(written)}

    before = None if base is None else repository(base)
    return findings(repository(objects), "SLW11", base=before)


def severities(found: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.rule.id, finding.rule.severity) for finding in found]


class TestTimeouts:
    """SLW115."""

    @pytest.mark.parametrize("waits", [{"wait": True}, {"healthChecks": [CHECK]}], ids=["all", "some"])
    def test_a_day_is_a_long_wait(self, waits: dict[str, object]) -> None:
        [finding] = cluster(kustomization("web", interval="24h", **waits))

        assert severities([finding]) == [("SLW115", "warning")]
        assert finding.message.startswith("it waits up to 1440 minutes for what is not healthy")

    @pytest.mark.parametrize(
        "spec",
        [
            {"interval": "24h"},
            {"interval": "24h", "wait": True, "timeout": "5m"},
            {"interval": "1h", "wait": True},
            {"interval": "${INTERVAL}", "wait": True},
            {"interval": "24h", "wait": True, "suspend": True},
        ],
        ids=["it does not wait", "a timeout", "an hour", "nobody knows", "suspended"],
    )
    def test_other_waits_are_none(self, spec: dict[str, object]) -> None:
        assert cluster(kustomization("web", **spec)) == []

    @pytest.mark.parametrize(
        ("duration", "expected"),
        [("1h30m", 5400), ("1.5h", 5400), ("90s", 90), ("500ms", 0.5), ("10m0s", 600), ("", None), ("1d", None)],
    )
    def test_durations_are_go_s(self, duration: str, expected: float | None) -> None:
        assert seconds(duration) == expected


class TestExpressions:
    """SLW116."""

    def test_they_count_for_nothing_without_a_check(self) -> None:
        [finding] = cluster(kustomization("web", healthCheckExprs=[EXPRESSION]))

        assert severities([finding]) == [("SLW116", "warning")]
        assert finding.where == at("clusters/staging/apps.yaml", 13)

    def test_one_of_a_kind_that_is_not_there_is_an_info(self) -> None:
        [finding] = cluster(kustomization("web", wait=True, healthCheckExprs=[EXPRESSION]))

        assert severities([finding]) == [("SLW116", "info")]
        assert finding.message == (
            "its health expression for Widget.acme.example judges nothing: there is none among what it applies"
        )

    def test_one_of_a_kind_that_no_check_names_is_an_info(self) -> None:
        [finding] = cluster(kustomization("web", healthChecks=[CHECK], healthCheckExprs=[EXPRESSION]))

        assert finding.message.endswith("there is none among its healthChecks")

    @pytest.mark.parametrize(
        "expression",
        [EXPRESSION, {"apiVersion": "acme.example/v2", "kind": "Widget"}, {"apiVersion": "acme.example/v1"}],
        ids=["the kind", "another version", "all of a group"],
    )
    def test_one_that_judges_something_is_in_use(self, expression: dict[str, str]) -> None:
        metadata = {"name": "one", "namespace": "default"}
        widget = dump({"apiVersion": "acme.example/v1", "kind": "Widget", "metadata": metadata})
        waiting = kustomization("web", wait=True, healthCheckExprs=[expression])

        assert cluster(waiting, files={"apps/web/widget.yaml": widget}) == []


class TestSuspendedDependencies:
    """SLW117."""

    def test_what_depends_on_one_of_its_own_source_stops(self) -> None:
        [finding] = cluster(
            kustomization("database", suspend=True), kustomization("web", dependsOn=[{"name": "database"}])
        )

        assert severities([finding]) == [("SLW117", "warning")]
        assert finding.object == "Kustomization flux-system/web"
        assert finding.text == (
            "it depends on Kustomization flux-system/database, which is suspended; "
            "from the next commit on, nothing of it is applied before that is resumed"
        )

    def test_a_release_goes_on_where_it_is_installed(self) -> None:
        releases = helm_release("database", suspend=True), helm_release("web", dependsOn=[{"name": "database"}])

        assert severities(cluster(*releases, helm_repository())) == [("SLW117", "info")]

    @pytest.mark.parametrize(
        "spec",
        [{"suspend": True}, {"dependsOn": [{"name": "database", "readyExpr": "true"}]}, {"dependsOn": []}],
        ids=["it is suspended itself", "it asks for something else", "it depends on nothing"],
    )
    def test_others_do_not_wait(self, spec: dict[str, object]) -> None:
        web = kustomization("web", **{"dependsOn": [{"name": "database"}], **spec})

        assert cluster(kustomization("database", suspend=True), web) == []


class TestSuspension:
    """SLW118."""

    def test_what_is_resumed_brings_what_has_changed_since(self) -> None:
        [finding] = cluster(kustomization("web"), base=(kustomization("web", suspend=True),))

        assert severities([finding]) == [("SLW118", "warning")]
        assert finding.message == (
            "it is resumed: what it brings (1 object) becomes what Git has by now, and what has gone is deleted"
        )

    def test_what_is_suspended_stays_as_it_is(self) -> None:
        [finding] = cluster(kustomization("web", suspend=True), base=(kustomization("web"),))

        assert severities([finding]) == [("SLW118", "info")]
        assert finding.where == at("clusters/staging/apps.yaml", 13)

    def test_a_source_holds_what_takes_its_files_from_it(self) -> None:
        charts = helm_release("web")
        stopped = helm_repository().replace("spec:\n", "spec:\n  suspend: true\n")
        [finding] = cluster(charts, stopped, base=(charts, helm_repository()))

        assert finding.message == "it is suspended: 0 Kustomizations and 1 HelmRelease from it get nothing new"

    def test_what_stays_suspended_or_is_new_is_no_turn(self) -> None:
        held = kustomization("web", suspend=True)

        assert cluster(held, base=(held,)) == []
        assert cluster(held, base=()) == []
        assert cluster(held) == []

    def test_false_is_what_it_was_without(self) -> None:
        assert cluster(kustomization("web", suspend=False), base=(kustomization("web"),)) == []


def claim(mark: str = "") -> str:
    metadata = {"name": "data", "namespace": "default"}
    if mark:
        metadata["annotations"] = {"kustomize.toolkit.fluxcd.io/force": mark}  # type: ignore[assignment]
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return dump({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec})


class TestForce:
    """SLW119."""

    def test_a_claim_may_be_deleted(self) -> None:
        [finding] = cluster(kustomization("web", force=True), files={"apps/web/claim.yaml": claim()})

        assert severities([finding]) == [("SLW119", "warning")]
        assert finding.object == "Kustomization flux-system/web"
        assert "also PersistentVolumeClaim default/data" in finding.message

    def test_one_that_is_marked_is_meant(self) -> None:
        assert cluster(kustomization("web"), files={"apps/web/claim.yaml": claim("enabled")}) == []

    def test_what_holds_no_data_may_be_made_anew(self) -> None:
        assert cluster(kustomization("web", force=True)) == []

    def test_without_force_nothing_is_deleted(self) -> None:
        assert cluster(kustomization("web"), files={"apps/web/claim.yaml": claim()}) == []


def judged(**expressions: str) -> list[Finding]:
    """What the rules say of health expressions."""
    entry = {"apiVersion": "v1", "kind": "ConfigMap", "current": "true", **expressions}
    waiting = kustomization("web", wait=True, healthCheckExprs=[entry])
    return findings({**FILES, "clusters/staging/apps.yaml": waiting}, "SLW12")


class TestSyntax:
    """SLW121."""

    def test_what_is_no_expression_is_an_error(self) -> None:
        [finding] = judged(failed="status.conditions.exists(c, c.type == 'Ready'")

        assert severities([finding]) == [("SLW121", "error")]
        assert finding.message.startswith("its health expression is none: syntax error")
        assert finding.where == at("clusters/staging/apps.yaml", 18)

    def test_an_object_has_no_field_self(self) -> None:
        [finding] = judged(current="self.status.ready == true")

        assert severities([finding]) == [("SLW121", "warning")]
        assert finding.message == "its health expression names self, which is no field of an object"

    @pytest.mark.parametrize(
        "expression",
        [
            "status.conditions.filter(e, e.type == 'Ready').all(e, e.status == 'True')",
            "has(metadata.annotations) && data.mode in ['a', 'b']",
            "webhooks.all(self, self.name != '')",
            "status.observed == ${GENERATION}",
        ],
        ids=["conditions", "data", "a variable of its own", "a variable of Flux's"],
    )
    def test_others_are_read(self, expression: str) -> None:
        assert judged(current=expression) == []

    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            ("dep.metadata.labels['v'] == self.metadata.labels['v']", []),
            ("dep.metadata.labels['v' == 'a'", [("SLW121", "error")]),
            ("status.ready", [("SLW121", "error")]),
        ],
        ids=["dep and self", "no expression", "no such variable"],
    )
    def test_a_ready_expression_knows_dep_and_self(self, expression: str, expected: list[tuple[str, str]]) -> None:
        web = kustomization("web", dependsOn=[{"name": "database", "readyExpr": expression}])
        files = {**FILES, "clusters/staging/apps.yaml": f"{web}---\n{kustomization('database')}"}

        assert severities(findings(files, "SLW12")) == expected
