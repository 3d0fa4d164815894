"""What people do on GitHub: make repositories, push, open and close pull requests, ask for re-runs."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from local.github import merges, payloads
from local.github.git import Content, Git, NewCommit
from local.github.model import Json, Pull, Repository, Review, StandInError, now
from local.github.shapes import pulls
from local.github.site import Site

AUTHOR = "octocat"
"""Who does what nobody is named for."""

_NAME = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+")

Files = Mapping[str, Content | None]
"""Path → mode and content, None to delete."""


@dataclass(frozen=True)
class Proposal:
    """A pull request to open."""

    branch: str
    title: str
    base: str = ""
    """Branch that it shall go into; the default branch if empty."""
    body: str = ""
    draft: bool = False
    labels: tuple[str, ...] = ()
    head_repository: str = ""
    """The fork that the branch is in; the repository itself if empty."""
    files: Files = field(default_factory=dict)
    """If given, the branch is made first: one commit with these files on the tip of the base."""
    author: str = AUTHOR


class People:
    """Everybody who uses the stand-in's web pages and git; one at a time."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._lock = threading.RLock()

    def create_repository(self, name: str, files: Files, *, default_branch: str, private: bool, owner_type: str) -> str:
        """Make a repository with one commit; returns its sha."""
        with self._lock:
            self._add_repository(name, default_branch, private=private, owner_type=owner_type)
            commit = NewCommit((f"refs/heads/{default_branch}",), "Initial commit", AUTHOR, files=files)
            (sha,) = self._site.git(name).write([commit])
            return sha

    def fork(self, name: str, owner: str) -> str:
        """Fork a repository into a user's account; returns the fork's `owner/name`."""
        with self._lock:
            parent = self._known(name)
            fork = f"{owner}/{parent.short_name}"
            self._add_repository(
                fork, parent.default_branch, private=parent.private, owner_type="User", parent=parent.name
            )
            git, origin = self._site.git(fork), self._site.git(name)
            # Forks share their parent's objects, here as on GitHub.
            (git.directory / "objects" / "info").mkdir(exist_ok=True)
            (git.directory / "objects" / "info" / "alternates").write_text(f"{origin.directory / 'objects'}\n")
            git.point({f"refs/heads/{parent.default_branch}": self._tip(origin, parent.default_branch)})
            return fork

    def commit(self, name: str, branch: str, files: Files, *, message: str, author: str, force: bool, onto: str) -> str:
        """Push one commit to a branch; returns its sha.

        The commit stands on what the branch holds, or with `force` on `onto` (a branch or commit), whatever it holds.
        A branch that does not exist is made from `onto`; if that is empty, it is the default branch.
        """
        with self._lock:
            repository = self._known(name)
            git = self._site.git(name)
            before = git.ref(f"refs/heads/{branch}")
            start = git.resolve(onto or repository.default_branch) if force or before is None else before
            if start is None:
                raise StandInError(f"{name} has no {onto}")
            (sha,) = git.write([NewCommit((f"refs/heads/{branch}",), message, author, (start,), files)])
            self._pushed(repository, branch, before, sha, author, forced=force and before is not None)
            return sha

    def tag(self, name: str, tag: str, onto: str) -> str:
        """Let a tag name a commit; returns its sha.

        Args:
            name: of the repository.
            tag: its name.
            onto: a branch or commit; the default branch if empty.
        """
        with self._lock:
            repository = self._known(name)
            git = self._site.git(name)
            sha = git.resolve(onto or repository.default_branch)
            if sha is None:
                raise StandInError(f"{name} has no {onto}")
            git.point({f"refs/tags/{tag}": sha})
            return sha

    def open_pulls(self, name: str, proposals: Sequence[Proposal]) -> list[Pull]:
        """Open pull requests, however many, with a handful of git processes."""
        with self._lock:
            repository = self._known(name)
            heads = self._heads(repository, proposals)
            last = sum(pull.repository == name for pull in self._site.store.pulls.all())
            git = self._site.git(name)
            opened = [
                self._site.store.pulls.put(self._opened(repository, number, proposal, sha))
                for number, (proposal, sha) in enumerate(zip(proposals, heads, strict=True), start=last + 1)
            ]
            for pull in opened:
                if pull.from_fork:
                    git.fetch(self._site.git(pull.head_repository), pull.head_sha, _head_ref(pull))
            git.point({_head_ref(pull): pull.head_sha for pull in opened if not pull.from_fork})
            if not self._site.store.options.mergeable_null_reads:
                merges.compute(self._site, opened)
            for proposal, pull in zip(proposals, opened, strict=True):
                if proposal.files:
                    source = self._known(pull.head_repository)
                    self._send_push(source, pull.head_ref, None, pull.head_sha, pull.author, forced=False)
                # What an event shows of a merge is what was known before it.
                payloads.pull_request(self._site, pull, "opened")
            return opened

    def close_pull(self, name: str, number: int) -> None:
        """Close a pull request without merging it."""
        with self._lock:
            pull = self._pull(name, number, state="open")
            closed = self._change(replace(pull, state="closed", closed_at=now()))
            payloads.pull_request(self._site, closed, "closed")

    def reopen_pull(self, name: str, number: int) -> None:
        """Open a closed pull request again, with what its branch holds now."""
        with self._lock:
            pull = self._pull(name, number, state="closed")
            head = self._tip(self._site.git(pull.head_repository), pull.head_ref)
            moved = self._with_head(replace(pull, state="open", closed_at=None), head)
            payloads.pull_request(self._site, self._change(moved), "reopened")

    def ready_pull(self, name: str, number: int) -> None:
        """Mark a draft as ready for review."""
        with self._lock:
            pull = self._pull(name, number, state="open")
            if not pull.draft:
                raise StandInError(f"{pull.key} is not a draft")
            payloads.pull_request(self._site, self._change(replace(pull, draft=False)), "ready_for_review")

    def edit_pull(self, name: str, number: int, *, title: str | None, base: str | None) -> None:
        """Give a pull request another title or another base branch."""
        with self._lock:
            pull = self._pull(name, number, state="open")
            edited = pull
            changes: dict[str, Json] = {}
            if title is not None:
                changes["title"] = {"from": pull.title}
                edited = replace(edited, title=title)
            if base is not None:
                changes["base"] = {"ref": {"from": pull.base_ref}, "sha": {"from": pull.base_sha}}
                edited = self._with_head(replace(edited, base_ref=base), pull.head_sha)
            payloads.pull_request(self._site, self._change(edited), "edited", changes=changes)

    def label_pull(self, name: str, number: int, *, label: str, user: str) -> None:
        """Put a label on a pull request."""
        with self._lock:
            pull = self._pull(name, number, state="open")
            if label in pull.labels:
                return
            labeled = self._change(replace(pull, labels=(*pull.labels, label)))
            self._send_label(labeled, "labeled", label, user)

    def unlabel_pull(self, name: str, number: int, *, label: str, user: str) -> None:
        """Take a label off a pull request."""
        with self._lock:
            pull = self._pull(name, number, state="open")
            if label not in pull.labels:
                raise StandInError(f"{pull.key} has no label {label}")
            left = tuple(each for each in pull.labels if each != label)
            self._send_label(self._change(replace(pull, labels=left)), "unlabeled", label, user)

    def review_pull(self, name: str, number: int, *, user: str, state: str) -> int:
        """Review the head of a pull request; returns the review's id."""
        if state not in ("APPROVED", "CHANGES_REQUESTED", "COMMENTED"):
            raise StandInError(f"{state} is no state of a new review")
        with self._lock:
            pull = self._pull(name, number, state="open")
            if user == pull.author and state != "COMMENTED":
                raise StandInError("Can not approve your own pull request")
            given = Review(self._site.store.reviews.next_id(), pull.key, user, state, pull.head_sha, body="Seen.")
            payloads.review(self._site, pull, self._site.store.reviews.put(given), "submitted", user)
            return given.id

    def dismiss_review(self, name: str, number: int, *, review: int, user: str) -> None:
        """Dismiss a review: it stays, and counts no more."""
        with self._lock:
            pull = self._pull(name, number, state="open")
            given = self._site.store.reviews.get(str(review))
            if given is None or given.pull != pull.key:
                raise StandInError(f"{pull.key} has no review {review}")
            dismissed = self._site.store.reviews.put(replace(given, state="DISMISSED"))
            payloads.review(self._site, pull, dismissed, "dismissed", user)

    def rerequest(self, check_run: int) -> None:
        """Press "Re-run" on a check run; as GitHub says, the check run itself stays as it is."""
        run, app = self._site.store.check_runs.get(str(check_run)), self._site.store.app
        if run is None or app is None:
            raise StandInError(f"there is no check run {check_run}")
        payloads.check_run(self._site, app, run, "rerequested", AUTHOR)

    def _add_repository(
        self, name: str, default_branch: str, *, private: bool, owner_type: str, parent: str = ""
    ) -> None:
        if not _NAME.fullmatch(name):
            raise StandInError(f"{name!r} is not owner/name")
        if self._site.store.repositories.get(name):
            raise StandInError(f"{name} exists already")
        number = self._site.store.repositories.next_id()
        self._site.store.repositories.put(Repository(number, name, default_branch, private, owner_type, parent))

    def _heads(self, repository: Repository, proposals: Sequence[Proposal]) -> list[str]:
        """The commit that each proposal's branch holds; branches that come with files are made, all in one go."""
        shas: dict[int, str] = {}
        for home in {proposal.head_repository or repository.name for proposal in proposals}:
            mine = [
                (place, proposal)
                for place, proposal in enumerate(proposals)
                if (proposal.head_repository or repository.name) == home
            ]
            git = self._site.git(self._known(home).name)
            commits = [
                NewCommit(
                    refs=(f"refs/heads/{proposal.branch}",),
                    message=proposal.title,
                    author=proposal.author,
                    parents=(self._base_tip(repository, proposal),),
                    files=proposal.files,
                )
                for _, proposal in mine
                if proposal.files
            ]
            made = iter(git.write(commits))
            for place, proposal in mine:
                shas[place] = next(made) if proposal.files else self._tip(git, proposal.branch)
        return [shas[place] for place in range(len(proposals))]

    def _opened(self, repository: Repository, number: int, proposal: Proposal, head: str) -> Pull:
        return Pull(
            id=self._site.store.pulls.next_id(),
            repository=repository.name,
            number=number,
            title=proposal.title,
            body=proposal.body,
            author=proposal.author,
            head_repository=proposal.head_repository or repository.name,
            head_ref=proposal.branch,
            head_sha=head,
            base_ref=proposal.base or repository.default_branch,
            base_sha=self._base_tip(repository, proposal),
            draft=proposal.draft,
            labels=proposal.labels,
            null_reads=self._site.store.options.mergeable_null_reads,
        )

    def _base_tip(self, repository: Repository, proposal: Proposal) -> str:
        return self._tip(self._site.git(repository.name), proposal.base or repository.default_branch)

    def _pushed(
        self, repository: Repository, branch: str, before: str | None, after: str, sender: str, *, forced: bool
    ) -> None:
        """Tell everybody of a push, and bring the pull requests from and into the branch up to date."""
        repository = self._site.store.repositories.put(replace(repository, pushed_at=now()))
        self._send_push(repository, branch, before, after, sender, forced=forced)
        for pull in self._site.store.pulls.all():
            if pull.state != "open":
                continue
            if (pull.head_repository, pull.head_ref) == (repository.name, branch):
                moved = self._change(self._with_head(pull, after))
                payloads.pull_request(self._site, moved, "synchronize", before=pull.head_sha, after=after)
            elif (pull.repository, pull.base_ref) == (repository.name, branch):
                self._change(replace(pull, null_reads=self._site.store.options.mergeable_null_reads))

    def _send_label(self, pull: Pull, action: str, label: str, user: str) -> None:
        shown = pulls.label(self._site.base, pull.repository, label)
        payloads.pull_request(self._site, pull, action, sender=user, label=shown)

    def _send_push(
        self, repository: Repository, branch: str, before: str | None, after: str, sender: str, *, forced: bool
    ) -> None:
        commit = self._site.git(repository.name).commit(after)
        assert commit is not None, after
        ref = f"refs/heads/{branch}"
        payloads.push(self._site, repository, ref, before, [commit], sender, forced=forced)

    def _with_head(self, pull: Pull, head: str) -> Pull:
        """The pull request with a head and with what its base branch holds now."""
        git = self._site.git(pull.repository)
        if pull.from_fork:
            git.fetch(self._site.git(pull.head_repository), head, _head_ref(pull))
        else:
            git.point({_head_ref(pull): head})
        null_reads = self._site.store.options.mergeable_null_reads
        return replace(pull, head_sha=head, base_sha=self._tip(git, pull.base_ref), null_reads=null_reads)

    def _change(self, pull: Pull) -> Pull:
        """Keep a changed pull request; what a reader computed of its merge meanwhile is kept, too."""
        changed = replace(pull, updated_at=now())
        return self._site.store.pulls.update(
            pull.key,
            lambda current: replace(
                changed, merge_of=current.merge_of, merge_sha=current.merge_sha, mergeable=current.mergeable
            ),
        )

    def _pull(self, name: str, number: int, *, state: str) -> Pull:
        pull = self._site.store.pulls.get(f"{name}#{number}")
        if pull is None or pull.state != state:
            raise StandInError(f"there is no {state} pull request {name}#{number}")
        return pull

    def _known(self, name: str) -> Repository:
        repository = self._site.store.repositories.get(name)
        if repository is None:
            raise StandInError(f"there is no repository {name}")
        return repository

    def _tip(self, git: Git, branch: str) -> str:
        sha = git.ref(f"refs/heads/{branch}")
        if sha is None:
            raise StandInError(f"{git.directory.stem} has no branch {branch}")
        return sha


def _head_ref(pull: Pull) -> str:
    return f"refs/pull/{pull.number}/head"
