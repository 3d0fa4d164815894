"""Whether a value is secret, as far as its name and its form tell."""

from __future__ import annotations

import re
from typing import Literal

from slipway.checks.secrets.credentials import credentials

Certainty = Literal["certain", "probable", ""]
"""How sure it is that a value is secret; empty if nothing tells."""

MAX_VALUE = 256 * 1024
"""Characters of a value that are looked at; Kubernetes takes 1 MiB for a whole Secret."""

_SECRET_NAME = re.compile(
    r"(?:pass(?:word|wd|phrase|code)?|pwd|token|secret|credentials?|(?:^|[_.-])auth|bearer|cookie|salt|hmac"
    r"|(?:api|app|access|auth|secret|private|signing|session|encryption|encrypt|decrypt|master|root|shared|account|storage"
    r"|license|enroll|dns|server|webhook|jwt|hmac)[_.-]?key)(?:[_.-]?(?:[0-9]{1,2}|base64|b64|value|string|env))?$",
    re.IGNORECASE,
)
"""What names of secrets end with. What names them only, as in `passwordKey`, `secretName`, `token_file`, goes on."""

_REFERENCE = re.compile(r"!?(?:ref\+)?[a-z][a-z0-9+.-]*://[^\s:@]*$|!?(?:ref\+|vault:|arn:aws|file:|env:|/)|<path:")
"""The whole value says where the secret is: a URL without a login, of vals, of 1Password, of a vault plugin; a path."""
_VARIABLE = re.compile(r"\$\{|\$\(|\{\{|<<|%\(|%[A-Z_]+%|^\$\w+$|^[<{\[].*[>}\]]$", re.DOTALL)
_PLACEHOLDER = re.compile(
    r"change[_ -]?(?:me|it|this)|replace|place[_ -]?holder|example|dummy|redacted|todo|fixme"
    r"|not[_ -]?(?:needed|used|set|real|a)|unused|insert|your[_ -]|my[_ -]|fake|x{4}|\*{3}|\.{3}|lorem|sample",
    re.IGNORECASE,
)
_WORDS = frozenset(("true", "false", "yes", "no", "on", "off", "none", "null", "nil", "enabled", "disabled", "basic"))
_LOGIN = re.compile(r"[a-z][a-z0-9+.-]{1,20}://[^\s:/@]{1,100}:([^\s:/@]{3,200})@")
_LINE = re.compile(
    r"""^[ \t\-"']*([A-Za-z][\w.-]{0,60})["']?[ \t]*[:=][ \t]*["']?([^\s"',;()\[\]{}]{6,300})["']?,?[ \t]*$""",
    re.MULTILINE,
)
"""A line that sets something; with brackets in it, it is code."""
_MIN_SECRET = 3
"""Characters below which nothing is told apart."""
_MIN_CREDENTIAL = 20
"""Characters below which nothing is a credential by its form alone."""
_MIN_RANDOM = 12
"""Characters from which on something is too long to be a word and too mixed to be a name."""


def secrecy(name: str, value: str) -> Certainty:
    """How sure it is that a value is secret.

    Args:
        name: of the field, of the variable, of the key.
        value: its text; what is encoded must be decoded.
    """
    text = value[:MAX_VALUE].strip()
    if len(text) < _MIN_SECRET:
        return ""
    if "\n" in text:
        return secrecy_of_file(text)
    named = is_secret_name(name)
    if (not named and len(text) < _MIN_CREDENTIAL and "://" not in text) or is_placeholder(text):
        return ""
    if found := _found(text):
        return found
    if not named or re.search(r"\s", text):
        return ""
    return "certain" if is_random(text) else "probable"


def secrecy_of_file(text: str) -> Certainty:
    """How sure it is that a file has a secret value: in one of the lines that set something, or a credential."""
    text = text[:MAX_VALUE]
    lines = (secrecy(*match.groups()) for match in _LINE.finditer(text))
    return _found(text) or max(lines, key=_ORDER.index, default="")


def _found(text: str) -> Certainty:
    logins = (match[1] for match in _LOGIN.finditer(text))
    if any(_is_mixed(password) and not is_placeholder(password) for password in logins):
        return "certain"
    return "certain" if credentials(text.encode(errors="surrogatepass")) else ""


_ORDER = ("", "probable", "certain")


def is_secret_name(name: str) -> bool:
    """True for names that only secrets have, such as `db_password`."""
    return _SECRET_NAME.search(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)) is not None


def is_placeholder(text: str) -> bool:
    """True for what stands for a value, or says where it is."""
    if _VARIABLE.search(text) or text.casefold() in _WORDS or re.fullmatch(r"[0-9]{1,6}|(.)\1+", text):
        return True
    return bool(_REFERENCE.match(text) or (len(text) < 100 and _PLACEHOLDER.search(text)))


def is_random(text: str) -> bool:
    """True for what nobody would write by hand, unlike names, versions and words with a number."""
    if len(text) < _MIN_RANDOM or len(set(text)) < 8:
        return False
    return sum(len(_TURN.findall(part)) for part in re.split(r"[-_./:,]", text)) >= _MIN_TURNS


_TURN = re.compile(r"[a-z](?=[A-Z0-9])|[A-Z](?=[0-9])|[0-9](?=[A-Za-z])|[^\w\s](?=.)|\w(?=[^\w\s])")
"""Where a word turns into a number, or one word into another without anything between."""
_MIN_TURNS = 4


def _is_mixed(text: str) -> bool:
    return bool(re.search(r"[0-9]", text) and re.search(r"[A-Za-z]", text)) or bool(re.search(r"[^\w.:/-]", text))
