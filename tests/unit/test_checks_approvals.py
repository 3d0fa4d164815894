"""What somebody has approved of what a change destroys."""

from __future__ import annotations

import pytest

from slipway.checks.consent import Consent
from slipway.checks.subject import Against
from slipway.checks.verdict import Verdict
from slipway.fleet.diff import diff_fleets
from slipway.report.document import verdict_document
from slipway.report.sarif import verdict_sarif
from slipway.report.sentences import closing
from slipway.report.terminal import verdict_text
from tests.unit.change_world import table
from tests.unit.small_fleets import checked, config_map, kustomization, rendered, sync, tree_of

DEFAULT = "slipway/approve-destructive"
TWO = {**sync("a"), **sync("b")}


def judged(policy: str = "", *, labels: tuple[str, ...] = (), approvers: tuple[str, ...] = ()) -> Verdict:
    """The verdict on the removal of a table on one cluster, and of a Kustomization on another one."""
    base = {
        **TWO,
        "slipway.yaml": policy,
        "clusters/a/orders.yaml": table(),
        "clusters/b/web.yaml": kustomization("web"),
        "apps/web/map.yaml": config_map("web"),
    }
    head = {path: text for path, text in base.items() if path not in ("clusters/a/orders.yaml", "clusters/b/web.yaml")}
    before, after = tree_of(base), tree_of(head)
    consent = Consent(frozenset(labels), frozenset(approvers))
    fleets = rendered(before), rendered(after)
    return checked(after, against=Against(fleets[0], before, diff_fleets(*fleets), consent=consent))


def found(verdict: Verdict) -> list[tuple[str, str]]:
    return [(item.rule.id, item.rule.severity) for item in verdict.findings]


def test_what_destroys_fails_until_it_has_the_label() -> None:
    verdict = judged()

    assert (verdict.passed, found(verdict)) == (False, [("SLW402", "error"), ("SLW401", "info")])
    assert verdict.findings[0].hint.endswith(f"if it is meant, it needs the label {DEFAULT}")

    verdict = judged(labels=(DEFAULT, "bug"))
    assert (verdict.passed, found(verdict)) == (True, [("SLW401", "info")])
    [approved] = verdict.approved
    assert (approved.finding.rule.id, approved.by) == ("SLW402", f"label {DEFAULT}")


def test_every_report_says_what_is_approved_and_by_whom() -> None:
    verdict = judged(labels=(DEFAULT,))

    assert closing(verdict) == "PASS: 1 note; 4 objects on 2 clusters; 1 approved; 4 not validated"
    assert "Approved findings (1):" in verdict_text(verdict)
    assert f"approved by label {DEFAULT}" in verdict_text(verdict)
    assert [item["approvedBy"] for item in verdict_document(verdict)["approved"]] == [f"label {DEFAULT}"]
    results = verdict_sarif(verdict, "1")["runs"][0]["results"]
    [suppressed] = [result["suppressions"] for result in results if "suppressions" in result]
    assert suppressed == [{"kind": "external", "status": "accepted", "justification": f"approved by label {DEFAULT}"}]


BY = "approvals:\n- {clusters: [a], by: [Octocat]}\n"


@pytest.mark.parametrize(
    ("policy", "labels", "approvers", "by"),
    [
        (BY, (), ("octocat",), "review of Octocat"),
        (BY, (DEFAULT,), (), ""),
        (BY, (), ("hubot",), ""),
        ("approvals:\n- {clusters: [b], by: [octocat]}\n", (DEFAULT,), (), f"label {DEFAULT}"),
        ("approvals:\n- {label: slipway/go, by: [octocat]}\n", ("slipway/go",), (), "label slipway/go"),
        ("approvals:\n- {label: slipway/go, by: [octocat]}\n", (), ("octocat",), "review of octocat"),
        ("approvals:\n- {label: slipway/go}\n", (DEFAULT,), (), ""),
        ("approvals:\n- {}\n", (DEFAULT,), (), f"label {DEFAULT}"),
        ("approvals:\n- {label: slipway/go}\n- {paths: [clusters/a/]}\n", (DEFAULT,), (), f"label {DEFAULT}"),
    ],
)
def test_the_last_entry_that_fits_says_what_approves(
    policy: str, labels: tuple[str, ...], approvers: tuple[str, ...], by: str
) -> None:
    verdict = judged(policy, labels=labels, approvers=approvers)

    assert [item.by for item in verdict.approved] == ([by] if by else [])
    assert verdict.passed is bool(by)


def test_a_rule_that_is_named_fails_until_it_is_approved() -> None:
    policy = "approvals:\n- {rules: [SLW401], label: slipway/removal}\n"

    assert found(judged(policy, labels=(DEFAULT,))) == [("SLW401", "error")]
    verdict = judged(policy, labels=(DEFAULT, "slipway/removal"))
    assert (verdict.passed, len(verdict.approved)) == (True, 2)


def test_what_is_a_warning_by_the_policy_needs_no_approval() -> None:
    verdict = judged("rules:\n- {rules: [SLW402], severity: warning}\n")

    assert (verdict.passed, found(verdict)) == (True, [("SLW402", "warning"), ("SLW401", "info")])
    assert "if it is meant" not in verdict.findings[0].hint


@pytest.mark.parametrize("rule", ["SLW999", "SLW104"])
def test_an_entry_for_what_cannot_be_approved_is_told(rule: str) -> None:
    verdict = judged(f"approvals:\n- {{rules: [{rule}]}}\n", labels=(DEFAULT,))

    [finding] = [item for item in verdict.findings if item.rule.id == "SLW903"]
    assert finding.message == f"approvals.0 names {rule}, and there is no such rule about changes"
    assert finding.where.line == 2


def test_without_a_change_nothing_needs_an_approval() -> None:
    tree = tree_of({**TWO, "slipway.yaml": BY, "clusters/a/orders.yaml": table()})

    assert checked(tree).findings == ()
