"""The way out for a program that fetches: a proxy on this machine that lets it reach the internet, and nothing private.

Where a chart comes from is written in pull requests, and a repository may send one on to anywhere, so addresses are
judged here, at each connection and after the name is resolved: no name that resolves anew and no redirect leads to the
cloud's metadata service, to a neighbour or into a private network. One gap is left: programs written in Go never use a
proxy for `localhost` and loopback addresses (`golang.org/x/net/http/httpproxy`), so a redirect to those is not stopped.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import re
import select
import socket
import threading
from collections.abc import Iterator
from socketserver import StreamRequestHandler, ThreadingTCPServer

from slipway.fleet.errors import NotFetched

CONNECT_SECONDS = 10.0
"""Until a connection stands."""
IDLE_SECONDS = 30.0
"""Without a byte in either direction; then a connection is closed."""
MAX_BYTES = 256 * 1024 * 1024
"""What one connection may bring; the largest known indexes of repositories have 30 MiB."""
MAX_HEADERS = 64 * 1024
"""Bytes of a request's head."""


def public_address(host: str, port: int) -> tuple[str, int]:
    """An address of a host that is on the internet.

    Raises:
        NotFetched: the name has no address, or one that is not public.
    """
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except OSError as err:
        raise NotFetched(f"{host} cannot be resolved: {err.strerror or err}") from None
    for address in found:
        if not all(part.is_global and not part.is_multicast for part in _parts(address)):
            raise NotFetched(f"{host} is at {address}, which is no public address")
    return found[0], port


def _parts(address: str) -> Iterator[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """The address, and the one of version 4 that it may stand for."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    yield parsed
    if isinstance(parsed, ipaddress.IPv6Address):
        if inner := parsed.ipv4_mapped or parsed.sixtofour:
            yield inner
        elif parsed in _NAT64:
            yield ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


@contextlib.contextmanager
def gate() -> Iterator[str]:
    """A proxy for as long as the context lasts; its URL."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that breaks is the client's to report."""


class _Handler(StreamRequestHandler):
    timeout = IDLE_SECONDS

    def handle(self) -> None:
        head = self._head()
        if head is None:
            return None
        method, target, rest = head
        tunnel = method == "CONNECT"
        found = re.fullmatch(r"(?:http://)?(\[[^\]]+\]|[^:/\[\]]+)(?::(\d{1,5}))?(/\S*)?", target)
        if not found or target.startswith("http://") == tunnel:
            return self._refuse("malformed request")
        try:
            address = public_address(found[1].strip("[]"), int(found[2] or (443 if tunnel else 80)))
            upstream = socket.create_connection(address, CONNECT_SECONDS)
        except NotFetched as err:
            return self._refuse(err.message)
        except OSError as err:
            return self._refuse(f"{found[1]}: {err.strerror or err}")
        with upstream:
            if tunnel:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            else:
                upstream.sendall(
                    f"{method} {found[3] or '/'} HTTP/1.1\r\n{rest}Connection: close\r\n\r\n".encode("latin-1")
                )
            self._relay(upstream)
        return None

    def _head(self) -> tuple[str, str, str] | None:
        """Method, target, and the headers that go on; None if there is no request."""
        lines = []
        size = 0
        while (line := self.rfile.readline(MAX_HEADERS)).strip():
            size += len(line)
            if size > MAX_HEADERS:
                self._refuse("the request's head is too long")
                return None
            lines.append(line.decode("latin-1"))
        parts = lines[0].split() if lines else []
        if len(parts) != 3:
            return None
        kept = [line for line in lines[1:] if not line.lower().startswith(("proxy-", "connection:"))]
        return parts[0], parts[1], "".join(kept)

    def _relay(self, upstream: socket.socket) -> None:
        """Pass on bytes until one side is done, nothing comes any more, or too much has come."""
        other = {self.connection: upstream, upstream: self.connection}
        left = MAX_BYTES
        with contextlib.suppress(OSError):
            while left > 0:
                ready, _, _ = select.select(list(other), [], [], IDLE_SECONDS)
                if not ready:
                    return
                for side in ready:
                    data = side.recv(65_536)
                    if not data:
                        return
                    other[side].sendall(data)
                    left -= len(data)

    def _refuse(self, reason: str) -> None:
        reason = re.sub(r"[^\x20-\x7e]", "?", reason)
        status = f"HTTP/1.1 {http.client.FORBIDDEN} {reason}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        self.wfile.write(status.encode())
