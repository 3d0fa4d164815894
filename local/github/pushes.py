"""What follows from a push: open pull requests move with their heads, and everybody hears of it."""

from __future__ import annotations

from dataclasses import replace

from local.github import payloads
from local.github.git import Git
from local.github.model import Pull, Repository, StandInError, now
from local.github.site import Site


def pushed(
    site: Site, repository: Repository, branch: str, before: str | None, after: str, sender: str, *, forced: bool
) -> None:
    """Tell everybody of a push, and bring the pull requests from and into the branch up to date."""
    repository = site.store.repositories.put(replace(repository, pushed_at=now()))
    send_push(site, repository, branch, before, after, sender, forced=forced)
    for pull in site.store.pulls.all():
        if pull.state != "open":
            continue
        if (pull.head_repository, pull.head_ref) == (repository.name, branch):
            moved = change(site, with_head(site, pull, after))
            payloads.pull_request(site, moved, "synchronize", before=pull.head_sha, after=after)
        elif (pull.repository, pull.base_ref) == (repository.name, branch):
            change(site, replace(pull, null_reads=site.store.options.mergeable_null_reads))


def deleted(site: Site, repository: Repository, branch: str, before: str, sender: str) -> None:
    """A branch was deleted: its open pull requests are closed."""
    payloads.push_of_nothing(site, repository, f"refs/heads/{branch}", before, sender)
    for pull in site.store.pulls.all():
        if pull.state == "open" and (pull.head_repository, pull.head_ref) == (repository.name, branch):
            closed = change(site, replace(pull, state="closed", closed_at=now()))
            payloads.pull_request(site, closed, "closed", sender=sender)


def send_push(
    site: Site, repository: Repository, branch: str, before: str | None, after: str, sender: str, *, forced: bool
) -> None:
    """Send the `push` event of a branch that has moved or was made."""
    commit = site.git(repository.name).commit(after)
    assert commit is not None, after
    ref = f"refs/heads/{branch}"
    payloads.push(site, repository, ref, before, [commit], sender, forced=forced)


def with_head(site: Site, pull: Pull, head: str) -> Pull:
    """The pull request with a head and with what its base branch holds now."""
    git = site.git(pull.repository)
    if pull.from_fork:
        git.fetch(site.git(pull.head_repository), head, head_ref(pull))
    else:
        git.point({head_ref(pull): head})
    null_reads = site.store.options.mergeable_null_reads
    return replace(pull, head_sha=head, base_sha=tip_of(git, pull.base_ref), null_reads=null_reads)


def change(site: Site, pull: Pull) -> Pull:
    """Keep a changed pull request; what a reader computed of its merge meanwhile is kept, too."""
    changed = replace(pull, updated_at=now())
    return site.store.pulls.update(
        pull.key,
        lambda current: replace(
            changed, merge_of=current.merge_of, merge_sha=current.merge_sha, mergeable=current.mergeable
        ),
    )


def tip_of(git: Git, branch: str) -> str:
    """Where a branch is.

    Raises:
        StandInError: there is none of that name.
    """
    sha = git.ref(f"refs/heads/{branch}")
    if sha is None:
        raise StandInError(f"{git.directory.stem} has no branch {branch}")
    return sha


def head_ref(pull: Pull) -> str:
    """The ref that a pull request's head is kept at."""
    return f"refs/pull/{pull.number}/head"


def known(site: Site, name: str) -> Repository:
    """A repository that people name.

    Raises:
        StandInError: there is none.
    """
    repository = site.store.repositories.get(name)
    if repository is None:
        raise StandInError(f"there is no repository {name}")
    return repository
