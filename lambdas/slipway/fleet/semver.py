"""Semantic versions, and ranges of them, as Flux reads them.

Flux leaves both to Masterminds/semver (v3.5, `version.go` and `constraints.go`), which is laxer than the specification
of semantic versioning with versions, and has a grammar of its own for ranges: `>=1.2 <2`, `~1.2`, `^0.3`, `1.x`,
`1.2 - 1.4`, `a || b`. The test beside Flux's own code (tests/interop) compares thousands of both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

MAX_VERSION_BYTES = 256
"""Longer ones are no versions to Masterminds/semver (`MaxVersionLen`)."""
MAX_RANGE_BYTES = 512
"""Longer ones are no ranges (`MaxConstraintLen`)."""
MAX_ALTERNATIVES = 32
"""Alternatives in a range (`MaxConstraintGroups`)."""


@dataclass(frozen=True)
class Version:
    """A version."""

    major: int
    minor: int
    patch: int
    prerelease: str
    """What follows the hyphen, `""` for a release."""

    @cached_property
    def precedence(self) -> tuple[object, ...]:
        """Orders versions; a prerelease comes before its release, and build metadata does not matter."""
        parts = tuple(map(_precedence_of_part, self.prerelease.split("."))) if self.prerelease else ()
        return self.major, self.minor, self.patch, not self.prerelease, parts


def parse_version(text: str) -> Version | None:
    """A version such as `v1.2.3-rc.1+build`; minor and patch may be left out. None if it is none."""
    match = _VERSION.fullmatch(text)
    if match is None or len(text) > MAX_VERSION_BYTES:
        return None
    major, minor, patch = (int(match[name] or "0") for name in ("major", "minor", "patch"))
    prerelease = match["pre"] or ""
    if max(major, minor, patch) > _MAX_NUMBER or any(map(_LEADING_ZERO.fullmatch, prerelease.split("."))):
        return None
    return Version(major, minor, patch, prerelease)


@dataclass(frozen=True)
class Range:
    """A range of versions: each of some conditions holds, or each of others."""

    alternatives: tuple[tuple[_Condition, ...], ...]

    def __contains__(self, version: Version) -> bool:
        """True if the version is in the range; a prerelease only is if one of the conditions names a prerelease."""
        for conditions in self.alternatives:
            wants_prereleases = any(condition.version.prerelease for condition in conditions)
            if (wants_prereleases or not version.prerelease) and all(
                _OPERATORS[each.operator](version, each) for each in conditions
            ):
                return True
        return False


def parse_range(text: str) -> Range | None:
    """A range such as `>=1.2.0 <2.0.0`; None if it is none."""
    if len(text.encode(errors="surrogateescape")) > MAX_RANGE_BYTES:
        return None
    written = _without_hyphens(text).split("||")
    alternatives = [list(_conditions(part)) for part in written]
    if len(written) > MAX_ALTERNATIVES or any(not group or None in group for group in alternatives):
        return None
    return Range(tuple(tuple(filter(None, group)) for group in alternatives))


def newest(tags: Iterable[str], wanted: Range, committed: Callable[[str], float]) -> str | None:
    """The tag that Flux takes for a range (fluxcd/pkg, `git/gogit/clone.go`, `cloneSemVer`); None if there is none.

    Of tags that are the same version, such as `1.0.0` and `v1.0.0+1`, it is the one whose commit is the latest.

    Args:
        tags: all names; those that are no version with three parts are passed over.
        wanted: the range.
        committed: when a tag's commit was made; asked only if several tags are the newest version.
    """
    versions = {
        tag: version for tag in tags if tag.count(".") > 1 and (version := parse_version(tag)) and version in wanted
    }
    if not versions:
        return None
    highest = max(version.precedence for version in versions.values())
    found = sorted(tag for tag, version in versions.items() if version.precedence == highest)
    return found[0] if len(found) == 1 else max(found, key=committed)


@dataclass(frozen=True)
class _Condition:
    operator: str
    version: Version
    """What is left out, or is an `x`, is 0."""
    given: int
    """How many numbers of the version are: 3 if all of them are."""


# No repetition here may begin or end with what the one beside it may hold: ranges come from whoever writes a source.
_X = r"[0-9|xX*]+"
_TAIL = (
    r"(?:-(?P<pre>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
    r"(?:\+(?P<meta>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
)
_VERSION = re.compile(r"v?(?P<major>[0-9]+)(?:\.(?P<minor>[0-9]+))?(?:\.(?P<patch>[0-9]+))?" + _TAIL)
_LEADING_ZERO = re.compile(r"0[0-9]+")
_MAX_NUMBER = 2**64 - 1
_SPACE = r"[\t\n\f\r ]"
_PARTIAL = rf"v?(?P<major>{_X})(?:\.(?P<minor>{_X}))?(?:\.(?P<patch>{_X}))?{_TAIL}"
_UNNAMED = re.sub(r"\?P<\w+>", "?:", _PARTIAL)
_CONDITION = re.compile(rf"{_SPACE}*(?P<operator>!=|>=|=>|<=|=<|~>|=|>|<|~|\^|){_SPACE}*(?P<version>{_PARTIAL})")
_SEPARATOR = re.compile(rf"{_SPACE}*,{_SPACE}*|{_SPACE}+")
_HYPHENATED = re.compile(rf"{_SPACE}*({_UNNAMED}){_SPACE}+-{_SPACE}+({_UNNAMED}){_SPACE}*")


def _without_hyphens(text: str) -> str:
    """`1.2 - 1.4` as `>= 1.2, <= 1.4`."""
    result = text
    for match in _HYPHENATED.finditer(text):
        result = result.replace(match[0], f">= {match[1]}, <= {match[2]} ", 1)
    return result


def _conditions(text: str) -> Iterator[_Condition | None]:
    """The conditions that all hold; None among them for what is no condition."""
    at = 0
    while True:
        match = _CONDITION.match(text, at)
        yield _condition(match) if match else None
        if match is None or not text[match.end() :].strip("\t\n\f\r "):
            return
        separator = _SEPARATOR.match(text, match.end())
        if separator is None:
            yield None
            return
        at = separator.end()


def _condition(match: re.Match[str]) -> _Condition | None:
    numbers = [match[name] for name in ("major", "minor", "patch")]
    given = next((at for at, number in enumerate(numbers) if number in (None, "x", "X", "*")), 3)
    if given == 3:
        version = parse_version(match["version"])
    else:
        known = ".".join([*numbers[:given], *["0"] * (3 - given)])
        version = parse_version(f"{known}-{match['pre']}" if match["pre"] else known)
    return _Condition(match["operator"], version, given) if version else None


def _precedence_of_part(part: str) -> tuple[int, int, str]:
    """Numbers come before words."""
    number = int(part) if part.isdigit() else _MAX_NUMBER + 1
    return (0, number, "") if number <= _MAX_NUMBER else (1, 0, part)


def _is_equal(version: Version, condition: _Condition) -> bool:
    if condition.given < 3:
        return _is_about(version, condition)
    return version.precedence == condition.version.precedence


def _is_other(version: Version, condition: _Condition) -> bool:
    wanted = condition.version
    if condition.given == 3:
        return version.precedence != wanted.precedence
    if version.major != wanted.major:
        return True
    if condition.given == 1:
        return False
    if version.minor != wanted.minor:
        return True
    # What is no number at all, `!= *`, is taken for 0.0.0 here.
    if condition.given == 0 and version.patch != wanted.patch:
        return True
    return version.prerelease != wanted.prerelease


def _is_greater(version: Version, condition: _Condition) -> bool:
    wanted = condition.version
    if condition.given in (0, 3) or version.major != wanted.major:
        return version.precedence > wanted.precedence
    return condition.given == 2 and version.minor > wanted.minor


def _is_less(version: Version, condition: _Condition) -> bool:
    return version.precedence < condition.version.precedence


def _is_at_least(version: Version, condition: _Condition) -> bool:
    return version.precedence >= condition.version.precedence


def _is_at_most(version: Version, condition: _Condition) -> bool:
    wanted = condition.version
    if condition.given == 3:
        return version.precedence <= wanted.precedence
    if version.major != wanted.major:
        return version.major < wanted.major
    return condition.given == 1 or version.minor <= wanted.minor


def _is_about(version: Version, condition: _Condition) -> bool:
    """`~1.2.3`: from there on, and the same minor version, or the same major one if that is all that is given."""
    wanted = condition.version
    if version.precedence < wanted.precedence:
        return False
    if condition.given in (0, 3) and (wanted.major, wanted.minor, wanted.patch) == (0, 0, 0):
        return True
    return version.major == wanted.major and (condition.given == 1 or version.minor == wanted.minor)


def _is_compatible(version: Version, condition: _Condition) -> bool:
    """`^1.2.3`: from there on, and the same first number that is not 0."""
    wanted = condition.version
    if version.precedence < wanted.precedence:
        return False
    if wanted.major > 0 or condition.given == 1:
        return version.major == wanted.major
    if version.major > 0:
        return False
    if wanted.minor > 0 or condition.given == 2:
        return version.minor == wanted.minor
    return version.minor == 0 and version.patch == wanted.patch


_OPERATORS: Mapping[str, Callable[[Version, _Condition], bool]] = {
    "": _is_equal,
    "=": _is_equal,
    "!=": _is_other,
    ">": _is_greater,
    "<": _is_less,
    ">=": _is_at_least,
    "=>": _is_at_least,
    "<=": _is_at_most,
    "=<": _is_at_most,
    "~": _is_about,
    "~>": _is_about,
    "^": _is_compatible,
}
