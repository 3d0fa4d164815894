"""What the checks have in common."""

from __future__ import annotations

from typing import Any

from slipway.checks.schema.errors import Path, Reason, SchemaError


def refused(path: Path, message: str) -> SchemaError:
    """A value that the field does not take."""
    return SchemaError(path, message, Reason.FORMAT)


def required(path: Path, message: str) -> SchemaError:
    """A field that is missing."""
    return SchemaError(path, f"required; {message}", Reason.REQUIRED)


def together(path: Path, message: str) -> SchemaError:
    """Values that do not go together."""
    return SchemaError(path, message, Reason.TOGETHER)


def whole_number(value: Any) -> int | None:
    """The whole number that a value is, None if it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def is_open(value: Any) -> bool:
    """True if a variable was left as written in it, at any depth."""
    return "${" in repr(value)
