"""Would-be merges, as GitHub computes them for open pull requests: by real merges, kept at `refs/pull/N/merge`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from local.github.git import Git, NewCommit
from local.github.model import Pull
from local.github.site import Site


def read(site: Site, pull: Pull) -> tuple[Pull, bool | None]:
    """A pull request and whether it is mergeable, as a reader gets them.

    As with GitHub, the answer after a push may be "not known yet" (`Options.mergeable_null_reads`), with the merge
    commit of before; with conflicts the merge commit of before stays, too.
    """
    if pull.state != "open":
        return pull, None
    if is_current(site, pull):
        return pull, pull.mergeable
    if pull.null_reads > 0:
        return site.store.pulls.update(pull.key, lambda now: replace(now, null_reads=now.null_reads - 1)), None
    with site.git(pull.repository).lock:
        current = site.store.pulls.get(pull.key)
        assert current is not None
        # Somebody else may have computed it while this one waited; a second merge would be another commit.
        if not is_current(site, current):
            (current,) = compute(site, [current])
    return current, current.mergeable


def is_current(site: Site, pull: Pull) -> bool:
    """True if the merge was computed for the branches as they are."""
    return pull.merge_of == (_tip(site.git(pull.repository), pull), pull.head_sha)


def compute(site: Site, pulls: Sequence[Pull]) -> list[Pull]:
    """Merge pull requests of one repository into their bases, all commits in one go."""
    git = site.git(pulls[0].repository)
    with git.lock:
        tips = [_tip(git, pull) for pull in pulls]
        trees = [git.merge_tree(tip, pull.head_sha) for tip, pull in zip(tips, pulls, strict=True)]
        commits = [
            NewCommit(
                refs=(f"refs/pull/{pull.number}/merge",),
                message=f"Merge {pull.head_sha} into {tip}",
                author=pull.author,
                parents=(tip, pull.head_sha),
                tree=tree,
            )
            for tip, tree, pull in zip(tips, trees, pulls, strict=True)
            if tree is not None
        ]
        shas = iter(git.write(commits))
        return [
            _keep(site, pull, tip, None if tree is None else next(shas))
            for tip, tree, pull in zip(tips, trees, pulls, strict=True)
        ]


def _keep(site: Site, pull: Pull, tip: str, sha: str | None) -> Pull:
    def merged(current: Pull) -> Pull:
        return replace(
            current,
            merge_of=(tip, pull.head_sha),
            merge_sha=sha or current.merge_sha,
            mergeable=sha is not None,
            null_reads=0,
        )

    return site.store.pulls.update(pull.key, merged)


def _tip(git: Git, pull: Pull) -> str:
    """Where the base branch is now; it cannot be deleted."""
    tip = git.ref(f"refs/heads/{pull.base_ref}")
    assert tip is not None, pull.base_ref
    return tip
