"""What people do on GitHub besides pull requests and issues: make repositories, push, join teams, ask for re-runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from local.github import payloads, pushes
from local.github.git import Content, NewCommit
from local.github.model import Collaborator, Repository, StandInError, Status, Team
from local.github.site import Site

AUTHOR = "octocat"
"""Who does what nobody is named for."""

ROLES = ("admin", "maintain", "write", "triage", "read", "none")
STATES = ("error", "failure", "pending", "success")

_NAME = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+")

Files = Mapping[str, Content | None]
"""Path → mode and content, None to delete."""


class People:
    """Everybody who uses the stand-in's web pages and git; one at a time."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def create_repository(self, name: str, files: Files, *, default_branch: str, private: bool, owner_type: str) -> str:
        """Make a repository with one commit; returns its sha."""
        with self._site.lock:
            self._add_repository(name, default_branch, private=private, owner_type=owner_type)
            commit = NewCommit((f"refs/heads/{default_branch}",), "Initial commit", AUTHOR, files=files)
            (sha,) = self._site.git(name).write([commit])
            return sha

    def fork(self, name: str, owner: str) -> str:
        """Fork a repository into a user's account; returns the fork's `owner/name`."""
        with self._site.lock:
            parent = pushes.known(self._site, name)
            fork = f"{owner}/{parent.short_name}"
            self._add_repository(
                fork, parent.default_branch, private=parent.private, owner_type="User", parent=parent.name
            )
            git, origin = self._site.git(fork), self._site.git(name)
            # Forks share their parent's objects, here as on GitHub.
            (git.directory / "objects" / "info").mkdir(exist_ok=True)
            (git.directory / "objects" / "info" / "alternates").write_text(f"{origin.directory / 'objects'}\n")
            git.point({f"refs/heads/{parent.default_branch}": pushes.tip_of(origin, parent.default_branch)})
            return fork

    def commit(self, name: str, branch: str, files: Files, *, message: str, author: str, force: bool, onto: str) -> str:
        """Push one commit to a branch; returns its sha.

        The commit stands on what the branch holds, or with `force` on `onto` (a branch or commit), whatever it holds.
        A branch that does not exist is made from `onto`; if that is empty, it is the default branch.
        """
        with self._site.lock:
            repository = pushes.known(self._site, name)
            git = self._site.git(name)
            before = git.ref(f"refs/heads/{branch}")
            start = git.resolve(onto or repository.default_branch) if force or before is None else before
            if start is None:
                raise StandInError(f"{name} has no {onto}")
            (sha,) = git.write([NewCommit((f"refs/heads/{branch}",), message, author, (start,), files)])
            pushes.pushed(self._site, repository, branch, before, sha, author, forced=force and before is not None)
            return sha

    def tag(self, name: str, tag: str, onto: str) -> str:
        """Let a tag name a commit; returns its sha.

        Args:
            name: of the repository.
            tag: its name.
            onto: a branch or commit; the default branch if empty.
        """
        with self._site.lock:
            repository = pushes.known(self._site, name)
            git = self._site.git(name)
            sha = git.resolve(onto or repository.default_branch)
            if sha is None:
                raise StandInError(f"{name} has no {onto}")
            git.point({f"refs/tags/{tag}": sha})
            return sha

    def set_role(self, name: str, user: str, role: str) -> None:
        """Give somebody a role in a repository; `none` takes it."""
        if role not in ROLES:
            raise StandInError(f"{role} is none of {', '.join(ROLES)}")
        with self._site.lock:
            repository = pushes.known(self._site, name)
            table = self._site.store.collaborators
            table.put(Collaborator(table.next_id(), repository.name, user, role))

    def set_team(self, organization: str, slug: str, members: list[str], invited: list[str]) -> None:
        """Let a team have these members, and others who are invited only."""
        with self._site.lock:
            table = self._site.store.teams
            table.put(Team(table.next_id(), organization, slug, tuple(members), tuple(invited)))

    def set_status(self, name: str, sha: str, context: str, state: str) -> None:
        """Have some other system set the status of a commit."""
        if state not in STATES:
            raise StandInError(f"{state} is none of {', '.join(STATES)}")
        repository, table = pushes.known(self._site, name), self._site.store.statuses
        if self._site.git(name).commit(sha) is None:
            raise StandInError(f"{name} has no commit {sha}")
        table.put(Status(table.next_id(), repository.name, sha, context, state))

    def require_checks(self, name: str, checks: list[str]) -> None:
        """Let nothing be merged before these check runs have passed."""
        with self._site.lock:
            repository = pushes.known(self._site, name)
            self._site.store.repositories.put(replace(repository, required_checks=tuple(checks)))

    def rerequest(self, check_run: int) -> None:
        """Press "Re-run" on a check run; as GitHub says, the check run itself stays as it is."""
        run, app = self._site.store.check_runs.get(str(check_run)), self._site.store.app
        if run is None or app is None:
            raise StandInError(f"there is no check run {check_run}")
        payloads.check_run(self._site, app, run, "rerequested", AUTHOR)

    def _add_repository(
        self, name: str, default_branch: str, *, private: bool, owner_type: str, parent: str = ""
    ) -> None:
        if not _NAME.fullmatch(name):
            raise StandInError(f"{name!r} is not owner/name")
        if self._site.store.repositories.get(name):
            raise StandInError(f"{name} exists already")
        number = self._site.store.repositories.next_id()
        self._site.store.repositories.put(Repository(number, name, default_branch, private, owner_type, parent))
