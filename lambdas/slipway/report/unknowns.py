"""What was not rendered and not validated, in groups of the same reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from slipway.checks.finding import NotValidated
from slipway.fleet.model import NotRendered


@dataclass(frozen=True)
class NotRenderedGroup:
    """Things of one kind that were not rendered for one reason on the same clusters."""

    kind: str
    """E.g. `HelmRelease`; empty if the names say what they are."""
    names: tuple[str, ...]
    """Sorted."""
    clusters: tuple[str, ...]
    """Sorted; none if it is not about a cluster."""


def clusters_by_item(items: Iterable[NotRendered]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Clusters by what was not rendered and why, in order."""
    grouped: dict[tuple[str, str], set[str]] = {}
    for item in items:
        grouped.setdefault((item.what, item.why), set()).update({item.cluster} - {""})
    return {key: tuple(sorted(clusters)) for key, clusters in sorted(grouped.items())}


def not_rendered_by_reason(items: Iterable[NotRendered]) -> dict[str, list[NotRenderedGroup]]:
    """Groups by reason, the rarest reason first: what every fleet has, its Helm charts, comes last."""
    reasons: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for (what, why), clusters in clusters_by_item(items).items():
        reasons.setdefault(why, []).append((what, clusters))
    groups = {why: grouped_by_kind(found) for why, found in sorted(reasons.items())}
    return dict(sorted(groups.items(), key=lambda entry: number_of(entry[1])))


def grouped_by_kind(items: Iterable[tuple[str, tuple[str, ...]]]) -> list[NotRenderedGroup]:
    """Things, each with its clusters, by their kinds and clusters."""
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for what, clusters in items:
        match = _THING.fullmatch(what)
        kind, name = match.groups() if match else ("", what)
        groups.setdefault((kind, clusters), []).append(name)
    return [NotRenderedGroup(kind, tuple(names), clusters) for (kind, clusters), names in sorted(groups.items())]


def not_compared_by_kind(names: Iterable[str]) -> dict[str, list[str]]:
    """What was not compared, by its kind and cluster: `HelmRelease web/app on eu` is `web/app` of `HelmRelease on eu`.

    A name that is of another form stands under nothing.
    """
    groups: dict[str, list[str]] = {}
    for name in names:
        match = _ON_CLUSTER.fullmatch(name)
        kind, what, cluster = match.groups() if match else ("", name, "")
        groups.setdefault(f"{kind} on {cluster}" if match else "", []).append(what)
    return groups


def number_of(groups: Iterable[NotRenderedGroup]) -> int:
    """How many things they name."""
    return sum(len(group.names) for group in groups)


def not_validated_by_reason(items: Sequence[NotValidated]) -> dict[str, list[NotValidated]]:
    """Items by reason, the rarest reason first."""
    reasons: dict[str, list[NotValidated]] = {}
    for item in sorted(items, key=lambda item: (item.why, item.what)):
        reasons.setdefault(item.why, []).append(item)
    return dict(sorted(reasons.items(), key=lambda entry: sum(item.count for item in entry[1])))


_OBJECT = r"([A-Z]\w*(?:\.[\w.-]+)?) (\S+)"
"""An object as `ObjectKey` writes it."""
_THING = re.compile(rf"((?:[a-z]+ )*{_OBJECT[1:]}")
"""An object, or something of it: `lookups of HelmRelease web/app`."""
_ON_CLUSTER = re.compile(rf"{_OBJECT} on (.+)", re.DOTALL)
