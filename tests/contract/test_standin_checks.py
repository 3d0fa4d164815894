"""The GitHub stand-in takes and refuses check runs as GitHub does."""

from __future__ import annotations

from typing import Any

import pytest

from local.github.control import NewPull
from local.github.server import StandIn
from tests.contract.standin import Api, App

RUNS = "/repos/acme/shop/check-runs"
LONG, WIDE = "a" * 65_536, "é" * 40_000
"""One character too many; few enough characters, but 80,000 bytes."""


def annotation(**changes: Any) -> dict[str, Any]:
    given = {
        "path": "app.yaml",
        "start_line": 2,
        "end_line": 2,
        "annotation_level": "warning",
        "message": "m",
        **changes,
    }
    return {name: value for name, value in given.items() if value is not None}


def output(**changes: Any) -> dict[str, Any]:
    given = {"title": "t", "summary": "s", **changes}
    return {"output": {name: value for name, value in given.items() if value is not None}}


@pytest.fixture
def head(github: StandIn, app: App) -> str:
    """Head of the one pull request."""
    return github.open_pull_request("acme/shop", NewPull("b", files={"app.yaml": "replicas: 2\n"})).head_sha


@pytest.fixture
def api(app: App) -> Api:
    return app.token()


def create(api: Api, head: str, **body: Any) -> Any:
    reply = api("POST", RUNS, {"name": "slipway", "head_sha": head, **body})
    assert reply.status == 201, reply.raw
    return reply.body


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"name": None}, '"name" wasn\'t supplied.'),
    ({"head_sha": None}, '"head_sha" wasn\'t supplied.'),
    ({"head_sha": "0" * 40}, "No commit found for SHA"),
    ({"status": "done"}, "done is not a member of"),
    ({"status": "completed"}, '"conclusion" wasn\'t supplied.'),
    ({"completed_at": "2026-01-01T00:00:00Z"}, '"conclusion" wasn\'t supplied.'),
    ({"conclusion": "stale"}, "stale is not a member of"),
    ({"conclusion": "fine"}, "fine is not a member of"),
    ({"started_at": "today"}, "today is not a valid date-time."),
    (output(title=None), '"title" wasn\'t supplied.'),
    (output(summary=None), '"summary" wasn\'t supplied.'),
    (output(summary=LONG), "Only 65535 characters are allowed; 65536 were supplied."),
    (output(text=LONG), "Only 65535 characters are allowed; 65536 were supplied."),
    (output(summary=WIDE), "summary exceeds a maximum bytesize of 65535"),
    (output(text=WIDE), "text exceeds a maximum bytesize of 65535"),
    (output(annotations=[annotation()] * 51), "No more than 50 items are allowed; 51 were supplied."),
    (output(annotations=[annotation(annotation_level="error")]), "error is not a member of"),
    (output(annotations=[annotation(start_line=None)]), '"start_line" wasn\'t supplied.'),
    (output(annotations=[annotation(end_line=None)]), '"end_line" wasn\'t supplied.'),
    (output(annotations=[annotation(path=None)]), '"path" wasn\'t supplied.'),
    (output(annotations=[annotation(message=None)]), '"message" wasn\'t supplied.'),
    (output(annotations=[annotation(start_line="2")]), "is not an integer."),
    (output(annotations=[annotation(start_line=0)]), "lines start at 1"),
    (output(annotations=[annotation(end_line=1)]), "end_line is not before start_line"),
    (output(annotations=[annotation(end_line=3, start_column=1)]), "columns are for annotations of one line"),
    (output(annotations=[annotation(title="a" * 256)]), "title is too long"),
    (output(annotations=[annotation(message="é" * 40_000)]), "message exceeds a maximum bytesize"),
]


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_check_run_that_github_would_refuse_is_refused(
    api: Api, head: str, change: dict[str, Any], message: str
) -> None:
    body = {"name": "slipway", "head_sha": head, **change}
    reply = api("POST", RUNS, {name: value for name, value in body.items() if value is not None})
    assert reply.status == 422
    errors = [error["message"] for error in reply.body.get("errors", [])]
    assert message in " ".join([reply.body["message"], *errors])
    assert api.get(f"/repos/acme/shop/commits/{head}/check-runs").body["total_count"] == 0


@pytest.mark.parametrize(
    "change",
    [
        output(summary="a" * 65_535, text="é" * 32_767),
        output(annotations=[annotation()] * 50),
        output(annotations=[annotation(start_column=1, end_column=4, title="a" * 255, message="a" * 65_536)]),
    ],
)
def test_check_run_at_the_limits_is_accepted(api: Api, head: str, change: dict[str, Any]) -> None:
    assert create(api, head, **change)["status"] == "queued"


