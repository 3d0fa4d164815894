"""Which line authored a field of a rendered object; docs/rendering.md says how it is found.

It is found when somebody asks, for one field. Nothing is kept with the fleet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from slipway.errors import InputError
from slipway.fleet.artifact_copy import ComposedTree
from slipway.fleet.authors import Author, Authors, Effort
from slipway.fleet.definitions import Definitions, only_variable
from slipway.fleet.expressions import parse
from slipway.fleet.kustomize import Builder, relevant
from slipway.fleet.manifests import YAML_SUFFIXES, Path
from slipway.fleet.marks import find, means
from slipway.fleet.model import Expanded, Fleet, Owner, OwnerId, RenderedKustomization
from slipway.fleet.objects import KubeObject, Location, value_at
from slipway.fleet.outline import outline
from slipway.fleet.sheets import Inputs, document_at
from slipway.fleet.substitute import references
from slipway.fleet.tree import Tree
from slipway.fleet.writer import OBJECT

MAX_BUILDS = 500
"""Builds that are made to find lines: two seconds or so. Then fields are said to be where their objects are."""
MAX_BUILT_BYTES = 64 * 1024 * 1024
"""Bytes that those builds read."""
MAX_AUTHORS = 64
"""Builds that are remembered with what has been found out about them."""
MAX_STEPS = 20
"""How long a chain of Kustomizations and variables is followed."""


@dataclass(frozen=True)
class VariableOrigin:
    """A variable in a field's text."""

    name: str
    where: Location
    """Where its value is defined; the text's own place if that is a default."""
    certain: bool


@dataclass(frozen=True)
class FieldOrigin:
    """What authored a field."""

    where: Location
    """The line to change: of the field in its object's file, in a patch, of the entry of a transformer or generator;
    of a variable's value if the field is nothing but that variable."""
    through: str
    """`object` for the object's own file, else the field that changes it, e.g. `patches`, `images`, `targetNamespace`;
    `HelmRelease` for what a chart brings."""
    certain: bool
    """True if a change of that line is known to change the field. If not, it is a likely line or the object's first."""
    text: Location | None = None
    """Where the text with variables stands; None if no variable was substituted."""
    variables: tuple[VariableOrigin, ...] = ()
    """The variables that were substituted in the field, in the text's order."""


