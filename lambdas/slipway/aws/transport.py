"""HTTP to AWS over connections that stay open, from the standard library alone."""

from __future__ import annotations

import http.client
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

MAX_IDLE_SECONDS = 10.0
"""A connection that has idled for longer is opened anew: the other side may have dropped it while we were frozen."""


class TransportError(Exception):
    """No answer came; whether the request arrived is unknown."""


@dataclass(frozen=True)
class Request:
    """A signed request."""

    method: str
    url: str
    """Scheme, host and percent-encoded path."""
    headers: Mapping[str, str] = field(repr=False)
    """By lower-case name."""
    body: bytes = field(repr=False)
    timeout: float
    """Seconds to wait for the connection, and for each piece of the answer."""


@dataclass(frozen=True)
class Response:
    """An answer, whatever its status."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes = field(repr=False)


Transport = Callable[[Request], Response]
"""Sends a request.

Raises:
    TransportError: no answer came.
"""


class HttpTransport:
    """A `Transport` that keeps one connection per thread and origin."""

    def __init__(self) -> None:
        self._thread = _Thread()
        # Made here and not at the first request: Lambda's init phase has more processor.
        self._tls = ssl.create_default_context()

    def __call__(self, request: Request) -> Response:
        """Send the request; if the other side has closed the connection since it was last used, on a new one."""
        kept = self._kept(request)
        reused = kept.connection.sock is not None
        try:
            try:
                return _exchange(kept, request)
            except (ConnectionError, http.client.HTTPException):
                kept.connection.close()
                if not reused:
                    raise
            return _exchange(kept, request)
        except (OSError, http.client.HTTPException) as err:
            kept.connection.close()
            raise TransportError(f"{request.method} {kept.connection.host}: {err!r}") from err

    def close(self) -> None:
        """Close the connections of this thread."""
        for kept in self._thread.connections.values():
            kept.connection.close()

    def _kept(self, request: Request) -> _Kept:
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        kept = self._thread.connections.get(origin)
        if kept is None:
            host = parts.hostname or ""
            kept = self._thread.connections[origin] = _Kept(
                http.client.HTTPSConnection(host, parts.port, context=self._tls)
                if parts.scheme == "https"
                else http.client.HTTPConnection(host, parts.port)
            )
        elif time.monotonic() - kept.used_at > MAX_IDLE_SECONDS:
            kept.connection.close()
        return kept


@dataclass
class _Kept:
    connection: http.client.HTTPConnection
    used_at: float = 0.0


class _Thread(threading.local):
    def __init__(self) -> None:
        self.connections: dict[str, _Kept] = {}


def _exchange(kept: _Kept, request: Request) -> Response:
    connection = kept.connection
    connection.timeout = request.timeout
    if connection.sock is not None:
        connection.sock.settimeout(request.timeout)
    connection.request(request.method, urlsplit(request.url).path, request.body, dict(request.headers))
    answer = connection.getresponse()
    body = answer.read()
    kept.used_at = time.monotonic()
    return Response(answer.status, {name.lower(): value for name, value in answer.getheaders()}, body)
