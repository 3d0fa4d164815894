"""One stand-in: its state, its repositories, its webhook, its faults."""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from pathlib import Path

from local.github.access import Access
from local.github.command import check_version
from local.github.faults import Faults
from local.github.git import Git
from local.github.hooks import Hooks
from local.github.limits import RateLimits
from local.github.model import Installation, Json, Pull, Repository
from local.github.shapes import accounts
from local.github.store import Store


class Site:
    """What all parts of a stand-in share.

    Attributes:
        base: the stand-in's own URL, without a slash at its end.
        requests: how often each route was asked for, e.g. `GET /repos/{owner}/{repo}`.
        lock: held while people or Apps change anything but check runs.
        ticket_key: what the tickets for archives are sealed with; they end with the process.
    """

    def __init__(self, state: Path, base: str, *, workers: int) -> None:
        check_version()
        state.mkdir(parents=True, exist_ok=True)
        (state / "tarballs").mkdir(exist_ok=True)
        self._state = state
        self.base = base
        self.store = Store(state / "stand-in.sqlite")
        self.hooks = Hooks(self.store, workers)
        self.access = Access(self.store)
        self.faults = Faults()
        self.limits = RateLimits()
        self.requests: Counter[str] = Counter()
        self.requests_lock = threading.Lock()
        self.lock = threading.RLock()
        self.ticket_key = secrets.token_bytes(32)
        self._gits: dict[str, Git] = {}
        self._gits_lock = threading.Lock()

    def git(self, repository: str) -> Git:
        """The git repository of a repository (`owner/name`)."""
        with self._gits_lock:
            if repository not in self._gits:
                self._gits[repository] = Git(self.git_directory(repository))
            return self._gits[repository]

    def git_directory(self, repository: str) -> Path:
        """Where the git repository of a repository lies."""
        return self._state / "git" / f"{repository}.git"

    def repository(self, name: str) -> Repository:
        """A repository that is known to exist."""
        found = self.store.repositories.get(name)
        assert found is not None, name
        return found

    def tarball(self, repository: Repository, sha: str) -> bytes:
        """The archive of a commit, as codeload.github.com sends it; made once."""
        top = f"{repository.owner}-{repository.short_name}-{sha[:7]}"
        cached = self._state / "tarballs" / f"{repository.id}-{sha}.tar.gz"
        if not cached.exists():
            unfinished = cached.with_suffix(f".{threading.get_ident()}")
            unfinished.write_bytes(self.git(repository.name).archive(sha, f"{top}/"))
            unfinished.rename(cached)
        return cached.read_bytes()

    def installation_on(self, repository: str) -> Installation | None:
        """The installation that covers a repository (`owner/name`)."""
        found = self.store.installations.get(repository.partition("/")[0])
        return found if found is not None and found.covers(repository) else None

    def next_number(self, repository: str) -> int:
        """The number of the next issue or pull request of a repository: they share one row of numbers."""
        taken = [pull.number for pull in self.store.pulls.all() if pull.repository == repository]
        taken += [issue.number for issue in self.store.issues.all() if issue.repository == repository]
        return max(taken, default=0) + 1

    def pulls_with_head(self, repository: str, sha: str) -> list[Pull]:
        """The open pull requests with that head that are not from forks: those that GitHub shows on a check run."""
        return [
            pull
            for pull in self.store.pulls.all()
            if pull.head_sha == sha
            and pull.state == "open"
            and pull.repository == repository
            and pull.head_repository == repository
        ]

    def emit(self, event: str, payload: Json, repository: Repository, sender: str, shown: Json) -> None:
        """Send an event about a repository, if the App is installed on it; `shown` is the repository's JSON."""
        installation = self.installation_on(repository.name)
        if installation is None:
            return
        node_id = accounts.node_id("Installation", installation.id)
        about: Json = {"repository": shown, "installation": {"id": installation.id, "node_id": node_id}}
        if repository.owner_type == "Organization":
            about["organization"] = accounts.organization(self.base, repository.owner)
        about["sender"] = accounts.account(self.base, sender, "Bot" if sender.endswith("[bot]") else "User")
        self.hooks.send(event, {**payload, **about}, installation=installation.id, repository=repository.id)

    def close(self) -> None:
        """Stop everything; the state stays for the next one."""
        self.hooks.stop()
        for git in self._gits.values():
            git.close()
        self.store.close()
