"""Read the fields of maps and the elements of lists."""

from __future__ import annotations

from typing import Any

from slipway.checks.cel.errors import NO_OVERLOAD, CelError, CelUnsupported
from slipway.checks.cel.lexer import RESERVED
from slipway.checks.cel.values import NONE, Opaque, Optional, Struct, is_number, not_a_struct, read, some, type_name


def find(target: Any, field: str) -> Optional:
    """A field, if it is there: what `has(target.field)` and `target.?field` ask for."""
    if isinstance(target, Optional):
        return find(target.value, field) if target.present else NONE
    name = _declared(target, field)
    return some(read(target[name])) if name in target else NONE


def select(target: Any, field: str) -> Any:
    """`target.field`."""
    if isinstance(target, Optional):
        return find(target, field)
    name = _declared(target, field)
    if name not in target:
        raise CelError(f"no such key: {field}")
    return read(target[name])


def _declared(target: Any, field: str) -> str:
    """The field as the target has it.

    From 1.31 on, a word of CEL's own (`namespace`) need not be escaped. Source: k8s.io/apiserver `pkg/cel/types.go`,
    FindStructFieldType.
    """
    if isinstance(target, Struct):
        if field not in target.declared:
            if field in RESERVED and f"__{field}__" in target.declared:
                return f"__{field}__"
            raise CelUnsupported(f"undefined field '{field}'")
    elif isinstance(target, Opaque):
        raise CelUnsupported(f"'{field}' is of a value that has no schema")
    elif not isinstance(target, dict):
        raise CelError(NO_OVERLOAD)
    return field


def index(target: Any, key: Any, *, optional: bool) -> Any:
    """`target[key]` or `target[?key]`."""
    if isinstance(target, Optional):
        return index(target.value, key, optional=True) if target.present else NONE
    if isinstance(target, list):
        return _element(target, key, optional=optional)
    if not isinstance(target, dict):
        raise CelError(NO_OVERLOAD)
    not_a_struct(target)
    found = _lookup(target, key)
    if optional:
        return found
    if not found.present:
        raise CelError(f"no such key: {_shown(key)}")
    return found.value


def _element(target: list[Any], key: Any, *, optional: bool) -> Any:
    if isinstance(key, bool) or not is_number(key) or key != int(key):
        raise CelError(f"unsupported index type '{type_name(key)}' in list")
    inside = 0 <= key < len(target)
    if optional:
        return some(read(target[int(key)])) if inside else NONE
    if not inside:
        raise CelError(f"index out of bounds: {int(key)}")
    return read(target[int(key)])


def _lookup(target: dict[Any, Any], key: Any) -> Optional:
    """An entry; `true` and `1` are different keys, which Python does not say."""
    if isinstance(key, list | dict) or (key not in target):
        return NONE
    if isinstance(key, bool) and not any(known is key for known in target):
        return NONE
    return some(read(target[key]))


def contains(target: Any, key: Any) -> bool:
    """True if a map has a key."""
    not_a_struct(target)
    return _lookup(target, key).present


def item_at(target: Any, *, two: bool) -> list[tuple[Any, Any]]:
    """What a macro goes over: of a list its elements, of a map its keys; with two variables, both.

    An element that is an error makes the whole of it one.
    """
    if isinstance(target, list):
        return [(position, read(value)) if two else (read(value), None) for position, value in enumerate(target)]
    if isinstance(target, dict):
        not_a_struct(target)
        return [(key, read(value)) if two else (key, None) for key, value in target.items()]
    raise CelError(NO_OVERLOAD)


def _shown(key: Any) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)
