"""Whether SealedSecrets open: yes or no, and why; never what is in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slipway.fleet.manifests import YAML_SUFFIXES, load_documents
from slipway.fleet.objects import mapping, text
from slipway.sealing.keys import Keyring
from slipway.sealing.opening import CannotOpen, Contents, open_values
from slipway.sealing.scope import Scope, scope_of
from slipway.sealing.unseal import sealed_in

MARK = b"SealedSecret"
"""What every file with a SealedSecret has in it: no other one needs to be read."""


SUFFIXES = (*YAML_SUFFIXES, ".json")
"""Of the files that SealedSecrets are looked for in."""


@dataclass(frozen=True)
class Answer:
    """Whether a SealedSecret opens."""

    namespace: str
    """`""` if its file names none."""
    name: str
    line: int
    scope: Scope
    values: int
    """How many it has."""
    fingerprints: tuple[str, ...]
    """The keys that open them."""
    failed: Mapping[str, CannotOpen]
    """Why values do not open, by their keys."""

    @property
    def opens(self) -> bool:
        """True if all of them open."""
        return not self.failed

    def __str__(self) -> str:
        return f"SealedSecret {self.namespace}/{self.name}" if self.namespace else f"SealedSecret {self.name}"


def answers(data: bytes, file: str, keys: Keyring) -> list[Answer]:
    """Whether each SealedSecret of a file opens as its controller would open it.

    Raises:
        InputError: the file is not YAML.
        LimitError: it is beyond a limit of `slipway.fleet.manifests`.
    """
    if MARK not in data:
        return []
    return [
        answer(sealed, open_values(sealed, keys), document.line)
        for document in load_documents(data, file)
        for _, sealed in sealed_in(document.value)
    ]


def answer(sealed: Mapping[str, Any], contents: Contents, line: int) -> Answer:
    """What is told of the contents of a SealedSecret."""
    metadata = mapping(sealed.get("metadata"))
    return Answer(
        text(metadata.get("namespace")),
        text(metadata.get("name")),
        line,
        scope_of(metadata),
        len(contents.opened) + len(contents.failed),
        tuple(sorted({opened.fingerprint for opened in contents.opened.values()})),
        contents.failed,
    )
