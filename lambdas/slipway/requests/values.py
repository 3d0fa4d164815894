"""What a field of a request may hold, and how it is written in text.

All four ways in give text, or JSON of an event; whatever is accepted here is safe in a path, in YAML, in Markdown and
on a command line, since no character that means something there is.

Sources of the rules: Kubernetes, "Object Names and IDs" (labels of RFC 1123); Amazon EKS, "Amazon EKS service quotas"
and IAM quotas, by which the names of roles that begin with a cluster's have 64 characters; "VPC CIDR blocks".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any, Protocol

MAX_TEXT = 200
"""Characters of a value."""
MAX_NAMES = 50
"""Names in a list."""
MAX_JSON = 10_000
"""Characters of a JSON document: an IAM policy has at most 6,144."""

Value = str | int | bool | tuple[str, ...] | Mapping[str, Any]
"""What a field holds once it is read."""


class Shape(Protocol):
    """How a value is read."""

    @property
    def accepted(self) -> str:
        """What would be accepted, for messages and help: `staging or production`."""
        ...

    def read(self, value: Any) -> Value:
        """Make a value of text or JSON.

        Raises:
            ValueError: it is not what is accepted.
        """
        ...

    def schema(self) -> dict[str, Any]:
        """Its JSON Schema."""
        ...


@dataclass(frozen=True)
class Text:
    """Text of a pattern, in full."""

    pattern: str
    accepted: str

    def read(self, value: Any) -> str:
        """See `Shape`; numbers that YAML and JSON make of versions and accounts are no text."""
        text = value.strip() if isinstance(value, str) else ""
        if len(text) > MAX_TEXT or not re.fullmatch(self.pattern, text):
            raise ValueError
        return text

    def schema(self) -> dict[str, Any]:
        """See `Shape`."""
        return {"type": "string", "pattern": f"^(?:{self.pattern})$", "maxLength": MAX_TEXT}


@dataclass(frozen=True)
class Choice:
    """One of a few texts."""

    options: tuple[str, ...]

    @property
    def accepted(self) -> str:
        """See `Shape`."""
        return f"{', '.join(self.options[:-1])} or {self.options[-1]}"

    def read(self, value: Any) -> str:
        """See `Shape`."""
        text = value.strip() if isinstance(value, str) else ""
        if text not in self.options:
            raise ValueError
        return text

    def schema(self) -> dict[str, Any]:
        """See `Shape`."""
        return {"type": "string", "enum": list(self.options)}


@dataclass(frozen=True)
class Number:
    """A whole number within limits."""

    least: int
    most: int

    @property
    def accepted(self) -> str:
        """See `Shape`."""
        return f"a whole number from {self.least} to {self.most}"

    def read(self, value: Any) -> int:
        """See `Shape`."""
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,6}", value.strip()):
            value = int(value)
        if type(value) is not int or not self.least <= value <= self.most:
            raise ValueError
        return value

    def schema(self) -> dict[str, Any]:
        """See `Shape`."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class YesNo:
    """True or false."""

    accepted: str = "true or false"

    def read(self, value: Any) -> bool:
        """See `Shape`."""
        if isinstance(value, bool):
            return value
        return {"true": True, "yes": True, "false": False, "no": False}[_word(value)]

    def schema(self) -> dict[str, Any]:
        """See `Shape`."""
        return {"type": "boolean"}


@dataclass(frozen=True)
class Names:
    """Several names, each once, in the order in which they are given; as text with commas between them."""

    each: Text | Choice

    @property
    def accepted(self) -> str:
        """See `Shape`."""
        return f"names with commas between them, each {self.each.accepted}"

    def read(self, value: Any) -> tuple[str, ...]:
        """See `Shape`."""
        items = re.split(r"[,\s]+", value.strip()) if isinstance(value, str) else value
        if not isinstance(items, list | tuple) or not 0 < len(items) <= MAX_NAMES:
            raise ValueError
        return tuple(dict.fromkeys(self.each.read(item) for item in items))

    def schema(self) -> dict[str, Any]:
        """See `Shape`."""
        items = self.each.schema()
        return {"type": "array", "items": items, "minItems": 1, "maxItems": MAX_NAMES, "uniqueItems": True}


@dataclass(frozen=True)
class Range:
    """The addresses of a network."""

    accepted: str = "a private range of addresses such as 10.50.0.0/16, with /16 to /28"

    def read(self, value: Any) -> str:
        """See `Shape`."""
        network = IPv4Network(value.strip()) if isinstance(value, str) else None
        if network is None or not any(network.subnet_of(private) for private in PRIVATE):
            raise ValueError
        if not 16 <= network.prefixlen <= 28:
            raise ValueError
        return str(network)

    def schema(self) -> dict[str, Any]:
        """See `Shape`."""
        return {"type": "string", "pattern": r"^[0-9]{1,3}(\.[0-9]{1,3}){3}/(1[6-9]|2[0-8])$"}


