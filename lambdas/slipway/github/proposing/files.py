"""The files of a branch of ours: which paths may be written, and what a commit holds once they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from slipway.errors import InputError, LimitError
from slipway.github.listing import REGULAR, object_id

MIB = 1024 * 1024

MAX_FILES = 1_000
"""Files that one commit writes or deletes."""

MAX_BYTES = 10 * MIB
"""Of all files that one commit writes."""

MAX_PATH = 1_024
"""Bytes of a path."""

NEW_FILE = "100644"
"""Mode of a file that was not there: a plain one."""


@dataclass(frozen=True)
class Entry:
    """What stands at a path of a commit: a file, a link or a submodule."""

    mode: str
    """As git writes it, six digits."""
    sha: str
    """Git's object id of what it holds."""


@dataclass(frozen=True)
class Written:
    """A file that a commit writes."""

    mode: str
    content: bytes


Changes = Mapping[str, Written | None]
"""Path → what to write, None to delete."""


def check_files(files: Mapping[str, bytes | None]) -> None:
    """Refuse what no request can have meant.

    Raises:
        InputError: a path is not plain.
        LimitError: there is too much.
    """
    if len(files) > MAX_FILES:
        raise LimitError(f"one commit would change more than {MAX_FILES:,} files (MAX_FILES)")
    if sum(len(content or b"") for content in files.values()) > MAX_BYTES:
        raise LimitError(f"one commit would write more than {MAX_BYTES:,} bytes (MAX_BYTES)")
    for path in files:
        if not is_plain(path):
            raise InputError(f"{path[:200]!r} is not the plain path of a file in a repository")


def is_plain(path: str) -> bool:
    """True if a path is relative and written in the one way: no `..`, no `.git`, nothing that a checkout stumbles on.

    What git itself refuses of the names of folders, on any system ("verify_path" in git's read-cache.c), and more.
    """
    parts = path.split("/")
    return (
        0 < len(path.encode(errors="replace")) <= MAX_PATH
        and path.isprintable()
        and not set(path) & set('\\:*?"<>|')
        and not any(
            part in ("", ".", "..") or part != part.strip(" ") or part.endswith(".") or _is_git(part) for part in parts
        )
    )


def _is_git(part: str) -> bool:
    return part.lower() in (".git", "git~1") or part.lower().startswith(".git:")


def changes_of(
    there: Mapping[str, Entry], files: Mapping[str, bytes | None], *, like: str
) -> dict[str, Written | None]:
    """What is to be written so that a commit that holds `there` holds `files`; nothing of what it holds already.

    Args:
        there: what stands in the commit, without folders.
        files: path → content; None: shall not be there.
        like: the id of an object of the repository, for the kind of its ids.

    Raises:
        InputError: a path is that of a folder, link or submodule, or below that of a file.
    """
    folders = {folder for path in there for folder in _folders(path)}
    written = {path for path, content in files.items() if content is not None}
    new_folders = {folder for path in written for folder in _folders(path)}
    changes: dict[str, Written | None] = {}
    for path, content in files.items():
        entry = there.get(path)
        if entry is not None and entry.mode not in REGULAR:
            raise InputError("it is a link or a submodule, and only files are written", file=path)
        if content is None:
            if entry is not None:
                changes[path] = None
            continue
        if path in folders or path in new_folders:
            raise InputError("it is a folder, and was to be a file", file=path)
        if blocking := [folder for folder in _folders(path) if folder in there]:
            raise InputError(f"{blocking[0]} is a file, and was to be a folder", file=path)
        if entry is None or object_id(content, like=like) != entry.sha:
            changes[path] = Written(entry.mode if entry else NEW_FILE, content)
    return changes


def changed(there: Mapping[str, Entry], changes: Changes, *, like: str) -> dict[str, Entry]:
    """What a commit holds that changed another one, without folders."""
    found = dict(there)
    for path, written in changes.items():
        if written is None:
            del found[path]
        else:
            found[path] = Entry(written.mode, object_id(written.content, like=like))
    return found


def _folders(path: str) -> Iterator[str]:
    return (str(folder) for folder in list(PurePosixPath(path).parents)[:-1])
