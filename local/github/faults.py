"""Faults on demand: what goes wrong with which requests."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["error", "rate_limit", "secondary_rate_limit", "delay", "drop"]


@dataclass(frozen=True)
class FaultRule:
    """What goes wrong with the requests that match."""

    kind: Kind
    """`error` answers `status`; the rate limits answer as GitHub does; `drop` closes the connection unanswered."""
    method: str = "*"
    """HTTP method, `*` for all."""
    path: str = ".*"
    """Regular expression for the whole path, without the query."""
    status: int = 502
    """For `error`, the status; for `secondary_rate_limit`, 429 or (anything else) 403."""
    seconds: float = 1.0
    """For `delay`, how long; for the rate limits, how long the client shall wait."""
    after_effect: bool = False
    """For `error` and `drop`: the request is carried out first, and only its answer is lost."""
    skip: int = 0
    """How many matching requests pass before the first fault."""
    times: int | None = None
    """How many faults at most; None: no end."""
    probability: float = 1.0
    """How likely a matching request is to suffer."""
    seed: int = 0
    """What the dice are seeded with."""


class Faults:
    """The rules in force, and how often each has struck. Safe for threads."""

    def __init__(self, rules: Sequence[FaultRule] = ()) -> None:
        self._lock = threading.Lock()
        self._armed = [_Armed(rule) for rule in rules]

    def replace(self, rules: Sequence[FaultRule]) -> None:
        """Forget the old rules and their counts; use these."""
        with self._lock:
            self._armed = [_Armed(rule) for rule in rules]

    def counts(self) -> list[tuple[FaultRule, int]]:
        """Each rule, and how often it struck."""
        with self._lock:
            return [(armed.rule, armed.struck) for armed in self._armed]

    def strike(self, method: str, path: str) -> list[FaultRule]:
        """What goes wrong with a request: any delays, then at most one other fault, the first that strikes."""
        struck: list[FaultRule] = []
        with self._lock:
            for armed in self._armed:
                done = any(rule.kind != "delay" for rule in struck)
                if armed.rule.kind != "delay" and done:
                    continue
                if armed.strikes(method, path):
                    struck.append(armed.rule)
        return sorted(struck, key=lambda rule: rule.kind != "delay")


class _Armed:
    """A rule with its counters and dice."""

    def __init__(self, rule: FaultRule) -> None:
        self.rule = rule
        self.struck = 0
        self._path = re.compile(rule.path)
        self._matched = 0
        self._dice = random.Random(rule.seed)

    def strikes(self, method: str, path: str) -> bool:
        rule = self.rule
        if rule.method not in ("*", method) or not self._path.fullmatch(path):
            return False
        self._matched += 1
        if self._matched <= rule.skip or (rule.times is not None and self.struck >= rule.times):
            return False
        if self._dice.random() >= rule.probability:
            return False
        self.struck += 1
        return True
