"""Both kinds of deployment, synthesised once: starting the CDK takes seconds."""

from __future__ import annotations

from dataclasses import replace

import pytest

import infra.acknowledge
from infra.settings import Settings
from tests.infra.synth import LOCAL, PRODUCTION, Synthesised, synthesise


@pytest.fixture(scope="session")
def production(tmp_path_factory: pytest.TempPathFactory) -> Synthesised:
    return synthesise(PRODUCTION, tmp_path_factory.mktemp("production"))


@pytest.fixture(scope="session")
def without_a_fleet(tmp_path_factory: pytest.TempPathFactory) -> Synthesised:
    """Production that has no gitops-system: there is nothing that requests could change."""
    return synthesise(Settings(), tmp_path_factory.mktemp("without_a_fleet"))


@pytest.fixture(scope="session")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Synthesised:
    """Production where people register deploy keys."""
    return synthesise(replace(PRODUCTION, git_identities=False), tmp_path_factory.mktemp("by_hand"))


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Synthesised:
    return synthesise(LOCAL, tmp_path_factory.mktemp("local"))


@pytest.fixture(scope="session")
def adopting(tmp_path_factory: pytest.TempPathFactory) -> Synthesised:
    """Production with a sealing key pair that was there before."""
    secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:sealed-secrets-AbCdEf"
    return synthesise(replace(PRODUCTION, sealing_secret_arn=secret), tmp_path_factory.mktemp("adopting"))


@pytest.fixture(scope="session")
def without_sealing(tmp_path_factory: pytest.TempPathFactory) -> Synthesised:
    """Production of a fleet without Sealed Secrets."""
    return synthesise(replace(PRODUCTION, sealing=False), tmp_path_factory.mktemp("without_sealing"))


@pytest.fixture(scope="session")
def replicated(tmp_path_factory: pytest.TempPathFactory) -> Synthesised:
    """Production with clusters in another region."""
    key = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    return synthesise(replace(PRODUCTION, sealing_replica_keys=(key,)), tmp_path_factory.mktemp("replicated"))


@pytest.fixture(scope="session")
def unacknowledged(tmp_path_factory: pytest.TempPathFactory) -> Synthesised:
    """Production, as if we had acknowledged nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(infra.acknowledge, "Validations", _Deaf)
        return synthesise(PRODUCTION, tmp_path_factory.mktemp("unacknowledged"))


class _Deaf:
    @classmethod
    def of(cls, _construct: object) -> _Deaf:
        return cls()

    def acknowledge(self, _rule: object) -> None:
        pass
