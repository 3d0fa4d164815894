"""Everything in a tree of git, as GitHub lists it: at once, or folder by folder where that is too long."""

from __future__ import annotations

from dataclasses import dataclass

from slipway.errors import LimitError
from slipway.github.calls import Answer, Calls
from slipway.github.failures import Wish
from slipway.github.listing import FOLDER

MAX_LISTINGS = 100
"""How many calls the list of one tree may take: one, unless it is longer than GitHub tells at once (7 MB)."""


@dataclass(frozen=True)
class TreeEntry:
    """What stands at a path: a file, a link or a submodule."""

    path: str
    mode: str
    """As git writes it, six digits."""
    sha: str
    size: int
    """0 for all but files."""


def entries_of(calls: Calls, repository: str, tree: str, wish: Wish) -> list[TreeEntry]:
    """Everything in a tree but its folders.

    Args:
        calls: as the installation.
        repository: `owner/name`.
        tree: id of the tree, or of a commit that has it.
        wish: for messages.

    Raises:
        LimitError: it takes too many calls.
    """
    found: list[TreeEntry] = []
    folders = [("", tree)]
    for _ in range(MAX_LISTINGS):
        if not folders:
            return found
        folder, sha = folders.pop()
        path = f"/repos/{repository}/git/trees/{sha}"
        entries, whole = calls.get(path, _parsed, wish, parameters={"recursive": "1"})
        if not whole:
            entries, whole = calls.get(path, _parsed, wish)
            folders += [(f"{folder}{each.path}/", each.sha) for each in entries if each.mode == FOLDER]
        if not whole:
            break
        kept = (each for each in entries if each.mode != FOLDER)
        found += [TreeEntry(folder + each.path, each.mode, each.sha, each.size) for each in kept]
    raise LimitError(f"{wish.what} are more than GitHub lists in {MAX_LISTINGS} calls (limit MAX_LISTINGS)")


def _parsed(answer: Answer) -> tuple[list[TreeEntry], bool]:
    """The entries of a tree, and whether these are all."""
    shown = answer.json["tree"]
    entries = [TreeEntry(each["path"], each["mode"], each["sha"], each.get("size", 0)) for each in shown]
    return entries, not answer.json["truncated"]
