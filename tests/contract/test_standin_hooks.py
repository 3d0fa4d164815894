"""The GitHub stand-in signs, delivers, logs and redelivers webhooks as GitHub does."""

from __future__ import annotations

import hashlib
import hmac
import socket
from pathlib import Path

import pytest

from local.github.control import NewPull
from local.github.keys import KeyPair
from local.github.server import StandIn
from tests.contract.standin import APP_ID, SECRET, App, Receiver, set_up

CHANGE = NewPull("b", title="Grüße", files={"b.yaml": "b: 1\n"})


@pytest.fixture
def subscribed(github: StandIn, app: App, receiver: Receiver) -> Receiver:
    """A receiver of the `pull_request` events."""
    github.register_app(APP_ID, app.keys.public, events=["pull_request"])
    github.set_webhook(receiver.url, SECRET)
    return receiver


def test_delivery_is_signed_over_its_very_bytes(github: StandIn, subscribed: Receiver) -> None:
    github.open_pull_request("acme/shop", CHANGE)
    assert github.settle()
    (received,) = subscribed.received
    expected = hmac.new(SECRET.encode(), received.raw, hashlib.sha256).hexdigest()
    assert received.headers["x-hub-signature-256"] == f"sha256={expected}"
    assert received.payload["pull_request"]["title"] == "Grüße"


def test_delivery_has_githubs_headers(github: StandIn, app: App, subscribed: Receiver) -> None:
    github.open_pull_request("acme/shop", CHANGE)
    assert github.settle()
    (received,) = subscribed.received
    headers = received.headers
    assert received.path == "/github"
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"].startswith("GitHub-Hookshot/")
    assert headers["x-github-event"] == "pull_request"
    assert headers["x-github-hook-installation-target-id"] == str(APP_ID)
    assert headers["x-github-hook-installation-target-type"] == "integration"
    assert headers["x-github-hook-id"].isdecimal()
    assert received.payload["installation"]["id"] == app.installation
    (logged,) = github.deliveries()
    assert headers["x-github-delivery"] == logged["guid"]


def test_secret_and_url_change_at_run_time(github: StandIn, subscribed: Receiver) -> None:
    github.set_webhook(f"{subscribed.url}/new", "other")
    github.open_pull_request("acme/shop", CHANGE)
    assert github.settle()
    (received,) = subscribed.received
    assert received.path == "/github/new"
    expected = hmac.new(b"other", received.raw, hashlib.sha256).hexdigest()
    assert received.headers["x-hub-signature-256"] == f"sha256={expected}"


def test_delivery_without_a_secret_is_not_signed(github: StandIn, subscribed: Receiver) -> None:
    github.set_webhook(subscribed.url, "")
    github.open_pull_request("acme/shop", CHANGE)
    assert github.settle()
    assert "x-hub-signature-256" not in subscribed.received[0].headers


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (None, {"push", "pull_request.opened", "check_run.created", "check_run.completed", "check_run.rerequested"}),
        (["pull_request"], {"pull_request.opened"}),
        (["check_run.rerequested"], {"check_run.rerequested"}),
        ([], set()),
    ],
)
def test_only_subscribed_events_are_sent(
    github: StandIn, app: App, receiver: Receiver, events: list[str] | None, expected: set[str]
) -> None:
    github.register_app(APP_ID, app.keys.public, events=events)
    github.set_webhook(receiver.url, SECRET)
    head = github.open_pull_request("acme/shop", CHANGE).head_sha
    run = app.token()(
        "POST", "/repos/acme/shop/check-runs", {"name": "n", "head_sha": head, "conclusion": "success"}
    ).body
    github.rerequest_check_run(run["id"])
    assert github.settle()
    seen = {(each.headers["x-github-event"], each.payload.get("action")) for each in receiver.received}
    assert {".".join(part for part in pair if part) for pair in seen} == expected


def test_repositories_without_the_app_send_nothing(github: StandIn, subscribed: Receiver) -> None:
    github.create_repository("other/thing", {"a": "1"})
    github.open_pull_request("other/thing", CHANGE)
    assert github.settle()
    assert subscribed.received == []


