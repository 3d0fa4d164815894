"""Git's objects: trees, whole or folder by folder, and blobs."""

from __future__ import annotations

import base64
from functools import lru_cache
from pathlib import Path

from local.github.api.call import Answer, Call, Route
from local.github.errors import not_found
from local.github.git import run
from local.github.model import Json
from local.github.shapes.accounts import node_id
from local.github.shapes.repositories import url_of

_NEEDS = {"contents": "read"}


def _tree(call: Call) -> Answer:
    git = call.site.git(call.repository.name)
    name = call.path["tree_sha"]
    commit = git.commit(git.resolve(name) or "")
    sha = commit.tree if commit else name
    found = git.read(sha)
    if found is None or found[0] != "tree":
        raise not_found()
    url = f"{url_of(call.site.base, call.repository.name)}/git"
    entries = [
        {"path": path, "mode": mode, "type": kind, "sha": object_sha}
        | ({"size": int(size)} if kind == "blob" else {})
        | ({} if kind == "commit" else {"url": f"{url}/{kind}s/{object_sha}"})
        for mode, kind, object_sha, size, path in _entries(git.directory, sha, recursive="recursive" in call.query)
    ]
    return Answer({"sha": sha, "url": f"{url}/trees/{sha}", "tree": entries, "truncated": False})


def _blob(call: Call) -> Answer:
    sha = call.path["file_sha"]
    found = call.site.git(call.repository.name).read(sha)
    if found is None or found[0] != "blob":
        raise not_found()
    blob: Json = {
        "sha": sha,
        "node_id": node_id("Blob", int(sha[:8], 16)),
        "size": len(found[1]),
        "url": f"{url_of(call.site.base, call.repository.name)}/git/blobs/{sha}",
        "content": base64.encodebytes(found[1]).decode(),
        "encoding": "base64",
    }
    return Answer(blob)


@lru_cache(maxsize=1024)
def _entries(directory: Path, sha: str, *, recursive: bool) -> list[tuple[str, str, str, str, str]]:
    """Mode, type, sha, size and path of each entry; a process is what costs here, and trees do not change."""
    options = ["-r", "-t"] if recursive else []
    listed = run(["ls-tree", "-l", "-z", *options, sha], cwd=directory).stdout.decode(errors="replace")
    entries = []
    for line in listed.split("\0")[:-1]:
        about, _, path = line.partition("\t")
        mode, kind, object_sha, size = about.split()
        entries.append((mode, kind, object_sha, size, path))
    return entries


ROUTES = (
    Route("GET", "/repos/{owner}/{repo}/git/trees/{tree_sha}", _tree, _NEEDS),
    Route("GET", "/repos/{owner}/{repo}/git/blobs/{file_sha}", _blob, _NEEDS),
)
