"""The GitHub stand-in tells of proposals what GitHub tells: who did it, and what came of it."""

from __future__ import annotations

from typing import Any

import pytest

from local.github.control import NewPull
from local.github.model import StandInError
from local.github.server import StandIn
from tests.contract.standin import PROPOSING, SECRET, Api, App, Receiver

REPO = "/repos/acme/shop"
CHANGE = {"app.yaml": "replicas: 2\n"}


@pytest.fixture
def api(github: StandIn, app: App, receiver: Receiver) -> Api:
    github.install("acme", permissions=PROPOSING)
    github.set_webhook(receiver.url, SECRET)
    return app.token()


def told(github: StandIn, receiver: Receiver) -> list[tuple[Any, ...]]:
    """The events: what, by whom, and whether a person."""
    assert github.settle()
    return sorted(
        (each.headers["x-github-event"], each.payload.get("action"), each.payload["sender"]["login"])
        for each in receiver.received
    )


def test_a_commit_with_an_author_is_not_verified(api: Api) -> None:
    tip = api.get(f"{REPO}/git/ref/heads/main").body["object"]["sha"]
    tree = api.get(f"{REPO}/git/commits/{tip}").body["tree"]["sha"]
    author = {"name": "Mona", "email": "mona@example.com"}
    sent = {"message": "m", "tree": tree, "parents": [tip]}
    by_name = api("POST", f"{REPO}/git/commits", {**sent, "author": author}).body
    by_app = api("POST", f"{REPO}/git/commits", sent).body
    assert (by_name["author"]["name"], by_name["verification"]["verified"]) == ("Mona", False)
    assert (by_app["author"]["name"], by_app["verification"]["verified"]) == ("slipway[bot]", True)


def test_a_deleted_branch_closes_its_pull_requests(github: StandIn, api: Api, receiver: Receiver) -> None:
    opened = github.open_pull_request("acme/shop", NewPull("b", files=CHANGE))
    assert api("DELETE", f"{REPO}/git/refs/heads/b").status == 204
    assert github.pull_request("acme/shop", opened.number)["state"] == "closed"
    assert ("pull_request", "closed", "slipway[bot]") in told(github, receiver)
    assert api("DELETE", f"{REPO}/git/refs/heads/main").status == 422


def test_a_branch_that_moves_back_needs_force(github: StandIn, api: Api) -> None:
    tip = api.get(f"{REPO}/git/ref/heads/main").body["object"]["sha"]
    github.commit("acme/shop", "b", CHANGE)
    assert api("PATCH", f"{REPO}/git/refs/heads/b", {"sha": tip}).body["message"] == "Update is not a fast forward"
    assert api("PATCH", f"{REPO}/git/refs/heads/b", {"sha": tip, "force": True}).body["object"]["sha"] == tip


@pytest.mark.parametrize("by_app", [True, False], ids=["by the App", "by a person"])
def test_a_merge_is_told_once(github: StandIn, api: Api, receiver: Receiver, by_app: bool) -> None:
    opened = github.open_pull_request("acme/shop", NewPull("b", files=CHANGE))
    if by_app:
        sent = {"sha": opened.head_sha, "merge_method": "squash"}
        sha = api("PUT", f"{REPO}/pulls/{opened.number}/merge", sent).body["sha"]
    else:
        sha = github.merge_pull_request("acme/shop", opened.number, user="mona")
    user = "slipway[bot]" if by_app else "mona"
    assert github.settle()
    (closed,) = receiver.of("pull_request", "closed")
    assert (closed.payload["sender"]["login"], closed.payload["sender"]["type"]) == (user, "Bot" if by_app else "User")
    pull = closed.payload["pull_request"]
    assert (pull["merged"], pull["merge_commit_sha"], pull["merged_by"]["login"]) == (True, sha, user)
    assert receiver.of("push")[-1].payload["after"] == sha
    with pytest.raises(StandInError, match="there is no open pull request"):
        github.merge_pull_request("acme/shop", opened.number)


def test_a_conversation_is_told(github: StandIn, api: Api, receiver: Receiver) -> None:
    number = github.open_issue("acme/shop", "Add a cluster", "### Name\n\nc", labels=["slipway"], user="mona")
    api("POST", f"{REPO}/issues/{number}/comments", {"body": "Here it is."})
    api("PATCH", f"{REPO}/issues/{number}", {"state": "closed"})
    assert told(github, receiver) == [
        ("issue_comment", "created", "slipway[bot]"),
        ("issues", "closed", "slipway[bot]"),
        ("issues", "labeled", "mona"),
        ("issues", "opened", "mona"),
    ]
    (comment,) = receiver.of("issue_comment", "created")
    assert comment.payload["comment"]["performed_via_github_app"]["slug"] == "slipway"
    assert comment.payload["issue"]["number"] == number


def test_issues_and_pull_requests_share_their_numbers(github: StandIn, api: Api) -> None:
    first = github.open_issue("acme/shop", "one")
    second = github.open_pull_request("acme/shop", NewPull("b", files=CHANGE)).number
    third = api("POST", f"{REPO}/issues", {"title": "three"}).body["number"]
    assert (first, second, third) == (1, 2, 3)
    assert [each["number"] for each in api.get(f"{REPO}/issues?direction=asc").body] == [1, 2, 3]


def test_a_token_for_pull_requests_does_not_reach_issues(github: StandIn, api: Api, app: App) -> None:
    issue = github.open_issue("acme/shop", "one")
    pull = github.open_pull_request("acme/shop", NewPull("b", files=CHANGE)).number
    narrow = app.token(permissions={"pull_requests": "write"})
    assert narrow("POST", f"{REPO}/issues/{pull}/comments", {"body": "x"}).status == 201
    refused = narrow("POST", f"{REPO}/issues/{issue}/comments", {"body": "x"})
    assert (refused.status, refused.headers["x-accepted-github-permissions"]) == (403, "issues=write")


def test_issues_outlive_the_process(github: StandIn, api: Api, tmp_path: Any) -> None:
    number = github.open_issue("acme/shop", "one", "body", labels=["x"])
    github.comment("acme/shop", number, "said", user="mona")
    github.close()
    with StandIn(tmp_path / "state", workers=1) as again:
        (issue,) = again.issues("acme/shop")
        (comment,) = again.comments("acme/shop", number)
    assert (issue["body"], [label["name"] for label in issue["labels"]]) == ("body", ["x"])
    assert comment["body"] == "said"
