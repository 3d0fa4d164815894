"""What slipway.yaml makes of findings, and what it is wrong about itself."""

from __future__ import annotations

import pytest

from slipway.checks.policy import Waived
from slipway.checks.verdict import Verdict
from slipway.report.document import verdict_document
from slipway.report.sarif import verdict_sarif
from slipway.report.terminal import verdict_text
from tests.unit.small_fleets import checked, config_map, kustomization, sync, tree_of

UNUSED_FILE = {"docs/x.yaml": "a: [\n"}
"""Breaks SLW005, a warning about no cluster."""
BAD_NAME = {"clusters/a/name.yaml": config_map("Web_1"), "clusters/b/name.yaml": config_map("Web_1")}
"""Breaks SLW203, an error on two clusters."""
TWO = {**sync("a"), **sync("b")}


def verdict(files: dict[str, str], policy: str = "", **options: object) -> Verdict:
    return checked(tree_of({**TWO, **files, "slipway.yaml": policy}), **options)  # type: ignore[arg-type]


def found(judged: Verdict) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(item.rule.id, item.rule.severity, item.clusters) for item in judged.findings]


def annotated(name: str, waives: str) -> str:
    return config_map(name).replace("namespace:", f"annotations: {{slipway/waive: '{waives}'}}\n  namespace:")


def waiver(rules: str = "SLW005", *, expires: str = "2027-01-31", more: str = "") -> str:
    return f"- {{rules: [{rules}], owner: team, reason: known, expires: {expires}{more}}}\n"


class TestSeverities:
    """`rules` of slipway.yaml."""

    def test_a_severity_may_be_another_one(self) -> None:
        judged = verdict(UNUSED_FILE, "rules:\n- {rules: [SLW005], severity: error}\n")
        assert (found(judged), judged.passed) == ([("SLW005", "error", ())], False)

    def test_the_last_rule_that_fits_counts(self) -> None:
        policy = "rules:\n- {rules: [SLW0*], severity: error}\n- {rules: [SLW005], severity: info}\n"
        assert found(verdict(UNUSED_FILE, policy)) == [("SLW005", "info", ())]

    def test_one_cluster_may_have_a_severity_of_its_own(self) -> None:
        policy = "rules:\n- {rules: [SLW203], severity: info, clusters: [b]}\n"
        files = {"apps/web/name.yaml": config_map("Web_1")}
        files |= {f"clusters/{name}/web.yaml": kustomization("web") for name in ("a", "b")}
        assert found(verdict(files, policy)) == [("SLW203", "error", ("a",)), ("SLW203", "info", ("b",))]

    @pytest.mark.parametrize(("paths", "fits"), [("[docs/]", True), ("['*.yaml']", True), ("[apps/, '!docs']", False)])
    def test_paths_are_as_in_gitignore(self, paths: str, *, fits: bool) -> None:
        policy = f"rules:\n- {{rules: [SLW005], severity: error, paths: {paths}}}\n"
        assert verdict(UNUSED_FILE, policy).passed is not fits

    def test_what_is_switched_off_is_counted(self) -> None:
        judged = verdict(UNUSED_FILE, "rules:\n- {rules: [SLW005], severity: off}\n")
        [waived] = judged.waived
        assert (found(judged), waived.reason) == ([], "SLW005 is switched off")
        assert "1 waived" in verdict_text(judged).splitlines()[-1]


class TestWaivers:
    """`waivers` of slipway.yaml."""

    def test_what_is_waived_does_not_fail_and_is_told(self) -> None:
        policy = "waivers:\n" + waiver("SLW203")
        judged = verdict(BAD_NAME, policy)

        assert (found(judged), judged.passed, len(judged.waived)) == ([], True, 2)
        text = verdict_text(judged)
        assert "Waived findings (2):" in text
        assert "waived by team until 2027-01-31: known" in text
        assert text.endswith("; 2 waived; 4 not validated\n")

    def test_documents_have_it_with_who_answers_for_it(self) -> None:
        judged = verdict(UNUSED_FILE, "waivers:\n" + waiver())
        [item] = verdict_document(judged)["waived"]
        assert {name: item[name] for name in ("rule", "file", "owner", "reason", "expires", "waivedAt")} == {
            "rule": "SLW005",
            "file": "docs/x.yaml",
            "owner": "team",
            "reason": "known",
            "expires": "2027-01-31",
            "waivedAt": "slipway.yaml:2",
        }
        [result] = verdict_sarif(judged, "1")["runs"][0]["results"]
        assert result["suppressions"] == [
            {"kind": "external", "status": "accepted", "justification": "waived by team until 2027-01-31: known"}
        ]

    def test_a_waiver_may_be_for_some_clusters(self) -> None:
        judged = verdict(BAD_NAME, "waivers:\n" + waiver("SLW203", more=", clusters: ['b*']"))
        assert (found(judged), [item.finding.clusters for item in judged.waived]) == (
            [("SLW203", "error", ("a",))],
            [("b",)],
        )

    def test_a_waiver_may_be_for_one_object(self) -> None:
        fits = "waivers:\n" + waiver("SLW203", more=", objects: ['ConfigMap default/Web_*']")
        assert verdict(BAD_NAME, fits).passed
        assert not verdict(BAD_NAME, fits.replace("Web_", "web_")).passed

    @pytest.mark.parametrize(("day", "counts"), [("2026-11-25", True), ("2026-11-24", False)])
    def test_it_holds_until_the_end_of_its_last_day(self, day: str, *, counts: bool) -> None:
        judged = verdict(BAD_NAME, "waivers:\n" + waiver("SLW203", expires=day))
        assert judged.passed is counts
        assert ("SLW901", "warning", ()) not in found(judged) or not counts

    def test_an_expired_one_is_a_finding_of_its_own(self) -> None:
        judged = verdict(BAD_NAME, "waivers:\n" + waiver("SLW203", expires="2026-11-24"))
        assert [item[0] for item in found(judged)] == ["SLW203", "SLW203", "SLW901"]

    def test_one_that_waives_nothing_is_told_unless_only_some_clusters_are_looked_at(self) -> None:
        policy = "waivers:\n" + waiver("SLW203")
        assert [item[0] for item in found(verdict({}, policy))] == ["SLW902"]
        assert found(verdict({}, policy, only=["a"])) == []

    def test_one_for_a_rule_that_does_not_exist_is_told(self) -> None:
        judged = verdict({}, "waivers:\n" + waiver("SLW0051") + "inlineWaivers: [SLW000]\n")
        assert [item.message for item in judged.findings] == [
            "inlineWaivers names SLW000, and there is no such rule",
            "waivers.0 names SLW0051, and there is no such rule",
        ]


