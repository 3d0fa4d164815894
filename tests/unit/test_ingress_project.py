"""Projection: which deliveries become which events."""

from typing import Any

import pytest

from slipway.errors import InputError
from slipway.events import (
    MERGED_BESIDE,
    BaseEvent,
    Delivery,
    ProposalEvent,
    PullRequestEvent,
    RequestEvent,
    text_digest,
)
from slipway.generation.serve import LABEL
from slipway.ingress.project import FORM_TITLE, REQUEST_LABEL, project
from slipway.requests.kinds import KINDS, Kind
from tests.unit.ingress_world import HEAD, REPOSITORY, SHA, pull_request

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
    return [(each.number, each.head_sha, each.rerun) for each in events if isinstance(each, PullRequestEvent)]


def asked(event: str, payload: dict[str, Any]) -> list[tuple[int, int, str]]:
    """Requests, by number, comment and digest."""
    events = project(delivery(event, payload["action"]), payload)
    return [(each.number, each.comment, each.text) for each in events if isinstance(each, RequestEvent)]


def proposed(event: str, payload: dict[str, Any]) -> list[str]:
    """Branches of our own to which something happened."""
    events = project(delivery(event, payload["action"]), payload)
    return [each.branch for each in events if isinstance(each, ProposalEvent)]


@pytest.mark.parametrize("action", ["opened", "reopened", "synchronize", "ready_for_review"])
def test_a_pull_request_with_something_new_to_check_is_an_event(action: str) -> None:
    assert seen("pull_request", pull_request(action)) == [(7, SHA, False)]


@pytest.mark.parametrize(
    ("head", "branch"),
    [
        ({}, ""),
        ({"ref": "slipway/request-7"}, "slipway/request-7"),
        ({"ref": "slipway/request-7", "repo": OTHER_REPOSITORY}, ""),
        ({"ref": "slipway/request-7", "repo": None}, ""),
    ],
)
def test_a_pull_request_that_slipway_made_says_its_branch(head: dict[str, Any], branch: str) -> None:
    payload = pull_request("synchronize")
    payload["pull_request"]["head"] = {**HEAD, **head}
    (event,) = project(delivery("pull_request", "synchronize"), payload)
    assert isinstance(event, PullRequestEvent)
    assert event.branch == branch
    assert PullRequestEvent.from_detail(event.to_detail()) == event


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({"base": {"ref": {"from": "main"}}}, [(7, SHA, False)]), ({"title": {"from": "old"}}, [])],
)
def test_an_edit_is_an_event_if_it_changed_the_base(changes: dict[str, Any], expected: list[object]) -> None:
    assert seen("pull_request", pull_request("edited", changes=changes)) == expected


@pytest.mark.parametrize(
    ("event", "action"),
    [
        ("pull_request", "labeled"),
        ("pull_request_review", "edited"),
        ("check_run", "created"),
        ("check_suite", "requested"),
        ("ping", ""),
        ("of_the_future", "invented"),
    ],
)
def test_everything_else_is_ignored_whatever_it_holds(event: str, action: str) -> None:
    assert seen(event, {"action": action}) == []


@pytest.mark.parametrize("action", ["labeled", "unlabeled"])
@pytest.mark.parametrize(
    ("label", "expected"),
    [("slipway/approve-destructive", [(7, SHA, False)]), ("slipway/request", []), ("bug", [])],
)
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
    reviewed = {"number": 7, "state": pull_state, "head": HEAD}
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


# Requests

FORM = "### Name\n\ncrm-staging\n"


def issue(**more: object) -> dict[str, Any]:
    return {"number": 17, "title": "Add a cluster: crm-staging", "body": FORM, "labels": [], **more}


@pytest.mark.parametrize("action", ["opened", "edited", "reopened", "closed"])
def test_an_issue_made_with_a_form_asks_for_something(action: str) -> None:
    assert asked("issues", {"action": action, "issue": issue()}) == [(17, 0, text_digest(FORM))]


@pytest.mark.parametrize(
    ("label", "expected"),
    [({"name": "slipway/add-cluster"}, 1), ({"name": "slipway/request"}, 0), ({"name": "bug"}, 0), (None, 0)],
)
def test_a_label_counts_if_it_says_what_is_asked(label: object, expected: int) -> None:
    assert len(asked("issues", {"action": "labeled", "issue": issue(), "label": label})) == expected


