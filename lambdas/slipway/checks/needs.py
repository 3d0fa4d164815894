"""Rules about what a Kustomization needs on its cluster beside its source: SLW105.

Source of the rules: fluxcd/pkg, `kustomize/kustomize_varsub.go`, by which ConfigMaps and Secrets with variables are
read in the Kustomization's own namespace, on the cluster of its Flux.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace

from slipway.checks.finding import Finding, Rule
from slipway.checks.lines import Lines
from slipway.checks.made import Made
from slipway.checks.presence import Presence
from slipway.checks.subject import Subject
from slipway.fleet.manifests import Path
from slipway.fleet.model import Cluster, RenderedKustomization
from slipway.fleet.objects import ObjectKey
from slipway.fleet.settings import Severity

VARIABLES_MISSING = Rule("SLW105", "Variables from what does not exist", "error")

RULES = (VARIABLES_MISSING,)


def needs_findings(subject: Subject) -> Iterator[Finding]:
    """What Kustomizations name and their clusters do not have."""
    for cluster in subject.fleet.clusters.values():
        yield from _variables(cluster, subject)


def _variables(cluster: Cluster, subject: Subject) -> Iterator[Finding]:
    presence = subject.presences[cluster.name]
    needed = {done.id: list(_variables_of(done)) for done in cluster.kustomizations if done.kustomization.substitutes}
    judged: dict[ObjectKey, _Judged] = {}
    for done in cluster.kustomizations:
        for key, path in needed.get(done.id, ()):
            if presence.has(key) or "${" in key.name:
                continue
            if (known := judged.get(key)) is None:
                beside = {other for keys in needed.values() if key in dict(keys) for other, _ in keys}
                known = judged[key] = _judged(key, beside, presence, subject.made(cluster))
            elif known.severity == "info":  # it is told once, whoever needs it
                continue
            if known.severity:
                yield _variables_missing(done, key, path, known, subject.lines)


def _variables_of(done: RenderedKustomization) -> Iterator[tuple[ObjectKey, Path]]:
    for index, ref in enumerate(done.kustomization.variables_from):
        if ref.name and ref.kind in ("ConfigMap", "Secret") and not ref.optional:
            key = ObjectKey("", ref.kind, done.definition.namespace, ref.name)
            yield key, ("spec", "postBuild", "substituteFrom", index, "name")


@dataclass(frozen=True)
class _Judged:
    """What it means that Git does not hold something."""

    severity: Severity | None
    """None if something in Git makes it."""
    meant: ObjectKey | None = None
    """What is there in its place."""
    doubt: str = ""
    """What may make it all the same."""


def _judged(key: ObjectKey, beside: Container[ObjectKey], presence: Presence, made: Made) -> _Judged:
    """What it means that a ConfigMap or Secret is not there.

    Most that Git does not hold are made by hand or by whatever makes the clusters, or are copied from one namespace to
    others by controllers. Of the other kind or with a letter too many, it is a mistake.
    """
    if made.may_be(key):
        return _Judged(None)
    doubt = presence.doubt(key, key)
    other_kind = "ConfigMap" if key.kind == "Secret" else "Secret"
    other = replace(key, kind=other_kind)
    if meant := other if presence.has(other) and other not in beside else presence.typo(key, beside):
        return _Judged("warning" if doubt else "error", meant, doubt)
    namesake = presence.namesake(key) or made.namesake(key)
    if namesake is None or namesake in beside or doubt or made.copier(namesake, key):
        return _Judged("info")
    return _Judged("warning", namesake, f"a copy of {namesake}")


def _variables_missing(
    done: RenderedKustomization, key: ObjectKey, path: Path, known: _Judged, lines: Lines
) -> Finding:
    cause = lines.cause_of_definition(done, path)
    rule = VARIABLES_MISSING.at(known.severity or "error")
    if known.meant is None:
        message, hint = "variables come from it, and nothing in Git makes it", "the cluster must have it"
        return Finding(rule, message, cause.where, str(key), (done.home,), hint)
    message = f"its variables come from {key}, which nothing in Git makes"
    consequence = f"it fails unless something else makes it ({known.doubt})" if known.doubt else "it fails"
    hint = "; ".join(filter(None, (consequence, f"there is {known.meant}", cause.hint)))
    return Finding(rule, message, cause.where, str(done.key), (done.home,), hint)
