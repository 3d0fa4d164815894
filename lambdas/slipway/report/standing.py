"""What stands otherwise on clusters than Git says, in groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from slipway.fleet.model import Cluster
from slipway.fleet.standing import Standing, standing
from slipway.report.unknowns import NotRenderedGroup, grouped_by_kind

_HEADINGS = {
    "suspended": "Suspended, so that changes do not reach the cluster",
    "left_alone": "Left alone by Flux, as they ask for",
    "encrypted": "Encrypted with SOPS, so that what the cluster has is not known",
    "not_decrypted": "Encrypted with SOPS, and nothing decrypts it",
}


def standing_groups(clusters: Iterable[Cluster]) -> Iterator[tuple[str, list[NotRenderedGroup]]]:
    """Headings, each with what belongs below it by kind and clusters; only those that there is something for."""
    found: dict[str, dict[str, set[str]]] = {name: {} for name in _HEADINGS}
    for cluster in clusters:
        known = standing(cluster)
        for name, objects in found.items():
            for key in getattr(known, name):
                objects.setdefault(str(key), set()).add(cluster.name)
    for name, objects in found.items():
        if objects:
            items = ((what, tuple(sorted(names))) for what, names in sorted(objects.items()))
            yield _HEADINGS[name], grouped_by_kind(items)


def standing_document(cluster: Cluster) -> dict[str, list[str]]:
    """The same of one cluster, ready for JSON."""
    known: Standing = standing(cluster)
    return {
        "suspended": list(map(str, known.suspended)),
        "leftAlone": list(map(str, known.left_alone)),
        "encrypted": list(map(str, known.encrypted)),
        "notDecrypted": list(map(str, known.not_decrypted)),
    }
