"""What is done with the key pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slipway.aws.protocol import Leases, Rates, StoredSecret
from slipway.errors import InputError, LimitError, RetryLater
from slipway.fleet.objects import mapping
from slipway.keys.pairs import Pairs, read_pairs
from slipway.sealing.answer import answer
from slipway.sealing.certificates import KeyPair
from slipway.sealing.exchange import KeyState, PullRequestHead, ResealedText, SealedText, Told
from slipway.sealing.opening import open_values
from slipway.sealing.reseal import NotReplaced, reseal

LEASE = "sealing-key"
LEASE_SECONDS = 120
BUSY_SECONDS = 5.0

RATE_SECONDS = 3600
MAX_VALUES_PER_PULL = 20_000
"""Values that are tried in an hour for one pull request: a hundred pushes with 200 values. Each yes or no is told to
whoever wrote the pull request; many of them would let somebody feel their way to what a value decrypts to."""
MAX_VALUES = 200_000
"""The same for all pull requests together."""


@dataclass(frozen=True)
class Vault:
    """The pairs, and what may be done with them."""

    secret: StoredSecret
    leases: Leases
    rates: Rates
    now: Callable[[], datetime]
    make: Callable[[datetime], KeyPair]
    """Makes a new pair, valid from a point in time on; takes seconds."""
    owner: str
    """Different for every invocation."""

    def ensure(self) -> KeyState:
        """Make the first pair, or adopt what is there: a pair that was made by hand stays what it is.

        Raises:
            InputError: the secret holds something else, which is never overwritten.
            RetryLater: another invocation is at it.
        """
        with self._alone():
            return _state(self._ensured())

    def state(self) -> KeyState:
        """The certificates."""
        return _state(self._read())

    def prepare(self, quiet_seconds: float) -> KeyState:
        """Make the pair that a rotation goes to; does nothing while a rotation is under way.

        Args:
            quiet_seconds: how long the secret has to have been what it is, so that all clusters have seen it.

        Raises:
            RetryLater: it was changed a moment ago, or another invocation is at it.
        """
        with self._alone():
            pairs, now = self._ensured(), self.now()
            if not pairs.is_rotating:
                left = quiet_seconds - (now - pairs.since).total_seconds()
                if left > 0:
                    raise RetryLater("not all clusters have seen the last change of the sealing key yet", after=left)
                pairs = pairs.rotated_to(self.make(now), now)
                self.secret.write(pairs.to_json())
            return _state(pairs)

    def retire(self, to: str) -> KeyState:
        """Let clusters trust the pair alone that a rotation went to; done twice, it stays done.

        Args:
            to: fingerprint of that pair.

        Raises:
            InputError: the newest pair is another one.
        """
        with self._alone():
            pairs = self._read()
            if pairs.other.certificate.fingerprint != to:
                raise InputError(f"the newest sealing key is {pairs.other.certificate.fingerprint}, and not {to}")
            if pairs.is_rotating:
                pairs = pairs.retired(self.now())
                self.secret.write(pairs.to_json())
            return _state(pairs)

    def check(self, about: PullRequestHead, sealed: Sequence[Any]) -> list[Told]:
        """Whether SealedSecrets open as their controller would open them: yes or no, and why.

        Raises:
            LimitError: too many have been asked for in the last hour.
        """
        number = sum(len(mapping(mapping(mapping(each).get("spec")).get("encryptedData"))) for each in sealed)
        for what, limit in ((str(about), MAX_VALUES_PER_PULL), ("all pull requests", MAX_VALUES)):
            if not self.rates.spend(f"sealed values of {what}", number, limit, RATE_SECONDS):
                raise LimitError(
                    f"over {limit:,} sealed values were asked for in an hour, for {what}; an hour later it goes on"
                )
        keys = self._read().keyring()
        return [Told.of(answer(mapping(each), open_values(mapping(each), keys), 0)) for each in sealed]

    def reseal(self, to: str, files: Sequence[SealedText]) -> list[ResealedText]:
        """The SealedSecrets of files, sealed anew for the newest certificate; what does not open stays as it is.

        Args:
            to: its fingerprint, as whoever asks knows it.
            files: each as it is in Git.

        Raises:
            InputError: the newest pair is another one.
        """
        pairs = self._read()
        certificate, keys = pairs.other.certificate, pairs.keyring()
        if certificate.fingerprint != to:
            raise InputError(f"the newest sealing key is {certificate.fingerprint}, and not {to}")
        found = []
        for file in files:
            try:
                made = reseal(file.content.encode(), file.path, keys, certificate)
            except InputError as err:
                sealed = err.sealed if isinstance(err, NotReplaced) else ()
                found.append(ResealedText(file.path, "", tuple(Told.of(each.answer) for each in sealed), str(err)))
                continue
            content = made.content.decode()
            told = tuple(Told.of(each.answer) for each in made.sealed)
            found.append(ResealedText(file.path, content if content != file.content else "", told))
        return found

    def _ensured(self) -> Pairs:
        value = self.secret.read()
        if value is None:
            pairs, is_whole = Pairs.of(self.make(self.now()), self.now()), False
        else:
            pairs, is_whole = read_pairs(value, self.now())
        if not is_whole:
            self.secret.write(pairs.to_json())
        return pairs

    def _read(self) -> Pairs:
        value = self.secret.read()
        if value is None:
            raise InputError("there is no sealing key yet: deploy the stack again, which makes one")
        return read_pairs(value, self.now())[0]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else writes meanwhile."""
        lease = self.leases.acquire(LEASE, self.owner, LEASE_SECONDS)
        if lease is None:
            raise RetryLater("another invocation works with the sealing key", after=BUSY_SECONDS)
        try:
            yield
        finally:
            self.leases.release(lease)


def _state(pairs: Pairs) -> KeyState:
    return KeyState(pairs.current.certificate, pairs.other.certificate)
