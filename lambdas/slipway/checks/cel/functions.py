"""All functions by name, with whether they are methods; those that several libraries have are put together here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.checks.cel.library.conversions import CONVERSIONS, TYPES
from slipway.checks.cel.library.formats import FORMAT_FUNCTIONS
from slipway.checks.cel.library.lists import INDEX_OF, LAST_INDEX_OF, LISTS
from slipway.checks.cel.library.network import NETWORK
from slipway.checks.cel.library.optionals import OPTIONALS
from slipway.checks.cel.library.patterns import PATTERNS
from slipway.checks.cel.library.quantities import (
    compare_quantities,
    integer_of,
    minus,
    parse_quantity,
    plus,
    quantity_of,
)
from slipway.checks.cel.library.strings import STRING_INDEX_OF, STRING_LAST_INDEX_OF, STRINGS
from slipway.checks.cel.library.times import TIMES
from slipway.checks.cel.library.urls import URLS
from slipway.checks.cel.library.versions import compare_semver, parse_semver, semver_of
from slipway.checks.cel.overloads import Function, functions, methods
from slipway.checks.cel.values import TypeValue

_QUANTITY, _SEMVER = "kubernetes.Quantity", "kubernetes.Semver"

_SHARED: dict[tuple[str, bool], Function] = {
    **methods(
        {"indexOf": (*STRING_INDEX_OF, *INDEX_OF), "lastIndexOf": (*STRING_LAST_INDEX_OF, *LAST_INDEX_OF)}, metered=True
    ),
    **methods(
        {
            "isGreaterThan": (
                ((_QUANTITY, _QUANTITY), lambda one, other: compare_quantities(one, other) > 0),
                ((_SEMVER, _SEMVER), lambda one, other: compare_semver(one, other) > 0),
            ),
            "isLessThan": (
                ((_QUANTITY, _QUANTITY), lambda one, other: compare_quantities(one, other) < 0),
                ((_SEMVER, _SEMVER), lambda one, other: compare_semver(one, other) < 0),
            ),
            "compareTo": (
                ((_QUANTITY, _QUANTITY), compare_quantities),
                ((_SEMVER, _SEMVER), compare_semver),
            ),
        }
    ),
}
_QUANTITIES: dict[tuple[str, bool], Function] = {
    **functions(
        {
            "quantity": ((("string",), quantity_of),),
            "isQuantity": ((("string",), lambda text: parse_quantity(text) is not None),),
            "sign": (((_QUANTITY,), lambda quantity: (quantity.value > 0) - (quantity.value < 0)),),
        }
    ),
    **methods(
        {
            "asApproximateFloat": (((_QUANTITY,), lambda quantity: float(quantity.value)),),
            "asInteger": (((_QUANTITY,), integer_of),),
            "isInteger": (((_QUANTITY,), lambda quantity: quantity.whole),),
            "add": (((_QUANTITY, _QUANTITY), plus), ((_QUANTITY, "int"), plus)),
            "sub": (((_QUANTITY, _QUANTITY), minus), ((_QUANTITY, "int"), minus)),
        }
    ),
}
_VERSIONS: dict[tuple[str, bool], Function] = {
    **functions(
        {
            "semver": ((("string",), semver_of), (("string", "bool"), semver_of)),
            "isSemver": (
                (("string",), lambda text: parse_semver(text) is not None),
                (("string", "bool"), lambda text, normalized: parse_semver(text, normalized=normalized) is not None),
            ),
        }
    ),
    **methods(
        {
            "major": (((_SEMVER,), lambda version: version.numbers[0]),),
            "minor": (((_SEMVER,), lambda version: version.numbers[1]),),
            "patch": (((_SEMVER,), lambda version: version.numbers[2]),),
        }
    ),
}

FUNCTIONS: Mapping[tuple[str, bool], Function] = {
    **CONVERSIONS,
    **TIMES,
    **STRINGS,
    **PATTERNS,
    **LISTS,
    **OPTIONALS,
    **NETWORK,
    **URLS,
    **FORMAT_FUNCTIONS,
    **_QUANTITIES,
    **_VERSIONS,
    **_SHARED,
}
"""By name, and whether it is a method: whether its first argument stands before it."""

CONSTANTS: Mapping[str, Any] = TYPES | {"google.protobuf.NullValue": TypeValue("null_type")}
"""Names that are neither variables nor functions."""
