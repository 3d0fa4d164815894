"""Which definition of a custom kind a cluster has."""

from __future__ import annotations

from slipway.checks.schema import DefinedKind, DefinedKinds, GroupKind, defined_kinds
from slipway.fleet.model import Cluster
from slipway.fleet.objects import KubeObject

DEFINING_KINDS = ("CustomResourceDefinition", "CompositeResourceDefinition")

SEVERAL_WHY = "the cluster gets several definitions of it that differ"


class Definitions:
    """The CRDs and XRDs that land on one cluster, by the kinds that they define."""

    def __init__(self, cluster: Cluster, kinds: DefinedKinds) -> None:
        """Take a rendered cluster, and what is shared by all of them."""
        self._kinds = kinds
        self._landed: dict[GroupKind, list[KubeObject]] = {}
        self._found: dict[GroupKind, DefinedKind | str] = {}
        for obj in cluster.objects:
            if obj.kind in DEFINING_KINDS:
                for kind in defined_kinds(obj.value):
                    self._landed.setdefault(kind, []).append(obj)

    def of(self, obj: KubeObject) -> DefinedKind | str:
        """The definition of an object's kind, or why there is none that counts; `""` if none is at hand."""
        key = obj.group, obj.kind
        if key not in self._landed:
            return ""
        if key not in self._found:
            found = {id(kind): kind for kind in (self._kinds.of(one.value, key) for one in self._landed[key])}
            self._found[key] = next(iter(found.values())) if len(found) == 1 else SEVERAL_WHY
        return self._found[key]
