"""A web server that answers by a script, to show what a client does when GitHub misbehaves."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Says:
    """One answer."""

    status: int = 200
    body: Any = field(default_factory=dict)
    """JSON, or bytes as they are."""
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False
    """Close the connection instead."""
    delay: float = 0.0
    """Seconds before it."""
    short: bool = False
    """Promise one byte more than there is."""


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass
class Script:
    """The answers to come, and the requests so far."""

    url: str
    answers: list[Says] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    def says(self, *answers: Says) -> Script:
        self.answers += answers
        return self


@contextmanager
def scripted() -> Iterator[Script]:
    script = Script("")
    closing = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.answer()

        def do_POST(self) -> None:
            self.answer()

        def do_PATCH(self) -> None:
            self.answer()

        def answer(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            raw = self.rfile.read(length)
            headers = {name.lower(): value for name, value in self.headers.items()}
            script.asked.append(Asked(self.command, self.path, headers, json.loads(raw) if raw else None))
            says = script.answers.pop(0) if script.answers else Says(500, {"message": "the script is over"})
            closing.wait(says.delay)
            if says.drop:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            content = says.body if isinstance(says.body, bytes) else json.dumps(says.body).encode()
            self.send_response(says.status)
            for name, value in says.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content) + says.short))
            self.end_headers()
            self.wfile.write(content)
            self.close_connection = says.short

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """A client that does not wait is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    script.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield script
    finally:
        closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
