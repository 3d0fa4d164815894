"""Pull requests, opened, changed and merged."""

from __future__ import annotations

from local.github import merges, payloads
from local.github.api.call import Answer, Call, Route
from local.github.api.pulls import found_pull
from local.github.errors import ApiError, failed, wrong
from local.github.issues import MAX_BODY, MAX_TITLE
from local.github.model import Pull, StandInError
from local.github.pulls import Proposal, Pulls
from local.github.shapes import pulls

_NEEDS = {"pull_requests": "write"}


def _create(call: Call) -> Answer:
    git, name = call.site.git(call.repository.name), call.repository.name
    title = call.text("title", resource="PullRequest", most=MAX_TITLE, required=True)
    body = call.text("body", resource="PullRequest", most=MAX_BODY)
    head, base = str(call.body.get("head") or ""), str(call.body.get("base") or "")
    branch = head.removeprefix(f"{call.repository.owner}:")
    with call.site.lock:
        tips = {field: git.ref(f"refs/heads/{ref}") for field, ref in (("head", branch), ("base", base))}
        for field, tip in tips.items():
            if tip is None:
                raise wrong("PullRequest", field, "invalid")
        for pull in call.site.store.pulls.all():
            same = (name, name, branch, base, "open")
            if (pull.repository, pull.head_repository, pull.head_ref, pull.base_ref, pull.state) == same:
                said = f"A pull request already exists for {call.repository.owner}:{branch}."
                raise ApiError(
                    422,
                    "Validation Failed",
                    errors=[{"resource": "PullRequest", "code": "custom", "message": said}],
                )
        if not git.count(str(tips["base"]), str(tips["head"])):
            raise failed("PullRequest", "head", f"No commits between {base} and {branch}")
        proposal = Proposal(
            branch, title or "", base, body or "", draft=call.body.get("draft") is True, author=call.user
        )
        (opened,) = Pulls(call.site).open_pulls(name, [proposal])
    return Answer(_shown(call, opened), 201)


def _update(call: Call) -> Answer:
    title = call.text("title", resource="PullRequest", most=MAX_TITLE)
    body = call.text("body", resource="PullRequest", most=MAX_BODY)
    base = call.text("base", resource="PullRequest", most=MAX_TITLE)
    state = call.body.get("state")
    if state not in (None, "open", "closed"):
        raise wrong("PullRequest", "state", "invalid")
    with call.site.lock:
        pull, git = found_pull(call), call.site.git(call.repository.name)
        if base is not None and git.ref(f"refs/heads/{base}") is None:
            raise wrong("PullRequest", "base", "invalid")
        if state == "open" and pull.merged:
            raise wrong("PullRequest", "state", "invalid")
        doer, where = Pulls(call.site), (pull.repository, pull.number)
        if pull.state == "closed" and state == "open":
            doer.reopen_pull(*where, user=call.user)
        doer.edit_pull(*where, title=title, body=body, base=base, user=call.user)
        if pull.state == "open" and state == "closed":
            doer.close_pull(*where, user=call.user)
        return Answer(_shown(call, found_pull(call)))


def _merge(call: Call) -> Answer:
    with call.site.lock:
        pull = found_pull(call)
        sha, method = call.body.get("sha"), call.body.get("merge_method", "merge")
        if method not in ("merge", "squash", "rebase"):
            raise wrong("PullRequest", "merge_method", "invalid")
        if pull.state == "closed":
            raise _unmergeable("Pull Request is not mergeable")
        if pull.draft:
            raise _unmergeable("Pull Request is still a draft")
        if sha is not None and sha != pull.head_sha:
            raise ApiError(409, "Head branch was modified. Review and try the merge again.")
        reason = _blocked(call, pull)
        if reason:
            raise _unmergeable(reason)
        pull, mergeable = merges.read(call.site, pull)
        if mergeable is not True:
            raise _unmergeable("Pull Request is not mergeable")
        try:
            made = Pulls(call.site).merge_pull(
                pull.repository, pull.number, user=call.user, method=str(method), message=_message(call)
            )
        except StandInError as err:
            raise _unmergeable(str(err)) from err
    return Answer({"sha": made, "merged": True, "message": "Pull Request successfully merged"})


def _message(call: Call) -> str:
    title, text = call.body.get("commit_title"), call.body.get("commit_message")
    return f"{title}\n\n{text or ''}".strip() if title else ""


def _blocked(call: Call, pull: Pull) -> str:
    """What a branch protection has against it: the checks that it requires and that have not passed."""
    passed = {
        run.name
        for run in call.site.store.check_runs.all()
        if (run.repository, run.head_sha) == (pull.repository, pull.head_sha)
        and run.conclusion in ("success", "neutral", "skipped")
    }
    missing = [name for name in call.repository.required_checks if name not in passed]
    return f'Required status check "{missing[0]}" is expected.' if missing else ""


def _unmergeable(reason: str) -> ApiError:
    return ApiError(405, reason)


def _shown(call: Call, pull: Pull) -> dict[str, object]:
    site = call.site
    source = site.repository(pull.head_repository)
    changes = payloads.changes(site, pull)
    mergeable = pull.mergeable if pull.state == "open" and merges.is_current(site, pull) else None
    return pulls.pull_request(site.base, pull, call.repository, source, changes, mergeable=mergeable)


_PULL = "/repos/{owner}/{repo}/pulls/{pull_number}"
ROUTES = (
    Route("POST", "/repos/{owner}/{repo}/pulls", _create, _NEEDS),
    Route("PATCH", _PULL, _update, _NEEDS),
    Route("PUT", f"{_PULL}/merge", _merge, {"contents": "write"}),
)
