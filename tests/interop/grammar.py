"""Texts with variables, made at random: by the grammar, and by damage to what the grammar makes."""

from __future__ import annotations

from random import Random

NAMES = ["a", "b", "host", "EMPTY", "region_1", "none", "path", "é", "1st"]
"""Names that texts use; `none` and some others have no value."""

VALUES = {
    "a": ["x", "aXbXc", "é", "aéb€c😀", "Hello World", "ﬁŉßᾳİΣıǆ", "/a//b/", "*[a]?\\", "1", "$", "${b}", "a.b.c.d"],
    "b": ["y", "0", "3", "-2", "X", "?", "*", "b*", "[a-z]", "[^x]", "\\", "é", "/", "..", "€", "+1", "x}"],
    "host": ["www.example.org", "WWW", "www.www", "é.é.é", "😀.😀"],
    "EMPTY": [""],
    "region_1": ["eu-central-1", "EU", "1"],
    "path": ["/usr/local/lib/x.tar.gz", "a/b", "/", "//", "ab", "aab", "ääb"],
    "1st": ["first"],
    "é": ["accent"],
}
"""Values that each name may get."""

_WORDS = [
    "x",
    "a",
    "X",
    "-",
    "1",
    "2",
    "-1",
    " -1",
    "+1",
    "007",
    "0",
    "99",
    "é",
    "€",
    "😀",
    "*",
    "?",
    "??",
    "a*",
    "*.",
    "*/",
    ".*",
    "[a-z]",
    "[^a]",
    "[é-€]",
    "[a",
    "]",
    "\\",
    "\\*",
    "\\a",
    "*[.]",
    "www",
    "ww",
    ".",
    "/",
    "//",
    "\\/",
    "\\\\",
    "$",
    "$$",
    "$$$",
    "$x",
    "{",
    "(",
    ":",
    ": ",
    "=",
    "#",
    "%",
    "^",
    ",",
    "~",
    "word",
    "two words",
    "\n",
    "*?*",
    "?*",
    "*b*",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "_",
    "&",
    "|",
    "'",
    '"',
    "!",
    "@",
]
_OPERATORS = [
    ":=",
    ":-",
    ":?",
    ":+",
    "=",
    "#",
    "##",
    "%",
    "%%",
    "/",
    "//",
    "/#",
    "/%",
    ":",
    "^",
    "^^",
    ",",
    ",,",
    ",^",
    "-",
    "?",
    "+",
]
_TEXTS = [
    "",
    "a: ",
    "\n",
    "$",
    "$$",
    "$$$",
    "$(x)",
    "$x",
    "{}",
    "}",
    " - é\n",
    "key: |\n  text\n",
    "$${a}",
    "$$${a}",
    "\\",
]
_DAMAGE = list("${}:#%/^,=-+?\\ \nab1é😀*[]_.")
_SOUP = _DAMAGE + list("$${{}}//") + ["${a", "${b", "${#a", "${é", "$${a", "}", "²", "٣", "\u0345", "two"]


def text(random: Random) -> str:
    """One text; about one in three is damaged."""
    made = "".join(
        random.choice(_TEXTS) if random.random() < 0.4 else _expression(random, 0) for _ in range(random.randint(1, 4))
    )
    if random.random() < 0.35:
        for _ in range(random.randint(1, 3)):
            made = _damaged(random, made)
    return made


def soup(random: Random) -> str:
    """Characters that mean something, in no order."""
    return "".join(random.choice(_SOUP) for _ in range(random.randint(1, 14)))


def variables(random: Random) -> dict[str, str]:
    """Values for some of the names."""
    return {name: random.choice(values) for name, values in VALUES.items() if random.random() < 0.8}


def _expression(random: Random, depth: int) -> str:
    name = random.choice(NAMES)
    kind = random.random()
    if kind < 0.15:
        return f"${{{name}}}"
    if kind < 0.2:
        return f"${{#{name}}}"
    operator = random.choice(_OPERATORS)
    if operator in {":=", ":-", ":?", ":+", "="}:
        return f"${{{name}{operator}{''.join(_argument(random, depth) for _ in range(random.randint(0, 3)))}}}"
    if operator == ":":
        length = random.choice(["", ":" * random.randint(1, 2) + _number(random, depth)])
        return f"${{{name}:{_number(random, depth)}{length}}}"
    if operator[0] == "/":
        replacement = random.choice(["", _argument(random, depth)])
        return f"${{{name}{operator}{_argument(random, depth)}{random.choice(['/', '/', '/', '//', ''])}{replacement}}}"
    if operator[0] in "#%":
        return f"${{{name}{operator}{_argument(random, depth)}}}"
    return f"${{{name}{operator}}}"


def _number(random: Random, depth: int) -> str:
    return str(random.randint(-6, 6)) if random.random() < 0.7 else _argument(random, depth)


def _argument(random: Random, depth: int) -> str:
    if depth < 3 and random.random() < 0.25:
        return _expression(random, depth + 1)
    return "".join(random.choice(_WORDS) for _ in range(random.choice([1, 1, 2, 3])))


def _damaged(random: Random, made: str) -> str:
    at = random.randint(0, len(made))
    match random.randint(0, 3):
        case 0:
            return made[:at] + made[at + 1 :]
        case 1:
            return made[:at] + random.choice(_DAMAGE) + made[at:]
        case 2:
            return made[:at] + random.choice(_DAMAGE) + made[at + 1 :]
        case _:
            end = random.randint(at, len(made))
            return made[:end] + made[at:end] + made[end:]
