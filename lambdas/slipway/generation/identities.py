"""The key pairs that a request's branch has already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from slipway.errors import InputError
from slipway.fleet.manifests import load_documents
from slipway.fleet.tree import Tree
from slipway.requests.draft import Draft
from slipway.requests.identities import Made
from slipway.requests.recipe import Identity
from slipway.sealing.identities import GitIdentity, identity_of
from slipway.sealing.unseal import sealed_in


def named_in_full(identity: Identity, repository: str) -> Identity:
    """With the owner of what it may read, which is that of the repository whose recipe names none."""
    owner = repository.partition("/")[0]
    return identity if "/" in identity.repository else replace(identity, repository=f"{owner}/{identity.repository}")


def kept(identities: Sequence[Identity], draft: Draft, old: Tree | None) -> list[Made]:
    """The key pairs of one file, if it has them and no others; else none."""
    file = identities[0].file
    if old is None or file not in old:
        return []
    content = old.read(file)
    found = list(_marked(content))
    if [(each.name, each.namespace, each.repository) for each in found] != [
        (each.name, each.namespace, each.repository) for each in identities
    ]:
        return []
    draft.write(file, content)
    return [Made(identity, each.public_key) for identity, each in zip(identities, found, strict=True)]


def _marked(content: bytes) -> Iterator[GitIdentity]:
    """The identities of a file; none if it cannot be read, and is therefore not to be kept."""
    try:
        for document in load_documents(content):
            for _, sealed in sealed_in(document.value):
                if found := identity_of(sealed):
                    yield found
    except InputError:
        return
