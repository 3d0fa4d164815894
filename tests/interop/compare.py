"""Compare every Kustomization of a real repository with what Flux's own code makes of it.

    make test-interop    # builds the programs of the reference
    .venv/bin/python -m tests.interop.compare DIR [--source NAME=DIR]...

Both sides get the same files and the same variables. What only a cluster knows (encrypted Secrets, ConfigMaps that Git
does not hold) gets an invented value first, so that substitution is compared there too. No part of the test suite:
docs/measured.md says which repositories were compared, and what came of it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest import mock

from slipway.fleet import render
from slipway.fleet.flux import Kustomization
from slipway.fleet.known import Known
from slipway.fleet.kustomize import Build, Builder
from slipway.fleet.model import Fleet, OwnerId, RenderedKustomization
from slipway.fleet.objects import mapping
from slipway.fleet.post_build import Variables, applied
from slipway.fleet.settings import ClusterSettings, Settings, load_settings
from slipway.fleet.sources import Sources
from slipway.fleet.tree import Tree
from slipway.tools.directory import tree_from_directory
from slipway.tools.engine import find_engine
from slipway.tools.workers import Workers
from tests.interop.reference import Answer, BuildCase, FluxReference


def main() -> int:
    """Compare, print what differs, and count; 0 if nothing does."""
    parser = argparse.ArgumentParser(description="Compare a repository's Kustomizations with Flux's own code.")
    parser.add_argument("directory", metavar="DIR")
    parser.add_argument("--source", action="append", default=[], metavar="NAME=DIR")
    options = parser.parse_args()
    root = tree_from_directory(Path(options.directory))
    given = {
        name: tree_from_directory(Path(path), name)
        for name, _, path in (source.rpartition("=") for source in options.source)
    }
    settings = load_settings(root)
    recorded = _record(root, given, settings)
    if unknown := _unknown(recorded.fleet):
        recorded = _record(root, given, _with_variables(settings, unknown))
    with tempfile.TemporaryDirectory(prefix="slipway-compare-") as scratch:
        outcomes = Counter(_compare(recorded, Path(scratch)))
    print(", ".join(f"{count} {what}" for what, count in sorted(outcomes.items())))
    return 1 if any(what.startswith(("different", "only")) for what in outcomes) else 0


@dataclass
class _Recorded:
    """A rendered fleet, with what went into each Kustomization."""

    trees: dict[int, Tree] = field(default_factory=dict)
    """By the id of its spec."""
    variables: dict[OwnerId, Variables] = field(default_factory=dict)
    fleet: Fleet = field(default_factory=lambda: Fleet({}, (), ()))


def _record(root: Tree, given: Mapping[str, Tree], settings: Settings) -> _Recorded:
    recorded = _Recorded()
    asked: dict[int, tuple[OwnerId, Variables]] = {}
    looked_up = Known.variables

    class Recorder(Builder):
        def build(self, tree: Tree, directory: str, spec: Mapping[str, Any]) -> Build:
            recorded.trees[id(spec)] = tree
            return super().build(tree, directory, spec)

    def looking_up(known: Known, home: str, kustomization: Kustomization) -> Variables:
        variables = looked_up(known, home, kustomization)
        asked[id(variables)] = ((home, kustomization.key), variables)
        return variables

    def substituting(kustomization: Kustomization, build: Build, variables: Variables) -> Any:
        # Clusters share what is equal, Kustomizations among it, but each has its own variables.
        owner, _ = asked[id(variables)]
        recorded.variables[owner] = variables
        return applied(kustomization, build, variables)

    engine = find_engine()
    try:
        with mock.patch.object(render, "applied", substituting), mock.patch.object(Known, "variables", looking_up):
            recorded.fleet = render.render_fleet(Sources(root, given), Recorder(engine), settings)
    finally:
        if isinstance(engine, Workers):
            engine.close()
    return recorded


def _unknown(fleet: Fleet) -> dict[str, set[str]]:
    """By cluster, the variables whose values only the cluster knows."""
    unknown: dict[str, set[str]] = {}
    for done in _kustomizations(fleet):
        unknown.setdefault(done.home, set()).update(done.unknown_variables)
    return {cluster: names for cluster, names in unknown.items() if names}


def _with_variables(settings: Settings, unknown: Mapping[str, set[str]]) -> Settings:
    clusters = dict(settings.clusters)
    for cluster, names in unknown.items():
        known = clusters.get(cluster, ClusterSettings())
        invented = {name: f"invented-{name.lower().replace('_', '-')}" for name in sorted(names)}
        clusters[cluster] = replace(known, variables={**invented, **known.variables})
    return replace(settings, clusters=clusters)


def _compare(recorded: _Recorded, scratch: Path) -> Iterator[str]:
    """What came of each Kustomization."""
    flux = FluxReference()
    directories: dict[int, Path] = {}
    problems = {(problem.cluster, problem.object): problem.message for problem in recorded.fleet.problems}
    cases: list[tuple[RenderedKustomization, str | None, BuildCase]] = []
    for done in _kustomizations(recorded.fleet):
        spec = done.kustomization.spec
        tree = done.tree or recorded.trees.get(id(spec))
        problem = problems.get((done.home, str(done.key))) if done.failed else None
        if tree is None or (done.failed and problem is None):
            yield "not rendered here"
            continue
        if id(tree) not in directories:
            directories[id(tree)] = _written(tree, scratch / str(len(directories)))
        cases.append((done, problem, _case(done, directories[id(tree)], recorded.variables.get(done.id))))
    answers = flux.builds(case for _, _, case in cases)
    for (done, problem, _), answer in zip(cases, answers, strict=True):
        if answer.error and problem is not None:
            print(f"{done.home} {done.key}: both refuse it\n  Slipway: {problem}\n  Flux:    {answer.error}")
            yield "refused by both"
        elif answer.error or problem is not None:
            print(f"{done.home} {done.key}: only one refuses it\n  Slipway: {problem}\n  Flux:    {answer.error}")
            yield f"only refused by {'Flux' if answer.error else 'Slipway'}"
        else:
            yield _outcome(flux, done, answer)


def _outcome(flux: FluxReference, done: RenderedKustomization, answer: Answer) -> str:
    labels, annotations = done.kustomization.common_metadata
    # In what order a build names them says nothing: Flux sorts its objects when it applies them.
    theirs = sorted((_with_metadata(value, labels, annotations) for value in flux.documents(answer)), key=_identity)
    ours = sorted((dict(obj.value) for obj in done.objects), key=_identity)
    if ours == theirs:
        return "same"
    print(f"{done.home} {done.key}: {len(ours)} objects, Flux has {len(theirs)}")
    for mine, other in zip(ours, theirs, strict=False):
        for path, left, right in _differences(mine, other, ""):
            print(f"  {mine.get('kind')} {mapping(mine.get('metadata')).get('name')}{path}: {left!r}, Flux: {right!r}")
    return "different"


def _identity(value: Mapping[str, Any]) -> tuple[str, ...]:
    metadata = mapping(value.get("metadata"))
    return tuple(
        str(item) for item in (value["apiVersion"], value["kind"], metadata.get("namespace"), metadata["name"])
    )


def _differences(left: Any, right: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        for name in sorted({*left, *right}, key=str):
            yield from _differences(left.get(name), right.get(name), f"{path}.{name}")
    elif left != right:
        yield path, left, right


def _with_metadata(value: Any, labels: Mapping[str, Any], annotations: Mapping[str, Any]) -> dict[str, Any]:
    """An object with spec.commonMetadata, which Flux adds at apply."""
    metadata = dict(value["metadata"])
    for name, added in (("labels", labels), ("annotations", annotations)):
        if added:
            metadata[name] = {**mapping(metadata.get(name)), **added}
    return {**value, "metadata": metadata}


def _case(done: RenderedKustomization, root: Path, variables: Variables | None) -> BuildCase:
    definition = done.kustomization.definition
    kustomization = {
        "apiVersion": definition.value["apiVersion"],
        "kind": "Kustomization",
        "metadata": {"name": definition.name, "namespace": definition.namespace},
        "spec": {**definition.spec},
    }
    path = str(definition.spec.get("path", ""))
    if variables is None or not done.kustomization.substitutes:
        return BuildCase(root, path, kustomization, {}, in_place=True)
    case = BuildCase(root, path, kustomization, {}, variables.strict, in_place=True)
    return case.with_variables(variables.values)


def _written(tree: Tree, directory: Path) -> Path:
    for path in tree:
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(tree.read(path))
    return directory


def _kustomizations(fleet: Fleet) -> Iterator[RenderedKustomization]:
    for cluster in fleet.clusters.values():
        yield from cluster.kustomizations


if __name__ == "__main__":
    sys.exit(main())
