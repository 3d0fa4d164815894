"""What is certain to be on a cluster, and what may be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from slipway.fleet.flux import OPERATOR_GROUP, is_helm_release
from slipway.fleet.model import Cluster, RenderedKustomization
from slipway.fleet.objects import ObjectKey

MAX_GUESSES = 20
"""Missing names on one cluster for which a similar one is looked for: comparing names takes its time."""
MAX_COMPARED = 1_000
"""Names that one is compared with."""
MAX_TYPOS = 2
"""Letters by which similar names differ in length."""

_DEPENDABLE = ("Kustomization", "HelmRelease")


class Presence:
    """The objects of one cluster, and what could hold others.

    Args:
        cluster: the cluster.
        failed: the fleet's Kustomizations that could not be rendered.
    """

    def __init__(self, cluster: Cluster, failed: Iterable[RenderedKustomization]) -> None:
        self.cluster = cluster.name
        self._present = {obj.key for obj in cluster.objects}
        for done in cluster.kustomizations:
            self._present.add(done.key)
            if done.source is None or done.source.url:  # bootstrap made what no file in Git says
                self._present.add(done.kustomization.source)
        self._dark = list(_dark(cluster, failed))
        self._guesses = MAX_GUESSES
        self._names: dict[str, list[ObjectKey]] = {}
        for key in sorted(self._present):
            self._names.setdefault(key.name, []).append(key)

    def has(self, key: ObjectKey) -> bool:
        """True if the object is there for certain."""
        return key in self._present

    def doubt(self, waiting: ObjectKey, missing: ObjectKey) -> str:
        """Names what was not rendered and could apply what is missing; empty if nothing could.

        Args:
            waiting: the object that needs what is missing; it does not apply that itself.
            missing: what a Kustomization that has this as its source does not apply either.
        """
        dark = [str(key) for key, source in self._dark if key != waiting and source != missing]
        return f"{dark[0]} and {len(dark) - 1} more" if len(dark) > 1 else "".join(dark)

    def namesake(self, key: ObjectKey) -> ObjectKey | None:
        """What is surely meant: the same name in another namespace, or of the other kind that can be depended on."""
        kinds = _DEPENDABLE if key.kind in _DEPENDABLE else (key.kind,)
        return next((other for other in self._names.get(key.name, []) if other.kind in kinds), None)

    def similar(self, key: ObjectKey) -> ObjectKey | None:
        """What may be meant: nearly the same name."""
        if self._guesses == 0:
            return None
        self._guesses -= 1
        candidates = (other for other in self._present if other.kind == key.kind)
        near = [other for other in candidates if abs(len(other.name) - len(key.name)) <= MAX_TYPOS]
        names = {other.name: other for other in sorted(near)[:MAX_COMPARED]}
        return next((names[name] for name in get_close_matches(key.name, names, n=1, cutoff=0.8)), None)


def _dark(cluster: Cluster, failed: Iterable[RenderedKustomization]) -> Iterator[tuple[ObjectKey, ObjectKey | None]]:
    """What lands objects on the cluster that are not known, and where it takes them from."""
    for done in failed:
        if done.target == cluster.name:
            yield done.key, done.kustomization.source if done.home == cluster.name else None
    for obj in cluster.objects:
        if is_helm_release(obj) or (obj.group == OPERATOR_GROUP and obj.kind == "ResourceSet"):
            yield obj.key, None
