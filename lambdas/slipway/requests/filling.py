"""The values of a request in the text of a recipe: `<cluster>`, or in capitals `<TOOL>`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from slipway.requests.values import Value

Values = Mapping[str, Value]

PLACEHOLDER = re.compile(r"<([a-z][a-z-]*|[A-Z][A-Z_]*)>")


class MissingValue(Exception):
    """A text names a value that the request does not give; the text is its name."""


def filled(text: str, values: Values) -> str:
    """A text with the values in it; `<TOOL>` is the value of `tool` in capitals, with `_` for `-`.

    Raises:
        MissingValue: one is not given, or is no single text.
    """
    return PLACEHOLDER.sub(lambda match: _text(match[1], values), text)


def filled_value(value: Any, values: Values) -> Any:
    """The same of all texts in a value of YAML; a text that is one placeholder becomes the list or object behind it.

    Raises:
        MissingValue: one is not given.
    """
    if isinstance(value, str):
        whole = PLACEHOLDER.fullmatch(value)
        found = values.get(whole[1]) if whole else None
        if isinstance(found, Mapping | tuple):
            return list(found) if isinstance(found, tuple) else found
        return filled(value, values)
    if isinstance(value, list):
        return [filled_value(item, values) for item in value]
    if isinstance(value, dict):
        return {filled(str(key), values): filled_value(item, values) for key, item in value.items()}
    return value


def named(value: Any) -> Iterator[str]:
    """The names in all texts of a value, as the fields have them: `tool` for `<TOOL>`."""
    if isinstance(value, str):
        yield from (field_name(match[1]) for match in PLACEHOLDER.finditer(value))
    elif isinstance(value, list):
        for item in value:
            yield from named(item)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from named(str(key))
            yield from named(item)


def field_name(name: str) -> str:
    """`kubernetes-version` for `KUBERNETES_VERSION`."""
    return name.lower().replace("_", "-")


def _text(name: str, values: Values) -> str:
    value = values.get(field_name(name))
    if value is None or isinstance(value, Mapping | tuple):
        raise MissingValue(name)
    text = ("true" if value else "false") if isinstance(value, bool) else str(value)
    return text.upper().replace("-", "_") if name.isupper() else text
