"""The in-memory twin of GitHub, for tests; it keeps to the same contract suite as the real client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from slipway.errors import InputError, RetryLater
from slipway.fleet.tree import Tree
from slipway.github import checkruns
from slipway.github.checkruns import ExistingRun
from slipway.github.failures import Refusal, Wish, explained
from slipway.github.protocol import Annotation, CheckRun, Commit, PullRequest, Review, Tag

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True)
class StoredRun:
    """A check run as the twin keeps it."""

    id: int
    repository: str
    run: CheckRun
    """What it says, with all annotations that were ever sent."""


class MemoryGitHub:
    """`slipway.github.protocol.GitHub` in dictionaries.

    Attributes:
        calls: what was asked, call by call, e.g. `"pull request acme/app#7"`; putting a check run takes several.
        runs: the check runs by id, oldest first.
    """

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.runs: dict[int, StoredRun] = {}
        self._pulls: dict[tuple[str, int], PullRequest] = {}
        self._reviews: dict[tuple[str, int], tuple[Review, ...]] = {}
        self._commits: dict[tuple[str, str], Commit] = {}
        self._trees: dict[tuple[str, str], Tree] = {}
        self._tags: dict[str, dict[str, str]] = {}
        self._failures: dict[int, RetryLater] = {}

    def add_commit(
        self,
        repository: str,
        sha: str,
        files: Mapping[str, bytes],
        *,
        parents: Sequence[str] = (),
        refs: Iterable[str] = (),
        tags: Iterable[str] = (),
        committed: str = "2026-11-22T12:00:00Z",
    ) -> Commit:
        """Have a commit, which `refs` (branches, `HEAD`, full names) and `tags` name from now on."""
        commit = Commit(sha, tuple(parents), committed)
        self._trees[repository, sha] = Tree(files, name=repository, revision=sha)
        names = [sha]
        for ref in refs:
            names += [ref] if ref == "HEAD" or ref.startswith("refs/") else [ref, f"refs/heads/{ref}"]
        for tag in tags:
            names += [tag, f"refs/tags/{tag}"]
            self._tags.setdefault(repository, {})[tag] = sha
        self._commits |= dict.fromkeys([(repository, name) for name in names], commit)
        return commit

    def tip(self, repository: str, branch: str) -> str | None:
        """The sha that a branch names; no call."""
        commit = self._commits.get((repository, f"refs/heads/{branch}"))
        return commit.sha if commit else None

    def forget_branch(self, repository: str, branch: str) -> None:
        """Have a branch no more."""
        for name in (branch, f"refs/heads/{branch}"):
            self._commits.pop((repository, name), None)

    def stored(self, repository: str, sha: str) -> tuple[Commit, Tree] | None:
        """A commit and its files; no call."""
        commit = self._commits.get((repository, sha))
        return (commit, self._trees[repository, commit.sha]) if commit else None

    def pull_requests(self, repository: str) -> list[PullRequest]:
        """All pull requests of a repository; no call."""
        return [pull for (name, _), pull in self._pulls.items() if name == repository]

    def put_pull_request(self, pull: PullRequest) -> None:
        """Have a pull request, or have it otherwise than before."""
        self._pulls[pull.repository, pull.number] = pull

    def put_reviews(self, repository: str, number: int, *reviews: Review) -> None:
        """Have these reviews of a pull request, and no others."""
        self._reviews[repository, number] = reviews

    def fail(self, call: int, *, after: float) -> None:
        """Have call number `call`, counted from 1, do nothing but raise `RetryLater`."""
        self._failures[call] = RetryLater(f"call {call} fails, as it was told to", after=after)

    def pull_request(self, repository: str, number: int) -> PullRequest:
        """See `GitHub`."""
        return self._found(self._pulls, (repository, number), f"pull request {repository}#{number}")

    def reviews(self, repository: str, number: int) -> tuple[Review, ...]:
        """See `GitHub`."""
        self._found(self._pulls, (repository, number), f"reviews of {repository}#{number}")
        return self._reviews.get((repository, number), ())

    def commit(self, repository: str, ref: str) -> Commit:
        """See `GitHub`."""
        return self._found(self._commits, (repository, ref), f"commit {ref} of {repository}")

    def tags(self, repository: str) -> tuple[Tag, ...]:
        """See `GitHub`; that it has a repository is known by its commits."""
        self.count(f"tags of {repository}")
        if not any(known == repository for known, _ in self._commits):
            what = f"tags of {repository}"
            raise explained(Refusal(404, {}, "Not Found"), Wish(what, "contents: read"), now=0)
        return tuple(Tag(name, sha) for name, sha in self._tags.get(repository, {}).items())

    def tree(self, repository: str, sha: str) -> Tree:
        """See `GitHub`."""
        return self._found(self._trees, (repository, sha), f"files of {repository} at {sha[:12]}")

    def put_check_run(self, repository: str, run: CheckRun) -> int:
        """See `GitHub`."""
        return checkruns.put(_CheckRuns(self, repository), run)

    def count(self, what: str) -> None:
        """Count a call, and raise what it was told to."""
        self.calls.append(what)
        if failure := self._failures.get(len(self.calls)):
            raise failure

    def knows(self, repository: str, sha: str) -> bool:
        """True if it has the commit."""
        return (repository, sha) in self._commits

    def _found(self, among: Mapping[K, V], key: K, what: str) -> V:
        self.count(what)
        if key not in among:
            raise explained(Refusal(404, {}, "Not Found"), Wish(what, "that it takes"), now=0)
        return among[key]


class _CheckRuns:
    """`slipway.github.checkruns.CheckRuns` of one repository."""

    def __init__(self, github: MemoryGitHub, repository: str) -> None:
        self._github = github
        self._repository = repository

    def find(self, run: CheckRun) -> list[ExistingRun]:
        self._github.count(f"check runs of {self._repository}")
        wanted = run.head_sha, run.name, run.external_id
        return [
            ExistingRun(stored.id, len(stored.run.annotations))
            for stored in self._github.runs.values()
            if stored.repository == self._repository
            and (stored.run.head_sha, stored.run.name, stored.run.external_id) == wanted
        ]

    def create(self, body: dict[str, Any]) -> ExistingRun:
        self._github.count(f"new check run of {self._repository}")
        if not self._github.knows(self._repository, body["head_sha"]):
            raise InputError(f"GitHub refuses new check run: 422 No commit found for SHA: {body['head_sha']}")
        number = len(self._github.runs) + 1
        blank = CheckRun(body["name"], body["head_sha"], body["external_id"], body["status"], title="", summary="")
        self._github.runs[number] = StoredRun(number, self._repository, _changed(blank, body))
        return ExistingRun(number, len(self._github.runs[number].run.annotations))

    def update(self, number: int, body: dict[str, Any]) -> None:
        self._github.count(f"check run {number} of {self._repository}")
        stored = self._github.runs[number]
        self._github.runs[number] = replace(stored, run=_changed(stored.run, body))

    def pause(self, attempt: int) -> None:
        """Nobody waits for memory."""


def _changed(run: CheckRun, body: Mapping[str, Any]) -> CheckRun:
    """What a request leaves of a run: annotations are added, all else that it names is replaced."""
    output = body["output"]
    added = (
        Annotation(each["path"], each["start_line"], each["annotation_level"], each["title"], each["message"])
        for each in output["annotations"]
    )
    return replace(
        run,
        name=body["name"],
        external_id=body["external_id"],
        status=body["status"],
        conclusion=body.get("conclusion"),
        title=output["title"],
        summary=output["summary"],
        text=output.get("text", run.text),
        annotations=(*run.annotations, *added),
        details_url=body.get("details_url", run.details_url),
    )
