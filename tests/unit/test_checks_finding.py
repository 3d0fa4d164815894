"""A finding is one cause: its id is stable, its clusters are together."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from slipway.checks.finding import Finding, Rule, merge
from tests.unit.small_fleets import at

ERROR = Rule("SLW102", "A dependency that does not exist", "error")
FINDING = Finding(ERROR, "it depends on Kustomization a/b", at("apps.yaml", 7), "Kustomization a/c", ("staging",))


def test_the_id_names_the_rule_and_is_the_same_in_every_run() -> None:
    assert FINDING.id == "SLW102-192d50072f"


@pytest.mark.parametrize(
    "same",
    [
        replace(FINDING, where=at("apps.yaml", 9)),
        replace(FINDING, clusters=("production",)),
        replace(FINDING, hint="there is Kustomization a/bb"),
        replace(FINDING, rule=ERROR.at("warning")),
    ],
    ids=["line", "clusters", "hint", "severity"],
)
def test_the_id_does_not_depend_on(same: Finding) -> None:
    assert same.id == FINDING.id


@pytest.mark.parametrize(
    "other",
    [
        replace(FINDING, where=at("other.yaml", 7)),
        replace(FINDING, where=at("apps.yaml", 7, "acme/apps")),
        replace(FINDING, object="Kustomization a/d"),
        replace(FINDING, message="it depends on Kustomization a/x"),
        replace(FINDING, rule=replace(ERROR, id="SLW101")),
    ],
    ids=["file", "repository", "object", "message", "rule"],
)
def test_the_id_depends_on(other: Finding) -> None:
    assert other.id != FINDING.id


def test_a_file_name_that_is_not_utf_8_has_an_id() -> None:
    assert replace(FINDING, where=at("\udcff.yaml")).id.startswith("SLW102-")


def test_the_text_has_the_hint() -> None:
    assert replace(FINDING, hint="there is a/bb").text == "it depends on Kustomization a/b; there is a/bb"
    assert FINDING.text == FINDING.message


def test_one_cause_on_many_clusters_is_one_finding() -> None:
    found = merge(replace(FINDING, clusters=(name,)) for name in ("c", "a", "b", "a"))

    assert found == [replace(FINDING, clusters=("a", "b", "c"))]


def test_what_is_certain_on_one_cluster_is_certain() -> None:
    certain = replace(FINDING, clusters=("b",), hint="it waits forever")
    uncertain = replace(FINDING, rule=ERROR.at("warning"), clusters=("a",), hint="unless …")

    assert merge([uncertain, certain]) == merge([certain, uncertain]) == [replace(certain, clusters=("a", "b"))]


def test_findings_are_ordered_by_severity_place_and_rule() -> None:
    ordered = [
        replace(FINDING, where=at("a.yaml", 1), message="1"),
        replace(FINDING, where=at("a.yaml", 2), message="2"),
        replace(FINDING, where=at("b.yaml", 1), message="3"),
        replace(FINDING, where=at("b.yaml", 1), message="4", rule=replace(ERROR, id="SLW201")),
        replace(FINDING, where=at("a.yaml", 1, "acme/apps"), message="5"),
        replace(FINDING, where=at("a.yaml", 1), message="6", rule=ERROR.at("warning")),
        replace(FINDING, where=at("a.yaml", 1), message="7", rule=ERROR.at("info")),
    ]
    shuffled = random.Random(1).sample(ordered, len(ordered))

    assert merge(shuffled) == ordered
