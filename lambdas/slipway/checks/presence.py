"""What is certain to be on a cluster, and what may be."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from difflib import get_close_matches

from slipway.fleet.crossplane.composite import Composite
from slipway.fleet.model import Cluster, Fleet, RenderedKustomization
from slipway.fleet.objects import ObjectKey

MAX_GUESSES = 20
"""Missing names on one cluster for which a similar one is looked for: comparing names takes its time."""
MAX_COMPARED = 1_000
"""Names that one is compared with."""
MAX_TYPOS = 2
"""Letters by which similar names differ in length."""
MAX_COMPARISONS = 100_000
"""Names on one cluster that are compared to find a letter too many or too few, a tenth of a second of work."""

_HASHED = re.compile(r"(.+)-[2456789bcdfghkmt]{10}")
"""The name of a ConfigMap or Secret with the hash that kustomize's generators put behind it: `api/hasher/hasher.go`."""

_ALIKE = (
    ("Kustomization", "HelmRelease"),
    ("ConfigMap", "Secret"),
    ("Deployment", "StatefulSet", "DaemonSet"),
)
"""Kinds of which one is taken for the other."""


Dark = Mapping[str, ObjectKey | None]
"""What lands objects on a cluster that are not known; of a Kustomization, where it takes them from."""


class Presence:
    """The objects of one cluster, and what could hold others."""

    def __init__(self, cluster: Cluster, dark: Dark) -> None:
        self.cluster = cluster.name
        self._present = {obj.key for obj in cluster.objects}
        for done in cluster.kustomizations:
            self._present.add(done.key)
            if done.source is None or done.source.url:  # bootstrap made what no file in Git says
                self._present.add(done.kustomization.source)
        self._dark = dark
        self._guesses = MAX_GUESSES
        self._comparisons = MAX_COMPARISONS
        self._names: dict[str, list[ObjectKey]] = {}
        self._kinds: dict[tuple[str, str, str], list[ObjectKey]] = {}
        for key in sorted(self._present):
            self._names.setdefault(key.name, []).append(key)
            self._kinds.setdefault(_kind(key), []).append(key)

    def has(self, key: ObjectKey) -> bool:
        """True if the object is there for certain."""
        return key in self._present

    def doubt(self, waiting: ObjectKey, missing: ObjectKey) -> str:
        """Names what was not rendered and could apply what is missing; empty if nothing could.

        Args:
            waiting: the object that needs what is missing; it does not apply that itself.
            missing: what a Kustomization that has this as its source does not apply either.
        """
        own = (str(waiting), f"values of {waiting} from ")
        dark = [what for what, source in self._dark.items() if source != missing and not _is_of(what, *own)]
        return f"{dark[0]} and {len(dark) - 1} more" if len(dark) > 1 else "".join(dark)

    def bringer(self, key: ObjectKey) -> ObjectKey | None:
        """What surely applies a HelmRelease: a Kustomization of the same name, if it could not be rendered."""
        found = self.namesake(key) if key.kind == "HelmRelease" else None
        return found if found and found.kind == "Kustomization" and str(found) in self._dark else None

    def namesake(self, key: ObjectKey) -> ObjectKey | None:
        """What is surely meant: the same name in another namespace, or of the other kind that serves alike."""
        kinds = next((alike for alike in _ALIKE if key.kind in alike), (key.kind,))
        return next((other for other in self._names.get(key.name, []) if other.kind in kinds), None)

    def typo(self, key: ObjectKey, meant_too: Container[ObjectKey], made: Iterable[ObjectKey] = ()) -> ObjectKey | None:
        """What is most probably meant: in the same namespace, with one letter more, less or otherwise.

        Of a ConfigMap or Secret with kustomize's hash behind its name, the name without it is compared, too: what names
        it so was not changed along with it.

        Args:
            key: what is missing.
            meant_too: what is named beside it, and so is not what it stands for.
            made: what comes to be on the cluster without being in Git.
        """
        kind = _kind(key)
        candidates = [*self._kinds.get(kind, ()), *(other for other in made if _kind(other) == kind)]
        self._comparisons -= len(candidates)
        if self._comparisons < 0:
            return None
        return min((one for one in candidates if one not in meant_too and _is_meant(key, one)), default=None)

    def similar(self, key: ObjectKey) -> ObjectKey | None:
        """What may be meant: nearly the same name."""
        if self._guesses == 0:
            return None
        self._guesses -= 1
        candidates = (other for other in self._present if other.kind == key.kind)
        near = [other for other in candidates if abs(len(other.name) - len(key.name)) <= MAX_TYPOS]
        names = {other.name: other for other in sorted(near)[:MAX_COMPARED]}
        return next((names[name] for name in get_close_matches(key.name, names, n=1, cutoff=0.8)), None)


def presence_by_cluster(fleet: Fleet) -> Mapping[str, Presence]:
    """What each cluster has, by its name."""
    dark = dark_by_cluster(fleet)
    return {name: Presence(cluster, dark[name]) for name, cluster in fleet.clusters.items()}


def dark_by_cluster(fleet: Fleet) -> Mapping[str, Dark]:
    """What was not rendered, by the cluster that it lands on."""
    dark: dict[str, dict[str, ObjectKey | None]] = {name: {} for name in fleet.clusters}
    failed = set()
    for owner in fleet.owners:
        if owner.failed and not isinstance(owner, Composite):
            failed.add((owner.home, str(owner.key)))
            source = owner.kustomization.source if isinstance(owner, RenderedKustomization) else None
            if owner.target in dark:  # a cluster that only a failed HelmRelease leads to has no objects
                dark[owner.target][str(owner.key)] = source if owner.home == owner.target else None
    for item in fleet.not_rendered:
        if item.cluster in dark and not item.composed and (item.cluster, item.what) not in failed:
            dark[item.cluster][item.what] = None
    return dark


def _is_of(what: str, waiting: str, values: str) -> bool:
    return what == waiting or what.startswith(values)


def _kind(key: ObjectKey) -> tuple[str, str, str]:
    return key.group, key.kind, key.namespace


def _is_meant(key: ObjectKey, other: ObjectKey) -> bool:
    hashed = _HASHED.fullmatch(other.name) if key.kind in ("ConfigMap", "Secret") else None
    if hashed is not None and abs(len(hashed[1]) - len(key.name)) <= 1:
        return hashed[1] == key.name or _is_typo(key.name, hashed[1])
    return abs(len(key.name) - len(other.name)) <= 1 and _is_typo(key.name, other.name)


def _is_typo(one: str, other: str) -> bool:
    """True if names differ in one place, by letters only: numbers count things of which there are several."""
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, other_rest = one[start:], other[start:]
    while rest and other_rest and rest[-1] == other_rest[-1]:
        rest, other_rest = rest[:-1], other_rest[:-1]
    if not (rest + other_rest).isalpha():
        return (rest + other_rest) in ("-", "_", ".")
    return max(len(rest), len(other_rest)) == 1 or rest == other_rest[::-1]
