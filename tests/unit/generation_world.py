"""The fleet of the templates on an in-memory GitHub, where people ask for things."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from copy import copy
from datetime import date
from functools import cache

from slipway.aws.memory import MemoryBucket, MemoryEksVersions, MemoryLeases, MemoryQueue
from slipway.events import BaseEvent, Delivery, ProposalEvent, RequestEvent, text_digest
from slipway.fleet.tree import Tree
from slipway.generation.dispatch import Done, dispatch
from slipway.generation.kept import KeptWorld
from slipway.generation.surroundings import Surroundings
from slipway.generation.versions import Versions
from slipway.github.proposals import Proposal
from slipway.github.proposing.memory import MemoryProposals
from slipway.messages import Message
from slipway.requests.command import read_words
from slipway.requests.form import write_form
from tests.unit.small_fleets import builder, helm, schemas
from tests.unit.template_fleet import SYSTEM, WORKLOADS, fleet_files

SYSTEM_REPOSITORY, WORKLOADS_REPOSITORY = "acme/gitops-system", "acme/gitops-workloads"
TODAY = date(2026, 11, 26)
OFFERED = frozenset({"1.33", "1.34", "1.35", "1.36"})
ASKER = "dora"


class Hub:
    """GitHub with the fleet's repositories, and Slipway behind it; what happens is told to Slipway at once."""

    def __init__(self, changes: Mapping[str, str] | None = None, kept: KeptWorld | None = None) -> None:
        self.proposals = MemoryProposals()
        self.github = self.proposals.github
        self.bucket = MemoryBucket()
        self.queue = MemoryQueue()
        self.eks = MemoryEksVersions(OFFERED)
        self.warnings: list[str] = []
        for repository in (SYSTEM_REPOSITORY, WORKLOADS_REPOSITORY):
            self.commit(repository, files_of(repository, changes or {}))
            self.proposals.set_default_branch(repository, "main")
        self.proposals.permit(SYSTEM_REPOSITORY, ASKER, "write")
        self.around = Surroundings(
            github=lambda _, __: self.github,
            proposals=lambda _, __: self.proposals,
            leases=MemoryLeases(),
            bucket=self.bucket,
            queue=self.queue,
            builder=builder(),
            helm=helm(),
            schemas=schemas(),
            versions=Versions(self.eks, tell=self.warnings.append),
            kept=kept or copy(_rendered_once()),
            github_host="github.com",
            system_repository=SYSTEM_REPOSITORY,
            git_identities=True,
            lease_seconds=300,
            today=lambda: TODAY,
        )

    def commit(self, repository: str, files: Mapping[str, bytes]) -> str:
        """Put files on the default branch."""
        sha = hashlib.sha1(repr(sorted(files.items())).encode(), usedforsecurity=False).hexdigest()
        return self.github.add_commit(repository, sha, files, refs=["main", "HEAD"]).sha

    def ask(self, *words: str, by: str = ASKER) -> int:
        """Somebody fills in a form; returns the issue's number."""
        request = read_words(words)
        return self.open(request.title, write_form(request), f"slipway/{request.kind.name}", by=by)

    def open(self, title: str, body: str, label: str, *, by: str = ASKER) -> int:
        """Somebody opens an issue; returns its number."""
        number = self.proposals.add_issue(SYSTEM_REPOSITORY, title, body, author=by, labels=["slipway/request", label])
        self.tell(number, body, by=by)
        return number

    def say(self, number: int, body: str, *, by: str = ASKER) -> int:
        """Somebody comments; returns the comment's id."""
        comment = self.proposals.add_comment(SYSTEM_REPOSITORY, number, body, author=by)
        self.tell(number, body, by=by, comment=comment)
        return comment

    def tell(self, number: int, body: str, *, by: str = ASKER, comment: int = 0) -> Done:
        """GitHub tells of an issue or a comment."""
        return self.handle(RequestEvent(delivery(by), number, comment, text_digest(body)))

    def handle(self, event: RequestEvent | ProposalEvent | BaseEvent) -> Done:
        """An event comes over the queue."""
        return dispatch(Message(event.DETAIL_TYPE, event.to_detail(), 0, {}), self.around, "worker")

    def push(self, repository: str, files: Mapping[str, bytes | None], *, forced: bool = False) -> list[Done]:
        """Somebody changes files on the default branch, and GitHub tells of it; returns what came of it."""
        tree = self.tree(repository)
        changed = {path: tree.read(path) for path in tree} | files
        self.commit(repository, {path: content for path, content in changed.items() if content is not None})
        for (name, number), pull in list(self.proposals.proposals.items()):
            if name == repository and pull.state == "open":
                self.proposals.look_again(name, number)
        self.handle(BaseEvent(delivery("ada", repository), "main", forced=forced))
        sent, self.queue.sent[:] = self.queue.sent[:], []
        return [dispatch(Message.from_body(body), self.around, "worker") for body, _ in sent]

    def send(self, detail_type: str, detail: Mapping[str, object]) -> Done:
        """Something puts an event on the bus."""
        return dispatch(Message(detail_type, detail, 0, {}), self.around, "worker")

    def pulls(self, *, state: str = "open") -> dict[str, Proposal]:
        """Pull requests by their repositories, the last one of each."""
        found = sorted(self.proposals.proposals.items(), key=lambda item: item[0][1])
        return {repository: pull for (repository, _), pull in found if pull.state == state}

    def merge(self) -> None:
        """Somebody merges all open pull requests."""
        for repository, pull in self.pulls().items():
            assert self.proposals.merge(repository, pull.number, pull.head_sha).done
            self.handle(ProposalEvent(delivery(ASKER, repository), pull.branch))

    def tree(self, repository: str, branch: str = "main") -> Tree:
        """What a branch has."""
        sha = self.proposals.branch(repository, branch)
        assert sha is not None
        return self.github.tree(repository, sha)

    def comments(self, number: int) -> list[str]:
        """What Slipway says on an issue."""
        return [
            each.body.partition("-->\n")[2]
            for each in self.proposals.comments.values()
            if each.number == number and each.by_app
        ]

    def state(self, number: int) -> str:
        """Of an issue."""
        return self.proposals.issue(SYSTEM_REPOSITORY, number).state


@cache
def _rendered_once() -> KeptWorld:
    """The fleet as it is at first: every hub goes on from there, as an execution environment does."""
    kept = KeptWorld()
    Hub(kept=kept).ask("upgrade-tool", "karpenter", "--version", "1.15.1")
    return kept


def delivery(sender: str, repository: str = SYSTEM_REPOSITORY) -> Delivery:
    return Delivery("d", "1", "issues", "opened", 1, repository, sender, "2026-11-26T12:00:00Z", "k")


@cache
def _files() -> Mapping[str, bytes]:
    return {path: text.encode() for path, text in fleet_files().items()}


def files_of(repository: str, changes: Mapping[str, str]) -> dict[str, bytes]:
    """The files of a repository of the fleet, some of them changed."""
    prefix = f"{SYSTEM if repository == SYSTEM_REPOSITORY else WORKLOADS}/"
    files = {path.removeprefix(prefix): content for path, content in _files().items() if path.startswith(prefix)}
    changed = {path.removeprefix(prefix): text.encode() for path, text in changes.items() if path.startswith(prefix)}
    return files | changed
