"""The sealing key pair: made once, adopted, rotated, retired; and what others get to know of it."""

from __future__ import annotations

import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from slipway.errors import InputError, RetryLater
from slipway.keys import vault as limits
from slipway.keys.deployment import deployed
from slipway.keys.pairs import Pairs, read_pairs
from slipway.sealing.exchange import PullRequestHead, SealedText
from slipway.sealing.keys import Keyring
from slipway.sealing.opening import open_values
from tests.unit.keys_world import KeysWorld
from tests.unit.sealing_world import CLEAR, NOW, pair, sealed, sealed_text, with_metadata

PULL = PullRequestHead("acme/gitops-system", 7, "a" * 40)
FINGERPRINT = pair().certificate.fingerprint


# The first pair


def test_the_first_deployment_makes_a_pair_and_the_next_ones_leave_it() -> None:
    world = KeysWorld()
    made = world.vault.ensure()
    assert world.vault.ensure() == made
    assert world.made == 1
    assert set(world.stored) == {"crt", "key", "otherCrt", "otherKey", "slot", "since"}
    assert world.stored["crt"] == world.stored["otherCrt"] == made.current.pem
    assert not made.is_rotating


@pytest.mark.parametrize("spoil", [str, lambda text: text.replace("\\n", "\n")])
def test_a_pair_that_was_made_by_hand_is_adopted_and_stays_what_it_is(spoil: object) -> None:
    by_hand = json.dumps({"crt": pair().certificate.pem, "key": pair().key.pem()})
    world = KeysWorld(spoil(by_hand))  # type: ignore[operator]
    assert world.vault.ensure().newest.fingerprint == FINGERPRINT
    assert world.made == 0
    assert read_pairs(world.secret.text or "", world.now)[0] == Pairs.of(pair(), world.now)
    assert (world.stored["crt"], world.stored["key"]) == (pair().certificate.pem, pair().key.pem())


@pytest.mark.parametrize(
    "text", ["fill in", "{}", '{"crt": "a"}', json.dumps({"crt": pair("b").certificate.pem, "key": pair().key.pem()})]
)
def test_what_is_no_pair_is_refused_and_not_overwritten(text: str) -> None:
    world = KeysWorld(text)
    with pytest.raises(InputError) as refused:
        world.vault.ensure()
    assert "PRIVATE" not in str(refused.value)
    assert world.secret.text == text


def test_half_of_the_other_pair_is_refused_by_name() -> None:
    half = json.dumps({**json.loads(pair().to_json()), "otherCrt": pair().certificate.pem})
    with pytest.raises(InputError, match="it has otherCrt and not otherKey"):
        read_pairs(half, NOW)


def test_of_several_deployments_at_once_one_makes_the_pair() -> None:
    world = KeysWorld()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: world.vault.ensure(), range(2)))
    held = world.vault.leases.acquire(limits.LEASE, "somebody", 60)
    assert held
    with pytest.raises(RetryLater):
        world.other_invocation().ensure()


# CloudFormation


def _deploy(world: KeysWorld, kind: str) -> dict[str, str]:
    sent: list[tuple[str, bytes]] = []
    event = {
        "RequestType": kind,
        "ResponseURL": "https://cloudformation.example/answer",
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "Pair",
    }
    deployed(event, world.vault.ensure, lambda url, body: sent.append((url, body)))
    [(url, body)] = sent
    assert url == event["ResponseURL"]
    answer: dict[str, str] = json.loads(body)
    assert {"StackId": "stack", "RequestId": "request", "LogicalResourceId": "Pair"}.items() <= answer.items()
    return answer


def test_cloudformation_is_told_that_there_is_a_pair() -> None:
    world = KeysWorld()
    assert _deploy(world, "Create")["Status"] == "SUCCESS"
    assert _deploy(world, "Update")["Status"] == "SUCCESS"
    assert world.made == 1


def test_a_deployment_over_something_else_fails_and_says_why() -> None:
    answer = _deploy(KeysWorld("{}"), "Create")
    assert answer["Status"] == "FAILED"
    assert "no JSON object with crt and key" in answer["Reason"]


def test_a_stack_that_goes_leaves_the_pair() -> None:
    world = KeysWorld()
    world.vault.ensure()
    before = world.secret.text
    assert _deploy(world, "Delete")["Status"] == "SUCCESS"
    assert world.secret.text == before


# Rotation


def test_a_rotation_makes_one_pair_however_often_it_is_prepared() -> None:
    world = KeysWorld()
    old = world.vault.ensure().current
    world.pass_days(90)
    prepared = world.vault.prepare(0)
    assert (prepared.current.fingerprint, prepared.is_rotating) == (old.fingerprint, True)
    assert world.vault.prepare(0) == prepared == world.vault.state()
    assert world.made == 2


def test_a_pair_does_not_come_before_all_clusters_have_seen_that_the_last_one_went() -> None:
    world = KeysWorld(pair().to_json())
    world.vault.ensure()
    with pytest.raises(RetryLater) as refused:
        world.vault.prepare(900)
    assert refused.value.after == 900
    world.now += timedelta(seconds=901)
    world.vault.retire(world.vault.prepare(900).newest.fingerprint)
    with pytest.raises(RetryLater):
        world.vault.prepare(900)


def test_clusters_trust_both_pairs_until_the_old_one_is_retired() -> None:
    world = KeysWorld(pair().to_json())
    to = world.vault.prepare(0).newest.fingerprint
    assert {FINGERPRINT, to} == {key.fingerprint for key in read_pairs(world.secret.text or "", world.now)[0].keyring()}
    with pytest.raises(InputError, match="the newest sealing key is"):
        world.vault.retire(FINGERPRINT)
    for _ in range(2):
        retired = world.vault.retire(to)
        assert (retired.current.fingerprint, retired.is_rotating) == (to, False)
    assert {key.fingerprint for key in read_pairs(world.secret.text or "", world.now)[0].keyring()} == {to}


