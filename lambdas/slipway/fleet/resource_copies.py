"""What flux-operator takes from other ConfigMaps and Secrets of the cluster into the objects of a ResourceSet.

Annotations ask for it: `copyFrom` for data, `convertKubeConfigFrom` for the address and certificate of a cluster,
`checksumFrom` for a checksum (flux-operator v0.58, `internal/controller/resourceset_controller_configs.go`). What Git
does not hold, or holds encrypted, is left out and named.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any

from slipway.errors import InputError
from slipway.fleet.errors import BuildError
from slipway.fleet.flux import OPERATOR_GROUP
from slipway.fleet.helm_values import Find
from slipway.fleet.manifests import load_first_document
from slipway.fleet.objects import KubeObject, Location, ObjectKey, mapping, sequence, text
from slipway.fleet.post_build import is_encrypted

COPY_FROM = f"{OPERATOR_GROUP}/copyFrom"
CONVERT_FROM = f"{OPERATOR_GROUP}/convertKubeConfigFrom"
CHECKSUM_FROM = f"{OPERATOR_GROUP}/checksumFrom"
CHECKSUM = f"{OPERATOR_GROUP}/checksum"

_KINDS = ("ConfigMap", "Secret")
_NOWHERE = Location("", "", 0)


class _OnlyOnCluster(Exception):
    """Only the cluster knows the data of a ConfigMap or Secret; the text says why."""


def with_copies(objects: list[dict[str, Any]], find: Find) -> tuple[list[dict[str, Any]], list[tuple[int, str, str]]]:
    """The objects with what they take from others; and by index, which part is known on the cluster only, and why.

    Args:
        objects: those of a ResourceSet; they are not changed.
        find: finds an object of the cluster.

    Raises:
        BuildError: the operator would refuse an annotation, or what it leads to.
    """
    unknown: list[tuple[int, str, str]] = []
    copied = list(objects)
    for step, part in ((_copied, "data"), (_converted, "data")):
        for index, value in enumerate(copied):
            try:
                copied[index] = step(value, find)
            except _OnlyOnCluster as err:
                unknown.append((index, part, str(err)))
    hidden = {_identity(copied[index]) for index, _, _ in unknown}
    checksums = _Checksums(copied, hidden, find)
    for index, value in enumerate(copied):
        missing: list[str] = []
        copied[index] = checksums.put(value, missing)
        unknown.extend((index, f"annotation {CHECKSUM}", why) for why in missing)
    return copied, unknown


def _copied(value: dict[str, Any], find: Find) -> dict[str, Any]:
    source = _annotation(value, COPY_FROM)
    if value.get("apiVersion") != "v1" or source is None:
        return value
    namespace, name = _parts(source, COPY_FROM, "namespace/name")
    kind = text(value.get("kind"))
    if kind not in _KINDS:
        return value
    found = _readable(ObjectKey("", kind, namespace, name), find)
    data = content_of(found)
    if kind == "ConfigMap":
        plain = {key: text(item) for key, item in mapping(found.value.get("data")).items()}
        binary = mapping(found.value.get("binaryData"))
        return {**value, "data": plain, **({"binaryData": dict(binary)} if binary else {})}
    try:
        decoded = {key: item.decode() for key, item in data.items()}
    except UnicodeDecodeError:
        raise _OnlyOnCluster(f"{found.key} holds what is no text") from None
    kind_of_secret = {} if "type" in value else {"type": text(found.value.get("type")) or "Opaque"}
    return {**value, **kind_of_secret, "stringData": decoded}


def _converted(value: dict[str, Any], find: Find) -> dict[str, Any]:
    source = _annotation(value, CONVERT_FROM)
    if value.get("apiVersion") != "v1" or value.get("kind") != "ConfigMap" or source is None:
        return value
    reference, colon, key = source.rpartition(":")
    if not colon or "/" not in reference[1:]:
        reference, key = source, ""
    namespace, name = _parts(reference, CONVERT_FROM, "namespace/name' or 'namespace/name:key")
    found = _readable(ObjectKey("", "Secret", namespace, name), find)
    data = content_of(found)
    content = next((data[one] for one in ([key] if key else ["kubeconfig", "value"]) if one in data), None)
    if content is None:
        raise BuildError(f"{CONVERT_FROM}: {found.key} has no {key or 'kubeconfig'!r}")
    address, certificate = _cluster_of(content, f"{CONVERT_FROM}: {found.key}")
    return {**value, "data": {"address": address, "ca.crt": certificate, **mapping(value.get("data"))}}


def _cluster_of(kube_config: bytes, what: str) -> tuple[str, str]:
    """Address and certificate of the first cluster of a kubeconfig, all of whose clusters have them."""
    try:
        clusters = [
            mapping(mapping(one).get("cluster"))
            for one in sequence(mapping(load_first_document(kube_config)).get("clusters"))
        ]
        found = [
            (text(one.get("server")), base64.b64decode(text(one.get("certificate-authority-data"))).decode())
            for one in clusters
        ]
    except (InputError, binascii.Error, UnicodeDecodeError):
        raise BuildError(f"{what} holds no kubeconfig that can be read") from None
    if not found or not all(address and certificate for address, certificate in found):
        raise BuildError(f"{what} names no cluster with its server and certificate-authority-data")
    return found[0]


class _Checksums:
    """Puts checksums where annotations ask for them."""

    def __init__(self, objects: list[dict[str, Any]], hidden: set[ObjectKey], find: Find) -> None:
        self._own = {_identity(value): value for value in objects if value.get("kind") in _KINDS}
        self._hidden = hidden
        self._find = find

    def put(self, value: Any, missing: list[str]) -> Any:
        """The value with checksums; why there is none is added to `missing`."""
        if isinstance(value, Mapping):
            changed = {name: self.put(item, missing) for name, item in value.items()}
            metadata = mapping(changed.get("metadata"))
            annotations = mapping(metadata.get("annotations"))
            if wanted := text(annotations.get(CHECKSUM_FROM)):
                try:
                    both = {**annotations, CHECKSUM: self._checksum(wanted)}
                    changed["metadata"] = {**metadata, "annotations": both}
                except _OnlyOnCluster as err:
                    missing.append(str(err))
            return changed
        return [self.put(item, missing) for item in value] if isinstance(value, list) else value

    def _checksum(self, references: str) -> str:
        content = bytearray()
        for reference in filter(None, map(str.strip, references.split(","))):
            parts = reference.split("/")
            if len(parts) != 3 or not all(parts):
                raise BuildError(f"invalid {CHECKSUM_FROM} reference {reference!r}: it must be 'Kind/namespace/name'")
            if parts[0] not in _KINDS:
                raise BuildError(f"unsupported kind {parts[0]!r} in {CHECKSUM_FROM}: only ConfigMap and Secret")
            content += reference.encode() + b"\0"
            for key, data in sorted((key.encode(), data) for key, data in self._data(parts).items()):
                content += key + b"\0" + data + b"\0"
        return f"sha256:{hashlib.sha256(content).hexdigest()}"

    def _data(self, parts: list[str]) -> dict[str, bytes]:
        key = ObjectKey("", *parts)
        if key in self._hidden:
            raise _OnlyOnCluster(f"what {key} has is copied on the cluster")
        if key in self._own:
            return content_of(KubeObject(self._own[key], _NOWHERE))
        return content_of(_readable(key, self._find))


def content_of(obj: KubeObject) -> dict[str, bytes]:
    """The data of a ConfigMap or Secret.

    Raises:
        BuildError: some of it is no base64.
    """
    is_secret = obj.kind == "Secret"
    plain = mapping(obj.value.get("stringData" if is_secret else "data"))
    encoded = mapping(obj.value.get("data" if is_secret else "binaryData"))
    try:
        decoded = {key: base64.b64decode(text(item).replace("\n", ""), validate=True) for key, item in encoded.items()}
    except binascii.Error:
        raise BuildError(f"the data of {obj.key} are no base64") from None
    texts = {key: text(item).encode() for key, item in plain.items()}
    return {**decoded, **texts} if is_secret else {**texts, **decoded}


def _readable(key: ObjectKey, find: Find) -> KubeObject:
    found = find(key)
    if found is None:
        raise _OnlyOnCluster(f"{key} is not in Git")
    if is_encrypted(found):
        raise _OnlyOnCluster(f"{key} is encrypted in Git")
    return found


def _parts(source: str, annotation: str, form: str) -> tuple[str, str]:
    parts = source.split("/")
    if len(parts) != 2:
        raise BuildError(f"invalid {annotation} annotation value {source!r} must be in the format '{form}'")
    return parts[0], parts[1]


def _annotation(value: Mapping[str, Any], name: str) -> str | None:
    return texts_of(mapping(value.get("metadata")).get("annotations")).get(name)


def texts_of(value: Any) -> dict[str, str]:
    """Labels or annotations; none at all if one of them is no text, as the operator's library has it."""
    found = dict(mapping(value))
    return found if all(isinstance(item, str) for item in found.values()) else {}


def _identity(value: Mapping[str, Any]) -> ObjectKey:
    metadata = mapping(value.get("metadata"))
    return ObjectKey("", text(value.get("kind")), text(metadata.get("namespace")), text(metadata.get("name")))
