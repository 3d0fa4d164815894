"""Rules about how Flux's objects refer to each other: SLW1xx."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from slipway.checks.circles import circles
from slipway.checks.finding import Finding, Rule
from slipway.checks.lines import Cause, Lines
from slipway.checks.presence import Presence
from slipway.checks.subject import Subject
from slipway.fleet.flux import SOURCE_GROUP, Kustomization, is_helm_release, reference
from slipway.fleet.manifests import Path
from slipway.fleet.model import Cluster, Owner
from slipway.fleet.objects import KubeObject, ObjectKey, mapping, sequence, text

SOURCE_MISSING = Rule("SLW101", "A source that does not exist", "error")
DEPENDENCY_MISSING = Rule("SLW102", "A dependency that does not exist", "error")
DEPENDENCY_CYCLE = Rule("SLW103", "Dependencies that go in a circle", "error")

RULES = (SOURCE_MISSING, DEPENDENCY_MISSING, DEPENDENCY_CYCLE)

MAX_NAMED = 12
"""Names of a circle in a message."""


def graph_findings(subject: Subject) -> Iterator[Finding]:
    """References that lead nowhere, and circles."""
    lines = subject.lines
    for cluster in subject.fleet.clusters.values():
        presence = subject.presences[cluster.name]
        dependents = _dependents(cluster)
        owners = {id(obj): owner for obj, owner in cluster.landed if obj.key in dependents}
        failed = {done.kustomization.path for done in cluster.kustomizations if done.failed} - {""}
        kept: dict[ObjectKey, tuple[Kustomization, set[ObjectKey]]] = {}
        for obj in dependents.values():
            for rule, key, path in (*_source(obj), *_dependencies(obj)):
                if presence.has(key) or subject.written.is_below(failed, key):
                    continue
                written = subject.written.place(key)
                keeper = subject.written.keeper(written)
                if keeper is not None and presence.has(keeper.source):
                    kept.setdefault(keeper.key, (keeper, set()))[1].add(key)
                else:
                    cause = lines.cause(obj, owners.get(id(obj)), path)
                    yield _missing(rule, obj, key, presence, cause, written)
        yield from (_kept(keeper, needed, cluster.name) for keeper, needed in kept.values())
        yield from _cycles(dependents, cluster.name, lines, owners)


def _dependents(cluster: Cluster) -> dict[ObjectKey, KubeObject]:
    """The cluster's Kustomizations and HelmReleases."""
    found = {done.key: done.kustomization.definition for done in cluster.kustomizations}
    found.update({obj.key: obj for obj in cluster.objects if is_helm_release(obj)})
    return found


Reference = tuple[Rule, ObjectKey, Path]
"""The rule that it breaks if it leads nowhere, where it leads, and the field that says so."""


def _source(obj: KubeObject) -> Iterator[Reference]:
    """What an object takes its files or its chart from."""
    path: Path = ("spec", "sourceRef")
    if is_helm_release(obj):
        path = ("spec", "chartRef") if "chartRef" in obj.spec else ("spec", "chart", "spec", "sourceRef")
    value: object = obj.value
    for step in path:
        value = mapping(value).get(str(step))
    key = reference(value, SOURCE_GROUP, obj.namespace)
    if key.name and key.kind != "ExternalArtifact":  # those are made on the cluster, by controllers of any kind
        yield SOURCE_MISSING, key, (*path, "name")


def _dependencies(obj: KubeObject) -> Iterator[Reference]:
    """What an object's `dependsOn` names: always objects of its own kind."""
    for index, entry in enumerate(map(mapping, sequence(obj.spec.get("dependsOn")))):
        namespace = text(entry.get("namespace")) or obj.namespace
        key = ObjectKey(obj.group, obj.kind, namespace, text(entry.get("name")))
        yield DEPENDENCY_MISSING, key, ("spec", "dependsOn", index, "name")


def _missing(rule: Rule, obj: KubeObject, key: ObjectKey, presence: Presence, cause: Cause, written: str) -> Finding:
    """What the rule says, or a warning if what is missing may be in what is not rendered.

    Args:
        rule: what is broken.
        obj: what needs something.
        key: what is missing.
        presence: what the cluster has.
        cause: what names it.
        written: the file that has it, if one does that no cluster reads.
    """
    relation, consequence = ("its source is", "it fails")
    if rule is DEPENDENCY_MISSING:
        relation, consequence = ("it depends on", "it waits forever")
    bringer = presence.bringer(key)
    namesake = None if bringer else presence.namesake(key)
    doubt = "" if namesake else str(bringer or presence.doubt(obj.key, key))
    if doubt:
        consequence += f" unless something that is not rendered applies it ({doubt})"
        rule = rule.at("warning")
    hints = [consequence]
    if written:
        hints.append(f"it is written in {written}, which no cluster reads")
    elif similar := namesake or presence.similar(key):
        hints.append(f"there is {similar}")
    if namesake and rule is DEPENDENCY_MISSING:
        hints.append("dependsOn waits for the same kind, in the namespace that it names")
    if cause.hint:
        hints.append(cause.hint)
    message = f"{relation} {key}, which nothing in Git applies"
    return Finding(rule, message, cause.where, str(obj.key), (presence.cluster,), "; ".join(hints))


def _kept(keeper: Kustomization, needed: set[ObjectKey], cluster: str) -> Finding:
    """One finding for all that a Kustomization would bring which somebody may have applied by hand."""
    key = min(needed)
    more = f" and {len(needed) - 1} more" if len(needed) > 1 else ""
    message = f"nothing in Git applies it, and only it would bring what others need: {key}{more}"
    hint = "where it was applied by hand, list it in what Flux reads, so that a new cluster gets it, too"
    where = keeper.definition.origin
    return Finding(SOURCE_MISSING.at("info"), message, where, str(keeper.key), (cluster,), hint)


def _cycles(
    dependents: Mapping[ObjectKey, KubeObject], cluster: str, lines: Lines, owners: Mapping[int, Owner]
) -> Iterator[Finding]:
    edges = {key: [to for _, to, _ in _dependencies(obj) if to in dependents] for key, obj in dependents.items()}
    for circle in circles(edges):
        first = dependents[circle[0]]
        path = next(path for _, to, path in _dependencies(first) if to == circle[1 % len(circle)])
        names = [f"{key.namespace}/{key.name}" for key in circle]
        if len(names) > MAX_NAMED:
            names = [*names[: MAX_NAMED - 1], f"{len(names) - MAX_NAMED + 1} more"]
        message = f"dependsOn goes in a circle: {' → '.join([*names, names[0]])}"
        where = lines.cause(first, owners.get(id(first)), path).where
        yield Finding(DEPENDENCY_CYCLE, message, where, str(first.key), (cluster,), "nothing on it is ever applied")
