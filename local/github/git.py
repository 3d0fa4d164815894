"""A bare git repository, read and written by the `git` command.

Processes are the cost here, so refs and commits are cached (nobody else writes to the repository), objects are read
through one long-lived `git cat-file`, and any number of commits is written by one `git fast-import`.
"""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from local.github.command import environment, run
from local.github.diff import FileDiff, parse_diffs
from local.github.ids import account_id

FILE, EXECUTABLE, SYMLINK = "100644", "100755", "120000"
Content = tuple[str, bytes]
"""Mode and content of a file."""

CACHE = 8192
"""How many commits, diffs and so on of a repository are remembered."""

COMMITTER = "GitHub"
"""Who commits what is made on GitHub."""

_TAGS = "refs/tags/"
_SHA = re.compile(r"[0-9a-f]{40}")
_SHORT_SHA = re.compile(r"[0-9a-f]{4,39}")
_SIGNATURE = re.compile(r"^gpgsig (.*\n(?: .*\n)*)", re.MULTILINE)
_PERSON = re.compile(r"(?P<name>.*) <(?P<email>.*)> (?P<time>\d+) [+-]\d{4}")


@dataclass(frozen=True)
class Person:
    """An author or committer."""

    name: str
    email: str
    time: int
    """Epoch seconds."""


