"""Our signatures are botocore's."""

from datetime import UTC, datetime

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given
from hypothesis import strategies as st

from slipway.aws.signing import Credentials, Scope, signed_headers

TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
HEADERS = st.dictionaries(st.from_regex(r"x-[a-z]{1,10}", fullmatch=True), TEXT, max_size=3)
PATHS = st.lists(st.from_regex(r"[A-Za-z0-9._~-]{1,8}(%[0-9A-F]{2}){0,2}", fullmatch=True), max_size=4)


@given(
    service=st.sampled_from(["s3", "dynamodb", "events", "lambda"]),
    method=st.sampled_from(["GET", "PUT", "POST", "HEAD"]),
    path=PATHS.map(lambda parts: "/" + "/".join(parts)),
    headers=HEADERS,
    body=st.binary(max_size=200),
    token=st.sampled_from(["", "session-token/+="]),
)
def test_a_signature_is_the_one_that_botocore_makes(
    service: str, method: str, path: str, headers: dict[str, str], body: bytes, token: str
) -> None:
    host = f"{service}.eu-west-1.amazonaws.com"
    request = AWSRequest(method, f"https://{host}{path}", headers={**headers, "host": host}, data=body)
    request.context["client_config"] = None  # botocore's S3 signer looks for it
    auth = (S3SigV4Auth if service == "s3" else SigV4Auth)(
        BotocoreCredentials("AKID", "secret+key", token or None), service, "eu-west-1"
    )
    auth.add_auth(request)
    now = datetime.strptime(request.context["timestamp"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)

    signed = signed_headers(
        method,
        host,
        path,
        headers,
        body,
        scope=Scope(service, "eu-west-1"),
        credentials=Credentials("AKID", "secret+key", token),
        now=now,
    )

    assert signed["authorization"] == request.headers["Authorization"]
    assert signed["x-amz-date"] == request.headers["X-Amz-Date"]


@pytest.mark.parametrize("hidden", ["secret+key", "session-token"])
def test_credentials_keep_what_is_secret_out_of_their_repr(hidden: str) -> None:
    assert hidden not in repr(Credentials("AKID", "secret+key", "session-token"))