@dataclass(frozen=True)
class Policy:
    """An IAM policy document."""

    accepted: str = 'an IAM policy document in JSON, {"Version": "2012-10-17", "Statement": […]}'

    def read(self, value: Any) -> Mapping[str, Any]:
        """See `Shape`; a form gives it as a block of code."""
        if isinstance(value, str):
            if len(value) > MAX_JSON:
                raise ValueError
            text = value.strip().removeprefix("```json").removesuffix("```")
        try:
            value = json.loads(text if isinstance(value, str) else json.dumps(value), parse_constant=_refuse)
            written = json.dumps(value, ensure_ascii=False, allow_nan=False)
        except (RecursionError, TypeError):
            raise ValueError from None
        if not isinstance(value, dict) or set(value) - {"Version", "Statement", "Id"} or len(written) > MAX_JSON:
            raise ValueError
        written.encode()  # half a character, as "\\ud800", is none: that is a ValueError as well
        statements = value.get("Statement")
        statements = [statements] if isinstance(statements, dict) else statements
        if not isinstance(statements, list) or not statements or not all(map(_is_statement, statements)):
            raise ValueError
        if value.get("Version", VERSIONS[0]) not in VERSIONS or not isinstance(value.get("Id", ""), str):
            raise ValueError
        return value

    def schema(self) -> dict[str, Any]:
        """See `Shape`."""
        statement = {"type": "object", "required": ["Effect"], "properties": {"Effect": {"enum": list(EFFECTS)}}}
        properties = {
            "Version": {"enum": list(VERSIONS)},
            "Id": {"type": "string"},
            "Statement": {"anyOf": [statement, {"type": "array", "items": statement, "minItems": 1}]},
        }
        return {"type": "object", "properties": properties, "required": ["Statement"], "additionalProperties": False}


VERSIONS = ("2012-10-17", "2008-10-17")
EFFECTS = ("Allow", "Deny")
"""Of an IAM policy, and of a statement in it (IAM, "JSON policy element reference")."""

PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
"""Ranges that AWS takes for a VPC and nobody has on the internet."""

_LABEL = r"(?!(?:y|yes|n|no|on|off|true|false|null)$)[a-z](?:[a-z0-9-]{0,%d}[a-z0-9])?"
"""None that YAML 1.1 takes for something else: recipes have names without quotes."""

CLUSTER = Text(_LABEL % 22, "lower case letters, digits and dashes, at most 24, a letter first")
"""Short, since the names of IAM roles begin with it."""
APPLICATION = Text(_LABEL % 28, "lower case letters, digits and dashes, at most 30, a letter first")
"""Short, too: what a fleet calls in AWS after both, often with the namespace in between, has to fit. No length of this
alone sees to that: of a role `<cluster>-<namespace>-<application>`, as the templates have it, 19 fit on any cluster.
What does not fit is refused when it is to be added to a cluster, by the name that is composed (SLW703)."""
TOOL = Text(_LABEL % 48, "lower case letters, digits and dashes, a letter first")
ENVIRONMENT = TOOL
ACCOUNT = Text(r"[0-9]{12}", "12 digits, in quotes where it is JSON")
REGION = Text(r"(?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-gov)?-[a-z]{4,9}-[1-9]", "a region of AWS such as eu-west-1")
KUBERNETES = Text(r"1\.(?:[2-9][0-9])", "a minor version such as 1.35")
VERSION = Text(r"v?[0-9]+(?:\.[0-9]+){0,2}(?:[-+][0-9A-Za-z.-]+)?", "a version such as 1.8.2")
REF = Text(
    r"(?!.*(?:\.\.|//|/\.|\./|\.lock(?:/|$)))[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,98}[A-Za-z0-9])?",
    "the name of a branch or tag",
)
FOLDER = Text(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})", "the name of a folder")
REPOSITORY = Text(
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/(?!-|\.{1,2}$|.*\.git$)[A-Za-z0-9._-]{1,100}", "owner/name of a repository"
)
TEAM = Text(r"@?[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[a-z0-9](?:[a-z0-9_-]{0,98})", "a team of GitHub, @organization/team")


def _is_statement(value: Any) -> bool:
    return isinstance(value, dict) and value.get("Effect") in EFFECTS


def _refuse(constant: str) -> None:
    """`NaN` and the like are no JSON, though Python reads them."""
    raise ValueError(constant)


def _word(value: Any) -> str:
    word = value.strip().lower() if isinstance(value, str) else ""
    if word not in ("true", "yes", "false", "no"):
        raise ValueError
    return word
