"""A local clone, for the refs of its repository that are not checked out.

Only what the clone has is read: nothing is fetched. As in Flux, files are as they were committed, whatever filters and
line ends a checkout would have.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from slipway.fleet.errors import NotFetched
from slipway.fleet.events import MAX_FILE_BYTES
from slipway.fleet.flux import Source, repository_of
from slipway.fleet.gitref import GitRef, git_ref, newest_tag
from slipway.fleet.manifests import YAML_SUFFIXES
from slipway.fleet.tree import Dropped, Tree
from slipway.tools.directory import LINK, NOT_UTF8, SUBMODULE
from slipway.tools.git import git

HOW = "fetch it, or give its files with --source NAME=DIR"


class Clone:
    """The Git repository whose work tree a directory is, if it is one."""

    def __init__(self, directory: Path) -> None:
        """Look at nothing yet."""
        self._directory = directory
        self._trees: dict[str, Tree] = {}

    @cached_property
    def likely_branches(self) -> tuple[str, ...]:
        """What the work tree may stand for: the branch that is checked out, and the usual ones of the remotes."""
        if not self._is_one:
            return ()
        checked_out = self._text("symbolic-ref", "--quiet", "--short", "HEAD").strip()
        heads = self._text("for-each-ref", "--format=%(symref)", "refs/remotes").split()
        usual = [head.split("/", 3)[3] for head in heads if head.startswith("refs/remotes/")]
        return tuple(filter(None, (checked_out, *usual)))

    def fetch(self, source: Source) -> Tree:
        """The files of the ref that a source of this repository names; see `slipway.fleet.sources.Fetch`."""
        ref = git_ref(source.ref)
        if not self._is_one:
            raise NotFetched(
                f"{source.key} is this repository at {ref}, and the directory is no Git clone, which would have that; "
                f"give its files with --source {source.definition.name}=DIR"
            )
        commit = self._commit(newest_tag(ref, self._tags, self._committed) if ref.kind == "range" else ref, source)
        if commit is None:
            raise NotFetched(f"{source.key} is this repository at {ref}, which the local clone does not have; {HOW}")
        if commit not in self._trees:
            self._trees[commit] = self._tree(commit, ref)
        return self._trees[commit]

    @cached_property
    def _is_one(self) -> bool:
        found = git(self._directory, "rev-parse", "--is-inside-work-tree", "--show-prefix")
        # Within another repository's work tree, there is a prefix.
        return found is not None and found.returncode == 0 and found.stdout.split() == [b"true"]

    @cached_property
    def _refs(self) -> dict[str, str]:
        """What each ref points at, by its full name; of an annotated tag, what it is a tag of."""
        output = self._text("for-each-ref", "--format=%(objectname) %(*objectname) %(refname)")
        entries = (line.split(" ", 2) for line in output.splitlines())
        return {name: peeled or sha for sha, peeled, name in entries}

    @cached_property
    def _tags(self) -> list[str]:
        return [name.removeprefix("refs/tags/") for name in self._refs if name.startswith("refs/tags/")]

    def _committed(self, tag: str) -> float:
        commit = self._text("cat-file", "commit", self._refs[f"refs/tags/{tag}"])
        found = _COMMITTED.search(commit)
        return float(found[1]) if found else 0.0

    def _commit(self, ref: GitRef, source: Source) -> str | None:
        if ref.kind == "commit":
            found = git(self._directory, "cat-file", "-e", f"{ref.name}^{{commit}}")
            return ref.name if found is not None and found.returncode == 0 else None
        if ref.path == "HEAD":
            return self._refs.get(next((name for name in self._refs if name.endswith("/HEAD")), ""))
        names = [ref.path]
        if ref.kind == "branch":
            # What the remote has is what the cluster sees.
            names = [*(f"refs/remotes/{remote}/{ref.name}" for remote in self._remotes(source)), ref.path]
        return next((self._refs[name] for name in names if name in self._refs), None)

    def _remotes(self, source: Source) -> list[str]:
        """Names of the remotes; the one with the source's URL first, then `origin`."""
        urls = dict(_REMOTE.findall(self._text("config", "--null", "--get-regexp", r"^remote\..*\.url$")))
        ours = {name for name, url in urls.items() if repository_of(url) == source.repository}
        return sorted(urls, key=lambda name: (name not in ours, name != "origin", name))

    def _tree(self, commit: str, ref: GitRef) -> Tree:
        files: dict[str, str] = {}
        dropped = []
        for mode, sha, size, path in self._listed(commit):
            printable = path.encode(errors="surrogateescape").decode(errors="backslashreplace")
            if why := _why_dropped(mode, size, path, printable):
                dropped.append(Dropped(printable, why))
            else:
                files[path] = sha
        contents = self._contents(sorted(set(files.values())))
        found = {path: contents[sha] for path, sha in files.items()}
        return Tree(found, name=f"{ref}", revision=commit, dropped=dropped)

    def _listed(self, commit: str) -> Iterator[tuple[str, str, int, str]]:
        """Mode, object, size and path of every file, link and submodule."""
        for entry in self._text("ls-tree", "-r", "-z", "--long", "--full-tree", commit).split("\0"):
            if entry:
                about, _, path = entry.partition("\t")
                mode, _, sha, size = about.split()
                yield mode, sha, int(size) if size.isdigit() else 0, path

    def _contents(self, objects: list[str]) -> dict[str, bytes]:
        done = git(self._directory, "cat-file", "--batch", stdin="".join(f"{sha}\n" for sha in objects).encode())
        output, at = done.stdout if done else b"", 0
        found: dict[str, bytes] = {}
        for sha in objects:
            end = output.find(b"\n", at)
            header = output[at:end].split() if end >= 0 else []
            if len(header) != 3:
                raise NotFetched(f"the local clone lacks objects of its own history, such as {sha}; {HOW}")
            at = end + 1 + int(header[2])
            found[sha] = output[end + 1 : at]
            at += 1
        return found

    def _text(self, *arguments: str) -> str:
        done = git(self._directory, *arguments)
        return os.fsdecode(done.stdout) if done else ""


_COMMITTED = re.compile(r"^committer .*> (\d+) ", re.MULTILINE)
_REMOTE = re.compile(r"remote\.([^\0]*)\.url\n([^\0]*)\0")


def _why_dropped(mode: str, size: int, path: str, printable: str) -> str:
    """Why an entry is no file here, as in a directory (`slipway.tools.directory`)."""
    if mode == "120000":
        return LINK
    if mode == "160000":
        return SUBMODULE
    if printable != path:
        return NOT_UTF8
    if size > MAX_FILE_BYTES and not path.endswith(YAML_SUFFIXES):
        return f"larger than {MAX_FILE_BYTES:,} bytes (MAX_FILE_BYTES)"
    return ""
