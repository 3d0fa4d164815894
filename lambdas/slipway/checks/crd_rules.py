"""Rules about the rules that CRDs have: SLW204 to SLW206."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slipway.checks.cel import Meter
from slipway.checks.definitions import DEFINING_KINDS
from slipway.checks.finding import Finding, NotValidated, Rule
from slipway.checks.schema.errors import Path, dotted, quoted
from slipway.checks.schema.rule_values import escaped
from slipway.checks.schema.rules import KEYWORD, MAX_RULES, Outcome, Refusal, compiled
from slipway.checks.schema.validate import CustomKind
from slipway.checks.subject import Subject
from slipway.fleet.model import Cluster, Owner, RenderedKustomization
from slipway.fleet.objects import KubeObject, ObjectKey, mapping, sequence

VALUE = Rule("SLW204", "A value that a rule of its CRD refuses", "error")
CHANGE = Rule("SLW205", "A change that a rule of its CRD refuses", "error")
SYNTAX = Rule("SLW206", "A CRD with a rule that cannot be parsed", "error")

RULES = (VALUE, CHANGE, SYNTAX)

MAX_RUN_COST = 20_000_000
"""Steps of all rules on all objects of a run, some twenty seconds; a fleet of 100 clusters takes a tenth of that."""
MAX_PARSED = 5_000_000
"""Characters of rules that are looked at for their grammar, some five seconds; all known CRDs together have 200,000."""
MAX_SCHEMA_PARTS = 100_000
"""Maps and lists of a CRD that are looked through for rules."""

VARIABLE_WHY = "has variables whose values only the cluster knows"
MERGED_WHY = "it is merged into what the cluster has, so that the rules of its CRD cannot be evaluated"

_FLUX = "kustomize.toolkit.fluxcd.io"


class RuleCheck:
    """Evaluates the rules on custom objects that fit their schema; each object once, however many clusters it is on."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._budget = Meter(MAX_RUN_COST)
        self._before: dict[str, Mapping[ObjectKey, KubeObject]] = {}
        self._outcomes: dict[tuple[int, int, int], tuple[object, Outcome]] = {}

    def findings(
        self, obj: KubeObject, owner: Owner, cluster: Cluster, definition: CustomKind
    ) -> Iterator[Finding | NotValidated]:
        """What the rules of its definition refuse about an object, and why some are not evaluated."""
        schema = definition.schema_of(obj.value)
        if schema is None:
            return
        what = f"{obj.api_version} {obj.kind}"
        how = _annotation(obj, "ssa")
        if how == "ignore":
            return
        old = self._old(obj, cluster) if schema.rules.compares and how != "ifnotpresent" else None
        key = id(obj.value), id(definition), id(old.value) if old else 0
        if key not in self._outcomes:
            before = None if old is None else schema.with_defaults(_without_status(old.value))
            now = schema.with_defaults(_without_status(obj.value))
            told = obj.shown is None and (old is None or old.shown is None)
            outcome = schema.rules.outcome(now, before, told=told, budget=self._budget)
            self._outcomes[key] = ((obj, definition, old), outcome)
        outcome = self._outcomes[key][1]
        if how == "merge" and outcome.refusals:
            yield NotValidated(what, MERGED_WHY, 1)
            return
        yield from (NotValidated(what, why, 1) for why in outcome.not_evaluated)
        for refusal in outcome.refusals:
            if refusal.transition and _is_made_anew(obj, owner):
                continue
            if any(_reads_variable(side.value, refusal) for side in (obj, old) if side):
                yield NotValidated(what, VARIABLE_WHY, 1)
                continue
            cause = self._subject.lines.cause(obj, owner, refusal.path)
            message = f"{dotted(refusal.path)}: {refusal.message}" if refusal.path else refusal.message
            rule = CHANGE if refusal.transition else VALUE
            yield Finding(rule, message, cause.where, str(obj.key), (cluster.name,), cause.hint)

    def _old(self, obj: KubeObject, cluster: Cluster) -> KubeObject | None:
        """The object as the base branch has it, if it changes."""
        against = self._subject.against
        before = against.fleet.clusters.get(cluster.name) if against else None
        if before is None:
            return None
        if cluster.name not in self._before:
            self._before[cluster.name] = {known.key: known for known in before.objects}
        old = self._before[cluster.name].get(obj.key)
        if old is None or old.api_version != obj.api_version or old.value == obj.value:
            return None
        return old


