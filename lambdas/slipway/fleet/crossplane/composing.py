"""A composite and its Composition: what Crossplane composes.

Sources: crossplane-contrib/function-patch-and-transform v0.9, `fn.go`; crossplane/crossplane v1.20 and v2.0,
`internal/controller/apiextensions/composite/composition_{pt,functions,render}.go`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from slipway.fleet.crossplane.errors import FieldNotFound, NotComposed, PatchError
from slipway.fleet.crossplane.functions import Effect
from slipway.fleet.crossplane.numbers import as_floats, settled
from slipway.fleet.crossplane.patches import FROM_COMPOSITE, FROM_ENVIRONMENT, TO_COMPOSED, Patch, Source, Write, apply
from slipway.fleet.crossplane.pt_input import flaws
from slipway.fleet.crossplane.templates import Template, templates
from slipway.fleet.manifests import Path
from slipway.fleet.objects import mapping, sequence, text

PT_GROUP = "pt.fn.crossplane.io"
"""API group of the input of function-patch-and-transform."""


@dataclass(frozen=True)
class Composed:
    """A resource that a composite is composed of."""

    name: str
    """Its name in the Composition."""
    value: Mapping[str, Any]
    """As the function leaves it: Crossplane adds names, labels and the owner."""
    template: Path
    """Where its template is, from the Composition down."""
    writes: tuple[Write, ...]
    """What patches wrote, in order."""


@dataclass(frozen=True)
class Failure:
    """Why Crossplane composes nothing, or not all of it."""

    path: Path
    """What is to be changed, from the Composition down."""
    message: str
    patch: Patch | None = None
    """The patch that fails, if it is one."""


@dataclass(frozen=True)
class Unknown:
    """What is not composed here and may be on the cluster."""

    what: str
    why: str


@dataclass
class Composition:
    """What comes of a composite."""

    resources: dict[str, Composed] = field(default_factory=dict)
    """By name; of two of one name, the last one."""
    failures: list[Failure] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    waiting: list[Failure] = field(default_factory=list)
    """Resources that are made once a field is there that a patch requires."""
    altered: bool = False
    """True if a function that is not run here comes after others, so that it may change what they made."""


def compose(
    composite: Mapping[str, Any],
    spec: Mapping[str, Any],
    effect: Callable[[str], Effect],
    *,
    only_on_cluster: tuple[tuple[str, ...], ...] = (),
) -> Composition:
    """Compose a composite.

    Args:
        composite: as the cluster has it.
        spec: the Composition's.
        effect: what a function does, by its name.
        only_on_cluster: fields of the composite whose values are not in Git.
    """
    if not is_native(spec):
        # A function gets all numbers of the composite as floats: `%d` does not fit them.
        return _Pipeline(Source(as_floats(composite), only_on_cluster), spec, effect).run()
    return _native(Source(settled(composite), only_on_cluster), spec)


def is_native(spec: Mapping[str, Any]) -> bool:
    """True for a Composition that Crossplane 1.x patches and transforms itself, without functions."""
    return "pipeline" not in spec and spec.get("mode") != "Pipeline"


class _Pipeline:
    def __init__(self, source: Source, spec: Mapping[str, Any], effect: Callable[[str], Effect]) -> None:
        self._source = source
        self._steps = list(map(mapping, sequence(spec.get("pipeline"))))
        self._effect = effect
        self._done = Composition()
        self._environment: dict[str, Any] = {"apiVersion": "internal.crossplane.io/v1alpha1", "kind": "Environment"}
        self._environment_known = True
        self._desired_known = True
        """False once a function has run that may have made resources."""

    def run(self) -> Composition:
        for index, step in enumerate(self._steps):
            at: Path = ("spec", "pipeline", index)
            value = mapping(step.get("input"))
            if text(value.get("apiVersion")).partition("/")[0] == PT_GROUP:
                try:
                    self._patch_and_transform(settled(value), (*at, "input"))
                except _Fatal as err:
                    self._done.failures.append(Failure(err.path, err.message, err.patch))
                    self._done.resources.clear()
                    return self._done
            else:
                self._other(step)
        return self._done

    def _other(self, step: Mapping[str, Any]) -> None:
        name = text(mapping(step.get("functionRef")).get("name"))
        effect = self._effect(name)
        if effect is not Effect.NOTHING:
            self._environment_known = False
        if effect is Effect.ANYTHING:
            self._desired_known = False
            self._done.altered = True
            what = f"step {text(step.get('step')) or '?'}"
            self._done.unknown.append(Unknown(what, f"{name or 'a function'} is not run here"))

    def _patch_and_transform(self, value: Mapping[str, Any], at: Path) -> None:
        wrong = next(flaws(value), None)
        if wrong:
            raise _Fatal(wrong.message, (*at, *wrong.path))
        try:
            found = templates(value, at)
        except PatchError as err:
            raise _Fatal(err.message, at) from None
        for index, entry in enumerate(map(mapping, sequence(mapping(value.get("environment")).get("patches")))):
            self._patch_environment(Patch(entry, (*at, "environment", "patches", index)))
        for template in found:
            self._template(template)
        self._environment = as_floats(self._environment)

    def _patch_environment(self, patch: Patch) -> None:
        if patch.type not in _TO_ENVIRONMENT:
            return
        try:
            apply(patch, self._source, self._environment)
        except FieldNotFound as err:
            if patch.is_required:
                raise _Fatal(err.message, patch.path, patch) from None
        except NotComposed as err:
            self._environment_known = False
            self._done.unknown.append(Unknown("the environment", err.message))
        except PatchError as err:
            raise _Fatal(err.message, patch.path, patch) from None

    def _template(self, template: Template) -> None:
        if template.base is None:
            known = self._done.resources.get(template.name)
            if known is None:
                if self._desired_known:
                    raise _Fatal(f"{template.name} has no base, and no earlier step makes it", template.path)
                why = "a function that is not run here makes what it patches"
                self._done.unknown.append(Unknown(template.name, why))
                return
            made, writes = settled(dict(known.value)), list(known.writes)
        else:
            made, writes = deepcopy(dict(template.base)), []
            if not text(made.get("kind")):
                raise _Fatal(f"the base of {template.name} has no kind", (*template.path, "base"))
        environment = Source(self._environment, () if self._environment_known else ((),))
        for patch in template.patches:
            source = _read_from(patch, self._source, environment)
            if source is None:
                continue
            try:
                writes.extend(apply(patch, source, made))
            except FieldNotFound as err:
                if patch.is_required:
                    self._done.waiting.append(Failure(patch.path, err.message, patch))
                    return
            except NotComposed as err:
                self._done.unknown.append(Unknown(template.name, err.message))
                return
            except PatchError as err:
                raise _Fatal(err.message, patch.path, patch) from None
        at = template.path if template.base is not None else self._done.resources[template.name].template
        self._done.resources[template.name] = Composed(template.name, made, at, tuple(writes))


_TO_ENVIRONMENT = frozenset(("FromCompositeFieldPath", "ToEnvironmentFieldPath", "CombineFromComposite"))


class _Fatal(Exception):
    """What ends a pipeline."""

    def __init__(self, message: str, path: Path, patch: Patch | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.patch = patch


def _read_from(patch: Patch, composite: Source, environment: Source) -> Source | None:
    """What a patch to a composed resource reads from; None for one that reads from what is not there yet."""
    if patch.type in FROM_COMPOSITE:
        return composite
    return environment if patch.type in FROM_ENVIRONMENT else None


def _native(source: Source, spec: Mapping[str, Any]) -> Composition:
    """What Crossplane 1.x composes itself: a resource that fails is left out, and the others are made."""
    done = Composition()
    at: Path = ("spec",)
    try:
        found = templates(settled(spec), at, native=True)
    except PatchError as err:
        done.failures.append(Failure(at, err.message))
        return done
    for template in found:
        made = deepcopy(dict(template.base or {}))
        if not text(made.get("kind")):
            done.failures.append(Failure((*template.path, "base"), f"the base of {template.name} has no kind"))
            done.resources.clear()
            return done
        made["metadata"] = {
            name: value for name, value in mapping(made.get("metadata")).items() if name not in ("name", "namespace")
        }
        writes: list[Write] = []
        if all(_natively(patch, source, made, template, done, writes) for patch in template.patches):
            done.resources[template.name] = Composed(template.name, made, template.path, tuple(writes))
    return done


def _natively(
    patch: Patch, source: Source, made: dict[str, Any], template: Template, done: Composition, writes: list[Write]
) -> bool:
    """Apply a patch; False if the resource is not made because of it."""
    if patch.type in TO_COMPOSED - FROM_COMPOSITE:
        done.unknown.append(Unknown(template.name, "a patch from an environment of Crossplane 1.x"))
        return False
    if patch.type not in FROM_COMPOSITE:
        return True
    try:
        writes.extend(apply(patch, source, made))
    except FieldNotFound as err:
        if patch.is_required:
            done.waiting.append(Failure(patch.path, err.message, patch))
        return not patch.is_required
    except NotComposed as err:
        done.unknown.append(Unknown(template.name, err.message))
        return False
    except PatchError as err:
        done.failures.append(Failure(patch.path, err.message, patch))
        return False
    return True


def steps_of(spec: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The steps of a Composition's pipeline with their places."""
    for index, step in enumerate(map(mapping, sequence(spec.get("pipeline")))):
        yield ("spec", "pipeline", index), step
