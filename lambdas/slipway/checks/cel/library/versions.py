"""Semantic versions. Source: k8s.io/apiserver pkg/cel/library/semverlib.go; github.com/blang/semver/v4."""

from __future__ import annotations

import re
from dataclasses import dataclass

from slipway.checks.cel.errors import CelError
from slipway.checks.cel.library.comparisons import sign
from slipway.checks.cel.values import MAX_UINT

_NUMBER = r"(0|[1-9]\d{0,19})"
_VERSION = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-([0-9A-Za-z.-]*))?(?:\+([0-9A-Za-z.-]*))?", re.ASCII)
MAX_CHARACTERS = 1_000


@dataclass(frozen=True)
class Semver:
    """A version; what is built of it does not count when versions are compared."""

    numbers: tuple[int, int, int]
    prerelease: tuple[str, ...]
    type_name = "kubernetes.Semver"


def parse_semver(text: str, *, normalized: bool = False) -> Semver | None:
    """The version that a text is, if it is one.

    Args:
        text: the text.
        normalized: a `v`, leading zeros and missing numbers are put right.
    """
    if len(text) > MAX_CHARACTERS:
        return None
    if normalized:
        text = _normal(text)
    match = _VERSION.fullmatch(text)
    if match is None or any(int(match[part]) > MAX_UINT for part in (1, 2, 3)):
        return None
    prerelease = tuple(match[4].split(".")) if match[4] is not None else ()
    build = match[5].split(".") if match[5] is not None else []
    if "" in prerelease or "" in build:
        return None
    if any(part.isdigit() and len(part) > 1 and part[0] == "0" for part in prerelease):
        return None
    return Semver((int(match[1]), int(match[2]), int(match[3])), prerelease)


def _normal(text: str) -> str:
    parts = text.removeprefix("v").split(".", 2)
    for position, part in enumerate(parts):
        if len(part) > 1:
            stripped = part.lstrip("0")
            parts[position] = stripped if stripped[:1].isdigit() else f"0{stripped}"
    if len(parts) < 3 and set("+-") & set(parts[-1]):
        return ""
    return ".".join([*parts, "0", "0"][:3])


def compare_semver(one: Semver, other: Semver) -> int:
    """As -1, 0 or 1."""
    if one.numbers != other.numbers:
        return sign(one.numbers, other.numbers)
    if not one.prerelease or not other.prerelease:
        return sign(not one.prerelease, not other.prerelease)
    for part, against in zip(one.prerelease, other.prerelease, strict=False):
        if part != against:
            return sign(_rank(part), _rank(against))
    return sign(len(one.prerelease), len(other.prerelease))


def _rank(part: str) -> tuple[bool, int, str]:
    return (False, int(part), "") if part.isdigit() else (True, 0, part)


def _why(text: str) -> str:
    if not text:
        return "Version string empty"
    parts = text.split(".", 2)
    if len(parts) < 3:
        return "No Major.Minor.Patch elements found"
    for name, part in zip(("Major", "Minor"), parts, strict=False):
        if not part.isdecimal():
            return f'Invalid character(s) found in {name.lower()} number "{part}"'
        if len(part) > 1 and part[0] == "0":
            return f'{name} number must not contain leading zeroes "{part}"'
    return f'"{text}" is no semantic version'


def semver_of(text: str, normalized: bool = False) -> Semver:  # noqa: FBT001, FBT002 - an expression's argument
    """See `parse_semver`; an error if there is none."""
    found = parse_semver(text, normalized=normalized)
    if found is None:
        raise CelError(_why(text))
    return found
