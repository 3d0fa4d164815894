"""Composites of a rendered fleet, as owners of what Crossplane composes for them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from slipway.fleet.crossplane import field_paths
from slipway.fleet.crossplane.choice import Choice
from slipway.fleet.crossplane.composing import Composed, Composition, is_native
from slipway.fleet.crossplane.definitions import Xrd
from slipway.fleet.crossplane.errors import PatchError
from slipway.fleet.crossplane.field_paths import Segments
from slipway.fleet.crossplane.patches import FROM_COMPOSITE, Patch, Write
from slipway.fleet.manifests import Path
from slipway.fleet.model import Expanded, Owner
from slipway.fleet.objects import KubeObject, ObjectKey


@dataclass(frozen=True)
class Authored:
    """A field that somebody wrote."""

    obj: KubeObject
    owner: Owner | None
    path: Path
    by_composite: bool = False
    """True if it is the composite's, and not the Composition's."""


@dataclass(frozen=True)
class Composite(Expanded):
    """A composite or a claim with what Crossplane composes for it."""

    xrd: Xrd | None = None
    """Its definition; None if that is not at hand."""
    choice: Choice = field(default_factory=Choice)
    composed: Composition = field(default_factory=Composition, compare=False, repr=False)
    by_key: Mapping[ObjectKey, Composed] = field(default_factory=dict, compare=False, repr=False)
    """What its objects were made of."""
    composition_owner: Owner | None = field(default=None, compare=False, repr=False)
    """What brings its Composition."""

    @property
    def composition(self) -> KubeObject | None:
        """The Composition that Crossplane takes; None if none is known."""
        return self.choice.composition

    @property
    def is_native(self) -> bool:
        """True if Crossplane 1.x composes it by itself."""
        return self.composition is not None and is_native(self.composition.spec)

    @property
    def certain(self) -> bool:
        """False if a function that is not run here may change what it is composed of."""
        return not self.composed.altered

    def author(self, obj: KubeObject, brought_by: Owner | None, path: Path) -> Authored | None:
        """What wrote a field of one of its objects: its own field, a patch, or the base of the template.

        Args:
            obj: a composed object.
            brought_by: what brings the composite.
            path: the field; of one that it does not have, what would have written it.
        """
        made = self.by_key.get(obj.key)
        if made is None or self.composition is None:
            return None
        write = _last_write(made.writes, path)
        if write is None:
            return Authored(self.composition, self.composition_owner, (*made.template, "base", *path))
        rest = path[len(write.to) :]
        return self.author_of(write.patch, brought_by, write.sources, rest)

    def author_of(
        self, patch: Patch, brought_by: Owner | None, sources: tuple[Segments, ...] = (), rest: Path = ()
    ) -> Authored:
        """What gives a patch its value: a field of the composite if it is one alone, else the patch itself.

        Args:
            patch: of its Composition.
            brought_by: what brings the composite.
            sources: the fields that the patch reads, if they are known already.
            rest: the way to a part of the value.
        """
        composition = self.composition or self.definition
        if patch.type in FROM_COMPOSITE and len(patch.sources) == 1:
            with suppress(PatchError):
                source = sources[0] if sources else field_paths.parse(patch.sources[0])
                field_paths.get(self.definition.value, source)
                return Authored(self.definition, brought_by, (*source, *rest), by_composite=True)
        return Authored(composition, self.composition_owner, patch.path)

    def last_write(self, obj: KubeObject, path: Path) -> Write | None:
        """The patch that wrote a field of one of its objects; None if no patch did."""
        made = self.by_key.get(obj.key)
        return _last_write(made.writes, path) if made else None


def _last_write(writes: tuple[Write, ...], path: Path) -> Write | None:
    """The last patch that wrote a field, or something that it is in."""
    return next((write for write in reversed(writes) if _is_within(path, write.to)), None)


def _is_within(path: Path, to: Segments) -> bool:
    return len(path) >= len(to) and path[: len(to)] == to
