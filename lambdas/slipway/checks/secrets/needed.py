"""Rules about what workloads need of ConfigMaps and Secrets: SLW624, SLW625."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from slipway.checks.finding import Finding
from slipway.checks.said import Said, once_per_line
from slipway.checks.secrets.keys import DataKeys
from slipway.checks.secrets.rules import DATA_MISSING, KEY_MISSING
from slipway.checks.secrets.uses import Use, uses_of
from slipway.checks.subject import Landed, Subject
from slipway.checks.unmade import Unmade, unmade
from slipway.fleet.objects import ObjectKey

MAX_KEYS = 5
"""Keys that are named where none is similar."""


def needed_findings(subject: Subject) -> Iterator[Finding]:
    """ConfigMaps, Secrets and keys of them that are not there."""
    return once_per_line(_said(subject), subject.lines)


def _said(subject: Subject) -> Iterator[Said]:
    clusters: dict[str, _Cluster] = {}
    for landed in subject.distinct:
        uses = tuple(uses_of(landed.obj))
        if not uses:
            continue
        beside = {use.data for use in uses}
        for name in landed.clusters:
            if name not in clusters:
                clusters[name] = _Cluster(subject, name)
            for use in uses:
                yield from clusters[name].judged(landed, use, beside)


class _Cluster:
    """What one cluster has."""

    def __init__(self, subject: Subject, name: str) -> None:
        cluster = subject.fleet.clusters[name]
        self._name = name
        self._presence = subject.presences[name]
        self._made = subject.made(cluster)
        self._keys = DataKeys(cluster, self._made)
        self._judged: dict[ObjectKey, Unmade] = {}

    def judged(self, landed: Landed, use: Use, beside: set[ObjectKey]) -> Iterator[Said]:
        """What is wrong with a use."""
        if not use.key:
            if not self._presence.has(use.data):
                yield from self._missing(landed, use, beside)
            return
        keys = self._keys.of(use.data)
        if keys is None or use.key in keys or self._keys.may_have_more(use.data):
            return
        similar = get_close_matches(use.key, sorted(keys), n=1)
        there = f"`{similar[0]}`" if similar else ", ".join(f"`{key}`" for key in sorted(keys)[:MAX_KEYS])
        message = f"{use.data} has no key `{use.key}`"
        hint = f"{use.consequence}; there is {there}" if there else use.consequence
        yield Said(KEY_MISSING, landed, use.path, message, hint, (self._name,))

    def _missing(self, landed: Landed, use: Use, beside: set[ObjectKey]) -> Iterator[Said]:
        found = self._judged.get(use.data)
        if found is None:
            found = self._judged[use.data] = unmade(use.data, beside, self._presence, self._made)
        if found.severity is None or found.meant is None:
            return  # most that Git does not hold are made by hand, or by controllers that do not say so
        consequence = use.consequence
        if found.doubt:
            consequence += f" unless something else makes it ({found.doubt})"
        message = f"it needs {use.data}, which nothing in Git makes"
        hint = f"{consequence}; there is {found.meant}"
        yield Said(DATA_MISSING.at(found.severity), landed, use.path, message, hint, (self._name,))
