"""Files: the content of one, the listing of a directory, the archive of all."""

from __future__ import annotations

import posixpath
from urllib.parse import quote

from local.github.api import codeload
from local.github.api.call import Answer, Call, Route
from local.github.errors import ApiError, not_found
from local.github.git import SYMLINK, Entry, Git
from local.github.model import Json
from local.github.shapes import commits

MAX_CONTENT = 1024 * 1024
"""Bytes of the largest file that is answered with its content."""

_NEEDS = {"contents": "read"}


def _content(call: Call) -> Answer:
    ref = call.query.get("ref", call.repository.default_branch)
    path = call.path.get("path", "").strip("/")
    git = call.site.git(call.repository.name)
    sha = git.resolve(ref)
    if sha is None:
        raise ApiError(404, f"No commit found for the ref {ref}")
    found = git.read(f"{sha}:{path}")
    if found is None:
        raise not_found()
    kind, content = found
    if kind == "blob" and (target := _link_target(git, sha, path, content)):
        path, content = target
    if kind == "tree":
        return Answer([_item(call, ref, path, entry) for entry in git.entries(f"{sha}:{path}")])
    if "raw" in call.accept:
        return Answer(content, headers={"Content-Type": "application/vnd.github.raw+json; charset=utf-8"})
    if len(content) > MAX_CONTENT:
        raise ApiError(403, "This API returns blobs up to 1 MB in size.")
    directory = path.rpartition("/")[0]
    return Answer(commits.with_content(_item(call, ref, directory, _entry(git, sha, path)), content))


def _link_target(git: Git, sha: str, path: str, content: bytes) -> tuple[str, bytes] | None:
    """The file that a link points to, which GitHub answers with instead: path and content; None: not such a link."""
    if _entry(git, sha, path).mode != SYMLINK:
        return None
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), content.decode(errors="replace")))
    found = git.read(f"{sha}:{target}")
    if found is None or found[0] != "blob" or _entry(git, sha, target).mode == SYMLINK:
        return None
    return target, found[1]


def _entry(git: Git, sha: str, path: str) -> Entry:
    directory, _, name = path.rpartition("/")
    return next(entry for entry in git.entries(f"{sha}:{directory}") if entry.path == name)


def _item(call: Call, ref: str, directory: str, entry: Entry) -> Json:
    return commits.item(call.site.base, call.repository.name, ref, directory, entry)


def _tarball(call: Call) -> Answer:
    ref = call.path["ref"]
    ticket = codeload.ticket(call.site, call.repository.name)
    address = f"{call.site.base}/{call.repository.name}/legacy.tar.gz/{quote(ref)}?token={ticket}"
    return Answer(None, 302, {"Location": address, "Content-Type": "text/html;charset=utf-8"})


ROUTES = (
    Route("GET", "/repos/{owner}/{repo}/contents/{path}", _content, _NEEDS),
    Route("GET", "/repos/{owner}/{repo}/contents/", _content, _NEEDS),
    Route("GET", "/repos/{owner}/{repo}/tarball/{ref}", _tarball, _NEEDS),
)
