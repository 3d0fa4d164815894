"""What the keys functions are asked and answer, as both sides write it: JSON without any key or value in clear.

Requests: `{"do": "state"}`, `{"do": "prepare", "quietSeconds": 720}`, `{"do": "retire", "to": "SHA256:…"}`,
`{"do": "check", "about": {"repository", "number", "head"}, "sealed": [SealedSecret, …]}` and
`{"do": "reseal", "to": "SHA256:…", "files": [{"path", "content"}, …]}`.

Answers: a state (`KeyState`) to the first three, `{"answers": […]}` (`Told`) and `{"files": […]}` (`ResealedText`) to
the others, or what `slipway.answers` says of errors.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from slipway.fleet.objects import mapping, text
from slipway.sealing.answer import Answer
from slipway.sealing.certificates import Certificate, read_certificate
from slipway.sealing.opening import CannotOpen

MAX_PART = 500_000
"""Characters of what is asked for in one invocation. Lambda takes 6 MB ("Lambda quotas"), but a value has some 700, and
each is tried with two keys of 4,096 bits: this takes ten seconds of a processor. A single item may have more."""


@dataclass(frozen=True)
class PullRequestHead:
    """The pull request on whose behalf something is asked."""

    repository: str
    """`owner/name`."""
    number: int
    head: str
    """Its head's sha."""

    def __str__(self) -> str:
        return f"{self.repository}#{self.number}"


@dataclass(frozen=True)
class KeyState:
    """The pairs without their private keys."""

    current: Certificate
    newest: Certificate
    """What is to be sealed with; another than `current` while a rotation is under way."""

    @property
    def is_rotating(self) -> bool:
        """True if a rotation is under way."""
        return self.current.fingerprint != self.newest.fingerprint

    def to_payload(self) -> dict[str, Any]:
        """As it is answered."""
        return {"current": self.current.pem, "newest": self.newest.pem}

    @classmethod
    def from_payload(cls, found: Mapping[str, Any]) -> KeyState:
        """What was answered."""
        return cls(*(read_certificate(text(found.get(name)).encode()) for name in ("current", "newest")))


@dataclass(frozen=True)
class Failure:
    """A value that does not open."""

    key: str
    reason: str
    """See `slipway.sealing.opening.Reason`."""
    why: str


@dataclass(frozen=True)
class Told:
    """Whether a SealedSecret opens, and why not."""

    namespace: str
    name: str
    line: int
    """In its file; 0 of one that was asked for by itself."""
    values: int
    by: tuple[str, ...]
    """Fingerprints of the keys that open its values."""
    failed: tuple[Failure, ...]

    @classmethod
    def of(cls, answer: Answer) -> Told:
        """What may be told of an answer."""
        failed = tuple(_failure(key, err) for key, err in answer.failed.items())
        return cls(answer.namespace, answer.name, answer.line, answer.values, answer.fingerprints, failed)

    @classmethod
    def from_payload(cls, found: Mapping[str, Any]) -> Told:
        """What was answered."""
        failed = tuple(Failure(**each) for each in found["failed"])
        return cls(**{**found, "by": tuple(found["by"]), "failed": failed})


@dataclass(frozen=True)
class SealedText:
    """A file with SealedSecrets."""

    path: str
    content: str


@dataclass(frozen=True)
class ResealedText:
    """What became of a file."""

    path: str
    content: str
    """`""` if nothing of it is to be changed."""
    sealed: tuple[Told, ...]
    """How its SealedSecrets opened before."""
    error: str = ""
    """Why it could not be read or written, and is left as it is."""

    @classmethod
    def from_payload(cls, found: Mapping[str, Any]) -> ResealedText:
        """What was answered."""
        return cls(found["path"], found["content"], tuple(map(Told.from_payload, found["sealed"])), found["error"])


def trimmed(sealed: Mapping[str, Any]) -> dict[str, Any]:
    """What of a SealedSecret tells whether it opens; no more leaves for the keys function."""
    spec, metadata = mapping(sealed.get("spec")), mapping(sealed.get("metadata"))
    template = mapping(mapping(spec.get("template")).get("metadata"))
    names = ("name", "namespace", "annotations")
    return {
        "apiVersion": sealed.get("apiVersion"),
        "kind": sealed.get("kind"),
        "metadata": {key: metadata[key] for key in names if key in metadata},
        "spec": {
            **{key: spec[key] for key in ("encryptedData", "data") if key in spec},
            "template": {"metadata": {key: template[key] for key in names if key in template}},
        },
    }


def parts(items: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Requests small enough for one invocation each, in their order."""
    part: list[dict[str, Any]] = []
    size = 0
    for item in items:
        length = len(json.dumps(item))
        if part and size + length > MAX_PART:
            yield part
            part, size = [], 0
        part.append(item)
        size += length
    if part:
        yield part


def told_payload(answers: Sequence[Told]) -> dict[str, Any]:
    """The answer to `check`."""
    return {"answers": [asdict(each) for each in answers]}


def files_payload(files: Sequence[ResealedText]) -> dict[str, Any]:
    """The answer to `reseal`."""
    return {"files": [asdict(each) for each in files]}


def _failure(key: str, err: CannotOpen) -> Failure:
    return Failure(key, err.reason, err.message)
