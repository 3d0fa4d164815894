"""The key pairs that a request needs: made once, sealed at once."""

from __future__ import annotations

import re
from dataclasses import dataclass

from slipway.fleet.tree import Tree
from slipway.requests.draft import Draft
from slipway.requests.recipe import Identity
from slipway.sealing.certificates import Certificate
from slipway.sealing.identities import make_identity

_SHOWN = "<!-- slipway:key {file} -->"


@dataclass(frozen=True)
class Made:
    """A key pair that is there, or still has to be."""

    identity: Identity
    public_key: str
    """In one line; `""` if there is no certificate to seal one with."""

    @property
    def marker(self) -> str:
        """Hidden before the public key in what Slipway says of it."""
        return _SHOWN.format(file=self.identity.file)


def make(identity: Identity, draft: Draft, certificate: Certificate | None) -> Made:
    """Make a key pair, and write it down sealed."""
    if certificate is None:
        return Made(identity, "")
    made = make_identity(identity.name, identity.namespace, certificate)
    draft.write(identity.file, made.manifest)
    return Made(identity, made.public_key)


def kept(identity: Identity, draft: Draft, old: Tree | None, body: str) -> Made | None:
    """The key pair that the request's branch has already, whose public half its pull request shows."""
    found = re.search(re.escape(_SHOWN.format(file=identity.file)) + r"\s*`(ssh-ed25519 [A-Za-z0-9+/=]+)`", body)
    if old is None or identity.file not in old or found is None:
        return None
    draft.write(identity.file, old.read(identity.file))
    return Made(identity, found[1])
