"""What is done to pull requests, by people on the web and by Apps through the API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from local.github import merges, payloads, pushes
from local.github.git import NewCommit
from local.github.model import Json, Pull, Repository, Review, StandInError, now
from local.github.people import AUTHOR, Files
from local.github.shapes import pulls
from local.github.site import Site


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


class Pulls:
    """The pull requests of a stand-in; one change at a time."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def open_pulls(self, name: str, proposals: Sequence[Proposal]) -> list[Pull]:
        """Open pull requests, however many, with a handful of git processes."""
        with self._site.lock:
            repository = pushes.known(self._site, name)
            heads = self._heads(repository, proposals)
            first = self._site.next_number(name)
            git = self._site.git(name)
            opened = [
                self._site.store.pulls.put(self._opened(repository, number, proposal, sha))
                for number, (proposal, sha) in enumerate(zip(proposals, heads, strict=True), start=first)
            ]
            for pull in opened:
                if pull.from_fork:
                    git.fetch(self._site.git(pull.head_repository), pull.head_sha, pushes.head_ref(pull))
            git.point({pushes.head_ref(pull): pull.head_sha for pull in opened if not pull.from_fork})
            if not self._site.store.options.mergeable_null_reads:
                merges.compute(self._site, opened)
            for proposal, pull in zip(proposals, opened, strict=True):
                if proposal.files:
                    source = pushes.known(self._site, pull.head_repository)
                    pushes.send_push(self._site, source, pull.head_ref, None, pull.head_sha, pull.author, forced=False)
                # What an event shows of a merge is what was known before it.
                payloads.pull_request(self._site, pull, "opened")
            return opened

    def close_pull(self, name: str, number: int, *, user: str = "") -> Pull:
        """Close a pull request without merging it."""
        with self._site.lock:
            pull = self._pull(name, number, state="open")
            closed = pushes.change(self._site, replace(pull, state="closed", closed_at=now()))
            payloads.pull_request(self._site, closed, "closed", sender=user)
            return closed

    def merge_pull(self, name: str, number: int, *, user: str, method: str, message: str = "") -> str:
        """Merge a pull request; returns the commit that its base branch gets.

        Args:
            name: of the repository.
            number: of the pull request.
            user: who does it.
            method: `merge` or `squash`; there is no rebasing here.
            message: of the commit; GitHub's own if empty.
        """
        if method not in ("merge", "squash"):
            raise StandInError(f"the stand-in knows no method {method}")
        with self._site.lock:
            pull = self._pull(name, number, state="open")
            git, repository = self._site.git(name), pushes.known(self._site, name)
            tip = pushes.tip_of(git, pull.base_ref)
            tree = git.merge_tree(tip, pull.head_sha)
            if pull.draft or tree is None:
                raise StandInError(f"{pull.key} cannot be merged: it {'is a draft' if pull.draft else 'conflicts'}")
            parents = (tip, pull.head_sha) if method == "merge" else (tip,)
            said = message or (
                f"Merge pull request #{number} from {pull.head_ref}\n\n{pull.title}"
                if method == "merge"
                else f"{pull.title} (#{number})\n\n{pull.body}"
            )
            sha = git.write_signed(tree, parents, said, user)
            git.point({f"refs/heads/{pull.base_ref}": sha})
            at = now()
            merged = replace(
                pull, state="closed", merged=True, merge_sha=sha, merged_at=at, merged_by=user, closed_at=at
            )
            # First of all, so that the push finds it closed.
            self._site.store.pulls.put(replace(merged, updated_at=at))
            pushes.pushed(self._site, repository, pull.base_ref, tip, sha, user, forced=False)
            payloads.pull_request(self._site, merged, "closed", sender=user)
            return sha

    def reopen_pull(self, name: str, number: int, *, user: str = "") -> None:
        """Open a closed pull request again, with what its branch holds now."""
        with self._site.lock:
            pull = self._pull(name, number, state="closed")
            head = pushes.tip_of(self._site.git(pull.head_repository), pull.head_ref)
            moved = pushes.with_head(self._site, replace(pull, state="open", closed_at=None), head)
            payloads.pull_request(self._site, pushes.change(self._site, moved), "reopened", sender=user)

    def ready_pull(self, name: str, number: int) -> None:
        """Mark a draft as ready for review."""
        with self._site.lock:
            pull = self._pull(name, number, state="open")
            if not pull.draft:
                raise StandInError(f"{pull.key} is not a draft")
            payloads.pull_request(self._site, pushes.change(self._site, replace(pull, draft=False)), "ready_for_review")

    def edit_pull(
        self,
        name: str,
        number: int,
        *,
        title: str | None = None,
        base: str | None = None,
        body: str | None = None,
        user: str = "",
    ) -> Pull:
        """Give a pull request another title, body or base branch."""
        with self._site.lock:
            pull = self._pull(name, number, state="open")
            edited = pull
            changes: dict[str, Json] = {}
            if title not in (None, pull.title):
                changes["title"] = {"from": pull.title}
                edited = replace(edited, title=title)
            if body not in (None, pull.body):
                changes["body"] = {"from": pull.body}
                edited = replace(edited, body=body)
            if base not in (None, pull.base_ref):
                changes["base"] = {"ref": {"from": pull.base_ref}, "sha": {"from": pull.base_sha}}
                edited = pushes.with_head(self._site, replace(edited, base_ref=base), pull.head_sha)
            if not changes:
                return pull
            edited = pushes.change(self._site, edited)
            payloads.pull_request(self._site, edited, "edited", sender=user, changes=changes)
            return edited

    def label_pull(self, name: str, number: int, *, label: str, user: str) -> None:
        """Put a label on a pull request."""
        with self._site.lock:
            pull = self._pull(name, number, state="open")
            if label in pull.labels:
                return
            labeled = pushes.change(self._site, replace(pull, labels=(*pull.labels, label)))
            self._send_label(labeled, "labeled", label, user)

    def unlabel_pull(self, name: str, number: int, *, label: str, user: str) -> None:
        """Take a label off a pull request."""
        with self._site.lock:
            pull = self._pull(name, number, state="open")
            if label not in pull.labels:
                raise StandInError(f"{pull.key} has no label {label}")
            left = tuple(each for each in pull.labels if each != label)
            self._send_label(pushes.change(self._site, replace(pull, labels=left)), "unlabeled", label, user)

    def review_pull(self, name: str, number: int, *, user: str, state: str) -> int:
        """Review the head of a pull request; returns the review's id."""
        if state not in ("APPROVED", "CHANGES_REQUESTED", "COMMENTED"):
            raise StandInError(f"{state} is no state of a new review")
        with self._site.lock:
            pull = self._pull(name, number, state="open")
            if user == pull.author and state != "COMMENTED":
                raise StandInError("Can not approve your own pull request")
            given = Review(self._site.store.reviews.next_id(), pull.key, user, state, pull.head_sha, body="Seen.")
            payloads.review(self._site, pull, self._site.store.reviews.put(given), "submitted", user)
            return given.id

    def dismiss_review(self, name: str, number: int, *, review: int, user: str) -> None:
        """Dismiss a review: it stays, and counts no more."""
        with self._site.lock:
            pull = self._pull(name, number, state="open")
            given = self._site.store.reviews.get(str(review))
            if given is None or given.pull != pull.key:
                raise StandInError(f"{pull.key} has no review {review}")
            dismissed = self._site.store.reviews.put(replace(given, state="DISMISSED"))
            payloads.review(self._site, pull, dismissed, "dismissed", user)

    def _heads(self, repository: Repository, proposals: Sequence[Proposal]) -> list[str]:
        """The commit that each proposal's branch holds; branches that come with files are made, all in one go."""
        shas: dict[int, str] = {}
        for home in {proposal.head_repository or repository.name for proposal in proposals}:
            mine = [
                (place, proposal)
                for place, proposal in enumerate(proposals)
                if (proposal.head_repository or repository.name) == home
            ]
            git = self._site.git(pushes.known(self._site, home).name)
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
                shas[place] = next(made) if proposal.files else pushes.tip_of(git, proposal.branch)
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
        return pushes.tip_of(self._site.git(repository.name), proposal.base or repository.default_branch)

    def _send_label(self, pull: Pull, action: str, label: str, user: str) -> None:
        shown = pulls.label(self._site.base, pull.repository, label)
        payloads.pull_request(self._site, pull, action, sender=user, label=shown)

    def _pull(self, name: str, number: int, *, state: str) -> Pull:
        pull = self._site.store.pulls.get(f"{name}#{number}")
        if pull is None or pull.state != state:
            raise StandInError(f"there is no {state} pull request {name}#{number}")
        return pull
