"""Every answer of the GitHub stand-in has the shape that GitHub's OpenAPI description gives it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from local.github.api.pipeline import ROUTES
from local.github.control import NewPull
from local.github.keys import KeyPair
from local.github.server import StandIn
from tests.contract import openapi
from tests.contract.standin import PROPOSING, SECRET, App, Receiver, Reply, new_ssh_key, set_up

REPO = "/repos/{owner}/{repo}"
TEAM = "/orgs/{org}/teams/{team_slug}/memberships/{username}"
ENTRY = {"path": "new.yaml", "mode": "100644", "type": "blob", "content": "a: 1\n"}
ANNOTATION = {
    "path": "app.yaml",
    "start_line": 2,
    "end_line": 2,
    "annotation_level": "failure",
    "message": "no such image",
    "title": "image",
}
OUTPUT = {"title": "t", "summary": "s", "text": "x", "annotations": [ANNOTATION]}


@dataclass(frozen=True)
class World:
    """A stand-in in which there is one of everything; `names` fills the paths of the cases."""

    app: App
    names: dict[str, str]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, keys: KeyPair, module_receiver: Receiver) -> Iterator[World]:
    with StandIn(tmp_path_factory.mktemp("github"), workers=2) as github:
        app = set_up(github, keys)
        github.install("acme", permissions={**PROPOSING, "administration": "write"})
        github.set_webhook(module_receiver.url, SECRET, ping=True)
        good = github.open_pull_request("acme/shop", NewPull("good", files={"new.yaml": "a: 1\n"}, labels=("x",)))
        github.review_pull_request("acme/shop", good.number, "mona")
        fork = github.fork("acme/shop", "mona")
        github.open_pull_request(
            "acme/shop", NewPull("theirs", files={"app.yaml": "replicas: 2\n"}, head_repository=fork, draft=True)
        )
        github.commit("acme/shop", "main", {"app.yaml": "replicas: 3\n"})
        github.tag("acme/shop", "v1.0.0")
        run = app.token()(
            "POST",
            "/repos/acme/shop/check-runs",
            {"name": "slipway", "head_sha": good.head_sha, "conclusion": "failure", "output": OUTPUT},
        ).body
        ready = github.open_pull_request("acme/shop", NewPull("ready", files={"ready.yaml": "a: 1\n"}))
        issue = github.open_issue("acme/shop", "Add a cluster", "Please.", labels=["slipway"], user="mona")
        github.close_issue("acme/shop", github.open_issue("acme/shop", "Old"), reason="not_planned")
        for branch in ("spare", "doomed", "movable"):
            github.commit("acme/shop", branch, {"spare.yaml": "a: 1\n"})
        github.set_role("acme/shop", "mona", "maintain")
        github.set_team("acme", "platform", ["mona"], invited=["hubot"])
        kept, doomed_key = (github.add_deploy_key("acme/shop", "ci", new_ssh_key()) for _ in range(2))
        github.set_status("acme/shop", good.head_sha, "ci/build", "pending")
        assert github.settle()
        names = {
            "installation": str(app.installation),
            "sha": good.head_sha,
            "ready": str(ready.number),
            "ready_sha": ready.head_sha,
            "issue": str(issue),
            "comment": str(github.comment("acme/shop", issue, "Soon, please.", user="mona")),
            "spoken": str(github.comment("acme/shop", 1, "On a pull request.", user="mona")),
            "key": str(kept),
            "doomed_key": str(doomed_key),
            "ssh_key": new_ssh_key(),
            "doomed": str(github.comment("acme/shop", issue, "Never mind.", user="mona")),
            "tree": app.token().get(f"/repos/acme/shop/git/commits/{good.head_sha}").body["tree"]["sha"],
            "blob": app.token().get("/repos/acme/shop/contents/app.yaml").body["sha"],
            "run": str(run["id"]),
            "delivery": str(github.deliveries()[0]["id"]),
        }
        yield World(app, names)


@dataclass(frozen=True)
class Case:
    """A request, and the operation and status that its answer has to fit."""

    method: str
    path: str
    """What is asked for."""
    operation: str
    """Path of the operation in the description."""
    status: int = 200
    body: Any = None
    as_app: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"


CASES = [
    Case("GET", "/app", "/app", as_app=True),
    Case("GET", "/apps/slipway", "/apps/{app_slug}"),
    Case("GET", "/apps/another", "/apps/{app_slug}", 404),
    Case("GET", "/app/installations", "/app/installations", as_app=True),
    Case("GET", "/app/installations/{installation}", "/app/installations/{installation_id}", as_app=True),
    Case("GET", "/app/installations/7", "/app/installations/{installation_id}", 404, as_app=True),
    Case(
        "POST",
        "/app/installations/{installation}/access_tokens",
        "/app/installations/{installation_id}/access_tokens",
        201,
        {"repositories": ["shop"], "permissions": {"contents": "read"}},
        as_app=True,
    ),
    Case(
        "POST",
        "/app/installations/{installation}/access_tokens",
        "/app/installations/{installation_id}/access_tokens",
        422,
        {"repositories": ["other"]},
        as_app=True,
    ),
    Case("GET", "/repos/acme/shop/installation", f"{REPO}/installation", as_app=True),
    Case("GET", "/repos/acme/none/installation", f"{REPO}/installation", 404, as_app=True),
    Case("GET", "/installation/repositories", "/installation/repositories"),
    Case("GET", "/rate_limit", "/rate_limit"),
    Case("GET", "/repos/acme/shop", REPO),
    Case("GET", "/repos/acme/none", REPO, 404),
    Case("GET", "/repos/acme/shop/commits/main", f"{REPO}/commits/{{ref}}"),
    Case("GET", "/repos/acme/shop/commits/pull/1/merge", f"{REPO}/commits/{{ref}}"),
    Case("GET", "/repos/acme/shop/commits/none", f"{REPO}/commits/{{ref}}", 422),
    Case("GET", "/repos/acme/shop/git/commits/{sha}", f"{REPO}/git/commits/{{commit_sha}}"),
    Case("GET", "/repos/acme/shop/git/trees/{sha}?recursive=1", f"{REPO}/git/trees/{{tree_sha}}"),
    Case("GET", "/repos/acme/shop/git/trees/main", f"{REPO}/git/trees/{{tree_sha}}"),
    Case("GET", "/repos/acme/shop/git/trees/{blob}", f"{REPO}/git/trees/{{tree_sha}}", 404),
    Case("GET", "/repos/acme/shop/git/blobs/{blob}", f"{REPO}/git/blobs/{{file_sha}}"),
    Case("GET", "/repos/acme/shop/git/blobs/{sha}", f"{REPO}/git/blobs/{{file_sha}}", 404),
    Case("GET", "/repos/acme/shop/tags", f"{REPO}/tags"),
    Case("GET", "/repos/acme/shop/git/ref/heads/main", f"{REPO}/git/ref/{{ref}}"),
    Case("GET", "/repos/acme/shop/git/ref/heads/none", f"{REPO}/git/ref/{{ref}}", 404),
    Case("GET", "/repos/acme/shop/contents/app.yaml", f"{REPO}/contents/{{path}}"),
    Case("GET", "/repos/acme/shop/contents/docs?ref=good", f"{REPO}/contents/{{path}}"),
    Case("GET", "/repos/acme/shop/contents/", f"{REPO}/contents/{{path}}"),
    Case("GET", "/repos/acme/shop/contents/none", f"{REPO}/contents/{{path}}", 404),
    Case("GET", "/repos/acme/shop/tarball/main", f"{REPO}/tarball/{{ref}}", 302),
    Case("GET", "/repos/acme/shop/pulls?state=all", f"{REPO}/pulls"),
    Case("GET", "/repos/acme/shop/pulls/1", f"{REPO}/pulls/{{pull_number}}"),
    Case("GET", "/repos/acme/shop/pulls/2", f"{REPO}/pulls/{{pull_number}}"),
    Case("GET", "/repos/acme/shop/pulls/9", f"{REPO}/pulls/{{pull_number}}", 404),
    Case("GET", "/repos/acme/shop/pulls/1/files", f"{REPO}/pulls/{{pull_number}}/files"),
    Case("GET", "/repos/acme/shop/pulls/1/reviews", f"{REPO}/pulls/{{pull_number}}/reviews"),
    Case(
        "POST",
        "/repos/acme/shop/check-runs",
        f"{REPO}/check-runs",
        201,
        {"name": "slipway", "head_sha": "{sha}", "status": "in_progress", "external_id": "x"},
    ),
    Case("PATCH", "/repos/acme/shop/check-runs/{run}", f"{REPO}/check-runs/{{check_run_id}}", body={"output": OUTPUT}),
    Case("GET", "/repos/acme/shop/check-runs/{run}", f"{REPO}/check-runs/{{check_run_id}}"),
    Case(
        "GET",
        "/repos/acme/shop/check-runs/{run}/annotations",
        f"{REPO}/check-runs/{{check_run_id}}/annotations",
    ),
    Case("GET", "/repos/acme/shop/commits/good/check-runs", f"{REPO}/commits/{{ref}}/check-runs"),
    Case("POST", "/repos/acme/shop/git/blobs", f"{REPO}/git/blobs", 201, {"content": "YQ==", "encoding": "base64"}),
    Case("POST", "/repos/acme/shop/git/blobs", f"{REPO}/git/blobs", 422, {"content": "!", "encoding": "base64"}),
    Case("POST", "/repos/acme/shop/git/trees", f"{REPO}/git/trees", 201, {"base_tree": "{tree}", "tree": [ENTRY]}),
    Case("POST", "/repos/acme/shop/git/trees", f"{REPO}/git/trees", 422, {"tree": [{**ENTRY, "path": "../x"}]}),
    Case(
        "POST",
        "/repos/acme/shop/git/commits",
        f"{REPO}/git/commits",
        201,
        {"message": "m", "tree": "{tree}", "parents": ["{sha}"]},
    ),
    Case(
        "POST",
        "/repos/acme/shop/git/commits",
        f"{REPO}/git/commits",
        422,
        {"message": "m", "tree": "{sha}", "parents": []},
    ),
    Case("POST", "/repos/acme/shop/git/refs", f"{REPO}/git/refs", 201, {"ref": "refs/heads/made", "sha": "{sha}"}),
    Case("POST", "/repos/acme/shop/git/refs", f"{REPO}/git/refs", 422, {"ref": "refs/heads/good", "sha": "{sha}"}),
    Case(
        "PATCH",
        "/repos/acme/shop/git/refs/heads/movable",
        f"{REPO}/git/refs/{{ref}}",
        body={"sha": "{sha}", "force": True},
    ),
    Case("PATCH", "/repos/acme/shop/git/refs/heads/none", f"{REPO}/git/refs/{{ref}}", 422, {"sha": "{sha}"}),
    Case("DELETE", "/repos/acme/shop/git/refs/heads/doomed", f"{REPO}/git/refs/{{ref}}", 204),
    Case("DELETE", "/repos/acme/shop/git/refs/heads/none", f"{REPO}/git/refs/{{ref}}", 422),
    Case("POST", "/repos/acme/shop/pulls", f"{REPO}/pulls", 201, {"title": "t", "head": "spare", "base": "main"}),
    Case("POST", "/repos/acme/shop/pulls", f"{REPO}/pulls", 422, {"title": "t", "head": "good", "base": "main"}),
    Case("PATCH", "/repos/acme/shop/pulls/1", f"{REPO}/pulls/{{pull_number}}", body={"title": "Better", "body": "b"}),
    Case("PATCH", "/repos/acme/shop/pulls/1", f"{REPO}/pulls/{{pull_number}}", 422, {"base": "none"}),
    Case(
        "PUT",
        "/repos/acme/shop/pulls/{ready}/merge",
        f"{REPO}/pulls/{{pull_number}}/merge",
        body={"sha": "{ready_sha}", "merge_method": "squash"},
    ),
    Case("PUT", "/repos/acme/shop/pulls/2/merge", f"{REPO}/pulls/{{pull_number}}/merge", 405, {}),
    Case("PUT", "/repos/acme/shop/pulls/1/merge", f"{REPO}/pulls/{{pull_number}}/merge", 409, {"sha": "{ready_sha}"}),
    Case("GET", "/repos/acme/shop/issues?state=all", f"{REPO}/issues"),
    Case("GET", "/repos/acme/shop/issues?labels=slipway", f"{REPO}/issues"),
    Case("POST", "/repos/acme/shop/issues", f"{REPO}/issues", 201, {"title": "t", "body": "b", "labels": ["x"]}),
    Case("POST", "/repos/acme/shop/issues", f"{REPO}/issues", 422, {"title": ""}),
    Case("GET", "/repos/acme/shop/issues/{issue}", f"{REPO}/issues/{{issue_number}}"),
    Case("GET", "/repos/acme/shop/issues/1", f"{REPO}/issues/{{issue_number}}"),
    Case("GET", "/repos/acme/shop/issues/99", f"{REPO}/issues/{{issue_number}}", 404),
    Case(
        "PATCH",
        "/repos/acme/shop/issues/{issue}",
        f"{REPO}/issues/{{issue_number}}",
        body={"state": "closed", "state_reason": "completed"},
    ),
    Case("PATCH", "/repos/acme/shop/issues/{issue}", f"{REPO}/issues/{{issue_number}}", 422, {"state": "odd"}),
    Case("POST", "/repos/acme/shop/issues/1/labels", f"{REPO}/issues/{{issue_number}}/labels", body={"labels": ["y"]}),
    Case("GET", "/repos/acme/shop/issues/{issue}/comments", f"{REPO}/issues/{{issue_number}}/comments"),
    Case("POST", "/repos/acme/shop/issues/1/comments", f"{REPO}/issues/{{issue_number}}/comments", 201, {"body": "b"}),
    Case("POST", "/repos/acme/shop/issues/1/comments", f"{REPO}/issues/{{issue_number}}/comments", 422, {"body": ""}),
    Case("GET", "/repos/acme/shop/issues/comments/{comment}", f"{REPO}/issues/comments/{{comment_id}}"),
    Case("GET", "/repos/acme/shop/issues/comments/9", f"{REPO}/issues/comments/{{comment_id}}", 404),
    Case(
        "PATCH",
        "/repos/acme/shop/issues/comments/{spoken}",
        f"{REPO}/issues/comments/{{comment_id}}",
        body={"body": "said"},
    ),
    Case("DELETE", "/repos/acme/shop/issues/comments/{doomed}", f"{REPO}/issues/comments/{{comment_id}}", 204),
    Case(
        "GET",
        "/repos/acme/shop/collaborators/mona/permission",
        f"{REPO}/collaborators/{{username}}/permission",
    ),
    Case(
        "GET",
        "/repos/acme/shop/collaborators/nobody/permission",
        f"{REPO}/collaborators/{{username}}/permission",
    ),
    Case("GET", "/repos/acme/shop/keys", f"{REPO}/keys"),
    Case("GET", "/repos/acme/shop/keys/{key}", f"{REPO}/keys/{{key_id}}"),
    Case("GET", "/repos/acme/shop/keys/9", f"{REPO}/keys/{{key_id}}", 404),
    Case("POST", "/repos/acme/shop/keys", f"{REPO}/keys", 201, {"title": "t", "key": "{ssh_key}", "read_only": True}),
    Case("POST", "/repos/acme/shop/keys", f"{REPO}/keys", 422, {"title": "t", "key": "ssh-ed25519 x"}),
    Case("DELETE", "/repos/acme/shop/keys/{doomed_key}", f"{REPO}/keys/{{key_id}}", 204),
    Case("GET", "/orgs/acme/teams/platform/memberships/mona", TEAM),
    Case("GET", "/orgs/acme/teams/platform/memberships/hubot", TEAM),
    Case("GET", "/orgs/acme/teams/platform/memberships/nobody", TEAM, 404),
    Case("GET", "/repos/acme/shop/commits/good/status", f"{REPO}/commits/{{ref}}/status"),
    Case("GET", "/repos/acme/shop/commits/main/status", f"{REPO}/commits/{{ref}}/status"),
    Case("GET", "/app/hook/deliveries", "/app/hook/deliveries", as_app=True),
    Case("GET", "/app/hook/deliveries?cursor=x", "/app/hook/deliveries", 400, as_app=True),
    Case("GET", "/app/hook/deliveries?status=x", "/app/hook/deliveries", 422, as_app=True),
    Case("GET", "/app/hook/deliveries/{delivery}", "/app/hook/deliveries/{delivery_id}", as_app=True),
    Case(
        "POST",
        "/app/hook/deliveries/{delivery}/attempts",
        "/app/hook/deliveries/{delivery_id}/attempts",
        202,
        as_app=True,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_answer_fits_githubs_description(world: World, case: Case) -> None:
    reply = _ask(world, case)
    assert reply.status == case.status, reply.raw
    assert openapi.documents(case.method, case.operation, case.status)
    if openapi.answers_json(case.method, case.operation, case.status):
        validator = openapi.response_validator(case.method, case.operation, case.status)
        assert openapi.errors(validator, reply.body) == []


@pytest.mark.parametrize("case", CASES, ids=str)
def test_answer_shows_the_rate_limit(world: World, case: Case) -> None:
    headers = _ask(world, case).headers
    assert int(headers["x-ratelimit-limit"]) == 5000
    assert 0 < int(headers["x-ratelimit-remaining"]) <= 5000
    assert int(headers["x-ratelimit-reset"]) > time.time()


def test_every_route_is_compared_with_the_description() -> None:
    compared = {f"{case.method} {case.operation}" for case in CASES}
    # The root of a repository's content has a route of its own, for the empty path.
    routes = {route.name + "{path}" * route.name.endswith("/contents/") for route in ROUTES}
    assert routes == compared


@pytest.mark.parametrize(
    ("path", "status"),
    [("/nope", 404), ("/repos/acme/shop/pulls/1/nope", 404)],
)
def test_unknown_path_is_answered_as_github_answers_it(world: World, path: str, status: int) -> None:
    reply = world.app.token().get(path)
    assert reply.status == status
    assert openapi.errors(openapi.schema_validator("basic-error"), reply.body) == []


def test_the_description_is_enforced() -> None:
    validator = openapi.schema_validator("simple-commit")
    commit: dict[str, Any] = {
        "id": "1",
        "tree_id": "2",
        "message": "m",
        "timestamp": "2026-01-01T00:00:00Z",
        "author": None,
        "committer": None,
    }
    assert openapi.errors(validator, commit) == []
    assert openapi.errors(validator, {**commit, "invented": 1}) != []
    assert openapi.errors(validator, {**commit, "id": None}) != []
    assert openapi.errors(validator, {**commit, "timestamp": "today"}) != []


def _ask(world: World, case: Case) -> Reply:
    caller = world.app.api() if case.as_app else world.app.token()
    path, _, query = case.path.partition("?")
    where = path.format(**world.names) + (f"?{query}" if query else "")
    return caller(case.method, where, _filled(case.body, world.names))


def _filled(value: Any, names: dict[str, str]) -> Any:
    """A body with what the world calls things."""
    if isinstance(value, dict):
        return {name: _filled(each, names) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, names) for each in value]
    return value.format(**names) if isinstance(value, str) else value
