"""Numbers and names of ports.

Source: k8s.io/apimachinery, pkg/util/validation/validation.go, `IsValidPortNum` and `IsValidPortName` (RFC 6335).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from slipway.checks.schema.beyond.values import refused, whole_number
from slipway.checks.schema.errors import Path, SchemaError, quoted

_MAX = 65535
_NAME_LENGTH = 15
_NAME = re.compile(r"(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*")


def number_errors(path: Path, value: Any) -> Iterator[SchemaError]:
    """What is wrong with the number of a port."""
    number = whole_number(value)
    if number is not None and not 1 <= number <= _MAX:
        yield refused(path, f"{number} is not a port number, which is 1 to {_MAX}")


def name_errors(path: Path, value: Any) -> Iterator[SchemaError]:
    """What is wrong with the name of a port."""
    if not isinstance(value, str) or (len(value) <= _NAME_LENGTH and _NAME.fullmatch(value)):
        return
    hint = " (for a number, remove the quotes)" if value.isdecimal() else ""
    yield refused(
        path,
        f"{quoted(value)} is not the name of a port: at most {_NAME_LENGTH} lower-case letters, digits and single '-', "
        f"at least one letter, no '-' first or last{hint}",
    )


def number_or_name_errors(path: Path, value: Any) -> Iterator[SchemaError]:
    """What is wrong with what names a port in either way."""
    yield from number_errors(path, value)
    yield from name_errors(path, value)
