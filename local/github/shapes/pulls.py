"""Pull requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from local.github.diff import FileDiff
from local.github.ids import account_id
from local.github.model import Json, Pull, Repository
from local.github.shapes.accounts import account, association, node_id
from local.github.shapes.repositories import repository, url_of


@dataclass(frozen=True)
class Changes:
    """What a pull request would bring into its base."""

    commits: int
    files: Sequence[FileDiff]


def simple(base: str, pull: Pull, target: Repository, source: Repository) -> Json:
    """A `pull-request-simple`, as lists have it."""
    url = f"{url_of(base, pull.repository)}/pulls/{pull.number}"
    issue = f"{url_of(base, pull.repository)}/issues/{pull.number}"
    html = f"{base}/{pull.repository}/pull/{pull.number}"
    review_comment = f"{url_of(base, pull.repository)}/pulls/comments{{/number}}"
    statuses = f"{url_of(base, pull.repository)}/statuses/{pull.head_sha}"
    links = {
        "self": url,
        "html": html,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": review_comment,
        "commits": f"{url}/commits",
        "statuses": statuses,
    }
    return {
        "url": url,
        "id": pull.id,
        "node_id": node_id("PullRequest", pull.id),
        "html_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "issue_url": issue,
        "number": pull.number,
        "state": pull.state,
        "locked": False,
        "title": pull.title,
        "user": account(base, pull.author),
        "body": pull.body,
        "created_at": pull.created_at,
        "updated_at": pull.updated_at,
        "closed_at": pull.closed_at,
        "merged_at": pull.merged_at,
        "merge_commit_sha": pull.merge_sha,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "labels": [label(base, pull.repository, name) for name in pull.labels],
        "milestone": None,
        "draft": pull.draft,
        "commits_url": f"{url}/commits",
        "review_comments_url": f"{url}/comments",
        "review_comment_url": review_comment,
        "comments_url": f"{issue}/comments",
        "statuses_url": statuses,
        "head": _end(base, source, pull.head_ref, pull.head_sha),
        "base": _end(base, target, pull.base_ref, pull.base_sha),
        "_links": {name: {"href": link} for name, link in links.items()},
        "author_association": "CONTRIBUTOR" if pull.from_fork else association(pull.author),
        "auto_merge": None,
        "active_lock_reason": None,
    }


def pull_request(
    base: str, pull: Pull, target: Repository, source: Repository, changes: Changes, *, mergeable: bool | None
) -> Json:
    """A `pull-request`."""
    states = {None: "unknown", False: "dirty", True: "draft" if pull.draft else "clean"}
    return {
        **simple(base, pull, target, source),
        "merged": pull.merged,
        "mergeable": mergeable,
        "rebaseable": mergeable,
        "mergeable_state": states[mergeable],
        "merged_by": account(base, pull.merged_by) if pull.merged_by else None,
        "comments": 0,
        "review_comments": 0,
        "maintainer_can_modify": pull.from_fork,
        "commits": changes.commits,
        "additions": sum(file.additions for file in changes.files),
        "deletions": sum(file.deletions for file in changes.files),
        "changed_files": len(changes.files),
    }


def minimal(base: str, pull: Pull, target: Repository, source: Repository) -> Json:
    """A `pull-request-minimal`, as check runs have it."""
    return {
        "url": f"{url_of(base, pull.repository)}/pulls/{pull.number}",
        "id": pull.id,
        "number": pull.number,
        "head": _minimal_end(base, source, pull.head_ref, pull.head_sha),
        "base": _minimal_end(base, target, pull.base_ref, pull.base_sha),
    }


def _end(base: str, of: Repository, ref: str, sha: str) -> Json:
    return {
        "label": f"{of.owner}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": account(base, of.owner, of.owner_type),
        "repo": repository(base, of),
    }


def _minimal_end(base: str, of: Repository, ref: str, sha: str) -> Json:
    return {
        "ref": ref,
        "sha": sha,
        "repo": {"id": of.id, "url": url_of(base, of.name), "name": of.short_name},
    }


def label(base: str, repository_name: str, name: str) -> Json:
    """A `label` of a repository."""
    number = account_id(name)
    return {
        "id": number,
        "node_id": node_id("Label", number),
        "url": f"{url_of(base, repository_name)}/labels/{name}",
        "name": name,
        "color": "ededed",
        "default": False,
        "description": "",
    }
