"""The fleet of the templates on an in-memory GitHub, where people ask for things."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from functools import cache

from slipway.aws.memory import MemoryBucket, MemoryLeases
from slipway.events import Delivery, ProposalEvent, RequestEvent, text_digest
from slipway.fleet.tree import Tree
from slipway.generation.dispatch import Done, dispatch
from slipway.generation.serve import Surroundings
from slipway.github.proposals import Proposal
from slipway.github.proposing.memory import MemoryProposals
from slipway.messages import Message
from slipway.requests.command import read_words
from slipway.requests.form import write_form
from tests.unit.small_fleets import builder, helm, schemas
from tests.unit.template_fleet import SYSTEM, WORKLOADS, fleet_files

SYSTEM_REPOSITORY, WORKLOADS_REPOSITORY = "acme/gitops-system", "acme/gitops-workloads"
TODAY = date(2026, 11, 26)
ASKER = "dora"


class Hub:
    """GitHub with the fleet's repositories, and Slipway behind it; what happens is told to Slipway at once."""

    def __init__(self, changes: Mapping[str, str] | None = None) -> None:
        self.proposals = MemoryProposals()
        self.github = self.proposals.github
        self.bucket = MemoryBucket()
        for repository in (SYSTEM_REPOSITORY, WORKLOADS_REPOSITORY):
            self.commit(repository, files_of(repository, changes or {}))
            self.proposals.set_default_branch(repository, "main")
        self.proposals.permit(SYSTEM_REPOSITORY, ASKER, "write")
        self.around = Surroundings(
            github=lambda _, __: self.github,
            proposals=lambda _, __: self.proposals,
            leases=MemoryLeases(),
            bucket=self.bucket,
            builder=builder(),
            helm=helm(),
            schemas=schemas(),
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

    def handle(self, event: RequestEvent | ProposalEvent) -> Done:
        """An event comes over the queue."""
        return dispatch(Message(event.DETAIL_TYPE, event.to_detail(), 0, {}), self.around, "worker")

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