class TestInlineWaivers:
    """The annotation `slipway/waive`."""

    def test_an_object_may_not_waive_an_error(self) -> None:
        named = annotated("Web_1", "SLW203 by team until 2027-01-31: known")
        judged = verdict({"clusters/a/x.yaml": named})
        assert [item[0] for item in found(judged)] == ["SLW203", "SLW903"]
        assert "errors are waived in slipway.yaml" in judged.findings[1].message

    def test_unless_slipway_yaml_allows_it_for_the_rule(self) -> None:
        named = annotated("Web_1", "SLW203 by team until 2027-01-31: known")
        judged = verdict({"clusters/a/x.yaml": named}, "inlineWaivers: [SLW203]\n")
        [waived] = judged.waived
        assert (found(judged), waived.owner, str(waived.where)) == ([], "team", "clusters/a/x.yaml:5")

    @pytest.mark.parametrize(
        ("waives", "says"),
        [
            ("SLW104", "cannot be read: SLW104"),
            ("SLW104 by team until soon, maybe: x", "cannot be read"),
            ("SLW104 by team until 2027-13-01: x", "has no date like"),
            ("", "has no lines"),
            ("SLW999 by team until 2027-01-31: x", "names SLW999, and there is no such rule"),
        ],
    )
    def test_one_that_does_not_count_is_told(self, waives: str, says: str) -> None:
        [finding] = verdict({"clusters/a/x.yaml": annotated("web", waives)}).findings
        assert (finding.rule.id, says in finding.message) == ("SLW903", True)

    @pytest.mark.parametrize(("day", "rule"), [("2027-01-31", "SLW902"), ("2026-11-24", "SLW901")])
    def test_one_that_waives_nothing_or_has_expired_is_told(self, day: str, rule: str) -> None:
        named = annotated("web", f"SLW105 by team until {day}: x")
        assert [item[0] for item in found(verdict({"clusters/a/x.yaml": named}))] == [rule]


@pytest.mark.parametrize(("allowed", "passed"), [(0, False), (1, True)])
def test_a_threshold_fails_what_is_above_it(allowed: int, *, passed: bool) -> None:
    assert verdict(UNUSED_FILE, f"thresholds: {{warnings: {allowed}}}\n").passed is passed
    assert verdict(UNUSED_FILE, f"thresholds: {{waived: {allowed}}}\nwaivers:\n" + waiver()).passed is passed


def test_kinds_without_a_schema_may_be_limited() -> None:
    unknown = "".join(
        f"---\napiVersion: acme.io/v1\nkind: {kind}\nmetadata: {{name: {name}}}\n" for kind, name in ("Ax", "Ay", "Bx")
    )
    flux = "notValidated: 9, unknownKinds: 3"  # Kustomization and GitRepository of Flux itself have none either
    messages = [item.message for item in verdict({"clusters/a/x.yaml": unknown}, f"thresholds: {{{flux}}}\n").findings]
    assert messages == ["there are more kinds without a schema than allowed"]


def test_a_change_answers_for_what_is_new() -> None:
    base = verdict(UNUSED_FILE)
    judged = verdict({**UNUSED_FILE, **BAD_NAME}).since(base)

    assert ([item.rule.id for item in judged.findings], [item.rule.id for item in judged.known]) == (
        ["SLW203", "SLW203"],
        ["SLW005"],
    )
    assert "Findings that the base has already (1):" in verdict_text(judged)


def test_the_waived_are_named_with_what_they_are() -> None:
    [waived] = verdict(UNUSED_FILE, "waivers:\n" + waiver()).waived
    assert isinstance(waived, Waived)
    assert (waived.finding.rule.id, str(waived.where)) == ("SLW005", "slipway.yaml:2")
