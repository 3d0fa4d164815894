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
from tests.contract.standin import SECRET, App, Receiver, Reply, set_up

REPO = "/repos/{owner}/{repo}"
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
        assert github.settle()
        names = {
            "installation": str(app.installation),
            "sha": good.head_sha,
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
    if case.status != 302:
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
    body = case.body
    if isinstance(body, dict) and body.get("head_sha"):
        body = {**body, "head_sha": world.names["sha"]}
    path, _, query = case.path.partition("?")
    return caller(case.method, path.format(**world.names) + (f"?{query}" if query else ""), body)
