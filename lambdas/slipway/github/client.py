"""GitHub itself, behind the Protocol `slipway.github.protocol.GitHub`."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from github.Auth import Auth

from slipway.errors import InputError, LimitError, RetryLater, SlipwayError
from slipway.fleet.tree import Tree
from slipway.github import checkruns
from slipway.github.calls import TIMEOUT_SECONDS, Answer, Calls
from slipway.github.checkruns import ExistingRun
from slipway.github.failures import DOWN_SECONDS, Wish
from slipway.github.limits import ArchiveLimits
from slipway.github.names import checked_repository, is_repository, is_sha
from slipway.github.protocol import CheckRun, Commit, PullRequest, Review, Tag
from slipway.github.tokens import TokenSource
from slipway.github.treecache import TreeCache
from slipway.github.trees import Trees

RUNS_PER_PAGE = 100
TAGS_PER_PAGE = 100
MAX_TAGS = 20_000
"""Of one repository: 200 calls."""
REVIEWS_PER_PAGE = 100
MAX_REVIEWS = 2_000
"""Of one pull request: 20 calls."""
MAX_PAGES = 20
"""Of check runs with one name on one commit: GitHub keeps at most 1,000 in a suite, which is ten."""


class GitHubClient:
    """One installation of the App, with a token cut to the job. Not safe for threads."""

    def __init__(
        self,
        api_url: str,
        installation: int,
        tokens: TokenSource,
        *,
        trees: TreeCache | None = None,
        limits: ArchiveLimits | None = None,
        timeout: int = TIMEOUT_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open no connection and ask for no token yet.

        Args:
            api_url: of the REST API, `https://api.github.com` or a GitHub Enterprise Server's `…/api/v3`.
            installation: its id.
            tokens: its token.
            trees: trees that were read before, kept by the caller from job to job.
            limits: what an archive may hold.
            timeout: seconds to connect and for each piece of an answer.
            sleep: waits between attempts.
        """
        self._installation = installation
        self._tokens = tokens
        self._calls = Calls(TokenCredentials(tokens), api_url, timeout=timeout, sleep=sleep)
        self._trees = Trees(self._calls, api_url, tokens, limits or ArchiveLimits(), timeout)
        self._kept = trees or TreeCache()

    def pull_request(self, repository: str, number: int) -> PullRequest:
        """See `GitHub`."""
        wish = Wish(f"pull request {repository}#{number}", "pull_requests: read")
        return self._calls.get(f"{_path(repository)}/pulls/{number}", _pull_request, wish)

    def reviews(self, repository: str, number: int) -> tuple[Review, ...]:
        """See `GitHub`."""
        wish = Wish(f"reviews of {repository}#{number}", "pull_requests: read")
        path = f"{_path(repository)}/pulls/{number}/reviews"
        found: list[Review] = []
        for page in range(1, MAX_REVIEWS // REVIEWS_PER_PAGE + 1):
            reviews = self._calls.get(path, _reviews, wish, parameters={"per_page": REVIEWS_PER_PAGE, "page": page})
            found += reviews
            if len(reviews) < REVIEWS_PER_PAGE:
                return tuple(found)
        raise LimitError(f"{repository}#{number} has {MAX_REVIEWS:,} reviews or more (MAX_REVIEWS)")

    def commit(self, repository: str, ref: str) -> Commit:
        """See `GitHub`."""
        wish = Wish(f"commit {ref} of {repository}", "contents: read")
        if is_sha(ref):
            return self._calls.get(f"{_path(repository)}/git/commits/{ref}", _commit, wish)
        # This resolves names, but also tells all changes of the commit: one file of them is the least one can ask for.
        # It takes full names without their first part.
        path = f"{_path(repository)}/commits/{quote(ref.removeprefix('refs/'), safe='')}"
        return self._calls.get(path, _named_commit, wish, parameters={"per_page": 1})

    def tags(self, repository: str) -> tuple[Tag, ...]:
        """See `GitHub`."""
        wish = Wish(f"tags of {repository}", "contents: read")
        found: list[Tag] = []
        for page in range(1, MAX_TAGS // TAGS_PER_PAGE + 1):
            query = {"per_page": TAGS_PER_PAGE, "page": page}
            tags = self._calls.get(f"{_path(repository)}/tags", _tags, wish, parameters=query)
            found += tags
            if len(tags) < TAGS_PER_PAGE:
                return tuple(found)
        raise LimitError(f"{repository} has {MAX_TAGS:,} tags or more (MAX_TAGS)")

    def tree(self, repository: str, sha: str) -> Tree:
        """See `GitHub`; a tree that is at hand is not fetched again."""
        if not is_sha(sha) or not is_repository(repository):
            raise InputError(f"{sha!r} is not the full id of a commit of {repository!r}")
        return self._kept.get(self._installation, repository, sha, lambda: self._trees.fetch(repository, sha))

    def put_check_run(self, repository: str, run: CheckRun) -> int:
        """See `GitHub`."""
        return checkruns.put(_CheckRuns(self._calls, repository, self._tokens), run)


class TokenCredentials:
    """`Credentials` of an installation."""

    def __init__(self, tokens: TokenSource) -> None:
        """Ask for no token yet."""
        self._tokens = tokens
        self.auth = _SourcedToken(tokens)

    def renew(self) -> None:
        """See `Credentials`."""
        self._tokens.renew()

    def refused(self, message: str) -> SlipwayError:
        """See `Credentials`."""
        return RetryLater(f"GitHub does not accept a token that is new ({message})", after=DOWN_SECONDS)


class _SourcedToken(Auth):
    """A token that PyGithub asks for at every call."""

    def __init__(self, tokens: TokenSource) -> None:
        self._tokens = tokens

    @property
    def token_type(self) -> str:
        return "token"

    @property
    def token(self) -> str:
        return self._tokens.current().token


class _CheckRuns:
    """`slipway.github.checkruns.CheckRuns` of one repository."""

    def __init__(self, calls: Calls, repository: str, tokens: TokenSource) -> None:
        self._calls = calls
        self._repository = repository
        self._tokens = tokens
        self.pause = calls.pause

    def find(self, run: CheckRun) -> Sequence[ExistingRun]:
        # Another App's run may look the same (a second Slipway on the repository), and only that App can change it.
        app_id = self._tokens.current().app_id

        def parse(answer: Answer) -> tuple[list[ExistingRun], bool]:
            shown = answer.json["check_runs"]
            wanted = run.name, run.external_id, app_id
            ours = [each for each in shown if _identity(each) == wanted]
            return [_existing(each) for each in ours], len(shown) == RUNS_PER_PAGE

        wish = self._wish(f"check runs of {self._repository} at {run.head_sha[:12]}")
        path = f"{_path(self._repository)}/commits/{quote(run.head_sha, safe='')}/check-runs"
        found: list[ExistingRun] = []
        for page in range(1, MAX_PAGES + 1):
            query = {"check_name": run.name, "filter": "all", "per_page": RUNS_PER_PAGE, "page": page}
            ours, more = self._calls.get(path, parse, wish, parameters=query)
            found += ours
            if not more:
                break
        return found

    def create(self, body: dict[str, Any]) -> ExistingRun:
        wish = self._wish(f"new check run of {self._repository} at {body['head_sha'][:12]}")
        return self._calls.write(
            "POST", f"{_path(self._repository)}/check-runs", body, lambda answer: _existing(answer.json), wish
        )

    def update(self, number: int, body: dict[str, Any]) -> None:
        path = f"{_path(self._repository)}/check-runs/{number}"
        wish = self._wish(f"check run {number} of {self._repository}")
        self._calls.write("PATCH", path, body, lambda answer: _existing(answer.json), wish)

    def _wish(self, what: str) -> Wish:
        return Wish(what, "checks: write")


def _path(repository: str) -> str:
    return f"/repos/{checked_repository(repository)}"


def _pull_request(answer: Answer) -> PullRequest:
    found = answer.json
    head, base = found["head"], found["base"]
    return PullRequest(
        repository=base["repo"]["full_name"],
        number=found["number"],
        state=found["state"],
        draft=found["draft"],
        head_sha=head["sha"],
        head_repository=head["repo"]["full_name"] if head["repo"] else "",
        base_ref=base["ref"],
        base_sha=base["sha"],
        # While GitHub computes it anew, this still names the merge of an earlier head or base.
        merge_sha=(found["merge_commit_sha"] or "") if found["mergeable"] and not found["merged"] else "",
        mergeable=found["mergeable"],
        labels=tuple(label["name"] for label in found["labels"]),
        author=_login(found["user"]),
    )


def _reviews(answer: Answer) -> list[Review]:
    return [Review(_login(each["user"]), each["state"], each["commit_id"] or "") for each in answer.json]


def _login(user: dict[str, str] | None) -> str:
    return user["login"] if user else ""


def _commit(answer: Answer) -> Commit:
    return _commit_by(answer.json, answer.json["committer"])


def _named_commit(answer: Answer) -> Commit:
    return _commit_by(answer.json, answer.json["commit"]["committer"])


def _commit_by(found: dict[str, Any], committer: dict[str, str] | None) -> Commit:
    parents = tuple(parent["sha"] for parent in found["parents"])
    return Commit(found["sha"], parents, (committer or {}).get("date", ""))


def _tags(answer: Answer) -> list[Tag]:
    return [Tag(each["name"], each["commit"]["sha"]) for each in answer.json]


def _identity(run: dict[str, Any]) -> tuple[str, str | None, int]:
    app = run["app"] or {"id": 0}  # An App that is no more is null.
    return run["name"], run["external_id"], app["id"]


def _existing(run: dict[str, Any]) -> ExistingRun:
    return ExistingRun(run["id"], run["output"]["annotations_count"])
