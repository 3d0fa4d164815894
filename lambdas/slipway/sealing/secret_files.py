"""Secrets out of files, with errors that quote nothing of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slipway.errors import InputError, LimitError
from slipway.fleet.manifests import load_documents
from slipway.fleet.objects import mapping, sequence, text


def secrets_in(data: bytes, file: str = "") -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The Secrets of YAML or JSON, each after the line of its document: documents, and the items of Lists.

    Raises:
        InputError: it cannot be read, or holds something else; says where.
        LimitError: it is beyond a limit of `slipway.fleet.manifests`.
    """
    for document in _documents(data, file):
        value = mapping(document.value)
        is_list = value.get("apiVersion") == "v1" and value.get("kind") in ("List", "SecretList")
        for item in sequence(value.get("items")) if is_list else [value]:
            found = mapping(item)
            if value.get("kind") == "SecretList":
                found = {"apiVersion": "v1", "kind": "Secret", **found}
            if found.get("kind") != "Secret" or found.get("apiVersion") != "v1":
                message = f"a Secret (v1) is expected, and this is {_kind(found)}"
                raise InputError(message, file=file, line=document.line)
            yield document.line, found


def _documents(data: bytes, file: str) -> list[Any]:
    try:
        return load_documents(data, file)
    except LimitError:
        raise
    except InputError as err:
        # What is said of YAML that cannot be read quotes pieces of it.
        raise InputError("this is no YAML or JSON of Kubernetes objects", file=file, line=err.line) from None


def _kind(found: Mapping[str, Any]) -> str:
    kind, version = text(found.get("kind")), text(found.get("apiVersion"))
    return f"a {kind} ({version or 'no apiVersion'})" if kind.isalnum() else "no Kubernetes object"
