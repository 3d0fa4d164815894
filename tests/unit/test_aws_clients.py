"""Calls to AWS by boto3: their limits, what is tried again, and what an error says."""

import socket
import threading
from collections.abc import Callable, Iterator
from functools import cached_property
from socketserver import BaseRequestHandler, TCPServer
from types import SimpleNamespace

import pytest
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from slipway.aws import clients as module
from slipway.aws.bucket import S3Bucket
from slipway.aws.clients import ATTEMPTS, Clients
from slipway.aws.errors import RETRY_LATER_SECONDS, AwsError
from slipway.aws.table import Table
from slipway.errors import RetryLater
from tests.unit.aws_script import Answer, Aws, refusal

NAMES = sorted(name for name, value in vars(Clients).items() if isinstance(value, cached_property))
ITEM = Answer({"Item": {"pk": {"S": "a"}}})

pytestmark = pytest.mark.usefixtures("aws_environment")


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that botocore would have waited between attempts."""
    slept: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=slept.append))
    return slept


def get(aws: Aws) -> object:
    return Table(aws.behind(Clients().dynamodb), "slipway").get("a", "b")


# Limits


@pytest.mark.parametrize("name", NAMES)
def test_every_client_has_limits_on_time_and_attempts(name: str) -> None:
    config = getattr(Clients(), name).meta.config
    assert 0 < config.connect_timeout <= 2
    # A keys function may run for two minutes (infra/keys.py).
    assert 0 < config.read_timeout <= {"functions": 30, "keys_functions": 130}.get(name, 3)
    assert config.retries == {"mode": "standard", "total_max_attempts": ATTEMPTS}
    assert config.tcp_keepalive is True


def test_a_client_is_made_once() -> None:
    clients = Clients()
    assert clients.s3 is clients.s3


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        ("", "https://our-bucket.s3.eu-west-1.amazonaws.com/a/b.json"),
        ("http://emulator:4566", "http://emulator:4566/our-bucket/a/b.json"),
    ],
)
def test_a_bucket_is_part_of_the_host_on_aws_and_of_the_path_elsewhere(
    endpoint: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    aws = Aws(Answer(b""))
    S3Bucket(aws.behind(Clients().s3), "our-bucket").get("a/b.json")
    assert aws.requests[0].url == url


# What passes by itself


@pytest.mark.parametrize(
    "failure",
    [
        ReadTimeoutError(endpoint_url="https://x"),
        ConnectionClosedError(endpoint_url="https://x"),
        EndpointConnectionError(endpoint_url="https://x"),
        Answer(b"<html>oops</html>", 500),
        Answer(b"", 429),
        refusal("InternalServerError", status=500),
        refusal("ThrottlingException"),
        refusal("ProvisionedThroughputExceededException"),
    ],
    ids=str,
)
def test_what_passes_by_itself_is_tried_again_after_a_short_wait(
    failure: Answer | Exception, slept: list[float]
) -> None:
    aws = Aws(failure, failure, ITEM)
    assert get(aws) == {"pk": "a"}
    assert len(slept) == 2
    assert all(0 <= seconds <= 2 for seconds in slept)


@pytest.mark.parametrize(
    ("failure", "text"),
    [
        (refusal("InternalServerError", status=500), r"table slipway: .*\(InternalServerError\).*GetItem operation"),
        (refusal("ThrottlingException"), r"table slipway: .*\(ThrottlingException\).*reached max retries: 2"),
        (Answer(b"", 429), r"table slipway: .*\(429\)"),
        (ReadTimeoutError(endpoint_url="https://x"), "table slipway: Read timeout on endpoint URL"),
        (EndpointConnectionError(endpoint_url="https://x"), "table slipway: Could not connect to the endpoint"),
    ],
)
def test_what_does_not_pass_is_left_for_later(failure: Answer | Exception, text: str) -> None:
    aws = Aws(failure)
    with pytest.raises(RetryLater, match=text) as info:
        get(aws)
    assert len(aws.requests) == ATTEMPTS
    assert info.value.after == RETRY_LATER_SECONDS


def test_an_internal_error_with_a_status_of_400_is_left_for_later_at_once() -> None:
    aws = Aws(refusal("InternalException"))
    with pytest.raises(RetryLater, match="InternalException"):
        get(aws)
    assert len(aws.requests) == 1


# What does not


@pytest.mark.parametrize(
    ("answer", "code", "text"),
    [
        (
            refusal("AccessDeniedException"),
            "AccessDeniedException",
            "table slipway: An error occurred (AccessDeniedException) when calling the GetItem operation: no",
        ),
        (
            Answer({"Message": "gone"}, 404, {"x-amzn-errortype": "ResourceNotFoundException:http://x/"}),
            "404",
            "table slipway: An error occurred (404) when calling the GetItem operation: gone",
        ),
    ],
)
def test_what_is_refused_for_good_is_raised_at_once_and_by_name(answer: Answer, code: str, text: str) -> None:
    aws = Aws(answer)
    with pytest.raises(AwsError) as info:
        get(aws)
    assert len(aws.requests) == 1
    assert (info.value.code, str(info.value)) == (code, text)


def test_a_forbidden_object_is_not_taken_for_a_missing_one() -> None:
    bucket = S3Bucket(Aws(Answer(b"", 403)).behind(Clients().s3), "our-bucket")
    with pytest.raises(AwsError, match=r"s3://our-bucket/a\.json: .*Forbidden") as info:
        bucket.exists("a.json")
    assert info.value.code == "403"


def test_missing_credentials_are_no_reason_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(AwsError, match="Unable to locate credentials") as info:
        get(Aws(ITEM))
    assert info.value.code == "NoCredentialsError"


# Through sockets


Talk = Callable[[socket.socket], object]


@pytest.fixture
def aws_does(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Talk], None]]:
    """AWS is a socket on which something is done with each connection."""
    servers: list[tuple[TCPServer, threading.Thread]] = []

    def start(talk: Talk) -> None:
        class Handler(BaseRequestHandler):
            def handle(self) -> None:
                talk(self.request)

        server = TCPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        servers.append((server, thread))
        thread.start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_address[1]}")

    yield start
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("what", "talk"),
    [
        ("hangs up at once", lambda connection: None),
        ("speaks no HTTP", lambda connection: (connection.recv(9999), connection.sendall(b"220 mail.example\r\n"))),
        (
            "stops in the middle",
            lambda c: (c.recv(9999), c.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"Item": {"pk"')),
        ),
        ("says nothing", lambda connection: (connection.recv(9999), connection.recv(9999))),
    ],
)
def test_a_server_that_does_not_answer_properly_is_left_for_later(
    what: str, talk: Talk, aws_does: Callable[[Talk], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    aws_does(talk)
    monkeypatch.setattr(module, "READ_SECONDS", 0.1)
    client = Clients().dynamodb
    with pytest.raises(RetryLater, match="table slipway: "):
        Table(client, "slipway").get("a", "b")
    client.close()


def test_an_object_that_stops_in_the_middle_is_left_for_later() -> None:
    aws = Aws(Answer(b"hal", headers={"content-length": "9"}))
    with pytest.raises(RetryLater, match=r"s3://our-bucket/a\.json: "):
        S3Bucket(aws.behind(Clients().s3), "our-bucket").get("a.json")


def test_no_server_is_left_for_later(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    with pytest.raises(RetryLater, match="Could not connect"):
        Table(Clients().dynamodb, "slipway").get("a", "b")
