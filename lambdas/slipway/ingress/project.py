"""From a delivery to events on the bus; what is not named here is ignored.

Source of the payloads: https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slipway.errors import InputError
from slipway.events import (
    APPROVING_LABELS,
    MERGED_BESIDE,
    PROPOSAL_BRANCHES,
    BaseEvent,
    Delivery,
    ProposalEvent,
    PullRequestEvent,
    RequestEvent,
    text_digest,
)

Payload = Mapping[str, Any]

PULL_REQUEST_ACTIONS = frozenset({"opened", "reopened", "synchronize", "ready_for_review"})
"""After these there is something new to check; so there is after `edited`, if it was the base branch."""

REVIEWS_THAT_COUNT = frozenset({"approved", "changes_requested"})
"""What may approve what a change destroys, or take that back; comments do neither."""

EXTERNAL_ID = re.compile(r"slipway:(?P<repository>[^#@\s]+)#(?P<number>[0-9]{1,10})@(?P<sha>[0-9a-f]{40,64})(?:/\S+)?")
"""What our check runs say they are about; after the slash, which of several on one head."""


Event = PullRequestEvent | RequestEvent | ProposalEvent | BaseEvent

ISSUE_ACTIONS = frozenset({"opened", "edited", "labeled", "reopened", "closed"})
"""After these an issue may ask for something else than before, or no longer for anything."""

FORM_TITLE = re.compile(r"(?:Add|Change|Onboard|Remove|Update|Upgrade) an? (?:application|cluster|tool):")
"""As the forms of `slipway.requests` begin the titles of their issues; a test keeps the two alike."""

REQUEST_LABEL = "slipway/request"
"""On every issue that a form has made and on every pull request that we make: it says nothing more about them."""

COMMAND = re.compile(r"^/slipway(?:\s|$)", re.MULTILINE)
"""What a comment has to have to be a command; whether it is one, the generation reads."""


def project(delivery: Delivery, payload: Payload) -> tuple[Event, ...]:
    """The events that a delivery stands for, none if we have no use for it.

    Raises:
        InputError: the payload lacks what every payload of its event has.
    """
    try:
        events = _events(delivery, payload)
    except (AttributeError, KeyError, TypeError, ValueError) as err:
        raise InputError(f"malformed {delivery.event} payload: {err!r}") from err
    if events and not delivery.repository:
        raise InputError(f"malformed {delivery.event} payload: it names no repository")
    return events


def _events(delivery: Delivery, payload: Payload) -> tuple[Event, ...]:
    return (*_of_pull_requests(delivery, payload), *_of_requests(delivery, payload))


def _of_requests(delivery: Delivery, payload: Payload) -> tuple[RequestEvent | ProposalEvent | BaseEvent, ...]:
    match delivery.event, delivery.action:
        case "issues", "labeled" if not _says_something(_label(payload)):
            return ()
        case "issues", action if action in ISSUE_ACTIONS and _is_request(payload["issue"]):
            issue = payload["issue"]
            return (RequestEvent(delivery, int(issue["number"]), 0, text_digest(issue["body"] or "")),)
        case "issue_comment", "created" | "edited" if COMMAND.search(_body(payload["comment"])):
            comment = payload["comment"]
            digest = text_digest(comment["body"])
            return (RequestEvent(delivery, int(payload["issue"]["number"]), int(comment["id"]), digest),)
        case "pull_request", "closed" | "reopened":
            return _of_branch(delivery, payload["pull_request"]["head"])
        case "pull_request_review", "submitted" | "dismissed" if payload["pull_request"]["state"] == "open":
            return _of_branch(delivery, payload["pull_request"]["head"])
        case "check_run", "completed":
            branch = str((payload["check_run"].get("check_suite") or {}).get("head_branch") or "")
            return (ProposalEvent(delivery, branch),) if branch.startswith(PROPOSAL_BRANCHES) else ()
        case "push", _:
            return _of_default_branch(delivery, payload)
    return ()


def _of_default_branch(delivery: Delivery, push: Payload) -> tuple[BaseEvent, ...]:
    """Of a default branch that was there before and has moved: into no other one goes what Slipway proposes."""
    branch = str(push["repository"]["default_branch"])
    moved = push["ref"] == f"refs/heads/{branch}" and not (push["created"] or push["deleted"])
    return (BaseEvent(delivery, branch, forced=bool(push["forced"])),) if moved else ()


def _is_request(issue: Payload) -> bool:
    """Has a label of ours, or a title as our forms begin it."""
    labels = [str(label["name"]) for label in issue.get("labels") or () if isinstance(label, Mapping)]
    return any(label.startswith(APPROVING_LABELS) for label in labels) or bool(FORM_TITLE.match(issue["title"] or ""))


def _says_something(label: str) -> bool:
    """True of a label of ours that asks for something, or approves something."""
    return label.startswith(APPROVING_LABELS) and label != REQUEST_LABEL


def _body(comment: Payload) -> str:
    return str(comment.get("body") or "").replace("\r\n", "\n")


def _of_branch(delivery: Delivery, head: Payload) -> tuple[ProposalEvent, ...]:
    """Of a pull request whose branch is in the repository itself: whatever a fork calls its branches."""
    same = head["repo"] is not None and str(head["repo"]["full_name"]).lower() == delivery.repository.lower()
    branch = str(head["ref"])
    return (ProposalEvent(delivery, branch),) if same and branch.startswith(PROPOSAL_BRANCHES) else ()


def _of_pull_requests(delivery: Delivery, payload: Payload) -> tuple[PullRequestEvent, ...]:
    match delivery.event, delivery.action:
        case "pull_request", action if action in PULL_REQUEST_ACTIONS:
            return _changed(delivery, payload)
        case "pull_request", "edited" if "base" in payload["changes"]:
            return _changed(delivery, payload)
        case "pull_request", "edited" if _hears_of_a_merge(payload) and _of_branch(
            delivery, payload["pull_request"]["head"]
        ):
            return tuple(replace(event, rerun=True) for event in _changed(delivery, payload))
        case "pull_request", "labeled" | "unlabeled" if _says_something(_label(payload)):
            return _changed(delivery, payload)
        case "pull_request_review", "submitted" if payload["review"]["state"] in REVIEWS_THAT_COUNT:
            return _reviewed(delivery, payload["pull_request"])
        case "pull_request_review", "dismissed":
            return _reviewed(delivery, payload["pull_request"])
        case "check_run", "rerequested":
            return _rerun(delivery, payload["check_run"], payload["repository"]["id"])
        case "check_suite", "rerequested":
            return _rerun(delivery, payload["check_suite"], payload["repository"]["id"])
    return ()


def _changed(delivery: Delivery, payload: Payload) -> tuple[PullRequestEvent, ...]:
    head = payload["pull_request"]["head"]
    branch = next((event.branch for event in _of_branch(delivery, head)), "")
    return (PullRequestEvent(delivery, int(payload["number"]), _sha(head["sha"]), branch=branch),)


def _hears_of_a_merge(payload: Payload) -> bool:
    """True if it says now of another pull request that it is merged."""
    before = (payload["changes"].get("body") or {}).get("from")
    now = payload["pull_request"].get("body") if before is not None else None
    return str(now or "").count(MERGED_BESIDE) > str(before or "").count(MERGED_BESIDE)


def _label(payload: Payload) -> str:
    """The label that was put on or taken off; one that is deleted altogether may not be named."""
    return str((payload.get("label") or {}).get("name") or "")


def _reviewed(delivery: Delivery, pull: Payload) -> tuple[PullRequestEvent, ...]:
    """Of a pull request that is closed nobody wants to know any more."""
    if pull["state"] != "open":
        return ()
    return (PullRequestEvent(delivery, int(pull["number"]), _sha(pull["head"]["sha"])),)


def _rerun(delivery: Delivery, check: Payload, repository_id: int) -> tuple[PullRequestEvent, ...]:
    """Somebody pressed re-run on a check run or suite of ours: GitHub tells only the App that made it."""
    sha = _sha(check["head_sha"])
    # The list also names pull requests of other repositories that have the commit.
    numbers = {int(pull["number"]) for pull in check["pull_requests"] if pull["base"]["repo"]["id"] == repository_id}
    # For a head in a fork the list is empty, but our check runs say what they are about.
    about = EXTERNAL_ID.fullmatch(check.get("external_id") or "")
    if not numbers and about and about["repository"] == delivery.repository and about["sha"] == sha:
        numbers = {int(about["number"])}
    return tuple(PullRequestEvent(delivery, number, sha, rerun=True) for number in sorted(numbers))


def _sha(value: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{40,64}", value):
        raise ValueError("the head is no commit id")
    return value
