"""Comments on issues and on pull requests as a whole."""

from __future__ import annotations

from local.github import payloads
from local.github.api.call import Answer, Call, Route, paged
from local.github.api.issues import check, subject
from local.github.errors import not_found
from local.github.issues import MAX_BODY, Issues
from local.github.model import Comment, Json


def _list(call: Call) -> Answer:
    about = subject(call, "read")
    where = about.repository, about.number
    found = [each for each in call.site.store.comments.all() if (each.repository, each.number) == where]
    return paged(call, found, lambda each: _shown(call, each))


def _create(call: Call) -> Answer:
    about = subject(call, "write")
    body = call.text("body", resource="IssueComment", most=MAX_BODY, required=True)
    said = Issues(call.site).comment(about.repository, about.number, body=body or "", user=call.user)
    return Answer(_shown(call, said), 201)


def _get(call: Call) -> Answer:
    return Answer(_shown(call, _found(call, "read")))


def _update(call: Call) -> Answer:
    found = _found(call, "write")
    body = call.text("body", resource="IssueComment", most=MAX_BODY, required=True)
    return Answer(_shown(call, Issues(call.site).edit_comment(found.id, body=body or "", user=call.user)))


def _delete(call: Call) -> Answer:
    with call.site.lock:
        Issues(call.site).delete_comment(_found(call, "write").id, user=call.user)
    return Answer(None, 204)


def _found(call: Call, level: str) -> Comment:
    found = call.site.store.comments.get(str(call.number("comment_id")))
    if found is None or found.repository != call.repository.name:
        raise not_found()
    key = f"{found.repository}#{found.number}"
    about = call.site.store.issues.get(key) or call.site.store.pulls.get(key)
    assert about is not None, key
    check(call, about, level)
    return found


def _shown(call: Call, found: Comment) -> Json:
    return payloads.shown_comment(call.site, found)


_ON_ISSUE = "/repos/{owner}/{repo}/issues/{issue_number}/comments"
_COMMENT = "/repos/{owner}/{repo}/issues/comments/{comment_id}"
ROUTES = (
    Route("GET", _ON_ISSUE, _list),
    Route("POST", _ON_ISSUE, _create),
    Route("GET", _COMMENT, _get),
    Route("PATCH", _COMMENT, _update),
    Route("DELETE", _COMMENT, _delete),
)
