"""What a tokens function is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from slipway.errors import InputError

_FIELDS = frozenset(("installation", "repositories", "renew"))


@dataclass(frozen=True)
class TokenRequest:
    """The wish for a token."""

    installation: int
    """Its id; 0 if it is not known, and to be found by the repositories."""
    repositories: tuple[str, ...]
    """`owner/name` of each."""
    renew: bool
    """Not one that was handed out before."""

    @classmethod
    def from_event(cls, event: Any) -> TokenRequest:
        """Parse an invocation, strictly: whoever gets it wrong might mean something else.

        Raises:
            InputError: a field is missing, unknown or of the wrong type.
        """
        if not isinstance(event, dict) or not set(event) <= _FIELDS:
            raise InputError(f"a token is asked for with {', '.join(sorted(_FIELDS))} and nothing else")
        installation, repositories, renew = (event.get(name) for name in ("installation", "repositories", "renew"))
        if type(installation) is not int or installation < 0:
            raise InputError(
                f"installation is {installation!r}, not the number of one, or 0 for that of the repositories"
            )
        if (
            not isinstance(repositories, list)
            or not repositories
            or not all(type(each) is str for each in repositories)
        ):
            raise InputError(f"repositories is {repositories!r}, not a list of owner/name")
        if renew is not None and not isinstance(renew, bool):
            raise InputError(f"renew is {renew!r}, not true or false")
        return cls(installation, tuple(repositories), bool(renew))
