"""Commits, refs, files of diffs, and content."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from local.github.diff import FileDiff
from local.github.git import COMMITTER, SYMLINK, Commit, Entry, Person
from local.github.model import Json
from local.github.shapes.accounts import account
from local.github.shapes.repositories import url_of

# Listings call a submodule a file, for backwards compatibility.
_TYPES = {"tree": "dir", "blob": "file", "commit": "file"}
_UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}
_WEB_FLOW = "web-flow"
"""The account that commits what is made on GitHub."""


def at(epoch: int) -> str:
    """A time as GitHub writes it."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _node(kind: str, text: str) -> str:
    return base64.b64encode(f"{kind}:{text}".encode()).decode()


def _signed(person: Person) -> Json:
    return {"name": person.name, "email": person.email, "date": at(person.time)}


def git_commit(base: str, repository: str, commit: Commit) -> Json:
    """A `git-commit`: the commit object itself."""
    git = f"{url_of(base, repository)}/git"
    return {
        "sha": commit.sha,
        "node_id": _node("C", commit.sha),
        "url": f"{git}/commits/{commit.sha}",
        "html_url": f"{base}/{repository}/commit/{commit.sha}",
        "author": _signed(commit.author),
        "committer": _signed(commit.committer),
        "tree": {"sha": commit.tree, "url": f"{git}/trees/{commit.tree}"},
        "message": commit.message,
        "parents": [
            {
                "sha": sha,
                "url": f"{git}/commits/{sha}",
                "html_url": f"{base}/{repository}/commit/{sha}",
            }
            for sha in commit.parents
        ],
        "verification": _verification(commit),
    }


def _verification(commit: Commit) -> Json:
    if not commit.signature:
        return _UNSIGNED
    return {
        "verified": True,
        "reason": "valid",
        "signature": commit.signature,
        "payload": commit.signed,
        "verified_at": at(commit.committer.time),
    }


def commit(base: str, repository: str, commit: Commit, files: Sequence[FileDiff]) -> Json:
    """A `commit`: with who made it on GitHub, and what it changes against its first parent."""
    url = f"{url_of(base, repository)}/commits"
    bare = git_commit(base, repository, commit)
    additions, deletions = sum(each.additions for each in files), sum(each.deletions for each in files)
    return {
        "sha": commit.sha,
        "node_id": bare["node_id"],
        "commit": {
            **{name: bare[name] for name in ("author", "committer", "message", "tree", "url", "verification")},
            "comment_count": 0,
        },
        "url": f"{url}/{commit.sha}",
        "html_url": bare["html_url"],
        "comments_url": f"{url}/{commit.sha}/comments",
        "author": account(base, commit.author.name),
        "committer": account(base, _WEB_FLOW if commit.committer.name == COMMITTER else commit.committer.name),
        "parents": [{**parent, "url": f"{url}/{parent['sha']}"} for parent in bare["parents"]],
        "stats": {"additions": additions, "deletions": deletions, "total": additions + deletions},
        "files": [diff_entry(base, repository, commit.sha, each) for each in files],
    }


def diff_entry(base: str, repository: str, head: str, file: FileDiff) -> Json:
    """A `diff-entry`."""
    path = quote(file.filename)
    shown = {
        "sha": file.sha,
        "filename": file.filename,
        "status": file.status,
        "additions": file.additions,
        "deletions": file.deletions,
        "changes": file.additions + file.deletions,
        "blob_url": f"{base}/{repository}/blob/{head}/{path}",
        "raw_url": f"{base}/{repository}/raw/{head}/{path}",
        "contents_url": f"{url_of(base, repository)}/contents/{path}?ref={head}",
    }
    if file.patch:
        shown["patch"] = file.patch
    if file.previous_filename:
        shown["previous_filename"] = file.previous_filename
    return shown


def git_ref(base: str, repository: str, name: str, sha: str) -> Json:
    """A `git-ref`."""
    git = f"{url_of(base, repository)}/git"
    return {
        "ref": name,
        "node_id": _node("REF", name),
        "url": f"{git}/{name}",
        "object": {"sha": sha, "type": "commit", "url": f"{git}/commits/{sha}"},
    }


def tag(base: str, repository: str, name: str, sha: str) -> Json:
    """A `tag`, as lists of them have it."""
    url = url_of(base, repository)
    return {
        "name": name,
        "node_id": _node("REF", f"refs/tags/{name}"),
        "commit": {"sha": sha, "url": f"{url}/commits/{sha}"},
        "zipball_url": f"{url}/zipball/refs/tags/{name}",
        "tarball_url": f"{url}/tarball/refs/tags/{name}",
    }


def git_tree(base: str, repository: str, sha: str, entries: Sequence[Entry], *, truncated: bool) -> Json:
    """A `git-tree`."""
    git = f"{url_of(base, repository)}/git"
    return {
        "sha": sha,
        "url": f"{git}/trees/{sha}",
        "tree": [_tree_entry(git, entry) for entry in entries],
        "truncated": truncated,
    }


def _tree_entry(git: str, entry: Entry) -> Json:
    shown: Json = {"path": entry.path, "mode": entry.mode, "type": entry.kind, "sha": entry.sha}
    if entry.kind == "commit":
        return shown
    shown["url"] = f"{git}/{entry.kind}s/{entry.sha}"
    return {**shown, "size": entry.size} if entry.kind == "blob" else shown


def blob(base: str, repository: str, sha: str, content: bytes) -> Json:
    """A `blob`."""
    return {
        "sha": sha,
        "node_id": _node("B", sha),
        "size": len(content),
        "url": f"{url_of(base, repository)}/git/blobs/{sha}",
        "content": base64.encodebytes(content).decode(),
        "encoding": "base64",
    }


def item(base: str, repository: str, ref: str, directory: str, entry: Entry) -> Json:
    """An item of a `content-directory`; a file, directory or link without its content."""
    path = f"{directory}/{entry.path}".strip("/")
    url = f"{url_of(base, repository)}/contents/{quote(path)}?ref={quote(ref)}"
    kind = "symlink" if entry.mode == SYMLINK else _TYPES[entry.kind]
    git_url: str | None = f"{url_of(base, repository)}/git/{entry.kind}s/{entry.sha}"
    html_url: str | None = f"{base}/{repository}/{entry.kind}/{quote(ref)}/{quote(path)}"
    if entry.kind == "commit":
        git_url = html_url = None
    return {
        "name": entry.path,
        "path": path,
        "sha": entry.sha,
        "size": entry.size,
        "url": url,
        "html_url": html_url,
        "git_url": git_url,
        "download_url": f"{base}/{repository}/raw/{quote(ref)}/{quote(path)}" if kind == "file" else None,
        "type": kind,
        "_links": {"self": url, "git": git_url, "html": html_url},
    }


def with_content(shown: Json, content: bytes) -> Json:
    """A `content-file`, or a `content-symlink` with its target."""
    if shown["type"] == "symlink":
        return {**shown, "target": content.decode(errors="replace")}
    return {**shown, "content": base64.encodebytes(content).decode(), "encoding": "base64"}
