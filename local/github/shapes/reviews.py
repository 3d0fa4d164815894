"""Reviews of pull requests."""

from __future__ import annotations

from local.github.model import Json, Pull, Review
from local.github.shapes.accounts import account, node_id
from local.github.shapes.repositories import url_of


def review(base: str, found: Review, pull: Pull) -> Json:
    """A `pull-request-review`, as lists have it."""
    html = f"{base}/{pull.repository}/pull/{pull.number}#pullrequestreview-{found.id}"
    url = f"{url_of(base, pull.repository)}/pulls/{pull.number}"
    return {
        "id": found.id,
        "node_id": node_id("PullRequestReview", found.id),
        "user": account(base, found.user),
        "body": found.body,
        "state": found.state,
        "html_url": html,
        "pull_request_url": url,
        "author_association": "MEMBER",
        "_links": {"html": {"href": html}, "pull_request": {"href": url}},
        "submitted_at": found.submitted_at,
        "commit_id": found.commit_id,
    }


def hooked(base: str, found: Review, pull: Pull) -> Json:
    """The same in a webhook's payload, where the state is written in small letters."""
    return {**review(base, found, pull), "state": found.state.lower()}
