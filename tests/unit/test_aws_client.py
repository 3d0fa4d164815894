"""Calls to AWS: where they go, what is tried again, and what an error says."""

import json
from collections.abc import Iterator

import pytest

from slipway.aws.client import ATTEMPTS, DYNAMODB, AwsClient, AwsError
from slipway.aws.signing import Credentials
from slipway.aws.transport import Request, Response, TransportError
from slipway.errors import ConfigError, RetryLater

OK = Response(200, {}, b'{"fine": 1}')


def refusal(status: int, code: str, **more: object) -> Response:
    return Response(status, {}, json.dumps({"__type": f"com.amazonaws.v1#{code}", "message": "no", **more}).encode())


class Script:
    """A transport that answers by a script and remembers what it was asked; so does its `sleep`."""

    def __init__(self, *answers: Response | Exception) -> None:
        self.answers: Iterator[Response | Exception] = iter(answers)
        self.requests: list[Request] = []
        self.slept: list[float] = []

    def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        answer = next(self.answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


def client(script: Script, *, region: str = "eu-west-1", endpoint: str = "") -> AwsClient:
    return AwsClient(
        region=region,
        credentials=Credentials("AKID", "secret", "token"),
        endpoint=endpoint,
        transport=script,
        sleep=script.slept.append,
    )


@pytest.mark.parametrize(
    ("region", "endpoint", "url"),
    [
        ("eu-west-1", "", "https://dynamodb.eu-west-1.amazonaws.com/"),
        ("us-gov-west-1", "", "https://dynamodb.us-gov-west-1.amazonaws.com/"),
        ("cn-north-1", "", "https://dynamodb.cn-north-1.amazonaws.com.cn/"),
        ("eu-west-1", "http://localhost:4566/", "http://localhost:4566/"),
    ],
)
def test_a_call_goes_to_the_regions_endpoint_or_to_what_stands_in_for_aws(region: str, endpoint: str, url: str) -> None:
    script = Script(OK)
    assert client(script, region=region, endpoint=endpoint).json(DYNAMODB, "GetItem", {"a": 1}) == {"fine": 1}
    [request] = script.requests
    assert (request.method, request.url, request.body) == ("POST", url, b'{"a":1}')
    assert request.headers["x-amz-target"] == "DynamoDB_20120810.GetItem"
    assert request.headers["content-type"] == "application/x-amz-json-1.0"


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        ("", "https://our-bucket.s3.eu-west-1.amazonaws.com/a/b.json"),
        ("http://localhost:4566", "http://localhost:4566/our-bucket/a/b.json"),
    ],
)
def test_a_bucket_is_part_of_the_host_on_aws_and_of_the_path_elsewhere(endpoint: str, url: str) -> None:
    script = Script(Response(200, {}, b""))
    client(script, endpoint=endpoint).rest("s3", "GET", "/a/b.json", bucket="our-bucket")
    assert script.requests[0].url == url


@pytest.mark.parametrize(
    "failure",
    [
        TransportError("connection reset"),
        Response(500, {}, b"<html>oops</html>"),
        Response(503, {}, b"<Error><Code>SlowDown</Code></Error>"),
        Response(429, {"x-amzn-errortype": "TooManyRequestsException"}, b"{}"),
        refusal(400, "ThrottlingException"),
        refusal(400, "ProvisionedThroughputExceededException"),
        refusal(400, "InternalException"),
    ],
)
def test_what_passes_by_itself_is_tried_again_after_a_short_wait(failure: Response | Exception) -> None:
    script = Script(failure, failure, OK)
    assert client(script).json(DYNAMODB, "GetItem", {}) == {"fine": 1}
    assert len(script.slept) == 2
    assert all(0 <= seconds <= 0.2 for seconds in script.slept)


def test_what_does_not_pass_is_left_for_later() -> None:
    script = Script(*[refusal(500, "InternalServerError")] * ATTEMPTS)
    with pytest.raises(
        RetryLater, match=r"dynamodb:GetItem failed 3 times, at last with: .*InternalServerError"
    ) as info:
        client(script).json(DYNAMODB, "GetItem", {})
    assert info.value.after > 0


@pytest.mark.parametrize(
    ("response", "code", "text"),
    [
        (refusal(400, "AccessDeniedException"), "AccessDeniedException", "dynamodb:GetItem: AccessDeniedException no"),
        (
            Response(404, {"x-amzn-errortype": "ResourceNotFoundException:http://x/"}, b'{"Message": "gone"}'),
            "ResourceNotFoundException",
            "dynamodb:GetItem: ResourceNotFoundException gone",
        ),
        (
            Response(403, {}, b"<?xml?><Error><Code>AccessDenied</Code><Message>no way</Message></Error>"),
            "AccessDenied",
            "dynamodb:GetItem: AccessDenied no way",
        ),
        (Response(404, {}, b""), "HTTP 404", "dynamodb:GetItem: HTTP 404"),
        (Response(400, {}, b"[1]"), "HTTP 400", "dynamodb:GetItem: HTTP 400"),
    ],
)
def test_what_is_refused_for_good_is_raised_at_once_and_by_name(response: Response, code: str, text: str) -> None:
    with pytest.raises(AwsError) as info:
        client(Script(response)).json(DYNAMODB, "GetItem", {})
    assert (info.value.code, info.value.status, str(info.value)) == (code, response.status, text)


def test_an_error_keeps_what_else_the_service_said() -> None:
    with pytest.raises(AwsError) as info:
        client(Script(refusal(400, "ConditionalCheckFailedException", Item={"pk": {"S": "x"}}))).json(DYNAMODB, "U", {})
    assert info.value.details["Item"] == {"pk": {"S": "x"}}


def test_a_trace_goes_with_the_call_unsigned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5e1b4151")
    script = Script(OK)
    client(script).json(DYNAMODB, "GetItem", {})
    headers = script.requests[0].headers
    assert headers["x-amzn-trace-id"] == "Root=1-5e1b4151"
    assert "x-amzn-trace-id" not in headers["authorization"]


def test_a_request_shows_neither_headers_nor_body() -> None:
    script = Script(OK)
    client(script).json(DYNAMODB, "GetItem", {"private": "matter"})
    assert "matter" not in repr(script.requests[0])
    assert "Signature" not in repr(script.requests[0])


def test_an_environment_that_lacks_something_is_told_so_by_name() -> None:
    with pytest.raises(ConfigError, match="AWS_REGION is not set; AWS_SECRET_ACCESS_KEY is not set"):
        AwsClient.from_env({"AWS_ACCESS_KEY_ID": "AKID"})
