"""Issues: every pull request is one, too."""

from __future__ import annotations

from local.github import payloads
from local.github.api.call import Answer, Call, Route, paged
from local.github.errors import ApiError, failed, not_found, wrong
from local.github.issues import MAX_BODY, MAX_TITLE, Issues
from local.github.model import Issue, Json, Pull
from local.github.pulls import Pulls
from local.github.shapes import issues
from local.github.shapes.pulls import label

_STATES = ("open", "closed")
_REASONS = ("completed", "not_planned", "duplicate", "reopened")


def subject(call: Call, level: str) -> Issue | Pull:
    """The issue or pull request that a path names, if the caller may `read` or `write` it.

    Raises:
        ApiError: 404, or 403: for pull requests, the permission for either will do.
    """
    key = f"{call.repository.name}#{call.number('issue_number')}"
    found = call.site.store.issues.get(key) or call.site.store.pulls.get(key)
    if found is None:
        raise not_found()
    check(call, found, level)
    return found


def check(call: Call, about: Issue | Pull, level: str) -> None:
    """Refuse a caller who may not `read` or `write` an issue or pull request.

    Raises:
        ApiError: 403.
    """
    of_pulls = ({"pull_requests": level},) if isinstance(about, Pull) else ()
    call.caller.check_any({"issues": level}, *of_pulls)


def _shown(call: Call, found: Issue | Pull) -> Json:
    return (
        payloads.shown_issue(call.site, found)
        if isinstance(found, Issue)
        else payloads.shown_pull_issue(call.site, found)
    )


def _full(call: Call, found: Issue | Pull) -> Json:
    shown = _shown(call, found)
    return issues.full(call.site.base, shown, found) if isinstance(found, Issue) else {**shown, "closed_by": None}


def _list(call: Call) -> Answer:
    store, name = call.site.store, call.repository.name
    state = call.query.get("state", "open")
    wanted = {each for each in call.query.get("labels", "").split(",") if each}
    both: list[Issue | Pull] = [*store.issues.all(), *store.pulls.all()]
    found = sorted(
        (each for each in both if each.repository == name and state in ("all", each.state)),
        key=lambda each: each.number,
        reverse=call.query.get("direction", "desc") == "desc",
    )
    return paged(call, [each for each in found if wanted <= set(each.labels)], lambda each: _shown(call, each))


def _get(call: Call) -> Answer:
    return Answer(_full(call, subject(call, "read")))


def _create(call: Call) -> Answer:
    title = call.text("title", resource="Issue", most=MAX_TITLE, required=True)
    body = call.text("body", resource="Issue", most=MAX_BODY)
    labels = call.texts("labels")
    issue = Issues(call.site).open_issue(
        call.repository.name, title=title or "", body=body or "", labels=labels or (), user=call.user
    )
    return Answer(_full(call, issue), 201)


def _update(call: Call) -> Answer:
    found = subject(call, "write")
    if isinstance(found, Pull):
        raise ApiError(422, "The stand-in changes pull requests at /pulls only")
    title = call.text("title", resource="Issue", most=MAX_TITLE)
    body = call.text("body", resource="Issue", most=MAX_BODY)
    state, reason = call.body.get("state"), call.body.get("state_reason")
    if state is not None and state not in _STATES:
        raise wrong("Issue", "state", "invalid")
    if reason is not None and reason not in _REASONS:
        raise wrong("Issue", "state_reason", "invalid")
    changer, where = Issues(call.site), (call.repository.name, found.number)
    issue = changer.edit_issue(*where, title=title, body=body, user=call.user)
    if state == "closed":
        issue = changer.close_issue(*where, user=call.user, reason=reason or "completed")
    elif state == "open":
        issue = changer.reopen_issue(*where, user=call.user)
    return Answer(_full(call, issue))


def _add_labels(call: Call) -> Answer:
    found, labels = subject(call, "write"), call.texts("labels")
    if not labels:
        raise failed("Label", "labels", "labels are missing")
    for name in labels:
        if isinstance(found, Pull):
            Pulls(call.site).label_pull(found.repository, found.number, label=name, user=call.user)
        else:
            Issues(call.site).label_issue(found.repository, found.number, label=name, user=call.user)
    now = subject(call, "write")
    return Answer([label(call.site.base, now.repository, name) for name in now.labels])


_ISSUE = "/repos/{owner}/{repo}/issues/{issue_number}"
ROUTES = (
    Route("GET", "/repos/{owner}/{repo}/issues", _list, {"issues": "read"}),
    Route("POST", "/repos/{owner}/{repo}/issues", _create, {"issues": "write"}),
    Route("GET", _ISSUE, _get),
    Route("PATCH", _ISSUE, _update),
    Route("POST", f"{_ISSUE}/labels", _add_labels),
)