class Provenance:
    """Finds what authored fields of a fleet's objects.

    Args:
        fleet: the rendered fleet.
        builder: the one that it was rendered with, whose engine is asked again.
        root: the repository that the fleet starts in.
        trees: others that it was rendered from; those that Kustomizations were built from are known.
        max_builds: builds that may be made.
        may_go_on: asked before each; once it is false, fields are where their objects are written.
    """

    def __init__(
        self,
        fleet: Fleet,
        builder: Builder,
        root: Tree,
        trees: Iterable[Tree] = (),
        *,
        max_builds: int = MAX_BUILDS,
        may_go_on: Callable[[], bool] = lambda: True,
    ) -> None:
        self._fleet = fleet
        self._builder = builder
        self._trees = {tree.name: tree for tree in (*trees, root)}
        self._effort = Effort(max_builds, MAX_BUILT_BYTES, may_go_on)
        self._authors: dict[tuple[int, str, str], Authors] = {}
        self._owners: dict[OwnerId, Owner] = {}
        self._definitions = Definitions(fleet, root)

    def of(self, obj: KubeObject, owner: Owner | None, path: Path) -> FieldOrigin:
        """What authored a field.

        Args:
            obj: a rendered object.
            owner: what brings it; None for the definition of a Kustomization that nothing in Git applies.
            path: the field. For one that the object does not have, it is the deepest of its parents that it has, and
                never certain.
        """
        return self._of(obj, owner, path, MAX_STEPS)

    def owner_of(self, definition: KubeObject, done: Owner) -> Owner | None:
        """What brings the definition of a Kustomization or HelmRelease itself; None if nothing in Git does."""
        if not self._owners:
            self._owners = {owner.id: owner for owner in self._fleet.owners}
        if done.ancestors:
            return self._owners.get(done.ancestors[-1])
        return done if any(obj.key == definition.key for obj in done.objects) else None

    def _of(self, obj: KubeObject, owner: Owner | None, path: Path, steps: int) -> FieldOrigin:
        known = existing(obj.value, path)
        if isinstance(owner, Expanded):
            # A chart's templates make its objects of values in ways that only they know.
            return FieldOrigin(obj.origin, owner.definition.kind, certain=False)
        written = self._text(obj, owner, known, steps)
        found = self._with_variables(obj, owner, known, written, steps)
        return found if known == path else replace(found, certain=False)

    def _text(self, obj: KubeObject, owner: Owner | None, path: Path, steps: int) -> _Written:
        """What authored a field before variables were substituted in it."""
        unknown = _Written(obj.origin, OBJECT, certain=not path)
        if not path or steps <= 0 or isinstance(owner, Expanded):
            return unknown
        if owner is None or owner.tree is None:
            return self._in_file(obj, path) or unknown
        if path[:1] == ("metadata",) and len(path) == 3 and path[2] in _common(owner, path[1]):
            common = self._of(*self._definition(owner), ("spec", "commonMetadata", *path[1:]), steps - 1)
            return _Written(common.where, "commonMetadata", common.certain, is_final=True)
        try:
            number = _number(owner, obj)
            author = None if number is None else self._authors_of(owner).of(number, path)
        except InputError:
            return unknown
        return self._located(owner, author, steps) if author else unknown

    def _located(self, owner: RenderedKustomization, author: Author, steps: int) -> _Written:
        place, tree = author.place, owner.tree
        if place.file and tree:
            where = tree.at(place.file, place.line)
            if not isinstance(tree, ComposedTree):
                return _Written(where, author.through, author.certain, place.body)
            where = tree.authored(where)
            return _Written(where, author.through, author.certain and where.line > 0, place.body if where.line else 0)
        definition, parent = self._definition(owner)
        field = ("spec", *place.field)
        if not place.line:
            found = self._of(definition, parent, field, steps - 1)
            return _Written(found.where, author.through, author.certain and found.certain)
        text = self._text(definition, parent, field, steps - 1)
        where = replace(text.where, line=text.body + place.line - 1) if text.body else text.where
        return _Written(where, author.through, author.certain and text.certain)

    def _definition(self, owner: RenderedKustomization) -> tuple[KubeObject, Owner | None]:
        definition = owner.kustomization.definition
        return definition, self.owner_of(definition, owner)

    def _authors_of(self, owner: RenderedKustomization) -> Authors:
        tree, kustomization = owner.tree, owner.kustomization
        assert tree is not None  # noqa: S101 - asked before
        key = (id(tree), kustomization.path, relevant(kustomization.spec))
        if key not in self._authors:
            if len(self._authors) >= MAX_AUTHORS:
                del self._authors[next(iter(self._authors))]
            inputs = Inputs(tree, kustomization.spec)
            build = self._builder.build(tree, kustomization.path, kustomization.spec)
            self._authors[key] = Authors(self._builder.engine, inputs, kustomization.path, build, self._effort)
        return self._authors[key]

    def _in_file(self, obj: KubeObject, path: Path) -> _Written | None:
        """A field of an object that is applied as its file has it."""
        origin = obj.origin
        tree = self._trees.get(origin.source)
        if tree is None or origin.path not in tree or not origin.path.endswith(YAML_SUFFIXES):
            return None
        entry = next((entry for entry in outline(tree, origin.path) if entry.line == origin.line), None)
        if entry is None or entry.kind != obj.kind:
            return None
        sheet = document_at(Inputs(tree, {}), origin.path, origin.line)
        value = value_at(obj.value, path)
        for document in sheet.marks.documents:
            way = find(document, (*entry.prefix, *path))
            if way and (means(way[-1], value) or isinstance(value, dict | list)):
                place = sheet.place(way[-2], way[-1])
                return _Written(tree.at(place.file, place.line), OBJECT, certain=True, body=place.body)
        return None

    def _with_variables(
        self, obj: KubeObject, owner: RenderedKustomization | None, path: Path, written: _Written, steps: int
    ) -> FieldOrigin:
        plain = FieldOrigin(written.where, written.through, written.certain)
        if owner is None or owner.tree is None or written.is_final or not path or not owner.kustomization.substitutes:
            return plain
        text = self._before_substitution(obj, owner, path)
        if not isinstance(text, str) or "$" not in text or text == value_at(obj.value, path):
            # Where a variable made more than the field's value, the build has no such field.
            return plain if text is not None else replace(plain, certain=False)
        try:
            pieces = [piece for piece in parse(text) if piece]
            names = dict.fromkeys(reference.name for reference in references(text))
        except InputError:
            return replace(plain, certain=False)
        _, parent = self._definition(owner)

        def origin_of(one: KubeObject, source: Owner | None, field: Path) -> tuple[Location, bool]:
            found = self._of(one, source, field, steps - 1)
            return found.where, found.certain

        defined = {name: self._definitions.of(owner, parent, name, origin_of) for name in names}
        variables = tuple(
            VariableOrigin(name, found.where if found else written.where, found.certain if found else written.certain)
            for name, found in defined.items()
        )
        whole = FieldOrigin(written.where, written.through, written.certain, written.where, variables)
        alone = only_variable(pieces, defined)
        return replace(whole, where=alone.where, certain=written.certain and alone.certain) if alone else whole

    def _before_substitution(self, obj: KubeObject, owner: RenderedKustomization, path: Path) -> Any:
        kustomization, tree = owner.kustomization, owner.tree
        number = _number(owner, obj)
        if tree is None or number is None:
            return None
        build = self._builder.build(tree, kustomization.path, kustomization.spec)
        return value_at(build.items[number].value, path)


def existing(value: Mapping[str, Any], path: Path) -> Path:
    """The field itself if the object has it, else the deepest of its parents that it has."""
    while path and value_at(value, path) is None:
        path = path[:-1]
    return path


@dataclass(frozen=True)
class _Written:
    """What authored a text."""

    where: Location
    through: str
    certain: bool
    body: int = 0
    """See `Place.body`."""
    is_final: bool = False
    """True if no variables are substituted in it."""


def _number(owner: RenderedKustomization, obj: KubeObject) -> int | None:
    """Which of an owner's objects it is; the namespace may have been taken off one that has landed."""
    names = [(item.key, item.origin) for item in owner.objects]
    wanted = (obj.key, obj.origin)
    if wanted in names:
        return names.index(wanted)
    bare = [(replace(key, namespace=""), origin) for key, origin in names]
    return bare.index(wanted) if wanted in bare else None


def _common(owner: RenderedKustomization, kind: object) -> Mapping[str, str]:
    labels, annotations = owner.kustomization.common_metadata
    return labels if kind == "labels" else annotations if kind == "annotations" else {}
