"""How operations reach a stand-in: one HTTP request each."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from local.github.model import StandInError

TIMEOUT = 60.0
"""Seconds that an operation may take."""


class Wire:
    """The way to a running stand-in.

    Attributes:
        url: where it listens.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def _call(self, operation: str, **arguments: Any) -> Any:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=TIMEOUT)
        try:
            headers = {"Content-Type": "application/json"}
            connection.request("POST", f"/_stand-in/{operation}", json.dumps(arguments), headers)
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        if "result" not in answer:
            raise StandInError(answer.get("error") or f"{operation}: {answer}")
        return answer["result"]
