"""Who somebody is: the role in a repository, the membership in a team."""

from __future__ import annotations

from local.github.api.call import Answer, Call, Route
from local.github.errors import not_found
from local.github.model import Collaborator
from local.github.shapes import rights


def _permission(call: Call) -> Answer:
    """Of those who have no role of their own, what everybody may do: read what is public."""
    user = call.path["username"]
    known = call.site.store.collaborators.get(f"{call.repository.name} {user.lower()}")
    nobody = Collaborator(0, call.repository.name, user, "none" if call.repository.private else "read")
    return Answer(rights.permission(call.site.base, known or nobody))


def _membership(call: Call) -> Answer:
    organization, slug, user = (call.path[name] for name in ("org", "team_slug", "username"))
    team = call.site.store.teams.get(f"{organization}/{slug}")
    if team is None or call.installation.account != organization:
        raise not_found()
    for state, users in (("active", team.members), ("pending", team.invited)):
        if user.lower() in (each.lower() for each in users):
            return Answer(rights.membership(call.site.base, team, user, state))
    raise not_found()


ROUTES = (
    Route("GET", "/repos/{owner}/{repo}/collaborators/{username}/permission", _permission, {"metadata": "read"}),
    Route("GET", "/orgs/{org}/teams/{team_slug}/memberships/{username}", _membership, {"members": "read"}),
)
