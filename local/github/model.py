"""What a stand-in keeps: one frozen dataclass per kind of thing, each with a unique `key` among its kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
"""A JSON object as GitHub sends it."""

EVENTS = ("check_run", "issue_comment", "issues", "pull_request", "pull_request_review", "push")
"""Events that an App is subscribed to unless it says otherwise."""

PERMISSIONS = {"checks": "write", "contents": "read", "metadata": "read", "pull_requests": "read"}
"""What an installation grants unless it says otherwise."""


class StandInError(Exception):
    """Something asked of the stand-in's own control makes no sense; the text says what."""


def now() -> str:
    """The time as GitHub writes it: UTC, whole seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class _Numbered:
    """What is told apart by its id alone."""

    id: int

    @property
    def key(self) -> str:
        """The id."""
        return str(self.id)


@dataclass(frozen=True)
class Options:
    """How the stand-in behaves; there is one."""

    webhook_url: str = ""
    """Where deliveries go; none are made while it is empty."""
    webhook_secret: str = ""
    mergeable_null_reads: int = 0
    """How many reads of a pull request answer `mergeable: null` after its head or base moved."""
    rate_limit: int = 5000
    """Requests an hour for each installation, as GitHub.com grants a small organization."""
    tree_limit: int = 100_000
    """Entries of a recursive listing of a tree; a longer one is truncated."""
    delivery_timeout: float = 10.0
    """Seconds that a receiver has to answer; GitHub's are 10."""
    refuse_repeated_jwt: bool = True
    """Answer 404 to a second token request with the identical JWT within a second, as Apps report of GitHub."""
    id: int = 1

    @property
    def key(self) -> str:
        """There is one."""
        return "options"


@dataclass(frozen=True)
class App:
    """The GitHub App; there is one."""

    id: int
    slug: str
    public_key: str
    """PEM; JWTs are verified with it."""
    events: tuple[str, ...] = EVENTS
    """Subscriptions: an event (`check_run`) or one action of it (`check_run.rerequested`)."""
    owner: str = "slipway"
    """Organization that the App belongs to."""
    created_at: str = field(default_factory=now)

    @property
    def key(self) -> str:
        """There is one."""
        return "app"


@dataclass(frozen=True)
class Installation:
    """The App on an account."""

    id: int
    account: str
    permissions: Mapping[str, str]
    """Permission → `read` or `write`; the most that a token can have."""
    repositories: tuple[str, ...] | None = None
    """`owner/name` of each selected repository; None: all of the account's."""
    created_at: str = field(default_factory=now)

    @property
    def key(self) -> str:
        """The account's login."""
        return self.account

    def covers(self, repository: str) -> bool:
        """True if the App may see the repository (`owner/name`)."""
        if self.repositories is not None:
            return repository in self.repositories
        return repository.partition("/")[0] == self.account


@dataclass(frozen=True)
class Token:
    """An installation access token."""

    id: int
    value: str
    installation: str
    """Account of the installation."""
    permissions: Mapping[str, str]
    repositories: tuple[str, ...] | None
    """`owner/name` of each repository that it was narrowed to; None: all of the installation's."""
    expires: float
    """Epoch seconds."""

    @property
    def key(self) -> str:
        """The token itself."""
        return self.value


@dataclass(frozen=True)
class Repository:
    """A repository; its objects lie in a bare repository beside the database."""

    id: int
    name: str
    """`owner/name`."""
    default_branch: str
    private: bool
    owner_type: str
    """`Organization` or `User`."""
    parent: str = ""
    """`owner/name` that it was forked from."""
    required_checks: tuple[str, ...] = ()
    """Names of check runs that must have passed before anything is merged."""
    created_at: str = field(default_factory=now)
    pushed_at: str = field(default_factory=now)

    @property
    def key(self) -> str:
        """`owner/name`."""
        return self.name

    @property
    def owner(self) -> str:
        """Login of the owner."""
        return self.name.partition("/")[0]

    @property
    def short_name(self) -> str:
        """The name without its owner."""
        return self.name.partition("/")[2]


