"""What Git holds and the cluster does not have, or not as it is written: what is suspended, left alone or encrypted.

All of it is rendered: what a suspended Kustomization has applied is on the cluster, and what is encrypted is there in
plain. But a change of it does not reach the cluster, or cannot be read here.

What kustomize-controller decrypts, and where: `internal/decryptor/decryptor.go`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from slipway.fleet.crossplane.composite import Composite
from slipway.fleet.flux import HELM_GROUP, KUSTOMIZE_GROUP, SOURCE_GROUP
from slipway.fleet.landing import left_alone, only_created
from slipway.fleet.model import Cluster, Fleet, Owner, OwnerId, RenderedKustomization
from slipway.fleet.objects import KubeObject, ObjectKey, mapping, text

RESUMED = "does not reach the cluster before {} is resumed"


@dataclass(frozen=True)
class Standing:
    """Objects of a cluster that stand otherwise than Git says; each sorted by identity."""

    suspended: tuple[ObjectKey, ...]
    """Kustomizations, HelmReleases and sources that Flux does not look after for now."""
    left_alone: tuple[ObjectKey, ...]
    """Those that ask Flux not to apply them, or only where there are none."""
    encrypted: tuple[ObjectKey, ...]
    """Those with values that SOPS has encrypted and Flux decrypts: what they are is known on the cluster only."""
    not_decrypted: tuple[ObjectKey, ...]
    """Those with such values that nothing decrypts: the cluster gets them as they are, or refuses them."""


def standing(cluster: Cluster) -> Standing:
    """What is to be known of a cluster's objects beside what they say."""
    landed = cluster.landed
    suspended = {done.key for done in cluster.kustomizations if done.kustomization.suspended}
    suspended |= {obj.key for obj, _ in landed if _is_suspended(obj)}
    alone = {
        obj.key
        for obj, owner in landed
        if isinstance(owner, RenderedKustomization) and (left_alone(obj) or only_created(obj))
    }
    encrypted = {(obj.key, is_decrypted(obj, owner)) for obj, owner in landed if has_encrypted_values(obj)}
    return Standing(
        tuple(sorted(suspended)),
        tuple(sorted(alone)),
        tuple(sorted(key for key, is_decrypted in encrypted if is_decrypted)),
        tuple(sorted(key for key, is_decrypted in encrypted if not is_decrypted)),
    )


class Held:
    """Tells what keeps changes from reaching the clusters of a fleet."""

    def __init__(self, fleet: Fleet) -> None:
        self._suspended = {owner.id for owner in fleet.owners if _is_suspended(owner.definition) or _is_paused(owner)}

    def why_not_applied(self, obj: KubeObject, owner: Owner, *, exists: bool) -> str:
        """Why Flux does not apply an object now; empty if it does.

        Args:
            obj: the object.
            owner: what brings it.
            exists: whether it is on the cluster already.
        """
        if isinstance(owner, RenderedKustomization):
            if mark := left_alone(obj):
                return f"Flux does not apply it: {mark}"
            if exists and only_created(obj):
                return f"Flux applies it only where there is none: {KUSTOMIZE_GROUP}/ssa: IfNotPresent"
        return self.why_late(owner)

    def why_late(self, owner: Owner) -> str:
        """What is suspended above all that an owner brings; empty if nothing is."""
        if not self._suspended:
            return ""
        first = next((one for one in (*owner.ancestors, owner.id) if one in self._suspended), None)
        return RESUMED.format(_named(first, owner)) if first else ""


def _named(identity: OwnerId, owner: Owner) -> str:
    home, key = identity
    return str(key) if home == owner.target else f"{key} of {home}"


def _is_suspended(obj: KubeObject) -> bool:
    return obj.spec.get("suspend") is True and obj.group in (KUSTOMIZE_GROUP, HELM_GROUP, SOURCE_GROUP)


_PAUSED = "crossplane.io/paused"
"""Annotation of composites, with the value `true`. Source: crossplane/crossplane-runtime, `pkg/meta/meta.go`."""


def _is_paused(owner: Owner) -> bool:
    if not isinstance(owner, Composite):
        return False
    return mapping(owner.definition.metadata.get("annotations")).get(_PAUSED) == "true"


def has_encrypted_values(obj: KubeObject) -> bool:
    """True if SOPS has encrypted values of an object, or the file that some of a Secret were generated from."""
    if "sops" in obj.value:
        return True
    return obj.kind == "Secret" and not obj.group and any(map(_is_encrypted, _values(obj)))


def _values(obj: KubeObject) -> Iterator[bytes]:
    for field in ("data", "stringData"):
        for name, value in mapping(obj.value.get(field)).items():
            content = _content(value) if field == "data" else text(value).encode()
            # Of an encrypted file of variables, each is one value; the code that proves the file whole is among them.
            yield b"sops_mac=" + content if name == "sops_mac" else content


def _content(value: Any) -> bytes:
    try:
        return base64.b64decode("".join(text(value).split()), validate=True)
    except ValueError:
        return b""


_MARK = re.compile(rb"""(?:^|[\s{,])["']?(?:mac|sops_mac)["']?\s*[:=]\s*["']?ENC\[""")
"""The code by which SOPS proves a file whole, in JSON, YAML, INI and files of variables."""


def _is_encrypted(content: bytes) -> bool:
    return _MARK.search(content) is not None


def is_decrypted(obj: KubeObject, owner: Owner) -> bool:
    """True if Flux decrypts what SOPS has encrypted in an object."""
    if not isinstance(owner, RenderedKustomization):
        return False
    decryption = mapping(owner.kustomization.spec.get("decryption"))
    mark = text(mapping(obj.metadata.get("annotations")).get(f"{KUSTOMIZE_GROUP}/decrypt"))
    return text(decryption.get("provider")) == "sops" and mark.casefold() != "disabled"
