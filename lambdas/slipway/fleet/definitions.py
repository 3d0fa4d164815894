"""Where the variables of Flux Kustomizations are defined."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from slipway.fleet.expressions import Expression, Piece
from slipway.fleet.manifests import Path, line_of, load_document
from slipway.fleet.model import Fleet, Owner, RenderedKustomization
from slipway.fleet.objects import KubeObject, Location, ObjectKey, mapping, value_at
from slipway.fleet.operators import DEFAULTS
from slipway.fleet.post_build import variables_in
from slipway.fleet.settings import FILE as SETTINGS_FILE
from slipway.fleet.tree import Tree

Certainly = tuple[Location, bool]
"""A place, and whether that is certain."""
OriginOf = Callable[[KubeObject, Owner | None, Path], Certainly]
"""What authored a field of an object."""


@dataclass(frozen=True)
class Definition:
    """A variable that is set."""

    value: str
    where: Location
    certain: bool


class Definitions:
    """Finds what sets variables.

    Args:
        fleet: the rendered fleet.
        root: the repository with `slipway.yaml`.
    """

    def __init__(self, fleet: Fleet, root: Tree) -> None:
        self._fleet = fleet
        self._root = root
        self._found: dict[tuple[str, ObjectKey], list[tuple[KubeObject, Owner]]] = {}

    def of(
        self, owner: RenderedKustomization, parent: Owner | None, name: str, origin_of: OriginOf
    ) -> Definition | None:
        """What sets a variable of a Kustomization, in Flux's order of precedence; None if nothing does.

        Args:
            owner: the Kustomization.
            parent: what brings its definition.
            name: the variable.
            origin_of: finds what authored fields of its definition and of its sources.
        """
        kustomization = owner.kustomization
        if name in kustomization.inline_variables:
            place = origin_of(kustomization.definition, parent, ("spec", "postBuild", "substitute", name))
            return Definition(kustomization.inline_variables[name], *place)
        for ref in reversed(kustomization.variables_from):
            key = ObjectKey("", ref.kind, kustomization.definition.namespace, ref.name)
            for obj, source in self._landed(owner.home, key):
                values = dict(variables_in(obj))
                if name in values:
                    field = "stringData" if name in mapping(obj.value.get("stringData")) else "data"
                    return Definition(values[name], *origin_of(obj, source, (field, name)))
        return self._of_settings(owner.home, name)

    def _of_settings(self, cluster: str, name: str) -> Definition | None:
        path = ("clusters", cluster, "variables", name)
        if SETTINGS_FILE not in self._root:
            return None
        data = self._root.read(SETTINGS_FILE)
        value = value_at(load_document(data), path)
        where = self._root.at(SETTINGS_FILE, line_of(data, 0, path))
        return None if value is None else Definition(str(value), where, certain=True)

    def _landed(self, cluster: str, key: ObjectKey) -> list[tuple[KubeObject, Owner]]:
        """Objects of a name, the last one that is applied first."""
        if (cluster, key) not in self._found:
            landed = self._fleet.clusters[cluster].landed if cluster in self._fleet.clusters else []
            self._found[cluster, key] = [(obj, owner) for obj, owner in reversed(landed) if obj.key == key]
        return self._found[cluster, key]


def only_variable(pieces: Sequence[Piece], defined: Mapping[str, Definition | None]) -> Definition | None:
    """What sets the variable whose value is all of a text, if the text is nothing else."""
    while len(pieces) == 1 and isinstance(piece := pieces[0], Expression):
        if piece.operator not in ("", *DEFAULTS):
            return None
        found = defined.get(piece.name)
        if found is not None and (found.value or not piece.operator):
            return found
        pieces = piece.arguments
    return None
