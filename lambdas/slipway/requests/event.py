"""Requests by event: what a service catalogue, or anything else that may put events on the bus, sends.

The detail type says what is asked (`ClusterRequested`), the detail by whom and what:
`{"schema": "slipway/v1", "id": "…", "requester": "octocat", "request": {"cluster": "shop-staging", …}}`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slipway import SCHEMA
from slipway.requests.kinds import KINDS
from slipway.requests.request import Problem, Request, RequestError, read_request, shown

DETAIL_TYPES = {kind.event: kind for kind in KINDS.values()}

ID = r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}"
LOGIN = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})"
_FIELDS = ("schema", "id", "requester", "request")


@dataclass(frozen=True)
class RequestedEvent:
    """A request, and who asks."""

    id: str
    """Chosen by the sender: an event with one that was there before is the same request again."""
    requester: str
    """A login of GitHub: the rules of who may ask are about people there."""
    request: Request


def read_event(detail_type: str, detail: Any) -> RequestedEvent:
    """Read an event.

    Raises:
        RequestError: it cannot be accepted.
    """
    kind = DETAIL_TYPES.get(detail_type)
    if kind is None:
        known = ", ".join(DETAIL_TYPES)
        raise RequestError((Problem("", f"no request has the detail type `{shown(detail_type)}`; there are {known}"),))
    if not isinstance(detail, Mapping):
        raise RequestError((Problem("", f"the detail must be an object with {', '.join(_FIELDS)}"),))
    problems = [
        Problem("", f"the detail has no field `{shown(name)}`; it has {', '.join(_FIELDS)}")
        for name in detail
        if name not in _FIELDS
    ]
    if detail.get("schema") != SCHEMA:
        problems.append(Problem("schema", f"is `{shown(detail.get('schema'))}`; give {SCHEMA}"))
    for name, pattern, accepted in (
        ("id", ID, "1 to 100 letters, digits and . _ : -"),
        ("requester", LOGIN, "a login of GitHub"),
    ):
        value = detail.get(name)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            problems.append(Problem(name, f"is `{shown(value)}`; give {accepted}"))
    given = detail.get("request")
    if not isinstance(given, Mapping):
        problems.append(Problem("request", "is missing; give an object with the fields of the request"))
        given = None
    try:
        request = read_request(kind, {str(name): value for name, value in (given or {}).items()})
    except RequestError as err:
        raise RequestError((*problems, *(err.problems if given is not None else ()))) from None
    if problems:
        raise RequestError(tuple(problems))
    return RequestedEvent(detail["id"], detail["requester"], request)
