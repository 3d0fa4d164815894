"""A request: what it says, read strictly; everything that is wrong is told at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.errors import InputError
from slipway.requests.kinds import CONFIRMATION, KINDS, Field, Kind
from slipway.requests.values import Value

MAX_QUOTED = 60
"""Characters of a wrong value that are shown."""


@dataclass(frozen=True)
class Problem:
    """Something about a request that cannot be accepted."""

    field: str
    """Name of the field, `""` if it is about the request."""
    message: str
    """What is wrong, with what would be accepted."""
    quote: str = ""
    """The line that is meant, `""` if there is none."""


class RequestError(InputError):
    """A request that cannot be accepted.

    Attributes:
        problems: all that is wrong.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(
            "; ".join(f"{each.field}: {each.message}" if each.field else each.message for each in problems)
        )
        self.problems = problems


@dataclass(frozen=True)
class Request:
    """What somebody asks of the fleet."""

    kind: Kind
    values: Mapping[str, Value]
    """By the field's name; what was not said is not in it."""

    @property
    def subject(self) -> str:
        """What it is about: a cluster's, an application's or a tool's name."""
        return str(self.values[self.kind.subject.name])

    @property
    def title(self) -> str:
        """`Add a cluster: shop-staging`."""
        return f"{self.kind.title}: {self.subject}"

    @property
    def digest(self) -> str:
        """The same for requests that ask the same; 12 hexadecimal digits."""
        said = json.dumps([self.kind.name, self.as_json()], sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()[:12]

    def as_json(self) -> dict[str, Any]:
        """What it says, as an event has it."""
        return {
            name: list(value) if isinstance(value, tuple) else dict(value) if isinstance(value, Mapping) else value
            for name, value in self.values.items()
        }


def kind_of(name: str) -> Kind:
    """The kind of a name.

    Raises:
        RequestError: there is no such kind.
    """
    if name in KINDS:
        return KINDS[name]
    raise RequestError((Problem("", f"there is no request `{shown(name)}`; there are {', '.join(KINDS)}"),))


def read_request(kind: Kind, given: Mapping[str, Any], quotes: Mapping[str, str] | None = None) -> Request:
    """Read what was given.

    Args:
        kind: of the request.
        given: text or JSON by the field's name; what is not said is left out, or None.
        quotes: the line that each was given on, for messages.

    Raises:
        RequestError: a field is unknown, missing, or holds something else; or its subject was not named twice.
    """
    quotes = quotes or {}
    known = ", ".join(field.name for field in kind.fields)
    problems = [
        Problem("", f"{kind.name} has no field `{shown(name)}`; it has {known}", quotes.get(name, ""))
        for name in given
        if kind.field(name) is None
    ]
    values: dict[str, Value] = {}
    for field in kind.fields:
        value = given.get(field.name)
        if value is None:
            if field.required:
                problems.append(Problem(field.name, f"is missing; give {field.shape.accepted}"))
            continue
        try:
            values[field.name] = field.shape.read(value)
        except ValueError:
            quote = quotes.get(field.name, "")
            problems.append(Problem(field.name, f"is `{shown(value)}`; give {field.shape.accepted}", quote))
    problems += _inconsistent(kind, values, quotes)
    if problems:
        raise RequestError(tuple(problems))
    return Request(kind, {name: value for name, value in values.items() if name != CONFIRMATION.name})


def _inconsistent(kind: Kind, values: Mapping[str, Value], quotes: Mapping[str, str]) -> Iterator[Problem]:
    subject, confirmation = values.get(kind.subject.name), values.get(CONFIRMATION.name)
    if kind.confirmed and subject and confirmation and subject != confirmation:
        message = f"is `{shown(confirmation)}`, and not `{subject}`: name what is to go once more"
        yield Problem(CONFIRMATION.name, message, quotes.get(CONFIRMATION.name, ""))
    if values.get("tag") and values.get("branch"):
        yield Problem("branch", "give a tag or a branch, not both", quotes.get("branch", ""))
    least, most = values.get("nodes-min"), values.get("nodes-max")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        yield Problem("nodes-max", f"is {most}, less than nodes-min, {least}", quotes.get("nodes-max", ""))
    if "clusters" in values and "environment" in values:
        yield Problem("environment", "give clusters or an environment, not both", quotes.get("environment", ""))
    optional = [field.name for field in kind.fields if _is_change(field)]
    if kind.name in ("change-cluster", "update-application") and not any(name in values for name in optional):
        yield Problem("", f"it changes nothing; give one or more of {', '.join(optional)}")


def _is_change(field: Field) -> bool:
    return not field.required and field.name not in ("clusters", "environment")


def shown(value: Any) -> str:
    """Somebody's text on one line, cut, with nothing in it that means something in Markdown or to a terminal."""
    try:
        text = value if isinstance(value, str) else json.dumps(value, default=str)
    except RecursionError:
        text = "…"  # lists within lists, without an end
    cleaned = "".join(character if character.isprintable() and character != "`" else "?" for character in text.strip())
    return cleaned if len(cleaned) <= MAX_QUOTED else f"{cleaned[:MAX_QUOTED]}…"
