"""How long a cold start of the ingress takes, and boto3's share of it (docs/decisions/boto3-made-when-needed.md)."""

import json
import statistics
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNS = 7
Medians = Callable[..., list[float]]
IMPORT_MAX_MILLISECONDS = 250

IMPORT_BOTO3 = "import boto3"
IMPORT_INGRESS = "import slipway.ingress.handler"
CLIENTS = "import boto3; [boto3.client(name) for name in ('dynamodb', 's3', 'events', 'secretsmanager')]"
FIRST_ANSWER = """
import contextlib, io, types
from slipway.ingress import handler
from tests.unit.ingress_world import pull_request, request
context = types.SimpleNamespace(
    aws_request_id="1", function_name="f", memory_limit_in_mb=512, invoked_function_arn="arn"
)
with contextlib.redirect_stdout(io.StringIO()):
    answer = handler.handler(request(pull_request()), context)
assert answer["statusCode"] == 202, answer
"""


@pytest.fixture
def aws_url() -> Iterator[str]:
    """Something that says yes to everything, at once."""
    answers = {
        "secretsmanager.GetSecretValue": {"SecretString": '{"current": "the webhook\'s secret"}'},
        "AWSEvents.PutEvents": {"FailedEntryCount": 0},
    }

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do(self) -> None:
            self.rfile.read(int(self.headers["content-length"] or 0))
            target = self.headers["x-amz-target"]  # which S3 has none of; there, all is well if nothing is said
            body = json.dumps(answers.get(target, {})).encode() if target else b""
            self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))

        do_PUT = do_POST = do  # noqa: N815

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def medians(aws_url: str, tmp_path: Path) -> Medians:
    """Milliseconds of programs in fresh interpreters, in turns, without the interpreter's own start; with bytecode."""
    environment = {
        "PYTHONPATH": f"{ROOT / 'lambdas'}:{ROOT}",
        "PYTHONPYCACHEPREFIX": str(tmp_path),
        "AWS_ENDPOINT_URL": aws_url,
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "AKID",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "SLIPWAY_TABLE": "table",
        "SLIPWAY_BUCKET": "bucket",
        "SLIPWAY_BUS": "bus",
        "SLIPWAY_WEBHOOK_SECRET": "webhook",
        "SLIPWAY_LEASE_SECONDS": "10",
    }

    def run(program: str) -> float:
        timed = f"import time; begun = time.perf_counter()\n{program}\nprint((time.perf_counter() - begun) * 1000)"
        done = subprocess.run(
            [sys.executable, "-c", timed], env=environment, capture_output=True, text=True, check=True
        )
        return float(done.stdout.splitlines()[-1])

    def medians(*programs: str) -> list[float]:
        rounds = [[run(program) for program in programs] for _ in range(RUNS + 1)]
        return [statistics.median(times) for times in zip(*rounds[1:], strict=True)]  # the first round compiles

    return medians


def test_the_ingress_imports_without_boto3_and_in_less_time(medians: Medians) -> None:
    ours, boto3 = medians(IMPORT_INGRESS, IMPORT_BOTO3)
    print(f"\nimport slipway.ingress.handler {ours:.0f} ms, import boto3 {boto3:.0f} ms: ratio {ours / boto3:.2f}")
    assert ours < IMPORT_MAX_MILLISECONDS
    assert ours < boto3


def test_the_first_answer_takes_little_more_than_boto3_and_its_clients(medians: Medians) -> None:
    ours, clients, boto3 = medians(FIRST_ANSWER, CLIENTS, IMPORT_BOTO3)
    print(
        f"\nimport, clients and first 202 {ours:.0f} ms; boto3 with the four clients alone {clients:.0f} ms: "
        f"ratio {ours / clients:.2f}; import boto3 alone {boto3:.0f} ms: ratio {ours / boto3:.2f}"
    )
    assert ours < 2 * clients
