"""Commit statuses."""

from __future__ import annotations

from collections.abc import Sequence

from local.github.ids import account_id
from local.github.model import Json, Repository, Status
from local.github.shapes.accounts import node_id
from local.github.shapes.repositories import minimal, url_of

CREATOR = "octocat"
"""Whose token other systems use."""


def combined(base: str, repository: Repository, sha: str, latest: Sequence[Status], shown: Sequence[Json]) -> Json:
    """A `combined-commit-status`: of all contexts, and a page of them."""
    states = {status.state for status in latest}
    failed, waiting = states & {"error", "failure"}, "pending" in states or not states
    url = f"{url_of(base, repository.name)}/commits/{sha}"
    return {
        "state": "failure" if failed else "pending" if waiting else "success",
        "statuses": list(shown),
        "sha": sha,
        "total_count": len(latest),
        "repository": minimal(base, repository),
        "commit_url": url,
        "url": f"{url}/status",
    }


def status(base: str, found: Status) -> Json:
    """A `simple-commit-status`."""
    return {
        "url": f"{url_of(base, found.repository)}/statuses/{found.sha}",
        "avatar_url": f"{base}/avatars/{account_id(CREATOR)}",
        "id": found.id,
        "node_id": node_id("StatusContext", found.id),
        "state": found.state,
        "description": None,
        "target_url": None,
        "context": found.context,
        "created_at": found.created_at,
        "updated_at": found.created_at,
    }
