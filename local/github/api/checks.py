"""Check runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from local.github import payloads
from local.github.api.call import Answer, Call, Route, commit_of, paged
from local.github.api.check_rules import check_request
from local.github.errors import ApiError, not_found
from local.github.model import CheckRun, Json, now
from local.github.shapes.repositories import url_of

_READ, _WRITE = {"checks": "read"}, {"checks": "write"}
_TEXTS = ("title", "summary", "text")


def _create(call: Call) -> Answer:
    check_request(call.body, creates=True)
    sha = call.body["head_sha"]
    if call.site.git(call.repository.name).commit(sha) is None:
        raise ApiError(422, f"No commit found for SHA: {sha}")
    blank = CheckRun(
        id=call.site.store.check_runs.next_id(),
        repository=call.repository.name,
        head_sha=sha,
        name=call.body["name"],
        status="queued",
        conclusion=None,
        external_id="",
        details_url="",
        started_at=now(),
        completed_at=None,
    )
    run = call.site.store.check_runs.put(_changed(call, blank, call.body))
    _send(call, run, "created")
    if run.status == "completed":
        _send(call, run, "completed")
    return Answer(_shown(call, run), 201)


def _update(call: Call) -> Answer:
    before = _found(call)
    check_request(call.body, creates=False)
    run = call.site.store.check_runs.update(before.key, lambda current: _changed(call, current, call.body))
    if run.status == "completed" and before.status != "completed":
        _send(call, run, "completed")
    return Answer(_shown(call, run))


def _get(call: Call) -> Answer:
    return Answer(_shown(call, _found(call)))


def _annotations(call: Call) -> Answer:
    return paged(call, _found(call).annotations, dict)


def _of_commit(call: Call) -> Answer:
    sha = commit_of(call, call.path["ref"])
    app_id, name, status = (call.query.get(each) for each in ("app_id", "check_name", "status"))
    runs = [
        run
        for run in reversed(call.site.store.check_runs.all())
        if (run.repository, run.head_sha) == (call.repository.name, sha)
        and (not name or run.name == name)
        and (not status or run.status == status)
        and (not app_id or app_id == str(call.caller.app.id))
    ]
    if call.query.get("filter", "latest") == "latest":
        latest = {run.name: run for run in reversed(runs)}
        runs = [run for run in runs if latest[run.name] is run]
    return paged(call, runs, lambda run: _shown(call, run), lambda page: {"total_count": len(runs), "check_runs": page})


def _changed(call: Call, run: CheckRun, body: Mapping[str, object]) -> CheckRun:
    """A check run with what a request says; what it does not mention stays, and annotations are added."""
    given: Json = {
        name: body[name] for name in ("name", "external_id", "details_url", "started_at") if body.get(name) is not None
    }
    conclusion, status = body.get("conclusion"), body.get("status")
    if conclusion is not None:
        given |= {"status": "completed", "conclusion": conclusion, "completed_at": body.get("completed_at") or now()}
    elif status is not None:
        given |= {"status": status, "conclusion": None, "completed_at": None}
    output = body.get("output")
    if isinstance(output, dict):
        given |= {name: output[name] for name in _TEXTS if name in output}
        added = [_annotation(call, run, each) for each in output.get("annotations") or ()]
        given["annotations"] = (*run.annotations, *added)
    return replace(run, **given)


def _annotation(call: Call, run: CheckRun, sent: Mapping[str, object]) -> Json:
    blob = f"{url_of(call.site.base, run.repository)}/git/blobs/{run.head_sha}"
    optional = ("start_column", "end_column", "title", "raw_details")
    required = ("path", "start_line", "end_line", "annotation_level", "message")
    return {
        **{name: sent[name] for name in required},
        **{name: sent.get(name) for name in optional},
        "blob_href": blob,
    }


def _send(call: Call, run: CheckRun, action: str) -> None:
    payloads.check_run(call.site, call.caller.app, run, action, payloads.bot(call.caller.app))


def _found(call: Call) -> CheckRun:
    run = call.site.store.check_runs.get(str(call.number("check_run_id")))
    if run is None or run.repository != call.repository.name:
        raise not_found()
    return run


def _shown(call: Call, run: CheckRun) -> Json:
    return payloads.shown_check_run(call.site, call.caller.app, run)


_RUN = "/repos/{owner}/{repo}/check-runs/{check_run_id}"
ROUTES = (
    Route("POST", "/repos/{owner}/{repo}/check-runs", _create, _WRITE),
    Route("PATCH", _RUN, _update, _WRITE),
    Route("GET", _RUN, _get, _READ),
    Route("GET", f"{_RUN}/annotations", _annotations, _READ),
    Route("GET", "/repos/{owner}/{repo}/commits/{ref}/check-runs", _of_commit, _READ),
)
