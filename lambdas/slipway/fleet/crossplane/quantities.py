"""Quantities of Kubernetes as numbers.

Source: kubernetes/apimachinery, `pkg/api/resource/quantity.go` and `suffix.go`.
"""

from __future__ import annotations

import re
from decimal import ROUND_UP, Decimal

from slipway.fleet.crossplane.errors import NotComposed, PatchError

_QUANTITY = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d{1,4})?", re.ASCII)
_SUFFIXES = {
    **{name: Decimal(10) ** power for name, power in zip("numkMGTPE", (-9, -6, -3, 3, 6, 9, 12, 15, 18), strict=True)},
    **{f"{name}i": Decimal(1024) ** power for power, name in enumerate("KMGTPE", start=1)},
}
_SMALLEST = Decimal("1e-9")
MAX_DIGITS = 100
"""Letters of a quantity; nobody writes that many."""


def quantity(text: str) -> float:
    """The number that a quantity stands for.

    Raises:
        PatchError: it is no quantity.
    """
    found = _QUANTITY.fullmatch(text) if len(text) <= MAX_DIGITS else None
    if found is None:
        raise PatchError(f"{text[:MAX_DIGITS]!r} is no quantity")
    digits, suffix = Decimal(found[1]), found[2] or ""
    if suffix[:1] in ("e", "E") and suffix[1:].lstrip("+-").isdigit():
        factor = Decimal(10) ** int(suffix[1:])
    else:
        factor = _SUFFIXES.get(suffix, Decimal(1))
    value = digits * factor
    if abs(value) >= 2**63:
        raise NotComposed("a quantity is too large for 64 bits")
    # What is finer than a billionth is rounded up, away from zero.
    is_fine = int(value.normalize().as_tuple().exponent) < -9
    return float(value.quantize(_SMALLEST, rounding=ROUND_UP) if is_fine else value)
