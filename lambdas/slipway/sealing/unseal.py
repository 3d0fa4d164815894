"""A SealedSecret, opened: the Secret that the controller makes of it.

Source: bitnami/sealed-secrets, `sealedsecret_expansion.go`, `Unseal`. What `spec.template.data` holds is a template of
Go's with the functions of sprig: text without an action is what it says, anything else only the controller renders.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from slipway.errors import InputError
from slipway.fleet.objects import group_of, mapping, sequence, text
from slipway.sealing.keys import Keyring
from slipway.sealing.opening import open_values

GROUP = "bitnami.com"
SKIP_OWNER = "sealedsecrets.bitnami.com/skip-set-owner-references"


def is_sealed(value: Any) -> bool:
    """True for a SealedSecret."""
    found = mapping(value)
    return found.get("kind") == "SealedSecret" and group_of(text(found.get("apiVersion"))) == GROUP


def sealed_in(value: Any) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    """The SealedSecrets of a document with their paths in it: the document itself, or items of a List."""
    found = mapping(value)
    if is_sealed(found):
        yield (), found
    elif text(found.get("kind")).endswith("List"):
        for index, item in enumerate(sequence(found.get("items"))):
            # In a SealedSecretList, the items need not say what they are.
            whole = {"apiVersion": found.get("apiVersion"), "kind": "SealedSecret", **mapping(item)}
            if is_sealed(item) or (found.get("kind") == "SealedSecretList" and is_sealed(whole)):
                yield ("items", index), whole


def unseal(sealed: Mapping[str, Any], keys: Keyring) -> dict[str, Any]:
    """The Secret of a SealedSecret, with all its values in clear.

    Raises:
        InputError: a value does not open, or is a template; names its key, and says why.
    """
    contents = open_values(sealed, keys)
    for name, err in contents.failed.items():
        raise InputError(f"{name} {err.message}") from None
    metadata = mapping(sealed.get("metadata"))
    template = mapping(mapping(sealed.get("spec")).get("template"))
    data = {name: opened.plaintext for name, opened in contents.opened.items()}
    for name, value in mapping(template.get("data")).items():
        if value is None:
            data.pop(name, None)
        elif name not in data:
            data[name] = _literal(name, value)
    made = {
        **mapping(template.get("metadata")),
        **{key: metadata[key] for key in ("name", "namespace") if key in metadata},
    }
    if mapping(made.get("annotations")).get(SKIP_OWNER) != "true":
        made["ownerReferences"] = [_owner(sealed, metadata)]
    rest = {key: template[key] for key in ("type", "immutable") if template.get(key) is not None}
    encoded = {name: base64.b64encode(value).decode() for name, value in sorted(data.items())}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": made, "data": encoded, **rest}


def _literal(name: str, value: Any) -> bytes:
    if not isinstance(value, str):
        raise InputError(f"spec.template.data.{name} is no text")
    if "{{" in value:
        raise InputError(f"spec.template.data.{name} is a template, which only the controller renders")
    return value.encode()


def _owner(sealed: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": sealed.get("apiVersion"),
        "kind": "SealedSecret",
        "name": metadata.get("name"),
        "uid": metadata.get("uid", ""),
        "controller": True,
    }
