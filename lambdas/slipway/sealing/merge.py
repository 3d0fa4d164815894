"""A SealedSecret merged into that of a file: `kubeseal --merge-into`, but nothing else of the file changes.

Source: bitnami/sealed-secrets, `pkg/kubeseal/kubeseal.go`, `SealMergingInto`. kubeseal merges what is sealed for the
scope that it is told; here, what the file says is what it has to be sealed for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.errors import InputError
from slipway.fleet.events import Path
from slipway.fleet.manifests import load_documents
from slipway.fleet.objects import mapping, value_at
from slipway.sealing.places import Place, Places, bytes_of, extended, places, replaced, text_of
from slipway.sealing.unseal import is_sealed

_VALUES: Path = ("spec", "encryptedData")
_FIELDS: tuple[Path, ...] = (
    _VALUES,
    ("spec", "template", "metadata", "annotations"),
    ("spec", "template", "metadata", "labels"),
)


def target_of(data: bytes, file: str) -> Mapping[str, Any]:
    """The SealedSecret of a file that has nothing else.

    Raises:
        InputError: it cannot be read, or is another.
    """
    return _target(data, file)[1]


def merged(data: bytes, file: str, sealed: Mapping[str, Any]) -> bytes:
    """The file with the values of another SealedSecret, and the labels and annotations of its template.

    Raises:
        InputError: it is written in a way in which that is not possible, or says something else; names the field.
    """
    index, target = _target(data, file)
    found = list(places(data, file, _is_wanted))[index]
    text = text_of(data)
    for field in sorted(_FIELDS, key=lambda field: -_start(found, field)):  # from behind, so that places stay true
        has = mapping(value_at(target, field))
        wanted = mapping(value_at(sealed, field))
        changed = {key: value for key, value in wanted.items() if key in has and has[key] != value}
        if changed and field != _VALUES:
            name = ".".join(map(str, field))
            raise InputError(f"{name} has another {', '.join(changed)} than the Secret; make them the same", file=file)
        added = {key: value for key, value in wanted.items() if key not in has}
        if added:
            text = extended(text, _place(found, field, file), added)
        text = replaced(text, [(_place(found, (*field, key), file), value) for key, value in changed.items()])
    content = bytes_of(text, data)
    _expect(content, sealed, file)
    return content


def _target(data: bytes, file: str) -> tuple[int, Mapping[str, Any]]:
    documents = load_documents(data, file)
    if len(documents) != 1 or not is_sealed(documents[0].value):
        raise InputError("one SealedSecret and nothing else is expected in this file", file=file)
    return documents[0].index, documents[0].value


def _expect(content: bytes, sealed: Mapping[str, Any], file: str) -> None:
    try:
        made = _target(content, file)[1]
    except InputError:
        made = {}
    for field in _FIELDS:
        has = mapping(value_at(made, field))
        if any(str(has.get(key)).strip("\r\n") != value for key, value in mapping(value_at(sealed, field)).items()):
            raise InputError("is written in a way in which nothing can be merged into it; do it by hand", file=file)


def _is_wanted(path: Path) -> bool:
    return path in _FIELDS or path[:-1] in _FIELDS


def _start(found: Places, field: Path) -> int:
    return found[field].start if field in found else -1


def _place(found: Places, path: Path, file: str) -> Place:
    place = found.get(path)
    name = ".".join(map(str, path))
    if place is None or (place.style != "{" and place.start == place.end):
        raise InputError(f"has no {name} to merge into; write an empty one first: {{}}", file=file)
    if place.is_shared:
        raise InputError(f"{name} has an anchor, a tag or an alias; merge it by hand", file=file, line=place.line)
    return place
