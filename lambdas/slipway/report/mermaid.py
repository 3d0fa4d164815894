"""The Flux dependency graph as Mermaid (mermaid.js.org/syntax/flowchart), which GitHub draws."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from slipway.fleet.flux import is_helm_release
from slipway.fleet.model import Cluster, Fleet
from slipway.fleet.objects import ObjectKey, mapping, sequence, text

MAX_EDGES = 450
"""GitHub's Mermaid refuses charts of more than 500 edges (mermaid's `maxEdges`)."""


def fleet_graph(fleet: Fleet, only: frozenset[str] = frozenset()) -> str:
    """A flowchart: solid arrows from what must be ready first (dependsOn), dotted ones from what applies it.

    Args:
        fleet: the rendered fleet.
        only: names of clusters; all of them if empty.
    """
    return "\n".join(["flowchart LR", *_Chart().lines(fleet, only)]) + "\n"


class _Chart:
    def __init__(self) -> None:
        self._ids: dict[tuple[str, ObjectKey], str] = {}
        self._numbers = count()
        self._edges = 0

    def lines(self, fleet: Fleet, only: frozenset[str]) -> Iterator[str]:
        clusters = [cluster for cluster in fleet.clusters.values() if not only or cluster.name in only]
        for number, cluster in enumerate(clusters):
            yield f'  subgraph c{number}["{_label(cluster.name)}"]'
            yield from self._nodes(cluster)
            yield "  end"
        for cluster in clusters:
            for line in self._arrows(cluster):
                if self._edges >= MAX_EDGES:
                    yield f"  %% more than {MAX_EDGES} edges: the rest is left out"
                    return
                self._edges += 1
                yield line

    def _nodes(self, cluster: Cluster) -> Iterator[str]:
        for done in cluster.kustomizations:
            style = ":::failed" if done.failed else ":::suspended" if done.kustomization.suspended else ""
            yield f'    {self._id(cluster.name, done.key)}["{_label(_short(done.key))}"]{style}'
        for obj in cluster.objects:
            if is_helm_release(obj):
                yield f'    {self._id(cluster.name, obj.key)}(["{_label(_short(obj.key))}"])'

    def _arrows(self, cluster: Cluster) -> Iterator[str]:
        for done in cluster.kustomizations:
            node = self._id(cluster.name, done.key)
            for dependency in done.kustomization.depends_on:
                yield f"  {self._id(cluster.name, dependency)} --> {node}"
            if done.ancestors:
                yield f"  {self._id(*done.ancestors[-1])} -.-> {node}"
        for obj, owner in cluster.landed:
            if is_helm_release(obj):
                yield f"  {self._id(*owner.id)} -.-> {self._id(cluster.name, obj.key)}"
                for entry in map(mapping, sequence(obj.spec.get("dependsOn"))):
                    namespace = text(entry.get("namespace")) or obj.namespace
                    key = ObjectKey(obj.group, obj.kind, namespace, text(entry.get("name")))
                    yield f"  {self._id(cluster.name, key)} --> {self._id(cluster.name, obj.key)}"

    def _id(self, cluster: str, key: ObjectKey) -> str:
        if (cluster, key) not in self._ids:
            self._ids[cluster, key] = f"n{next(self._numbers)}"
        return self._ids[cluster, key]


def _short(key: ObjectKey) -> str:
    return key.name if key.namespace == "flux-system" else f"{key.namespace}/{key.name}"


def _label(name: str) -> str:
    return name.replace("&", "#amp;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
