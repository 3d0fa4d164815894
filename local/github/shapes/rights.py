"""Roles in repositories and memberships in teams."""

from __future__ import annotations

from local.github.model import Collaborator, Json, Team
from local.github.shapes.accounts import account

_LEGACY = {"maintain": "write", "triage": "read"}
"""What roles are called by those who know only three of them."""
_ORDER = ("pull", "triage", "push", "maintain", "admin")
_REACH = {"none": 0, "read": 1, "triage": 2, "write": 3, "maintain": 4, "admin": 5}


def permission(base: str, found: Collaborator) -> Json:
    """A `repository-collaborator-permission`."""
    granted = {name: place < _REACH[found.role] for place, name in enumerate(_ORDER)}
    return {
        "permission": _LEGACY.get(found.role, found.role),
        "role_name": found.role,
        "user": {**account(base, found.user), "permissions": granted, "role_name": found.role},
    }


def membership(base: str, team: Team, user: str, state: str) -> Json:
    """A `team-membership`."""
    url = f"{base}/organizations/{team.organization}/team/{team.slug}/memberships/{user}"
    return {"url": url, "role": "member", "state": state}
