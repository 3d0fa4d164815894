"""Which commit of a Git repository a source asks for.

The order in which Flux looks at the fields of `spec.ref` is that of fluxcd/pkg (`git/gogit/client.go`, `Client.clone`):
commit, name, tag, semver, branch. (The API's documentation has semver before tag.) With none, it takes the branch
`master`, whatever the repository's default branch is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from slipway.fleet.errors import BuildError
from slipway.fleet.semver import newest, parse_range

DEFAULT_BRANCH = "master"


@dataclass(frozen=True, order=True)
class GitRef:
    """A commit, a branch, a tag, a range of versions among the tags, or any other ref."""

    kind: Literal["commit", "branch", "tag", "range", "ref"]
    name: str
    """Of a branch and a tag without `refs/heads/` or `refs/tags/`."""

    def __str__(self) -> str:
        """E.g. `branch main`."""
        return f"{self.kind} {self.name}"

    @property
    def path(self) -> str:
        """Its full name: `refs/heads/main`; a commit's id."""
        return {"branch": f"refs/heads/{self.name}", "tag": f"refs/tags/{self.name}"}.get(self.kind, self.name)


def git_ref(ref: Mapping[str, str]) -> GitRef:
    """What `spec.ref` of a GitRepository asks for.

    Raises:
        BuildError: Flux would find nothing by it.
    """
    if commit := ref.get("commit"):
        if not _COMMIT.fullmatch(commit):
            raise BuildError(f"spec.ref.commit {commit!r} is no full id of a commit, so Flux finds none by it")
        return GitRef("commit", commit.lower())
    if name := ref.get("name"):
        return _named(name)
    if tag := ref.get("tag"):
        return GitRef("tag", tag)
    if semver := ref.get("semver"):
        return GitRef("range", semver)
    return GitRef("branch", ref.get("branch") or DEFAULT_BRANCH)


def newest_tag(wanted: GitRef, tags: Iterable[str], committed: Callable[[str], float]) -> GitRef:
    """The tag that a range stands for.

    Args:
        wanted: a range.
        tags: names of all tags of the repository.
        committed: when a tag's commit was made.

    Raises:
        BuildError: it is no range, or no tag is in it.
    """
    parsed = parse_range(wanted.name)
    if parsed is None:
        raise BuildError(f"spec.ref.semver {wanted.name!r} is no range of versions")
    tag = newest(tags, parsed, committed)
    if tag is None:
        raise BuildError(f"no tag is in the range {wanted.name} that spec.ref.semver asks for")
    return GitRef("tag", tag)


_COMMIT = re.compile(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")


def _named(name: str) -> GitRef:
    if name.startswith("refs/heads/"):
        return GitRef("branch", name.removeprefix("refs/heads/"))
    if name.startswith("refs/tags/"):
        return GitRef("tag", name.removeprefix("refs/tags/").removesuffix("^{}"))
    if name != "HEAD" and not name.startswith("refs/"):
        raise BuildError(
            f"spec.ref.name {name!r} is no full name, such as refs/heads/{name}, so Flux finds no such ref"
        )
    return GitRef("ref", name)
