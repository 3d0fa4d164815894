"""The GitHub stand-in lets in whom GitHub would let in, and shows them what GitHub would show."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from local.github.control import NewPull
from local.github.keys import KeyPair, new_key_pair
from local.github.server import StandIn
from tests.contract.standin import Api, App, set_up

NOW = int(time.time())


@pytest.mark.parametrize(
    ("claims", "status", "message"),
    [
        ({"exp": NOW + 3600}, 401, "'Expiration time' claim ('exp') is too far in the future"),
        ({"exp": NOW - 1}, 401, "'Expiration time' claim ('exp') must be a numeric value"),
        ({"exp": None}, 401, "'Expiration time' claim ('exp') must be a numeric value"),
        ({"iat": NOW + 3600}, 401, "'Issued at' claim ('iat') must be an Integer"),
        ({"iat": None}, 401, "'Issued at' claim ('iat') must be an Integer"),
        ({"iss": "999"}, 404, "Integration not found"),
    ],
)
def test_jwt_with_wrong_claims_is_refused(app: App, claims: dict[str, Any], status: int, message: str) -> None:
    reply = app.api(**claims).get("/app")
    assert reply.status == status
    assert reply.body["message"].startswith(message)


def test_jwt_signed_with_another_key_is_refused(app: App) -> None:
    reply = App(app.url, new_key_pair(), app.installation).api().get("/app")
    assert (reply.status, reply.body["message"]) == (401, "A JSON web token could not be decoded")


def test_token_does_not_stand_for_the_app(app: App) -> None:
    assert app.token().get("/app").status == 401


def test_jwt_does_not_stand_for_a_token(app: App) -> None:
    assert app.api().get("/repos/acme/shop").status == 401
    assert app.api().get("/installation/repositories").status == 401


def test_rate_limit_is_told_to_both_kinds_of_callers(app: App) -> None:
    assert [caller.get("/rate_limit").status for caller in (app.api(), app.token())] == [200, 200]


def test_second_token_for_the_same_jwt_within_a_second_is_refused(app: App) -> None:
    caller = app.api()
    path = f"/app/installations/{app.installation}/access_tokens"
    assert [caller("POST", path, {}).status for _ in range(2)] == [201, 404]


def test_jwts_with_ids_of_their_own_are_all_accepted(app: App) -> None:
    assert len({app.token().credentials for _ in range(3)}) == 3


def test_repeated_jwts_can_be_allowed(github: StandIn, app: App) -> None:
    github.set_options(refuse_repeated_jwt=False)
    caller = app.api()
    path = f"/app/installations/{app.installation}/access_tokens"
    assert [caller("POST", path, {}).status for _ in range(2)] == [201, 201]


@pytest.mark.parametrize("credentials", ["", "ghs_wrong", "a.b.c"])
def test_wrong_credentials_are_refused(app: App, credentials: str) -> None:
    assert Api(app.url, credentials).get("/repos/acme/shop").status == 401


def test_token_expires_after_an_hour(tmp_path: Path, keys: KeyPair) -> None:
    with StandIn(tmp_path / "state", workers=1) as github:
        app = set_up(github, keys)
        token = app.token()
        assert token.get("/repos/acme/shop").status == 200
    with closing(sqlite3.connect(tmp_path / "state" / "stand-in.sqlite")) as database, database:
        age = "UPDATE items SET body = json_set(body, '$.expires', json_extract(body, '$.expires') - 3600)"
        database.execute(f"{age} WHERE kind = 'Token'")
    with StandIn(tmp_path / "state", workers=1) as github:
        reply = Api(github.url, token.credentials).get("/repos/acme/shop")
    assert (reply.status, reply.body["message"]) == (401, "Bad credentials")


def test_token_is_cut_to_the_repositories_that_were_asked_for(github: StandIn, app: App) -> None:
    github.create_repository("acme/fleet", {"a": "1"})
    narrow = app.token(repositories=["fleet"])
    assert narrow.get("/repos/acme/fleet").status == 200
    assert narrow.get("/repos/acme/shop").status == 404
    assert [each["name"] for each in narrow.get("/installation/repositories").body["repositories"]] == ["fleet"]


def test_token_can_be_cut_by_repository_ids(github: StandIn, app: App) -> None:
    github.create_repository("acme/fleet", {"a": "1"})
    number = app.token().get("/repos/acme/fleet").body["id"]
    narrow = app.token(repository_ids=[number])
    assert narrow.get("/repos/acme/fleet").status == 200
    assert narrow.get("/repos/acme/shop").status == 404


def test_repositories_outside_the_installation_are_hidden(github: StandIn, app: App) -> None:
    github.create_repository("acme/secret", {"a": "1"})
    github.create_repository("other/thing", {"a": "1"})
    github.install("acme", repositories=["acme/shop"])
    token = app.token()
    assert [token.get(f"/repos/{name}").status for name in ("acme/shop", "acme/secret", "other/thing")] == [
        200,
        404,
        404,
    ]
    assert app.api().get("/repos/acme/secret/installation").status == 404


@pytest.mark.parametrize(
    ("narrowing", "message"),
    [
        ({"repositories": ["none"]}, "There is at least one repository that does not exist"),
        ({"repository_ids": [1]}, "There is at least one repository that does not exist"),
        ({"permissions": {"contents": "write"}}, "The level of access for permissions requested"),
        ({"permissions": {"issues": "read"}}, "The permissions requested are not granted"),
    ],
)
def test_token_for_more_than_the_installation_has_is_refused(app: App, narrowing: dict[str, Any], message: str) -> None:
    reply = app.api()("POST", f"/app/installations/{app.installation}/access_tokens", narrowing)
    assert reply.status == 422
    assert reply.body["message"].startswith(message)


@pytest.mark.parametrize(
    ("method", "path", "permission", "level"),
    [
        ("GET", "/pulls/1", "pull_requests", "read"),
        ("GET", "/commits/main", "contents", "read"),
        ("GET", "/tarball/main", "contents", "read"),
        ("GET", "/contents/app.yaml", "contents", "read"),
        ("GET", "/commits/main/check-runs", "checks", "read"),
        ("POST", "/check-runs", "checks", "write"),
    ],
)
def test_call_without_its_permission_is_refused(
    github: StandIn, app: App, method: str, path: str, permission: str, level: str
) -> None:
    github.open_pull_request("acme/shop", NewPull("b", files={"b": "1"}))
    granted = {"contents": "read", "checks": "write", "pull_requests": "read"}
    without = {name: value for name, value in granted.items() if name != permission}
    reply = app.token(permissions=without)(method, f"/repos/acme/shop{path}")
    assert (reply.status, reply.body["message"]) == (403, "Resource not accessible by integration")
    assert reply.headers["x-accepted-github-permissions"] == f"{permission}={level}"
    assert app.token(permissions=granted)(method, f"/repos/acme/shop{path}").status != 403


def test_reading_checks_does_not_allow_writing_them(app: App) -> None:
    token = app.token(permissions={"checks": "read"})
    assert token.get("/repos/acme/shop/check-runs/1").status == 404
    assert token("POST", "/repos/acme/shop/check-runs", {}).status == 403


def test_rate_limit_is_enforced_for_each_installation(github: StandIn, app: App) -> None:
    token = app.token()
    github.set_options(rate_limit=2)
    replies = [token.get("/repos/acme/shop") for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 403]
    assert [reply.headers["x-ratelimit-remaining"] for reply in replies] == ["1", "0", "0"]
    assert replies[2].body["message"].startswith(f"API rate limit exceeded for installation ID {app.installation}.")
    assert token.get("/rate_limit").body["rate"]["remaining"] == 0
    assert app.api().get("/app").status == 200
    github.reset_requests()
    assert token.get("/repos/acme/shop").status == 200
