"""Key pairs and SealedSecrets for the tests of sealing. The keys are small, so that they are made quickly."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from slipway.fleet.manifests import dump
from slipway.sealing.certificates import KeyPair, make_key_pair
from slipway.sealing.keys import Keyring
from slipway.sealing.seal import seal_secret

NOW = datetime.now(UTC)
CLEAR = "correct horse battery staple"
"""A value that nobody may see."""


def pair(name: str = "old") -> KeyPair:
    """The key pair of this name."""
    return _made(name)


@cache
def _made(name: str) -> KeyPair:
    return make_key_pair(NOW, bits=2048)


def ring(*names: str) -> Keyring:
    return Keyring(pair(name).key for name in names or ("old",))


def secret(name: str = "db", namespace: str = "shop", **changes: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"password": CLEAR}, **changes}


def sealed(key: str = "old", *, scope: Any = None, **changes: Any) -> dict[str, Any]:
    return seal_secret(secret(**changes), pair(key).certificate, scope=scope)


def sealed_text(key: str = "old", **changes: Any) -> str:
    return dump(sealed(key, **changes))


def tls_secret(name: str, **changes: Any) -> dict[str, Any]:
    """The controller's Secret of a key pair."""
    data = {"tls.crt": encoded(pair(name).certificate.pem), "tls.key": encoded(pair(name).key.pem())}
    metadata = {"name": f"key-{name}", "namespace": "kube-system"}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata,
        "type": "kubernetes.io/tls",
        "data": data,
        **changes,
    }


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def with_metadata(obj: Mapping[str, Any], **metadata: Any) -> dict[str, Any]:
    return {**obj, "metadata": {**obj["metadata"], **metadata}}
