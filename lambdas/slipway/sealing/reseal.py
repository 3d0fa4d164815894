"""The SealedSecrets of a file, sealed anew for another key.

Each value stays bound to what it was bound to, and nothing of the file changes but the values that another key opens. A
SealedSecret of which one value does not open is left as it is, whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from slipway.errors import InputError
from slipway.fleet.events import Path
from slipway.fleet.manifests import load_documents
from slipway.sealing.answer import MARK, Answer, answer
from slipway.sealing.certificates import Certificate
from slipway.sealing.keys import Keyring
from slipway.sealing.opening import CannotOpen, Contents, open_values
from slipway.sealing.places import Places, places
from slipway.sealing.rewriting import rewritten
from slipway.sealing.seal import seal_value
from slipway.sealing.unseal import sealed_in

VALUES = ("spec", "encryptedData")

_SHARED = "has an anchor, an alias, a merge or a tag, so that its text may be of others, too; seal it by hand"


@dataclass(frozen=True)
class Resealed:
    """What came of a SealedSecret."""

    answer: Answer
    """Whether it opened until now, whatever it is bound to."""
    changed: int
    """Values that are sealed anew; none if all have been before, or if one does not open."""


@dataclass(frozen=True)
class ResealedFile:
    """A file, and what came of its SealedSecrets."""

    content: bytes
    sealed: tuple[Resealed, ...]


class NotReplaced(InputError):
    """A file is written in a way in which its values cannot be replaced.

    Attributes:
        sealed: how its SealedSecrets opened.
    """

    def __init__(self, err: InputError, sealed: tuple[Resealed, ...]) -> None:
        super().__init__(err.message, file=err.file, line=err.line)
        self.sealed = sealed


def reseal(data: bytes, file: str, keys: Keyring, certificate: Certificate) -> ResealedFile:
    """Seal the SealedSecrets of a file anew.

    Args:
        data: YAML or JSON.
        file: its path, for errors.
        keys: what opens its values. Only with the key of the certificate among them is told what it opens already.
        certificate: of the key that shall open them.

    Raises:
        InputError: the file cannot be read.
        NotReplaced: it is written in a way in which its values cannot be replaced.
        LimitError: it is beyond a limit of `slipway.fleet.manifests`.
    """
    if MARK not in data:
        return ResealedFile(data, ())
    documents = load_documents(data, file)
    found = list(places(data, file, _is_wanted))
    results: list[Resealed] = []
    changes: dict[int, dict[Path, str]] = {}
    for document in documents:
        for path, sealed in sealed_in(document.value):
            contents = open_values(sealed, keys, as_bound=True)
            values = {} if contents.failed else _sealed_anew(contents, certificate, (*path, *VALUES))
            stuck = _stuck(values, found[document.index])
            if stuck:
                contents, values = Contents(contents.opened, stuck), {}
            changes.setdefault(document.index, {}).update(values)
            place = found[document.index].get(path)
            line = place.line if place else document.line
            results.append(Resealed(answer(sealed, contents, line), len(values)))
    try:
        return ResealedFile(rewritten(data, file, documents, found, changes), tuple(results))
    except InputError as err:
        raise NotReplaced(err, tuple(results)) from None


def _is_wanted(path: Path) -> bool:
    """True for a SealedSecret, and for a value in it."""
    return len(path) in (0, 2) or path[-3:-1] == VALUES


def _sealed_anew(contents: Contents, certificate: Certificate, path: Path) -> dict[Path, str]:
    return {
        (*path, name): seal_value(opened.plaintext, certificate, opened.label)
        for name, opened in contents.opened.items()
        if opened.fingerprint != certificate.fingerprint
    }


def _stuck(values: Mapping[Path, str], found: Places) -> dict[str, CannotOpen]:
    return {
        str(path[-1]): CannotOpen(_SHARED, "unknown")
        for path in values
        if (place := found.get(path)) is None or place.is_shared
    }
