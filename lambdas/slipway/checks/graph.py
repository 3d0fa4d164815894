"""Rules about how Kustomizations and HelmReleases refer to each other: SLW1xx."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from slipway.checks.finding import Finding, Rule
from slipway.checks.lines import Lines
from slipway.fleet.flux import HELM_GROUP, KUSTOMIZE_GROUP, is_helm_release
from slipway.fleet.manifests import Path
from slipway.fleet.model import Cluster, Fleet
from slipway.fleet.objects import KubeObject, ObjectKey, mapping, sequence, text

SOURCE_MISSING = Rule("SLW101", "A source that does not exist", "error")
DEPENDENCY_MISSING = Rule("SLW102", "A dependency that does not exist", "error")
DEPENDENCY_CYCLE = Rule("SLW103", "Dependencies that go in a circle", "error")


def graph_findings(fleet: Fleet, lines: Lines) -> Iterator[Finding]:
    """References that lead nowhere, and circles."""
    for cluster in fleet.clusters.values():
        present = {obj.key for obj in cluster.objects}
        present.update(done.key for done in cluster.kustomizations)
        present.update(done.source.key for done in cluster.kustomizations if done.source and done.source.url)
        complete = not any(item.cluster == cluster.name for item in fleet.not_rendered)
        yield from _missing_sources(cluster, present, lines)
        yield from _missing_dependencies(cluster, present, lines, complete=complete)
        yield from _cycles(cluster, lines)


def _missing_sources(cluster: Cluster, present: set[ObjectKey], lines: Lines) -> Iterator[Finding]:
    for done in cluster.kustomizations:
        if done.source is None or done.source.key in present or done.source.key.kind == "ExternalArtifact":
            continue  # ExternalArtifacts are made on the cluster, by controllers of any kind
        key = done.kustomization.source
        where = lines.of(done.kustomization.definition, ("spec", "sourceRef", "name"))
        similar = sorted({str(other) for other in present if other.name == key.name and other.group == key.group})
        hint = f"; there is {similar[0]}" if similar else ""
        message = f"nothing applies the source {key} to {cluster.name}{hint}"
        yield Finding(SOURCE_MISSING, message, where, str(done.key), (cluster.name,))


def _dependencies(obj: KubeObject) -> Iterator[tuple[ObjectKey, Path]]:
    """What an object's `dependsOn` names: always objects of its own kind."""
    for index, entry in enumerate(map(mapping, sequence(obj.spec.get("dependsOn")))):
        kind = "HelmRelease" if is_helm_release(obj) else "Kustomization"
        group = HELM_GROUP if is_helm_release(obj) else KUSTOMIZE_GROUP
        namespace = text(entry.get("namespace")) or obj.namespace
        yield ObjectKey(group, kind, namespace, text(entry.get("name"))), ("spec", "dependsOn", index, "name")


def _dependents(cluster: Cluster) -> dict[ObjectKey, KubeObject]:
    found = {done.key: done.kustomization.definition for done in cluster.kustomizations}
    found.update({obj.key: obj for obj in cluster.objects if is_helm_release(obj)})
    return found


def _missing_dependencies(
    cluster: Cluster, present: set[ObjectKey], lines: Lines, *, complete: bool
) -> Iterator[Finding]:
    for obj in _dependents(cluster).values():
        for key, path in _dependencies(obj):
            if key in present:
                continue
            message = f"it depends on {key}, which {cluster.name} does not have: it will wait forever"
            other = next((item for item in present if item.name == key.name and item.kind in _DEPENDABLE), None)
            if other is not None:
                message += f". There is {other}: dependsOn only waits for the same kind, in the namespace it names"
            elif not complete:
                continue
            yield Finding(DEPENDENCY_MISSING, message, lines.of(obj, path), str(obj.key), (cluster.name,))


_DEPENDABLE = ("Kustomization", "HelmRelease")


def _cycles(cluster: Cluster, lines: Lines) -> Iterator[Finding]:
    objects = _dependents(cluster)
    edges = {key: [to for to, _ in _dependencies(obj) if to in objects] for key, obj in objects.items()}
    for circle in _circles(edges):
        first = objects[circle[0]]
        path = next(path for to, path in _dependencies(first) if to == circle[1 % len(circle)])
        way = " → ".join(f"{key.namespace}/{key.name}" for key in (*circle, circle[0]))
        message = f"dependsOn goes in a circle: {way}; none of them will ever be applied"
        yield Finding(DEPENDENCY_CYCLE, message, lines.of(first, path), str(first.key), (cluster.name,))


def _circles(edges: Mapping[ObjectKey, list[ObjectKey]]) -> Iterator[tuple[ObjectKey, ...]]:
    """One circle for each set of nodes that reach each other, starting at its smallest node."""
    state: dict[ObjectKey, int] = {}
    for start in sorted(edges):
        if start in state:
            continue
        path: list[ObjectKey] = []
        stack: list[tuple[ObjectKey, Iterator[ObjectKey]]] = [(start, iter(edges[start]))]
        state[start] = 1
        path.append(start)
        while stack:
            node, following = stack[-1]
            after = next(following, None)
            if after is None:
                stack.pop()
                path.pop()
                state[node] = 2
            elif state.get(after) == 1:
                circle = path[path.index(after) :]
                at = circle.index(min(circle))
                yield (*circle[at:], *circle[:at])
            elif after not in state:
                state[after] = 1
                path.append(after)
                stack.append((after, iter(edges[after])))
