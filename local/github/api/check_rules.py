"""What GitHub accepts of a check run.

The limits are those of "Create a check run" in GitHub's REST documentation. Texts are limited twice: the documentation
counts characters, and GitHub.com counts bytes, too, which is what texts that are not ASCII meet (github/docs#35252).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from local.github.errors import failed, invalid

MAX_ANNOTATIONS = 50
"""Annotations in one request."""
MAX_TEXT = 65_535
"""Characters, and bytes, of `summary` and of `text`."""
MAX_TITLE = 255
"""Characters of an annotation's title."""
MAX_MESSAGE = 64 * 1024
"""Bytes of an annotation's message and of its raw details."""

_STATUSES = ("queued", "in_progress", "completed")
_CONCLUSIONS = ("action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out")
_LEVELS = ("notice", "warning", "failure")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")

Sent = Mapping[str, Any]


def check_request(body: Sent, *, creates: bool) -> None:
    """Refuse a request that GitHub would refuse.

    Raises:
        ApiError: 422.
    """
    if creates:
        _require(body, ("name", "head_sha"))
    for name in ("name", "head_sha", "external_id", "details_url"):
        _check_type(body, name, str, "string")
    _check_member(body, "status", _STATUSES)
    _check_member(body, "conclusion", _CONCLUSIONS)
    for name in ("started_at", "completed_at"):
        if body.get(name) is not None and not _TIME.fullmatch(str(body[name])):
            raise invalid(f"{body[name]} is not a valid date-time.")
    ended = body.get("status") == "completed" or body.get("completed_at") is not None
    if ended and body.get("conclusion") is None:
        raise invalid('"conclusion" wasn\'t supplied.')
    if body.get("output") is not None:
        _check_type(body, "output", dict, "object")
        _check_output(body["output"], creates=creates)


def _check_output(output: Sent, *, creates: bool) -> None:
    _require(output, ("title", "summary") if creates else ("summary",))
    for name in ("title", "summary", "text"):
        _check_type(output, name, str, "string")
    for name in ("summary", "text"):
        text = output.get(name) or ""
        if len(text) > MAX_TEXT:
            raise invalid(f"Only {MAX_TEXT} characters are allowed; {len(text)} were supplied.")
        if len(text.encode()) > MAX_TEXT:
            raise failed("CheckRun", name, f"{name} exceeds a maximum bytesize of {MAX_TEXT}")
    _check_type(output, "annotations", list, "array")
    annotations = output.get("annotations") or []
    if len(annotations) > MAX_ANNOTATIONS:
        raise invalid(f"No more than {MAX_ANNOTATIONS} items are allowed; {len(annotations)} were supplied.")
    for annotation in annotations:
        _check_annotation(annotation)


def _check_annotation(annotation: Sent) -> None:
    _require(annotation, ("path", "start_line", "end_line", "annotation_level", "message"))
    for name in ("path", "message", "title", "raw_details"):
        _check_type(annotation, name, str, "string")
    for name in ("start_line", "end_line", "start_column", "end_column"):
        _check_type(annotation, name, int, "integer")
    _check_member(annotation, "annotation_level", _LEVELS)
    if annotation["start_line"] < 1 or annotation["end_line"] < annotation["start_line"]:
        raise failed("CheckAnnotation", "end_line", "lines start at 1, and end_line is not before start_line")
    columns = {"start_column", "end_column"} & {name for name, value in annotation.items() if value is not None}
    if columns and annotation["start_line"] != annotation["end_line"]:
        raise failed("CheckAnnotation", "start_column", "columns are for annotations of one line")
    if len(annotation.get("title") or "") > MAX_TITLE:
        raise failed("CheckAnnotation", "title", f"title is too long (maximum is {MAX_TITLE} characters)")
    for name in ("message", "raw_details"):
        if len((annotation.get(name) or "").encode()) > MAX_MESSAGE:
            raise failed("CheckAnnotation", name, f"{name} exceeds a maximum bytesize of {MAX_MESSAGE}")


def _require(found: Sent, names: Sequence[str]) -> None:
    missing = [f'"{name}"' for name in names if found.get(name) is None]
    if missing:
        raise invalid(f"{', '.join(missing)} weren't supplied." if missing[1:] else f"{missing[0]} wasn't supplied.")


def _check_type(found: Sent, name: str, kind: type, called: str) -> None:
    value = found.get(name)
    if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
        raise invalid(f"For 'properties/{name}', {value!r} is not {'an' if called[0] in 'aio' else 'a'} {called}.")


def _check_member(found: Sent, name: str, members: Sequence[str]) -> None:
    if found.get(name) is not None and found[name] not in members:
        raise invalid(f"{found[name]} is not a member of {list(members)}.")
