"""The App: JWTs, tokens and webhook deliveries."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from local.github.keys import KeyPair, new_key_pair
from slipway.answers import failed_answer
from slipway.errors import ConfigError, InputError, RetryLater
from slipway.github.app import App, AppCredentials, AppHookDeliveries, AppSecret
from slipway.github.calls import Calls
from slipway.github.failures import OutcomeUnknown
from slipway.github.hooks import HookDelivery
from slipway.github.tokens import (
    MARGIN_SECONDS,
    CachedSource,
    InstallationToken,
    TokenCache,
    token_from_answer,
)
from tests.unit.github_script import Says, Script, scripted

READ = {"contents": "read"}


@pytest.fixture(scope="module")
def keys() -> KeyPair:
    return new_key_pair()


@dataclass
class Bench:
    """An App before a scripted GitHub; `now` is what its cache takes for the time."""

    script: Script
    secret: dict[str, str]
    rotated: dict[str, str] = field(default_factory=dict)
    now: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        credentials = AppCredentials(lambda: self.secret, self._refetch)
        self.calls = Calls(credentials, self.script.url, timeout=5, sleep=lambda _: None)
        self.app = App(self.calls, credentials.app_id, TokenCache(lambda: self.now))

    def _refetch(self) -> Mapping[str, str]:
        self.secret = {**self.secret, **self.rotated}
        return self.secret

    def says(self, *answers: Says) -> None:
        self.script.says(*answers)

    def grants(self, *tokens: str) -> None:
        expires = datetime.fromtimestamp(self.now, UTC) + timedelta(hours=1)
        self.says(
            *(Says(201, {"token": each, "expires_at": expires.strftime("%Y-%m-%dT%H:%M:%SZ")}) for each in tokens)
        )

    def claims(self, keys: KeyPair) -> list[dict[str, Any]]:
        tokens = [asked.headers["authorization"].removeprefix("Bearer ") for asked in self.script.asked]
        return [jwt.decode(token, keys.public, algorithms=["RS256"]) for token in tokens]


@pytest.fixture
def bench(keys: KeyPair) -> Iterator[Bench]:
    with scripted() as script:
        yield Bench(script, {"appId": "12345", "privateKey": keys.private})


def test_each_jwt_is_used_once_and_lives_for_less_than_ten_minutes(bench: Bench, keys: KeyPair) -> None:
    bench.grants("a", "b")
    bench.app.mint(1, ["acme/app"], READ)
    bench.app.mint(2, ["acme/app"], READ)
    now = time.time()
    first, second = bench.claims(keys)
    assert first["jti"] != second["jti"]
    assert all(claims["iss"] == "12345" for claims in (first, second))
    assert all(now - 65 < claims["iat"] <= now - 60 for claims in (first, second))
    assert all(now + 530 < claims["exp"] <= now + 540 for claims in (first, second))


def test_a_token_is_cut_to_repositories_and_permissions(bench: Bench) -> None:
    bench.grants("ghs_a")
    token = bench.app.mint(17, ["acme/web", "acme/app"], {"contents": "read", "checks": "write"})
    (asked,) = bench.script.asked
    assert (asked.method, asked.path) == ("POST", "/app/installations/17/access_tokens")
    assert asked.body == {"repositories": ["app", "web"], "permissions": {"contents": "read", "checks": "write"}}
    assert (token.token, token.app_id) == ("ghs_a", 12345)
    assert token.expires_at.timestamp() == pytest.approx(bench.now + 3600, abs=1)


def test_a_token_is_kept_for_what_it_was_made_for(bench: Bench) -> None:
    bench.grants("a", "b", "c", "d")
    first = bench.app.mint(1, ["acme/app", "acme/web"], {"contents": "read", "checks": "write"})
    again = bench.app.mint(1, ["acme/web", "acme/app", "acme/web"], {"checks": "write", "contents": "read"})
    others = [
        bench.app.mint(2, ["acme/app", "acme/web"], {"contents": "read", "checks": "write"}),
        bench.app.mint(1, ["acme/app"], {"contents": "read", "checks": "write"}),
        bench.app.mint(1, ["acme/app", "acme/web"], {"contents": "read"}),
    ]
    assert first is again
    assert [first.token, *(other.token for other in others)] == ["a", "b", "c", "d"]


def test_a_token_that_ends_soon_is_not_handed_out(bench: Bench) -> None:
    bench.grants("a")
    bench.app.mint(1, ["acme/app"], READ)
    bench.now += 3600 - MARGIN_SECONDS - 2
    assert bench.app.mint(1, ["acme/app"], READ).token == "a"
    bench.now += 3
    bench.grants("b")
    assert bench.app.mint(1, ["acme/app"], READ).token == "b"
    assert MARGIN_SECONDS >= 5 * 60


def test_a_token_is_made_anew_on_demand(bench: Bench) -> None:
    bench.grants("a", "b")
    bench.app.mint(1, ["acme/app"], READ)
    assert bench.app.mint(1, ["acme/app"], READ, renew=True).token == "b"
    assert bench.app.mint(1, ["acme/app"], READ).token == "b"


WRONG_REPOSITORIES = [[], ["app"], ["acme/app", "other/app"], ["acme/../x"], ["acme/.."], ["acme/a b"], ["acme/app/x"]]


@pytest.mark.parametrize("repositories", WRONG_REPOSITORIES)
def test_repositories_are_of_one_owner_and_by_name(bench: Bench, repositories: list[str]) -> None:
    with pytest.raises(InputError, match="a token is for repositories of one owner, each given as owner/name"):
        bench.app.mint(1, repositories, READ)
    assert bench.script.asked == []


def test_a_token_reaches_so_many_repositories(bench: Bench) -> None:
    with pytest.raises(InputError, match="a token reaches at most 500 repositories, not 501"):
        bench.app.mint(1, [f"acme/app-{i}" for i in range(501)], READ)


REFUSALS = [
    (404, {"message": "Not Found"}, "GitHub knows no installation 1 that reaches app"),
    (422, {"message": "There is at least one repository that does not exist"}, "422 There is at least one repository"),
    (403, {"message": "This installation has been suspended"}, r"forbids .*\(This installation has been suspended\)"),
]


@pytest.mark.parametrize(("status", "body", "message"), REFUSALS)
def test_no_token(bench: Bench, status: int, body: dict[str, str], message: str) -> None:
    bench.says(Says(status, body))
    with pytest.raises(InputError, match=message):
        bench.app.mint(1, ["acme/app"], READ)


def test_a_token_that_got_lost_is_asked_for_once_more(bench: Bench) -> None:
    bench.says(Says(drop=True))
    bench.grants("b")
    assert bench.app.mint(1, ["acme/app"], READ).token == "b"
    bench.says(Says(502), Says(502))
    with pytest.raises(RetryLater, match="outcome unknown"):
        bench.app.mint(2, ["acme/app"], READ)


def test_a_key_that_was_changed_is_fetched_again(bench: Bench, keys: KeyPair) -> None:
    new = new_key_pair()
    bench.rotated = {"privateKey": new.private}
    bench.says(Says(401, {"message": "A JSON web token could not be decoded"}))
    bench.grants("a")
    assert bench.app.mint(1, ["acme/app"], READ).token == "a"
    used = [asked.headers["authorization"].removeprefix("Bearer ") for asked in bench.script.asked]
    jwt.decode(used[0], keys.public, algorithms=["RS256"])
    jwt.decode(used[1], new.public, algorithms=["RS256"])


def test_a_key_that_is_not_the_apps_is_a_matter_of_configuration(bench: Bench) -> None:
    bench.says(*[Says(401, {"message": "A JSON web token could not be decoded"})] * 2)
    with pytest.raises(ConfigError, match=r"GitHub does not accept our JWT \(A JSON web token could not be decoded\)"):
        bench.app.mint(1, ["acme/app"], READ)


EC_KEY = (
    ec.generate_private_key(ec.SECP256R1())
    .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    .decode()
)
BAD_SECRETS = [
    ({}, "appId is not a number; privateKey is not a private key in PEM"),
    ({"appId": "Iv1.abc", "privateKey": EC_KEY}, "appId is not a number"),
    ({"appId": "1", "privateKey": "hunter2"}, "privateKey is not a private key in PEM"),
]


@pytest.mark.parametrize(("secret", "message"), BAD_SECRETS)
def test_a_secret_that_is_none_says_what_is_wrong(secret: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        AppSecret.from_mapping(secret)
    assert "hunter2" not in str(caught.value)


UNREADABLE = ["-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----\n", EC_KEY]


@pytest.mark.parametrize("key", UNREADABLE, ids=["garbled", "of another kind"])
def test_a_key_that_cannot_be_read_is_not_shown(key: str) -> None:
    bench = Bench(Script("http://127.0.0.1:1"), {"appId": "1", "privateKey": key})
    with pytest.raises(ConfigError, match="privateKey is not an RSA key that can be read") as caught:
        bench.app.mint(1, ["acme/app"], READ)
    assert caught.value.__cause__ is None


def test_neither_token_nor_key_is_in_a_log_or_a_repr(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    bench.grants("ghs_secret")
    token = bench.app.mint(1, ["acme/app"], READ)
    secret = AppSecret.from_mapping(bench.secret)
    assert "ghs_secret" not in caplog.text + repr(token)
    assert "PRIVATE" not in caplog.text + repr(secret)


def delivery(number: int, **changes: Any) -> dict[str, Any]:
    """A delivery as GitHub lists it."""
    return {
        "id": number,
        "guid": "0b989ba4-242f-11e5-81e1-c7b6966d2516",
        "delivered_at": "2026-11-22T12:34:56.789Z",
        "redelivery": False,
        "duration": 0.27,
        "status": "OK",
        "status_code": 200,
        "event": "pull_request",
        "action": "opened",
        "installation_id": 1,
        "repository_id": 2,
        "throttled_at": None,
        **changes,
    }


def test_deliveries_come_in_pages(bench: Bench) -> None:
    link = f'<{bench.script.url}/app/hook/deliveries?per_page=100&cursor=v1_7%3D>; rel="next"'
    bench.says(Says(200, [delivery(9), delivery(8, action=None, redelivery=True, status_code=0)], {"Link": link}))
    bench.says(Says(200, []))
    hooks = AppHookDeliveries(bench.calls)
    page = hooks.page(None)
    at = datetime(2026, 11, 22, 12, 34, 56, 789000, tzinfo=UTC)
    guid = "0b989ba4-242f-11e5-81e1-c7b6966d2516"
    assert page.deliveries == (
        HookDelivery(9, guid, at, 200, "pull_request", "opened", redelivery=False),
        HookDelivery(8, guid, at, 0, "pull_request", "", redelivery=True),
    )
    assert page.next_cursor == "v1_7="
    assert hooks.page(page.next_cursor).next_cursor is None
    assert [asked.path for asked in bench.script.asked] == [
        "/app/hook/deliveries?per_page=100",
        "/app/hook/deliveries?cursor=v1_7%3D&per_page=100",
    ]


def test_a_delivery_is_delivered_again(bench: Bench) -> None:
    bench.says(Says(202, {}), Says(422, {"message": "too old"}), Says(502))
    hooks = AppHookDeliveries(bench.calls)
    hooks.redeliver(9)
    assert (bench.script.asked[0].method, bench.script.asked[0].path) == ("POST", "/app/hook/deliveries/9/attempts")
    with pytest.raises(InputError, match="GitHub refuses redelivery of 9: 422 too old"):
        hooks.redeliver(9)
    with pytest.raises(OutcomeUnknown):
        hooks.redeliver(9)


def test_a_token_survives_the_way_between_functions() -> None:
    token = InstallationToken("ghs_a", datetime(2026, 11, 22, 12, 0, 1, tzinfo=UTC), app_id=7)
    assert token_from_answer(token.to_answer()) == token
    assert token.to_answer()["expiresAt"] == "2026-11-22T12:00:01Z"


@pytest.mark.parametrize("err", [RetryLater("busy", after=17.5), InputError("no such installation")], ids=repr)
def test_an_error_survives_the_way_between_functions(err: RetryLater | InputError) -> None:
    with pytest.raises(type(err)) as caught:
        token_from_answer(failed_answer(err))
    assert str(caught.value) == str(err)
    assert getattr(caught.value, "after", None) == getattr(err, "after", None)


def test_a_source_keeps_its_token_until_it_is_renewed() -> None:
    made: list[bool] = []

    def mint(*, renew: bool) -> InstallationToken:
        made.append(renew)
        return InstallationToken(f"t{len(made)}", datetime.now(UTC) + timedelta(hours=1), app_id=1)

    cache = TokenCache()
    source = CachedSource(cache, "key", mint)
    assert [source.current().token, source.current().token] == ["t1", "t1"]
    source.renew()
    assert [source.current().token, CachedSource(cache, "key", mint).current().token] == ["t2", "t2"]
    assert CachedSource(cache, "another", mint).current().token == "t3"
    assert made == [False, True, False]


def test_tokens_that_have_ended_are_forgotten() -> None:
    now = [0.0]
    cache = TokenCache(lambda: now[0])
    for hour in range(50):
        now[0] = hour * 3600.0
        expires_at = datetime.fromtimestamp(now[0] + 3600, UTC)
        cache.get(hour, lambda at=expires_at: InstallationToken("t", at, app_id=1))  # type: ignore[misc]
    assert len(cache) == 1
