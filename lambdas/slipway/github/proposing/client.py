"""GitHub itself, behind the Protocol `slipway.github.proposals.Proposals`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from slipway.github.calls import TIMEOUT_SECONDS, Calls
from slipway.github.client import TokenCredentials
from slipway.github.names import checked_repository
from slipway.github.proposals import CheckState, Comment, Issue, Merge, MergeMethod, Permission, Proposal
from slipway.github.proposing import branches, checks, conversation, pulls, rest_branches, rest_checks
from slipway.github.proposing.rest_branches import RestBranches
from slipway.github.proposing.rest_checks import RestChecks
from slipway.github.proposing.rest_conversation import RestComments, RestIssues
from slipway.github.proposing.rest_pulls import RestPulls
from slipway.github.tokens import TokenSource


class GitHubProposals:
    """One installation of the App, with a token cut to the job. Not safe for threads."""

    def __init__(
        self,
        api_url: str,
        tokens: TokenSource,
        *,
        timeout: int = TIMEOUT_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open no connection and ask for no token yet.

        Args:
            api_url: of the REST API, `https://api.github.com` or a GitHub Enterprise Server's `…/api/v3`.
            tokens: the installation's token.
            timeout: seconds to connect and for each piece of an answer.
            sleep: waits between attempts.
        """
        self._tokens = tokens
        self._calls = Calls(TokenCredentials(tokens), api_url, timeout=timeout, sleep=sleep)

    def issue(self, repository: str, number: int) -> Issue:
        """See `Proposals`."""
        return self._issues(repository).get(number)

    def comment(self, repository: str, comment_id: int) -> Comment:
        """See `Proposals`."""
        return self._issues(repository).comment(comment_id)

    def open_issue(self, repository: str, title: str, body: str, labels: Sequence[str], marker: str) -> int:
        """See `Proposals`."""
        return conversation.open_issue(self._issues(repository), title, body, labels, marker)

    def put_comment(self, repository: str, number: int, marker: str, body: str) -> int:
        """See `Proposals`."""
        comments = RestComments(self._calls, checked_repository(repository), number, self._tokens)
        return conversation.put_comment(comments, marker, body)

    def close_issue(self, repository: str, number: int, *, completed: bool) -> None:
        """See `Proposals`."""
        conversation.close_issue(self._issues(repository), number, completed=completed)

    def permission(self, repository: str, login: str) -> Permission:
        """See `Proposals`."""
        return rest_checks.permission(self._calls, checked_repository(repository), login)

    def is_member(self, organization: str, team: str, login: str) -> bool:
        """See `Proposals`."""
        return rest_checks.is_member(self._calls, organization, team, login)

    def branch(self, repository: str, name: str) -> str | None:
        """See `Proposals`."""
        return self._branches(repository).tip(name)

    def default_branch(self, repository: str) -> str:
        """See `Proposals`."""
        return self._branches(repository).default()

    def is_own_commit(self, repository: str, sha: str) -> bool:
        """See `Proposals`."""
        return rest_branches.is_own_commit(self._calls, checked_repository(repository), sha, self._tokens)

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
        return branches.put_branch(self._branches(repository), name, base_sha, files, message, stay_on=stay_on)

    def pulls_of(self, repository: str, branch: str) -> tuple[Proposal, ...]:
        """See `Proposals`."""
        return tuple(self._pulls(repository).of(branch))

    def open_pulls(self, repository: str) -> tuple[Proposal, ...]:
        """See `Proposals`."""
        return pulls.open_pulls(self._pulls(repository))

    def put_pull(
        self, repository: str, branch: str, base: str, title: str, body: str, labels: Sequence[str]
    ) -> Proposal:
        """See `Proposals`."""
        return pulls.put_pull(self._pulls(repository), branch, base, title, body, labels)

    def close_pull(self, repository: str, number: int) -> None:
        """See `Proposals`."""
        pulls.close_pull(self._pulls(repository), number)

    def delete_branch(self, repository: str, name: str) -> None:
        """See `Proposals`."""
        branches.delete_branch(self._branches(repository), name)

    def check_state(self, repository: str, sha: str) -> CheckState:
        """See `Proposals`."""
        of_commit = self._checks(repository, sha)
        return checks.state_of(of_commit.runs(), of_commit.statuses())

    def check_run(self, repository: str, sha: str, name: str, *, app: int | None = None) -> str:
        """See `Proposals`."""
        of_app = app or self._tokens.current().app_id
        return checks.conclusion_of(self._checks(repository, sha).runs(name, of_app))

    def merge(self, repository: str, number: int, sha: str, method: MergeMethod = "squash") -> Merge:
        """See `Proposals`."""
        return pulls.merge(self._pulls(repository), number, sha, method)

    def _issues(self, repository: str) -> RestIssues:
        return RestIssues(self._calls, checked_repository(repository), self._tokens)

    def _branches(self, repository: str) -> RestBranches:
        return RestBranches(self._calls, checked_repository(repository))

    def _pulls(self, repository: str) -> RestPulls:
        return RestPulls(self._calls, checked_repository(repository))

    def _checks(self, repository: str, sha: str) -> RestChecks:
        return RestChecks(self._calls, checked_repository(repository), sha)
