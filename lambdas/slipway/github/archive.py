"""A repository's files from the archive that GitHub makes of a commit.

Symbolic links are dropped and listed, as Flux's source-controller leaves them out of its artifacts (its
`Storage.Archive` keeps regular files and directories only). What git cannot produce is refused: such an archive was
not made of a commit.
"""

from __future__ import annotations

from collections.abc import Iterable

from slipway.errors import InputError
from slipway.fleet.tree import Dropped, Tree
from slipway.github.gunzip import Gunzip, Stream
from slipway.github.limits import ArchiveLimits
from slipway.github.tar import DIRECTORY, FILE, LINK, Member, TarStream

MANIFESTS = (".yaml", ".yml", ".json")
"""What a fleet is made of: to drop one of these could hide a change, so one that we cannot keep is an error."""

_KINDS = {b"1": "a hard link", b"3": "a device", b"4": "a device", b"6": "a pipe"}
_NOWHERE = frozenset(("", ".", ".."))


def tree_from_tarball(stream: Stream, limits: ArchiveLimits, name: str, revision: str) -> Tree:
    """Read a gzipped tar archive without its top folder.

    Args:
        stream: the archive; it is read only as far as the limits allow.
        limits: see `ArchiveLimits`.
        name: what messages call the repository.
        revision: its commit.

    Raises:
        InputError: the archive holds what a commit cannot hold or what escapes it; the text names the path.
        LimitError: a limit is exceeded; the text names it, its value and the file.
        DamagedArchive: it is cut short or garbled.
    """
    try:
        return _Reader(limits).read(TarStream(Gunzip(stream, limits), limits), name, revision)
    except InputError as err:
        raise type(err)(f"{err.message}, in the archive of {name} at {revision[:12]}", file=err.file) from err


def is_manifest(path: str) -> bool:
    """True if the file may be part of what a fleet is made of."""
    return path.lower().endswith(MANIFESTS)


class _Reader:
    def __init__(self, limits: ArchiveLimits) -> None:
        self._limits = limits
        self._files: dict[str, bytes] = {}
        self._dropped: dict[str, str] = {}
        self._folders: set[str] = set()
        self._kept = 0
        self._top = ""

    def read(self, tar: TarStream, name: str, revision: str) -> Tree:
        for count, member in enumerate(tar, 1):
            self._limits.check("entries", count, "it")
            path = self._path(member)
            if self._wanted(member, path):
                self._files[path] = tar.read(member)
            else:
                tar.skip(member)
        self._check_folders()
        dropped = (Dropped(path, why) for path, why in sorted(self._dropped.items()))
        return Tree(self._files, name=name, revision=revision, dropped=dropped)

    def _path(self, member: Member) -> str:
        """Where the member belongs in the tree; `""` is the top folder."""
        name = member.name.decode("utf-8", "backslashreplace")
        if member.kind == DIRECTORY:
            name = name.removesuffix("/") + "/"
        top, _, path = name.partition("/")
        path = path.removesuffix("/")
        parts = path.split("/") if path or member.kind != DIRECTORY else []
        if top in _NOWHERE or _NOWHERE.intersection(parts) or "\0" in name:
            raise InputError(f"{name!r} is not a path inside the repository")
        self._top = self._top or top
        if top != self._top:
            raise InputError(f"{name!r} is outside the top folder {self._top!r}")
        self._limits.check("path_bytes", len(path.encode()), f"the path {path[:80]!r}…")
        self._limits.check("depth", len(parts), "its path", file=path)
        return path

    def _wanted(self, member: Member, path: str) -> bool:
        if member.kind == DIRECTORY:
            self._folders.add(path)
            return False
        if path in self._files or path in self._dropped:
            raise InputError("it is there twice", file=path)
        if folder := _git_folder(path):
            self._dropped[folder] = "git's own data"
            return False
        why = self._why_dropped(member, path)
        if why:
            self._dropped[path] = why
        return not why

    def _why_dropped(self, member: Member, path: str) -> str:
        """Why the file or link is left out, `""` if it is kept."""
        limits = self._limits
        if member.kind == LINK:
            return _link(path, member.target.decode("utf-8", "backslashreplace"))
        if member.kind != FILE:
            raise InputError(f"it is {_KINDS.get(member.kind, 'of a type')} that git does not store", file=path)
        if not _is_utf8(member.name):
            if is_manifest(path):
                raise InputError("its name is not UTF-8", file=path)
            return "its name is not UTF-8"
        if is_manifest(path):
            limits.check("manifest_bytes", member.size, "it", file=path)
        elif member.size > limits.other_bytes:
            return f"larger than {limits.other_bytes:,} bytes (limit other_bytes), and neither YAML nor JSON"
        self._kept += member.size
        limits.check("kept_bytes", self._kept, "what is kept of the files up to here", file=path)
        return ""

    def _check_folders(self) -> None:
        """Refuse a path that is a folder and something else: one would hide the other. List the submodules."""
        full = _folders_above([*self._files, *self._dropped, *self._folders])
        for path in full | self._folders:
            if path in self._files or path in self._dropped:
                raise InputError("it is a folder and something else", file=path)
        # Git has no empty folders, but `git archive` makes one for each submodule.
        self._dropped |= dict.fromkeys(self._folders - full - {""}, "a submodule")


def _link(path: str, target: str) -> str:
    at = path.count("/")
    for part in target.split("/"):
        at += -1 if part == ".." else 0 if part in _NOWHERE else 1
        if at < 0 or target.startswith("/"):
            raise InputError(f"it is a symbolic link out of the repository, to {target!r}", file=path)
    return f"a symbolic link, to {target!r}"


def _git_folder(path: str) -> str:
    """The path up to a part `.git`, `""` if it has none."""
    parts = path.split("/")
    return "/".join(parts[: parts.index(".git") + 1]) if ".git" in parts else ""


def _folders_above(paths: Iterable[str]) -> set[str]:
    folders: set[str] = set()
    for path in paths:
        folder, _, _ = path.rpartition("/")
        while folder and folder not in folders:
            folders.add(folder)
            folder, _, _ = folder.rpartition("/")
    return folders


def _is_utf8(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True
