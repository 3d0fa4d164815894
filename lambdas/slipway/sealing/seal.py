"""A Secret, sealed: what `kubeseal` makes of it.

Source: bitnami/sealed-secrets, `pkg/kubeseal/kubeseal.go`, `Seal`, and `sealedsecret_expansion.go`, `NewSealedSecret`.
Where kubeseal would guess or go on, this refuses: no namespace (kubeseal takes that of the kubeconfig), another kind
than Secret, keys and sizes that the API server does not take.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any

from slipway.errors import InputError, LimitError
from slipway.fleet.objects import mapping, text
from slipway.sealing.certificates import Certificate
from slipway.sealing.hybrid import encrypt
from slipway.sealing.scope import ANNOTATION, Label, Scope, label, scope_of

MAX_BYTES = 1024 * 1024
"""Of all values of a Secret (kubernetes, `pkg/apis/core/types.go`, `MaxSecretSize`)."""
API_VERSION = "bitnami.com/v1alpha1"

_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")
_OF_THE_SERVER = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
)
"""Metadata that the API server writes, or that is about another cluster's objects."""
_COPIES = ("kubectl.kubernetes.io/last-applied-configuration", "kubecfg.ksonnet.io/last-applied-configuration")
"""Annotations in which tools keep a copy of the Secret, in clear."""


def seal_secret(
    secret: Mapping[str, Any],
    certificate: Certificate,
    *,
    scope: Scope | None = None,
    name: str = "",
    namespace: str = "",
    allow_empty: bool = False,
) -> dict[str, Any]:
    """The SealedSecret of a Secret.

    Args:
        secret: the object, as `slipway.sealing.secret_files` reads it.
        certificate: of the key that is to open it; whether it has expired is the caller's business.
        scope: what to bind it to; by default what the Secret's annotations say.
        name: in the place of the Secret's.
        namespace: of a Secret that names none.
        allow_empty: whether a Secret without data will do.

    Raises:
        InputError: something is missing, contradicts, or is not what the API server takes.
    """
    metadata = _metadata(secret, scope, name, namespace)
    bound = label(scope_of(metadata), text(metadata.get("namespace")), text(metadata.get("name")))
    values = dict(_values(secret))
    if not values and not allow_empty:
        raise InputError("the Secret has neither data nor stringData; --allow-empty-data takes it all the same")
    own: dict[str, Any] = {key: metadata[key] for key in ("name", "namespace") if key in metadata}
    if bound.scope in ANNOTATION:
        own["annotations"] = {ANNOTATION[bound.scope]: "true"}
    template = {
        "metadata": metadata,
        **{key: secret[key] for key in ("type", "immutable") if secret.get(key) is not None},
    }
    sealed = {key: seal_value(value, certificate, bound) for key, value in sorted(values.items())}
    spec = {"encryptedData": sealed, "template": template}
    return {"apiVersion": API_VERSION, "kind": "SealedSecret", "metadata": own, "spec": spec}


def seal_value(value: bytes, certificate: Certificate, bound: Label) -> str:
    """One value, as it stands in `spec.encryptedData`.

    Raises:
        LimitError: no Secret can hold it.
    """
    if len(value) > MAX_BYTES:
        raise LimitError(f"{len(value):,} bytes, and a Secret holds {MAX_BYTES:,} (MaxSecretSize)")
    return str(encrypt(certificate.key, value, bound.encoded))


def _metadata(secret: Mapping[str, Any], scope: Scope | None, name: str, namespace: str) -> dict[str, Any]:
    """The metadata of the template."""
    metadata = {key: value for key, value in mapping(secret.get("metadata")).items() if key not in _OF_THE_SERVER}
    annotations = {key: value for key, value in mapping(metadata.get("annotations")).items() if key not in _COPIES}
    if scope is not None:
        annotations = {key: value for key, value in annotations.items() if key not in ANNOTATION.values()}
        annotations.update({ANNOTATION[scope]: "true"} if scope in ANNOTATION else {})
    metadata.pop("annotations", None)
    if annotations:
        metadata["annotations"] = annotations
    if name:
        metadata["name"] = name
    if not text(metadata.get("name")):
        raise InputError("the Secret has no metadata.name; give it with --name")
    if scope_of(metadata) != "cluster-wide":
        _settle_namespace(metadata, namespace)
    return metadata


def _settle_namespace(metadata: dict[str, Any], namespace: str) -> None:
    own = text(metadata.get("namespace"))
    if own and namespace and own != namespace:
        raise InputError(f"the Secret is in namespace {own}, and --namespace says {namespace}")
    if not own and not namespace:
        raise InputError("the Secret has no metadata.namespace, which it is sealed for; give it with --namespace")
    metadata["namespace"] = own or namespace


def _values(secret: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Keys with their values; of a key that is in both, that in stringData comes last, and counts."""
    size = 0
    for field, read in (("data", _decoded), ("stringData", _encoded)):
        entries = secret.get(field)
        if entries is not None and not isinstance(entries, Mapping):
            raise InputError(f"{field} of the Secret is no mapping")
        for key, value in mapping(entries).items():
            if not _KEY.fullmatch(str(key)):
                raise InputError(
                    f"{field} of the Secret has a key that is none: only letters, digits, - _ and . may be in it"
                )
            content = read(value)
            if content is None:
                raise InputError(f"{field}.{key} of the Secret {'is not base64' if read is _decoded else 'is no text'}")
            size += len(content)
            if size > MAX_BYTES:
                raise LimitError(f"the Secret has over {MAX_BYTES:,} bytes of values (MaxSecretSize)")
            yield str(key), content


def _decoded(value: Any) -> bytes | None:
    try:
        clean = text(value).replace("\n", "").replace("\r", "")
        return base64.b64decode(clean, validate=True) if value is None or isinstance(value, str) else None
    except (binascii.Error, ValueError):
        return None


def _encoded(value: Any) -> bytes | None:
    return text(value).encode() if value is None or isinstance(value, str) else None
