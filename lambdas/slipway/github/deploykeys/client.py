"""GitHub itself, behind the Protocol `slipway.github.deploykeys.protocol.DeployKeys`."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from slipway.github.calls import TIMEOUT_SECONDS, Calls
from slipway.github.client import TokenCredentials
from slipway.github.deploykeys.protocol import MAX_KEYS, DeployKey, KeyInUse, same_key
from slipway.github.failures import Refused, Wish
from slipway.github.names import checked_repository
from slipway.github.proposing.pages import all_of, pages
from slipway.github.rounds import until_known
from slipway.github.tokens import TokenSource

IN_USE = "key is already in use"
"""How GitHub words it that something has the key, be it this repository or another."""


class GitHubDeployKeys:
    """One installation of the App, with a token cut to the job. Not safe for threads."""

    def __init__(
        self,
        api_url: str,
        tokens: TokenSource,
        *,
        timeout: int = TIMEOUT_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open no connection and ask for no token yet.

        Args:
            api_url: of the REST API, `https://api.github.com` or a GitHub Enterprise Server's `…/api/v3`.
            tokens: the installation's token.
            timeout: seconds to connect and for each piece of an answer.
            sleep: waits between attempts.
        """
        self._calls = Calls(TokenCredentials(tokens), api_url, timeout=timeout, sleep=sleep)

    def of(self, repository: str) -> Sequence[DeployKey]:
        """See `DeployKeys`."""
        wish = Wish(f"deploy keys of {repository}", "administration: read")
        return all_of(pages(self._calls, _path(repository), _key, wish), MAX_KEYS, "MAX_KEYS", wish)

    def add(self, repository: str, title: str, key: str) -> DeployKey:
        """See `DeployKeys`; looks before it writes, since a write is not repeated blindly."""
        wish = Wish(f"new deploy key of {repository}", "administration: write")
        sent = {"title": title, "key": key, "read_only": True}

        def once() -> DeployKey:
            try:
                return self._known(repository, key) or self._calls.write(
                    "POST", _path(repository), sent, lambda answer: _key(answer.json), wish
                )
            except Refused as err:
                if err.status != 422 or IN_USE not in err.reason.lower():
                    raise
                # Somebody else may have been as quick.
                if known := self._known(repository, key):
                    return known
                raise KeyInUse(
                    f"the key is in use already at GitHub, and not as one of {repository}: a deploy key is of one "
                    "repository, so make another one for this"
                ) from err

        return until_known(once, self._calls.pause)

    def remove(self, repository: str, key_id: int) -> None:
        """See `DeployKeys`."""
        wish = Wish(f"deploy key {key_id} of {repository}", "administration: write")

        def once() -> None:
            try:
                self._calls.write("DELETE", f"{_path(repository)}/{key_id}", None, lambda _: None, wish)
            except Refused as err:
                if err.status != 404:
                    raise

        until_known(once, self._calls.pause)

    def _known(self, repository: str, key: str) -> DeployKey | None:
        return next((each for each in self.of(repository) if same_key(each.key, key)), None)


def _path(repository: str) -> str:
    return f"/repos/{checked_repository(repository)}/keys"


def _key(found: dict[str, Any]) -> DeployKey:
    used = found.get("last_used")
    return DeployKey(
        id=found["id"],
        title=found["title"],
        key=" ".join(found["key"].split()[:2]),
        read_only=bool(found["read_only"]),
        created=_time(found["created_at"]),
        last_used=_time(used) if used else None,
    )


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