def test_the_label_of_all_forms_is_known() -> None:
    assert REQUEST_LABEL == LABEL


@pytest.mark.parametrize("action", ["assigned", "unlabeled", "deleted", "pinned"])
def test_what_else_happens_to_an_issue_changes_nothing_about_it(action: str) -> None:
    assert asked("issues", {"action": action, "issue": issue()}) == []


@pytest.mark.parametrize(
    ("title", "labels", "is_request"),
    [
        ("crm-staging, please", [{"name": "slipway/add-cluster"}], True),
        ("crm-staging, please", [{"name": "bug"}, {"name": "slipway/request"}], True),
        ("crm-staging, please", [{"name": "bug"}], False),
        ("Add a cluster: crm-staging", [], True),
        ("Add a cluster", [], False),
        ("Why: Add a cluster: crm-staging", [], False),
        ("", [], False),
    ],
)
def test_an_issue_is_a_request_by_its_label_or_by_the_title_that_a_form_begins(
    title: str, labels: list[object], is_request: bool
) -> None:
    found = asked("issues", {"action": "opened", "issue": issue(title=title, labels=labels)})
    assert bool(found) == is_request


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_the_titles_of_all_forms_are_known(kind: Kind) -> None:
    assert FORM_TITLE.match(f"{kind.title}: something")


def test_an_issue_without_a_text_asks_for_nothing_yet() -> None:
    assert asked("issues", {"action": "opened", "issue": issue(body=None)}) == [(17, 0, text_digest(""))]


def said(body: str | None, action: str = "created") -> dict[str, Any]:
    return {"action": action, "issue": issue(title="Something else"), "comment": {"id": 4711, "body": body}}


@pytest.mark.parametrize("action", ["created", "edited"])
@pytest.mark.parametrize(
    "body", ["/slipway help", "/slipway", "Please:\n/slipway retry", "Please:\r\n/slipway retry\r\n"]
)
def test_a_comment_with_a_command_asks_for_something(action: str, body: str) -> None:
    assert asked("issue_comment", said(body, action)) == [(17, 4711, text_digest(body))]


@pytest.mark.parametrize("body", ["", None, "Try /slipway help", "/slipways help", "> /slipway help", " /slipway help"])
def test_other_comments_ask_for_nothing(body: str | None) -> None:
    assert asked("issue_comment", said(body)) == []


def test_a_comment_that_is_deleted_asks_for_nothing() -> None:
    assert asked("issue_comment", said("/slipway help", "deleted")) == []


def test_line_breaks_and_space_around_a_text_do_not_change_its_digest() -> None:
    assert text_digest("a\r\nb\r\n") == text_digest("a\nb") == text_digest("\na\nb\n\n")
    assert text_digest("a\nb") != text_digest("a\n\nb")


def head(ref: str = "slipway/gitops-system-17-s1", repository: str | None = "acme/gitops-system") -> dict[str, Any]:
    return {"ref": ref, "sha": SHA, "repo": repository and {"full_name": repository}}


@pytest.mark.parametrize("action", ["closed", "reopened"])
def test_a_pull_request_of_ours_that_is_closed_or_reopened_is_an_event(action: str) -> None:
    payload = pull_request(action, pull_request={"head": head()})
    assert proposed("pull_request", payload) == ["slipway/gitops-system-17-s1"]


def test_a_pull_request_of_ours_that_is_opened_is_known_already() -> None:
    assert proposed("pull_request", pull_request("opened", pull_request={"head": head()})) == []


@pytest.mark.parametrize(
    "theirs",
    [
        head("fix"),
        head("slipways/gitops-system-17-s1"),
        head(repository="mallory/gitops-system"),
        head(repository=None),
    ],
    ids=["another branch", "nearly our name", "a fork's branch", "a fork that is gone"],
)
@pytest.mark.parametrize("action", ["closed", "reopened"])
def test_pull_requests_of_others_are_none_of_ours_whatever_their_branches_are_called(
    action: str, theirs: dict[str, Any]
) -> None:
    assert proposed("pull_request", pull_request(action, pull_request={"head": theirs})) == []


