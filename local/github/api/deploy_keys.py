"""Deploy keys of a repository."""

from __future__ import annotations

from local.github.api.call import Answer, Call, Route, paged
from local.github.deploy_keys import MAX_TITLE, DeployKeys
from local.github.errors import not_found
from local.github.model import DeployKey
from local.github.shapes import deploy_keys

_READ, _WRITE = {"administration": "read"}, {"administration": "write"}


def _list(call: Call) -> Answer:
    found = [each for each in call.site.store.deploy_keys.all() if each.repository == call.repository.name]
    return paged(call, found, lambda each: deploy_keys.deploy_key(call.site.base, each))


def _create(call: Call) -> Answer:
    text = call.text("key", resource="PublicKey", most=MAX_TITLE * 64, required=True) or ""
    title = call.text("title", resource="PublicKey", most=MAX_TITLE) or ""
    read_only = call.body.get("read_only") is True
    made = DeployKeys(call.site).add(call.repository.name, title=title, key=text, read_only=read_only, user=call.user)
    return Answer(deploy_keys.deploy_key(call.site.base, made), 201)


def _get(call: Call) -> Answer:
    return Answer(deploy_keys.deploy_key(call.site.base, _found(call)))


def _delete(call: Call) -> Answer:
    with call.site.lock:
        call.site.store.deploy_keys.remove(_found(call).key)
    return Answer(None, 204)


def _found(call: Call) -> DeployKey:
    found = call.site.store.deploy_keys.get(str(call.number("key_id")))
    if found is None or found.repository != call.repository.name:
        raise not_found()
    return found


_OF_REPOSITORY = "/repos/{owner}/{repo}/keys"
ROUTES = (
    Route("GET", _OF_REPOSITORY, _list, _READ),
    Route("POST", _OF_REPOSITORY, _create, _WRITE),
    Route("GET", _OF_REPOSITORY + "/{key_id}", _get, _READ),
    Route("DELETE", _OF_REPOSITORY + "/{key_id}", _delete, _WRITE),
)