def test_no_secret_on_a_cluster_changes_while_it_is_in_use() -> None:
    """As External Secrets maps the pairs: the current one to its slot, another one to the other, where it is new."""
    world = KeysWorld(pair().to_json())
    seen: list[dict[str, str]] = []
    for _ in range(3):
        to = world.vault.prepare(0).newest.fingerprint
        seen.append(_in_use(world))
        world.vault.retire(to)
        seen.append(_in_use(world))
    assert [sorted(used) for used in seen] == [["a", "b"], ["b"], ["a", "b"], ["a"], ["a", "b"], ["b"]]
    for before, after in itertools.pairwise(seen):
        assert all(before[slot] == after[slot] for slot in before.keys() & after.keys())


def _in_use(world: KeysWorld) -> dict[str, str]:
    stored = world.stored
    other = {"a": "b", "b": "a"}[stored["slot"]]
    return {
        stored["slot"]: stored["crt"],
        **({other: stored["otherCrt"]} if stored["otherCrt"] != stored["crt"] else {}),
    }


# What others get to know


def test_whether_a_secret_opens_is_told_and_nothing_of_it() -> None:
    world = KeysWorld(pair().to_json())
    moved = with_metadata(sealed(), name="elsewhere")
    moved["spec"]["template"]["metadata"]["name"] = "elsewhere"
    good, bad, foreign = world.keys().check(PULL, [sealed(), moved, sealed("another")])
    assert (good.by, good.values, good.failed) == ((FINGERPRINT,), 1, ())
    assert [(failure.key, failure.reason) for failure in bad.failed + foreign.failed] == [("password", "no key")] * 2
    assert CLEAR not in repr((good, bad, foreign))


def test_a_consumer_is_answered_what_is_its_to_ask_and_no_more() -> None:
    world = KeysWorld(pair().to_json())
    keys = world.keys("state", "check")
    assert keys.state().newest.fingerprint == FINGERPRINT
    with pytest.raises(InputError, match="does check, state, and not 'reseal'"):
        keys.reseal(FINGERPRINT, [SealedText("db.yaml", sealed_text())])


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"do": ["state"]},
        {"do": "state", "key": "1"},
        {"do": "prepare", "quietSeconds": "0"},
        {"do": "prepare", "quietSeconds": True},
        {"do": "prepare", "quietSeconds": -1},
        {"do": "retire", "to": None},
        {"do": "check", "about": {}, "sealed": []},
        {"do": "check", "about": {"repository": "a/b", "number": 1, "head": "main"}, "sealed": []},
        {"do": "reseal", "to": "x", "files": [{"path": "a"}]},
        {"do": "reseal", "to": "x", "files": {}},
    ],
)
def test_whoever_asks_wrongly_is_refused(event: dict[str, object]) -> None:
    from slipway.keys.request import DOINGS, answered

    with pytest.raises(InputError):
        answered(event, KeysWorld(pair().to_json()).vault, DOINGS)


def test_nobody_asks_so_often_that_it_tells_something(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_VALUES_PER_PULL", 3)
    monkeypatch.setattr(limits, "MAX_VALUES", 4)
    keys = KeysWorld(pair().to_json()).keys()
    keys.check(PULL, [sealed()] * 3)
    with pytest.raises(InputError, match=r"over 3 sealed values .* for acme/gitops-system#7"):
        keys.check(PULL, [sealed()])
    other = PullRequestHead("acme/gitops-system", 8, "b" * 40)
    keys.check(other, [sealed()])
    with pytest.raises(InputError, match="for all pull requests"):
        keys.check(other, [sealed()])


# Sealed anew


def test_files_are_sealed_anew_for_the_newest_key_with_their_values() -> None:
    world = KeysWorld(pair().to_json())
    to = world.vault.prepare(0).newest.fingerprint
    files = [SealedText("db.yaml", f"# by hand\n{sealed_text()}"), SealedText("foreign.yaml", sealed_text("another"))]
    made, foreign = world.keys().reseal(to, files)
    assert made.content.startswith("# by hand\n")
    assert (made.sealed[0].by, foreign.content, foreign.sealed[0].by) == ((FINGERPRINT,), "", ())
    ring = Keyring((read_pairs(world.secret.text or "", world.now)[0].other.key,))
    from slipway.fleet.manifests import load_documents

    [document] = load_documents(made.content.encode())
    assert open_values(document.value, ring).opened["password"].plaintext.decode() == CLEAR
    [again] = world.keys().reseal(to, [SealedText("db.yaml", made.content)])
    assert (again.content, again.sealed[0].by) == ("", (to,))


def test_one_file_that_cannot_be_read_does_not_stop_the_others() -> None:
    world = KeysWorld(pair().to_json())
    to = world.vault.prepare(0).newest.fingerprint
    broken, good = world.keys().reseal(
        to, [SealedText("a.yaml", "kind: SealedSecret\n\t:"), SealedText("b.yaml", sealed_text())]
    )
    assert (broken.content, broken.error.partition(":")[0]) == ("", "a.yaml")
    assert good.content


def test_large_requests_are_made_in_parts_and_answered_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    from slipway.sealing import exchange

    monkeypatch.setattr(exchange, "MAX_PART", 2_000)
    world = KeysWorld(pair().to_json())
    asked = [sealed(name=f"s{number}") for number in range(7)]
    assert [told.name for told in world.keys().check(PULL, asked)] == [f"s{number}" for number in range(7)]
