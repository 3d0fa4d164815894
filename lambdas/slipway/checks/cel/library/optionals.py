"""Values that may be missing. Source: cel-go cel/library.go, optionalLib."""

from __future__ import annotations

from typing import Any

from slipway.checks.cel.overloads import Function, functions, methods
from slipway.checks.cel.values import NONE, Duration, Optional, some


def _of_non_zero(value: Any) -> Optional:
    if isinstance(value, Duration):
        return some(value) if value.nanoseconds else NONE
    empty = value is None or (isinstance(value, bool | int | float | str | bytes | list | dict) and not value)
    return NONE if empty else some(value)


OPTIONALS: dict[tuple[str, bool], Function] = {
    **functions(
        {
            "optional.of": ((("",), lambda value: some(value)),),
            "optional.ofNonZeroValue": ((("",), _of_non_zero),),
            "optional.none": (((), lambda: NONE),),
        }
    ),
    **methods(
        {
            "value": ((("optional_type",), Optional.got),),
            "hasValue": ((("optional_type",), lambda option: option.present),),
        }
    ),
}
