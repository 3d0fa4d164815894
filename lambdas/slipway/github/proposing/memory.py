"""The in-memory twin of GitHub for proposals, for tests; it keeps to the same contract suite as the real client."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from slipway.errors import RetryLater
from slipway.github.failures import OutcomeUnknown, Refusal, Wish, explained
from slipway.github.memory import MemoryGitHub
from slipway.github.proposals import CheckState, Comment, Issue, Merge, MergeMethod, Permission, Proposal
from slipway.github.proposing import branches, checks, conversation, pulls
from slipway.github.proposing.checks import Run
from slipway.github.proposing.memory_branches import MemoryBranches
from slipway.github.proposing.memory_conversation import BOT, MemoryComments, MemoryIssues
from slipway.github.proposing.memory_pulls import MemoryPulls

APP_ID = 12345
"""Which App we are here; it acts as `BOT`."""

__all__ = ["APP_ID", "BOT", "MemoryProposals"]


class MemoryProposals:
    """`slipway.github.proposals.Proposals` in dictionaries. Safe for threads.

    Commits, files, branches and pull requests are those of a `MemoryGitHub`: what is proposed here is seen there, and
    what it has (`add_commit(…, refs=["main"])`) is what can be built on. Of modes of files it knows one.

    Attributes:
        github: has the commits.
        calls: what was asked, call by call, e.g. `"new branch slipway/a of acme/app"`.
        issues: by repository and number, pull requests not among them.
        comments: by repository and id.
        proposals: pull requests by repository and number.
        own_commits: repository and sha of what the App has made.
    """

    def __init__(self, github: MemoryGitHub | None = None) -> None:
        self.github = github or MemoryGitHub()
        self.calls: list[str] = []
        self.issues: dict[tuple[str, int], Issue] = {}
        self.comments: dict[tuple[str, int], Comment] = {}
        self.proposals: dict[tuple[str, int], Proposal] = {}
        self._runs: dict[tuple[str, str], list[Run]] = {}
        self._statuses: dict[tuple[str, str], dict[str, str]] = {}
        self._permissions: dict[tuple[str, str], Permission] = {}
        self._members: set[tuple[str, str, str]] = set()
        self._default_branches: dict[str, str] = {}
        self._blocked: dict[tuple[str, int], str] = {}
        self._failures: dict[int, tuple[RetryLater, bool]] = {}
        self.own_commits: set[tuple[str, str]] = set()
        self._lock = threading.RLock()

    # What happens there

    def add_issue(self, repository: str, title: str, body: str, *, author: str, labels: Sequence[str] = ()) -> int:
        """Have somebody open an issue; returns its number."""
        with self._lock:
            number = self.next_number(repository)
            url = f"https://github.example/{repository}/issues/{number}"
            self.issues[repository, number] = Issue(
                repository, number, title, body, "open", author, tuple(labels), is_pull_request=False, url=url
            )
            return number

    def add_comment(self, repository: str, number: int, body: str, *, author: str) -> int:
        """Have somebody comment on an issue or pull request; returns the comment's id."""
        with self._lock:
            new = max((comment for _, comment in self.comments), default=5000) + 1
            url = f"https://github.example/{repository}/issues/{number}#issuecomment-{new}"
            by_app = author.endswith("[bot]")
            self.comments[repository, new] = Comment(new, body, author, by_app, number, url)
            return new

    def permit(self, repository: str, login: str, permission: Permission) -> None:
        """Let somebody have a role in a repository."""
        self._permissions[repository, login] = permission

    def add_member(self, organization: str, team: str, login: str) -> None:
        """Put somebody into a team."""
        self._members.add((organization, team, login))

    def set_default_branch(self, repository: str, name: str) -> None:
        """Let a repository have another default branch than `main`."""
        self._default_branches[repository] = name

    def add_run(self, repository: str, sha: str, name: str, conclusion: str | None, *, app: int = APP_ID) -> None:
        """Have a check run; without a conclusion it goes on."""
        runs = self._runs.setdefault((repository, sha), [])
        runs.append(Run(len(runs) + 1, name, app, conclusion))

    def set_status(self, repository: str, sha: str, context: str, state: str) -> None:
        """Have a commit status."""
        self._statuses.setdefault((repository, sha), {})[context] = state

    def look_again(self, repository: str, number: int) -> None:
        """Have GitHub compute anew whether a pull request can be merged, as it does when its base has moved."""
        MemoryPulls(self, repository).store(self.proposals[repository, number])

    def block_merge(self, repository: str, number: int, reason: str) -> None:
        """Have a pull request that cannot be merged, for a reason; `""`: it can again."""
        self._blocked[repository, number] = reason

    def close(self, repository: str, number: int) -> None:
        """Have somebody close a pull request or an issue."""
        if (repository, number) in self.proposals:
            MemoryPulls(self, repository).store(replace(self.proposals[repository, number], state="closed"))
        else:
            self.issues[repository, number] = replace(self.issues[repository, number], state="closed")

    def fail(self, call: int, *, after: float) -> None:
        """Have call number `call`, counted from 1, do nothing but raise `RetryLater`."""
        self._failures[call] = RetryLater(f"call {call} fails, as it was told to", after=after), False

    def lose(self, call: int) -> None:
        """Have call number `call`, counted from 1, a write, be carried out and not answered."""
        self._failures[call] = OutcomeUnknown(f"call {call} was not answered, as it was told", after=1.0), True

    # Proposals

    def issue(self, repository: str, number: int) -> Issue:
        """See `Proposals`."""
        return MemoryIssues(self, repository).get(number)

    def comment(self, repository: str, comment_id: int) -> Comment:
        """See `Proposals`."""
        with self.step(f"comment {comment_id} of {repository}"):
            if (repository, comment_id) not in self.comments:
                raise self.refused(404, "Not Found", f"comment {comment_id} of {repository}")
            return self.comments[repository, comment_id]

    def open_issue(self, repository: str, title: str, body: str, labels: Sequence[str], marker: str) -> int:
        """See `Proposals`."""
        return conversation.open_issue(MemoryIssues(self, repository), title, body, labels, marker)

    def put_comment(self, repository: str, number: int, marker: str, body: str) -> int:
        """See `Proposals`."""
        return conversation.put_comment(MemoryComments(self, repository, number), marker, body)

    def close_issue(self, repository: str, number: int, *, completed: bool) -> None:
        """See `Proposals`."""
        conversation.close_issue(MemoryIssues(self, repository), number, completed=completed)

    def permission(self, repository: str, login: str) -> Permission:
        """See `Proposals`."""
        with self.step(f"permission of {login} in {repository}"):
            return self._permissions.get((repository, login), "none")

    def is_member(self, organization: str, team: str, login: str) -> bool:
        """See `Proposals`."""
        with self.step(f"membership of {login} in the team {organization}/{team}"):
            return (organization, team, login) in self._members

    def branch(self, repository: str, name: str) -> str | None:
        """See `Proposals`."""
        return MemoryBranches(self, repository).tip(name)

    def default_branch(self, repository: str) -> str:
        """See `Proposals`."""
        with self.step(f"repository {repository}"):
            return self._default_branches.get(repository, "main")

    def is_own_commit(self, repository: str, sha: str) -> bool:
        """See `Proposals`."""
        return MemoryBranches(self, repository).is_own(sha)

    def put_branch(
        self,
        repository: str,
        name: str,
        base_sha: str,
        files: Mapping[str, bytes | None],
        message: str,
        *,
        stay_on: str = "",
    ) -> str:
        """See `Proposals`."""
        return branches.put_branch(MemoryBranches(self, repository), name, base_sha, files, message, stay_on=stay_on)

    def pulls_of(self, repository: str, branch: str) -> tuple[Proposal, ...]:
        """See `Proposals`."""
        return tuple(MemoryPulls(self, repository).of(branch))

    def open_pulls(self, repository: str) -> tuple[Proposal, ...]:
        """See `Proposals`."""
        return pulls.open_pulls(MemoryPulls(self, repository))

    def put_pull(
        self, repository: str, branch: str, base: str, title: str, body: str, labels: Sequence[str]
    ) -> Proposal:
        """See `Proposals`."""
        return pulls.put_pull(MemoryPulls(self, repository), branch, base, title, body, labels)

    def close_pull(self, repository: str, number: int) -> None:
        """See `Proposals`."""
        pulls.close_pull(MemoryPulls(self, repository), number)

    def delete_branch(self, repository: str, name: str) -> None:
        """See `Proposals`."""
        branches.delete_branch(MemoryBranches(self, repository), name)

    def check_state(self, repository: str, sha: str) -> CheckState:
        """See `Proposals`."""
        with self.step(f"check runs of {repository} at {sha[:12]}"):
            statuses = self._statuses.get((repository, sha), {})
            return checks.state_of(self._runs.get((repository, sha), ()), statuses.values())

    def check_run(self, repository: str, sha: str, name: str, *, app: int | None = None) -> str:
        """See `Proposals`."""
        with self.step(f"check runs of {repository} at {sha[:12]}"):
            runs = self._runs.get((repository, sha), ())
            return checks.conclusion_of(run for run in runs if (run.name, run.app) == (name, app or APP_ID))

    def merge(self, repository: str, number: int, sha: str, method: MergeMethod = "squash") -> Merge:
        """See `Proposals`."""
        return pulls.merge(MemoryPulls(self, repository), number, sha, method)

    # What the parts of the twin share

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """One call to GitHub, which nobody else interrupts: counted, and failing if it was told to."""
        with self._lock:
            self.calls.append(what)
            failure, after_effect = self._failures.get(len(self.calls), (None, False))
            if failure and not after_effect:
                raise failure
            yield
            if failure:
                raise failure

    def refused(self, status: int, words: str, what: str) -> Exception:
        """What the client raises when GitHub refuses."""
        return explained(Refusal(status, {}, words), Wish(what, "that it takes"), now=0)

    def next_number(self, repository: str) -> int:
        """The number of the next issue or pull request of a repository."""
        taken = [number for name, number in (*self.issues, *self.proposals) if name == repository]
        taken += [pull.number for pull in self.github.pull_requests(repository)]
        return max(taken, default=0) + 1

    def follow(self, repository: str, branch: str, sha: str) -> None:
        """Let the open pull requests of a branch have its new tip as their head."""
        for (name, _), proposal in list(self.proposals.items()):
            if (name, proposal.branch, proposal.state) == (repository, branch, "open"):
                MemoryPulls(self, repository).store(replace(proposal, head_sha=sha))

    def reason_against(self, repository: str, number: int) -> str:
        """Why a pull request cannot be merged, as it was told."""
        return self._blocked.get((repository, number), "")