@pytest.mark.parametrize(
    ("status", "logged", "outcome"),
    [
        (202, "OK", "success"),
        (401, "Invalid HTTP Response: 401", "failure"),
        (500, "Invalid HTTP Response: 500", "failure"),
    ],
)
def test_log_tells_how_the_receiver_answered(
    github: StandIn, app: App, subscribed: Receiver, status: int, logged: str, outcome: str
) -> None:
    subscribed.status = status
    github.open_pull_request("acme/shop", CHANGE)
    assert github.settle()
    (item,) = app.api().get("/app/hook/deliveries").body
    assert (item["status_code"], item["status"], item["redelivery"]) == (status, logged, False)
    assert (item["event"], item["action"]) == ("pull_request", "opened")
    assert app.api().get(f"/app/hook/deliveries?status={outcome}").body == [item]
    assert len(subscribed.received) == 1  # never retried
    full = app.api().get(f"/app/hook/deliveries/{item['id']}").body
    assert full["request"]["payload"] == subscribed.received[0].payload
    assert full["request"]["headers"]["X-GitHub-Delivery"] == item["guid"]
    assert full["response"]["payload"] == "ok"


def test_unreachable_receiver_is_logged_as_a_failure(github: StandIn, app: App, subscribed: Receiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    github.set_webhook(f"http://127.0.0.1:{port}/github", SECRET)
    github.open_pull_request("acme/shop", CHANGE)
    assert github.settle()
    (item,) = app.api().get("/app/hook/deliveries?status=failure").body
    assert (item["status_code"], item["status"]) == (502, "failed to connect to host")


def test_slow_receiver_is_given_up(github: StandIn, app: App, subscribed: Receiver) -> None:
    github.set_options(delivery_timeout=0.1)
    subscribed.delay = 0.5
    github.open_pull_request("acme/shop", CHANGE)
    assert github.settle()
    (item,) = app.api().get("/app/hook/deliveries").body
    assert (item["status_code"], item["status"]) == (504, "timed out")
    assert 0.1 <= item["duration"] < 0.5


def test_redelivery_repeats_the_event_with_its_id(github: StandIn, app: App, subscribed: Receiver) -> None:
    subscribed.status = 500
    github.open_pull_request("acme/shop", CHANGE)
    assert github.settle()
    subscribed.status = 202
    (failed,) = app.api().get("/app/hook/deliveries").body
    assert app.api()("POST", f"/app/hook/deliveries/{failed['id']}/attempts").status == 202
    assert github.settle()
    again, first = app.api().get("/app/hook/deliveries").body
    assert first == failed
    assert (again["guid"], again["redelivery"], again["status"]) == (failed["guid"], True, "OK")
    assert again["id"] != failed["id"]
    one, other = subscribed.received
    assert one.raw == other.raw
    assert one.headers["x-github-delivery"] == other.headers["x-github-delivery"]


def test_redelivery_of_nothing_is_not_found(app: App) -> None:
    assert app.api()("POST", "/app/hook/deliveries/7/attempts").status == 404
    assert app.api().get("/app/hook/deliveries/7").status == 404


def test_log_is_read_page_by_page(github: StandIn, app: App, subscribed: Receiver) -> None:
    github.open_pull_requests("acme/shop", [NewPull(f"b{n}", files={"n": str(n)}) for n in range(5)])
    assert github.settle()
    path, seen = "/app/hook/deliveries?per_page=2", []
    for _ in range(3):
        page = app.api().get(path)
        seen += [item["id"] for item in page.body]
        path = page.links.get("next", "")
    assert path == ""
    assert seen == sorted((item["id"] for item in github.deliveries()), reverse=True)


def test_control_redelivers_any_number(github: StandIn, subscribed: Receiver) -> None:
    github.open_pull_requests("acme/shop", [NewPull(f"b{n}", files={"n": str(n)}) for n in range(3)])
    assert github.settle()
    github.redeliver(*(item["id"] for item in github.deliveries()))
    assert github.settle()
    assert [item["redelivery"] for item in github.deliveries()] == [False] * 3 + [True] * 3
    assert len({item["guid"] for item in github.deliveries()}) == 3


def test_deliveries_that_were_not_made_are_made_after_a_restart(
    tmp_path: Path, keys: KeyPair, receiver: Receiver
) -> None:
    with StandIn(tmp_path / "state", workers=0) as github:
        set_up(github, keys)
        github.set_webhook(receiver.url, SECRET, ping=True)
        assert not github.settle(timeout=0.05)
        assert github.deliveries() == []
    with StandIn(tmp_path / "state", workers=1) as github:
        assert github.settle()
        assert [item["event"] for item in github.deliveries()] == ["ping"]
    assert len(receiver.received) == 1
