"""The stand-in's own control, under `/_stand-in/`: `local.github.control` is its client.

Every operation takes a JSON object of arguments and answers JSON; one that makes no sense is answered 400 with a text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from local.github import merges, payloads
from local.github.api.call import Answer
from local.github.deploy_keys import DeployKeys
from local.github.errors import ApiError
from local.github.faults import FaultRule
from local.github.files import decoded
from local.github.issues import Issues
from local.github.model import EVENTS, PERMISSIONS, App, Installation, Json, StandInError
from local.github.people import People
from local.github.pulls import Proposal, Pulls
from local.github.shapes import deliveries, deploy_keys, issues, pulls
from local.github.site import Site


def run(site: Site, operation: str, arguments: Mapping[str, Any]) -> Answer:
    """Carry out an operation by its name."""
    try:
        carry_out = _of(site, operation)
        return Answer({"result": carry_out(**arguments)})
    except (StandInError, TypeError) as err:
        return Answer({"error": str(err)}, 400)


def _of(site: Site, operation: str) -> Callable[..., Any]:
    if operation in _OF_PEOPLE:
        return partial(_OF_PEOPLE[operation], People(site))
    if operation in _OF_PULLS:
        return partial(_OF_PULLS[operation], Pulls(site))
    if operation in _OF_ISSUES:
        return partial(_OF_ISSUES[operation], Issues(site))
    if operation in _OF_KEYS:
        return partial(_OF_KEYS[operation], DeployKeys(site))
    if operation in _OF_SITE:
        return partial(_OF_SITE[operation], site)
    raise StandInError(f"there is no operation {operation}")


def _ready(site: Site) -> str:
    return site.base


def _register_app(site: Site, app_id: int, public_key: str, slug: str, events: list[str] | None) -> None:
    site.store.app = App(app_id, slug, public_key, tuple(EVENTS if events is None else events))


def _install(site: Site, account: str, repositories: list[str] | None, permissions: Mapping[str, str] | None) -> int:
    known = site.store.installations.get(account)
    installation = Installation(
        id=known.id if known else site.store.installations.next_id(),
        account=account,
        permissions=dict(PERMISSIONS if permissions is None else permissions),
        repositories=None if repositories is None else tuple(repositories),
    )
    return site.store.installations.put(installation).id


def _set_options(site: Site, **changes: Any) -> None:
    site.store.options = replace(site.store.options, **changes)


def _ping(site: Site) -> None:
    if site.store.app is None:
        raise StandInError("no App is registered")
    payloads.ping(site, site.store.app)


def _pull_request(site: Site, repository: str, number: int) -> Json:
    pull = site.store.pulls.get(f"{repository}#{number}")
    if pull is None:
        raise StandInError(f"there is no pull request {repository}#{number}")
    target, source = site.repository(repository), site.repository(pull.head_repository)
    mergeable = pull.mergeable if merges.is_current(site, pull) else None
    return pulls.pull_request(site.base, pull, target, source, payloads.changes(site, pull), mergeable=mergeable)


def _check_runs(site: Site, repository: str | None, head_sha: str | None) -> list[Json]:
    app = site.store.app
    return [
        {**payloads.shown_check_run(site, app, run), "annotations": list(run.annotations)}
        for run in site.store.check_runs.all()
        if app is not None and repository in (None, run.repository) and head_sha in (None, run.head_sha)
    ]


def _deliveries(site: Site) -> list[Json]:
    return [deliveries.item(each) for each in site.store.deliveries.all() if each.delivered_at is not None]


def _delivery(site: Site, delivery_id: int) -> Json:
    found = site.store.deliveries.get(str(delivery_id))
    if found is None:
        raise StandInError(f"there is no delivery {delivery_id}")
    return deliveries.full(found)


def _redeliver(site: Site, delivery_ids: list[int]) -> None:
    for number in delivery_ids:
        found = site.store.deliveries.get(str(number))
        if found is None:
            raise StandInError(f"there is no delivery {number}")
        site.hooks.redeliver(found)


def _settle(site: Site, timeout: float) -> bool:
    return site.hooks.settle(timeout)


def _set_faults(site: Site, rules: list[Json]) -> None:
    site.faults.replace([FaultRule(**rule) for rule in rules])


def _faults(site: Site) -> list[Json]:
    return [{"rule": asdict(rule), "struck": struck} for rule, struck in site.faults.counts()]


def _requests(site: Site) -> dict[str, int]:
    with site.requests_lock:
        return dict(site.requests)


def _reset_requests(site: Site) -> None:
    with site.requests_lock:
        site.requests.clear()
    site.limits.forget()


def _git_directory(site: Site, repository: str) -> str:
    return str(site.git_directory(repository))


def _create_repository(people: People, *, files: Json, **arguments: Any) -> str:
    return people.create_repository(files=decoded(files), **arguments)


def _commit(people: People, *, files: Json, **arguments: Any) -> str:
    return people.commit(files=decoded(files), **arguments)


def _open_pulls(doer: Pulls, *, repository: str, proposals: list[Json]) -> list[Json]:
    given = [
        Proposal(**{**each, "files": decoded(each["files"]), "labels": tuple(each["labels"])}) for each in proposals
    ]
    return [{"number": pull.number, "head_sha": pull.head_sha} for pull in doer.open_pulls(repository, given)]


def _close_pull(doer: Pulls, **arguments: Any) -> None:
    doer.close_pull(**arguments)


def _edit_pull(doer: Pulls, **arguments: Any) -> None:
    doer.edit_pull(**arguments)


def _open_issue(doer: Issues, **arguments: Any) -> int:
    return doer.open_issue(**arguments).number


def _edit_issue(doer: Issues, **arguments: Any) -> None:
    doer.edit_issue(**arguments)


def _close_issue(doer: Issues, **arguments: Any) -> None:
    doer.close_issue(**arguments)


def _reopen_issue(doer: Issues, **arguments: Any) -> None:
    doer.reopen_issue(**arguments)


def _comment(doer: Issues, **arguments: Any) -> int:
    return doer.comment(**arguments).id


def _edit_comment(doer: Issues, **arguments: Any) -> None:
    doer.edit_comment(**arguments)


def _issues(site: Site, repository: str) -> list[Json]:
    found = [issue for issue in site.store.issues.all() if issue.repository == repository]
    return [issues.full(site.base, payloads.shown_issue(site, issue), issue) for issue in found]


def _comments(site: Site, repository: str, number: int) -> list[Json]:
    found = site.store.comments.all()
    return [
        payloads.shown_comment(site, each) for each in found if (each.repository, each.number) == (repository, number)
    ]


def _pull_requests(site: Site, repository: str) -> list[Json]:
    found = [pull.number for pull in site.store.pulls.all() if pull.repository == repository]
    return [_pull_request(site, repository, number) for number in found]


def _deploy_keys(site: Site, repository: str) -> list[Json]:
    found = [each for each in site.store.deploy_keys.all() if each.repository == repository]
    return [deploy_keys.deploy_key(site.base, each) for each in found]


def _add_deploy_key(doer: DeployKeys, **arguments: Any) -> int:
    try:
        return doer.add(**arguments).id
    except ApiError as err:
        raise StandInError(f"{err.message}: {err.errors}") from err


_OF_SITE: Mapping[str, Callable[..., Any]] = {
    "ready": _ready,
    "register_app": _register_app,
    "install": _install,
    "set_options": _set_options,
    "ping": _ping,
    "pull_request": _pull_request,
    "pull_requests": _pull_requests,
    "issues": _issues,
    "comments": _comments,
    "check_runs": _check_runs,
    "deploy_keys": _deploy_keys,
    "deliveries": _deliveries,
    "delivery": _delivery,
    "redeliver": _redeliver,
    "settle": _settle,
    "set_faults": _set_faults,
    "faults": _faults,
    "requests": _requests,
    "reset_requests": _reset_requests,
    "git_directory": _git_directory,
}
_OF_PEOPLE: Mapping[str, Callable[..., Any]] = {
    "create_repository": _create_repository,
    "fork": People.fork,
    "commit": _commit,
    "tag": People.tag,
    "rerequest": People.rerequest,
    "set_role": People.set_role,
    "set_team": People.set_team,
    "set_status": People.set_status,
    "require_checks": People.require_checks,
}
_OF_PULLS: Mapping[str, Callable[..., Any]] = {
    "open_pulls": _open_pulls,
    "close_pull": _close_pull,
    "merge_pull": Pulls.merge_pull,
    "reopen_pull": Pulls.reopen_pull,
    "ready_pull": Pulls.ready_pull,
    "edit_pull": _edit_pull,
    "label_pull": Pulls.label_pull,
    "unlabel_pull": Pulls.unlabel_pull,
    "review_pull": Pulls.review_pull,
    "dismiss_review": Pulls.dismiss_review,
}
_OF_KEYS: Mapping[str, Callable[..., Any]] = {
    "add_deploy_key": _add_deploy_key,
    "change_deploy_key": DeployKeys.change,
}
_OF_ISSUES: Mapping[str, Callable[..., Any]] = {
    "open_issue": _open_issue,
    "edit_issue": _edit_issue,
    "close_issue": _close_issue,
    "reopen_issue": _reopen_issue,
    "label_issue": Issues.label_issue,
    "comment": _comment,
    "edit_comment": _edit_comment,
    "delete_comment": Issues.delete_comment,
}
