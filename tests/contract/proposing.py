"""The two worlds that changes are proposed in: the twin in memory, and the client before the stand-in."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from local.github.control import NewPull
from local.github.faults import FaultRule
from local.github.keys import KeyPair
from local.github.server import StandIn
from slipway.github.proposals import Permission, Proposals
from slipway.github.proposing.client import GitHubProposals
from slipway.github.proposing.memory import MemoryProposals
from slipway.github.proposing.memory_pulls import MemoryPulls
from slipway.github.tokens import InstallationToken
from tests.contract.standin import APP_ID, PROPOSING, App, set_up

REPO = "acme/shop"
FILES: Mapping[str, bytes] = {"app.yaml": b"replicas: 1\nimage: a\n", "docs/readme.md": b"hello\n"}
BOT = "slipway[bot]"


class World(Protocol):
    """A GitHub with one repository, `REPO`, and the means to have things happen there."""

    @property
    def proposals(self) -> Proposals: ...

    @property
    def base(self) -> str:
        """The first commit of `main`, which holds `FILES`."""
        ...

    def another(self) -> Proposals:
        """What another worker has."""
        ...

    def push(self, files: Mapping[str, bytes]) -> str:
        """Have somebody commit to `main`; returns the commit."""
        ...

    def open_pull(self, branch: str, files: Mapping[str, bytes]) -> None:
        """Have somebody open a pull request into `main`."""
        ...

    def open_issue(self, title: str, body: str, *, author: str, labels: Sequence[str] = ()) -> int:
        """Have somebody open an issue."""
        ...

    def comment(self, number: int, body: str, *, author: str) -> int:
        """Have somebody comment."""
        ...

    def close_pull(self, number: int) -> None:
        """Have somebody close a pull request."""
        ...

    def permit(self, login: str, permission: Permission) -> None:
        """Give somebody a role in the repository."""
        ...

    def add_member(self, team: str, login: str) -> None:
        """Put somebody into a team of `acme`."""
        ...

    def run(self, sha: str, name: str, conclusion: str | None) -> None:
        """Have our App make a check run."""
        ...

    def status(self, sha: str, context: str, state: str) -> None:
        """Have another system set a commit status."""
        ...

    def limit(self, seconds: int) -> None:
        """Meet the rate limit at the next call."""
        ...

    def files(self, sha: str) -> dict[str, bytes]:
        """What a commit holds."""
        ...

    def parents(self, sha: str) -> tuple[str, ...]:
        """The parents of a commit."""
        ...

    def comments(self, number: int) -> list[tuple[str, str]]:
        """The comments on an issue or pull request: who, and what."""
        ...

    def issues(self) -> list[tuple[int, str]]:
        """The issues: number and state."""
        ...


class Twin:
    """A world in memory."""

    def __init__(self) -> None:
        self.proposals = MemoryProposals()
        self.base = "b" * 40
        self.proposals.github.add_commit(REPO, self.base, FILES, refs=["main"])
        self._pushes = 0

    def another(self) -> Proposals:
        return self.proposals

    def push(self, files: Mapping[str, bytes]) -> str:
        self._pushes += 1
        sha = f"{self._pushes:040x}"
        tip = self.proposals.github.tip(REPO, "main") or ""
        self.proposals.github.add_commit(REPO, sha, {**self.files(tip), **files}, parents=[tip], refs=["main"])
        return sha

    def open_pull(self, branch: str, files: Mapping[str, bytes]) -> None:
        sha = hashlib.sha1(branch.encode(), usedforsecurity=False).hexdigest()
        github = self.proposals.github
        github.add_commit(REPO, sha, {**self.files(self.base), **files}, parents=[self.base], refs=[branch])
        MemoryPulls(self.proposals, REPO).create(branch, "main", "A fix", "")

    def open_issue(self, title: str, body: str, *, author: str, labels: Sequence[str] = ()) -> int:
        return self.proposals.add_issue(REPO, title, body, author=author, labels=labels)

    def comment(self, number: int, body: str, *, author: str) -> int:
        return self.proposals.add_comment(REPO, number, body, author=author)

    def close_pull(self, number: int) -> None:
        self.proposals.close(REPO, number)

    def permit(self, login: str, permission: Permission) -> None:
        self.proposals.permit(REPO, login, permission)

    def add_member(self, team: str, login: str) -> None:
        self.proposals.add_member("acme", team, login)

    def run(self, sha: str, name: str, conclusion: str | None) -> None:
        self.proposals.add_run(REPO, sha, name, conclusion)

    def status(self, sha: str, context: str, state: str) -> None:
        self.proposals.set_status(REPO, sha, context, state)

    def limit(self, seconds: int) -> None:
        self.proposals.fail(len(self.proposals.calls) + 1, after=seconds)

    def files(self, sha: str) -> dict[str, bytes]:
        found = self.proposals.github.stored(REPO, sha)
        assert found is not None, sha
        return {path: found[1].read(path) for path in found[1]}

    def parents(self, sha: str) -> tuple[str, ...]:
        found = self.proposals.github.stored(REPO, sha)
        assert found is not None, sha
        return found[0].parents

    def comments(self, number: int) -> list[tuple[str, str]]:
        return [(each.author, each.body) for each in self.proposals.comments.values() if each.number == number]

    def issues(self) -> list[tuple[int, str]]:
        return [(each.number, each.state) for each in self.proposals.issues.values()]


class OneToken:
    """A `TokenSource` of one token."""

    def __init__(self, app: App) -> None:
        self._token = InstallationToken(app.token().credentials, datetime.now(UTC) + timedelta(hours=1), APP_ID)

    def current(self) -> InstallationToken:
        return self._token

    def renew(self) -> None:
        """There is no other."""


class Real:
    """The client before the stand-in."""

    def __init__(self, stand_in: StandIn, keys: KeyPair, permissions: Mapping[str, str] = PROPOSING) -> None:
        self.stand_in = stand_in
        self.app = set_up(stand_in, keys)
        stand_in.install("acme", permissions=permissions)
        self._tokens = OneToken(self.app)
        self.proposals = self.another()
        self.base = self.git("rev-parse", "main").decode().strip()

    def another(self, sleep: Callable[[float], None] = lambda _: None) -> GitHubProposals:
        return GitHubProposals(self.stand_in.url, self._tokens, sleep=sleep)

    def push(self, files: Mapping[str, bytes]) -> str:
        return self.stand_in.commit(REPO, "main", files)

    def open_pull(self, branch: str, files: Mapping[str, bytes]) -> None:
        self.stand_in.open_pull_request(REPO, NewPull(branch, files=files))

    def open_issue(self, title: str, body: str, *, author: str, labels: Sequence[str] = ()) -> int:
        return self.stand_in.open_issue(REPO, title, body, labels=labels, user=author)

    def comment(self, number: int, body: str, *, author: str) -> int:
        return self.stand_in.comment(REPO, number, body, user=author)

    def close_pull(self, number: int) -> None:
        self.stand_in.close_pull_request(REPO, number, user="mona")

    def permit(self, login: str, permission: Permission) -> None:
        self.stand_in.set_role(REPO, login, permission)

    def add_member(self, team: str, login: str) -> None:
        self.stand_in.set_team("acme", team, [login])

    def run(self, sha: str, name: str, conclusion: str | None) -> None:
        state = {"conclusion": conclusion} if conclusion else {"status": "in_progress"}
        made = self.app.token()("POST", f"/repos/{REPO}/check-runs", {"name": name, "head_sha": sha, **state})
        assert made.status == 201, made.raw

    def status(self, sha: str, context: str, state: str) -> None:
        self.stand_in.set_status(REPO, sha, context, state)

    def limit(self, seconds: int) -> None:
        self.stand_in.set_faults(FaultRule("secondary_rate_limit", seconds=seconds, times=1))

    def files(self, sha: str) -> dict[str, bytes]:
        paths = self.git("ls-tree", "-r", "-z", "--name-only", sha).decode().split("\0")
        return {path: self.git("show", f"{sha}:{path}") for path in paths if path}

    def parents(self, sha: str) -> tuple[str, ...]:
        return tuple(self.git("log", "-1", "--format=%P", sha).decode().split())

    def comments(self, number: int) -> list[tuple[str, str]]:
        return [(each["user"]["login"], each["body"]) for each in self.stand_in.comments(REPO, number)]

    def issues(self) -> list[tuple[int, str]]:
        return [(each["number"], each["state"]) for each in self.stand_in.issues(REPO)]

    def git(self, *arguments: str) -> bytes:
        """What a git command says of the repository."""
        directory = self.stand_in.git_directory(REPO)
        return subprocess.run(["git", "-C", str(directory), *arguments], check=True, capture_output=True).stdout
