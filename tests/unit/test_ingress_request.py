"""Requests: what is taken apart, and what is turned away at the door."""

import pytest

from slipway.ingress.answer import Rejected
from slipway.ingress.request import MAX_BODY_BYTES, parse_request
from tests.unit.ingress_world import GUID, request


def test_a_request_is_its_raw_bytes_and_githubs_headers() -> None:
    parsed = parse_request(request(b'{"text": "\xc3\xbc"}', encoded=True))
    assert parsed.body == b'{"text": "\xc3\xbc"}'
    assert (parsed.delivery, parsed.hook, parsed.event) == (GUID, "42", "pull_request")
    assert parsed.key == f"42#{GUID}"


def test_a_body_that_came_as_text_is_its_utf_8_bytes() -> None:
    assert parse_request(request('{"text": "ü"}'.encode())).body == b'{"text": "\xc3\xbc"}'


def test_header_names_may_have_capitals() -> None:
    event = request(b"{}")
    event["headers"] = {name.title(): value for name, value in event["headers"].items()}
    assert parse_request(event).delivery == GUID


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8", " application/json "],
)
def test_json_is_taken_with_or_without_parameters(content_type: str) -> None:
    assert parse_request(request(b"{}", headers={"content-type": content_type})).body == b"{}"


def test_a_hook_without_an_id_is_hook_0() -> None:
    assert parse_request(request(b"{}", headers={"x-github-hook-id": None})).hook == "0"


def test_a_missing_body_is_an_empty_one() -> None:
    event = request(b"")
    del event["body"]
    assert parse_request(event).body == b""


def test_a_body_of_exactly_the_limit_is_taken() -> None:
    for encoded in (True, False):
        assert len(parse_request(request(b"x" * MAX_BODY_BYTES, encoded=encoded)).body) == MAX_BODY_BYTES


@pytest.mark.parametrize(
    ("headers", "status", "reason"),
    [
        ({"x-github-delivery": None}, 400, "headers"),
        ({"x-github-event": None}, 400, "headers"),
        ({"x-github-delivery": "../../elsewhere"}, 400, "headers"),
        ({"x-github-delivery": "x" * 65}, 400, "headers"),
        ({"x-github-delivery": "guid\n"}, 400, "headers"),
        ({"x-github-event": "Push; rm"}, 400, "headers"),
        ({"x-github-hook-id": "42#other"}, 400, "headers"),
        ({"content-type": None}, 415, "content-type"),
        ({"content-type": ""}, 415, "content-type"),
        ({"content-type": "application/x-www-form-urlencoded"}, 415, "content-type"),
        ({"content-type": "text/json"}, 415, "content-type"),
        ({"content-type": "application/json-patch+json"}, 415, "content-type"),
    ],
)
def test_headers_that_no_delivery_has_are_turned_away(headers: dict[str, str | None], status: int, reason: str) -> None:
    with pytest.raises(Rejected) as info:
        parse_request(request(b"{}", headers=headers))
    assert (info.value.http_status, info.value.reason) == (status, reason)


@pytest.mark.parametrize("encoded", [True, False])
def test_a_body_above_the_limit_is_turned_away(encoded: bool) -> None:
    with pytest.raises(Rejected, match="larger than 6291456 bytes") as info:
        parse_request(request(b"x" * (MAX_BODY_BYTES + 1), encoded=encoded))
    assert info.value.http_status == 413


def test_many_characters_of_several_bytes_count_as_bytes() -> None:
    with pytest.raises(Rejected) as info:
        parse_request(request("ü".encode() * (MAX_BODY_BYTES // 2 + 1)))
    assert info.value.http_status == 413


@pytest.mark.parametrize("body", ["{}", "e30", "ü", "e30=\n"])
def test_what_claims_to_be_base64_must_be(body: str) -> None:
    with pytest.raises(Rejected, match="not the base64") as info:
        parse_request({**request(b"{}", encoded=True), "body": body})
    assert info.value.http_status == 400


def test_text_that_is_no_text_does_not_crash() -> None:
    assert parse_request({**request(b"{}"), "body": "\ud800"}).body == b"\xed\xa0\x80"


def test_a_request_shows_neither_body_nor_signature() -> None:
    shown = repr(parse_request(request(b'{"private": 1}')))
    assert "private" not in shown
    assert "sha256" not in shown
