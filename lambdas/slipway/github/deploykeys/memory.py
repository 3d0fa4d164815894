"""The in-memory twin of deploy keys, for tests; it keeps to the same contract suite as the real client."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from slipway.errors import RetryLater
from slipway.github.deploykeys.protocol import DeployKey, KeyInUse, same_key
from slipway.github.failures import Refusal, Wish, explained


class MemoryDeployKeys:
    """`slipway.github.deploykeys.protocol.DeployKeys` in a dictionary. Safe for threads.

    Attributes:
        calls: what was asked, e.g. `"deploy keys of acme/app"`.
    """

    def __init__(self, repositories: Collection[str], now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Have repositories without keys.

        Args:
            repositories: `owner/name` of each.
            now: by which keys are made.
        """
        self.calls: list[str] = []
        self._now = now
        self._keys: dict[str, dict[int, DeployKey]] = {name: {} for name in repositories}
        self._failures: dict[int, RetryLater] = {}
        self._next_id = 1
        self._lock = threading.RLock()

    def put(self, repository: str, title: str, key: str, *, read_only: bool = True) -> DeployKey:
        """Have somebody add a key; no call."""
        with self._lock:
            made = DeployKey(self._next_id, title, key, read_only, self._now(), None)
            self._next_id += 1
            self._keys[repository][made.id] = made
            return made

    def change(
        self, repository: str, key_id: int, *, created: datetime | None = None, last_used: datetime | None = None
    ) -> None:
        """Have a key that was made, or used, at another time."""
        with self._lock:
            found = self._keys[repository][key_id]
            self._keys[repository][key_id] = replace(
                found, created=created or found.created, last_used=last_used or found.last_used
            )

    def fail(self, call: int, *, after: float) -> None:
        """Have call number `call`, counted from 1, do nothing but raise `RetryLater`."""
        self._failures[call] = RetryLater(f"call {call} fails, as it was told to", after=after)

    def of(self, repository: str) -> Sequence[DeployKey]:
        """See `DeployKeys`."""
        with self._lock:
            return list(self._asked(f"deploy keys of {repository}", repository).values())

    def add(self, repository: str, title: str, key: str) -> DeployKey:
        """See `DeployKeys`."""
        with self._lock:
            known = self._asked(f"new deploy key of {repository}", repository)
            for name, keys in self._keys.items():
                for each in keys.values():
                    if same_key(each.key, key):
                        if name == repository:
                            return each
                        raise KeyInUse(f"the key is in use already at GitHub, and not as one of {repository}")
            made = self.put(repository, title, " ".join(key.split()[:2]))
            return known[made.id]

    def remove(self, repository: str, key_id: int) -> None:
        """See `DeployKeys`."""
        with self._lock:
            self._asked(f"deploy key {key_id} of {repository}", repository).pop(key_id, None)

    def _asked(self, what: str, repository: str) -> dict[int, DeployKey]:
        self.calls.append(what)
        if failure := self._failures.get(len(self.calls)):
            raise failure
        if repository not in self._keys:
            raise explained(Refusal(404, {}, "Not Found"), Wish(what, "administration: write"), now=0)
        return self._keys[repository]
