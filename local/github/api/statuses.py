"""Commit statuses, which systems other than GitHub Apps set."""

from __future__ import annotations

from local.github.api.call import Answer, Call, Route, commit_of, paged
from local.github.model import Status
from local.github.shapes import statuses


def _combined(call: Call) -> Answer:
    site, repository, sha = call.site, call.repository, commit_of(call, call.path["ref"])
    latest: dict[str, Status] = {}
    for status in site.store.statuses.all():
        if (status.repository, status.sha) == (repository.name, sha):
            latest[status.context] = status
    found = list(latest.values())
    return paged(
        call,
        found,
        lambda status: statuses.status(site.base, status),
        lambda page: statuses.combined(site.base, repository, sha, found, page),
    )


ROUTES = (Route("GET", "/repos/{owner}/{repo}/commits/{ref}/status", _combined, {"statuses": "read"}),)