MERGED = f"\nacme/gitops-workloads#3 is merged.\n{MERGED_BESIDE}acme/gitops-workloads#3 -->\n"


@pytest.mark.parametrize(
    ("before", "now", "where", "expected"),
    [
        ("Text", "Text" + MERGED, head(), [(7, SHA, True)]),
        (None, MERGED, head(), []),
        ("Text" + MERGED, "Text" + MERGED + "more", head(), []),
        ("Text", "Text, changed", head(), []),
        ("Text", "Text" + MERGED, head("fix"), []),
        ("Text", "Text" + MERGED, head(repository="mallory/gitops-system"), []),
    ],
    ids=["told", "not edited", "told before", "not told", "another branch", "a fork's branch"],
)
def test_a_pull_request_of_ours_is_checked_again_when_one_beside_it_is_merged(
    before: str | None, now: str, where: dict[str, Any], expected: list[object]
) -> None:
    changes = {"title": {"from": "old"}} if before is None else {"body": {"from": before}}
    payload = pull_request("edited", changes=changes, pull_request={"head": where, "body": now})
    assert seen("pull_request", payload) == expected


@pytest.mark.parametrize("action", ["submitted", "dismissed"])
@pytest.mark.parametrize(("state", "expected"), [("open", ["slipway/gitops-system-17-s1"]), ("closed", [])])
def test_a_review_of_ours_is_an_event_while_it_is_open(action: str, state: str, expected: list[str]) -> None:
    reviewed = {"number": 7, "state": state, "head": head()}
    payload = {"action": action, "review": {"state": "approved"}, "pull_request": reviewed}
    assert proposed("pull_request_review", payload) == expected


@pytest.mark.parametrize(
    ("suite", "expected"),
    [
        ({"head_branch": "slipway/gitops-system-17-s1"}, ["slipway/gitops-system-17-s1"]),
        ({"head_branch": "fix"}, []),
        ({"head_branch": None}, []),
        (None, []),
    ],
)
def test_a_check_on_a_branch_of_ours_that_is_completed_is_an_event(suite: object, expected: list[str]) -> None:
    assert proposed("check_run", {"action": "completed", "check_run": {"check_suite": suite}}) == expected


# Pushes


def push(ref: str = "refs/heads/main", **more: object) -> dict[str, Any]:
    return {
        "action": "",
        "ref": ref,
        "created": False,
        "deleted": False,
        "forced": False,
        "repository": {**REPOSITORY, "default_branch": "main"},
        **more,
    }


def moved(payload: dict[str, Any]) -> list[tuple[str, bool]]:
    """Default branches that have moved, and whether by force."""
    events = project(delivery("push", ""), payload)
    return [(each.branch, each.forced) for each in events if isinstance(each, BaseEvent)]


@pytest.mark.parametrize("forced", [False, True])
def test_a_default_branch_that_has_moved_is_an_event(forced: bool) -> None:
    assert moved(push(forced=forced)) == [("main", forced)]


@pytest.mark.parametrize(
    "payload",
    [
        push("refs/heads/fix"),
        push("refs/heads/slipway/gitops-system-17-s1"),
        push("refs/heads/feature/main"),
        push("refs/tags/main"),
        push(deleted=True),
        push(created=True),
        push(repository={**REPOSITORY, "default_branch": "trunk"}),
    ],
    ids=["another branch", "ours", "nearly its name", "a tag", "deleted", "made", "not the default branch"],
)
def test_other_pushes_move_nothing_that_we_propose_to(payload: dict[str, Any]) -> None:
    assert moved(payload) == []


# What is malformed


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
        ("pull_request", without(pull_request("closed"), "pull_request", "head", "repo")),
        ("issues", {"action": "opened"}),
        ("issues", {"action": "opened", "issue": {"number": 1, "body": ""}}),
        ("issue_comment", {"action": "created", "issue": {}, "comment": {"id": 1, "body": "/slipway help"}}),
        ("pull_request", pull_request("edited", changes=None)),
        ("push", without(push(), "repository", "default_branch")),
        ("push", without(push(), "ref")),
        ("push", without(push(), "forced")),
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
