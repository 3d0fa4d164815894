"""What one owner brings: a Kustomization is built and substituted, a ResourceSet expanded."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from slipway.errors import InputError, LimitError
from slipway.fleet.artifact_copy import ComposedTree
from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.flux import Kustomization
from slipway.fleet.known import Known
from slipway.fleet.kustomize import Build, Builder
from slipway.fleet.model import Expanded, NotRendered, Owner, OwnerId, Problem, RenderedKustomization
from slipway.fleet.objects import KubeObject, Location
from slipway.fleet.post_build import applied
from slipway.fleet.resource_set import Place, ResourceSets, places
from slipway.fleet.sources import Sources
from slipway.fleet.substitute import SubstitutionError
from slipway.fleet.tree import Tree


@dataclass(frozen=True)
class Todo:
    """An owner to render."""

    home: str
    definition: KubeObject
    """A Kustomization or a ResourceSet."""
    ancestors: tuple[OwnerId, ...] = ()

    @property
    def id(self) -> OwnerId:
        """Whose turn it is."""
        return self.home, self.definition.key


@dataclass(frozen=True)
class Outcome:
    """What came of it."""

    owner: Owner
    problems: tuple[Problem, ...] = ()
    not_rendered: tuple[NotRendered, ...] = ()
    build: Build | None = None
    """Of a Kustomization that could be built."""


def failed(todo: Todo, why: str = "") -> Outcome:
    """An owner that nobody has tried to render, and why."""
    skipped = (NotRendered(str(todo.definition.key), why, todo.home),) if why else ()
    return Outcome(_failed(todo, todo.home), not_rendered=skipped)


def build_kustomization(
    todo: Todo, known: Known, sources: Sources, builder: Builder, built: Callable[[Build], None]
) -> Outcome:
    """What a Kustomization applies.

    Args:
        todo: the Kustomization.
        known: what the clusters have, asked by it.
        sources: where it takes its files from.
        builder: builds it.
        built: told of the build before variables are substituted.
    """
    definition, kustomization = todo.definition, Kustomization(todo.definition)
    target = known.target(todo.home, definition.namespace, kustomization.kube_config)
    done = RenderedKustomization(kustomization, todo.home, target, None, todo.ancestors, (), failed=True)
    tree, build = sources.root, None
    try:
        source = known.source(todo.home, kustomization.source, definition.origin)
        done = replace(done, source=source)
        tree = known.files(todo.home, kustomization.source, source)
        build = builder.build(tree, kustomization.path, kustomization.spec)
        built(build)
        objects, unknown = applied(kustomization, build, known.variables(todo.home, kustomization))
    except InputError as err:
        where = _authored(tree, tree.at(err.file, _line_of(err, tree))) if err.file else definition.origin
        return replace(_refused(todo, done, err, where), build=build)
    done = replace(
        done,
        objects=tuple(_authored_object(tree, obj) for obj in objects),
        unknown_variables=tuple(sorted(unknown)),
        failed=False,
        tree=tree,
    )
    return Outcome(done, build=build)


def expand_resource_set(todo: Todo, known: Known, parent: Owner | None, resource_sets: ResourceSets) -> Outcome:
    """What a ResourceSet makes.

    Args:
        todo: the ResourceSet.
        known: what the clusters have, asked by it.
        parent: what brings it.
        resource_sets: expands it.
    """
    definition = todo.definition
    done = Expanded(definition, todo.home, todo.home, todo.ancestors, failed=True)
    place = _place_in(parent, definition)
    try:
        found = resource_sets.expand(
            definition, lambda key: known.find(todo.home, key), known.providers(todo.home), place
        )
    except InputError as err:
        return _refused(todo, done, err, definition.origin)
    unknown = tuple(NotRendered(what, why, todo.home) for what, why in found.unknown)
    done = replace(done, objects=found.objects, failed=False)
    return Outcome(done, not_rendered=unknown)


def _failed(todo: Todo, target: str) -> Owner:
    if todo.definition.kind == "Kustomization":
        kustomization = Kustomization(todo.definition)
        return RenderedKustomization(kustomization, todo.home, target, None, todo.ancestors, (), failed=True)
    return Expanded(todo.definition, todo.home, target, todo.ancestors, failed=True)


def _refused(todo: Todo, done: Owner, err: InputError, where: Location) -> Outcome:
    name = str(todo.definition.key)
    if isinstance(err, NotFetched):
        return Outcome(done, not_rendered=(NotRendered(name, err.message, todo.home),))
    return Outcome(done, problems=(Problem(_code_of(err, done), err.message, where, name, todo.home),))


def _code_of(err: InputError, done: Owner) -> str:
    if isinstance(err, LimitError):
        return "limit"
    if isinstance(done, Expanded):
        return "expand"
    if isinstance(err, SubstitutionError):
        return "unset" if err.is_unset else "substitution"
    return "build" if isinstance(err, BuildError) else "input"


def _line_of(err: InputError, tree: Tree) -> int:
    """The line of an expression that cannot be substituted, if it is in its object's own file; else the error's."""
    if not isinstance(err, SubstitutionError) or not err.near or err.file not in tree:
        return err.line
    expression = re.compile(rf"^(?!\s*#).*(?<!\$){re.escape(err.near)}(?!\w)".encode())
    for number, line in enumerate(tree.read(err.file).split(b"\n")[max(err.line - 1, 0) :], start=max(err.line, 1)):
        if expression.search(line):
            return number
        if line.startswith(b"---") and number > err.line:
            break
    return err.line


def _authored(tree: Tree, where: Location) -> Location:
    """The place that somebody wrote, also of files that were copied into an artifact."""
    return tree.authored(where) if isinstance(tree, ComposedTree) else where


def _authored_object(tree: Tree, obj: KubeObject) -> KubeObject:
    return replace(obj, origin=tree.authored(obj.origin)) if isinstance(tree, ComposedTree) else obj


def _place_in(parent: Owner | None, definition: KubeObject) -> Place | None:
    """Where the parts of a ResourceSet are written, if it is in a file of what brings it."""
    if not isinstance(parent, RenderedKustomization) or parent.tree is None:
        return None
    path = definition.origin.path
    if isinstance(parent.tree, ComposedTree) or path not in parent.tree:
        return None
    return places(parent.tree.read(path), definition)
