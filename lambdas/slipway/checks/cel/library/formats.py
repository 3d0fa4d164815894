"""Named formats, and what is wrong with a text that does not have them.

Source: k8s.io/apiserver pkg/cel/library/format.go; k8s.io/apimachinery pkg/util/validation/validation.go; kube-openapi
pkg/validation/strfmt.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from slipway.checks.cel.library.times import parse_timestamp
from slipway.checks.cel.library.urls import parse_url
from slipway.checks.cel.overloads import Function, functions, methods
from slipway.checks.cel.values import NONE, Optional, some

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_OLD_LABEL = "[a-z]([-a-z0-9]*[a-z0-9])?"
_NAME = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = f"({_NAME})?"
_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

_LABEL_RULE = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character"
)
_SUBDOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character"
)
_OLD_LABEL_RULE = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end with an alphanumeric character"
)
_NAME_RULE = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
)
_VALUE_RULE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character"
)

Validate = Callable[[str], list[str]]


@dataclass(frozen=True)
class Format:
    """A named format."""

    name: str
    type_name = "kubernetes.NamedFormat"


def _matching(text: str, pattern: str, rule: str, *examples: str) -> list[str]:
    if re.fullmatch(pattern, text, re.ASCII):
        return []
    shown = " or ".join(f"'{example}', " for example in examples)
    return [f"{rule} (e.g. {shown}regex used for validation is '{pattern}')"]


def _short(text: str, most: int) -> list[str]:
    return [f"must be no more than {most} characters"] if len(text.encode()) > most else []


def _label(text: str) -> list[str]:
    if not re.fullmatch(_LABEL, text, re.ASCII) and re.fullmatch(_SUBDOMAIN, text, re.ASCII):
        return [*_short(text, 63), "must not contain dots"]
    return [*_short(text, 63), *_matching(text, _LABEL, _LABEL_RULE, "my-name", "123-abc")]


def _subdomain(text: str) -> list[str]:
    return [*_short(text, 253), *_matching(text, _SUBDOMAIN, _SUBDOMAIN_RULE, "example.com")]


def _old_label(text: str) -> list[str]:
    return [*_short(text, 63), *_matching(text, _OLD_LABEL, _OLD_LABEL_RULE, "my-name", "abc-123")]


def _qualified_name(text: str) -> list[str]:
    parts = text.split("/")
    errors: list[str] = []
    if len(parts) == 2:
        if not parts[0]:
            errors.append("prefix part must be non-empty")
        else:
            errors.extend(f"prefix part {error}" for error in _subdomain(parts[0]))
    elif len(parts) > 2:
        [said] = _matching("/", _NAME, f"a valid label key {_NAME_RULE}", "MyName", "my.name", "123-abc")
        return [f"{said} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"]
    name = parts[-1]
    if not name:
        errors.append("name part must be non-empty")
    errors.extend(f"name part {error}" for error in _short(name, 63))
    rule = f"name part {_NAME_RULE}"
    return [*errors, *_matching(name, _NAME, rule, "MyName", "my.name", "123-abc")]


def _label_value(text: str) -> list[str]:
    return [*_short(text, 63), *_matching(text, _VALUE, _VALUE_RULE, "MyValue", "my_value", "12345")]


def _masked(text: str) -> str:
    """What a generated name may begin with."""
    return f"{text[:-2]}a" if len(text) > 1 and text.endswith("-") else text


def _uri(text: str) -> list[str]:
    found = parse_url(text)
    return [f'parse "{text}": {found}'] if isinstance(found, str) else []


def _byte(text: str) -> list[str]:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return ["invalid base64"]
    return [] if text else ["invalid base64"]


def _date(text: str) -> list[str]:
    try:
        date.fromisoformat(text)
    except ValueError:
        return ["invalid date"]
    return [] if _DATE.fullmatch(text) else ["invalid date"]


FORMATS: Mapping[str, tuple[str, Validate]] = {
    "dns1123Label": ("DNS1123Label", _label),
    "dns1123Subdomain": ("DNS1123Subdomain", _subdomain),
    "dns1035Label": ("DNS1035Label", _old_label),
    "qualifiedName": ("QualifiedName", _qualified_name),
    "dns1123LabelPrefix": ("DNS1123LabelPrefix", lambda text: _label(_masked(text))),
    "dns1123SubdomainPrefix": ("DNS1123SubdomainPrefix", lambda text: _subdomain(_masked(text))),
    "dns1035LabelPrefix": ("DNS1035LabelPrefix", lambda text: _old_label(_masked(text))),
    "labelValue": ("LabelValue", _label_value),
    "uri": ("URI", _uri),
    "uuid": ("uuid", lambda text: [] if _UUID.fullmatch(text) else ["does not match the UUID format"]),
    "byte": ("byte", _byte),
    "date": ("date", _date),
    "datetime": ("datetime", lambda text: [] if parse_timestamp(text) else ["invalid datetime"]),
}
_BY_NAME = dict(FORMATS.values())


def _validated(format_: Format, text: str) -> Optional:
    errors = _BY_NAME[format_.name](text)
    return some(errors) if errors else NONE


def _named(name: str) -> Optional:
    return some(Format(FORMATS[name][0])) if name in FORMATS else NONE


def _constant(name: str) -> Callable[[], Format]:
    return lambda: Format(name)


FORMAT_FUNCTIONS: dict[tuple[str, bool], Function] = {
    **functions({f"format.{name}": (((), _constant(known)),) for name, (known, _) in FORMATS.items()}),
    **functions({"format.named": ((("string",), _named),)}),
    **methods({"validate": ((("kubernetes.NamedFormat", "string"), _validated),)}),
}
