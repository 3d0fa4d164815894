"""What a route is, what it is given, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

from local.github.access import Caller
from local.github.errors import ApiError, failed, invalid, wrong
from local.github.model import Installation, Json, Repository
from local.github.payloads import bot
from local.github.site import Site

PER_PAGE, MAX_PER_PAGE = 30, 100

T = TypeVar("T")


@dataclass(frozen=True)
class Call:
    """A request whose caller is known and may make it."""

    site: Site
    caller: Caller
    path: Mapping[str, str]
    """The route's parameters."""
    query: Mapping[str, str]
    body: Json
    accept: str
    """The `Accept` header."""
    url: str
    """The request's URL without its query."""

    @property
    def repository(self) -> Repository:
        """The repository that the route names."""
        return self.site.repository(f"{self.path['owner']}/{self.path['repo']}")

    @property
    def user(self) -> str:
        """The login under which the caller acts: that of the App's bot."""
        return bot(self.caller.app)

    def text(self, name: str, *, resource: str, most: int, required: bool = False) -> str | None:
        """A field of the body that is a text.

        Raises:
            ApiError: 422; it is no text, longer than `most` characters, or missing.
        """
        value = self.body.get(name)
        if value is None and not required:
            return None
        if not isinstance(value, str) or (required and not value.strip()):
            raise wrong(resource, name, "missing_field" if value is None or value == "" else "invalid")
        if len(value) > most:
            raise failed(resource, name, f"{name} is too long (maximum is {most} characters)")
        return value

    def texts(self, name: str) -> list[str] | None:
        """A field of the body that is a list of texts.

        Raises:
            ApiError: 422; it is not.
        """
        value = self.body.get(name)
        if value is not None and not (isinstance(value, list) and all(isinstance(each, str) for each in value)):
            raise invalid(f"For 'properties/{name}', {value!r} is not an array of strings.")
        return value

    @property
    def installation(self) -> Installation:
        """The installation that the caller's token is for."""
        assert self.caller.installation is not None
        return self.caller.installation

    def number(self, name: str) -> int:
        """A parameter of the route that is a number; one that is not names nothing, so it is 0."""
        text = self.path[name]
        return int(text) if text.isdecimal() else 0

    def query_number(self, name: str, default: int) -> int:
        """A parameter of the query that is a number."""
        text = self.query.get(name, "")
        return int(text) if text.isdecimal() else default


@dataclass(frozen=True)
class Answer:
    """What a route answers."""

    body: Json | list[Json] | bytes | None
    """JSON, bytes as they are, or nothing."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Route:
    """One operation of GitHub's REST API."""

    method: str
    path: str
    """As GitHub's OpenAPI description has it, with its names of parameters."""
    view: Callable[[Call], Answer]
    needs: Mapping[str, str] = field(default_factory=dict)
    """Permissions that the token must have."""
    as_app: bool = False
    """Takes the App's JWT, not a token."""
    free: bool = False
    """Takes either, and does not count against the rate limit."""

    @property
    def name(self) -> str:
        """What requests are counted under."""
        return f"{self.method} {self.path}"


def paged(
    call: Call, items: Sequence[T], show: Callable[[T], Json], wrap: Callable[[list[Json]], Any] | None = None
) -> Answer:
    """The page of a list that the query asks for, with GitHub's `Link` header."""
    per_page = min(max(call.query_number("per_page", PER_PAGE), 1), MAX_PER_PAGE)
    page = max(call.query_number("page", 1), 1)
    last = max(1, -(-len(items) // per_page))
    shown = [show(item) for item in items[(page - 1) * per_page : page * per_page]]
    links: dict[str, int] = {}
    if page > 1:
        links |= {"prev": page - 1, "first": 1}
    if page < last:
        links |= {"next": page + 1, "last": last}
    header = link_header(call, {rel: {"page": str(number)} for rel, number in links.items()})
    return Answer(wrap(shown) if wrap else shown, headers=header)


def link_header(call: Call, links: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The `Link` header: the request's own URL, with other query parameters for each relation."""
    if not links:
        return {}
    urls = {rel: f"{call.url}?{urlencode({**call.query, **query})}" for rel, query in links.items()}
    return {"Link": ", ".join(f'<{url}>; rel="{rel}"' for rel, url in urls.items())}


def commit_of(call: Call, ref: str) -> str:
    """The sha that a ref of the call's repository names.

    Raises:
        ApiError: 422; there is no such commit.
    """
    sha = call.site.git(call.repository.name).resolve(call.repository.default_branch if ref == "HEAD" else ref)
    if sha is None:
        raise ApiError(422, f"No commit found for SHA: {ref}")
    return sha
