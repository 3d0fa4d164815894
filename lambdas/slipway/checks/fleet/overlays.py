"""Rule about directories of another environment: SLW711.

A directory says by its name whom it is for: an environment of `slipway.yaml`, or a cluster. Who applies that of another
one, though there is one of its own beside it, has copied a file and not changed it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from slipway.checks.finding import Finding, Rule
from slipway.checks.hubs import is_hub
from slipway.checks.subject import Subject
from slipway.fleet.model import RenderedKustomization

OTHERS_DIRECTORY = Rule("SLW711", "A directory of another environment", "warning")


def overlay_findings(subject: Subject) -> Iterator[Finding]:
    """Kustomizations whose path is that of another environment, while their own has one beside it."""
    names = _names(subject)
    built = {(done.target, _source(done), done.kustomization.path) for done in _kustomizations(subject)}
    hubs = {name for name, cluster in subject.fleet.clusters.items() if is_hub(cluster)}
    for done in _kustomizations(subject):
        if done.target not in hubs and done.target in names:
            yield from _judged(done, names, built, subject)


def _judged(
    done: RenderedKustomization, names: Mapping[str, frozenset[str]], built: set[tuple[str, str, str]], subject: Subject
) -> Iterator[Finding]:
    path, own, source = done.kustomization.path, names[done.target], _source(done)
    steps = path.split("/")
    for index, step in enumerate(steps):
        owners = [name for name, theirs in names.items() if step in theirs] if step not in own else []
        if not any((name, source, path) in built for name in owners):
            continue  # it is not for whom it is named for
        for name in sorted(own):
            beside = "/".join((*steps[:index], name, *steps[index + 1 :]))
            if done.tree is None or not done.tree.is_dir(beside) or (done.target, source, beside) in built:
                continue
            where = subject.lines.cause_of_definition(done, ("spec", "path")).where
            message = f"it applies ./{path}, which is for {step}, and there is one for {name}"
            hint = f"if it is not meant, write ./{beside}"
            yield Finding(OTHERS_DIRECTORY, message, where, str(done.key), (done.home,), hint)
            return


def _names(subject: Subject) -> Mapping[str, frozenset[str]]:
    """The names that directories for each cluster have: its own and its environments'."""
    clusters = subject.fleet.clusters
    environments = [(one.name, one.of(clusters)) for one in subject.settings.environments]
    return {name: frozenset((name, *(kind for kind, those in environments if name in those))) for name in clusters}


def _kustomizations(subject: Subject) -> Iterator[RenderedKustomization]:
    return (done for cluster in subject.fleet.clusters.values() for done in cluster.kustomizations)


def _source(done: RenderedKustomization) -> str:
    return done.source.repository if done.source is not None else ""
