"""Rule about health checks that take as long as the interval: SLW115.

Source: fluxcd/kustomize-controller, `api/v1/kustomization_types.go` (`GetTimeout`): without `timeout`, it is `interval`
less 30 seconds; `internal/features/features.go`: a new commit does not end the wait, unless
`CancelHealthCheckOnNewRevision` is turned on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from slipway.checks.finding import Finding, Rule
from slipway.checks.lines import Lines
from slipway.fleet.model import RenderedKustomization
from slipway.fleet.objects import sequence, text

LONG_WAIT = Rule("SLW115", "A wait of more than an hour", "warning")

MAX_WAIT = 60 * 60
"""Seconds that a wait may take without a `timeout` that says so."""
LESS = 30
"""Seconds that Flux stops to wait before the interval is over."""


def timeout_findings(done: RenderedKustomization, lines: Lines) -> Iterator[Finding]:
    """A Kustomization that waits, with no timeout and a long interval."""
    spec = done.kustomization.spec
    waits = spec.get("wait") is True
    if "timeout" in spec or not (waits or sequence(spec.get("healthChecks"))):
        return
    interval = seconds(text(spec.get("interval")))
    if interval is None or interval - LESS <= MAX_WAIT:
        return
    cause = lines.cause_of_definition(done, ("spec", "wait" if waits else "healthChecks"))
    message = (
        f"it waits up to {_minutes(interval - LESS)} for what is not healthy: without timeout, as long as interval"
    )
    hint = "until then, Flux applies no other commit, not even one that mends it; set timeout, e.g. 5m"
    yield Finding(LONG_WAIT, message, cause.where, str(done.key), (done.home,), hint)


def seconds(duration: str) -> float | None:
    """A duration of Go's, e.g. `1h30m`; None for what is none."""
    if not re.fullmatch(rf"(?:{_PART.pattern})+", duration):
        return None
    return sum(float(amount) * _UNITS[unit] for amount, unit in _PART.findall(duration))


_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PART = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|[hms])")


def _minutes(duration: float) -> str:
    return f"{duration / 60:.0f} minutes"
