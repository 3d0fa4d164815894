"""Is text still what its recipe meant, once the values are in it?

A recipe has YAML as text: `tag: <tag>` without quotes would be a number for 1.10, and `name: <name>` a mapping for a
value with a colon. So the text is read twice, with the values and without, and only texts may differ, by the values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.errors import InputError
from slipway.fleet.manifests import load_documents
from slipway.requests.filling import PLACEHOLDER, Values, filled, filled_value
from slipway.requests.kinds import KINDS
from slipway.requests.values import Number, YesNo

NO_TEXTS = {field.name for kind in KINDS.values() for field in kind.fields if isinstance(field.shape, Number | YesNo)}
"""Fields whose values may be numbers, true and false in YAML."""


def changed_type(path: str, template: str, values: Values) -> str:
    """The first text of a template that is something else with the values in it; `""` if there is none.

    Args:
        path: of the file; only YAML is looked at.
        template: with placeholders; one that is no YAML with them is not judged.
        values: all that it names.
    """
    if not path.endswith((".yaml", ".yml")) or "<" not in template:
        return ""
    try:
        before = [document.value for document in load_documents(template.encode())]
    except InputError:
        return ""
    try:
        after = [document.value for document in load_documents(filled(template, values).encode())]
    except InputError:
        return template.strip().partition("\n")[0]
    return _differs(before, after, values)


def _differs(template: Any, value: Any, values: Values) -> str:
    if isinstance(template, Mapping) and isinstance(value, Mapping):
        if [filled(str(key), values) for key in template] != list(value):
            return next((str(key) for key in template if PLACEHOLDER.search(str(key))), "")
        pairs = list(zip(template.values(), value.values(), strict=True))
    elif isinstance(template, list) and isinstance(value, list) and len(template) == len(value):
        pairs = list(zip(template, value, strict=True))
    elif isinstance(template, str) and filled_value(template, values) != value:
        whole = PLACEHOLDER.fullmatch(template)
        may = whole is not None and whole[1] in NO_TEXTS and isinstance(value, bool | int)
        return "" if may else template
    else:
        return ""
    return next((found for pair in pairs if (found := _differs(*pair, values))), "")
