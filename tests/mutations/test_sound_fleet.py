"""A sound fleet is met with silence."""

from __future__ import annotations

from tests.mutations.world import checked, sound


def test_everything_in_the_sound_fleet_is_rendered() -> None:
    fleet = sound().rendering.fleet

    assert len(fleet.clusters) == 5
    assert not fleet.problems
    assert not fleet.not_rendered
    assert not [owner for owner in fleet.owners if owner.failed]


def test_nothing_is_found_in_the_sound_fleet() -> None:
    assert [f"{finding.where}: {finding.rule.id} {finding.text}" for finding in checked(sound()).findings] == []


def test_nothing_is_found_in_a_change_that_changes_nothing() -> None:
    assert checked(sound(), sound()).findings == ()
