"""Issues and comments; every pull request is an issue, too."""

from __future__ import annotations

from local.github.model import Comment, Issue, Json, Pull
from local.github.shapes.accounts import account, association, node_id
from local.github.shapes.pulls import label
from local.github.shapes.repositories import url_of

_REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def issue(base: str, found: Issue, comments: int) -> Json:
    """An `issue` with so many comments.

    Which App has opened it is not shown: GitHub.com shows it for comments, and leaves it out for issues that were made
    with an installation's token.
    """
    url = f"{url_of(base, found.repository)}/issues/{found.number}"
    return {
        "url": url,
        "repository_url": url_of(base, found.repository),
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": f"{base}/{found.repository}/issues/{found.number}",
        "id": found.id,
        "node_id": node_id("Issue", found.id),
        "number": found.number,
        "title": found.title,
        "user": account(base, found.author),
        "labels": [label(base, found.repository, name) for name in found.labels],
        "state": found.state,
        "locked": False,
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "comments": comments,
        "created_at": found.created_at,
        "updated_at": found.updated_at,
        "closed_at": found.closed_at,
        "author_association": association(found.author),
        "active_lock_reason": None,
        "body": found.body or None,
        "reactions": _reactions(url),
        "timeline_url": f"{url}/timeline",
        "performed_via_github_app": None,
        "state_reason": found.state_reason,
        "draft": False,
    }


def full(base: str, shown: Json, found: Issue) -> Json:
    """The same with who closed it, as it is shown alone."""
    return {**shown, "closed_by": account(base, found.closed_by) if found.closed_by else None}


def of_pull(base: str, pull: Pull, comments: int) -> Json:
    """A pull request as an `issue`."""
    found = Issue(
        id=pull.id,
        repository=pull.repository,
        number=pull.number,
        title=pull.title,
        body=pull.body,
        author=pull.author,
        labels=pull.labels,
        state=pull.state,
        created_at=pull.created_at,
        updated_at=pull.updated_at,
        closed_at=pull.closed_at,
    )
    html = f"{base}/{pull.repository}/pull/{pull.number}"
    return {
        **issue(base, found, comments),
        "html_url": html,
        "draft": pull.draft,
        "pull_request": {
            "url": f"{url_of(base, pull.repository)}/pulls/{pull.number}",
            "html_url": html,
            "diff_url": f"{html}.diff",
            "patch_url": f"{html}.patch",
            "merged_at": pull.merged_at,
        },
    }


def comment(base: str, found: Comment, app: Json | None) -> Json:
    """An `issue-comment`; `app` has made it, if one has."""
    url = f"{url_of(base, found.repository)}/issues"
    return {
        "url": f"{url}/comments/{found.id}",
        "html_url": f"{base}/{found.repository}/issues/{found.number}#issuecomment-{found.id}",
        "issue_url": f"{url}/{found.number}",
        "id": found.id,
        "node_id": node_id("IssueComment", found.id),
        "user": account(base, found.author),
        "created_at": found.created_at,
        "updated_at": found.updated_at,
        "body": found.body,
        "author_association": association(found.author),
        "reactions": _reactions(f"{url}/comments/{found.id}"),
        "performed_via_github_app": app,
    }


def hooked(shown: Json) -> Json:
    """An issue or comment as webhook payloads have it: they know less of users and Apps."""
    app = shown["performed_via_github_app"]
    return {
        **shown,
        "user": {name: value for name, value in shown["user"].items() if name != "user_view_type"},
        "performed_via_github_app": app and {name: value for name, value in app.items() if name != "client_id"},
    }


def _reactions(url: str) -> Json:
    return {"url": f"{url}/reactions", "total_count": 0, **dict.fromkeys(_REACTIONS, 0)}
