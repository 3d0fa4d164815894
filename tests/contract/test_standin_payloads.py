"""Every webhook payload of the GitHub stand-in has the shape of GitHub's description and the fields of its examples."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from local.github.control import Control, NewPull
from local.github.keys import KeyPair
from local.github.server import StandIn
from tests.contract import openapi
from tests.contract.standin import PROPOSING, SECRET, Api, Receiver, set_up

EXAMPLES = Path(__file__).parents[2] / "node_modules/@octokit/webhooks-examples/api.github.com/index.json"

EVENTS = [
    ("ping", None),
    ("push", None),
    ("pull_request", "opened"),
    ("pull_request", "synchronize"),
    ("pull_request", "closed"),
    ("pull_request", "reopened"),
    ("pull_request", "ready_for_review"),
    ("pull_request", "edited"),
    ("pull_request", "labeled"),
    ("pull_request", "unlabeled"),
    ("pull_request_review", "submitted"),
    ("pull_request_review", "dismissed"),
    ("issues", "opened"),
    ("issues", "edited"),
    ("issues", "labeled"),
    ("issues", "closed"),
    ("issues", "reopened"),
    ("issue_comment", "created"),
    ("issue_comment", "edited"),
    ("issue_comment", "deleted"),
    ("check_run", "created"),
    ("check_run", "completed"),
    ("check_run", "rerequested"),
]

OMITTED = {
    # The examples are those of hooks of organizations and repositories; that of an App has none of this.
    "ping": ("sender", "hook/url", "hook/ping_url"),
    # Which permissions an App has is its own affair.
    "check_run": ("check_run/app/permissions/", "check_run/check_suite/app/permissions/"),
    # The description knows them for the repository of the payload only.
    "pull_request_review": (
        "pull_request/base/repo/custom_properties",
        "pull_request/head/repo/custom_properties",
    ),
    # The stand-in's issues have no milestone and no assignee, which all of these examples have.
    "issues": ("issue/milestone/", "issue/assignee/"),
    "issue_comment": ("issue/milestone/", "issue/assignee/"),
    # The stand-in's pull requests have no milestone and no assignee, which some examples have.
    "pull_request": (
        "pull_request/base/repo/custom_properties",
        "pull_request/head/repo/custom_properties",
        "pull_request/milestone/",
        "pull_request/assignee/",
    ),
}
"""Fields of examples that the stand-in leaves out, and why."""


@pytest.fixture(scope="module")
def payloads(tmp_path_factory: pytest.TempPathFactory, keys: KeyPair, module_receiver: Receiver) -> Iterator[Receiver]:
    """A receiver that has got every kind of payload."""
    with StandIn(tmp_path_factory.mktemp("github"), workers=1) as github:
        app = set_up(github, keys)
        github.install("acme", permissions=PROPOSING)
        github.set_webhook(module_receiver.url, SECRET, ping=True)
        do_everything(github)
        pull = github.pull_request("acme/shop", 1)
        run = app.token()(
            "POST",
            "/repos/acme/shop/check-runs",
            {
                "name": "slipway",
                "head_sha": pull["head"]["sha"],
                "conclusion": "success",
                "external_id": "x",
                "output": {"title": "t", "summary": "s", "text": "x"},
            },
        )
        github.rerequest_check_run(run.body["id"])
        do_as_the_app(github, app.token())
        assert github.settle()
        yield module_receiver


def do_everything(github: Control) -> None:
    github.open_pull_request("acme/shop", NewPull("b", files={"new.yaml": "a: 1\n"}, draft=True, labels=("x",)))
    github.commit("acme/shop", "b", {"new.yaml": "a: 2\n"})
    github.mark_ready("acme/shop", 1)
    github.commit("acme/shop", "release", {"release.yaml": "a: 2\n"})
    github.edit_pull_request("acme/shop", 1, title="Better", base="release")
    github.label_pull_request("acme/shop", 1, "slipway/go", user="mona")
    github.unlabel_pull_request("acme/shop", 1, "slipway/go", user="mona")
    github.dismiss_review("acme/shop", 1, github.review_pull_request("acme/shop", 1, "mona"), user="hubot")
    github.close_pull_request("acme/shop", 1)
    github.reopen_pull_request("acme/shop", 1)
    issue = github.open_issue("acme/shop", "Add a cluster", "Please.", labels=["slipway"], user="mona")
    github.edit_issue("acme/shop", issue, title="Add cluster c", body="Now.", user="mona")
    github.close_issue("acme/shop", issue)
    github.reopen_issue("acme/shop", issue)
    comment = github.comment("acme/shop", issue, "/slipway help", user="mona")
    github.edit_comment(comment, "/slipway plan", user="mona")
    github.delete_comment(comment, user="mona")


def do_as_the_app(github: Control, api: Api) -> None:
    """What an App does through the API is told in the same words."""
    tip = api.get("/repos/acme/shop/git/ref/heads/main").body["object"]["sha"]
    tree = api.get(f"/repos/acme/shop/git/commits/{tip}").body["tree"]["sha"]
    entry = {"path": "app.yaml", "mode": "100644", "type": "blob", "content": "replicas: 5\n"}
    repo = "/repos/acme/shop"
    made = api("POST", f"{repo}/git/trees", {"base_tree": tree, "tree": [entry]}).body["sha"]
    commit = api("POST", f"{repo}/git/commits", {"message": "m", "tree": made, "parents": [tip]}).body["sha"]
    api("POST", f"{repo}/git/refs", {"ref": "refs/heads/slipway/a", "sha": commit})
    pull = api("POST", f"{repo}/pulls", {"title": "t", "head": "slipway/a", "base": "main"}).body["number"]
    api("PATCH", f"{repo}/pulls/{pull}", {"title": "u", "body": "more"})
    api("POST", f"{repo}/issues/{pull}/labels", {"labels": ["slipway"]})
    api("POST", f"{repo}/issues/{pull}/comments", {"body": "Here it is."})
    assert api("PUT", f"{repo}/pulls/{pull}/merge", {"sha": commit}).status == 200
    api("DELETE", f"{repo}/git/refs/heads/slipway/a")
    issue = api("POST", f"{repo}/issues", {"title": "t", "body": "b", "labels": ["slipway"]}).body["number"]
    api("PATCH", f"{repo}/issues/{issue}", {"state": "closed", "state_reason": "not_planned"})


@pytest.mark.parametrize(("event", "action"), EVENTS)
def test_payload_fits_githubs_description(payloads: Receiver, event: str, action: str | None) -> None:
    name = "-".join(part.replace("_", "-") for part in (event, action) if part)
    found = [openapi.errors(openapi.webhook_validator(name), each.payload) for each in payloads.of(event, action)]
    assert found
    assert [wrong for errors in found for wrong in errors] == []


@pytest.mark.parametrize(("event", "action"), EVENTS)
def test_payload_has_every_field_of_githubs_examples(payloads: Receiver, event: str, action: str | None) -> None:
    ours = fields(payloads.of(event, action)[-1].payload)
    # What some examples of an event lack is not always sent.
    theirs = set.intersection(*(fields(example) for example in examples(event, action)))
    missing = {field for field in theirs - ours if not field.startswith(OMITTED.get(event, ()))}
    assert missing == set()


def test_pull_requests_of_forks_are_told_by_their_repository(
    github: StandIn, keys: KeyPair, receiver: Receiver
) -> None:
    set_up(github, keys)
    github.set_webhook(receiver.url, SECRET)
    fork = github.fork("acme/shop", "mona")
    github.open_pull_request("acme/shop", NewPull("theirs", files={"a.yaml": "a: 1\n"}, head_repository=fork))
    assert github.settle()
    (opened,) = receiver.of("pull_request", "opened")
    assert opened.payload["pull_request"]["head"]["repo"]["full_name"] == "mona/shop"
    assert opened.payload["pull_request"]["base"]["repo"]["full_name"] == "acme/shop"
    assert receiver.of("push") == []  # the App is not installed on the fork


def fields(value: Any, path: str = "") -> set[str]:
    """Paths of all fields, objects in lists left out: examples differ in what lists hold."""
    if not isinstance(value, dict):
        return set()
    found = {f"{path}{name}" for name in value}
    return found.union(*(fields(each, f"{path}{name}/") for name, each in value.items()))


def examples(event: str, action: str | None) -> list[Any]:
    """GitHub's examples of an event; an action without one is compared with another action's."""
    found = next(entry["examples"] for entry in all_examples() if entry["name"] == event)
    return [example for example in found if example.get("action") == action] or found


@cache
def all_examples() -> list[Any]:
    found: list[Any] = json.loads(EXAMPLES.read_text())
    return found
