"""Rule about health expressions that nothing is judged by: SLW116.

Source: fluxcd/kustomize-controller, `internal/controller/kustomization_controller.go` (`checkHealth`), which looks at
nothing without `wait` or `healthChecks`; fluxcd/pkg, `runtime/cel/status_reader.go`: an expression is for the group of
its `apiVersion` and, where it names one, its `kind`.
"""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.finding import Finding, Rule
from slipway.checks.lines import Lines
from slipway.fleet.model import RenderedKustomization
from slipway.fleet.objects import group_of, mapping, sequence, text
from slipway.fleet.scope import GroupKind

UNUSED_EXPRESSION = Rule("SLW116", "A health expression that judges nothing", "warning")


def expression_findings(done: RenderedKustomization, lines: Lines) -> Iterator[Finding]:
    """Expressions without a health check, and those of kinds that no health check looks at."""
    spec = done.kustomization.spec
    expressions = list(map(mapping, sequence(spec.get("healthCheckExprs"))))
    checks = list(map(mapping, sequence(spec.get("healthChecks"))))
    waits = spec.get("wait") is True
    if expressions and not waits and not checks:
        cause = lines.cause_of_definition(done, ("spec", "healthCheckExprs"))
        message = "its healthCheckExprs count for nothing: it waits for nothing to be healthy"
        hint = "set wait: true, or name what to wait for in healthChecks"
        yield Finding(UNUSED_EXPRESSION, message, cause.where, str(done.key), (done.home,), hint)
        return
    if waits and done.failed:
        return
    looked_at: set[GroupKind] = {(obj.group, obj.kind) for obj in done.objects} if waits else set(map(_kind, checks))
    for index, expression in enumerate(expressions):
        group, kind = _kind(expression)
        if not any(one == group and kind in ("", other) for one, other in looked_at):
            cause = lines.cause_of_definition(done, ("spec", "healthCheckExprs", index, "kind"))
            what = f"{kind}.{group}" if kind else f"group {group}"
            among = "what it applies" if waits else "its healthChecks"
            message = f"its health expression for {what} judges nothing: there is none among {among}"
            rule = UNUSED_EXPRESSION.at("info")
            yield Finding(rule, message, cause.where, str(done.key), (done.home,))


def _kind(entry: object) -> GroupKind:
    fields = mapping(entry)
    return group_of(text(fields.get("apiVersion"))), text(fields.get("kind"))
