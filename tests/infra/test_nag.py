"""AWS's own rules for a well-built stack, and our exceptions from them."""

from __future__ import annotations

import pytest

from tests.infra.synth import Synthesised

pytestmark = pytest.mark.xdist_group("infra")


def test_production_has_no_finding(production: Synthesised) -> None:
    assert production.findings == frozenset()


def test_production_without_a_fleet_has_no_finding(without_a_fleet: Synthesised) -> None:
    assert without_a_fleet.findings == frozenset()


def test_the_local_cloud_has_no_finding(local: Synthesised) -> None:
    assert local.findings == frozenset()


def test_every_acknowledgement_says_why(production: Synthesised) -> None:
    assert [it for it in production.acknowledgements if len(it.reason.split()) < 6] == []


def test_every_acknowledgement_answers_to_exactly_one_finding(
    production: Synthesised, unacknowledged: Synthesised
) -> None:
    answered = {
        (it.rule, it.construct): sum(
            finding.rule == it.rule and finding.construct.startswith(it.construct + "/")
            for finding in unacknowledged.findings
        )
        for it in production.acknowledgements
    }
    assert {it: findings for it, findings in answered.items() if findings != 1} == {}
