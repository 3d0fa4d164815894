"""Projection: which deliveries become which events."""

from typing import Any

import pytest

from slipway.errors import InputError
from slipway.events import Delivery
from slipway.ingress.project import project
from tests.unit.ingress_world import REPOSITORY, SHA, pull_request

OTHER_REPOSITORY = {"id": 2, "full_name": "someone/fork"}


def delivery(event: str, action: str, repository: str = "acme/gitops-system") -> Delivery:
    return Delivery(
        id="guid",
        hook="42",
        event=event,
        action=action,
        installation=99,
        repository=repository,
        sender="ada",
        received_at="2026-07-01T00:00:00+00:00",
        body_key="deliveries/2026/07/01/42-guid.json",
    )


def named(number: int, repository: dict[str, Any] = REPOSITORY) -> dict[str, Any]:
    return {"number": number, "head": {"sha": "f" * 40}, "base": {"repo": {"id": repository["id"]}}}


def check(*pulls: dict[str, Any], external_id: str | None = None) -> dict[str, Any]:
    return {"head_sha": SHA, "pull_requests": list(pulls), "external_id": external_id}


def seen(event: str, payload: dict[str, Any]) -> list[tuple[int, str, bool]]:
    events = project(delivery(event, payload["action"]), payload)
    return [(each.number, each.head_sha, each.rerun) for each in events]


@pytest.mark.parametrize("action", ["opened", "reopened", "synchronize", "ready_for_review"])
def test_a_pull_request_with_something_new_to_check_is_an_event(action: str) -> None:
    assert seen("pull_request", pull_request(action)) == [(7, SHA, False)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({"base": {"ref": {"from": "main"}}}, [(7, SHA, False)]), ({"title": {"from": "old"}}, [])],
)
def test_an_edit_is_an_event_if_it_changed_the_base(changes: dict[str, Any], expected: list[object]) -> None:
    assert seen("pull_request", pull_request("edited", changes=changes)) == expected


@pytest.mark.parametrize(
    ("event", "action"),
    [
        ("pull_request", "closed"),
        ("pull_request", "labeled"),
        ("pull_request_review", "edited"),
        ("check_run", "created"),
        ("check_suite", "requested"),
        ("ping", ""),
        ("push", ""),
        ("of_the_future", "invented"),
    ],
)
def test_everything_else_is_ignored_whatever_it_holds(event: str, action: str) -> None:
    assert seen(event, {"action": action}) == []


@pytest.mark.parametrize("action", ["labeled", "unlabeled"])
@pytest.mark.parametrize(("label", "expected"), [("slipway/approve-destructive", [(7, SHA, False)]), ("bug", [])])
def test_a_label_is_an_event_if_it_may_approve_something(action: str, label: str, expected: list[object]) -> None:
    assert seen("pull_request", pull_request(action, label={"name": label})) == expected


@pytest.mark.parametrize(
    ("action", "state", "pull_state", "expected"),
    [
        ("submitted", "approved", "open", [(7, SHA, False)]),
        ("submitted", "changes_requested", "open", [(7, SHA, False)]),
        ("submitted", "commented", "open", []),
        ("dismissed", "dismissed", "open", [(7, SHA, False)]),
        ("submitted", "approved", "closed", []),
    ],
)
def test_a_review_is_an_event_if_it_may_approve_something(
    action: str, state: str, pull_state: str, expected: list[object]
) -> None:
    reviewed = {"number": 7, "state": pull_state, "head": {"sha": SHA}}
    payload = {"action": action, "review": {"state": state}, "pull_request": reviewed}

    assert seen("pull_request_review", payload) == expected


@pytest.mark.parametrize("event", ["check_run", "check_suite"])
def test_a_rerun_is_an_event_for_each_pull_request_that_it_names(event: str) -> None:
    payload = {"action": "rerequested", event: check(named(9), named(7)), "repository": REPOSITORY}
    assert seen(event, payload) == [(7, SHA, True), (9, SHA, True)]


def test_a_rerun_does_not_concern_other_repositories_that_have_the_commit() -> None:
    about = check(named(3, OTHER_REPOSITORY), named(7))
    assert seen("check_run", {"action": "rerequested", "check_run": about, "repository": REPOSITORY}) == [
        (7, SHA, True)
    ]


@pytest.mark.parametrize(
    ("external_id", "expected"),
    [
        (f"slipway:acme/gitops-system#12@{SHA}", [(12, SHA, True)]),
        (f"slipway:acme/gitops-system#12@{SHA}/0123456789ab", [(12, SHA, True)]),
        (f"slipway:acme/other#12@{SHA}", []),
        (f"slipway:acme/gitops-system#12@{'f' * 40}", []),
        (f"slipway:acme/gitops-system#twelve@{SHA}", []),
        (f"another:acme/gitops-system#12@{SHA}", []),
        ("", []),
        (None, []),
    ],
)
def test_a_rerun_for_a_fork_takes_the_pull_request_from_what_the_check_run_is_about(
    external_id: str | None, expected: list[object]
) -> None:
    about = check(named(3, OTHER_REPOSITORY), external_id=external_id)
    assert seen("check_run", {"action": "rerequested", "check_run": about, "repository": REPOSITORY}) == expected


def without(payload: dict[str, Any], *path: str) -> dict[str, Any]:
    first, *rest = path
    if not rest:
        return {name: value for name, value in payload.items() if name != first}
    return {**payload, first: without(payload[first], *rest)}


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("pull_request", without(pull_request(), "number")),
        ("pull_request", without(pull_request(), "pull_request")),
        ("pull_request", without(pull_request(), "pull_request", "head", "sha")),
        ("pull_request", pull_request(number=None)),
        ("pull_request", pull_request(number="seven")),
        ("pull_request", pull_request(pull_request=[])),
        ("pull_request", pull_request(pull_request={"head": {"sha": "main"}})),
        ("pull_request", pull_request(pull_request={"head": {"sha": 5}})),
        ("pull_request", pull_request("edited")),
        ("pull_request", pull_request("edited", changes=None)),
        ("check_run", {"action": "rerequested", "repository": REPOSITORY}),
        ("check_run", {"action": "rerequested", "check_run": check(named(7))}),
        ("check_run", {"action": "rerequested", "check_run": check({"number": 7}), "repository": REPOSITORY}),
        ("check_suite", {"action": "rerequested", "check_suite": None, "repository": REPOSITORY}),
    ],
)
def test_a_payload_that_lacks_what_its_event_has_is_malformed(event: str, payload: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=f"malformed {event} payload"):
        seen(event, payload)


def test_a_pull_request_of_no_repository_is_malformed() -> None:
    with pytest.raises(InputError, match="names no repository"):
        project(delivery("pull_request", "opened", repository=""), pull_request())