def _annotation(obj: KubeObject, name: str) -> str:
    """How Flux is to apply an object."""
    annotations = mapping(mapping(obj.value.get("metadata")).get("annotations"))
    return str(annotations.get(f"{_FLUX}/{name}", "")).lower()


def _is_made_anew(obj: KubeObject, owner: Owner) -> bool:
    """True if Flux deletes an object that it may not change, and makes another one.

    Source: fluxcd.io/flux/components/kustomize/kustomizations, "Force"; fluxcd/pkg ssa/errors/immutable.go.
    """
    if _annotation(obj, "force") == "enabled":
        return True
    return isinstance(owner, RenderedKustomization) and owner.definition.spec.get("force") is True


def _without_status(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The status of an applied object is thrown away before the rules see it."""
    return {name: part for name, part in value.items() if name != "status"}


def _reads_variable(value: Any, refusal: Refusal) -> bool:
    """True if what the rule looks at has a variable that was left as written."""
    for step in refusal.about:
        if isinstance(value, dict):
            value = value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return False
    if isinstance(value, dict) and refusal.fields is not None:
        value = [part for name, part in value.items() if escaped(name) in refusal.fields]
    return has_variable(value)


def has_variable(value: Any) -> bool:
    """True if a variable was left in a text, at any depth."""
    if isinstance(value, str):
        return "${" in value
    if isinstance(value, dict):
        return any(has_variable(part) for entry in value.items() for part in entry)
    return isinstance(value, list) and any(map(has_variable, value))


def definition_findings(subject: Subject) -> Iterator[Finding | NotValidated]:
    """CRDs that the API server refuses for what stands in their rules."""
    room = MAX_PARSED
    for landed in subject.distinct:
        obj = landed.obj
        if obj.kind not in DEFINING_KINDS or not obj.group.startswith("apiextensions."):
            continue
        for path, text in _rules(obj.value):
            room -= len(text)
            if room < 0:
                yield NotValidated("rules of CRDs", f"there are more than {MAX_PARSED:,} characters (MAX_PARSED)", 1)
                return
            _, why = compiled(text)
            if why.startswith("syntax error"):
                cause = subject.lines.cause(obj, landed.owner, path)
                message = f"the rule {quoted(text)} is no expression: {why}"
                yield Finding(SYNTAX, message, cause.where, str(obj.key), landed.clusters, cause.hint)


def _rules(definition: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """The rules in all versions of a definition, and where they stand."""
    parts: list[tuple[Path, Any]] = [
        (("spec", "versions", index, "schema", "openAPIV3Schema"), _schema(version))
        for index, version in enumerate(sequence(mapping(definition.get("spec")).get("versions")))
    ]
    looked_at = found = 0
    while parts and looked_at < MAX_SCHEMA_PARTS and found < MAX_RULES:
        looked_at += 1
        path, part = parts.pop()
        if isinstance(part, list):
            parts += [((*path, index), entry) for index, entry in enumerate(part)]
        elif isinstance(part, dict):
            for index, entry in enumerate(sequence(part.get(KEYWORD))):
                text = mapping(entry).get("rule")
                if isinstance(text, str) and text.strip():
                    found += 1
                    yield (*path, KEYWORD, index, "rule"), text
            parts += [((*path, name), entry) for name, entry in part.items() if name != KEYWORD]


def _schema(version: Any) -> Any:
    return mapping(mapping(version).get("schema")).get("openAPIV3Schema")
