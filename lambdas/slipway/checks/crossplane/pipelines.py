"""Rules about how Compositions compose: SLW804 to SLW806, SLW810.

Sources of the rules: crossplane-contrib/function-patch-and-transform v0.9, `fn.go`, `validate.go`; Go, `fmt`;
crossplane/crossplane v1.20 and v2.0, `composition_functions.go`, `apis/apiextensions/v1/composition_types.go`.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator

from slipway.checks.crossplane.world import World, Written, pt_inputs
from slipway.checks.finding import Finding, Rule
from slipway.checks.said import Said
from slipway.checks.subject import Landed
from slipway.fleet.crossplane import field_paths
from slipway.fleet.crossplane.composing import Failure, steps_of
from slipway.fleet.crossplane.composite import Composite
from slipway.fleet.crossplane.errors import PatchError
from slipway.fleet.crossplane.pt_input import flaws
from slipway.fleet.crossplane.templates import templates
from slipway.fleet.flux import is_helm_release
from slipway.fleet.objects import KubeObject, mapping, sequence, text

FAILS = Rule("SLW804", "A Composition that fails", "error")
NO_FUNCTION = Rule("SLW805", "A function that is not installed", "error")
ONE_NAME = Rule("SLW806", "Two composed resources of one name", "error")
FORMAT = Rule("SLW810", "A text with a value in the wrong format", "error")

MAX_FLAWS = 20
"""Flaws of one input that are told."""


def static_findings(world: World) -> Iterator[Said]:
    """What is wrong with a Composition whatever its composites say."""
    for written in world.compositions:
        yield from _flawed(written)
        yield from _unnamed_steps(written.landed)
        yield from _same_names(written)
        for cluster in written.landed.clusters:
            yield from _missing_functions(written.landed, cluster, world)


def _flawed(written: Written) -> Iterator[Said]:
    for path, value in pt_inputs(written.landed.obj.spec):
        for count, flaw in enumerate(flaws(value)):
            if count < MAX_FLAWS and "$" not in flaw.message:
                yield Said(FAILS, written.landed, (*path, *flaw.path), flaw.message, "nothing is composed")
    inputs = [] if written.is_native else list(pt_inputs(written.landed.obj.spec))
    for path, value in [(("spec",), written.landed.obj.spec)] if written.is_native else inputs:
        try:
            templates(value, path, native=written.is_native)
        except PatchError as err:
            yield Said(FAILS, written.landed, path, err.message, "nothing is composed")


def _unnamed_steps(landed: Landed) -> Iterator[Said]:
    for path, step in steps_of(landed.obj.spec):
        if not mapping(step.get("functionRef")).get("name"):
            yield Said(NO_FUNCTION, landed, path, "a step names no function (functionRef.name)", "nothing is composed")


def _same_names(written: Written) -> Iterator[Said]:
    inputs = [(("spec",), written.landed.obj.spec)] if written.is_native else pt_inputs(written.landed.obj.spec)
    for path, value in inputs:
        names = Counter(text(mapping(entry).get("name")) for entry in sequence(value.get("resources")))
        for index, entry in enumerate(map(mapping, sequence(value.get("resources")))):
            name = text(entry.get("name"))
            if name and names[name] > 1 and index != _first(value, name):
                message = f"there is another resource that is called {name}"
                hint = "only the last one is composed" if not written.is_native else "the API server refuses it"
                yield Said(ONE_NAME, written.landed, (*path, "resources", index, "name"), message, hint)
    steps = [text(step.get("step")) for _, step in steps_of(written.landed.obj.spec)]
    for (path, step), name in zip(steps_of(written.landed.obj.spec), steps, strict=True):
        if name and steps.count(name) > 1 and path[-1] != steps.index(name):
            message = f"there is another step that is called {text(step.get('step'))}"
            yield Said(ONE_NAME, written.landed, (*path, "step"), message, "the API server refuses it")


def _first(value: object, name: str) -> int:
    entries = sequence(mapping(value).get("resources"))
    return next(index for index, entry in enumerate(entries) if mapping(entry).get("name") == name)


def _missing_functions(landed: Landed, cluster: str, world: World) -> Iterator[Said]:
    platform = world.platform(cluster)
    installed = [name for kind, name in platform.packages if kind == "Function"]
    if not installed:
        return  # they are installed by something else, all of them
    for path, step in steps_of(landed.obj.spec):
        name = text(mapping(step.get("functionRef")).get("name"))
        if not name or name in installed or "$" in name or _is_in_a_release(name, cluster, world):
            continue
        doubt = world.may_come_otherwise(cluster)
        close = difflib.get_close_matches(name, installed, n=1, cutoff=0.8)
        message = f"no Function in Git is called {name}"
        hint = f"nothing is composed unless something else installs it ({doubt})" if doubt else "nothing is composed"
        hint += f"; there is {close[0]}" if close else ""
        rule = NO_FUNCTION.at("warning") if doubt else NO_FUNCTION
        yield Said(rule, landed, (*path, "functionRef", "name"), message, hint, (cluster,))


def _is_in_a_release(name: str, cluster: str, world: World) -> bool:
    """True if a chart's values name the function: Crossplane's chart installs packages."""
    last = name.rpartition("-function-")[2]
    releases = (obj for obj in world.subject.fleet.clusters[cluster].objects if is_helm_release(obj))
    return any(last in repr(obj.spec) for obj in releases)


def composing_findings(world: World) -> Iterator[Finding]:
    """What fails, or comes out wrong, for a composite in Git."""
    lines = world.subject.lines
    owners = {owner.id: owner for owner in world.subject.fleet.owners}
    for cluster, composite in world.composites():
        composition = composite.composition
        if composition is None:
            continue
        for failure in composite.composed.failures:
            if failure.patch is not None:
                brought_by = owners.get(composite.ancestors[-1])
                author = composite.author_of(failure.patch, brought_by)
                where = lines.cause(author.obj, author.owner, author.path).where
                message = _told(composite, failure)
                hint = f"Composition {composition.name} composes nothing for it" if not composite.objects else ""
                yield Finding(FAILS, message, where, str(composite.key), (cluster.name,), hint)
        for obj in composite.objects:
            yield from _misprints(obj, composite, cluster.name, world)


def _told(composite: Composite, failure: Failure) -> str:
    target = failure.patch.target if failure.patch else ""
    if composite.definition.shown is not None:
        return f"the patch to {target} fails"
    return f"the patch to {target} fails: {failure.message}"


_MISPRINT = re.compile(r"%![a-zA-Z]\((\w[\w \[\]{}]*=|<nil>|MISSING|BADINDEX)|%!\((EXTRA|NOVERB)")
_AS_POWER = re.compile(r"(?<![\w.])\d(?:\.\d+)?e\+\d\d(?!\d)")


def _misprints(obj: KubeObject, composite: Composite, cluster: str, world: World) -> Iterator[Finding]:
    made = composite.by_key[obj.key]
    for write in made.writes:
        try:
            value = field_paths.get(made.value, write.to)
        except PatchError:
            continue
        if not isinstance(value, str) or not (write.patch.transforms or write.patch.is_combined):
            continue
        wrong = _MISPRINT.search(value)
        if not wrong and not _AS_POWER.search(value):
            continue
        shown = f" {value!r}" if obj.shown is None and len(value) <= 100 else ""
        message = f"{made.name}: the patch to {field_paths.shown(write.to)} makes the text{shown}"
        hint = "the verb does not fit the value: functions get every number as a float, which %d does not take"
        if not wrong:
            hint = "Go writes a large number this way"
        hint += "; convert it before: {type: convert, convert: {toType: int64}}, then %d, or make the field a string"
        where = world.subject.lines.cause(composite.composition or obj, composite.composition_owner, write.patch.path)
        name = str(composite.composition.key) if composite.composition else str(composite.key)
        yield Finding(FORMAT, message, where.where, name, (cluster,), hint)
