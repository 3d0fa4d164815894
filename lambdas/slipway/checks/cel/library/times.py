"""Points and spans of time. Source: cel-go common/types/{timestamp,duration}.go; Go's time.ParseDuration."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from slipway.checks.cel.errors import CelError, CelUnsupported
from slipway.checks.cel.overloads import Function, Overload, functions, methods
from slipway.checks.cel.values import MAX_INT, MIN_INT, Duration, Timestamp

SECOND = 10**9
"""In nanoseconds."""
MINUTE, HOUR = 60 * SECOND, 3600 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = -62_135_596_800, 253_402_300_799
"""Seconds of the years 1 to 9999."""
_UNITS = {"ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": SECOND, "m": MINUTE, "h": HOUR}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:[.,](\d+))?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_OFFSET = re.compile(r"([+-]?)(\d\d):(\d\d)", re.ASCII)


def checked_duration(nanoseconds: int) -> Duration:
    """A duration, if it is one of 64 bits."""
    if not MIN_INT <= nanoseconds <= MAX_INT:
        raise CelError("duration overflow")
    return Duration(nanoseconds)


def checked_timestamp(nanoseconds: int) -> Timestamp:
    """A timestamp, if its year has four digits."""
    if not _FIRST <= nanoseconds // SECOND <= _LAST:
        raise CelError("timestamp overflow")
    return Timestamp(nanoseconds)


def parse_duration(text: str) -> Duration | None:
    """`1h30m` and the like; None if it is no duration."""
    rest = text[1:] if text[:1] in ("+", "-") else text
    if rest == "0":
        return Duration(0)
    total, at = 0, 0
    while match := _PART.match(rest, at):
        whole, _, part = match[1].partition(".")
        unit = _UNITS[match[2]]
        total += int(whole[:20] or "0") * unit + int(part[:18] or "0") * unit // 10 ** len(part[:18])
        at = match.end()
    if not rest or at != len(rest) or total > MAX_INT:
        return None
    return Duration(-total if text[0] == "-" else total)


def parse_timestamp(text: str) -> Timestamp | None:
    """RFC 3339; None if it is no point in time."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    try:
        at = datetime(*map(int, match.groups()[:6]), tzinfo=_fixed(match[8]) if match[8] not in "zZ" else UTC)  # type: ignore[misc, arg-type]
    except ValueError:
        return None
    seconds = (at - _EPOCH) // timedelta(seconds=1)
    if not _FIRST <= seconds <= _LAST:
        return None
    return Timestamp(seconds * SECOND + int((match[7] or "0")[:9].ljust(9, "0")))


def write_timestamp(at: Timestamp) -> str:
    """RFC 3339 in UTC, with as many digits as there are."""
    seconds, rest = divmod(at.nanoseconds, SECOND)
    text = (_EPOCH + timedelta(seconds=seconds)).strftime("%m-%dT%H:%M:%S")
    year = (_EPOCH + timedelta(seconds=seconds)).year
    part = f".{rest:09}".rstrip("0") if rest else ""
    return f"{year:04}-{text}{part}Z"


def _fixed(text: str) -> tzinfo:
    match = _OFFSET.fullmatch(text)
    if match is None or int(match[3]) > 59:
        raise ValueError(text)
    minutes = int(match[2]) * 60 + int(match[3])
    return timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes))


def _zone(name: str) -> tzinfo:
    if ":" in name:
        try:
            return _fixed(name)
        except ValueError:
            raise CelError(f"unknown time zone {name}") from None
    if name in ("", "UTC"):
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise CelUnsupported(f"the time zone {name!r} is not known on this machine") from None


def _local(at: Timestamp, zone: str = "UTC") -> datetime:
    return (_EPOCH + timedelta(seconds=at.nanoseconds // SECOND)).astimezone(_zone(zone))


_PARTS: dict[str, Callable[[datetime], int]] = {
    "getFullYear": lambda at: at.year,
    "getMonth": lambda at: at.month - 1,
    "getDate": lambda at: at.day,
    "getDayOfMonth": lambda at: at.day - 1,
    "getDayOfWeek": lambda at: at.isoweekday() % 7,
    "getDayOfYear": lambda at: at.timetuple().tm_yday - 1,
    "getHours": lambda at: at.hour,
    "getMinutes": lambda at: at.minute,
    "getSeconds": lambda at: at.second,
}
_SPANS = {"getHours": HOUR, "getMinutes": MINUTE, "getSeconds": SECOND, "getMilliseconds": 10**6}

_AT, _SPAN = "google.protobuf.Timestamp", "google.protobuf.Duration"


def _toward_zero(value: int, unit: int) -> int:
    return value // unit if value >= 0 else -(-value // unit)


def _methods(name: str) -> tuple[Overload, ...]:
    found: list[Overload] = []
    if name in _PARTS:
        part = _PARTS[name]
        found.append(((_AT,), lambda at: part(_local(at))))
        found.append(((_AT, "string"), lambda at, zone: part(_local(at, zone))))
    elif name == "getMilliseconds":
        found.append(((_AT,), lambda at: at.nanoseconds % SECOND // 10**6))
        found.append(((_AT, "string"), lambda at, _zone: at.nanoseconds % SECOND // 10**6))
    if name in _SPANS:
        unit = _SPANS[name]
        found.append(((_SPAN,), lambda span: _toward_zero(span.nanoseconds, unit)))
    return tuple(found)


def _duration(text: str) -> Duration:
    found = parse_duration(text)
    if found is None:
        raise CelError(f"type conversion error from 'string' to '{_SPAN}'")
    return found


def _timestamp(text: str) -> Timestamp:
    found = parse_timestamp(text)
    if found is None:
        raise CelError(f"type conversion error from 'string' to '{_AT}'")
    return found


TIMES: dict[tuple[str, bool], Function] = {
    **methods({name: _methods(name) for name in {*_PARTS, *_SPANS}}),
    **functions(
        {
            "duration": (
                (("string",), _duration),
                ((_SPAN,), lambda span: span),
                (("int",), lambda number: Duration(number)),
            ),
            "timestamp": (
                (("string",), _timestamp),
                ((_AT,), lambda at: at),
                (("int",), lambda seconds: checked_timestamp(seconds * SECOND)),
            ),
        }
    ),
}
