"""The steps of a ResourceSet: templates in order, and the objects that they give.

flux-operator v0.58, `internal/builder/resourceset.go`. A ResourceSet without steps is one without a name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.errors import LimitError
from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.events import Path
from slipway.fleet.go_template import translate
from slipway.fleet.go_yaml import go_yaml
from slipway.fleet.objects import ObjectKey, mapping, sequence, text
from slipway.fleet.resource_build import Made, distinct, made
from slipway.fleet.resource_chart import Source

MAX_TEMPLATES = 1_000
"""Entries of `resources` of one ResourceSet or step."""
MAX_STEPS = 20
"""Steps of a ResourceSet; the operator's own limit."""


@dataclass(frozen=True)
class Step:
    """Templates whose objects are applied together."""

    name: str
    """`""` for the only one of a ResourceSet without steps."""
    sources: list[Source]
    paths: list[Path]
    """Where each is written."""
    has_text: bool
    """True if the last one is a `resourcesTemplate`."""


def steps_of(spec: Mapping[str, Any]) -> list[Step]:
    """The steps of a ResourceSet's spec.

    Raises:
        BuildError: the operator would refuse it.
        NotFetched: a template does what cannot be translated.
        LimitError: there are too many.
    """
    steps = sequence(spec.get("steps"))
    if not steps:
        if not sequence(spec.get("resources")) and not text(spec.get("resourcesTemplate")):
            raise BuildError("at least one of steps, resources or resourcesTemplate must be set")
        return [_step(spec, "", ("spec",))]
    if sequence(spec.get("resources")) or text(spec.get("resourcesTemplate")):
        raise BuildError("spec.steps is mutually exclusive with spec.resources and spec.resourcesTemplate")
    if len(steps) > MAX_STEPS:
        raise BuildError(f"spec.steps must have at most {MAX_STEPS} items")
    found = [
        _step(mapping(step), text(mapping(step).get("name")), ("spec", "steps", index))
        for index, step in enumerate(steps)
    ]
    if empty := next((step for step in found if not step.sources), None):
        raise BuildError(f"step {empty.name!r}: at least one of resources or resourcesTemplate must be set")
    names = [step.name for step in found]
    if double := next((name for name in names if names.count(name) > 1), None):
        raise BuildError(f"step names must be unique: {double!r}")
    return found


def _step(spec: Mapping[str, Any], name: str, path: Path) -> Step:
    entries = sequence(spec.get("resources"))
    stream = text(spec.get("resourcesTemplate"))
    if len(entries) > MAX_TEMPLATES:
        raise LimitError(f"more than {MAX_TEMPLATES:,} resources (MAX_TEMPLATES)")
    prefix = f"step {name!r}: " if name else ""
    for index, entry in enumerate(entries):
        if not isinstance(entry, Mapping):
            raise BuildError(f"{prefix}resources[{index}] is no object")
    sources = [source_of(f"{prefix}resources[{index}]", go_yaml(entry), entry) for index, entry in enumerate(entries)]
    paths: list[Path] = [(*path, "resources", index) for index in range(len(entries))]
    if stream:
        sources.append(source_of(f"{prefix}resourcesTemplate", stream, None))
        paths.append((*path, "resourcesTemplate"))
    return Step(name, sources, paths, bool(stream))


def source_of(name: str, template: str, value: Any) -> Source:
    """A template, translated; see `steps_of` for the errors."""
    try:
        return Source(template, translate(template), value, name)
    except (BuildError, NotFetched) as err:
        raise type(err)(f"{name}: {err.message}") from None


def objects_of(steps: list[Step], results: list[list[str]], *, with_inputs: bool) -> Iterator[Made]:
    """The objects of each step; an object may be in one step only."""
    of_step: dict[ObjectKey, str] = {}
    start = 0
    for step in steps:
        found: list[Made] = []
        last = start + len(step.sources) - 1 if step.has_text else -1
        for index, source in enumerate(step.sources, start):
            found.extend(made(results[index], index, source.name, several=index == last))
        for one in distinct(found, with_inputs=with_inputs, from_text=[last]):
            if of_step.setdefault(one.key, step.name) != step.name:
                raise BuildError(
                    f"duplicate resource {one.key} in step {step.name!r}, already defined in {of_step[one.key]!r}"
                )
            yield one
        start += len(step.sources)
