"""A check run as a person reads it, on a terminal."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from local.demo.asking import Asked
from local.demo.watch import Journey, Json
from slipway.requests.form import NO_RESPONSE

MAX_DIFF_LINES = 60
"""Lines of the rendered diff that are printed; the file has all."""


def asked(found: Asked) -> str:
    """The issue, and what became of it."""
    return "\n".join(
        (
            f"  Issue {found.reference} “{found.request.title}”:",
            "",
            *(f"  {line}".rstrip() for line in _answers(found.form)),
            "",
            f"  {found.seconds:.1f} s later Slipway says there:",
            "",
            remark(found.answer),
        )
    )


def remark(text: str) -> str:
    """What Slipway says on an issue."""
    return "\n".join(_indented(_plain(text)))


def _answers(form: str) -> Iterator[str]:
    """What was filled in."""
    for part in form.split("### ")[1:]:
        label, _, answer = part.partition("\n")
        if answer.strip() != NO_RESPONSE:
            yield f"  {label}: {answer.strip()}"


def journey(step: Journey) -> str:
    """Where the time went."""
    delivery = step.delivery
    return "\n".join(
        (
            f"  push → webhook answered {delivery['status_code']}   {step.delivered:6.2f} s  "
            f"(the ingress took {delivery['duration'] * 1000:.0f} ms)",
            f"  → check run in progress         +{step.started - step.delivered:5.2f} s",
            f"  → verdict                       +{step.finished - step.started:5.2f} s",
        )
    )


def check_run(run: Json) -> str:
    """Title, summary, annotations and the beginning of the diff."""
    return "\n".join(_lines(run))


def page(run: Json) -> str:
    """The whole check run as one Markdown file."""
    output = run["output"]
    marks = [
        f"- `{item['path']}:{item['start_line']}` {item['title']}: {item['message']}" for item in run["annotations"]
    ]
    annotations = ["## Annotations", "", *marks, ""] if marks else []
    return "\n".join([f"# {output['title']}", "", output["summary"] or "", *annotations, output["text"] or ""])


def _lines(run: Json) -> Iterator[str]:
    output = run["output"]
    mark = {"success": "✔", "failure": "✘"}.get(run["conclusion"], "?")
    yield f"  {mark} {run['name']} — {run['conclusion']}: {output['title']}"
    yield ""
    yield from _indented(_plain(output["summary"] or ""))
    if run["annotations"]:
        yield "  Annotations, on the lines of the pull request:"
        for item in run["annotations"]:
            yield f"    {item['path']}:{item['start_line']}  [{item['annotation_level']}] {item['title']}"
            yield f"        {item['message']}"
        yield ""
    text = _plain(output["text"] or "")
    yield from _indented(text[:MAX_DIFF_LINES])
    if len(text) > MAX_DIFF_LINES:
        yield f"  … {len(text) - MAX_DIFF_LINES} more lines"


def _plain(markdown: str) -> list[str]:
    """Markdown without the HTML that only a browser needs."""
    text = re.sub(r"</?(?:details|summary|code)>", "", markdown).replace("<br>", "\n  ")
    lines = html.unescape(text).splitlines()
    return [line for at, line in enumerate(lines) if line.strip() or (at and lines[at - 1].strip())]


def _indented(lines: list[str]) -> Iterator[str]:
    yield from (f"  {line}".rstrip() for line in lines)
