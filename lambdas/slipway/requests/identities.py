"""The key pairs that a request needs, made and sealed at once; several may stand in one file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from slipway.requests.draft import Draft
from slipway.requests.recipe import Identity
from slipway.sealing.certificates import Certificate
from slipway.sealing.identities import make_identity


@dataclass(frozen=True)
class Made:
    """A key pair that is there, or still has to be."""

    identity: Identity
    public_key: str
    """In one line; `""` if there is no certificate to seal one with."""


def by_file(identities: Iterable[Identity]) -> dict[str, list[Identity]]:
    """The identities of each file, in their order."""
    found: dict[str, list[Identity]] = {}
    for identity in identities:
        found.setdefault(identity.file, []).append(identity)
    return found


def joined(manifests: Iterable[bytes]) -> bytes:
    """One file of several manifests."""
    return b"---\n".join(manifests)


def make(identities: Sequence[Identity], draft: Draft, certificate: Certificate | None) -> list[Made]:
    """Make the key pairs of one file, and write them down sealed; without a certificate, do neither."""
    if certificate is None:
        return [Made(identity, "") for identity in identities]
    made = [make_identity(each.name, each.namespace, each.repository, certificate) for each in identities]
    draft.write(identities[0].file, joined(each.manifest for each in made))
    return [Made(identity, each.public_key) for identity, each in zip(identities, made, strict=True)]
