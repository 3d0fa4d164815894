"""Text from repositories in Markdown that GitHub shows.

Names, paths, messages and diffs are written by whoever opens a pull request. None of them may end a code block, a table
cell or a `<details>`, link to anything, mention anybody, or refer to an issue.
"""

from __future__ import annotations

import re

from slipway.report.words import plain, plain_lines

_SPECIAL = re.compile(r"[\\`*~<|&$]|(?<![^\W_])_|_(?![^\W_])|\[(?=\^)|\](?=[(\[:])")
"""What Markdown, GitHub's tables and mathematics, or HTML read as syntax inside of a line."""
_BLOCK = re.compile(r"^(\d+(?=[.)](?:\s|$))|(?=[#>+=-]))(.)")
"""What makes a heading, a quotation, a list or a line at the start of a text."""
_LINKED = re.compile(
    r"(?:(?<=http:)|(?<=https:)|(?<=ftp:))(?=//)|(?<=www)(?=\.)|(?<=@)|(?<=#)(?=\d)|(?<=GH-)(?=\d)", re.IGNORECASE
)
"""Where GitHub would see an address, a mention, or an issue. It looks for these in the text that is left when Markdown
and HTML are done with it, so that only a character between helps."""
_APART = "&#8203;"
"""A space without width."""
_HARMLESS = re.compile(r"[\w./:=@+,#-]+(?: [\w./:=@+,#-]+)*")
"""What can stand in backticks in any place."""
_BACKTICKS = re.compile("`+")


def prose(text: str) -> str:
    """Text in a paragraph or a table cell; its lines stay lines."""
    shown = "<br>".join(_entities(_LINKED.sub("\0", line)).replace("\0", _APART) for line in plain_lines(text))
    return _BLOCK.sub(lambda match: f"{match[1]}{_entity(match[2])}", shown.lstrip())


def code(text: str) -> str:
    """A name or a path."""
    return f"`{text}`" if _HARMLESS.fullmatch(text) else html_code(text)


def html_code(text: str) -> str:
    """A name or a path inside of HTML, where backticks are only backticks."""
    content = _entities(plain(text)).replace("://", ":&#47;/")
    return f"<code>{content or ' '}</code>"


def fenced(content: str, language: str) -> list[str]:
    """A code block whose fence is longer than any in its content."""
    longest = max((len(run) for run in _BACKTICKS.findall(content)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", content, fence]


def _entities(text: str) -> str:
    return _SPECIAL.sub(lambda match: _entity(match[0]), text)


def _entity(character: str) -> str:
    return f"&#{ord(character)};"
