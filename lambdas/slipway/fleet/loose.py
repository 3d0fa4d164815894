"""Where clusters start in a repository that does not say how their Flux was bootstrapped.

Terraform, a cloud's GitOps add-on or a person at a terminal did it, and Git holds Flux Kustomizations only. Which of
them are the first ones is guessed, the better the more the repository says:

1. One that applies the file that it is written in was applied by hand once and keeps itself since.
2. A directory below one called `clusters` is what a cluster's Flux syncs, if Kustomizations are written there.
3. Else it is one cluster, and it starts with the Kustomizations that no other one applies.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from slipway.errors import InputError
from slipway.fleet.flux import (
    KUSTOMIZE_GROUP,
    ROOT_NAME,
    Kustomization,
    Source,
    is_kustomization,
    is_source,
)
from slipway.fleet.kustomization import kustomization_file, load_root_kustomization
from slipway.fleet.kustomize import plan_build
from slipway.fleet.objects import KubeObject, ObjectKey, sequence, text
from slipway.fleet.tree import Tree


@dataclass(frozen=True)
class Start:
    """Kustomizations that one cluster starts with."""

    directory: str
    """What names the cluster; `""` if nothing does."""
    kustomizations: tuple[Kustomization, ...]
    own_sources: frozenset[ObjectKey]
    """The sources that are this repository, as the cluster knows it."""
    sources: tuple[Source, ...]
    """Sources that the cluster knows before anything is applied."""


def starts(tree: Tree, files: Iterable[list[KubeObject]]) -> list[Start]:
    """Where the clusters start.

    Args:
        tree: the repository.
        files: the Flux objects written in each of its files.
    """
    objects = [obj for file in files for obj in file]
    loose = [Kustomization(obj) for obj in objects if is_kustomization(obj) and obj.name != ROOT_NAME]
    sources = {obj.key: Source(obj) for obj in objects if is_source(obj)}
    if keepers := _keepers(tree, loose):
        return [_start(tree, keeper.path, [keeper], sources) for keeper in keepers]
    if by_directory := _by_cluster_directory(loose):
        return [_start_in(tree, directory, found, sources) for directory, found in by_directory.items()]
    return [_start(tree, "", _tops(loose, _own(tree, loose, sources)) or loose, sources)] if loose else []


def _start(tree: Tree, directory: str, kustomizations: list[Kustomization], sources: dict[ObjectKey, Source]) -> Start:
    own = _own(tree, kustomizations, sources)
    used = dict.fromkeys(one.source for one in kustomizations)
    return Start(directory, tuple(kustomizations), own, tuple(sources[key] for key in used if key in sources))


def _own(tree: Tree, kustomizations: list[Kustomization], sources: dict[ObjectKey, Source]) -> frozenset[ObjectKey]:
    """The source that is this repository: the one that most have of those whose paths are here."""
    here = Counter(one.source for one in kustomizations if one.path and tree.is_dir(one.path))
    here = here or Counter(one.source for one in kustomizations if not one.path and one.source not in sources)
    return frozenset(key for key, _ in here.most_common(1))


def _keepers(tree: Tree, loose: list[Kustomization]) -> list[Kustomization]:
    """Those that apply the file that they are written in, and that no other such one applies."""
    keepers = [one for one in loose if one.path and applies(tree, one.path, one.definition.origin.path)]
    return [
        one
        for one in keepers
        if not any(other.path != one.path and f"{one.path}/".startswith(f"{other.path}/") for other in keepers)
    ]


def applies(tree: Tree, directory: str, file: str) -> bool:
    """True if a build of a directory has a file: it lies there, and no kustomization says otherwise."""
    if not file.startswith(f"{directory}/"):
        return False
    try:
        found = kustomization_file(tree, directory)
        if found is None:
            return True
        resources = map(text, sequence(load_root_kustomization(tree, found).get("resources")))
    except InputError:
        return False
    named = [posixpath.normpath(posixpath.join(directory, entry)) for entry in resources]
    below = [entry for entry in named if entry.startswith(f"{directory}/")]
    return any(entry == file or applies(tree, entry, file) for entry in below)


def _by_cluster_directory(loose: list[Kustomization]) -> dict[str, list[Kustomization]]:
    """Kustomizations by the directory that names their cluster, in the repository's topmost `clusters` directory."""
    found: dict[tuple[int, str], list[Kustomization]] = {}
    for one in loose:
        parts = one.definition.origin.path.split("/")[:-1]
        at = next((index for index, part in enumerate(parts[:-1]) if part.endswith("clusters")), None)
        if at is not None:
            found.setdefault((at, "/".join(parts[: at + 2])), []).append(one)
    topmost = min((at for at, _ in found), default=0)
    return {directory: entries for (at, directory), entries in sorted(found.items()) if at == topmost}


def _start_in(tree: Tree, directory: str, found: list[Kustomization], sources: dict[ObjectKey, Source]) -> Start:
    """A start with all that is in a directory, or with its Kustomizations if it holds what cannot be applied."""
    start = _start(tree, directory, found, sources)
    source = next(iter(start.own_sources), None)
    if source is None:
        return start
    origin = tree.at(kustomization_file(tree, directory) or found[0].definition.origin.path, 1)
    spec = {
        "path": directory,
        "prune": True,
        "sourceRef": {"kind": source.kind, "name": source.name, "namespace": source.namespace},
    }
    root = Kustomization(
        KubeObject(
            {
                "apiVersion": f"{KUSTOMIZE_GROUP}/v1",
                "kind": "Kustomization",
                "metadata": {"name": ROOT_NAME, "namespace": source.namespace},
                "spec": spec,
            },
            origin,
        )
    )
    try:
        plan_build(tree, directory, spec)
    except InputError:
        return Start(directory, tuple(_tops(found, start.own_sources) or found), start.own_sources, start.sources)
    return Start(directory, (root,), start.own_sources, start.sources)


def _tops(kustomizations: list[Kustomization], own: frozenset[ObjectKey]) -> list[Kustomization]:
    """Those whose file the path of no other one holds."""
    holders = Counter(one.path for one in kustomizations if one.source in own)

    def is_top(one: Kustomization) -> bool:
        above = _directories(one.definition.origin.path)
        holding = sum(holders[directory] for directory in above)
        return holding == (one.source in own and one.path in above)

    return [one for one in kustomizations if is_top(one)]


def _directories(path: str) -> set[str]:
    """The directories that a file lies in, the root among them."""
    parts = path.split("/")[:-1]
    return {"/".join(parts[:depth]) for depth in range(len(parts) + 1)}
