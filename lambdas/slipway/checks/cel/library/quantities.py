"""Quantities.

Source: k8s.io/apiserver pkg/cel/library/quantity.go; k8s.io/apimachinery pkg/api/resource/quantity.go.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction

from slipway.checks.cel.errors import CelError
from slipway.checks.cel.library.comparisons import sign
from slipway.checks.cel.values import MAX_INT, MIN_INT

_QUANTITY = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?([eE][+-]?\d{1,9}|[numkMGTPE]|[KMGTPE]i)?", re.ASCII)
_TENS = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_TWOS = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
MAX_EXPONENT = 1_000
"""Beyond, a number is too big to be computed with; the largest that fits anywhere has 18."""
MAX_DIGITS = 1_000
_NANO = 10**9

FORM = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"


@dataclass(frozen=True)
class Quantity:
    """A quantity."""

    value: Fraction
    whole: bool
    """True if it was written, or came about, as a whole number that fits."""
    type_name = "kubernetes.Quantity"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quantity) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)


def parse_quantity(text: str) -> Quantity | None:
    """The quantity that a text is, if it is one."""
    match = _QUANTITY.fullmatch(text)
    if match is None or not (match[2] or match[3]) or len(text) > MAX_DIGITS:
        return None
    part, suffix = match[3] or "", match[4] or ""
    number = Fraction(int((match[2] or "") + part or "0"), 10 ** len(part))
    if suffix in _TWOS:
        value = number * 2 ** _TWOS[suffix]
        whole = not part
        value = min(_rounded(value), Fraction(MAX_INT))
    else:
        exponent = int(suffix[1:]) if suffix[:1] in "eE" and len(suffix) > 1 else _TENS[suffix]
        if abs(exponent) > MAX_EXPONENT:
            return None
        value = _rounded(number * Fraction(10) ** exponent)
        whole = exponent - len(part) >= 0
    return Quantity(-value if match[1] == "-" else value, whole and value <= MAX_INT)


def _rounded(value: Fraction) -> Fraction:
    """Away from zero, to billionths."""
    return Fraction(math.ceil(value * _NANO), _NANO)


def quantity_of(text: str) -> Quantity:
    """See `parse_quantity`; an error if there is none."""
    found = parse_quantity(text)
    if found is None:
        raise CelError(FORM)
    return found


def integer_of(quantity: Quantity) -> int:
    """As a whole number."""
    if not quantity.whole:
        raise CelError("cannot convert value to integer")
    return int(quantity.value)


def plus(one: Quantity, other: Quantity | int, factor: int = 1) -> Quantity:
    """The sum."""
    second = other if isinstance(other, Quantity) else Quantity(Fraction(other), whole=True)
    value = one.value + factor * second.value
    return Quantity(value, one.whole and second.whole and MIN_INT <= value <= MAX_INT)


def minus(one: Quantity, other: Quantity | int) -> Quantity:
    """The difference."""
    return plus(one, other, -1)


def compare_quantities(one: Quantity, other: Quantity) -> int:
    """As -1, 0 or 1."""
    return sign(one.value, other.value)
