"""Is an archive all of its commit? Git's own list of the commit's files tells.

GitHub's archives obey `.gitattributes`: `export-ignore` leaves files out, `export-subst` and `eol` change them. Flux,
which clones, sees every file as it was committed. Without this, one line in `.gitattributes` would hide a change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from slipway.errors import LimitError
from slipway.fleet.tree import Dropped, Tree
from slipway.github.archive import is_manifest
from slipway.github.gunzip import DamagedArchive
from slipway.github.limits import ArchiveLimits

FOLDER = "040000"
REGULAR = ("100644", "100755")
"""Modes in git, as GitHub writes them; links have 120000, submodules 160000."""


@dataclass(frozen=True)
class Blob:
    """A regular file of a commit."""

    path: str
    sha: str
    """Git's object id."""
    size: int
    """In bytes."""


def absent(tree: Tree, listing: Iterable[Blob], limits: ArchiveLimits) -> tuple[list[Blob], list[Dropped]]:
    """The files that the tree of an archive lacks or has other than committed; and those of them that need not be had.

    Raises:
        DamagedArchive: the archive has files that the commit has not.
        LimitError: too many files are absent, or one is too large.
    """
    dropped = {each.path for each in tree.dropped}
    listed = {blob.path: blob for blob in listing}
    if strangers := sorted(set(tree) - listed.keys()):
        raise DamagedArchive("it is in the archive, but not in the commit", file=strangers[0])
    wanted, unwanted = [], []
    for blob in listed.values():
        if (
            blob.path in dropped
            or _is_garbled(blob.path)
            or (blob.path in tree and object_id(tree.read(blob.path), like=blob.sha) == blob.sha)
        ):
            continue
        if is_manifest(blob.path):
            limits.check("manifest_bytes", blob.size, "it", file=blob.path)
        elif blob.size > limits.other_bytes:
            unwanted.append(Dropped(blob.path, f"larger than {limits.other_bytes:,} bytes (limit other_bytes)"))
            continue
        wanted.append(blob)
    if len(wanted) > limits.absent:
        raise LimitError(
            f".gitattributes keeps {len(wanted)} files out of GitHub's archive or changes them in it, more than "
            f"{limits.absent} (limit absent): remove export-ignore, export-subst, eol and working-tree-encoding, and "
            "in the repository's settings keep Git LFS objects out of archives",
            file=".gitattributes",
        )
    return wanted, unwanted


def _is_garbled(path: str) -> bool:
    """True if GitHub could not write the name in JSON: it is not UTF-8, which the archive shows as dropped."""
    return "\ufffd" in path and not is_manifest(path)


def completed(tree: Tree, found: dict[str, bytes], dropped: Iterable[Dropped], limits: ArchiveLimits) -> Tree:
    """The tree with the files that it lacked.

    Raises:
        LimitError: it is too large now.
    """
    files = {path: tree.read(path) for path in tree} | found
    limits.check("kept_bytes", sum(map(len, files.values())), "what is kept of the files")
    return Tree(files, name=tree.name, revision=tree.revision, dropped=[*tree.dropped, *dropped])


def object_id(content: bytes, *, like: str) -> str:
    """Git's id of a blob, by the hash that `like` was made with: SHA-1, or SHA-256 in repositories that chose it."""
    blob = b"blob %d\0" % len(content) + content
    digest = hashlib.sha256 if len(like) == 64 else hashlib.sha1
    return digest(blob, usedforsecurity=False).hexdigest()
