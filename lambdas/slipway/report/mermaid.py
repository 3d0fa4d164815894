"""The Flux dependency graph as Mermaid (mermaid.js.org/syntax/flowchart), which GitHub draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

from slipway.fleet.flux import is_helm_release
from slipway.fleet.model import Cluster, Fleet, OwnerId
from slipway.fleet.objects import ObjectKey, mapping, sequence, text
from slipway.report.words import listed, plain

MAX_EDGES = 500
"""What Mermaid draws at most (its `maxEdges`); of a chart with more it shows an error."""
MAX_CHARACTERS = 48_000
"""Mermaid's own limit (`maxTextSize`) is 50,000; the rest is for what says that something is left out."""
ROOM_FOR_EDGES = 20 * MAX_EDGES
"""Of these characters: boxes without arrows would be no graph."""
MAX_LABEL = 80
"""Characters of a name in a box."""


def fleet_graph(fleet: Fleet, only: frozenset[str] = frozenset()) -> str:
    """A flowchart: solid arrows from what must be ready first (dependsOn), dotted ones from what applies it.

    Clusters with the same graph share one.

    Args:
        fleet: the rendered fleet.
        only: names of clusters; all of them if empty.
    """
    drawings: dict[_Drawing, list[str]] = {}
    for cluster in fleet.clusters.values():
        if not only or cluster.name in only:
            drawings.setdefault(_draw(cluster), []).append(cluster.name)
    chart = _Chart()
    for drawing, names in drawings.items():
        chart.add(drawing, names)
    return chart.text()


@dataclass(frozen=True)
class _Node:
    name: str
    look: str
    """One of `_LOOKS`."""
    rounded: bool = False


_LOOKS: Mapping[str, str] = {
    "failed": "stroke:#cf222e,stroke-width:3px",
    "missing": "stroke:#cf222e,stroke-dasharray:4 3",
    "suspended": "stroke-dasharray:4 3",
    "elsewhere": "stroke-dasharray:1 3",
    "": "",
}


@dataclass(frozen=True)
class _Drawing:
    """A cluster's graph; the home of what is its own is `""`."""

    nodes: tuple[tuple[OwnerId, _Node], ...]
    edges: tuple[tuple[OwnerId, str, OwnerId], ...]


def _draw(cluster: Cluster) -> _Drawing:
    nodes: dict[OwnerId, _Node] = {}
    edges: dict[tuple[OwnerId, str, OwnerId], None] = {}
    for done in cluster.kustomizations:
        look = "failed" if done.failed else "suspended" if done.kustomization.suspended else ""
        nodes["", done.key] = _Node(_short(done.key), look)
        for dependency in done.kustomization.depends_on:
            edges[("", dependency), "-->", ("", done.key)] = None
        if done.ancestors:
            edges[_seen_from(cluster, done.ancestors[-1]), "-.->", ("", done.key)] = None
    for obj, owner in cluster.landed:
        if is_helm_release(obj):
            look = "suspended" if obj.spec.get("suspend") is True else ""
            nodes["", obj.key] = _Node(_short(obj.key), look, rounded=True)
            edges[_seen_from(cluster, owner.id), "-.->", ("", obj.key)] = None
            for entry in map(mapping, sequence(obj.spec.get("dependsOn"))):
                namespace = text(entry.get("namespace")) or obj.namespace
                key = ObjectKey(obj.group, obj.kind, namespace, text(entry.get("name")))
                edges[("", key), "-->", ("", obj.key)] = None
    for (home, key), _, _ in edges:
        if home:
            nodes[home, key] = _Node(f"{home}: {_short(key)}", "elsewhere")
        elif (home, key) not in nodes:
            nodes[home, key] = _Node(f"{_short(key)} is missing", "missing")
    return _Drawing(tuple(nodes.items()), tuple(edges))


def _seen_from(cluster: Cluster, identity: OwnerId) -> OwnerId:
    home, key = identity
    return ("", key) if home == cluster.name else identity


class _Chart:
    def __init__(self) -> None:
        self._lines = ["flowchart LR"]
        self._size = 0
        self._ids = (f"n{number}" for number in count())
        self._looks: set[str] = set()
        self._edges = 0
        self._left_nodes = 0
        self._left_edges = 0

    def add(self, drawing: _Drawing, clusters: list[str]) -> None:
        if not self._add(f'subgraph {next(self._ids)}["{_label(listed(clusters))}"]'):
            self._left_nodes += len(drawing.nodes)
            self._left_edges += len(drawing.edges)
            return
        ids: dict[OwnerId, str] = {}
        for identity, node in drawing.nodes:
            number = next(self._ids)
            left, right = ("([", "])") if node.rounded else ("[", "]")
            look = f":::{node.look}" if node.look else ""
            if self._add(f'  {number}{left}"{_label(node.name)}"{right}{look}'):
                ids[identity] = number
                self._looks.add(node.look)
            else:
                self._left_nodes += 1
        self._lines.append("end")
        for start, arrow, end in drawing.edges:
            drawn = start in ids and end in ids and self._edges < MAX_EDGES
            if drawn and self._add(f"{ids[start]} {arrow} {ids[end]}", MAX_CHARACTERS):
                self._edges += 1
            else:
                self._left_edges += 1

    def text(self) -> str:
        if self._left_nodes or self._left_edges:
            note = f"left out, for Mermaid draws no more: {self._left_nodes:,} boxes, {self._left_edges:,} arrows"
            self._lines.append(f'{next(self._ids)}["{note}"]')
        styles = (f"classDef {look} {_LOOKS[look]}" for look in sorted(self._looks - {""}))
        return "\n  ".join([*self._lines, *styles]) + "\n"

    def _add(self, line: str, limit: int = MAX_CHARACTERS - ROOM_FOR_EDGES) -> bool:
        """False if there is no room for the line."""
        if self._size + len(line) + 3 > limit:
            return False
        self._size += len(line) + 3
        self._lines.append(line)
        return True


def _short(key: ObjectKey) -> str:
    return key.name if key.namespace in ("", "flux-system") else f"{key.namespace}/{key.name}"


def _label(name: str) -> str:
    """Text in a box: everything that is neither a letter nor harmless as one of Mermaid's numbered entities."""
    shown = plain(name)
    shown = shown if len(shown) <= MAX_LABEL else shown[:MAX_LABEL] + "…"
    return (
        "".join(
            character if character.isalnum() or character in " ./:-_…" else f"#{ord(character)};" for character in shown
        )
        or "no name"
    )
