"""Who brings what others need onto a cluster."""

from __future__ import annotations

from collections.abc import Mapping

from slipway.checks.made import Made
from slipway.fleet.flux import SOURCE_GROUP
from slipway.fleet.model import Cluster, Owner
from slipway.fleet.objects import ObjectKey
from slipway.fleet.scope import GroupKind, custom_kinds


class Bringers:
    """The owners of a cluster's sources, of its data and of its definitions."""

    def __init__(self, cluster: Cluster, made: Made) -> None:
        self._made = made
        self._of: dict[ObjectKey, list[Owner]] = {}
        self.definers: dict[GroupKind, list[Owner]] = {}
        """By the kinds that they define."""
        for obj, owner in cluster.landed:
            if obj.group == SOURCE_GROUP or obj.kind in _KINDS:
                self._of.setdefault(obj.key, []).append(owner)
            elif obj.kind in _DEFINITIONS:
                for kind in custom_kinds([obj]):
                    self.definers.setdefault(kind, []).append(owner)

    def only(self, key: ObjectKey) -> Owner | None:
        """The only one that brings an object, or what a controller makes it of; None if there are several or none."""
        maker = self._made.maker(key)
        found = self._of.get(maker.key if maker else key, [])
        return found[0] if len({owner.id for owner in found}) == 1 else None

    def kinds_of(self, owner: Owner, cache: dict[int, frozenset[GroupKind]]) -> Mapping[GroupKind, list[Owner]]:
        """Who defines the kinds that an owner brings objects of, where others do.

        Args:
            owner: brings the objects.
            cache: the kinds of objects by the ids of what holds them: clusters share most of them.
        """
        if not self.definers:
            return {}
        if (used := cache.get(id(owner.objects))) is None:
            used = cache[id(owner.objects)] = frozenset((obj.group, obj.kind) for obj in owner.objects)
        return {kind: self.definers[kind] for kind in sorted(used & self.definers.keys())}


_KINDS = ("ConfigMap", "Secret", "ExternalSecret", "SealedSecret")
_DEFINITIONS = ("CustomResourceDefinition", "CompositeResourceDefinition")
