"""Objects in the words of a finding: a few by name, all of them by number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from slipway.checks.finding import Finding
from slipway.fleet.objects import ObjectKey

MAX_NAMED = 5
"""Objects, or kinds of them, that are named in a finding; the others are counted."""


def named(keys: Sequence[ObjectKey]) -> str:
    """`Table orders and Queue events`, or the first ones and how many more."""
    return _listed([str(key) for key in keys])


def by_kind(kinds: Iterable[str]) -> str:
    """`Table (2), Deployment (12)`, in the order in which they come first."""
    return _listed([f"{kind} ({number})" for kind, number in Counter(kinds).items()])


def together(findings: Iterable[Finding]) -> Iterator[Finding]:
    """One finding for each line, however many objects it is about: a component or a variable may write hundreds."""
    found: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        found.setdefault((finding.rule, finding.where, finding.message, finding.clusters), []).append(finding)
    for first, *others in found.values():
        if others:
            also = _listed(sorted(finding.object for finding in others))
            yield replace(first, message=f"{first.message}; the same line is of {also}")
        else:
            yield first


def _listed(names: list[str]) -> str:
    shown = names if len(names) <= MAX_NAMED + 1 else [*names[:MAX_NAMED], f"{len(names) - MAX_NAMED} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""
