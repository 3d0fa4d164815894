"""The repositories of a fleet that Slipway reads as a whole: `gitops-system`, and those that it names in full."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from slipway.errors import LimitError
from slipway.fleet.settings import Settings, load_settings
from slipway.fleet.tree import Tree
from slipway.github.protocol import GitHub

MAX_REPOSITORIES = 20
"""Each is read for every request."""


@dataclass(frozen=True)
class Repository:
    """One of them."""

    name: str
    """`owner/name`."""
    branch: str
    """Default branch."""
    sha: str
    """Its tip."""
    tree: Tree


def read_repository(name: str, github: Callable[[str], GitHub], default_branch: Callable[[str], str]) -> Repository:
    """One repository, as it is now.

    Raises:
        InputError: it cannot be read.
        RetryLater: GitHub is down or asks us to wait.
    """
    branch = default_branch(name)
    sha = github(name).commit(name, f"refs/heads/{branch}").sha
    return Repository(name, branch, sha, github(name).tree(name, sha))


def read_repositories(
    system: str, github: Callable[[str], GitHub], default_branch: Callable[[str], str], *, all_up_to: int = 0
) -> list[Repository]:
    """`gitops-system`, and the repositories that its `slipway.yaml` names in full, as they are now.

    Args:
        system: `owner/name` of `gitops-system`.
        github: to read, by repository.
        default_branch: of a repository.
        all_up_to: so many are read, and more are an error; else, of more than `MAX_REPOSITORIES` the last are left out.

    Raises:
        InputError: one of them cannot be read, or `slipway.yaml` is wrong.
        LimitError: there are too many.
        RetryLater: GitHub is down or asks us to wait.
    """
    first = read_repository(system, github, default_branch)
    owner = system.partition("/")[0].lower()
    named = [
        name
        for name in load_settings(first.tree).repositories
        if not set(name) & set("*?[") and name.partition("/")[0].lower() == owner and name.lower() != system.lower()
    ]
    if all_up_to and len(named) >= all_up_to:
        raise LimitError(f"names over {all_up_to - 1} repositories in full", file="slipway.yaml")
    rest = named[: (all_up_to or MAX_REPOSITORIES) - 1]
    return [first, *(read_repository(name, github, default_branch) for name in rest)]


def belongs(name: str, system: str, settings: Settings) -> bool:
    """True for `gitops-system` and what its `slipway.yaml` names, in full or by a pattern, of the same owner.

    Args:
        name: `owner/name`, in any case, as GitHub takes it.
        system: `gitops-system`, likewise.
        settings: the fleet's.
    """
    name, system = name.lower(), system.lower()
    if name.partition("/")[0] != system.partition("/")[0]:
        return False
    return name == system or any(fnmatchcase(name, pattern.lower()) for pattern in settings.repositories)
