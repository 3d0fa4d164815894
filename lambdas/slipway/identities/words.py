"""How Slipway calls the deploy keys that are its own, and knows them again."""

from __future__ import annotations

from slipway.github.deploykeys.protocol import MAX_TITLE
from slipway.identities.wanted import WantedKey


def title(wanted: WantedKey, system: str) -> str:
    """Of a key: whose it is, and where its SealedSecret is, by which people see the cluster.

    E.g. `slipway acme/gitops-system: flux-system/git-identity, gitops-system/clusters-config/crm/git-identity.yaml`.
    """
    identity, place = wanted.identity, wanted.place
    short = place.repository.partition("/")[2]
    text = f"{beginning(system)}{identity.namespace}/{identity.name}, {short}/{place.path}"
    return "".join(character if character.isprintable() else "?" for character in text)[:MAX_TITLE]


def beginning(system: str) -> str:
    """What the titles of a fleet's keys begin with; another fleet's in the same repository are told apart by it."""
    return f"slipway {system}: "
