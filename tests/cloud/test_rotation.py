"""The sealing key on the deployed stack: made, rotated over a fleet, and never lost by whoever kills a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial

import pytest

from infra.rotation import definition
from local.cloud import Cloud
from local.github.control import Control
from tests.cloud.fleet import SYSTEM
from tests.cloud.follow import eventually, kill, settle
from tests.cloud.sealed_fleet import SealedFleet, entered, history, start, state_of

pytestmark = pytest.mark.timeout(600)

SECONDS = 240.0
STATES = {"Begin", "Trust", "Wait for clusters", "Publish", "Targets", "Reseal", "Settled", "Grace time", "Retire"}
"""In which a run is killed, each once."""
WRITING = {"Begin", "Publish", "Reseal", "Retire"}
"""In which its workers are killed, too: others read only."""
LOOPS = {"Publish again", "Settled again"}
"""Likewise, if it gets there: not if what it waits for has happened while it was dead."""


@pytest.fixture(scope="module")
def fleet(local_cloud: Cloud, _fleet: None, known_secrets: set[str]) -> Iterator[SealedFleet]:
    made = SealedFleet(local_cloud)
    known_secrets |= set(made.values.values())
    yield made
    made.close()
    settle(local_cloud, seconds=SECONDS)


def test_the_deployment_has_made_a_pair_and_a_second_one_leaves_it(local_cloud: Cloud, fleet: SealedFleet) -> None:
    pairs = fleet.pairs()
    assert (pairs.current.key.bits, pairs.is_rotating) == (4096, False)
    assert round((pairs.current.certificate.not_after - pairs.current.certificate.not_before).days / 365) == 10
    assert local_cloud.invoke("keys-rotation", {"do": "state"})["newest"] == pairs.current.certificate.pem


def test_no_consumer_asks_for_what_is_not_its_own(local_cloud: Cloud) -> None:
    answer = local_cloud.invoke("keys-rotation", {"do": "check", "about": {}, "sealed": []})
    assert answer["error"]["type"] == "InputError"


def test_the_states_are_those_of_the_machine() -> None:
    machine = definition("rotation", 1)["States"]
    steps = {name for name, state in machine.items() if state["Type"] in ("Task", "Map", "Wait")}
    loops = {name for name in steps if name.endswith((" failed", " again"))}
    assert steps - loops - {"Publish once"} == STATES


def test_a_run_killed_at_each_state_and_begun_anew_ends_with_everything_sealed_anew(
    local_cloud: Cloud, github: Control, fleet: SealedFleet
) -> None:
    assert len(fleet.values) == 200
    old = fleet.pairs().current.certificate.fingerprint
    left = STATES | LOOPS

    arn = start(local_cloud, reason="asked")
    while left & STATES:
        found = eventually(
            partial(_first, local_cloud, arn, left),
            f"{left} are not entered",
            partial(entered, local_cloud, arn),
            seconds=SECONDS,
        )
        _stop(local_cloud, arn, dead=found in WRITING)
        left.remove(found)
        # One that was stopped before it had made the new pair leaves nothing to go on with.
        arn = start(local_cloud, reason="asked" if "Trust" in left else "due")
    eventually(
        lambda: state_of(local_cloud, arn) != "RUNNING",
        "it does not end",
        partial(entered, local_cloud, arn),
        seconds=SECONDS,
    )

    assert state_of(local_cloud, arn) == "SUCCEEDED"
    pairs = fleet.pairs()
    values, keys = fleet.opened()
    assert not pairs.is_rotating
    assert pairs.current.certificate.fingerprint != old
    assert keys == {pairs.current.certificate.fingerprint}
    assert values == fleet.values
    assert fleet.certificate() == pairs.current.certificate.pem
    branches = Counter(
        (repository, pull["head"]["ref"])
        for repository in fleet.repositories
        for pull in github.pull_requests(repository)
        if pull["head"]["ref"].startswith(("slipway/reseal", "slipway/sealing-certificate"))
    )
    assert sorted(repository for repository, _ in branches) == sorted([*fleet.repositories, SYSTEM])
    assert set(branches.values()) == {1}
    issues = [issue for issue in github.issues(SYSTEM) if issue["title"] == "Rotation of the sealing key"]
    assert [issue["state"] for issue in issues] == ["closed"]


def test_git_has_never_had_a_value_in_clear(fleet: SealedFleet) -> None:
    values = set(fleet.values.values())
    for repository in fleet.repositories:
        words = set(fleet.history(repository).split())
        assert not {value for value in values if value in words}
        assert "PRIVATE KEY" not in fleet.history(repository)


def _first(cloud: Cloud, arn: str, wanted: set[str]) -> str | None:
    """The first of the wanted states that an execution has entered; it fails if the run ends without one."""
    seen = entered(cloud, arn)
    found = next((name for name in seen if name in wanted), None)
    assert found or state_of(cloud, arn) == "RUNNING", f"it ends without {wanted}: {seen} {history(cloud, arn)[-1]}"
    return found


def _stop(cloud: Cloud, arn: str, *, dead: bool) -> None:
    """Stop a run, and kill whatever works for it, in the middle of what it does."""
    cloud.client("stepfunctions").stop_execution(executionArn=arn, cause="a test")
    for function in ("rotation", "keys-rotation") if dead else ():
        kill(cloud, function)
    eventually(lambda: state_of(cloud, arn) == "ABORTED", "it does not stop")
