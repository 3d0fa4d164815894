"""Pull requests."""

from __future__ import annotations

from local.github import merges, payloads
from local.github.api.call import Answer, Call, Route, paged
from local.github.errors import not_found
from local.github.model import Json, Pull
from local.github.shapes import commits, pulls

_NEEDS = {"pull_requests": "read"}


def _list(call: Call) -> Answer:
    site, name = call.site, call.repository.name
    state, head, base = call.query.get("state", "open"), call.query.get("head"), call.query.get("base")
    found = [
        pull
        for pull in reversed(site.store.pulls.all())
        if pull.repository == name
        and state in ("all", pull.state)
        and (not head or head == f"{pull.head_repository.partition('/')[0]}:{pull.head_ref}")
        and (not base or base == pull.base_ref)
    ]
    if call.query.get("direction") == "asc":
        found.reverse()

    def show(pull: Pull) -> Json:
        return pulls.simple(site.base, pull, call.repository, site.repository(pull.head_repository))

    return paged(call, found, show)


def _get(call: Call) -> Answer:
    site = call.site
    pull, mergeable = merges.read(site, found_pull(call))
    source = site.repository(pull.head_repository)
    return Answer(
        pulls.pull_request(site.base, pull, call.repository, source, payloads.changes(site, pull), mergeable=mergeable)
    )


def _files(call: Call) -> Answer:
    pull = found_pull(call)
    files = payloads.changes(call.site, pull).files
    return paged(call, files, lambda file: commits.diff_entry(call.site.base, pull.repository, pull.head_sha, file))


def found_pull(call: Call) -> Pull:
    """The pull request that a path names."""
    pull = call.site.store.pulls.get(f"{call.repository.name}#{call.number('pull_number')}")
    if pull is None:
        raise not_found()
    return pull


ROUTES = (
    Route("GET", "/repos/{owner}/{repo}/pulls", _list, _NEEDS),
    Route("GET", "/repos/{owner}/{repo}/pulls/{pull_number}", _get, _NEEDS),
    Route("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/files", _files, _NEEDS),
)
