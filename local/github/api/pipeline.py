"""The web application: what every request goes through before and after its route."""

from __future__ import annotations

import json
import re
import socket
import time
import uuid
from collections.abc import Callable, Mapping
from urllib.parse import quote

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from local.github.access import Caller
from local.github.api import (
    admin,
    apps,
    checks,
    codeload,
    comments,
    contents,
    deliveries,
    deploy_keys,
    git_writes,
    issues,
    objects,
    pull_writes,
    pulls,
    repositories,
    reviews,
    rights,
    statuses,
)
from local.github.api.call import Answer, Call, Route
from local.github.errors import DOCUMENTATION, ApiError, not_found
from local.github.faults import FaultRule
from local.github.limits import Budget
from local.github.site import Site

ROUTES: tuple[Route, ...] = (
    *apps.ROUTES,
    *repositories.ROUTES,
    *contents.ROUTES,
    *objects.ROUTES,
    *git_writes.ROUTES,
    *pulls.ROUTES,
    *pull_writes.ROUTES,
    *reviews.ROUTES,
    *issues.ROUTES,
    *comments.ROUTES,
    *checks.ROUTES,
    *statuses.ROUTES,
    *rights.ROUTES,
    *deploy_keys.ROUTES,
    *deliveries.ROUTES,
)
"""Every operation of GitHub's REST API that the stand-in knows."""

NOBODY_LIMIT = 60
"""Requests an hour without credentials; the stand-in answers none of them, but shows the limit."""

_SLASHES_ALLOWED = re.compile(r"\{(ref|path)\}")
_PARAMETER = re.compile(r"\{(\w+)\}")


def create_app(site: Site) -> Flask:
    """The application for a stand-in."""
    app = Flask("stand-in", static_folder=None)
    for route in ROUTES:
        rule = _PARAMETER.sub(r"<\1>", _SLASHES_ALLOWED.sub(r"<path:\1>", route.path))
        app.add_url_rule(rule, endpoint=route.name, view_func=_view(site, route), methods=[route.method])
    app.add_url_rule(
        codeload.PATH,
        endpoint="codeload",
        view_func=_codeload_view(site),
    )
    app.add_url_rule(
        "/_stand-in/<operation>",
        endpoint="control",
        view_func=lambda operation: _send(admin.run(site, operation, request.get_json())),
        methods=["POST"],
    )
    app.register_error_handler(HTTPException, lambda err: _send(_problem(_no_route(err))))
    return app


def _no_route(error: HTTPException) -> ApiError:
    """GitHub has no 405: what a path cannot do is not found."""
    return not_found() if error.code in (404, 405) else ApiError(error.code or 500, error.name)


def _view(site: Site, route: Route) -> Callable[..., Response]:
    def view(**path: str) -> Response:
        with site.requests_lock:
            site.requests[route.name] += 1
        limit = site.store.options.rate_limit
        try:
            caller = _caller(site, route)
        except ApiError as err:
            return _send(_problem(err), _budget_headers(site.limits.look("nobody", NOBODY_LIMIT)))
        fault = _fault(site)
        if fault is None or fault.after_effect:
            budget = None if route.free else site.limits.spend(caller.name, limit)
            if budget is None and not route.free:
                return _send(_exhausted(caller.name, site.limits.look(caller.name, limit)))
            answer = _answer(site, route, caller, path)
        budget = site.limits.look(caller.name, limit)
        if fault is not None:
            answer = _suffer(fault, caller.name, budget)
        return _send(answer, _budget_headers(budget))

    return view


def _caller(site: Site, route: Route) -> Caller:
    authorization = request.headers.get("Authorization")
    if route.as_app or (route.free and (authorization or "").count(".") == 2):
        return site.access.app_caller(authorization)
    return site.access.installation_caller(authorization)


def _codeload_view(site: Site) -> Callable[..., Response]:
    def view(**path: str) -> Response:
        with site.requests_lock:
            site.requests[codeload.NAME] += 1
        fault = _fault(site)
        if fault is not None:
            return _send(_suffer(fault, "codeload", site.limits.look("codeload", NOBODY_LIMIT)))
        return _send(codeload.tarball(site, path, request.args))

    return view


def _answer(site: Site, route: Route, caller: Caller, path: Mapping[str, str]) -> Answer:
    try:
        if "repo" in path and not route.as_app:
            name = f"{path['owner']}/{path['repo']}"
            # GitHub does not tell those who may not see a repository whether it exists.
            if site.store.repositories.get(name) is None or not caller.sees(name):
                raise not_found()
        caller.check(route.needs)
        return route.view(
            Call(
                site=site,
                caller=caller,
                path=path,
                query=request.args.to_dict(),
                body=_body(),
                accept=request.headers.get("Accept", ""),
                url=site.base + quote(request.path),
            )
        )
    except ApiError as err:
        return _problem(err)


def _body() -> dict[str, object]:
    if not request.get_data():
        return {}
    found = request.get_json(force=True, silent=True)
    if not isinstance(found, dict):
        raise ApiError(400, "Problems parsing JSON")
    return found


def _fault(site: Site) -> FaultRule | None:
    """What is to go wrong with this request; delays are over when it returns."""
    for rule in site.faults.strike(request.method, request.path):
        if rule.kind != "delay":
            return rule
        time.sleep(rule.seconds)
    return None


def _suffer(fault: FaultRule, who: str, budget: Budget) -> Answer:
    if fault.kind == "drop":
        connection: socket.socket = request.environ["werkzeug.socket"]
        # The answer that is returned below meets a closed connection: the client gets nothing.
        connection.shutdown(socket.SHUT_RDWR)
        return Answer(None, 500)
    if fault.kind == "rate_limit":
        return _exhausted(who, Budget(budget.limit, used=budget.limit, reset=int(time.time() + fault.seconds)))
    if fault.kind == "secondary_rate_limit":
        message = (
            "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
            "If you reach out to GitHub Support for help, please include the request ID."
        )
        status = 429 if fault.status == 429 else 403
        return _problem(ApiError(status, message, headers={"Retry-After": str(max(1, int(fault.seconds)))}))
    return _problem(ApiError(fault.status, "Server Error"))


def _exhausted(who: str, budget: Budget) -> Answer:
    message = (
        f"API rate limit exceeded for {who}. If you reach out to GitHub Support for help, "
        "please include the request ID."
    )
    return _problem(ApiError(403, message, headers=_budget_headers(budget)))


def _budget_headers(budget: Budget) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(budget.limit),
        "X-RateLimit-Remaining": str(budget.remaining),
        "X-RateLimit-Used": str(budget.used),
        "X-RateLimit-Reset": str(budget.reset),
        "X-RateLimit-Resource": "core",
    }


def _problem(error: ApiError) -> Answer:
    body: dict[str, object] = {
        "message": error.message,
        "documentation_url": DOCUMENTATION,
        "status": str(error.status),
    }
    if error.errors:
        body["errors"] = list(error.errors)
    return Answer(body, error.status, error.headers)


def _send(answer: Answer, headers: Mapping[str, str] | None = None) -> Response:
    common = {
        **(headers or {}),
        "X-GitHub-Request-Id": uuid.uuid4().hex[:20].upper(),
        "X-GitHub-Api-Version-Selected": "2022-11-28",
        **answer.headers,
    }
    if answer.body is None or isinstance(answer.body, bytes):
        kind = common.pop("Content-Type", "application/octet-stream")
        return Response(answer.body or b"", answer.status, common, content_type=kind)
    body = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":"))
    return Response(body, answer.status, common, content_type="application/json; charset=utf-8")
