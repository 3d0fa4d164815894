"""HTTP to AWS: connections stay open, and dead ones are noticed."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from slipway.aws import transport as module
from slipway.aws.transport import HttpTransport, Request, TransportError


@dataclass
class Server:
    """A server that tells which connection a request came over."""

    url: str = ""
    connections: list[str] = field(default_factory=list)
    hang_up_after: bool = False
    """Close the connection after an answer that promised to keep it open."""


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            state.connections.append(str(self.client_address[1]))
            self.wfile.write(b"HTTP/1.1 201 Created\r\nX-Echo: %b\r\n" % self.headers["x-echo"].encode())
            self.wfile.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
            self.close_connection = state.hang_up_after

        def log_message(self, *args: object) -> None:
            pass

    http_server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http_server.daemon_threads = False
    http_server.block_on_close = False
    thread = threading.Thread(target=http_server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{http_server.server_port}/path"
    yield state
    http_server.shutdown()
    http_server.server_close()
    thread.join()


@pytest.fixture
def send() -> Iterator[HttpTransport]:
    transport = HttpTransport()
    yield transport
    transport.close()


def request(url: str, body: bytes = b"", timeout: float = 5) -> Request:
    return Request("POST", url, {"x-echo": "hello", "content-length": str(len(body))}, body, timeout)


def test_an_answer_has_status_headers_and_body(server: Server, send: HttpTransport) -> None:
    response = send(request(server.url, b"\x00\xff"))
    assert (response.status, response.headers["x-echo"], response.body) == (201, "hello", b"\x00\xff")


def test_the_connection_stays_open(server: Server, send: HttpTransport) -> None:
    for _ in range(3):
        send(request(server.url))
    assert len(set(server.connections)) == 1


def test_a_connection_that_was_closed_meanwhile_is_opened_anew(server: Server, send: HttpTransport) -> None:
    server.hang_up_after = True
    assert [send(request(server.url)).status for _ in range(3)] == [201, 201, 201]
    assert len(set(server.connections)) == 3


def test_a_connection_that_idled_for_long_is_opened_anew(
    server: Server, send: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_IDLE_SECONDS", -1.0)
    send(request(server.url))
    send(request(server.url))
    assert len(set(server.connections)) == 2


def test_every_thread_has_a_connection_of_its_own(server: Server, send: HttpTransport) -> None:
    def in_thread() -> None:
        send(request(server.url))
        send.close()

    send(request(server.url))
    thread = threading.Thread(target=in_thread)
    thread.start()
    thread.join()
    assert len(set(server.connections)) == 2


def listening(accept: Callable[[socket.socket], object]) -> socket.socket:
    """A socket that takes one connection and does something with it."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            accept(connection)

    threading.Thread(target=serve, daemon=True).start()
    return listener


@pytest.mark.parametrize(
    ("what", "accept"),
    [
        ("hangs up at once", lambda connection: None),
        ("speaks no HTTP", lambda connection: connection.sendall(b"220 mail.example\r\n")),
        (
            "stops in the middle",
            lambda c: (c.recv(9999), c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal")),
        ),
        ("says nothing", lambda connection: (connection.recv(9999), connection.recv(9999))),
    ],
)
def test_a_server_that_does_not_answer_properly_is_a_transport_error(
    what: str, accept: Callable[[socket.socket], object], send: HttpTransport
) -> None:
    with listening(accept) as listener, pytest.raises(TransportError, match=r"POST 127\.0\.0\.1"):
        send(request(f"http://127.0.0.1:{listener.getsockname()[1]}/", timeout=0.2))


def test_no_server_is_a_transport_error(send: HttpTransport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(TransportError, match="refused"):
        send(request(f"http://127.0.0.1:{port}/"))
