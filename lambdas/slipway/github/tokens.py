"""Installation tokens: what they are, how they travel between functions, and how long they are kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol

from slipway.answers import checked_answer

MARGIN_SECONDS = 10 * 60
"""A token is not handed out when it has less left: whoever gets it works with it for a while."""


@dataclass(frozen=True)
class InstallationToken:
    """A token for some repositories of one installation, cut to the permissions of the job."""

    token: str = field(repr=False)
    expires_at: datetime
    """Aware, UTC; an hour after it was made."""
    app_id: int
    """The App that it belongs to: check runs of other Apps are none of ours."""

    def to_answer(self) -> dict[str, Any]:
        """The tokens function's answer, ready for JSON."""
        return {
            "token": self.token,
            "expiresAt": self.expires_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "appId": self.app_id,
        }


def token_from_answer(answer: Mapping[str, Any]) -> InstallationToken:
    """Parse the answer of the tokens function.

    Raises:
        RetryLater: GitHub is down or asks us to wait.
        InputError: there is no such installation, or it does not reach a repository.
    """
    found = checked_answer(answer)
    return InstallationToken(found["token"], datetime.fromisoformat(found["expiresAt"]), int(found["appId"]))


class TokenSource(Protocol):
    """Where a client gets its token from, call by call."""

    def current(self) -> InstallationToken:
        """A token with some time left."""
        ...

    def renew(self) -> None:
        """Forget the token: GitHub has refused it."""
        ...


class Mint(Protocol):
    """Makes tokens."""

    def __call__(self, *, renew: bool) -> InstallationToken:
        """A token; `renew`: not one that was handed out before."""
        ...


class TokenCache:
    """Tokens by what they are for; kept as long as the object lives, each until shortly before it expires."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._tokens: dict[Hashable, InstallationToken] = {}

    def get(self, key: Hashable, make: Callable[[], InstallationToken], *, renew: bool = False) -> InstallationToken:
        """The kept token, or else a new one.

        Args:
            key: everything that the token depends on.
            make: makes a new one.
            renew: make a new one in any case.
        """
        kept = self._tokens.get(key)
        if kept is None or renew or not self._lasts(kept):
            kept = make()
            self._tokens = {key: token for key, token in self._tokens.items() if self._lasts(token)} | {key: kept}
        return kept

    def __len__(self) -> int:
        return len(self._tokens)

    def _lasts(self, token: InstallationToken) -> bool:
        return token.expires_at.timestamp() - self._clock() >= MARGIN_SECONDS


class CachedSource:
    """A `TokenSource` of tokens that are kept in a cache, which may be shared."""

    def __init__(self, cache: TokenCache, key: Hashable, make: Mint) -> None:
        """Remember where tokens come from.

        Args:
            cache: keeps them.
            key: names this source's tokens in the cache: the installation and its repositories.
            make: makes a token.
        """
        self._cache = cache
        self._key = key
        self._make = make

    def current(self) -> InstallationToken:
        """See `TokenSource`."""
        return self._cache.get(self._key, lambda: self._make(renew=False))

    def renew(self) -> None:
        """See `TokenSource`."""
        self._cache.get(self._key, lambda: self._make(renew=True), renew=True)


class Grant(Protocol):
    """Gives tokens, as `slipway.aws.protocol.TokenFunction.token` does."""

    def __call__(self, installation: int, repositories: Sequence[str], *, renew: bool = False) -> InstallationToken:
        """A token for the repositories."""
        ...


class RepositoryTokens:
    """Token sources, one for each repository, which share a cache."""

    def __init__(self, grant: Grant) -> None:
        """Ask for none yet."""
        self._grant = grant
        self._cache = TokenCache()

    def source(self, repository: str, installation: int = 0) -> CachedSource:
        """Of a repository; installation 0 is whichever has it."""
        make = partial(self._grant, installation, [repository])
        return CachedSource(self._cache, (installation, repository), make)
