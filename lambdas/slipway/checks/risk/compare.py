"""Whether two values of a field are the same to Kubernetes, as far as it can be told from Git.

Source: Kubernetes' defaulting of pods and claims (`pkg/apis/core/v1/defaults.go`), and `resource.Quantity`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_DEFAULTED = frozenset(
    (
        *("dnsPolicy", "schedulerName", "terminationGracePeriodSeconds", "securityContext", "restartPolicy"),
        *("terminationMessagePath", "terminationMessagePolicy", "imagePullPolicy", "protocol", "defaultMode"),
        *("apiVersion", "creationTimestamp", "periodSeconds", "successThreshold", "failureThreshold"),
        *("timeoutSeconds", "scheme", "serviceAccount", "enableServiceLinks", "apiGroup", "status", "kind"),
        *("volumeMode", "optional", "type"),
    )
)
"""Fields of pods and claims that the API server gives a value: whoever writes it out changes nothing."""
_ANYBODYS = frozenset(
    ("annotations", "labels", "matchLabels", "nodeSelector", "parameters", "volumeAttributes", "requests", "limits")
)
"""Fields whose names mean nothing to the API server."""
_QUANTITY = re.compile(r"([+-]?[0-9.]+)(m|k|[KMGTPE]i?|[eE][+-]?[0-9]+)?")
_POWERS = {"": Decimal(1), "m": Decimal("0.001"), "k": Decimal(1000)}
_POWERS |= {letter: Decimal(1000) ** power for power, letter in enumerate("MGTPE", start=2)}
_POWERS |= {f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", start=1)}


def alike(one: Any, other: Any, name: str = "") -> bool:
    """True if two values may be the same: what one of them leaves out may be the default of the other.

    Args:
        one: a value.
        other: another one.
        name: the field's; the names in some fields are anybody's, and have no defaults.
    """
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        defaulted = () if name in _ANYBODYS else _DEFAULTED
        return all(
            alike(one[key], other[key], key)
            if key in one and key in other
            else key in defaulted or _is_empty(one.get(key, other.get(key)))
            for key in {**one, **other}
        )
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    return one == other or is_unknown(one) or is_unknown(other) or _same_quantity(one, other)


def is_unknown(value: Any) -> bool:
    """True if a variable is in it whose value only the cluster knows."""
    return "${" in repr(value)


def quantity(value: Any) -> Decimal | None:
    """An amount as Kubernetes writes it: `1Gi`, `500m`, `2`; None if it is none."""
    match = _QUANTITY.fullmatch(str(value)) if isinstance(value, (str, int, float)) else None
    if match is None or match[1].count(".") > 1:
        return None
    suffix = match[2] or ""
    if suffix in _POWERS:
        return Decimal(match[1]) * _POWERS[suffix]
    return Decimal(match[1] + suffix)


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {}, False, 0)


def _same_quantity(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return False
    amounts = quantity(one), quantity(other)
    return amounts[0] is not None and amounts[0] == amounts[1]
