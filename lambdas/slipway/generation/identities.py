"""The key pairs that a request needs: made once, sealed at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from slipway.errors import InputError
from slipway.fleet.manifests import load_documents
from slipway.fleet.tree import Tree
from slipway.requests.draft import Draft
from slipway.requests.recipe import Identity
from slipway.sealing.certificates import Certificate
from slipway.sealing.identities import GitIdentity, identity_of, make_identity
from slipway.sealing.unseal import sealed_in


@dataclass(frozen=True)
class Made:
    """A key pair that is there, or still has to be."""

    identity: Identity
    public_key: str
    """In one line; `""` if there is no certificate to seal one with."""


def named_in_full(identity: Identity, repository: str) -> Identity:
    """With the owner of what it may read, which is that of the repository whose recipe names none."""
    owner = repository.partition("/")[0]
    return identity if "/" in identity.repository else replace(identity, repository=f"{owner}/{identity.repository}")


def make(identity: Identity, draft: Draft, certificate: Certificate | None) -> Made:
    """Make a key pair, and write it down sealed."""
    if certificate is None:
        return Made(identity, "")
    made = make_identity(identity.name, identity.namespace, identity.repository, certificate)
    draft.write(identity.file, made.manifest)
    return Made(identity, made.public_key)


def kept(identity: Identity, draft: Draft, old: Tree | None) -> Made | None:
    """The key pair that the request's branch has already."""
    if old is None or identity.file not in old:
        return None
    content = old.read(identity.file)
    for found in _marked(content):
        if (found.name, found.namespace, found.repository) == (identity.name, identity.namespace, identity.repository):
            draft.write(identity.file, content)
            return Made(identity, found.public_key)
    return None


def _marked(content: bytes) -> Iterator[GitIdentity]:
    """The identities of a file; none if it cannot be read, and is therefore not to be kept."""
    try:
        for document in load_documents(content):
            for _, sealed in sealed_in(document.value):
                if found := identity_of(sealed):
                    yield found
    except InputError:
        return
