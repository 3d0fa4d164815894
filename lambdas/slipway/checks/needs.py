"""Rules about what a Kustomization needs on its cluster beside its source: SLW105.

Source of the rules: fluxcd/pkg, `kustomize/kustomize_varsub.go`, by which ConfigMaps and Secrets with variables are
read in the Kustomization's own namespace, on the cluster of its Flux.
"""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.finding import Finding, Rule
from slipway.checks.lines import Lines
from slipway.checks.subject import Subject
from slipway.checks.unmade import Unmade, unmade
from slipway.fleet.manifests import Path
from slipway.fleet.model import Cluster, RenderedKustomization
from slipway.fleet.objects import ObjectKey

VARIABLES_MISSING = Rule("SLW105", "Variables from what does not exist", "error")

RULES = (VARIABLES_MISSING,)


def needs_findings(subject: Subject) -> Iterator[Finding]:
    """What Kustomizations name and their clusters do not have."""
    for cluster in subject.fleet.clusters.values():
        yield from _variables(cluster, subject)


def _variables(cluster: Cluster, subject: Subject) -> Iterator[Finding]:
    presence = subject.presences[cluster.name]
    needed = {done.id: list(_variables_of(done)) for done in cluster.kustomizations if done.kustomization.substitutes}
    judged: dict[ObjectKey, Unmade] = {}
    for done in cluster.kustomizations:
        for key, path in needed.get(done.id, ()):
            if presence.has(key) or "${" in key.name:
                continue
            if (known := judged.get(key)) is None:
                beside = {other for keys in needed.values() if key in dict(keys) for other, _ in keys}
                known = judged[key] = unmade(key, beside, presence, subject.made(cluster))
            elif known.severity == "info":  # it is told once, whoever needs it
                continue
            if known.severity:
                yield _variables_missing(done, key, path, known, subject.lines)


def _variables_of(done: RenderedKustomization) -> Iterator[tuple[ObjectKey, Path]]:
    for index, ref in enumerate(done.kustomization.variables_from):
        if ref.name and ref.kind in ("ConfigMap", "Secret") and not ref.optional:
            key = ObjectKey("", ref.kind, done.definition.namespace, ref.name)
            yield key, ("spec", "postBuild", "substituteFrom", index, "name")


def _variables_missing(done: RenderedKustomization, key: ObjectKey, path: Path, known: Unmade, lines: Lines) -> Finding:
    cause = lines.cause_of_definition(done, path)
    rule = VARIABLES_MISSING.at(known.severity or "error")
    if known.meant is None:
        message, hint = "variables come from it, and nothing in Git makes it", "the cluster must have it"
        return Finding(rule, message, cause.where, str(key), (done.home,), hint)
    message = f"its variables come from {key}, which nothing in Git makes"
    consequence = f"it fails unless something else makes it ({known.doubt})" if known.doubt else "it fails"
    hint = "; ".join(filter(None, (consequence, f"there is {known.meant}", cause.hint)))
    return Finding(rule, message, cause.where, str(done.key), (done.home,), hint)
