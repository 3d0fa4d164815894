"""The format of SealedSecrets, as far as it is told without a key.

Source: bitnami/sealed-secrets, `pkg/crypto/crypto.go` and `pkg/apis/sealedsecrets/v1alpha1/sealedsecret_expansion.go`.
A value is the base64 of two bytes with the length of an RSA ciphertext, that ciphertext, and an AES-GCM ciphertext.
RSA-OAEP binds it to a label: `namespace/name`, `namespace` or nothing, by the scope. With another label it cannot be
opened.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from slipway.fleet.objects import KubeObject, mapping, text

GROUP = "bitnami.com"
Scope = Literal["strict", "namespace-wide", "cluster-wide"]

CLUSTER_WIDE = "sealedsecrets.bitnami.com/cluster-wide"
NAMESPACE_WIDE = "sealedsecrets.bitnami.com/namespace-wide"

_GCM_TAG = 16
"""Bytes that AES-GCM adds."""
_RSA_BYTES = range(128, 2049)
"""Of a ciphertext of RSA with 1,024 to 16,384 bits."""


def is_sealed_secret(obj: KubeObject) -> bool:
    """True for SealedSecrets."""
    return obj.kind == "SealedSecret" and obj.group == GROUP


def scope_of(metadata: Mapping[str, Any]) -> Scope:
    """What a SealedSecret is bound to, by the annotations of a metadata."""
    annotations = mapping(metadata.get("annotations"))
    if annotations.get(CLUSTER_WIDE) == "true":
        return "cluster-wide"
    return "namespace-wide" if annotations.get(NAMESPACE_WIDE) == "true" else "strict"


@dataclass(frozen=True)
class Label:
    """What its values are bound to."""

    scope: Scope
    namespace: str
    name: str

    def __str__(self) -> str:
        """In words, e.g. `the name web in namespace default`."""
        if self.scope == "strict":
            return f"the name {self.name} in namespace {self.namespace}"
        return f"namespace {self.namespace}" if self.scope == "namespace-wide" else "the whole cluster"


def label_of(obj: KubeObject) -> Label | None:
    """What the controller opens its values with; None if a variable is in it."""
    scope = scope_of(obj.metadata)
    namespace, name = (obj.namespace if scope != "cluster-wide" else "", obj.name if scope == "strict" else "")
    return None if "$" in namespace + name else Label(scope, namespace, name)


def sealed_values(obj: KubeObject) -> Iterator[tuple[str, str]]:
    """The sealed values by their keys; without those that are variables."""
    for key, value in mapping(obj.spec.get("encryptedData")).items():
        if "${" not in (sealed := text(value)):
            yield str(key), sealed


def malformation(value: str) -> str:
    """What keeps any key from opening a value; empty if nothing does."""
    try:
        # Go's decoder passes over line ends and nothing else.
        data = base64.b64decode(value.replace("\r", "").replace("\n", ""), validate=True)
    except (binascii.Error, ValueError):
        return "is not base64"
    size = int.from_bytes(data[:2], "big")
    if size not in _RSA_BYTES:
        return "is not in the format of kubeseal"
    return "is cut off" if len(data) < 2 + size + _GCM_TAG else ""
