"""Lambda with one function, which runs here."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any


class FakeLambda:
    """boto3's client, as far as an invocation goes: what is sent and answered is JSON."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.payloads: list[str] = []
        self._function = function

    def invoke(self, *, FunctionName: str, Payload: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        self.payloads.append(Payload)
        answer = json.dumps(self._function(json.loads(Payload)))
        return {"Payload": io.BytesIO(answer.encode())}
