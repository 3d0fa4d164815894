"""Webhook payloads: what is particular to an event; `Site.emit` adds what all of them have."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from local.github.git import Commit
from local.github.hooks import HOOK_ID
from local.github.model import App, CheckRun, Comment, Issue, Json, Pull, Repository, Review
from local.github.shapes import accounts, checks, issues, pulls, repositories, reviews
from local.github.shapes.commits import at
from local.github.site import Site

_NOTHING = "0" * 40
"""What a branch held before it was made."""


def changes(site: Site, pull: Pull) -> pulls.Changes:
    """What a pull request would bring: its commits and files since it left the base."""
    git = site.git(pull.repository)
    start = git.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    return pulls.Changes(git.count(start, pull.head_sha), git.diff(start, pull.head_sha))


def pull_request(site: Site, pull: Pull, action: str, *, sender: str = "", **more: Any) -> None:
    """Send a `pull_request` event; the author's doing unless somebody is named."""
    target, source = site.repository(pull.repository), site.repository(pull.head_repository)
    # GitHub sends before it has merged, so mergeability is never known here.
    shown = pulls.pull_request(site.base, pull, target, source, changes(site, pull), mergeable=None)
    payload = {"action": action, "number": pull.number, "pull_request": shown, **more}
    site.emit("pull_request", payload, target, sender or pull.author, repositories.hooked(site.base, target))


def review(site: Site, pull: Pull, found: Review, action: str, sender: str) -> None:
    """Send a `pull_request_review` event."""
    target, source = site.repository(pull.repository), site.repository(pull.head_repository)
    shown = pulls.simple(site.base, pull, target, source)
    payload = {"action": action, "review": reviews.hooked(site.base, found, pull), "pull_request": shown}
    site.emit("pull_request_review", payload, target, sender, repositories.hooked(site.base, target))


def issue(site: Site, found: Issue, action: str, sender: str, **more: Json) -> None:
    """Send an `issues` event."""
    repository = site.repository(found.repository)
    payload = {"action": action, "issue": issues.hooked(shown_issue(site, found)), **more}
    site.emit("issues", payload, repository, sender, repositories.hooked(site.base, repository))


def issue_label(site: Site, found: Issue, label: str, sender: str) -> None:
    """Send the `issues` event of a label that was put there."""
    issue(site, found, "labeled", sender, label=pulls.label(site.base, found.repository, label))


def comment(site: Site, found: Comment, action: str, sender: str, **more: Json) -> None:
    """Send an `issue_comment` event."""
    repository = site.repository(found.repository)
    key = f"{found.repository}#{found.number}"
    about = site.store.issues.get(key) or site.store.pulls.get(key)
    assert about is not None, key
    shown = shown_issue(site, about) if isinstance(about, Issue) else shown_pull_issue(site, about)
    said = issues.hooked(shown_comment(site, found))
    payload = {"action": action, "issue": issues.hooked(shown), "comment": said, **more}
    site.emit("issue_comment", payload, repository, sender, repositories.hooked(site.base, repository))


def shown_issue(site: Site, found: Issue) -> Json:
    """An `issue`."""
    return issues.issue(site.base, found, _comments(site, found.key))


def shown_pull_issue(site: Site, pull: Pull) -> Json:
    """A pull request as an `issue`."""
    return issues.of_pull(site.base, pull, _comments(site, pull.key))


def shown_comment(site: Site, found: Comment) -> Json:
    """An `issue-comment`."""
    return issues.comment(site.base, found, _app_of(site, found.author, found.repository))


def _comments(site: Site, key: str) -> int:
    return sum(f"{each.repository}#{each.number}" == key for each in site.store.comments.all())


def _app_of(site: Site, login: str, repository: str) -> Json | None:
    """The App that acts under a login, if it is the one that there is."""
    app, installation = site.store.app, site.installation_on(repository)
    if app is None or login != bot(app):
        return None
    return accounts.app(site.base, app, installation.permissions if installation else {})


