"""Repositories."""

from __future__ import annotations

from local.github.model import Json, Repository
from local.github.shapes.accounts import account, node_id

_LINKS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}


def url_of(base: str, name: str) -> str:
    """API address of a repository (`owner/name`)."""
    return f"{base}/repos/{name}"


def minimal(base: str, repository: Repository) -> Json:
    """A `minimal-repository`."""
    url = url_of(base, repository.name)
    return {
        "id": repository.id,
        "node_id": node_id("Repository", repository.id),
        "name": repository.short_name,
        "full_name": repository.name,
        "private": repository.private,
        "owner": account(base, repository.owner, repository.owner_type),
        "html_url": f"{base}/{repository.name}",
        "description": None,
        "fork": bool(repository.parent),
        "url": url,
        **{name: url + path for name, path in _LINKS.items()},
    }


def repository(base: str, repository: Repository) -> Json:
    """A `repository`."""
    host = base.partition("://")[2]
    return {
        **minimal(base, repository),
        "created_at": repository.created_at,
        "updated_at": repository.pushed_at,
        "pushed_at": repository.pushed_at,
        "git_url": f"git://{host}/{repository.name}.git",
        "ssh_url": f"git@{host}:{repository.name}.git",
        "clone_url": f"{base}/{repository.name}.git",
        "svn_url": f"{base}/{repository.name}",
        "mirror_url": None,
        "homepage": None,
        "size": 0,
        "stargazers_count": 0,
        "watchers_count": 0,
        "language": None,
        "has_issues": True,
        "has_projects": True,
        "has_downloads": True,
        "has_wiki": True,
        "has_pages": False,
        "has_discussions": False,
        "forks_count": 0,
        "archived": False,
        "disabled": False,
        "open_issues_count": 0,
        "license": None,
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": [],
        "visibility": "private" if repository.private else "public",
        "forks": 0,
        "open_issues": 0,
        "watchers": 0,
        "default_branch": repository.default_branch,
    }


def full(base: str, found: Repository, parent: Repository | None) -> Json:
    """A `full-repository`."""
    shown = {
        **repository(base, found),
        "permissions": {"admin": False, "maintain": False, "push": False, "triage": False, "pull": True},
        "subscribers_count": 0,
        "network_count": 0,
        "custom_properties": {},
    }
    if found.owner_type == "Organization":
        shown["organization"] = account(base, found.owner, "Organization")
    if parent is not None:
        shown["parent"] = shown["source"] = repository(base, parent)
    return shown


def hooked(base: str, found: Repository) -> Json:
    """A repository as webhook payloads have it."""
    return {**repository(base, found), "custom_properties": {}}


def pushed(base: str, found: Repository, epochs: tuple[int, int]) -> Json:
    """A repository as `push` payloads have it, with creation and last push as epoch seconds."""
    created_at, pushed_at = epochs
    shown = {
        **hooked(base, found),
        "url": f"{base}/{found.name}",
        "created_at": created_at,
        "pushed_at": pushed_at,
        "stargazers": 0,
        "master_branch": found.default_branch,
    }
    email = f"{found.owner}@users.noreply.github.com"
    shown["owner"] = {"name": found.owner, "email": email, **shown["owner"]}
    if found.owner_type == "Organization":
        shown["organization"] = found.owner
    return shown
