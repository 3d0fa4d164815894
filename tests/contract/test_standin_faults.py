"""The GitHub stand-in fails on demand, in the ways in which GitHub fails."""

from __future__ import annotations

import http.client
import time

import pytest

from local.github.control import NewPull
from local.github.faults import FaultRule
from local.github.server import StandIn
from tests.contract import openapi
from tests.contract.standin import Api, App

REPO = "/repos/acme/shop"
RUNS = f"{REPO}/check-runs"


@pytest.fixture
def api(app: App) -> Api:
    return app.token()


@pytest.fixture
def head(github: StandIn, app: App) -> str:
    return github.open_pull_request("acme/shop", NewPull("b", files={"b": "1"})).head_sha


@pytest.mark.parametrize(
    ("rule", "status", "message", "headers"),
    [
        (FaultRule("error", status=503), 503, "Server Error", {}),
        (
            FaultRule("rate_limit", seconds=900),
            403,
            "API rate limit exceeded for installation ID",
            {"x-ratelimit-remaining": "0"},
        ),
        (
            FaultRule("secondary_rate_limit", seconds=7),
            403,
            "You have exceeded a secondary rate limit.",
            {"retry-after": "7"},
        ),
        (
            FaultRule("secondary_rate_limit", seconds=7, status=429),
            429,
            "You have exceeded a secondary rate limit.",
            {"retry-after": "7"},
        ),
    ],
)
def test_fault_is_answered_as_github_words_it(
    github: StandIn, api: Api, rule: FaultRule, status: int, message: str, headers: dict[str, str]
) -> None:
    github.set_faults(rule)
    reply = api.get(REPO)
    assert (reply.status, reply.body["message"][: len(message)]) == (status, message)
    assert {name: reply.headers[name] for name in headers} == headers
    assert openapi.errors(openapi.schema_validator("basic-error"), reply.body) == []
    github.set_faults()
    assert api.get(REPO).status == 200


def test_primary_rate_limit_tells_when_it_ends(github: StandIn, api: Api) -> None:
    github.set_faults(FaultRule("rate_limit", seconds=900))
    assert int(api.get(REPO).headers["x-ratelimit-reset"]) == pytest.approx(time.time() + 900, abs=5)


def test_delay_only_delays(github: StandIn, api: Api) -> None:
    github.set_faults(FaultRule("delay", seconds=0.2))
    started = time.monotonic()
    assert api.get(REPO).status == 200
    assert time.monotonic() - started >= 0.2


def test_delay_and_another_fault_go_together(github: StandIn, api: Api) -> None:
    github.set_faults(FaultRule("error"), FaultRule("delay", seconds=0.2))
    started = time.monotonic()
    assert api.get(REPO).status == 502
    assert time.monotonic() - started >= 0.2


@pytest.mark.parametrize(("after_effect", "made"), [(False, 0), (True, 1)])
@pytest.mark.parametrize("kind", ["drop", "error"])
def test_answer_is_lost_before_or_after_the_effect(
    github: StandIn, api: Api, head: str, kind: str, after_effect: bool, made: int
) -> None:
    rule = (
        FaultRule("drop", after_effect=after_effect)
        if kind == "drop"
        else FaultRule("error", after_effect=after_effect)
    )
    github.set_faults(rule)
    body = {"name": "slipway", "head_sha": head}
    if kind == "drop":
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            api("POST", RUNS, body)
    else:
        assert api("POST", RUNS, body).status == 502
    assert len(github.check_runs("acme/shop")) == made


def test_rule_strikes_what_it_matches(github: StandIn, api: Api, head: str) -> None:
    github.set_faults(FaultRule("error", method="POST", path=r"/repos/.*/check-runs"))
    assert api("POST", RUNS, {"name": "n", "head_sha": head}).status == 502
    assert api("POST", f"{RUNS}/1", {}).status == 404
    assert api.get(f"{REPO}/commits/b/check-runs").status == 200


def test_rule_skips_and_ends(github: StandIn, api: Api) -> None:
    rule = FaultRule("error", skip=1, times=2)
    github.set_faults(rule)
    assert [api.get(REPO).status for _ in range(5)] == [200, 502, 502, 200, 200]
    assert github.faults() == [(rule, 2)]


def test_probability_is_repeatable(github: StandIn, api: Api) -> None:
    def statuses(seed: int) -> list[int]:
        github.set_faults(FaultRule("error", probability=0.5, seed=seed))
        return [api.get(REPO).status for _ in range(20)]

    first = statuses(1)
    assert set(first) == {200, 502}
    assert statuses(1) == first
    assert statuses(2) != first


def test_archives_fail_too(github: StandIn, api: Api) -> None:
    location = api.get(f"{REPO}/tarball/main").headers["location"].removeprefix(api.url)
    github.set_faults(FaultRule("error", path=".*/legacy.tar.gz/.*", times=1))
    assert [api.get(location).status for _ in range(2)] == [502, 200]


def test_requests_are_counted_by_route(github: StandIn, api: Api) -> None:
    github.reset_requests()
    github.set_faults(FaultRule("error", times=1))
    for _ in range(2):
        api.get(f"{REPO}/pulls/1")
    api.get(REPO)
    assert github.requests() == {
        "GET /repos/{owner}/{repo}/pulls/{pull_number}": 2,
        "GET /repos/{owner}/{repo}": 1,
    }
