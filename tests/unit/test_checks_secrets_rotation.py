"""SLW627 and SLW628: clusters that would not trust the next sealing key without a restart."""

from __future__ import annotations

from slipway.checks.finding import Finding
from tests.unit.key_slots import SLOTS, external, release
from tests.unit.small_fleets import at, findings, helm_repository
from tests.unit.test_checks_secrets_trust import FILE, OTHER, OWN, deployment

KEY = external("sealing-key", data=OWN)


def found(rule: str, *documents: str) -> list[Finding]:
    return findings({FILE: "---\n".join((helm_repository(), *documents))}, rule)


def test_a_controller_that_does_not_watch_sees_a_new_key_after_a_restart_only() -> None:
    [by_default] = found("SLW627", release(watchForSecrets=None), *SLOTS)
    [by_argument] = found("SLW627", deployment("--update-status"), *SLOTS)

    assert by_default.rule.severity == "warning"
    assert "ExternalSecret.external-secrets.io flux-system/sealing-key-a" in by_default.message
    assert "set watchForSecrets: true" in by_default.hint
    assert "give it --watch-for-secrets" in by_argument.hint


def test_a_controller_that_watches_or_may_is_left_in_peace() -> None:
    assert found("SLW627", release(), *SLOTS) == []
    assert found("SLW627", release(watchForSecrets="${WATCH}"), *SLOTS) == []
    assert found("SLW627", deployment("--watch-for-secrets"), *SLOTS) == []


def test_one_pair_only_is_told_at_what_brings_it() -> None:
    [finding] = found("SLW628", KEY, release())

    assert finding.rule.severity == "info"
    assert finding.where == at(FILE, 12)
    assert "one of the two pairs of fleet/shared/sealing-key only" in finding.message


def test_a_second_pair_that_comes_unseen_is_told() -> None:
    [finding] = found("SLW628", KEY, external("sealing-key-other", data=OTHER), release())

    assert "a change of it is not seen" in finding.message
    # Later releases are to see it.
    assert found("SLW628", KEY, external("other", data=OTHER), release(version="2.21.0")) == []


def test_both_pairs_and_what_is_not_known_are_no_finding() -> None:
    assert found("SLW628", *SLOTS, release()) == []
    assert found("SLW628", external("sealing-key", dataFrom=[{"find": {"name": {"regexp": "x"}}}]), release()) == []


def test_a_key_in_another_form_than_the_fleets_is_its_owners() -> None:
    assert found("SLW628", external("key", data={"tls.crt": "tls.crt", "tls.key": "tls.key"}), release()) == []


def test_a_key_that_external_secrets_does_not_bring_is_its_clusters() -> None:
    assert found("SLW62", release(watchForSecrets=False, keyrenewperiod="0")) == []
