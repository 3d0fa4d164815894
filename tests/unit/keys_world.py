"""A vault over memory, and the keys function in front of it without AWS in between."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from slipway.answers import failed_answer
from slipway.aws.functions import LambdaSealingKeys
from slipway.aws.memory import MemoryLeases, MemoryRates, MemorySecretText
from slipway.errors import InputError, RetryLater
from slipway.keys.request import DOINGS, answered
from slipway.keys.vault import Vault
from slipway.sealing.certificates import KeyPair, make_key_pair
from tests.unit.aws_lambda import FakeLambda

BEGIN = datetime(2026, 11, 26, tzinfo=UTC)


class KeysWorld:
    """The secret, the time, how many pairs were made, and what the function was asked."""

    def __init__(self, text: str | None = None) -> None:
        self.secret = MemorySecretText(text)
        self.now = BEGIN
        self.made = 0
        self.asked: list[Mapping[str, Any]] = []
        self.down: RetryLater | None = None
        self.vault = Vault(
            self.secret, MemoryLeases(), MemoryRates(), now=lambda: self.now, make=self._make, owner="invocation-1"
        )

    def _make(self, now: datetime) -> KeyPair:
        self.made += 1
        return make_key_pair(now, bits=2048)

    def pass_days(self, days: float) -> None:
        self.now += timedelta(days=days)

    def other_invocation(self) -> Vault:
        return replace(self.vault, owner="invocation-2")

    def keys(self, *do: str) -> LambdaSealingKeys:
        """The function, as a consumer reaches it."""
        allowed = frozenset(do) or DOINGS

        def function(event: Mapping[str, Any]) -> Any:
            self.asked.append(event)
            try:
                if self.down:
                    raise self.down
                return answered(event, self.vault, allowed)
            except (RetryLater, InputError) as err:
                return failed_answer(err)

        return LambdaSealingKeys(FakeLambda(function), "keys")  # type: ignore[arg-type]

    @property
    def stored(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.secret.text or "{}")
        return found
