"""What the contract tests of the GitHub stand-in share: an App, callers of the API, a receiver of webhooks."""

from __future__ import annotations

import http.client
import json
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from local.github.control import Control
from local.github.keys import KeyPair

APP_ID = 12345
SECRET = "it's a secret"
PROPOSING = {
    "contents": "write",
    "checks": "write",
    "issues": "write",
    "members": "read",
    "metadata": "read",
    "pull_requests": "write",
    "statuses": "read",
}
"""Permissions of an App that proposes changes."""
BASE_FILES = {"app.yaml": "replicas: 1\nimage: a\n", "docs/readme.md": "hello\n"}


@dataclass(frozen=True)
class Reply:
    """An answer of the stand-in."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def links(self) -> dict[str, str]:
        """The `Link` header: relation → path and query."""
        found = {}
        for part in self.headers.get("link", "").split(", ") if self.headers.get("link") else []:
            url, _, rel = part.partition("; ")
            found[rel.removeprefix('rel="').rstrip('"')] = "/" + url.strip("<>").split("/", 3)[3]
        return found


@dataclass(frozen=True)
class Api:
    """A caller of the stand-in's REST API."""

    url: str
    credentials: str

    def __call__(self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None) -> Reply:
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=20)
        try:
            sent = None if body is None else json.dumps(body)
            connection.request(method, path, sent, {"Authorization": f"Bearer {self.credentials}", **(headers or {})})
            answer = connection.getresponse()
            return Reply(answer.status, {name.lower(): text for name, text in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Reply:
        return self("GET", path, headers=headers)


@dataclass(frozen=True)
class App:
    """The App that is registered with a stand-in."""

    url: str
    keys: KeyPair
    installation: int = 0

    def jwt(self, **changes: Any) -> str:
        now = int(time.time())
        claims = {"iat": now - 60, "exp": now + 540, "iss": str(APP_ID), "jti": uuid.uuid4().hex, **changes}
        return jwt.encode({k: v for k, v in claims.items() if v is not None}, _private_key(self.keys.private), "RS256")  # type: ignore[arg-type]

    def api(self, **changes: Any) -> Api:
        """As the App itself, with a JWT."""
        return Api(self.url, self.jwt(**changes))

    def token(self, **narrowing: Any) -> Api:
        """As the installation, with a new token."""
        made = self.api()("POST", f"/app/installations/{self.installation}/access_tokens", narrowing)
        assert made.status == 201, made.raw
        return Api(self.url, made.body["token"])


@cache
def _private_key(pem: str) -> PrivateKeyTypes:
    return load_pem_private_key(pem.encode(), None)


@dataclass(frozen=True)
class Received:
    """A request that reached the receiver."""

    path: str
    headers: Mapping[str, str]
    raw: bytes

    @property
    def payload(self) -> Any:
        return json.loads(self.raw)


@dataclass
class Receiver:
    """A web server that webhooks are delivered to."""

    url: str = ""
    status: int = 202
    delay: float = 0.0
    received: list[Received] = field(default_factory=list)

    def of(self, event: str, action: str | None = None) -> list[Received]:
        return [
            each
            for each in self.received
            if each.headers["x-github-event"] == event and each.payload.get("action") == action
        ]


def set_up(github: Control, keys: KeyPair) -> App:
    github.register_app(APP_ID, keys.public)
    installation = github.install("acme")
    github.create_repository("acme/shop", BASE_FILES)
    return App(github.url, keys, installation)


def new_ssh_key() -> str:
    """A public key in one line."""
    return Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


@contextmanager
def receiving() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            found.received.append(Received(self.path, {k.lower(): v for k, v in self.headers.items()}, raw))
            time.sleep(found.delay)
            self.send_response(found.status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: Any) -> None:
            pass

        def handle(self) -> None:
            # A sender that does not wait for the answer is what some tests are about.
            with suppress(ConnectionError):
                super().handle()

    class Server(ThreadingHTTPServer):
        request_queue_size = 128  # as real ones: with the 5 of the library, a burst is refused

    server = Server(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}/github"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()
