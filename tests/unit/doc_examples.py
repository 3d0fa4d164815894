"""Examples in the pages under docs/."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def document(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """The code blocks in a language, with their fences' end."""
    return re.findall(rf"^```{language}\n((?:.*\n)*?```)$", text, re.MULTILINE)


def files_in(block: str) -> dict[str, str]:
    """Path → content of the files in a code block, each after a line `# file: path`; empty if it shows none."""
    parts = re.split(r"^# file: (\S+)\n", block.removesuffix("```"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))
