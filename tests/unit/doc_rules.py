"""The pages under docs/rules/: what each says about its rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile

from tests.unit.doc_examples import DOCS, blocks, document

_PARTS = re.compile(r"^(Base|Fails|Passes):\n", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """What a page says about a rule."""

    family: str
    id: str
    title: str
    severity: str
    common: str
    """Markdown with files that all examples of the family share."""
    base: str
    """Markdown with the files that are changed; empty if the rule is not about a change."""
    fails: str
    """Markdown with the example that the rule is about."""
    says: str
    """What `slipway check` prints about it."""
    passes: str

    @property
    def message(self) -> str:
        """What it prints of the first finding, without the line and the rule."""
        _, *lines = self.says.splitlines()
        return " ".join(line.strip() for line in takewhile(lambda line: line.startswith("  "), lines))

    @property
    def anchor(self) -> str:
        """How GitHub names its heading in a link."""
        return re.sub(r"[^\w -]", "", f"{self.id} {self.title}".lower()).replace(" ", "-")


def pages() -> list[Page]:
    """Every rule that the pages explain, in order of the id."""
    found = []
    for path in (DOCS / "rules").glob("*.md"):
        common, *sections = re.split(r"^(?=## SLW)", document(f"rules/{path.name}"), flags=re.MULTILINE)
        found += [_page(path.stem, common, section) for section in sections]
    return sorted(found, key=lambda page: page.id)


def _page(family: str, common: str, section: str) -> Page:
    heading, text = section.split("\n", 1)
    _, rule, title = heading.split(" ", 2)
    meaning, *rest = _PARTS.split(text)
    parts = dict(zip(rest[::2], rest[1::2], strict=True))
    severity = re.match(r"\s*\*\*([a-z]+)", meaning)
    assert severity, f"{rule} has no severity"
    [says] = blocks(parts["Fails"], "text")
    return Page(
        family,
        rule,
        title,
        severity[1],
        common,
        parts.get("Base", ""),
        parts["Fails"],
        says.removesuffix("```"),
        parts["Passes"],
    )