def test_conclusion_completes_a_check_run(api: Api, head: str) -> None:
    run = create(api, head, status="in_progress")
    assert (run["status"], run["conclusion"], run["completed_at"]) == ("in_progress", None, None)
    done = api("PATCH", f"{RUNS}/{run['id']}", {"conclusion": "success"}).body
    assert (done["status"], done["conclusion"]) == ("completed", "success")
    assert done["completed_at"] is not None
    again = api("PATCH", f"{RUNS}/{run['id']}", {"status": "in_progress"}).body
    assert (again["status"], again["conclusion"], again["completed_at"]) == ("in_progress", None, None)


def test_annotations_of_an_update_are_added(api: Api, head: str) -> None:
    run = create(api, head, **output(annotations=[annotation(message="first")]))
    api("PATCH", f"{RUNS}/{run['id']}", output(summary="new", annotations=[annotation(message="second")]))
    found = api.get(f"{RUNS}/{run['id']}").body
    assert (found["output"]["summary"], found["output"]["annotations_count"]) == ("new", 2)
    messages = [each["message"] for each in api.get(f"{RUNS}/{run['id']}/annotations").body]
    assert messages == ["first", "second"]


def test_refused_update_changes_nothing(api: Api, head: str) -> None:
    run = create(api, head, **output(annotations=[annotation()]))
    bad = output(summary="new", annotations=[annotation(), annotation(annotation_level="error")])
    assert api("PATCH", f"{RUNS}/{run['id']}", bad).status == 422
    assert api.get(f"{RUNS}/{run['id']}").body == run


def test_annotations_come_in_pages(api: Api, head: str) -> None:
    run = create(api, head, **output(annotations=[annotation(message=str(n)) for n in range(50)]))
    path = f"{RUNS}/{run['id']}/annotations"
    first = api.get(path)
    assert [each["message"] for each in first.body] == [str(n) for n in range(30)]
    assert first.links == {"next": f"{path}?page=2", "last": f"{path}?page=2"}
    second = api.get(first.links["next"])
    assert [each["message"] for each in second.body] == [str(n) for n in range(30, 50)]
    assert second.links == {"prev": f"{path}?page=1", "first": f"{path}?page=1"}
    assert api.get(f"{path}?per_page=100").links == {}


def test_check_runs_of_a_commit_are_filtered(api: Api, head: str) -> None:
    create(api, head, external_id="old")
    create(api, head, external_id="new", conclusion="success")
    create(api, head, name="other")

    def found(query: str, ref: str = head) -> list[str]:
        runs = api.get(f"/repos/acme/shop/commits/{ref}/check-runs?{query}").body["check_runs"]
        return [run["external_id"] or run["name"] for run in runs]

    assert found("") == ["other", "new"]
    assert found("", "b") == ["other", "new"]
    assert found("filter=all") == ["other", "new", "old"]
    assert found("check_name=slipway") == ["new"]
    assert found("check_name=slipway&filter=all&per_page=1") == ["new"]
    assert found("status=completed") == ["new"]
    assert found("app_id=12345") == ["other", "new"]
    assert found("app_id=7") == []
    assert found("", "main") == []


def test_check_run_shows_the_pull_requests_of_its_head(github: StandIn, api: Api, head: str) -> None:
    assert [pull["number"] for pull in create(api, head)["pull_requests"]] == [1]
    fork = github.fork("acme/shop", "mona")
    theirs = github.open_pull_request("acme/shop", NewPull("t", files={"t": "1"}, head_repository=fork))
    assert create(api, theirs.head_sha)["pull_requests"] == []


def test_check_runs_of_another_repository_are_not_found(github: StandIn, app: App, api: Api, head: str) -> None:
    github.create_repository("acme/fleet", {"a": "1"})
    run = create(api, head)
    assert app.token().get(f"/repos/acme/fleet/check-runs/{run['id']}").status == 404


def test_control_shows_check_runs_with_their_annotations(github: StandIn, api: Api, head: str) -> None:
    create(api, head, **output(annotations=[annotation(message="here")]))
    (run,) = github.check_runs("acme/shop", head)
    assert (run["name"], [each["message"] for each in run["annotations"]]) == ("slipway", ["here"])
    assert github.check_runs("acme/shop", "0" * 40) == []
