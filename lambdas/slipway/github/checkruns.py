"""Check runs that exist once, however often and by however many workers they are put.

GitHub lets us make any number of runs with one `external_id` and delete none. So a run is looked for before it is made,
and again after. Should a race have made two, the older one is the run, and the others are made to say the same: which
of several runs of one name counts for a required check is GitHub's choice, so a `neutral` one might let through what
the run forbids, and a `cancelled` one might block what it allows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from slipway.errors import LimitError
from slipway.github.cut import MAX_TEXT_BYTES
from slipway.github.protocol import Annotation, CheckRun
from slipway.github.rounds import until_known

ANNOTATIONS_PER_CALL = 50
"""As many GitHub takes at once; further ones come by updates, which add to those there are."""

MAX_TITLE = 255
"""Characters of an annotation's title."""

MAX_MESSAGE_BYTES = 64 * 1024
"""Of an annotation's message."""


@dataclass(frozen=True)
class ExistingRun:
    """A check run as GitHub has it."""

    id: int
    annotations: int
    """How many it has."""


class CheckRuns(Protocol):
    """The check runs of one repository."""

    def find(self, run: CheckRun) -> Sequence[ExistingRun]:
        """All of ours that have the run's commit, name and `external_id`, in any order."""
        ...

    def create(self, body: dict[str, Any]) -> ExistingRun:
        """Make a run.

        Raises:
            OutcomeUnknown: it may have been made.
        """
        ...

    def update(self, number: int, body: dict[str, Any]) -> None:
        """Change a run.

        Raises:
            OutcomeUnknown: it may have been changed.
        """
        ...

    def pause(self, attempt: int) -> None:
        """Give GitHub a moment before attempt number `attempt`."""
        ...


def put(runs: CheckRuns, run: CheckRun) -> int:
    """Make a check run say what `run` says; returns its id.

    The annotations of one `external_id` are always the same in the same order: those that the run has are taken for
    the first ones, and only the others are sent. The run is not completed before its last annotations.

    Raises:
        LimitError: summary or text is longer than GitHub takes.
        OutcomeUnknown: several writes in a row were not answered.
    """
    check(run)
    return until_known(lambda: _put(runs, run), runs.pause)


def check(run: CheckRun) -> None:
    """Refuse what GitHub would refuse.

    Raises:
        LimitError: summary or text is longer than GitHub takes; callers cut them.
        ValueError: the run is completed without a conclusion, or the other way round.
    """
    for name, text in (("summary", run.summary), ("text", run.text)):
        if len(text.encode()) > MAX_TEXT_BYTES:
            raise LimitError(
                f"the {name} of check run {run.name} has more than {MAX_TEXT_BYTES:,} bytes (MAX_TEXT_BYTES)"
            )
    if (run.status == "completed") != (run.conclusion is not None):
        raise ValueError(f"check run {run.name} is {run.status} with the conclusion {run.conclusion}")


def _put(runs: CheckRuns, run: CheckRun) -> int:
    found = {each.id: each for each in runs.find(run)}
    complete = False
    if not found:
        first, *others = _batches(run.annotations)
        made = runs.create({"head_sha": run.head_sha, **_body(run, first, last=not others)})
        # Look again: somebody else may have been as quick. Ours may be too new to be listed.
        found = {each.id: each for each in runs.find(run)} | {made.id: ExistingRun(made.id, len(first))}
        complete = made.id == min(found) and not others
    ours = found.pop(min(found))
    if not complete:
        *others, last = _batches(run.annotations[ours.annotations :])
        for batch in others:
            runs.update(ours.id, _body(run, batch, last=False))
        runs.update(ours.id, _body(run, last, last=True))
    for double in found:
        runs.update(double, _body(run, (), last=True))
    return ours.id


def _batches(annotations: Sequence[Annotation]) -> list[Sequence[Annotation]]:
    """At least one, which may be empty: a run is also put for what else it says."""
    starts = range(0, max(1, len(annotations)), ANNOTATIONS_PER_CALL)
    return [annotations[start : start + ANNOTATIONS_PER_CALL] for start in starts]


def _body(run: CheckRun, annotations: Sequence[Annotation], *, last: bool) -> dict[str, Any]:
    """What to send; a run is not completed before the last of its annotations."""
    output = {"title": run.title, "summary": run.summary, **({"text": run.text} if run.text else {})}
    body = {
        "name": run.name,
        "external_id": run.external_id,
        "status": run.status if last else "in_progress",
        "output": {**output, "annotations": [_annotation(each) for each in annotations]},
    }
    if last and run.conclusion:
        body["conclusion"] = run.conclusion
    if run.details_url:
        body["details_url"] = run.details_url
    return body


def _annotation(annotation: Annotation) -> dict[str, Any]:
    return {
        "path": annotation.path,
        "start_line": annotation.line,
        "end_line": annotation.line,
        "annotation_level": annotation.level,
        "title": annotation.title[:MAX_TITLE],
        "message": annotation.message.encode()[:MAX_MESSAGE_BYTES].decode(errors="ignore"),
    }
