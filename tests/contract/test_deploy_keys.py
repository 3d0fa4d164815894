"""One suite for both implementations of deploy keys: the twin in memory, and the client before the stand-in."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from local.github.faults import FaultRule
from local.github.keys import KeyPair
from local.github.server import StandIn
from slipway.errors import InputError, RetryLater
from slipway.github.deploykeys.client import GitHubDeployKeys
from slipway.github.deploykeys.memory import MemoryDeployKeys
from slipway.github.deploykeys.protocol import DeployKey, DeployKeys, KeyInUse
from tests.contract.proposing import OneToken
from tests.contract.standin import new_ssh_key, set_up

REPO, OTHER = "acme/shop", "acme/web"
LOOKING_AFTER = {"administration": "write", "contents": "read", "metadata": "read", "pull_requests": "read"}
USED = datetime(2026, 11, 25, 12, tzinfo=UTC)


class World(Protocol):
    """Two repositories, and people who add keys."""

    @property
    def keys(self) -> DeployKeys: ...

    def another(self) -> DeployKeys:
        """What another worker has."""
        ...

    def put(self, title: str, key: str, *, read_only: bool = True) -> int:
        """Have somebody add a key; returns its id."""
        ...

    def use(self, key_id: int, when: datetime) -> None:
        """Have something use a key."""
        ...

    def limit(self, seconds: int) -> None:
        """Meet the rate limit at the next call."""
        ...


class Twin:
    """A world in memory."""

    def __init__(self) -> None:
        self.keys = MemoryDeployKeys((REPO, OTHER))

    def another(self) -> DeployKeys:
        return self.keys

    def put(self, title: str, key: str, *, read_only: bool = True) -> int:
        return self.keys.put(REPO, title, key, read_only=read_only).id

    def use(self, key_id: int, when: datetime) -> None:
        self.keys.change(REPO, key_id, last_used=when)

    def limit(self, seconds: int) -> None:
        self.keys.fail(len(self.keys.calls) + 1, after=seconds)


class Real:
    """The client before the stand-in."""

    def __init__(self, stand_in: StandIn, keys: KeyPair) -> None:
        self.stand_in = stand_in
        self._app = set_up(stand_in, keys)
        stand_in.create_repository(OTHER, {"a.yaml": "a: 1\n"})
        stand_in.install("acme", permissions=LOOKING_AFTER)
        self._tokens = OneToken(self._app)
        self.keys = self.another()

    def another(self) -> GitHubDeployKeys:
        return GitHubDeployKeys(self.stand_in.url, self._tokens, sleep=lambda _: None)

    def anew(self) -> GitHubDeployKeys:
        """With a token of today's permissions."""
        return GitHubDeployKeys(self.stand_in.url, OneToken(self._app), sleep=lambda _: None)

    def put(self, title: str, key: str, *, read_only: bool = True) -> int:
        return self.stand_in.add_deploy_key(REPO, title, key, read_only=read_only)

    def use(self, key_id: int, when: datetime) -> None:
        self.stand_in.change_deploy_key(key_id, last_used=when.strftime("%Y-%m-%dT%H:%M:%SZ"))

    def limit(self, seconds: int) -> None:
        self.stand_in.set_faults(FaultRule("secondary_rate_limit", seconds=seconds, times=1))


@pytest.fixture
def real(github: StandIn, keys: KeyPair) -> Real:
    return Real(github, keys)


@pytest.fixture(params=["twin", "real"])
def world(request: pytest.FixtureRequest) -> World:
    return Twin() if request.param == "twin" else request.getfixturevalue("real")


def test_a_key_is_added_for_reading(world: World) -> None:
    key = new_ssh_key()
    made = world.keys.add(REPO, "slipway: a", key)
    assert (made.title, made.key, made.read_only, made.last_used) == ("slipway: a", key, True, None)
    assert abs(made.created - datetime.now(UTC)) < timedelta(minutes=1)
    assert list(world.keys.of(REPO)) == [made]
    assert list(world.keys.of(OTHER)) == []


