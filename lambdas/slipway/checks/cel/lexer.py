"""Words and signs of an expression. Source: cel-spec doc/langdef.md, "Syntax"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from slipway.checks.cel.errors import CelUnsupported
from slipway.checks.cel.values import MAX_INT, MAX_UINT, MIN_INT, Uint

MAX_CHARACTERS = 100_000
"""What the API server's own parser takes."""

Kind = Literal["value", "word", "sign", "end"]

_TOKEN = re.compile(
    r"""(?P<space>(?:\s|//[^\n]*)+)
    |(?P<text>(?:[rR][bB]?|[bB][rR]?)?(?:\"{3}|'{3}|"|'))
    |(?P<number>0x[0-9a-fA-F]+[uU]?|\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?|\d+[uU]?)
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<sign>&&|\|\||[=!<>]=|[-+*/%<>!?:.,()\[\]{}])""",
    re.VERBOSE | re.ASCII,
)
RESERVED = frozenset(
    {"as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package"}
    | {"namespace", "return", "var", "void", "while"}
)
_CONSTANTS = {"true": True, "false": False, "null": None}
_ESCAPE = re.compile(
    r"\\(?:([abfnrtv\\?\"'`])|[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.?))", re.DOTALL
)
_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


@dataclass(frozen=True)
class Token:
    """A word or sign."""

    kind: Kind
    text: str
    value: Any = None
    """Of a literal."""


def tokens(text: str) -> list[Token]:
    """The tokens of an expression, with one of the kind `end` behind them.

    Raises:
        CelUnsupported: something in it is none.
    """
    if len(text) > MAX_CHARACTERS:
        raise CelUnsupported(f"it has more than {MAX_CHARACTERS:,} characters (MAX_CHARACTERS)")
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise CelUnsupported(f"syntax error at character {at + 1}")
        at = match.end()
        if match["text"]:
            token, at = _text(text, match["text"], at)
            found.append(token)
        elif match["number"]:
            found.append(_number(match["number"], negative=_is_sign(found)))
        elif word := match["word"]:
            if word in RESERVED and (not found or found[-1].text not in (".", "?")):
                raise CelUnsupported(f"syntax error: {word} is a reserved word")
            value = word in _CONSTANTS
            found.append(Token("value", word, _CONSTANTS[word]) if value else Token("word", word))
        elif match["sign"]:
            found.append(Token("sign", match["sign"]))
    return [*found, Token("end", "end of the expression")]


def _is_sign(found: list[Token]) -> bool:
    """True if a number that follows is negated: its limit is another then."""
    return bool(found) and found[-1] == Token("sign", "-")


def _number(text: str, *, negative: bool) -> Token:
    if text[-1] in "uU":
        unsigned = int(text[:-1], 0) if text.startswith("0x") else int(text[:-1])
        if unsigned > MAX_UINT:
            raise CelUnsupported("invalid uint literal")
        return Token("value", text, Uint(unsigned))
    if not text.startswith("0x") and any(sign in text for sign in ".eE"):
        return Token("value", text, float(text))
    if len(text) > 20:
        raise CelUnsupported("invalid int literal")
    number = int(text, 16) if text.startswith("0x") else int(text)
    if number > (-MIN_INT if negative else MAX_INT):
        raise CelUnsupported("invalid int literal")
    return Token("value", text, number)


def _text(text: str, opening: str, at: int) -> tuple[Token, int]:
    prefix, quote = opening.rstrip("\"'").lower(), opening.lstrip("rRbB")
    end = at
    while True:
        end = text.find(quote, end)
        if end < 0 or (len(quote) == 1 and "\n" in text[at:end]):
            raise CelUnsupported("syntax error: a text without its closing quote")
        if "r" in prefix or not _is_escaped(text, at, end):
            break
        end += 1
    raw = text[at:end]
    if "r" not in prefix:
        raw = _ESCAPE.sub(lambda match: _unescaped(match, binary="b" in prefix), raw)
    value: Any = raw
    if "b" in prefix:
        value = b"".join(bytes([ord(sign) - _BYTE]) if ord(sign) >= _BYTE else sign.encode() for sign in raw)
    return Token("value", opening, value), end + len(quote)


_BYTE = 0x110000 - 0x100
"""Where single bytes are put that escapes in a bytes literal stand for: at the end of Unicode, which nobody uses."""


def _is_escaped(text: str, start: int, at: int) -> bool:
    before = at
    while before > start and text[before - 1] == "\\":
        before -= 1
    return (at - before) % 2 == 1


def _unescaped(match: re.Match[str], *, binary: bool) -> str:
    simple, hexadecimal, short, long, octal, other = match.groups()
    if simple:
        return _SIMPLE.get(simple, simple)
    if other is not None:
        raise CelUnsupported(f"syntax error: there is no escape \\{other}")
    code = int(octal, 8) if octal else int(hexadecimal or short or long, 16)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise CelUnsupported("syntax error: an escape that is no character")
    if binary:
        if short or long:
            raise CelUnsupported("syntax error: a character's escape in bytes")
        return chr(_BYTE + code)
    return chr(code)
