"""Git's objects and refs, written: blobs, trees, commits, and the refs that name them."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from local.github import pushes
from local.github.api.call import Answer, Call, Route
from local.github.errors import invalid, refused
from local.github.git import Git
from local.github.model import Json
from local.github.shapes import commits
from local.github.shapes.repositories import url_of

_NEEDS = {"contents": "write"}
_MODES = ("100644", "100755", "040000", "160000", "120000")
_HEADS = "refs/heads/"
_REF = re.compile(r"refs/(heads|tags)/[^ ~^:?*\\[\x00-\x20]+")
_NO_OBJECT = "0" * 40
_MALFORMED = ("", ".", "..", ".git")


def _blob(call: Call) -> Answer:
    content = call.body.get("content")
    if not isinstance(content, str):
        raise invalid('"content" wasn\'t supplied.')
    try:
        whole = (
            base64.b64decode("".join(content.split()), validate=True)
            if call.body.get("encoding") == "base64"
            else content.encode()
        )
    except binascii.Error as err:
        raise refused("content is not valid Base64") from err
    sha = _git(call).write_blob(whole)
    return Answer({"sha": sha, "url": f"{url_of(call.site.base, call.repository.name)}/git/blobs/{sha}"}, 201)


def _tree(call: Call) -> Answer:
    git, entries, base = _git(call), call.body.get("tree"), call.body.get("base_tree") or ""
    if not isinstance(entries, list):
        raise invalid('"tree" wasn\'t supplied.')
    if base and _kind(git, base) not in ("tree", "commit"):
        raise refused("base_tree is not a valid tree oid")
    try:
        sha = git.write_tree(base, [_entry(git, base, each) for each in entries])
    except RuntimeError as err:
        raise refused("tree contains a path that is not valid") from err
    shown = commits.git_tree(call.site.base, call.repository.name, sha, git.entries(sha), truncated=False)
    return Answer(shown, 201)


def _entry(git: Git, base: str, sent: Json) -> tuple[str, str, str]:
    """An entry as git's index takes it."""
    path, mode = str(sent.get("path") or ""), sent.get("mode")
    if any(part.lower() in _MALFORMED for part in path.split("/")):
        raise refused("tree.path contains a malformed path component")
    if mode not in _MODES:
        raise refused("Must supply a valid tree.mode")
    if "content" in sent:
        return mode, git.write_blob(str(sent["content"]).encode()), path
    sha = sent.get("sha")
    if sha is None:
        # GitHub takes no deletion of what is not there.
        if not base or git.read(f"{base}:{path}") is None:
            raise refused("GitRPC::BadObjectState")
        return "0", _NO_OBJECT, path
    if _kind(git, sha) is None:
        raise refused("tree.sha is not a valid blob")
    return mode, sha, path


def _commit(call: Call) -> Answer:
    git, message, tree = _git(call), call.body.get("message"), call.body.get("tree")
    parents = call.texts("parents") or []
    if not isinstance(message, str) or not isinstance(tree, str):
        raise invalid('"message" and "tree" are required.')
    if _kind(git, tree) != "tree":
        raise refused("Tree SHA does not exist")
    if any(git.commit(parent) is None for parent in parents):
        raise refused("Parent SHA does not exist or is not a commit object")
    if call.body.get("author") or call.body.get("committer"):
        sha = git.write_commit(_unsigned(call.body, tree, parents, message).encode())
    else:
        # What an App says nothing about is the App's own, and that GitHub signs.
        sha = git.write_signed(tree, parents, message, call.user)
    found = git.commit(sha)
    assert found is not None, sha
    return Answer(commits.git_commit(call.site.base, call.repository.name, found), 201)


def _unsigned(body: Json, tree: str, parents: list[str], message: str) -> str:
    author = body.get("author") or body["committer"]
    committer = body.get("committer") or author
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
    lines += [
        f"{role} {who['name']} <{who['email']}> 1700000000 +0000"
        for role, who in (("author", author), ("committer", committer))
    ]
    return "\n".join([*lines, "", message])


def _create_ref(call: Call) -> Answer:
    git, name, sha = _git(call), call.body.get("ref"), call.body.get("sha")
    if not isinstance(name, str) or not _REF.fullmatch(name):
        raise refused(f"{name} is not a valid ref name.")
    with call.site.lock:
        _commit_named(git, sha)
        if git.ref(name) is not None:
            raise refused("Reference already exists")
        _point(call, git, name, None, str(sha), forced=False)
    return Answer(commits.git_ref(call.site.base, call.repository.name, name, str(sha)), 201)


def _update_ref(call: Call) -> Answer:
    git, name, sha = _git(call), f"refs/{call.path['ref']}", call.body.get("sha")
    with call.site.lock:
        before = git.ref(name)
        if before is None:
            raise refused("Reference does not exist")
        _commit_named(git, sha)
        forward = git.merge_base(before, str(sha)) == before
        if not forward and call.body.get("force") is not True:
            raise refused("Update is not a fast forward")
        if before != sha:
            _point(call, git, name, before, str(sha), forced=not forward)
    return Answer(commits.git_ref(call.site.base, call.repository.name, name, str(sha)))


def _delete_ref(call: Call) -> Answer:
    git, name = _git(call), f"refs/{call.path['ref']}"
    with call.site.lock:
        before = git.ref(name)
        if before is None:
            raise refused("Reference does not exist")
        if name == f"{_HEADS}{call.repository.default_branch}":
            raise refused("Refusing to delete the default branch")
        git.delete(name)
        if name.startswith(_HEADS):
            pushes.deleted(call.site, call.repository, name.removeprefix(_HEADS), before, call.user)
    return Answer(None, 204)


def _point(call: Call, git: Git, name: str, before: str | None, sha: str, *, forced: bool) -> None:
    git.point({name: sha})
    if name.startswith(_HEADS):
        branch = name.removeprefix(_HEADS)
        pushes.pushed(call.site, call.repository, branch, before, sha, call.user, forced=forced)


def _commit_named(git: Git, sha: Any) -> None:
    if not isinstance(sha, str) or git.commit(sha) is None:
        raise refused("Object does not exist")


def _kind(git: Git, sha: Any) -> str | None:
    found = git.read(sha) if isinstance(sha, str) and re.fullmatch("[0-9a-f]{40}", sha) else None
    return found[0] if found else None


def _git(call: Call) -> Git:
    return call.site.git(call.repository.name)


_GIT = "/repos/{owner}/{repo}/git"
ROUTES = (
    Route("POST", f"{_GIT}/blobs", _blob, _NEEDS),
    Route("POST", f"{_GIT}/trees", _tree, _NEEDS),
    Route("POST", f"{_GIT}/commits", _commit, _NEEDS),
    Route("POST", f"{_GIT}/refs", _create_ref, _NEEDS),
    Route("PATCH", f"{_GIT}/refs/{{ref}}", _update_ref, _NEEDS),
    Route("DELETE", f"{_GIT}/refs/{{ref}}", _delete_ref, _NEEDS),
)
