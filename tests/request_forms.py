"""Writes what is made of the list of requests: the issue forms of the templates, and docs/requests.schema.json.

`.venv/bin/python -m tests.request_forms`; a test keeps them as they would be written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from slipway.requests.kinds import KINDS, Field, Kind
from slipway.requests.schema import requests_schema
from slipway.requests.values import Choice, Names, Policy, YesNo

ROOT = Path(__file__).parents[1]
FORMS = ROOT / "repo_templates" / "gitops-system" / ".github" / "ISSUE_TEMPLATE"
SCHEMA = ROOT / "docs" / "requests.schema.json"
NOT_SAID = "not said"


def written() -> Mapping[Path, str]:
    """What each file holds."""
    forms = {FORMS / f"{kind.name}.yml": form(kind) for kind in KINDS.values()}
    return {**forms, SCHEMA: json.dumps(requests_schema(), indent=2, ensure_ascii=False) + "\n"}


def form(kind: Kind) -> str:
    """An issue form."""
    head = [
        f"name: {kind.title}",
        f"description: {json.dumps(kind.help + ' Slipway answers with a pull request.', ensure_ascii=False)}",
        f'title: "{kind.title}: "',
        f"labels: [slipway/request, slipway/{kind.name}]",
        "body:",
    ]
    return "\n".join([*head, *(line for field in kind.fields for line in _element(field))]) + "\n"


def _element(field: Field) -> list[str]:
    shape = field.shape
    what = "input"
    options: list[str] = []
    if isinstance(shape, Choice):
        what, options = "dropdown", [f"      options: [{', '.join(map(_quoted, shape.options))}]"]
    elif isinstance(shape, YesNo):
        what, options = "dropdown", ['      options: ["true", "false"]']
    elif isinstance(shape, Names) and isinstance(shape.each, Choice):
        what = "checkboxes"
        options = ["      options:", *(f"        - label: {option}" for option in shape.each.options)]
    elif isinstance(shape, Policy):
        what, options = "textarea", ["      render: json"]
    lines = [
        f"  - type: {what}",
        f"    id: {field.name}",
        "    attributes:",
        f"      label: {field.label}",
        f"      description: {json.dumps(field.help, ensure_ascii=False)}",
    ]
    if field.placeholder and what == "input":
        lines.append(f"      placeholder: {json.dumps(field.placeholder)}")
    lines += options
    if field.required:
        lines += ["    validations:", "      required: true"]
    return lines


def _quoted(option: str) -> str:
    return f'"{option}"' if option.isdigit() else option


if __name__ == "__main__":
    for path, text in written().items():
        path.write_text(text, encoding="utf-8")
