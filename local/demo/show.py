"""A check run as a person reads it, on a terminal."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from local.demo.watch import Journey, Json

MAX_DIFF_LINES = 60
"""Lines of the rendered diff that are printed; the file has all."""


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