@dataclass(frozen=True)
class Commit:
    """A commit, as git stores it."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str
    signature: str = ""
    """What it is signed with, if it is."""
    signed: str = ""
    """What was signed: the commit without the signature."""


@dataclass(frozen=True)
class NewCommit:
    """A commit to write, and the refs that it becomes the tip of."""

    refs: tuple[str, ...]
    message: str
    author: str
    parents: tuple[str, ...] = ()
    files: Mapping[str, Content | None] = field(default_factory=dict)
    """What changes against the first parent; None deletes."""
    tree: str = ""
    """Set instead of `files`: the whole tree."""


@dataclass(frozen=True)
class Entry:
    """An entry of a tree."""

    mode: str
    """Six digits, e.g. `100644`."""
    kind: str
    """`blob`, `tree` or `commit` (a submodule)."""
    sha: str
    size: int
    """Bytes; 0 for what is not a file."""
    path: str
    """Relative to the tree."""


class Git:
    """One bare repository."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.lock = threading.RLock()
        """Held while refs change."""
        self._reader: subprocess.Popen[bytes] | None = None
        self._reader_lock = threading.Lock()
        if not directory.exists():
            run(["init", "--quiet", "--bare", "--template=", str(directory)])
        lines = self._git("for-each-ref", "--format=%(objectname) %(refname)").decode().splitlines()
        self._refs = {name: sha for sha, _, name in (line.partition(" ") for line in lines)}
        self._cached_commit = lru_cache(maxsize=CACHE)(self._read_commit)
        self._cached_merge_base = lru_cache(maxsize=CACHE)(self._merge_base)
        self._cached_count = lru_cache(maxsize=CACHE)(self._count)
        self._cached_entries = lru_cache(maxsize=CACHE)(self._entries)
        self._cached_diff = lru_cache(maxsize=CACHE)(self._diff)

    def resolve(self, ref: str) -> str | None:
        """The commit that a full or short sha, a branch, a tag or a ref (`pull/1/head`) names."""
        if _SHA.fullmatch(ref):
            return ref if self.commit(ref) else None
        for name in (ref, f"refs/{ref}", f"refs/heads/{ref}", f"refs/tags/{ref}"):
            if name in self._refs:
                return self._refs[name]
        if _SHORT_SHA.fullmatch(ref):
            found = run(["rev-parse", "--quiet", "--verify", f"{ref}^{{commit}}"], cwd=self.directory, check=False)
            return found.stdout.decode().strip() or None
        return None

    def ref(self, name: str) -> str | None:
        """The commit of a ref, by its full name."""
        return self._refs.get(name)

    def tags(self) -> list[str]:
        """Names of the tags, the last one first, as GitHub lists them."""
        return sorted((name.removeprefix(_TAGS) for name in self._refs if name.startswith(_TAGS)), reverse=True)

    def commit(self, sha: str) -> Commit | None:
        """The commit with a full sha."""
        return self._cached_commit(sha)

    def read(self, name: str) -> tuple[str, bytes] | None:
        """Type and content of an object, by its sha or a name such as `<commit>:<path>`."""
        if "\n" in name:
            return None
        with self._reader_lock:
            if self._reader is None:
                command = ["git", "cat-file", "--batch"]
                self._reader = subprocess.Popen(
                    command, cwd=self.directory, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE
                )
            assert self._reader.stdin is not None and self._reader.stdout is not None
            self._reader.stdin.write(name.encode() + b"\n")
            self._reader.stdin.flush()
            header = self._reader.stdout.readline().split()
            if len(header) != 3 or not header[2].isdigit():
                return None
            content = self._reader.stdout.read(int(header[2]))
            self._reader.stdout.read(1)
            return header[1].decode(), content

    def entries(self, tree: str, *, recursive: bool = False) -> tuple[Entry, ...]:
        """The entries of a tree: its sha, a commit's, or `<commit>:<path>`; with `recursive`, of all below it."""
        return self._cached_entries(tree, recursive)

    def _entries(self, tree: str, recursive: bool) -> tuple[Entry, ...]:  # noqa: FBT001 - the cache wants it so
        options = ("-r", "-t") if recursive else ()
        lines = self._git("ls-tree", "-z", "--long", *options, tree).decode(errors="replace").split("\0")
        return tuple(_entry(line) for line in lines if line)

    def write(self, commits: Sequence[NewCommit]) -> list[str]:
        """Write commits in one go, whatever their refs held before; returns their shas."""
        if not commits:
            return []
        stream: list[bytes] = []
        for mark, commit in enumerate(commits, start=1):
            stream += _commit_stream(mark, commit)
        stream += [b"get-mark :%d\n" % mark for mark in range(1, len(commits) + 1)]
        with self.lock:
            output = self._git("fast-import", "--quiet", "--force", "--done", stdin=b"".join([*stream, b"done\n"]))
            shas = output.decode().split()
            for commit, sha in zip(commits, shas, strict=True):
                self._refs.update(dict.fromkeys(commit.refs, sha))
        return shas

    def point(self, refs: Mapping[str, str]) -> None:
        """Let refs (full names) point at commits."""
        with self.lock:
            lines = "".join(f"update {name} {sha}\n" for name, sha in refs.items())
            self._git("update-ref", "--stdin", stdin=lines.encode())
            self._refs.update(refs)

    def delete(self, ref: str) -> None:
        """Delete a ref, by its full name."""
        with self.lock:
            self._git("update-ref", "-d", ref)
            self._refs.pop(ref, None)

    def write_blob(self, content: bytes) -> str:
        """Keep a file's content; returns its id."""
        return self._git("hash-object", "-w", "--stdin", stdin=content).decode().strip()

    def write_tree(self, base: str, entries: Sequence[tuple[str, str, str]]) -> str:
        """Make a tree of another one (`""`: of none): mode, sha and path of what is put there, mode 0 deletes.

        Raises:
            RuntimeError: git refuses a path.
        """
        lines = "".join(f"{mode} {sha}\t{path}\0" for mode, sha, path in entries)
        with tempfile.TemporaryDirectory(dir=self.directory) as scratch:
            index = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
            if base:
                run(["read-tree", base], cwd=self.directory, more=index)
            run(["update-index", "-z", "--index-info"], cwd=self.directory, stdin=lines.encode(), more=index)
            return run(["write-tree"], cwd=self.directory, more=index).stdout.decode().strip()

    def write_signed(self, tree: str, parents: Sequence[str], message: str, author: str) -> str:
        """Make a commit as GitHub makes them for those who use its web pages or an App's token: signed by GitHub.

        The signature is none that anybody could verify; that there is one is what the stand-in shows.
        """
        at = f"{int(time.time())} +0000"
        head = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
        head += [
            f"author {author} <{account_id(author)}+{author}@users.noreply.github.com> {at}",
            f"committer {COMMITTER} <noreply@github.com> {at}",
        ]
        signed = "\n".join([*head, "", message])
        seal = base64.b64encode(hashlib.sha256(signed.encode()).digest()).decode()
        signature = f"-----BEGIN PGP SIGNATURE-----\n\n{seal}\n-----END PGP SIGNATURE-----\n"
        stored = "\n".join([*head, "gpgsig " + signature.rstrip("\n").replace("\n", "\n "), "", message])
        return self.write_commit(stored.encode())

    def write_commit(self, content: bytes) -> str:
        """Keep a commit that is written out; returns its sha."""
        return self._git("hash-object", "-w", "-t", "commit", "--stdin", stdin=content).decode().strip()

    def fetch(self, other: Git, sha: str, ref: str) -> None:
        """Bring a commit of another repository here, as `ref`."""
        with self.lock:
            self._git("fetch", "--quiet", "--no-tags", str(other.directory), f"+{sha}:{ref}")
            self._refs[ref] = sha

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor of two commits."""
        return self._cached_merge_base(one, other)

    def merge_tree(self, base: str, head: str) -> str | None:
        """The tree of the merge of two commits, None if they conflict or share no history."""
        commit = self.commit(head)
        if commit is not None and self._is_child(head, base):
            return commit.tree
        merged = run(["merge-tree", "--write-tree", base, head], cwd=self.directory, check=False)
        if merged.returncode > 1:
            raise RuntimeError(f"git merge-tree: {merged.stderr.decode(errors='replace').strip()}")
        return merged.stdout.decode().split("\n", 1)[0] if merged.returncode == 0 else None

    def count(self, base: str, head: str) -> int:
        """How many commits `head` has that `base` has not."""
        return self._cached_count(base, head)

    def diff(self, base: str, head: str) -> tuple[FileDiff, ...]:
        """The files that differ between two commits."""
        return self._cached_diff(base, head)

    def _merge_base(self, one: str, other: str) -> str | None:
        if self._is_child(other, one):
            return one
        found = run(["merge-base", one, other], cwd=self.directory, check=False)
        return found.stdout.decode().strip() or None

    def _count(self, base: str, head: str) -> int:
        return 1 if self._is_child(head, base) else int(self._git("rev-list", "--count", f"{base}..{head}"))

    def _is_child(self, commit: str, parent: str) -> bool:
        """True if a commit stands right on another, as nearly all do here: then no process is needed."""
        found = self.commit(commit)
        return found is not None and found.parents == (parent,)

    def _diff(self, base: str, head: str) -> tuple[FileDiff, ...]:
        options = ("--stdin", "-r", "-M", "--raw", "--numstat", "-p", "--full-index", "--no-commit-id")
        output = self._git("-c", "core.quotePath=false", "diff-tree", *options, stdin=f"{head} {base}\n".encode())
        return parse_diffs(output.decode(errors="replace"))

    def archive(self, sha: str, prefix: str) -> bytes:
        """A gzipped tar of a commit, everything below `prefix`."""
        return self._git("archive", "--format=tar.gz", f"--prefix={prefix}", sha)

    def close(self) -> None:
        """Stop the process that reads objects."""
        with self._reader_lock:
            if self._reader is not None:
                self._reader.communicate()
                self._reader = None

    def _read_commit(self, sha: str) -> Commit | None:
        found = self.read(sha)
        if found is None or found[0] != "commit":
            return None
        whole = found[1].decode(errors="replace")
        head, _, message = whole.partition("\n\n")
        signature = _SIGNATURE.search(head + "\n")
        fields = [line.partition(" ") for line in head.split("\n")]
        values = {name: value for name, _, value in fields}
        parents = tuple(value for name, _, value in fields if name == "parent")
        return Commit(
            sha,
            values["tree"],
            parents,
            _person(values["author"]),
            _person(values["committer"]),
            message.rstrip("\n"),
            signature[1].replace("\n ", "\n") if signature else "",
            whole.replace(signature[0], "", 1) if signature else "",
        )

    def _git(self, *arguments: str, stdin: bytes = b"") -> bytes:
        return run(list(arguments), cwd=self.directory, stdin=stdin).stdout


def _entry(line: str) -> Entry:
    about, _, path = line.partition("\t")
    mode, kind, sha, size = about.split()
    return Entry(mode, kind, sha, int(size) if size != "-" else 0, path)


def _commit_stream(mark: int, commit: NewCommit) -> list[bytes]:
    author = f"{commit.author} <{commit.author}@users.noreply.github.com> {int(time.time())} +0000"
    stream = [f"commit {commit.refs[0]}\nmark :{mark}\ncommitter {author}\n".encode(), _data(commit.message.encode())]
    if commit.parents:
        stream.append(f"from {commit.parents[0]}\n".encode())
        stream += [f"merge {parent}\n".encode() for parent in commit.parents[1:]]
    if commit.tree:
        stream.append(f"M 040000 {commit.tree} \n".encode())
    for path, content in commit.files.items():
        if content is None:
            stream.append(f"D {_quoted(path)}\n".encode())
        else:
            stream += [f"M {content[0]} inline {_quoted(path)}\n".encode(), _data(content[1])]
    stream += [f"reset {ref}\nfrom :{mark}\n\n".encode() for ref in commit.refs[1:]]
    return stream


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _quoted(path: str) -> str:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _person(text: str) -> Person:
    match = _PERSON.fullmatch(text)
    if match is None:
        return Person(text, "", 0)
    return Person(match["name"], match["email"], int(match["time"]))