def shown_check_run(site: Site, app: App, run: CheckRun) -> Json:
    """A `check-run` with the pull requests that it shows up on."""
    installation = site.installation_on(run.repository)
    shown_app = accounts.app(site.base, app, installation.permissions if installation else {})
    found = site.pulls_with_head(run.repository, run.head_sha)
    target = site.repository(run.repository)
    return checks.check_run(
        site.base, run, shown_app, [pulls.minimal(site.base, pull, target, target) for pull in found]
    )


def check_run(site: Site, app: App, run: CheckRun, action: str, sender: str) -> None:
    """Send a `check_run` event."""
    repository = site.repository(run.repository)
    heads = site.pulls_with_head(run.repository, run.head_sha)
    branch = heads[0].head_ref if heads else None
    shown = checks.hooked(shown_check_run(site, app, run), site.base, run, branch)
    payload = {"action": action, "check_run": shown}
    site.emit("check_run", payload, repository, sender, repositories.hooked(site.base, repository))


def push(
    site: Site,
    repository: Repository,
    ref: str,
    before: str | None,
    commits: Sequence[Commit],
    sender: str,
    *,
    forced: bool,
) -> None:
    """Send a `push` event; the last of `commits` is where `ref` is now."""
    after = commits[-1].sha
    shown = [_pushed_commit(site, repository, commit) for commit in commits]
    _send_push(
        site,
        repository,
        sender,
        {
            "ref": ref,
            "before": before or _NOTHING,
            "after": after,
            "created": before is None,
            "deleted": False,
            "forced": forced,
            "commits": shown,
            "head_commit": shown[-1],
        },
    )


def push_of_nothing(site: Site, repository: Repository, ref: str, before: str, sender: str) -> None:
    """Send the `push` event of a ref that was deleted."""
    _send_push(
        site,
        repository,
        sender,
        {
            "ref": ref,
            "before": before,
            "after": _NOTHING,
            "created": False,
            "deleted": True,
            "forced": False,
            "commits": [],
            "head_commit": None,
        },
    )


def _send_push(site: Site, repository: Repository, sender: str, about: Json) -> None:
    payload = {
        **about,
        "base_ref": None,
        "compare": f"{site.base}/{repository.name}/compare/{about['before'][:12]}...{about['after'][:12]}",
        "pusher": {"name": sender, "email": f"{sender}@users.noreply.github.com"},
    }
    epochs = _epoch(repository.created_at), _epoch(repository.pushed_at)
    site.emit("push", payload, repository, sender, repositories.pushed(site.base, repository, epochs))


def bot(app: App) -> str:
    """The login under which an App acts."""
    return f"{app.slug}[bot]"


def ping(site: Site, app: App) -> None:
    """Send a `ping` event, as GitHub does when a webhook is set up."""
    options = site.store.options
    hook = {
        "type": "App",
        "id": HOOK_ID,
        "name": "web",
        "active": True,
        "events": accounts.event_names(app),
        "config": {"content_type": "json", "insecure_ssl": "0", "secret": "********", "url": options.webhook_url},
        "updated_at": app.created_at,
        "created_at": app.created_at,
        "app_id": app.id,
        "deliveries_url": f"{site.base}/app/hook/deliveries",
    }
    payload = {"zen": "Keep it logically awesome.", "hook_id": HOOK_ID, "hook": hook}
    site.hooks.send("ping", payload, installation=0, repository=None)


def _pushed_commit(site: Site, repository: Repository, commit: Commit) -> Json:
    person = {"name": commit.author.name, "email": commit.author.email, "username": commit.author.name}
    git = site.git(repository.name)
    files = git.diff(commit.parents[0], commit.sha) if commit.parents else ()
    return {
        "id": commit.sha,
        "tree_id": commit.tree,
        "distinct": True,
        "message": commit.message,
        "timestamp": at(commit.committer.time),
        "url": f"{site.base}/{repository.name}/commit/{commit.sha}",
        "author": person,
        "committer": person,
        "added": [file.filename for file in files if file.status == "added"],
        "removed": [file.filename for file in files if file.status == "removed"],
        "modified": [file.filename for file in files if file.status not in ("added", "removed")],
    }


def _epoch(time: str) -> int:
    return int(datetime.fromisoformat(time).timestamp())
