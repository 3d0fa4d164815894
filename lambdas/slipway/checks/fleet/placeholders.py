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
            match = _LEFT.search(value) if len(value) <= MAX_TEXT and "\n" not in value else None
            if match:
                yield path, match[0].strip(":")
        elif isinstance(value, Mapping):
            todo += [((*path, name), item) for name, item in reversed(list(value.items()))]
        elif isinstance(value, list):
            todo += [((*path, index), item) for index, item in reversed(list(enumerate(value)))]
