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
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from slipway.errors import InputError
from slipway.fleet.kustomize import Builder, MemoryCache
from slipway.fleet.model import Fleet, RenderedKustomization
from slipway.fleet.objects import mapping
from slipway.fleet.post_build import Variables
from slipway.fleet.render import Rendering, render
from slipway.fleet.settings import ClusterSettings, Settings, load_settings
from slipway.fleet.sources import Sources
from slipway.fleet.tree import Tree
from slipway.tools.charts import Network
from slipway.tools.directory import tree_from_directory
from slipway.tools.engine import find_engine, find_helm
from slipway.tools.store import DiskStore
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
    rendering = _render(root, given, settings)
    if unknown := _unknown(rendering.applied):
        rendering = _render(root, given, _with_variables(settings, unknown))
    with tempfile.TemporaryDirectory(prefix="slipway-compare-") as scratch:
        outcomes = Counter(_compare(rendering, Path(scratch)))
    print(", ".join(f"{count} {what}" for what, count in sorted(outcomes.items())))
    return 1 if any(what.startswith(("different", "only")) for what in outcomes) else 0


def _render(root: Tree, given: Mapping[str, Tree], settings: Settings) -> Rendering:
    engine, cache = find_engine(), MemoryCache()
    with tempfile.TemporaryDirectory(prefix="slipway-compare-") as charts:
        # Helm also renders what ResourceSets make; no chart is fetched.
        helm = find_helm(engine, cache, DiskStore(Path(charts)), Network(lambda _: "", offline=True))
        try:
            return render(Sources(root, given), Builder(engine, cache), settings, helm=helm)
        finally:
            if isinstance(engine, Workers):
                engine.close()


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


def _compare(rendering: Rendering, scratch: Path) -> Iterator[str]:
    """What came of each Kustomization."""
    flux, known = FluxReference(), rendering.walk.known
    directories: dict[int, Path] = {}
    problems = {(problem.cluster, problem.object): problem.message for problem in rendering.applied.problems}
    cases: list[tuple[RenderedKustomization, str | None, BuildCase]] = []
    for done in _kustomizations(rendering.applied):
        problem = problems.get((done.home, str(done.key))) if done.failed else None
        tree = done.tree
        if tree is None and problem is not None:
            with suppress(InputError):
                tree = known.files(done.home, done.kustomization.source, done.source)
        if tree is None:
            yield "not rendered here"
            continue
        if id(tree) not in directories:
            directories[id(tree)] = _written(tree, scratch / str(len(directories)))
        variables = known.variables(done.home, done.kustomization)
        cases.append((done, problem, _case(done, directories[id(tree)], variables)))
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


def _case(done: RenderedKustomization, root: Path, variables: Variables) -> BuildCase:
    definition = done.kustomization.definition
    kustomization = {
        "apiVersion": definition.value["apiVersion"],
        "kind": "Kustomization",
        "metadata": {"name": definition.name, "namespace": definition.namespace},
        "spec": {**definition.spec},
    }
    path = str(definition.spec.get("path", ""))
    if not done.kustomization.substitutes:
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
