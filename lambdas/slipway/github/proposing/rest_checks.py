"""Check runs, commit statuses and people's rights by GitHub's REST API."""

from __future__ import annotations

from typing import Any, cast, get_args
from urllib.parse import quote

from slipway.errors import InputError
from slipway.github.calls import Answer, Calls
from slipway.github.failures import Refused, Wish
from slipway.github.names import is_login, is_sha, is_slug
from slipway.github.proposals import Permission
from slipway.github.proposing.checks import Run
from slipway.github.proposing.pages import all_of, pages

MAX_RUNS = 1_000
"""Check runs of one commit, the latest of each name: ten calls."""

MAX_STATUSES = 1_000
"""Contexts of statuses of one commit: as many GitHub keeps ("Create a commit status")."""


class RestChecks:
    """The checks of one commit."""

    def __init__(self, calls: Calls, repository: str, sha: str) -> None:
        if not is_sha(sha):
            raise InputError(f"{sha!r} is not the full id of a commit of {repository}")
        self._calls = calls
        self._what = f"{repository} at {sha[:12]}"
        self._path = f"/repos/{repository}/commits/{sha}"

    def runs(self, name: str = "", app: int | None = None) -> list[Run]:
        """Its check runs, all or those of a name and an App; of one name and App there may be several."""
        wish = Wish(f"check runs of {self._what}", "checks: read")
        query = {"filter": "latest", **({"check_name": name} if name else {}), **({"app_id": app} if app else {})}
        found = pages(self._calls, f"{self._path}/check-runs", _run, wish, parameters=query, within="check_runs")
        return [run for run in all_of(found, MAX_RUNS, "MAX_RUNS", wish) if app in (None, run.app)]

    def statuses(self) -> list[str]:
        """The states of its statuses, the latest of each context."""
        wish = Wish(f"commit statuses of {self._what}", "statuses: read")
        found = pages(self._calls, f"{self._path}/status", _state, wish, within="statuses")
        return all_of(found, MAX_STATUSES, "MAX_STATUSES", wish)


def permission(calls: Calls, repository: str, login: str) -> Permission:
    """See `Proposals.permission`."""
    wish = Wish(f"permission of {login} in {repository}", "metadata: read")
    try:
        path = f"/repos/{repository}/collaborators/{quote(login, safe='')}/permission"
        return calls.get(path, _role, wish) if is_login(login) else "none"
    except Refused as err:
        if err.status == 404:
            return "none"
        raise


def is_member(calls: Calls, organization: str, team: str, login: str) -> bool:
    """See `Proposals.is_member`."""
    wish = Wish(f"membership of {login} in the team {organization}/{team}", "members: read")
    if not (is_login(organization) and is_slug(team) and is_login(login)):
        return False
    path = f"/orgs/{organization}/teams/{team}/memberships/{quote(login, safe='')}"
    try:
        return calls.get(path, lambda answer: bool(answer.json["state"] == "active"), wish)
    except Refused as err:
        if err.status == 404:
            return False
        raise


def _role(answer: Answer) -> Permission:
    """The role, or for one of the organization's own (custom roles) what it is based on."""
    known = get_args(Permission)
    named, legacy = answer.json["role_name"], answer.json["permission"]
    if legacy not in known:
        raise ValueError(f"permission {legacy!r}")
    return cast(Permission, named if named in known else legacy)


def _run(found: dict[str, Any]) -> Run:
    app = found["app"] or {"id": 0}
    return Run(found["id"], found["name"], app["id"], found["conclusion"] if found["status"] == "completed" else None)


def _state(found: dict[str, Any]) -> str:
    return str(found["state"])
