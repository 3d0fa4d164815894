"""The App, its installations and their tokens."""

from __future__ import annotations

from datetime import UTC, datetime

from local.github.api.call import Answer, Call, Route, paged
from local.github.errors import invalid, not_found
from local.github.model import Installation, Json, Repository
from local.github.shapes import accounts, repositories


def _app(call: Call) -> Answer:
    installations = call.site.store.installations.all()
    permissions = installations[0].permissions if installations else {}
    shown = accounts.app(call.site.base, call.caller.app, permissions)
    return Answer({**shown, "installations_count": len(installations)})


def _app_by_slug(call: Call) -> Answer:
    app, installation = call.caller.app, call.installation
    if call.path["app_slug"] != app.slug:
        raise not_found()
    return Answer(accounts.app(call.site.base, app, installation.permissions))


def _installations(call: Call) -> Answer:
    return paged(call, call.site.store.installations.all(), lambda found: _shown(call, found))


def _installation(call: Call) -> Answer:
    return Answer(_shown(call, _by_id(call)))


def _repository_installation(call: Call) -> Answer:
    name = f"{call.path['owner']}/{call.path['repo']}"
    found = call.site.installation_on(name)
    if found is None or call.site.store.repositories.get(name) is None:
        raise not_found()
    return Answer(_shown(call, found))


def _access_token(call: Call) -> Answer:
    call.site.access.refuse_repeated(call.caller)
    installation = _by_id(call)
    names, permissions = call.body.get("repositories"), call.body.get("permissions")
    ids = call.body.get("repository_ids")
    if not isinstance(names, list | None) or not isinstance(permissions, dict | None):
        raise invalid("repositories is a list, permissions an object")
    wanted = [f"{installation.account}/{name}" for name in names or ()]
    if ids:
        known = {repository.id: repository.name for repository in call.site.store.repositories.all()}
        wanted += [known.get(number, "") for number in ids]
    token = call.site.access.new_token(installation, repositories=wanted or None, permissions=permissions)
    selection = "all" if token.repositories is None and installation.repositories is None else "selected"
    shown: Json = {
        "token": token.value,
        "expires_at": datetime.fromtimestamp(token.expires, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "permissions": dict(token.permissions),
        "repository_selection": selection,
    }
    if token.repositories is not None:
        found = [call.site.repository(name) for name in token.repositories]
        shown["repositories"] = [repositories.repository(call.site.base, each) for each in found]
    return Answer(shown, 201)


def _installation_repositories(call: Call) -> Answer:
    visible = [each for each in call.site.store.repositories.all() if call.caller.sees(each.name)]
    selection = "all" if call.installation.repositories is None else "selected"

    def show(repository: Repository) -> Json:
        return repositories.repository(call.site.base, repository)

    return paged(
        call,
        visible,
        show,
        lambda page: {"total_count": len(visible), "repository_selection": selection, "repositories": page},
    )


def _rate_limit(call: Call) -> Answer:
    budget = call.site.limits.look(call.caller.name, call.site.store.options.rate_limit)
    shown = {"limit": budget.limit, "used": budget.used, "remaining": budget.remaining, "reset": budget.reset}
    search = {"limit": 30, "used": 0, "remaining": 30, "reset": budget.reset}
    return Answer({"resources": {"core": shown, "search": search}, "rate": shown})


def _by_id(call: Call) -> Installation:
    number = call.number("installation_id")
    for installation in call.site.store.installations.all():
        if installation.id == number:
            return installation
    raise not_found()


def _shown(call: Call, installation: Installation) -> Json:
    return accounts.installation(call.site.base, call.caller.app, installation)


ROUTES = (
    Route("GET", "/app", _app, as_app=True),
    Route("GET", "/apps/{app_slug}", _app_by_slug),
    Route("GET", "/app/installations", _installations, as_app=True),
    Route("GET", "/app/installations/{installation_id}", _installation, as_app=True),
    Route("POST", "/app/installations/{installation_id}/access_tokens", _access_token, as_app=True),
    Route("GET", "/repos/{owner}/{repo}/installation", _repository_installation, as_app=True),
    Route("GET", "/installation/repositories", _installation_repositories),
    Route("GET", "/rate_limit", _rate_limit, free=True),
)
