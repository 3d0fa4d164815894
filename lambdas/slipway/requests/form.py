"""Requests by issue form: the body that GitHub makes of one, read strictly.

Source of the format: GitHub, "Syntax for issue forms": a heading `### Label` for each element, its answer below, and
`_No response_` where there is none; checkboxes are `- [X] Option` lines; `render: json` puts a fence around the answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from slipway.errors import LimitError
from slipway.requests.kinds import KINDS, Kind
from slipway.requests.request import Problem, Request, RequestError, read_request, shown
from slipway.requests.values import Names

LABEL = "slipway/"
"""What the label begins with that a form gives its issue: `slipway/add-cluster`."""
MAX_BODY = 65_536
"""Characters of an issue's body: GitHub takes no more."""
NO_RESPONSE = "_No response_"

_HEADING = re.compile(r"### (.+)")
_BOX = re.compile(r"- \[([ xX])\] (.+)")


def form_kind(labels: Sequence[str], title: str) -> Kind | None:
    """Which form an issue was made with, None if it was none of ours.

    The label tells; one that the repository does not have GitHub leaves out, and then the title does, which the form
    begins.
    """
    named = [KINDS[name] for label in labels if (name := label.removeprefix(LABEL)) != label and name in KINDS]
    if named:
        return named[0]
    return next((kind for kind in KINDS.values() if title.startswith(f"{kind.title}:")), None)


def read_form(kind: Kind, body: str) -> Request:
    """Read an issue's body.

    Raises:
        RequestError: a heading is none of the form's, is there twice, or its answer is not accepted.
        LimitError: it is longer than GitHub makes any.
    """
    if len(body) > MAX_BODY:
        raise LimitError(f"the issue has over {MAX_BODY:,} characters (MAX_BODY)")
    answers, problems = _answers(kind, body.replace("\r\n", "\n"))
    given: dict[str, object] = {}
    quotes: dict[str, str] = {}
    for field in kind.fields:
        answer = answers.get(field.label, "")
        if answer in ("", NO_RESPONSE):
            continue
        lines = [line.strip() for line in answer.splitlines() if line.strip()]
        if isinstance(field.shape, Names) and _BOX.match(answer):
            boxes = [(line, _BOX.fullmatch(line)) for line in lines]
            chosen = [box[2] if box else line for line, box in boxes if not box or box[1] != " "]
            if not chosen:
                continue
            given[field.name] = chosen
        else:
            given[field.name] = answer
        quotes[field.name] = f"{field.label}: {shown(answer)}"
    try:
        request = read_request(kind, given, quotes)
    except RequestError as err:
        raise RequestError((*problems, *err.problems)) from None
    if problems:
        raise RequestError(tuple(problems))
    return request


def _answers(kind: Kind, body: str) -> tuple[Mapping[str, str], list[Problem]]:
    """The text below each heading; headings within a block of code are text."""
    labels = {field.label for field in kind.fields}
    answers: dict[str, list[str]] = {}
    problems: list[Problem] = []
    current: list[str] | None = None
    fenced = False
    for line in body.split("\n"):
        if line.startswith("```"):
            fenced = not fenced
        heading = None if fenced else _HEADING.fullmatch(line.rstrip())
        if heading is not None:
            label = heading[1].strip()
            if label not in labels:
                known = ", ".join(field.label for field in kind.fields)
                problems.append(Problem("", f"the form has no `{shown(label)}`; it has {known}", shown(line)))
            elif label in answers:
                problems.append(Problem("", f"`{shown(label)}` is there twice", shown(line)))
            current = answers.setdefault(label, [])
        elif current is not None:
            current.append(line)
        elif line.strip():
            problems.append(Problem("", "text above the first heading belongs to nothing", shown(line)))
    return {label: "\n".join(lines).strip() for label, lines in answers.items()}, problems


def write_form(request: Request) -> str:
    """The body that a form makes of a request: of one that came as an event, for the issue that follows it."""
    parts = []
    for field in request.kind.fields:
        value = request.as_json().get(field.name, request.subject if field.name == "confirmation" else None)
        parts.append(f"### {field.label}\n\n{_text(value)}\n")
    return "\n".join(parts)


def _text(value: object) -> str:
    if value is None:
        return NO_RESPONSE
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, dict):
        return f"```json\n{json.dumps(value, indent=2)}\n```"
    return str(value)
