"""Rule about placeholders that somebody was to replace: SLW705."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from slipway.checks.finding import Finding, Rule
from slipway.checks.fleet.copies import leftovers
from slipway.checks.said import Said
from slipway.checks.subject import Subject
from slipway.fleet.flux import is_helm_release
from slipway.fleet.manifests import Path
from slipway.fleet.model import Expanded
from slipway.fleet.objects import KubeObject
from slipway.fleet.tree import Tree

PLACEHOLDER = Rule("SLW705", "A placeholder that was left", "warning")

MAX_TEXT = 500
"""Characters of a value that is looked at: longer ones are texts of their own, which may well talk of placeholders."""

_LEFT = re.compile(
    r"\b(?:REPLACE|CHANGE|FIX)[_-]?ME\b"
    r"|\bYOUR[_-][A-Z0-9]+(?:[_-][A-Z0-9]+)*\b|<(?:your|my|insert|replace)[-_ ][\w -]{1,60}>"
    r"|:123456789012:|\b123456789012\.dkr\.ecr\."
)
"""Words that stand for something else; the account is the one of AWS's documentation."""
_IN_BRACKETS = re.compile(r"[\w.:/@*-]*<([A-Za-z][A-Za-z0-9]*(?:[-_ .][A-Za-z0-9]+){0,5})>[\w.:/@*-]*")
"""A word in angle brackets, with nothing around it but what names, ARNs and hosts are made of."""
_NO_PLACEHOLDERS = re.compile(
    "(?i:none|nil|null|unset|unknown|invalid|empty|any|all|default|anonymous|redacted|no value)"
)
"""What programs write in angle brackets for what there is not."""
_STRICT_FIELDS = re.compile(
    r"(?:^|[a-z0-9])(?:name|names|namespace|arn|arns|hosts?|hostnames?|dnsnames?|domain|zone|region|bucket|accountid"
    r"|vpcid|subnetids?|clustername|endpoint)$",
    re.IGNORECASE,
)
"""Fields whose values cannot have angle brackets: names of objects and of what is in AWS, ARNs and hosts."""
_NO_VALUES = ("CustomResourceDefinition", "Secret")


def placeholder_findings(subject: Subject) -> Iterator[Said]:
    """Values that a tool, or a person, was to replace."""
    for landed in subject.distinct:
        if isinstance(landed.owner, Expanded) and is_helm_release(landed.owner.definition):
            continue
        if landed.obj.kind not in _NO_VALUES:
            for path, found in _left(landed.obj):
                yield Said(
                    PLACEHOLDER, landed, path, f"it still has the placeholder {found}", "put the value in its place"
                )


def copy_findings(root: Tree) -> Iterator[Finding]:
    """Lines that a copy of a template has in common with it, though other copies have put their names there."""
    for left in leftovers(root):
        message = f"it still has {left.placeholder}, for which other copies of the template have their own names"
        hint = f"put {left.name} in its place; the template is {left.template}"
        yield Finding(PLACEHOLDER, message, root.at(left.path, left.line), "", (), hint)


def _left(obj: KubeObject) -> Iterator[tuple[Path, str]]:
    todo: list[tuple[Path, Any]] = [((), obj.value)]
    while todo:
        path, value = todo.pop()
        if isinstance(value, str):
            if len(value) <= MAX_TEXT and "\n" not in value and (found := _placeholder(path, value)):
                yield path, found
        elif isinstance(value, Mapping):
            todo += [((*path, name), item) for name, item in reversed(list(value.items()))]
        elif isinstance(value, list):
            todo += [((*path, index), item) for index, item in reversed(list(enumerate(value)))]


def _placeholder(path: Path, value: str) -> str:
    """What stands for something else in a value; empty if nothing does."""
    if match := _LEFT.search(value):
        return match[0].strip(":")
    if "<" not in value or "annotations" in path or not _is_strict(path):
        return ""
    bracketed = _IN_BRACKETS.fullmatch(value)
    return f"<{bracketed[1]}>" if bracketed and not _NO_PLACEHOLDERS.fullmatch(bracketed[1]) else ""


def _is_strict(path: Path) -> bool:
    """True for a field, or a list's item of it, that cannot have angle brackets."""
    field = next((step for step in reversed(path) if isinstance(step, str)), "")
    return _STRICT_FIELDS.search(field) is not None
