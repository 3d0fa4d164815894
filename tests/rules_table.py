"""The table of docs/rules.md, made of the rules and their examples: `python -m tests.rules_table` writes it."""

from __future__ import annotations

import re

from slipway.checks.families import FAMILIES
from tests.unit.doc_examples import DOCS, document
from tests.unit.doc_rules import Page, pages

BEGIN, END = "<!-- table: `.venv/bin/python -m tests.rules_table` writes it -->\n", "<!-- end of table -->"
INDEX = "rules.md"


def table() -> str:
    """Markdown: every rule by its family, with what it says in its example."""
    explained = {page.id: page for page in pages()}
    lines = []
    for family in FAMILIES:
        lines += [
            "",
            f"**[{family.name}](rules/{family.name}.md)**",
            "",
            "| rule | | | for example |",
            "|---|---|---|---|",
        ]
        for rule in family.rules:
            page = explained[rule.id]
            link = f"[{rule.id}](rules/{family.name}.md#{page.anchor})"
            lines.append(f"| {link} | {rule.severity} | {rule.title} | {_cell(page)} |")
    return "\n".join([*lines[1:], "", ""])


def with_table(text: str) -> str:
    """The page with the table as it should be."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}{table()}{END}{rest.split(END)[1]}"


def _cell(page: Page) -> str:
    """The message of the example as a cell: Markdown in it is not meant."""
    return re.sub(r"([|\\`*_<>\[\]$])", r"\\\1", page.message)


if __name__ == "__main__":
    (DOCS / INDEX).write_text(with_table(document(INDEX)), encoding="utf-8")
