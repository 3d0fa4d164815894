"""CronJobs: when they run.

Source: k8s.io/kubernetes, pkg/apis/batch/validation/validation.go, `validateCronJobSpec` and `validateScheduleFormat`;
github.com/robfig/cron v3.0.1, parser.go, `ParseStandard`, and spec.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from slipway.checks.pods import Part
from slipway.checks.schema.beyond.values import refused, together
from slipway.checks.schema.beyond.workloads import finite_errors
from slipway.checks.schema.errors import SchemaError, quoted

_MACROS = frozenset({"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"})
_NUMBER = re.compile(r"\+?[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True)
class _Field:
    name: str
    least: int
    most: int
    names: Mapping[str, int] = field(default_factory=dict)


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    _Field("day of the week", 0, 6, {name: number for number, name in enumerate(_DAYS)}),
)


def cron_job_errors(obj: Part) -> Iterator[SchemaError]:
    """What is wrong with a CronJob."""
    spec = obj.part("spec")
    schedule = spec.value.get("schedule")
    if isinstance(schedule, str) and (wrong := wrong_schedule(schedule)):
        yield refused((*spec.path, "schedule"), f"{quoted(schedule)} is no schedule: {wrong}")
    job = spec.part("jobTemplate", "spec")
    if job.value.get("selector") is not None:
        yield together((*job.path, "selector"), "may not be given: the selectors of the Jobs are made for them")
    yield from finite_errors(job)


def wrong_schedule(schedule: str) -> str:
    """What is wrong with a schedule; "" if nothing is."""
    if "TZ" in schedule:
        return ""  # it is refused of a new CronJob, and taken of one that has had it
    if schedule.startswith("@"):
        # The duration after "@every " is left to Kubernetes.
        known = schedule in _MACROS or schedule.startswith("@every ")
        return "" if known else f"of macros there are {', '.join(sorted(_MACROS))} and @every"
    fields = schedule.split()
    if len(fields) != len(_FIELDS):
        return f"it has {len(fields)} fields, not {len(_FIELDS)}"
    for written, of in zip(fields, _FIELDS, strict=True):
        for part in filter(None, written.split(",")):
            if wrong := _wrong_part(part, of):
                return f"{quoted(part)} as {of.name}: {wrong}"
    return ""


def _wrong_part(part: str, of: _Field) -> str:
    span, *steps = part.split("/")
    ends = span.split("-")
    if len(steps) > 1 or (len(ends) > 2 and ends[0] not in ("*", "?")):
        return "no range"
    start: int | None = of.least
    end: int | None = of.most
    if ends[0] not in ("*", "?"):
        start = _number(ends[0], of.names)
        end = of.most if steps and len(ends) == 1 else _number(ends[-1], of.names)
    step = _number(steps[0], {}) if steps else 1
    if start is None or end is None or step is None:
        return "no number"
    if start < of.least or end > of.most:
        return f"beyond {of.least} to {of.most}"
    if start > end:
        return "ends before it begins"
    return "" if step else "a step of 0"


def _number(text: str, names: Mapping[str, int]) -> int | None:
    if (named := names.get(text.lower())) is not None:
        return named
    return int(text) if _NUMBER.fullmatch(text) else None
