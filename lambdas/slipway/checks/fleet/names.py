"""Rule about names that AWS refuses: SLW703."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from slipway.checks.custom import is_managed
from slipway.checks.finding import NotValidated, Rule
from slipway.checks.fleet.aws_names import NameRule, aws_names
from slipway.checks.said import Said
from slipway.checks.subject import Subject
from slipway.fleet.manifests import Path

NAME_REFUSED = Rule("SLW703", "A name that AWS does not take", "error")

MAX_SHOWN = 120
"""Characters of a name in a message."""

UNKNOWN_WHY = "its name in AWS has variables whose values only the cluster knows"


def name_findings(subject: Subject) -> Iterator[Said | NotValidated]:
    """Names that are too long for AWS, or have what it does not take; an ARN or a URL names what exists already."""
    unknown: Counter[str] = Counter()
    for landed in subject.distinct:
        obj = landed.obj
        for rule, name, path in aws_names(obj, managed=is_managed(obj)):
            if "${" in name:
                unknown[f"{obj.api_version} {obj.kind}"] += 1
            elif name and ":" not in name and (wrong := _wrong(rule, name)):
                yield Said(NAME_REFUSED, landed, path, wrong, _hint(path))
    yield from (NotValidated(what, UNKNOWN_WHY, count) for what, count in sorted(unknown.items()))


def _wrong(rule: NameRule, name: str) -> str:
    shown = name if len(name) <= MAX_SHOWN else f"{name[:MAX_SHOWN]}…"
    if not rule.least <= len(name) <= rule.most:
        return f"{shown} has {len(name)} characters; the name of {rule.what} has {rule.least} to {rule.most}"
    if not rule.pattern.fullmatch(name):
        return f"{shown} cannot be the name of {rule.what}, which has {rule.says}"
    return ""


def _hint(path: Path) -> str:
    return "set the annotation crossplane.io/external-name to one that fits" if path == ("metadata", "name") else ""
