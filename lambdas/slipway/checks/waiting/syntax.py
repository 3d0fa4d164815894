"""Rule about expressions that Flux cannot read: SLW121.

Source: fluxcd/pkg, `runtime/cel/expression.go`; fluxcd/kustomize-controller, `internal/controller/
kustomization_controller.go`, and helm-controller likewise: an expression that cannot be parsed stalls the object, and
so does a `readyExpr` with another variable than `dep` and `self`. Health expressions see the fields of the object
(`runtime/cel/status_evaluator.go`); a name that is not there makes it wait until the timeout.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from slipway.checks.cel import CelUnsupported, compile_expression
from slipway.checks.finding import Finding, Rule
from slipway.checks.subject import Subject
from slipway.fleet.flux import HELM_GROUP, KUSTOMIZE_GROUP
from slipway.fleet.manifests import Path
from slipway.fleet.objects import KubeObject, mapping, sequence, text

UNREADABLE = Rule("SLW121", "An expression that Flux cannot read", "error")

RULES = (UNREADABLE,)

_FIELDS = ("apiVersion", "kind", "metadata", "spec", "status", "data")
"""What every object may have; a health expression may name other fields, too."""
_NEVER_FIELDS = ("self", "object", "dep")
"""What stands for the object in expressions of other places."""
_DEPENDENCY = ("dep", "self")
_SYNTAX = ("syntax error", "invalid ")
"""How messages begin that hold for any reader of the language."""


@dataclass(frozen=True)
class _Expression:
    text: str
    path: Path
    is_health: bool


def syntax_findings(subject: Subject) -> Iterator[Finding]:
    """Expressions that are none, and those that name what is not there."""
    for landed in subject.distinct:
        obj = landed.obj
        if obj.group not in (KUSTOMIZE_GROUP, HELM_GROUP):
            continue
        for expression in _expressions(obj):
            found = _judged(expression)
            if found is not None:
                rule, message, hint = found
                where = subject.lines.cause(obj, landed.owner, expression.path).where
                yield Finding(rule, message, where, str(obj.key), landed.clusters, hint)


def _expressions(obj: KubeObject) -> Iterator[_Expression]:
    for index, entry in enumerate(map(mapping, sequence(obj.spec.get("healthCheckExprs")))):
        for name in ("inProgress", "failed", "current"):
            if expression := text(entry.get(name)):
                yield _Expression(expression, ("spec", "healthCheckExprs", index, name), is_health=True)
    for index, entry in enumerate(map(mapping, sequence(obj.spec.get("dependsOn")))):
        if expression := text(entry.get("readyExpr")):
            yield _Expression(expression, ("spec", "dependsOn", index, "readyExpr"), is_health=False)


def _judged(expression: _Expression) -> tuple[Rule, str, str] | None:
    what = "its health expression" if expression.is_health else "its readyExpr"
    wrong = _NEVER_FIELDS if expression.is_health else _FIELDS
    right = _FIELDS if expression.is_health else _DEPENDENCY
    try:
        program = compile_expression(expression.text, (*right, *wrong))
    except CelUnsupported as err:
        if not str(err).startswith(_SYNTAX) or "${" in expression.text:
            return None
        return UNREADABLE, f"{what} is none: {err}", "Flux applies nothing of it"
    named = sorted(program.names & set(wrong))
    if not named:
        return None
    if expression.is_health:
        hint = "it sees the fields of the object themselves, e.g. status; this one waits until the timeout"
        return UNREADABLE.at("warning"), f"{what} names {named[0]}, which is no field of an object", hint
    return UNREADABLE, f"{what} names {named[0]}, and there are only dep and self", "Flux applies nothing of it"
