"""Sealed keys that are still to be made, as far as checks are concerned."""

from __future__ import annotations

import hashlib
from base64 import b64encode

from slipway.fleet.manifests import dump
from slipway.fleet.tree import Tree
from slipway.requests.draft import Draft
from slipway.requests.identities import by_file, joined
from slipway.requests.recipe import Identity

KEYS = ("identity", "identity.pub", "known_hosts")
"""What Flux asks of the Secret of a Git repository over SSH (source-controller, GitRepository API)."""
_ENVELOPE_BYTES = 2 + 512 + 48
"""Of what a 4096-bit key seals: the length of the session key, it, and the rest."""


def standing_in(draft: Draft) -> Tree:
    """A draft's tree with something of the right form where a sealed key will be; never written anywhere."""
    tree = draft.tree
    more = {
        file: joined(map(_sealed, together)) for file, together in by_file(draft.identities).items() if file not in tree
    }
    files = {path: tree.read(path) for path in tree}
    return Tree({**files, **more}, name=tree.name, revision=tree.revision, dropped=tree.dropped)


def _sealed(identity: Identity) -> bytes:
    named = {"name": identity.name, "namespace": identity.namespace}
    values = {key: _value(f"{identity.file} {identity.name} {key}") for key in KEYS}
    return dump(
        {
            "apiVersion": "bitnami.com/v1alpha1",
            "kind": "SealedSecret",
            "metadata": named,
            "spec": {"encryptedData": values, "template": {"metadata": named}},
        }
    ).encode()


def _value(seed: str) -> str:
    """As long as a sealed value, and different for each."""
    return b64encode((512).to_bytes(2) + hashlib.shake_256(seed.encode()).digest(_ENVELOPE_BYTES - 2)).decode()