def test_a_key_that_is_there_is_left_as_it_is(world: World) -> None:
    key = new_ssh_key()
    theirs = world.put("by hand", key, read_only=False)
    found = world.keys.add(REPO, "slipway: a", f"{key} a comment")
    assert (found.id, found.title, found.read_only) == (theirs, "by hand", False)
    assert len(world.keys.of(REPO)) == 1


def test_a_key_of_another_repository_is_refused(world: World) -> None:
    key = new_ssh_key()
    world.keys.add(OTHER, "slipway: a", key)
    with pytest.raises(KeyInUse, match="the key is in use already at GitHub, and not as one of acme/shop"):
        world.keys.add(REPO, "slipway: a", key)
    assert list(world.keys.of(REPO)) == []


def test_a_key_without_its_comment_is_shown(world: World) -> None:
    key = new_ssh_key()
    assert world.keys.add(REPO, "slipway: a", f"{key} somebody@somewhere").key == key


def test_when_a_key_was_used_is_told(world: World) -> None:
    number = world.keys.add(REPO, "slipway: a", new_ssh_key()).id
    world.use(number, USED)
    (found,) = world.keys.of(REPO)
    assert found.last_used == USED
    assert found.last_seen == max(USED, found.created)


def test_a_key_is_removed_once(world: World) -> None:
    kept, gone = (world.keys.add(REPO, f"slipway: {name}", new_ssh_key()).id for name in "ab")
    for _ in range(2):
        world.keys.remove(REPO, gone)
    assert [each.id for each in world.keys.of(REPO)] == [kept]


def test_of_many_keys_all_are_told(world: World) -> None:
    for number in range(101):
        world.put(f"key {number}", new_ssh_key())
    assert len(world.keys.of(REPO)) == 101


def test_a_repository_that_is_not_there_has_no_keys(world: World) -> None:
    for ask in (
        lambda: world.keys.of("acme/none"),
        lambda: world.keys.add("acme/none", "slipway: a", new_ssh_key()),
    ):
        with pytest.raises(InputError, match="GitHub knows no"):
            ask()


def test_the_rate_limit_is_waited_for(world: World) -> None:
    world.limit(40)
    with pytest.raises(RetryLater) as caught:
        world.keys.of(REPO)
    assert caught.value.after == 40


def test_five_workers_add_one_key(world: World) -> None:
    key, workers = new_ssh_key(), [world.another() for _ in range(5)]
    together = threading.Barrier(len(workers))

    def add(keys: DeployKeys) -> DeployKey:
        together.wait()
        return keys.add(REPO, "slipway: a", key)

    with ThreadPoolExecutor(len(workers)) as pool:
        assert len({each.id for each in pool.map(add, workers)}) == 1
    assert len(world.keys.of(REPO)) == 1


# The client alone


@pytest.mark.parametrize("kind", ["drop", "error"])
def test_an_answer_that_is_lost_leaves_one_key(real: Real, kind: str) -> None:
    real.stand_in.set_faults(
        FaultRule(kind, method="POST", path=".*/keys", after_effect=True, times=1),
        FaultRule(kind, method="DELETE", path=".*/keys/.*", after_effect=True, times=1),
    )
    made = real.keys.add(REPO, "slipway: a", new_ssh_key())
    assert list(real.keys.of(REPO)) == [made]
    real.keys.remove(REPO, made.id)
    assert list(real.keys.of(REPO)) == []


def test_what_is_no_key_is_refused_in_githubs_words(real: Real) -> None:
    with pytest.raises(InputError, match="key is invalid"):
        real.keys.add(REPO, "slipway: a", "ssh-ed25519 AAAA")


def test_a_missing_permission_is_named(real: Real) -> None:
    real.stand_in.install("acme", permissions={"administration": "read", "metadata": "read"})
    keys = real.anew()
    with pytest.raises(InputError, match="administration=write"):
        keys.add(REPO, "slipway: a", new_ssh_key())
