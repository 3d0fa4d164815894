"""Driving a stand-in, in this process or another: people's doings, webhook, faults, and a look at what came in.

Repositories are named `owner/name`. Files are `{path: content}`: text or bytes; None deletes. JSON that is returned has
GitHub's shapes. Nothing done here counts as a request or meets a fault.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from local.github.conversations import Conversations
from local.github.faults import FaultRule
from local.github.files import Files, encoded
from local.github.model import Json, StandInError
from local.github.people import AUTHOR


@dataclass(frozen=True)
class NewPull:
    """A pull request to open."""

    branch: str
    title: str = "A change"
    files: Files = field(default_factory=dict)
    """If given, the branch is made: one commit with these files on the tip of the base. If not, it exists already."""
    base: str = ""
    """The default branch if empty."""
    body: str = ""
    draft: bool = False
    labels: tuple[str, ...] = ()
    head_repository: str = ""
    """`owner/name` of the fork that has the branch; the repository itself if empty."""
    author: str = AUTHOR


@dataclass(frozen=True)
class OpenedPull:
    """A pull request that was opened."""

    number: int
    head_sha: str


class Control(Conversations):
    """A running stand-in.

    Attributes:
        url: where it listens; GitHub's REST API starts right there (`SLIPWAY_GITHUB_API_URL`).
    """

    def wait_until_ready(self, timeout: float = 10.0) -> None:
        """Wait until a stand-in in another process answers.

        Raises:
            StandInError: it does not within `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        while True:
            try:
                self._call("ready")
            except OSError as err:
                if time.monotonic() > deadline:
                    raise StandInError(f"no stand-in answers at {self.url}") from err
                time.sleep(0.05)
            else:
                return

    # The App

    def register_app(
        self, app_id: int, public_key: str, *, slug: str = "slipway", events: Sequence[str] | None = None
    ) -> None:
        """Register the App, replacing one that was there.

        Args:
            app_id: what JWTs have as `iss`.
            public_key: PEM that JWTs are verified with.
            slug: the App's name in URLs.
            events: subscriptions, an event (`pull_request`) or one action of it (`check_run.rerequested`); None: all
                of `check_run`, `issue_comment`, `issues`, `pull_request`, `pull_request_review` and `push`.
        """
        self._call("register_app", app_id=app_id, public_key=public_key, slug=slug, events=_list(events))

    def install(
        self,
        account: str,
        *,
        repositories: Sequence[str] | None = None,
        permissions: Mapping[str, str] | None = None,
    ) -> int:
        """Install the App on an account, or change its installation; returns the installation's id.

        Args:
            account: login of an organization.
            repositories: `owner/name` of those selected; None: all.
            permissions: None: contents:read, checks:write, pull_requests:read, metadata:read.
        """
        number: int = self._call("install", account=account, repositories=_list(repositories), permissions=permissions)
        return number

    def set_webhook(self, url: str, secret: str, *, ping: bool = False) -> None:
        """Send events to a URL from now on, signed with a secret; an empty URL stops them."""
        self._call("set_options", webhook_url=url, webhook_secret=secret)
        if ping:
            self._call("ping")

    def set_options(
        self,
        *,
        mergeable_null_reads: int | None = None,
        rate_limit: int | None = None,
        tree_limit: int | None = None,
        delivery_timeout: float | None = None,
        refuse_repeated_jwt: bool | None = None,
    ) -> None:
        """Change how the stand-in behaves; `local.github.model.Options` says what each means."""
        given = {
            "mergeable_null_reads": mergeable_null_reads,
            "rate_limit": rate_limit,
            "tree_limit": tree_limit,
            "delivery_timeout": delivery_timeout,
            "refuse_repeated_jwt": refuse_repeated_jwt,
        }
        self._call("set_options", **{name: value for name, value in given.items() if value is not None})

    # What people do

    def create_repository(
        self,
        repository: str,
        files: Files | Path,
        *,
        default_branch: str = "main",
        private: bool = True,
        owner_type: str = "Organization",
    ) -> str:
        """Make a repository of files or of a directory, as one commit; returns its sha.

        A directory's links and executable bits are kept, its `.git` is left out.
        """
        sha: str = self._call(
            "create_repository",
            name=repository,
            files=encoded(files),
            default_branch=default_branch,
            private=private,
            owner_type=owner_type,
        )
        return sha

    def fork(self, repository: str, owner: str) -> str:
        """Fork a repository into a user's account; returns the fork's `owner/name`."""
        name: str = self._call("fork", name=repository, owner=owner)
        return name

    def commit(
        self,
        repository: str,
        branch: str,
        files: Files,
        *,
        message: str = "A change",
        author: str = AUTHOR,
        onto: str = "",
        force: bool = False,
    ) -> str:
        """Push a commit to a branch; returns its sha.

        Args:
            repository: `owner/name`.
            branch: made from `onto` if it does not exist.
            files: what the commit changes.
            message: of the commit.
            author: login.
            onto: a branch or commit; the default branch if empty.
            force: replace what the branch holds by this commit on `onto`: a force-push.
        """
        sha: str = self._call(
            "commit",
            name=repository,
            branch=branch,
            files=encoded(files),
            message=message,
            author=author,
            onto=onto,
            force=force,
        )
        return sha

    def tag(self, repository: str, tag: str, *, onto: str = "") -> str:
        """Let a tag name a branch's tip or a commit, the default branch's if empty; returns the sha."""
        sha: str = self._call("tag", name=repository, tag=tag, onto=onto)
        return sha

    def open_pull_request(self, repository: str, pull: NewPull) -> OpenedPull:
        """Open a pull request."""
        return self.open_pull_requests(repository, [pull])[0]

    def open_pull_requests(self, repository: str, pulls: Sequence[NewPull]) -> list[OpenedPull]:
        """Open many pull requests at once, numbered in this order: far quicker than one by one."""
        proposals = [
            {
                **{name: getattr(pull, name) for name in pull.__dataclass_fields__},
                "files": encoded(pull.files),
            }
            for pull in pulls
        ]
        opened = self._call("open_pulls", repository=repository, proposals=proposals)
        return [OpenedPull(**each) for each in opened]

    def close_pull_request(self, repository: str, number: int, *, user: str = "") -> None:
        """Close a pull request without merging it; the author does unless somebody is named."""
        self._call("close_pull", name=repository, number=number, user=user)

    def merge_pull_request(self, repository: str, number: int, *, user: str = AUTHOR, method: str = "merge") -> str:
        """Merge a pull request (`merge` or `squash`), whatever is required of it; returns the commit on its base."""
        sha: str = self._call("merge_pull", name=repository, number=number, user=user, method=method)
        return sha

    def reopen_pull_request(self, repository: str, number: int) -> None:
        """Open a closed pull request again."""
        self._call("reopen_pull", name=repository, number=number)

    def mark_ready(self, repository: str, number: int) -> None:
        """Mark a draft as ready for review."""
        self._call("ready_pull", name=repository, number=number)

    def edit_pull_request(
        self,
        repository: str,
        number: int,
        *,
        title: str | None = None,
        base: str | None = None,
        body: str | None = None,
    ) -> None:
        """Give a pull request another title, base branch or body."""
        self._call("edit_pull", name=repository, number=number, title=title, base=base, body=body)

    def label_pull_request(self, repository: str, number: int, label: str, *, user: str = AUTHOR) -> None:
        """Put a label on a pull request."""
        self._call("label_pull", name=repository, number=number, label=label, user=user)

    def unlabel_pull_request(self, repository: str, number: int, label: str, *, user: str = AUTHOR) -> None:
        """Take a label off a pull request."""
        self._call("unlabel_pull", name=repository, number=number, label=label, user=user)

    def review_pull_request(self, repository: str, number: int, user: str, *, state: str = "APPROVED") -> int:
        """Review the head of a pull request; returns the review's id.

        Args:
            repository: `owner/name`.
            number: of the pull request.
            user: login; the author may only comment.
            state: `APPROVED`, `CHANGES_REQUESTED` or `COMMENTED`.
        """
        found: int = self._call("review_pull", name=repository, number=number, user=user, state=state)
        return found

    def dismiss_review(self, repository: str, number: int, review: int, *, user: str = AUTHOR) -> None:
        """Dismiss a review of a pull request."""
        self._call("dismiss_review", name=repository, number=number, review=review, user=user)

    def rerequest_check_run(self, check_run_id: int) -> None:
        """Press "Re-run" on a check run."""
        self._call("rerequest", check_run=check_run_id)

    # What came of it

    def pull_request(self, repository: str, number: int) -> Json:
        """A pull request, as `GET /repos/{owner}/{repo}/pulls/{number}` shows it."""
        found: Json = self._call("pull_request", repository=repository, number=number)
        return found

    def pull_requests(self, repository: str) -> list[Json]:
        """All pull requests of a repository, each as `pull_request` shows it, oldest first."""
        found: list[Json] = self._call("pull_requests", repository=repository)
        return found

    def check_runs(self, repository: str | None = None, head_sha: str | None = None) -> list[Json]:
        """Check runs, oldest first, each with all its `annotations`."""
        found: list[Json] = self._call("check_runs", repository=repository, head_sha=head_sha)
        return found

    def deliveries(self) -> list[Json]:
        """The webhook deliveries that were made, oldest first, in the shape of GitHub's own log."""
        found: list[Json] = self._call("deliveries")
        return found

    def delivery(self, delivery_id: int) -> Json:
        """A delivery with `request` and `response`, headers and payload each."""
        found: Json = self._call("delivery", delivery_id=delivery_id)
        return found

    def redeliver(self, *delivery_ids: int) -> None:
        """Deliver again, as the "Redeliver" button does: same `X-GitHub-Delivery`, new delivery id."""
        self._call("redeliver", delivery_ids=list(delivery_ids))

    def settle(self, timeout: float = 30.0) -> bool:
        """Wait until no delivery is under way; False if some still are after `timeout` seconds."""
        settled: bool = self._call("settle", timeout=timeout)
        return settled

    def set_faults(self, *rules: FaultRule) -> None:
        """Replace the fault rules; none ends all faults."""
        self._call("set_faults", rules=[asdict(rule) for rule in rules])

    def faults(self) -> list[tuple[FaultRule, int]]:
        """Each fault rule, and how often it struck."""
        return [(FaultRule(**each["rule"]), each["struck"]) for each in self._call("faults")]

    def requests(self) -> dict[str, int]:
        """How often each route was asked for: `{"GET /repos/{owner}/{repo}/pulls/{pull_number}": 3, …}`."""
        counts: dict[str, int] = self._call("requests")
        return counts

    def reset_requests(self) -> None:
        """Count requests from 0, and give every caller a new hour of the rate limit."""
        self._call("reset_requests")

    def git_directory(self, repository: str) -> Path:
        """The bare git repository behind a repository, to look at; only the stand-in writes to it."""
        return Path(self._call("git_directory", repository=repository))


def _list(values: Sequence[str] | None) -> list[str] | None:
    return None if values is None else list(values)
