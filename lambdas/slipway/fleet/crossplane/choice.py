"""Which Composition Crossplane takes for a composite.

Source: crossplane/crossplane v1.20, `internal/controller/apiextensions/composite/api.go`: the enforced one, else the
one that is named, else the default one if nothing is selected, else any that fits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slipway.fleet.crossplane.definitions import Platform, Xrd, composite_type
from slipway.fleet.crossplane.patches import is_unknown
from slipway.fleet.manifests import Path
from slipway.fleet.objects import KubeObject, mapping, text


@dataclass(frozen=True)
class Choice:
    """What came of the search."""

    composition: KubeObject | None = None
    why: str = ""
    """Why there is none, or none that is known."""
    path: Path = ()
    """The field of the composite that says so, of what is wrong."""
    on: str = ""
    """What is wrong: `missing`, `incompatible`, `several`; empty if nothing is."""
    named: str = ""
    """The Composition that is named and is missing, or does not fit."""
    candidates: tuple[str, ...] = ()
    """Of several, their names."""


def choose(composite: Mapping[str, Any], at: Path, xrd: Xrd | None, platform: Platform) -> Choice:
    """The Composition for a composite.

    Args:
        composite: as the cluster has it: of a claim, what becomes of it.
        at: where in it is said which one, e.g. `("spec", "crossplane")`.
        xrd: its definition; None if that is not at hand.
        platform: what its cluster has.
    """
    fields: Any = composite
    for step in at:
        fields = mapping(fields).get(str(step))
    fields = mapping(fields)
    wanted = text(composite.get("apiVersion")), text(composite.get("kind"))
    if fields.get("compositionUpdatePolicy") == "Manual" and mapping(fields.get("compositionRevisionRef")).get("name"):
        return Choice(why="it keeps to a revision that is not in Git (compositionUpdatePolicy: Manual)")
    selector = fields.get("compositionSelector")
    enforced = xrd.composition_named("enforcedCompositionRef") if xrd else ""
    ref = text(mapping(fields.get("compositionRef")).get("name"))
    default = xrd.composition_named("defaultCompositionRef") if xrd and selector is None else ""
    name = enforced or ref or default
    path: Path = (*at, "compositionRef", "name") if name == ref else ()
    chosen = _named(name, wanted, path, platform) if name else _selected(mapping(selector), wanted, at, platform)
    return chosen if chosen.composition is None else _at_revision(chosen, fields)


def _named(name: str, wanted: tuple[str, str], path: Path, platform: Platform) -> Choice:
    if is_unknown(name):
        return Choice(why="which Composition it takes is not in Git")
    composition = platform.compositions.get(name)
    if composition is None:
        return Choice(why=f"Composition {name} is not in Git", path=path, on="missing", named=name)
    if composite_type(composition) != wanted:
        why = f"Composition {name} is for others"
        return Choice(why=why, path=path, on="incompatible", named=name)
    return Choice(composition)


def _selected(selector: Mapping[str, Any], wanted: tuple[str, str], at: Path, platform: Platform) -> Choice:
    labels = mapping(selector.get("matchLabels"))
    if is_unknown(dict(labels)):
        return Choice(why="which Composition it takes is not in Git")
    fitting = platform.composed_types.get(wanted, ())
    found = [one for one in fitting if _has_labels(one, labels)]
    path: Path = (*at, "compositionSelector", "matchLabels") if labels else ()
    if not found:
        return Choice(why="no Composition in Git fits it", path=path, on="missing")
    if len(found) > 1:
        names = tuple(sorted(one.name for one in found))
        return Choice(why="Crossplane takes one of several Compositions", path=path, on="several", candidates=names)
    return Choice(found[0])


def _has_labels(obj: KubeObject, labels: Mapping[str, Any]) -> bool:
    there = mapping(obj.metadata.get("labels"))
    return all(there.get(name) == value for name, value in labels.items())


def _at_revision(chosen: Choice, fields: Mapping[str, Any]) -> Choice:
    """The newest revision is the Composition as it is in Git; an older one may be what a selector asks for."""
    labels = mapping(mapping(fields.get("compositionRevisionSelector")).get("matchLabels"))
    composition = chosen.composition
    if composition is None or not labels or _has_labels(composition, labels):
        return chosen
    return Choice(why="it selects a revision of its Composition that is not in Git")
