"""The tokens function: what it is asked, what it answers, and what it never says."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from local.github.keys import KeyPair, new_key_pair
from slipway.config import GITHUB_API
from slipway.errors import ConfigError, InputError, RetryLater
from slipway.github.app import App, AppCredentials
from slipway.github.calls import Calls
from slipway.github.tokens import TokenCache, token_from_answer
from slipway.tokens import handler
from slipway.tokens.config import Config
from slipway.tokens.request import TokenRequest
from tests.unit.github_script import Says, Script, scripted

PERMISSIONS = {"contents": "read", "checks": "write"}
ENVIRON = {"SLIPWAY_APP_SECRET": "arn:app", "SLIPWAY_PERMISSIONS": json.dumps(PERMISSIONS)}


def test_the_environment_fixes_the_permissions() -> None:
    assert Config.from_env(ENVIRON) == Config("arn:app", GITHUB_API, PERMISSIONS)
    assert Config.from_env({**ENVIRON, "SLIPWAY_GITHUB_API_URL": "http://x"}).github_api_url == "http://x"


@pytest.mark.parametrize("permissions", ["", "contents", "{}", "[]", '{"contents": "all"}', '{"contents": {"a": 1}}'])
def test_permissions_are_named(permissions: str) -> None:
    with pytest.raises(ConfigError, match="environment: SLIPWAY_APP_SECRET is not set; SLIPWAY_PERMISSIONS is "):
        Config.from_env({"SLIPWAY_PERMISSIONS": permissions})


WHAT = {"installation": 1, "repositories": ["acme/app"]}


def test_a_request_is_read() -> None:
    assert TokenRequest.from_event(WHAT) == TokenRequest(1, ("acme/app",), renew=False)
    assert TokenRequest.from_event({**WHAT, "renew": True}).renew
    assert TokenRequest.from_event({**WHAT, "installation": 0}).installation == 0


MALFORMED: list[Any] = [
    None,
    [],
    "x",
    {},
    {"installation": 1},
    {**WHAT, "installation": "1"},
    {**WHAT, "installation": True},
    {**WHAT, "installation": -1},
    {**WHAT, "installation": 1.0},
    {**WHAT, "repositories": "acme/app"},
    {**WHAT, "repositories": []},
    {**WHAT, "repositories": [1]},
    {**WHAT, "repositories": None},
    {**WHAT, "renew": 1},
    {**WHAT, "renew": "yes"},
    {**WHAT, "permissions": {"contents": "write"}},
]


@pytest.mark.parametrize("event", MALFORMED, ids=repr)
def test_a_malformed_request_is_refused(event: Any) -> None:
    with pytest.raises(InputError):
        TokenRequest.from_event(event)


@dataclass
class Context:
    """What Lambda gives a handler."""

    function_name: str = "tokens"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:1:function:tokens"
    aws_request_id: str = "1"
    logged: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def keys() -> KeyPair:
    return new_key_pair()


@pytest.fixture
def ask(keys: KeyPair, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Invokes the handler before a scripted GitHub; returns its answer and the script."""
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)

    def invoke(event: Any, *answers: Says) -> tuple[Any, Script]:
        with scripted() as script:
            script.says(*answers)
            secret = {"appId": "12345", "privateKey": keys.private}
            credentials = AppCredentials(lambda: secret, lambda: secret)
            calls = Calls(credentials, script.url, timeout=5, sleep=lambda _: None)
            monkeypatch.setattr(handler, "app", lambda: App(calls, credentials.app_id, TokenCache()))
            return handler.handler(event, Context()), script  # type: ignore[arg-type]

    return invoke


GRANTED = Says(201, {"token": "ghs_secret", "expires_at": "2100-01-01T00:00:00Z"})


def test_a_token_is_answered_with_the_fixed_permissions(ask: Any) -> None:
    answer, script = ask(WHAT, GRANTED)
    assert answer == {"token": "ghs_secret", "expiresAt": "2100-01-01T00:00:00Z", "appId": 12345}
    assert script.asked[0].body == {"repositories": ["app"], "permissions": PERMISSIONS}
    assert token_from_answer(answer).expires_at == datetime(2100, 1, 1, tzinfo=UTC)


def test_an_installation_that_is_not_known_is_looked_up_by_the_repository(ask: Any) -> None:
    answer, script = ask({**WHAT, "installation": 0}, Says(200, {"id": 17}), GRANTED)
    assert answer["token"] == "ghs_secret"
    assert [(asked.method, asked.path) for asked in script.asked] == [
        ("GET", "/repos/acme/app/installation"),
        ("POST", "/app/installations/17/access_tokens"),
    ]


def test_a_repository_that_the_app_is_not_installed_on_is_named(ask: Any) -> None:
    answer, _ = ask({**WHAT, "installation": 0}, Says(404, {"message": "Not Found"}))
    with pytest.raises(InputError, match="GitHub knows no installation of the App on acme/app"):
        token_from_answer(json.loads(json.dumps(answer)))


def test_a_rate_limit_is_answered_with_the_time_to_wait(ask: Any) -> None:
    answer, _ = ask(WHAT, Says(403, {"message": "secondary rate limit"}, {"retry-after": "17"}))
    with pytest.raises(RetryLater) as caught:
        token_from_answer(json.loads(json.dumps(answer)))
    assert caught.value.after == 17


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (WHAT, "GitHub knows no installation 1 that reaches app, .* permission contents: read, checks: write"),
        ({**WHAT, "permissions": {}}, "a token is asked for with installation, renew, repositories and nothing else"),
        ({**WHAT, "repositories": ["acme/app", "other/app"]}, "repositories of one owner"),
    ],
)
def test_what_does_not_help_to_ask_again_is_answered_so(ask: Any, event: Any, message: str) -> None:
    answer, _ = ask(event, Says(404, {"message": "Not Found"}))
    with pytest.raises(InputError, match=message):
        token_from_answer(json.loads(json.dumps(answer)))


def test_a_wrong_configuration_is_an_error_of_the_function(ask: Any) -> None:
    with pytest.raises(ConfigError):
        ask(WHAT, Says(401), Says(401))


def test_no_log_line_holds_token_or_key(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(handler.logger.registered_handler, "stream", stream)
    ask(WHAT, GRANTED)
    ask(WHAT, Says(404))
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["message"] for line in lines] == ["token", "no token"]
    assert lines[0]["repositories"] == ["acme/app"]
    assert "ghs_secret" not in stream.getvalue()
    assert "PRIVATE" not in stream.getvalue()


PURE = ["archive", "checkruns", "cut", "hooks", "listing", "memory", "protocol", "tokens", "treecache"]


@pytest.mark.parametrize("module", PURE)
def test_what_needs_no_pygithub_does_not_import_it(module: str) -> None:
    code = f"import slipway.github.{module}, sys; print(*{{'github', 'requests', 'boto3'}} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.split() == []
