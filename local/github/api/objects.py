"""Git's objects: trees, whole or folder by folder, and blobs."""

from __future__ import annotations

from local.github.api.call import Answer, Call, Route
from local.github.errors import not_found
from local.github.shapes import commits

_NEEDS = {"contents": "read"}


def _tree(call: Call) -> Answer:
    git, name = call.site.git(call.repository.name), call.repository.name
    asked = call.path["tree_sha"]
    commit = git.commit(git.resolve(asked) or "")
    sha = commit.tree if commit else asked
    found = git.read(sha)
    if found is None or found[0] != "tree":
        raise not_found()
    # Any value of the parameter means yes, also 0 and false.
    entries = git.entries(sha, recursive="recursive" in call.query)
    limit = call.site.store.options.tree_limit if "recursive" in call.query else len(entries)
    shown = commits.git_tree(call.site.base, name, sha, entries[:limit], truncated=len(entries) > limit)
    return Answer(shown)


def _blob(call: Call) -> Answer:
    name, sha = call.repository.name, call.path["file_sha"]
    found = call.site.git(name).read(sha)
    if found is None or found[0] != "blob" or ":" in sha:
        raise not_found()
    return Answer(commits.blob(call.site.base, name, sha, found[1]))


ROUTES = (
    Route("GET", "/repos/{owner}/{repo}/git/trees/{tree_sha}", _tree, _NEEDS),
    Route("GET", "/repos/{owner}/{repo}/git/blobs/{file_sha}", _blob, _NEEDS),
)
