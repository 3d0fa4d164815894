"""What can go wrong when a composite is composed."""

from __future__ import annotations

from slipway.errors import InputError


class PatchError(InputError):
    """What Crossplane or one of its functions would refuse."""


class FieldNotFound(PatchError):
    """A field that a patch reads does not exist."""


class NotComposed(InputError):
    """What nothing here does as Crossplane does."""
