"""PyGithub, which Slipway talks to GitHub with, can talk to the stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from github import Auth, Github, GithubException, GithubIntegration

from local.github.control import NewPull
from local.github.faults import FaultRule
from local.github.server import StandIn
from tests.contract.standin import APP_ID, SECRET, App, Receiver

QUICK: Any = {"retry": None, "seconds_between_requests": None, "seconds_between_writes": None}


@pytest.fixture
def integration(github: StandIn, app: App) -> Iterator[GithubIntegration]:
    github.set_options(refuse_repeated_jwt=False)  # PyGithub's JWTs have no `jti`
    with GithubIntegration(auth=Auth.AppAuth(APP_ID, app.keys.private), base_url=github.url, **QUICK) as found:
        yield found


@pytest.fixture
def client(github: StandIn, app: App, integration: GithubIntegration) -> Iterator[Github]:
    token = integration.get_access_token(
        app.installation, permissions={"checks": "write", "contents": "read", "pull_requests": "read"}
    )
    with Github(auth=Auth.Token(token.token), base_url=github.url, **QUICK) as found:
        yield found


def test_app_and_installation_are_found(app: App, integration: GithubIntegration) -> None:
    assert integration.get_app().slug == "slipway"
    assert integration.get_repo_installation("acme", "shop").id == app.installation
    assert [each.id for each in integration.get_installations()] == [app.installation]


def test_pull_request_is_read(github: StandIn, client: Github) -> None:
    opened = github.open_pull_request("acme/shop", NewPull("b", files={"new.yaml": "a: 1\n"}, labels=("x",)))
    pull = client.get_repo("acme/shop").get_pull(opened.number)
    assert (pull.head.sha, pull.mergeable, pull.changed_files) == (opened.head_sha, True, 1)
    assert [label.name for label in pull.labels] == ["x"]
    assert [file.filename for file in pull.get_files()] == ["new.yaml"]
    assert [each.number for each in client.get_repo("acme/shop").get_pulls()] == [1]


def test_commits_content_and_archive_are_read(client: Github) -> None:
    repository = client.get_repo("acme/shop")
    commit = repository.get_commit("main")
    assert repository.get_git_commit(commit.sha).message == "Initial commit"
    assert repository.get_git_ref("heads/main").object.sha == commit.sha
    content = repository.get_contents("app.yaml")
    assert not isinstance(content, list)
    assert content.decoded_content == b"replicas: 1\nimage: a\n"
    assert "/legacy.tar.gz/" in repository.get_archive_link("tarball", commit.sha)


def test_check_run_is_made_updated_and_found(github: StandIn, client: Github) -> None:
    repository = client.get_repo("acme/shop")
    sha = github.commit("acme/shop", "b", {"b": "1"})
    run = repository.create_check_run("slipway", sha, status="in_progress", external_id="x")
    annotations = [
        {"path": "b", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": str(number)}
        for number in range(60)
    ]
    for start in (0, 50):
        output = {"title": "t", "summary": "s", "annotations": annotations[start : start + 50]}
        run.edit(conclusion="failure", output=output)
    (found,) = repository.get_commit(sha).get_check_runs(check_name="slipway")
    assert (found.external_id, found.conclusion, found.output.annotations_count) == ("x", "failure", 60)
    assert [each.message for each in found.get_annotations()] == [str(number) for number in range(60)]


def test_deliveries_are_listed_and_repeated(
    github: StandIn, integration: GithubIntegration, receiver: Receiver
) -> None:
    github.set_webhook(receiver.url, SECRET, ping=True)
    assert github.settle()
    requester = integration.requester
    _, deliveries = requester.requestJsonAndCheck("GET", "/app/hook/deliveries")
    requester.requestJsonAndCheck("POST", f"/app/hook/deliveries/{deliveries[0]['id']}/attempts")
    assert github.settle()
    assert [each["redelivery"] for each in github.deliveries()] == [False, True]


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        (FaultRule("error", status=502), 502),
        (FaultRule("rate_limit"), 403),
        (FaultRule("secondary_rate_limit", status=429), 429),
    ],
)
def test_faults_are_understood(github: StandIn, client: Github, rule: FaultRule, status: int) -> None:
    github.set_faults(rule)
    with pytest.raises(GithubException) as caught:
        client.get_repo("acme/shop")
    assert caught.value.status == status