@dataclass(frozen=True)
class Pull:
    """A pull request."""

    id: int
    repository: str
    """`owner/name` that it would be merged into."""
    number: int
    title: str
    body: str
    author: str
    head_repository: str
    head_ref: str
    head_sha: str
    base_ref: str
    base_sha: str
    """Tip of the base branch when the head was last pushed: GitHub does not move it with the branch."""
    state: str = "open"
    draft: bool = False
    labels: tuple[str, ...] = ()
    merged: bool = False
    merge_sha: str | None = None
    """The last would-be merge that was computed, also if the branches have moved since; None: never one."""
    merge_of: tuple[str, str] | None = None
    """Base and head that mergeability was last computed for."""
    mergeable: bool | None = None
    null_reads: int = 0
    """How many reads still answer that mergeability is not known."""
    merged_at: str | None = None
    merged_by: str | None = None
    """Login."""
    created_at: str = field(default_factory=now)
    updated_at: str = field(default_factory=now)
    closed_at: str | None = None

    @property
    def key(self) -> str:
        """`owner/name#number`."""
        return f"{self.repository}#{self.number}"

    @property
    def from_fork(self) -> bool:
        """True if the head lives in another repository."""
        return self.head_repository != self.repository


@dataclass(frozen=True)
class Review(_Numbered):
    """A review of a pull request."""

    pull: str
    """`owner/name#number`."""
    user: str
    state: str
    """`APPROVED`, `CHANGES_REQUESTED`, `COMMENTED` or `DISMISSED`."""
    commit_id: str
    """The head when it was given."""
    body: str = ""
    submitted_at: str = field(default_factory=now)


@dataclass(frozen=True)
class Issue:
    """An issue."""

    id: int
    repository: str
    number: int
    title: str
    body: str
    author: str
    """Login; that of a bot for what an App has opened."""
    labels: tuple[str, ...] = ()
    state: str = "open"
    state_reason: str | None = None
    """`completed`, `not_planned` or `reopened`."""
    closed_by: str | None = None
    created_at: str = field(default_factory=now)
    updated_at: str = field(default_factory=now)
    closed_at: str | None = None

    @property
    def key(self) -> str:
        """`owner/name#number`."""
        return f"{self.repository}#{self.number}"


@dataclass(frozen=True)
class Comment(_Numbered):
    """A comment on an issue or pull request."""

    repository: str
    number: int
    body: str
    author: str
    created_at: str = field(default_factory=now)
    updated_at: str = field(default_factory=now)


@dataclass(frozen=True)
class Status(_Numbered):
    """A commit status."""

    repository: str
    sha: str
    context: str
    state: str
    """`error`, `failure`, `pending` or `success`."""
    created_at: str = field(default_factory=now)


@dataclass(frozen=True)
class Collaborator:
    """Somebody's role in a repository."""

    id: int
    repository: str
    user: str
    role: str

    @property
    def key(self) -> str:
        """`owner/name login`."""
        return f"{self.repository} {self.user.lower()}"


@dataclass(frozen=True)
class Team:
    """A team of an organization."""

    id: int
    organization: str
    slug: str
    members: tuple[str, ...]
    invited: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """`organization/slug`."""
        return f"{self.organization}/{self.slug}"


@dataclass(frozen=True)
class DeployKey(_Numbered):
    """An SSH key of one repository."""

    repository: str
    title: str
    text: str
    """Its public half in one line, without a comment."""
    read_only: bool
    added_by: str
    created_at: str = field(default_factory=now)
    last_used: str | None = None


@dataclass(frozen=True)
class CheckRun(_Numbered):
    """A check run."""

    repository: str
    head_sha: str
    name: str
    status: str
    conclusion: str | None
    external_id: str
    details_url: str
    started_at: str
    completed_at: str | None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: tuple[Json, ...] = ()
    """All that were ever sent, as GitHub answers them."""


@dataclass(frozen=True)
class Delivery(_Numbered):
    """One attempt to deliver an event."""

    guid: str
    """Shared by the redeliveries of an event."""
    event: str
    action: str | None
    installation_id: int
    repository_id: int | None
    redelivery: bool
    url: str
    headers: Mapping[str, str]
    """Request headers."""
    payload: str
    """The body, exactly as sent."""
    delivered_at: str | None = None
    """When the attempt ended; None: it has not been made yet."""
    duration: float = 0.0
    """Seconds."""
    status: str = ""
    """`OK`, or why it failed."""
    status_code: int = 0
    response_headers: Mapping[str, str] = field(default_factory=dict)
    response: str = ""
