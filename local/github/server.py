"""Starting and stopping a stand-in."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from local.github.api.pipeline import create_app
from local.github.control import Control
from local.github.site import Site

HOST = "127.0.0.1"
BACKLOG = 512
"""Connections that may wait to be accepted: a load test comes all at once."""
WORKERS = 16
"""Webhook deliveries under way at once."""


class StandIn(Control):
    """A stand-in in this process, with its control.

    Example:
        with StandIn(tmp_path) as github:
            github.create_repository("acme/gitops-system", {"README.md": "hello"})
    """

    def __init__(self, state: Path, *, port: int = 0, workers: int = WORKERS) -> None:
        """Start it.

        Args:
            state: directory that keeps everything; the next stand-in on it goes on where this one ended.
            port: on 127.0.0.1; 0 takes a free one.
            workers: webhook deliveries under way at once.

        Raises:
            StandInError: git is missing or too old.
            OSError: the port is taken.
        """
        with socket.create_server((HOST, port), backlog=BACKLOG) as listener:
            super().__init__(f"http://{HOST}:{listener.getsockname()[1]}")
            self._site = Site(state, self.url, workers=workers)
            app = create_app(self._site)
            self._server = make_server(HOST, 0, app, threaded=True, request_handler=_Handler, fd=listener.fileno())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop it; the state stays."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._site.close()

    def __enter__(self) -> StandIn:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Handler(WSGIRequestHandler):
    """Does not write a line for every request."""

    def log_request(self, *_: Any) -> None:
        """Log nothing."""
