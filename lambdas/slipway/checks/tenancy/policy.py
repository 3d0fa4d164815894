"""Policy documents of AWS: what they say, and what keeps AWS from taking them.

Source of the grammar: IAM User Guide, "Grammar of the IAM JSON policy language" and "JSON policy element reference";
of the limits, "IAM and AWS STS quotas". What is said to be refused here is refused by moto's validator too, which
was written against AWS; a test compares both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from slipway.fleet.manifests import Path
from slipway.fleet.objects import mapping

Use = Literal["identity", "trust", "resource"]
"""What a policy is for: what somebody may do, who may take a role, or what may be done with a resource."""

MAX_TEXT = 64 * 1024
"""Characters of a document that is read; the largest that AWS takes, a bucket's, has 20 KiB."""

VERSIONS = ("2012-10-17", "2008-10-17")
_ELEMENTS = frozenset(("Version", "Id", "Statement"))
_STATEMENT = frozenset(
    ("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition")
)
_OPERATORS = frozenset(
    name.lower()
    for name in (
        *("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
        *("StringLike", "StringNotLike", "NumericEquals", "NumericNotEquals", "NumericLessThan"),
        *("NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals", "DateEquals", "DateNotEquals"),
        *("DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals", "Bool", "BinaryEquals"),
        *("IpAddress", "NotIpAddress", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "Null"),
    )
)
_ACTION = re.compile(r"\*|[A-Za-z0-9.*?-]+:[^:]*")


@dataclass(frozen=True)
class Refused:
    """Why AWS does not take a document."""

    message: str
    path: Path = ()
    """The element; of a text that is no JSON, nothing."""
    line: int = 0
    """1-based line in the text, where it is no JSON."""


@dataclass(frozen=True)
class Statement:
    """One statement; lists, also where the document has one text in their place."""

    path: Path
    """Where it stands in the document."""
    allows: bool
    actions: tuple[str, ...]
    """In lower case: AWS does not tell cases apart there."""
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    principals: Mapping[str, tuple[str, ...]]
    """By their type: `AWS`, `Federated`, `Service`; whoever it is (`*`) is `AWS` of that name."""
    conditions: Mapping[str, Mapping[str, tuple[str, ...]]]
    """Values by operator and key."""


@dataclass(frozen=True)
class Policy:
    """A document."""

    statements: tuple[Statement, ...]
    refused: tuple[Refused, ...]
    """Empty if AWS takes it, as far as can be told without it."""


def read_policy(document: Any, use: Use) -> Policy | None:
    """A document as text or as the mapping that some kinds have in its place.

    Args:
        document: the field's value.
        use: what it is for.

    Returns:
        None for one that cannot be told: it is longer than `MAX_TEXT`, or no JSON before the cluster has filled in its
        variables.
    """
    if isinstance(document, str):
        if len(document) > MAX_TEXT:
            return None
        try:
            value = json.loads(document)
        except (ValueError, RecursionError) as err:
            if "${" in document:
                return None
            return Policy((), (_no_json(err),))
    else:
        value = document
    if not isinstance(value, Mapping):
        return Policy((), (Refused("it is no JSON object"),))
    # Other services than IAM have grammars of their own: no principals, operations, versions.
    wrong = () if use == "resource" else tuple(_wrong(value, use))
    return Policy(tuple(_statements(value)), wrong)


def size(document: Any) -> int:
    """Characters as IAM counts them: without white space."""
    text = document if isinstance(document, str) else json.dumps(document, separators=(",", ":"), default=str)
    return len("".join(text.split()))


def texts(value: Any) -> tuple[str, ...]:
    """A text or a list of them as a list."""
    items = value if isinstance(value, list) else [value]
    return tuple(item for item in items if isinstance(item, str))


def _no_json(err: Exception) -> Refused:
    if isinstance(err, json.JSONDecodeError):
        return Refused(f"it is no JSON: {err.msg} in its line {err.lineno}", line=err.lineno)
    return Refused("it is no JSON: it is nested too deeply")


def _listed(document: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    statements = document.get("Statement")
    if isinstance(statements, list):
        yield from ((("Statement", index), item) for index, item in enumerate(statements))
    elif statements is not None:
        yield ("Statement",), statements


def _statements(document: Mapping[str, Any]) -> Iterator[Statement]:
    for path, value in _listed(document):
        item = mapping(value)
        principal = item.get("Principal")
        by_type = {"AWS": principal} if principal == "*" else mapping(principal)
        conditions = {
            operator: {key: texts(wanted) for key, wanted in mapping(keys).items()}
            for operator, keys in mapping(item.get("Condition")).items()
        }
        yield Statement(
            path,
            str(item.get("Effect")).lower() == "allow",
            tuple(action.lower() for action in texts(item.get("Action"))),
            tuple(action.lower() for action in texts(item.get("NotAction"))),
            texts(item.get("Resource")),
            texts(item.get("NotResource")),
            {kind: texts(names) for kind, names in by_type.items()},
            conditions,
        )


def _wrong(document: Mapping[str, Any], use: Use) -> Iterator[Refused]:
    for name in document:
        if name not in _ELEMENTS:
            yield Refused(f"a policy has no element {name!r}; it has Version, Id and Statement", (name,))
    version = document.get("Version", VERSIONS[0])
    if version not in VERSIONS and "${" not in str(version):
        yield Refused(f"Version is {version!r}; it is {VERSIONS[0]}", ("Version",))
    if not isinstance(document.get("Statement"), list | dict):
        yield Refused("it has no Statement", ("Statement",) if "Statement" in document else ())
    seen: set[str] = set()
    for path, value in _listed(document):
        if not isinstance(value, Mapping):
            yield Refused("a statement is no JSON object", path)
            continue
        yield from _wrong_statement(value, path, use)
        sid = value.get("Sid")
        if isinstance(sid, str) and sid:
            if sid in seen:
                yield Refused(f"two statements have the Sid {sid!r}", (*path, "Sid"))
            seen.add(sid)


def _wrong_statement(statement: Mapping[str, Any], path: Path, use: Use) -> Iterator[Refused]:
    if unknown := [name for name in statement if name not in _STATEMENT]:
        # What seems to be missing then is most often what is misspelt.
        yield from (Refused(f"a statement has no element {name!r}", (*path, name)) for name in unknown)
        return
    effect = statement.get("Effect")
    if str(effect).lower() not in ("allow", "deny") and "${" not in str(effect):
        what = f"Effect is {effect!r}; it is Allow or Deny" if effect else "a statement has no Effect"
        yield Refused(what, (*path, "Effect") if effect else path)
    yield from _wrong_choice(statement, path, "Action")
    for name in ("Action", "NotAction"):
        for index, action in enumerate(_items(statement.get(name))):
            if isinstance(action, str) and not _ACTION.fullmatch(action) and "${" not in action:
                where = (*path, name, index) if isinstance(statement[name], list) else (*path, name)
                yield Refused(f"{action!r} is no action; one is like s3:GetObject", where)
    if use == "trust":
        for name in ("Resource", "NotResource"):
            if name in statement:
                yield Refused(f"who may take a role is said without {name}", (*path, name))
    elif use == "identity":
        yield from _wrong_choice(statement, path, "Resource")
        for name in ("Principal", "NotPrincipal"):
            if name in statement:
                yield Refused(f"what somebody may do is said without {name}: it is who has the policy", (*path, name))
        yield from _wrong_resources(statement, path)
    if use == "trust" and not ("Principal" in statement or "NotPrincipal" in statement):
        yield Refused("a statement has no Principal", path)
    yield from _wrong_conditions(statement, path)


def _wrong_choice(statement: Mapping[str, Any], path: Path, name: str) -> Iterator[Refused]:
    """One of `Action` and `NotAction` has to be there, with something in it; of resources likewise."""
    found = [one for one in (name, f"Not{name}") if one in statement]
    if len(found) != 1:
        yield Refused(f"a statement has {'both' if found else 'no'} {name}{f' and Not{name}' if found else ''}", path)
    elif statement[found[0]] == []:
        yield Refused(f"{found[0]} is empty", (*path, found[0]))
    elif not all(isinstance(item, str) for item in _items(statement[found[0]])):
        yield Refused(f"{found[0]} is neither a text nor a list of texts", (*path, found[0]))


def _wrong_resources(statement: Mapping[str, Any], path: Path) -> Iterator[Refused]:
    for name in ("Resource", "NotResource"):
        for index, resource in enumerate(_items(statement.get(name))):
            if isinstance(resource, str) and ":" not in resource and resource != "*" and "${" not in resource:
                where = (*path, name, index) if isinstance(statement[name], list) else (*path, name)
                yield Refused(f"{resource!r} is no resource; one is an ARN or *", where)


def _wrong_conditions(statement: Mapping[str, Any], path: Path) -> Iterator[Refused]:
    condition = statement.get("Condition")
    if condition is not None and not isinstance(condition, Mapping):
        yield Refused("Condition is no JSON object", (*path, "Condition"))
    for operator, keys in mapping(condition).items():
        bare = operator.removeprefix("ForAnyValue:").removeprefix("ForAllValues:").removesuffix("IfExists")
        if bare.lower() not in _OPERATORS and keys and "${" not in operator:
            yield Refused(f"there is no condition operator {operator!r}", (*path, "Condition", operator))
        elif not isinstance(keys, Mapping):
            yield Refused(f"the condition {operator} is no JSON object", (*path, "Condition", operator))


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
