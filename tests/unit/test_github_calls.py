"""What a call to GitHub does when GitHub misbehaves."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from slipway.errors import InputError, RetryLater
from slipway.github.calls import ATTEMPTS, BACKOFF_SECONDS, Answer, Calls
from slipway.github.client import TokenCredentials
from slipway.github.failures import DOWN_SECONDS, SECONDARY_SECONDS, UNKNOWN_SECONDS, OutcomeUnknown, Wish
from slipway.github.tokens import InstallationToken
from tests.unit.github_script import Says, Script, scripted

WISH = Wish("pull request acme/app#7", "pull_requests: read")


@dataclass
class Tokens:
    """A `TokenSource` that counts."""

    renewed: int = 0

    def current(self) -> InstallationToken:
        return InstallationToken(f"ghs_secret{self.renewed}", datetime.max.replace(tzinfo=UTC), app_id=1)

    def renew(self) -> None:
        self.renewed += 1


@dataclass
class Bench:
    """Calls to a scripted GitHub."""

    script: Script
    tokens: Tokens = field(default_factory=Tokens)
    slept: list[float] = field(default_factory=list)

    def calls(self, timeout: int = 5) -> Calls:
        return Calls(TokenCredentials(self.tokens), self.script.url, timeout=timeout, sleep=self.slept.append)

    def get(self) -> int:
        return self.calls().get("/x", _number, WISH)

    def post(self, timeout: int = 5) -> int:
        return self.calls(timeout).write("POST", "/x", {"a": 1}, _number, WISH)


def _number(answer: Answer) -> int:
    number: int = answer.json["number"]
    return number


@pytest.fixture
def bench() -> Iterator[Bench]:
    with scripted() as script:
        yield Bench(script)


GOOD = Says(200, {"number": 7})
TRANSIENT = [
    ("500", Says(500, {"message": "oops"})),
    ("502 with a page", Says(502, b"<html>Unicorn!</html>")),
    ("503", Says(503, {})),
    ("a dropped connection", Says(drop=True)),
    ("a short answer", Says(200, {"number": 7}, short=True)),
    ("JSON that ends early", Says(200, b'{"number": ')),
    ("another shape", Says(200, {"nummer": 7})),
]


@pytest.mark.parametrize("bad", [case[1] for case in TRANSIENT], ids=[case[0] for case in TRANSIENT])
def test_a_read_is_tried_again(bench: Bench, bad: Says) -> None:
    bench.script.says(bad, bad, GOOD)
    assert bench.get() == 7
    assert len(bench.slept) == 2
    assert all(
        0.5 <= slept / (BACKOFF_SECONDS * factor) <= 1.5 for slept, factor in zip(bench.slept, (1, 2), strict=True)
    )


@pytest.mark.parametrize("bad", [case[1] for case in TRANSIENT], ids=[case[0] for case in TRANSIENT])
def test_a_read_that_fails_each_time_is_left_for_later(bench: Bench, bad: Says) -> None:
    bench.script.says(*[bad] * ATTEMPTS)
    with pytest.raises(RetryLater, match=r"pull request acme/app#7: GitHub failed 3 times, at last: ") as caught:
        bench.get()
    assert caught.value.after == DOWN_SECONDS
    assert len(bench.script.asked) == ATTEMPTS


@pytest.mark.parametrize("bad", [case[1] for case in TRANSIENT], ids=[case[0] for case in TRANSIENT])
def test_a_write_is_never_repeated(bench: Bench, bad: Says) -> None:
    bench.script.says(bad, GOOD)
    with pytest.raises(OutcomeUnknown, match="pull request acme/app#7: outcome unknown") as caught:
        bench.post()
    assert caught.value.after == UNKNOWN_SECONDS
    assert len(bench.script.asked) == 1


def test_an_answer_that_takes_too_long_is_left_for_later(bench: Bench) -> None:
    bench.script.says(Says(200, {"number": 7}, delay=30))
    with pytest.raises(RetryLater, match="ReadTimeout"):
        bench.post(timeout=1)


def test_nobody_listens() -> None:
    with scripted() as script:
        bench = Bench(script)
    with pytest.raises(RetryLater, match="ConnectionError"):
        bench.get()


PRIMARY = {"message": "API rate limit exceeded for installation ID 1."}
SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}
LIMITS = [
    ("primary", 403, PRIMARY, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "in 600"}, 600),
    ("primary as 429", 429, PRIMARY, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "in 900"}, 900),
    ("primary, just over", 403, PRIMARY, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "in -60"}, 0),
    ("secondary", 403, SECONDARY, {"Retry-After": "17", "x-ratelimit-remaining": "4000"}, 17),
    ("secondary as 429", 429, SECONDARY, {"retry-after": "42"}, 42),
    ("secondary at the primary", 403, SECONDARY, {"retry-after": "5", "x-ratelimit-remaining": "0"}, 5),
    ("secondary without a time", 403, SECONDARY, {"x-ratelimit-remaining": "4000"}, SECONDARY_SECONDS),
    ("the old words", 403, {"message": "You have triggered an abuse detection mechanism."}, {}, SECONDARY_SECONDS),
    ("429 and no more", 429, {}, {}, SECONDARY_SECONDS),
    ("a time that is none", 429, {}, {"retry-after": "Fri, 31 Dec 2027 23:59:59 GMT"}, SECONDARY_SECONDS),
]


@pytest.mark.parametrize("verb", ["get", "post"])
@pytest.mark.parametrize(
    ("status", "body", "headers", "after"), [case[1:] for case in LIMITS], ids=[case[0] for case in LIMITS]
)
def test_a_rate_limit_says_how_long_to_wait(
    bench: Bench, verb: str, status: int, body: dict[str, str], headers: dict[str, str], after: float
) -> None:
    bench.script.says(Says(status, body, {name: _time(value) for name, value in headers.items()}), GOOD)
    with pytest.raises(RetryLater, match=r"GitHub asks to wait \d+ s \(rate limit\) before pull request") as caught:
        getattr(bench, verb)()
    assert not isinstance(caught.value, OutcomeUnknown)
    assert after <= caught.value.after <= after + 2
    assert len(bench.script.asked) == 1
    assert bench.slept == []


def _time(value: str) -> str:
    """`in 600` as epoch seconds."""
    return str(math.ceil(time.time()) + int(value[3:])) if value.startswith("in ") else value


REFUSALS = [
    (
        404,
        {"message": "Not Found"},
        {},
        r"GitHub knows no pull request acme/app#7, or the App may not see it: .* pull_requests: read",
    ),
    (
        403,
        {"message": "Resource not accessible by integration"},
        {},
        r"forbids .*\(Resource not .*\).* permission pull_requests: read",
    ),
    (403, {}, {"X-Accepted-GitHub-Permissions": "checks=write"}, "needs the permission checks=write"),
    (403, {}, {"x-ratelimit-remaining": "17"}, "needs the permission"),
    (
        422,
        {"message": "Validation Failed", "errors": [{"message": "summary is long"}, "b"]},
        {},
        "422 Validation Failed; summary is long; b",
    ),
    (
        409,
        {"message": "Git Repository is empty."},
        {},
        "GitHub refuses pull request acme/app#7: 409 Git Repository is empty.",
    ),
    (307, {"message": "Moved Permanently"}, {"location": "/repositories/1"}, "has moved .*another name or owner"),
    (410, b"gone", {}, "GitHub refuses pull request acme/app#7: 410"),
]


@pytest.mark.parametrize("verb", ["get", "post"])
@pytest.mark.parametrize(("status", "body", "headers", "message"), REFUSALS)
def test_a_refusal_says_what_is_missing(
    bench: Bench, verb: str, status: int, body: object, headers: dict[str, str], message: str
) -> None:
    bench.script.says(Says(status, body, headers), GOOD)
    with pytest.raises(InputError, match=message):
        getattr(bench, verb)()
    assert len(bench.script.asked) == 1


@pytest.mark.parametrize("verb", ["get", "post"])
def test_a_token_that_is_not_accepted_is_renewed_once(bench: Bench, verb: str) -> None:
    bench.script.says(Says(401, {"message": "Bad credentials"}), GOOD)
    assert getattr(bench, verb)() == 7
    assert [asked.headers["authorization"] for asked in bench.script.asked] == [
        "token ghs_secret0",
        "token ghs_secret1",
    ]


def test_a_new_token_that_is_not_accepted_either_is_left_for_later(bench: Bench) -> None:
    bench.script.says(Says(401, {"message": "Bad credentials"}), Says(401, {"message": "Bad credentials"}), GOOD)
    with pytest.raises(RetryLater, match=r"a token that is new \(Bad credentials\)"):
        bench.get()
    assert bench.tokens.renewed == 1


def test_no_log_holds_the_token(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    bench.script.says(Says(401), Says(403, {"message": "ghs_secret9"}), GOOD)
    with pytest.raises(InputError, match="forbids"):
        bench.get()
    assert "ghs_secret" not in caplog.text
