"""Repositories, their commits and refs."""

from __future__ import annotations

from local.github.api.call import Answer, Call, Route, commit_of, paged
from local.github.errors import not_found
from local.github.git import Commit
from local.github.model import Json
from local.github.shapes import commits, repositories

MAX_FILES = 300
"""Files of a commit that are shown at once."""

_CONTENTS = {"contents": "read"}


def _repository(call: Call) -> Answer:
    parent = call.site.store.repositories.get(call.repository.parent)
    return Answer(repositories.full(call.site.base, call.repository, parent))


def _commit(call: Call) -> Answer:
    git, name = call.site.git(call.repository.name), call.repository.name
    found = _found(call, commit_of(call, call.path["ref"]))
    files = git.diff(found.parents[0], found.sha) if found.parents else ()
    shown = commits.commit(call.site.base, name, found, files)
    return Answer({**shown, "files": shown["files"][: call.query_number("per_page", MAX_FILES)]})


def _git_commit(call: Call) -> Answer:
    return Answer(commits.git_commit(call.site.base, call.repository.name, _found(call, call.path["commit_sha"])))


def _git_ref(call: Call) -> Answer:
    name = f"refs/{call.path['ref']}"
    sha = call.site.git(call.repository.name).ref(name)
    if sha is None:
        raise not_found()
    return Answer(commits.git_ref(call.site.base, call.repository.name, name, sha))


def _tags(call: Call) -> Answer:
    git, name = call.site.git(call.repository.name), call.repository.name

    def show(tag: str) -> Json:
        return commits.tag(call.site.base, name, tag, git.ref(f"refs/tags/{tag}") or "")

    return paged(call, git.tags(), show)


def _found(call: Call, sha: str) -> Commit:
    found = call.site.git(call.repository.name).commit(sha)
    if found is None:
        raise not_found()
    return found


ROUTES = (
    Route("GET", "/repos/{owner}/{repo}", _repository, {"metadata": "read"}),
    Route("GET", "/repos/{owner}/{repo}/commits/{ref}", _commit, _CONTENTS),
    Route("GET", "/repos/{owner}/{repo}/git/commits/{commit_sha}", _git_commit, _CONTENTS),
    Route("GET", "/repos/{owner}/{repo}/git/ref/{ref}", _git_ref, _CONTENTS),
    Route("GET", "/repos/{owner}/{repo}/tags", _tags, _CONTENTS),
)
