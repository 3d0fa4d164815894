"""Requests by comment, `/slipway add-cluster shop-staging --environment staging …`, and by command line likewise."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from slipway.errors import LimitError
from slipway.requests.kinds import CONFIRMATION, KINDS, Kind
from slipway.requests.request import Problem, Request, RequestError, kind_of, read_request, shown

PREFIX = "/slipway"
MAX_COMMENT = 65_536
"""Characters of a comment: GitHub takes no more."""
MAX_WORDS = 100
"""Of a command."""

_OPTION = re.compile(r"--([a-z][a-z-]*)(?:=(.*))?", re.DOTALL)
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})(.*)")
"""Opens a block of code, or closes one that was opened with as many or fewer of the same (CommonMark 4.5)."""

VERBS = {
    "help": "What can be asked, or `help add-cluster`: how.",
    "retry": "Writes the pull requests of this issue anew, on what the branches are now.",
    "cancel": "Closes this issue's pull requests.",
}
"""What can be said of a request that was made."""


@dataclass(frozen=True)
class Command:
    """What a comment says to Slipway."""

    line: str
    verb: str
    """One of `VERBS`, or `request`."""
    words: tuple[str, ...]
    """What follows the verb; of a request, all words."""

    def request(self) -> Request:
        """What it asks for.

        Raises:
            RequestError: it cannot be accepted.
        """
        return read_words(self.words, self.line)


def read_comment(body: str) -> Command | None:
    """The command in a comment, None if there is none.

    What is quoted, in a block of code or hidden in an HTML comment is none.

    Raises:
        RequestError: there is more than one, or one that nobody knows.
        LimitError: it is longer than GitHub makes any.
    """
    if len(body) > MAX_COMMENT:
        raise LimitError(f"the comment has over {MAX_COMMENT:,} characters (MAX_COMMENT)")
    lines = list(_lines(body))
    if not lines:
        return None
    if len(lines) > 1:
        raise RequestError((Problem("", "a comment may have one command", shown(lines[1])),))
    line = lines[0]
    try:
        words = shlex.split(line)[1:]
    except ValueError as err:
        raise RequestError((Problem("", f"{str(err).lower()}; quotes come in pairs", shown(line)),)) from None
    if len(words) > MAX_WORDS:
        raise RequestError((Problem("", f"it has over {MAX_WORDS} words (MAX_WORDS)", shown(line)),))
    verb = words[0] if words else "help"
    if verb in VERBS:
        return Command(line, verb, tuple(words[1:]))
    return Command(line, "request", tuple(words))


def _lines(body: str) -> Iterator[str]:
    fence, hidden = "", False
    for line in body.replace("\r\n", "\n").split("\n"):
        mark = None if hidden else _FENCE.fullmatch(line)
        if mark and not fence:
            fence = mark[1]
        elif fence:
            closes = mark and mark[1].startswith(fence) and not mark[2].strip()
            fence = "" if closes else fence
        elif hidden or line.lstrip().startswith("<!--"):
            hidden = "-->" not in line
        elif re.match(rf"{PREFIX}(?:[ \t]|$)", line):
            yield line.strip()


def read_words(words: Sequence[str], line: str = "") -> Request:
    """Read a kind, its subject and its options; `add cluster` is `add-cluster`.

    Args:
        words: as a shell splits them.
        line: that they are of, for messages.

    Raises:
        RequestError: it cannot be accepted.
    """
    kind, rest = _kind(words)
    given: dict[str, object] = {}
    quotes: dict[str, str] = {}
    problems: list[Problem] = []
    at = 0
    while at < len(rest):
        word = rest[at]
        at += 1
        option = _OPTION.fullmatch(word)
        if option is None:
            if kind.subject.name in given:
                problems.append(Problem("", f"`{shown(word)}` belongs to nothing; write --field value", shown(line)))
                continue
            name, value = kind.subject.name, word
        elif option[2] is not None:
            name, value = option[1], option[2]
        elif at < len(rest) and not rest[at].startswith("--"):
            name, value = option[1], rest[at]
            at += 1
        else:
            problems.append(Problem(shown(option[1]), "has no value", shown(word)))
            continue
        if name in given:
            problems.append(Problem(shown(name), "is given twice", shown(word)))
        given[name] = value
        quotes[name] = f"--{shown(name)} {shown(value)}" if option else shown(value)
    try:
        request = read_request(kind, given, quotes)
    except RequestError as err:
        raise RequestError((*problems, *err.problems)) from None
    if problems:
        raise RequestError(tuple(problems))
    return request


def _kind(words: Sequence[str]) -> tuple[Kind, Sequence[str]]:
    if len(words) > 1 and words[0] not in KINDS and f"{words[0]}-{words[1]}" in KINDS:
        return KINDS[f"{words[0]}-{words[1]}"], words[2:]
    return kind_of(words[0] if words else ""), words[1:]


def write_command(request: Request) -> str:
    """A command that asks for it."""
    words = [request.kind.name, request.subject]
    for name, value in request.as_json().items():
        if name != request.kind.subject.name:
            words += [f"--{name}", value if isinstance(value, str) else _text(value)]
    if request.kind.confirmed:
        words += [f"--{CONFIRMATION.name}", request.subject]
    return shlex.join([PREFIX, *words])


def _text(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else json.dumps(value)
