"""The keys function, asked on behalf of one pull request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slipway.aws.protocol import SealingKeys
from slipway.errors import InputError
from slipway.github.protocol import PullRequest
from slipway.sealing.exchange import KeyState, PullRequestHead, Told


@dataclass(frozen=True)
class Sealing:
    """What a deployment has for sealed secrets."""

    keys: SealingKeys
    """The validation's own keys function: it says yes or no, and does nothing else."""
    secret: str
    """Name or ARN of the secret with the pairs."""


@dataclass(frozen=True)
class PullRequestKeys:
    """A `KeyHolder` that asks for one pull request, and for nothing that comes from a fork.

    Whoever may open a pull request would else feel their way to what a value decrypts to: so each question names the
    pull request that it is counted against, and those who have no right to write get no answer at all.
    """

    sealing: Sealing
    pull: PullRequest

    @property
    def secret(self) -> str:
        """See `KeyHolder`."""
        return self.sealing.secret

    def state(self) -> KeyState:
        """See `KeyHolder`."""
        self._refuse_fork()
        return self.sealing.keys.state()

    def check(self, sealed: Sequence[Mapping[str, Any]]) -> list[Told]:
        """See `KeyHolder`."""
        self._refuse_fork()
        about = PullRequestHead(self.pull.repository, self.pull.number, self.pull.head_sha)
        return self.sealing.keys.check(about, sealed)

    def _refuse_fork(self) -> None:
        if self.pull.from_fork:
            raise InputError("the sealing key is not asked for a pull request from a fork")
