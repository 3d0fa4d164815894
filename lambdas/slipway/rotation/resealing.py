"""The files of a branch, sealed anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from slipway.aws.protocol import SealingKeys
from slipway.errors import InputError
from slipway.fleet.events import MAX_FILE_BYTES
from slipway.fleet.tree import Tree
from slipway.sealing.answer import MARK, SUFFIXES
from slipway.sealing.certificates import Certificate
from slipway.sealing.exchange import ResealedText, SealedText, Told
from slipway.sealing.identities import remade

MAX_NAMED = 5
"""Problems of a branch that are named; the rest is counted. A state machine's payload has 256 KiB (Step Functions
quotas), with `slipway.rotation.view.MAX_TARGETS` branches."""
MAX_PROBLEM = 300
"""Characters of one."""


@dataclass(frozen=True)
class Left:
    """What is left to do on a branch."""

    repository: str
    branch: str
    old: int = 0
    """SealedSecrets that are sealed with another key than the newest, and open."""
    secrets: int = 0
    """All that there are."""
    pull: int = 0
    """The open pull request that seals them anew."""
    problems: tuple[str, ...] = ()
    """What does not open, cannot be read, or cannot be sealed anew by itself; at most `MAX_NAMED`."""
    more: int = 0
    """Problems that are not named."""
    error: str = ""
    """Why nothing could be done here."""

    @property
    def is_done(self) -> bool:
        """True if nothing is sealed with the old key."""
        return not self.old and not self.error

    def to_payload(self) -> dict[str, Any]:
        """As the state machine keeps it."""
        return asdict(self)

    @classmethod
    def from_payload(cls, found: Mapping[str, Any]) -> Left:
        """What the state machine kept."""
        return cls(**{**found, "problems": tuple(found["problems"])})


def sealed_files(tree: Tree) -> Iterator[SealedText | ResealedText]:
    """The files of a tree that may hold SealedSecrets; of what is too much, or no text, that it is left as it is."""
    for path in tree:
        if not path.endswith(SUFFIXES):
            continue
        data = tree.read(path)
        if MARK not in data:
            continue
        if len(data) > MAX_FILE_BYTES:
            yield ResealedText(path, "", (), f"{path}: over {MAX_FILE_BYTES:,} bytes (MAX_FILE_BYTES); split it")
            continue
        try:
            yield SealedText(path, data.decode())
        except UnicodeDecodeError:
            yield ResealedText(path, "", (), f"{path}: not UTF-8")


def resealed(tree: Tree, keys: SealingKeys, certificate: Certificate) -> list[ResealedText]:
    """Each of the files, sealed anew as far as it goes; Git identities are other key pairs from then on."""
    asked: list[SealedText] = []
    found: list[ResealedText] = []
    for file in sealed_files(tree):
        if isinstance(file, SealedText):
            asked.append(file)
        else:
            found.append(file)
    for answer in keys.reseal(certificate.fingerprint, asked):
        found.append(_with_new_identities(answer, certificate) if answer.content else answer)
    return found


def _with_new_identities(file: ResealedText, certificate: Certificate) -> ResealedText:
    try:
        made = remade(file.content.encode(), file.path, certificate)
    except InputError as err:
        return replace(file, error=str(err))  # sealed anew all the same, and as it was
    return replace(file, content=made.content.decode())


def is_old(told: Told, to: str) -> bool:
    """True if a key opens it, and that is not the newest one alone."""
    return bool(set(told.by) - {to})


def problems(files: Sequence[ResealedText], to: str) -> list[str]:
    """What somebody has to look at: nothing of any value is in it."""
    found = []
    for file in files:
        if file.error:
            found.append(file.error)
        for told in file.sealed:
            if told.failed and (is_old(told, to) or not told.by):
                failure = told.failed[0]
                found.append(f"{file.path}:{told.line}: SealedSecret {told.name}: {failure.key} {failure.why}")
    return [each[:MAX_PROBLEM] for each in found]
