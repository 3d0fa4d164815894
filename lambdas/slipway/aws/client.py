"""Calls to AWS: endpoints, signatures, retries and errors, with none of boto3 (docs/decisions says why).

- `AwsError`: AWS refuses for good
- `RetryLater`: AWS is down, slow or throttles us, after the retries here
"""

from __future__ import annotations

import json
import os
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from slipway.aws.signing import Credentials, Scope, signed_headers
from slipway.aws.transport import HttpTransport, Request, Response, Transport, TransportError
from slipway.config import Env
from slipway.errors import RetryLater, SlipwayError

ATTEMPTS = 3
"""How often a call is tried before it is left to whoever asked to try later."""

BACKOFF_SECONDS = 0.1
"""Before the second attempt at most this long, twice as long before the next; evenly spread below."""

TIMEOUT_SECONDS = 3.0
"""To connect, and for each piece of an answer, unless a call says otherwise."""

RETRY_LATER_SECONDS = 30.0
"""What `RetryLater` says if AWS is still down after all attempts."""

TRANSIENT_CODES = frozenset(
    {
        "InternalException",
        "InternalFailure",
        "InternalServerError",
        "InternalServiceError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
"""Error codes that a retry helps against, whatever status they come with."""


class AwsError(SlipwayError):
    """AWS refuses for good; a role, a name or a quota is wrong, or a condition did not hold.

    Attributes:
        code: AWS's name of the error, e.g. `AccessDeniedException`.
        status: HTTP status of the answer.
        details: the error's other members, where the service answers in JSON.
    """

    def __init__(self, message: str, *, code: str, status: int, details: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.details = details


@dataclass(frozen=True)
class JsonService:
    """A service that takes its operations as JSON documents."""

    name: str
    """In host names and signatures."""
    target: str
    """What stands before the operation in `X-Amz-Target`."""
    version: str
    """Of AWS's JSON protocol."""


DYNAMODB = JsonService("dynamodb", "DynamoDB_20120810", "1.0")
EVENTS = JsonService("events", "AWSEvents", "1.1")
SECRETS_MANAGER = JsonService("secretsmanager", "secretsmanager", "1.1")
SQS = JsonService("sqs", "AmazonSQS", "1.0")


@dataclass(frozen=True)
class _Call:
    name: str
    """What messages call it."""
    service: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    bucket: str = ""
    timeout: float = TIMEOUT_SECONDS


class AwsClient:
    """Signed calls to the AWS services of one region; safe to share between threads."""

    def __init__(
        self,
        *,
        region: str,
        credentials: Credentials,
        endpoint: str = "",
        transport: Transport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Make a client; it opens no connection yet.

        Args:
            region: e.g. `eu-west-1`.
            credentials: who signs.
            endpoint: URL that stands in for all of AWS (an emulator), `""` for AWS itself.
            transport: sends requests.
            sleep: waits between attempts.
        """
        self._region = region
        self._credentials = credentials
        self._endpoint = endpoint.rstrip("/")
        self._transport = transport or HttpTransport()
        self._sleep = sleep

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> AwsClient:
        """A client with the region and the credentials that Lambda puts into the environment.

        Raises:
            ConfigError: one of them is missing.
        """
        env = Env(environ)
        region = env.text("AWS_REGION")
        credentials = Credentials(
            env.text("AWS_ACCESS_KEY_ID"), env.text("AWS_SECRET_ACCESS_KEY"), env.text("AWS_SESSION_TOKEN", "")
        )
        endpoint = env.text("AWS_ENDPOINT_URL", "")
        env.check()
        return cls(region=region, credentials=credentials, endpoint=endpoint)

    def json(self, service: JsonService, operation: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Call an operation of a JSON service, e.g. `UpdateItem`.

        Raises:
            AwsError: the service refuses.
            RetryLater: it is down or throttles us.
        """
        headers = {
            "content-type": f"application/x-amz-json-{service.version}",
            "x-amz-target": f"{service.target}.{operation}",
        }
        document = json.dumps(body, separators=(",", ":")).encode()
        response = self._send(
            _Call(f"{service.name}:{operation}", service.name, "POST", "/", headers=headers, body=document)
        )
        answer: dict[str, Any] = json.loads(response.body or b"{}")
        return answer

    def rest(
        self,
        service: str,
        method: str,
        path: str,
        *,
        bucket: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout: float = TIMEOUT_SECONDS,
    ) -> Response:
        """Call a service by method and path.

        Args:
            service: name in host names and signatures, e.g. `lambda`.
            method: HTTP method.
            path: percent-encoded.
            bucket: bucket of S3, which is part of the host.
            headers: by lower-case name.
            body: the whole body.
            timeout: seconds to wait for each piece of the answer.

        Raises:
            AwsError: the service refuses.
            RetryLater: it is down or throttles us.
        """
        name = f"{service}:{method} {bucket}{path}"
        return self._send(
            _Call(name, service, method, path, headers=headers or {}, body=body, bucket=bucket, timeout=timeout)
        )

    def _send(self, call: _Call) -> Response:
        failure = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                self._sleep(random.uniform(0, BACKOFF_SECONDS * 2 ** (attempt - 1)))  # noqa: S311 (no secret)
            try:
                response = self._transport(self._signed(call))
            except TransportError as err:
                failure = str(err)
                continue
            if response.status < 300:
                return response
            refusal = _refusal(call.name, response)
            if response.status < 500 and response.status != 429 and refusal.code not in TRANSIENT_CODES:
                raise refusal
            failure = str(refusal)
        raise RetryLater(f"{call.name} failed {ATTEMPTS} times, at last with: {failure}", after=RETRY_LATER_SECONDS)

    def _signed(self, call: _Call) -> Request:
        origin, path = self._address(call)
        headers = signed_headers(
            call.method,
            origin.partition("://")[2],
            path,
            call.headers,
            call.body,
            scope=Scope(call.service, self._region),
            credentials=self._credentials,
            now=datetime.now(UTC),
        )
        if trace := os.environ.get("_X_AMZN_TRACE_ID"):  # Lambda sets it anew for every invocation
            headers["x-amzn-trace-id"] = trace
        return Request(call.method, origin + path, headers, call.body, call.timeout)

    def _address(self, call: _Call) -> tuple[str, str]:
        """Origin and path of a call; a bucket is part of the host on AWS, and of the path on an emulator."""
        if self._endpoint:
            return self._endpoint, f"/{call.bucket}{call.path}" if call.bucket else call.path
        suffix = "amazonaws.com.cn" if self._region.startswith("cn-") else "amazonaws.com"
        host = f"{call.service}.{self._region}.{suffix}"
        return f"https://{call.bucket}.{host}" if call.bucket else f"https://{host}", call.path


def _refusal(name: str, response: Response) -> AwsError:
    details = _json_object(response.body)
    xml = dict(re.findall(r"<(Code|Message)>([^<]*)<", response.body.decode(errors="replace")))
    code = (
        details.get("__type")
        or response.headers.get("x-amzn-errortype")
        or xml.get("Code")
        or f"HTTP {response.status}"  # an answer without a body, as to HEAD
    )
    code = code.rpartition("#")[2].partition(":")[0]  # from "com.amazonaws…#Code" or "Code:http://…"
    message = details.get("message") or details.get("Message") or xml.get("Message") or ""
    return AwsError(f"{name}: {code} {message}".rstrip(), code=code, status=response.status, details=details)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
