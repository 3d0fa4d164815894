"""Fixtures of the contract tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.github.keys import KeyPair, new_key_pair
from local.github.server import StandIn
from tests.contract.standin import App, Receiver, receiving, set_up


@pytest.fixture(scope="session")
def keys() -> KeyPair:
    return new_key_pair()


@pytest.fixture
def github(tmp_path: Path) -> Iterator[StandIn]:
    """A stand-in with nothing in it."""
    with StandIn(tmp_path / "state", workers=4) as stand_in:
        yield stand_in


@pytest.fixture
def app(github: StandIn, keys: KeyPair) -> App:
    """An App, installed on `acme`, which has one repository, `acme/shop`."""
    return set_up(github, keys)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture(scope="module")
def module_receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found
