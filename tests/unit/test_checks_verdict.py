"""What comes of all the checks."""

from __future__ import annotations

import pytest

from slipway.checks.families import RULES
from slipway.checks.finding import Finding, Rule
from slipway.checks.verdict import Verdict
from slipway.fleet.model import Fleet
from slipway.fleet.settings import SEVERITIES, Severity
from slipway.fleet.tree import Dropped
from tests.unit.small_fleets import at, checked, config_map, empty_fleet, kustomization, sync, tree_of


@pytest.mark.parametrize(
    ("severity", "fail_on", "passed"),
    [
        ("error", "error", False),
        ("warning", "error", True),
        ("info", "error", True),
        ("error", "warning", False),
        ("warning", "warning", False),
        ("info", "warning", True),
        ("info", "info", False),
    ],
)
def test_what_fails_is_a_matter_of_severity(severity: Severity, fail_on: Severity, *, passed: bool) -> None:
    finding = Finding(Rule("SLW999", "x", severity), "x", at("a.yaml"))

    assert Verdict(empty_fleet("staging"), (finding,), (), fail_on).passed is passed


def test_no_findings_pass() -> None:
    assert Verdict(empty_fleet("staging"), (), ()).passed


def test_without_a_cluster_nothing_passes() -> None:
    assert not Verdict(Fleet({}, (), ()), (), ()).passed


BROKEN = {
    **sync("a"),
    **sync("b"),
    "clusters/a/name.yaml": config_map("Web_1"),
    "clusters/a/web.yaml": kustomization("web"),
    "clusters/b/web.yaml": kustomization("web"),
    "docs/example.yaml": "a: [\n",
}


def test_all_families_of_rules_take_part() -> None:
    assert [finding.rule.id for finding in checked(tree_of(BROKEN)).findings] == [
        "SLW203",
        "SLW002",
        "SLW002",
        "SLW005",
    ]


def test_some_clusters_can_be_checked_alone_and_with_them_what_is_about_none() -> None:
    verdict = checked(tree_of(BROKEN, dropped=(Dropped("link", "a symbolic link"),)), only=["b"])

    assert [(item.rule.id, item.clusters) for item in verdict.findings] == [
        ("SLW002", ("b",)),
        ("SLW005", ()),
        ("SLW006", ()),
    ]
    assert list(verdict.fleet.clusters) == ["b"]


def test_a_file_that_another_cluster_fails_on_is_not_reported_as_unused() -> None:
    files = {**sync("a"), **sync("b"), "clusters/a/broken.yaml": "a: [\n"}

    assert checked(tree_of(files), only=["b"]).findings == ()


def test_two_runs_say_the_same_in_the_same_order() -> None:
    first, second = (checked(tree_of(dict(sorted(BROKEN.items(), reverse=backwards)))) for backwards in (False, True))

    assert [(item.id, item.where, item.clusters) for item in first.findings] == [
        (item.id, item.where, item.clusters) for item in second.findings
    ]
    assert first.not_validated == second.not_validated
    assert first.fleet.not_rendered == second.fleet.not_rendered


def test_every_rule_is_known_by_its_id() -> None:
    assert list(RULES) == sorted(RULES)
    assert all(rule.id == name and rule.severity in SEVERITIES for name, rule in RULES.items())
