"""The values of a SealedSecret, and the keys that may open them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from slipway.errors import InputError
from slipway.fleet.objects import mapping
from slipway.sealing.envelope import Envelope, Malformed, unpack
from slipway.sealing.hybrid import WrongKey, decrypt
from slipway.sealing.keys import Keyring
from slipway.sealing.scope import Label, other_labels, own_label

MAX_VALUES = 2_000
"""Sealed values in one SealedSecret. Each takes some 700 bytes, and etcd takes 1.5 MiB of an object."""

Reason = Literal["malformed", "no key", "scope", "unknown"]
"""Why a value does not open: no key could ever, none of these does, its SealedSecret is not what it was sealed for, or
the file alone does not tell what it is for."""

_DEPRECATED = "is not read any more by the controller; seal it anew into spec.encryptedData"


class CannotOpen(InputError):
    """A value does not open; the message says why, and nothing of the value.

    Attributes:
        reason: see `Reason`.
    """

    def __init__(self, message: str, reason: Reason) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Opened:
    """A value that opened."""

    plaintext: bytes = field(repr=False, compare=False)
    fingerprint: str
    """The key that opened it."""
    label: Label
    """What it is bound to."""


@dataclass(frozen=True)
class Contents:
    """What came of the values of a SealedSecret, by their keys."""

    opened: Mapping[str, Opened]
    failed: Mapping[str, CannotOpen]


def open_values(sealed: Mapping[str, Any], keys: Keyring, *, as_bound: bool = False) -> Contents:
    """Open the values of a SealedSecret.

    Args:
        sealed: the object.
        keys: what to try.
        as_bound: whether to open, too, what is bound to something else than the controller opens it with.
    """
    spec = mapping(sealed.get("spec"))
    values = spec.get("encryptedData")
    if spec.get("data") is not None:
        return _refused("spec.data", _DEPRECATED)
    if values is not None and not isinstance(values, Mapping):
        return _refused("spec.encryptedData", "is no mapping of keys to values")
    if len(mapping(values)) > MAX_VALUES:
        return _refused("spec.encryptedData", f"has over {MAX_VALUES:,} values (MAX_VALUES); the API server takes less")
    opening = _Opening(own_label(sealed), other_labels(sealed), keys, as_bound)
    opened, failed = {}, {}
    for name, value in mapping(values).items():
        try:
            opened[str(name)] = opening.value(value)
        except CannotOpen as err:
            failed[str(name)] = err
    return Contents(opened, failed)


@dataclass(frozen=True)
class _Opening:
    own: Label | None
    others: list[Label]
    keys: Keyring
    as_bound: bool

    def value(self, value: Any) -> Opened:
        if not isinstance(value, str):
            raise CannotOpen("is no text", "malformed")
        if "${" in value:
            raise CannotOpen("is a variable; what stands for it is only known once it is rendered", "unknown")
        try:
            envelope = unpack(value)
            found = self._found(envelope)
        except Malformed as err:
            raise CannotOpen(err.message, "malformed") from None
        if found is None:
            raise self._unknown() if self.own is None else CannotOpen(self._no_key(envelope), "no key")
        if found.label != self.own and not self.as_bound:
            opened = "" if self.own is None else f", and the controller opens it for {self.own}"
            raise CannotOpen(f"was sealed for {found.label}{opened}; seal it anew", "scope")
        return found

    def _found(self, envelope: Envelope) -> Opened | None:
        for label in [self.own, *self.others] if self.own else self.others:
            for key in self.keys:
                try:
                    plaintext = decrypt(key.key, envelope, label.encoded)
                except WrongKey:
                    continue
                self.keys.opened(key)
                return Opened(plaintext, key.fingerprint, label)
        return None

    def _unknown(self) -> CannotOpen:
        message = "which name and namespace it is for is not in its file, or is a variable; ask for what is rendered"
        return CannotOpen(message, "unknown")

    def _no_key(self, envelope: Envelope) -> str:
        sizes = sorted({key.bits for key in self.keys})
        if envelope.bits not in sizes:
            have = " and ".join(map(str, sizes))
            return f"was sealed with a key of {envelope.bits} bits, and those at hand have {have or 'none'}"
        return "was sealed with none of the keys at hand, or for another name or namespace"


def _refused(field_name: str, why: str) -> Contents:
    return Contents({}, {field_name: CannotOpen(why, "malformed")})
