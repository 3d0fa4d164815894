"""The files of a diff, from what `git diff-tree --raw --numstat -p` prints."""

from __future__ import annotations

import re
from dataclasses import dataclass

_STATUS = {"A": "added", "D": "removed", "M": "modified", "T": "changed", "R": "renamed", "C": "copied"}
_NUMSTAT = re.compile(r"(\d+|-)\t(\d+|-)\t")
_HUNK = re.compile(r"^@@ ", re.MULTILINE)
_NO_BLOB = "0" * 40


@dataclass(frozen=True)
class FileDiff:
    """One file of a diff, in GitHub's words."""

    filename: str
    previous_filename: str
    """Set if the file was renamed or copied."""
    status: str
    sha: str
    """Blob that it has now; before, if it was removed."""
    additions: int
    deletions: int
    patch: str
    """Hunks, without a header; empty for a binary file."""


def parse_diffs(output: str) -> tuple[FileDiff, ...]:
    """Parse the three parts that git prints in the same order of files: raw lines, counts, patches."""
    summary, *pieces = re.split(r"^(diff --git .*)\n", output, flags=re.MULTILINE)
    lines = summary.splitlines()
    raw = [line for line in lines if line.startswith(":")]
    counts = [match.groups() for line in lines if (match := _NUMSTAT.match(line))]
    patches = _patches(pieces)
    return tuple(
        _file(line, added, deleted, patch) for line, (added, deleted), patch in zip(raw, counts, patches, strict=True)
    )


def _patches(pieces: list[str]) -> list[str]:
    """Headers and bodies in turn; a file that became a link has two patches under one header."""
    patches: list[str] = []
    previous = ""
    for header, body in zip(pieces[::2], pieces[1::2], strict=True):
        if header == previous:
            patches[-1] += body
        else:
            patches.append(body)
        previous = header
    return patches


def _file(raw: str, added: str, deleted: str, patch: str) -> FileDiff:
    fields, *paths = raw.split("\t")
    _, _, old, new, status = fields.split(" ")
    hunks = _HUNK.search(patch)
    return FileDiff(
        filename=paths[-1],
        previous_filename=paths[0] if len(paths) > 1 else "",
        status=_STATUS.get(status[0], "changed"),
        sha=old if new == _NO_BLOB else new,
        additions=int(added) if added != "-" else 0,
        deletions=int(deleted) if deleted != "-" else 0,
        patch=patch[hunks.start() :].rstrip("\n") if hunks else "",
    )
