"""Configuration from the environment, read once, with every wrong value reported at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlsplit

from slipway.errors import ConfigError

T = TypeVar("T")

GITHUB_API = "https://api.github.com"


class Env:
    """Reads variables and collects what is wrong; `check()` raises once, naming all of it.

    Example (doctest: +ELLIPSIS):
        >>> env = Env({"SLIPWAY_TABLE": "t", "SLIPWAY_LEASE_SECONDS": "soon"})
        >>> env.text("SLIPWAY_TABLE")
        't'
        >>> _ = env.integer("SLIPWAY_LEASE_SECONDS"), env.text("SLIPWAY_BUS")
        >>> env.check()
        Traceback (most recent call last):
        slipway.errors.ConfigError: environment: ...SECONDS is 'soon', not a whole number; SLIPWAY_BUS is not set
    """

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ
        self._wrong: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        """The variable's value, or `default`; empty counts as not set."""
        value = self._environ.get(name) or default
        if value is None:
            self._wrong.append(f"{name} is not set")
            return ""
        return value

    def integer(self, name: str, default: int | None = None) -> int:
        """The variable as a whole number."""
        return self._parsed(name, default, int, "a whole number", empty=0)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """The variable as `true` or `false`."""
        words = {"true": True, "false": False}
        return self._parsed(name, default, lambda text: words[text.lower()], "true or false", empty=False)

    def parsed(self, name: str, parse: Callable[[str], T], what: str, *, empty: T) -> T:
        """The variable as `parse` makes it; a `ValueError` or `KeyError` of that says that it is not `what`."""
        return self._parsed(name, None, parse, what, empty)

    def _parsed(self, name: str, default: T | None, parse: Callable[[str], T], what: str, empty: T) -> T:
        value = self._environ.get(name)
        if not value:
            if default is None:
                self._wrong.append(f"{name} is not set")
                return empty
            return default
        try:
            return parse(value)
        except (ValueError, KeyError):
            self._wrong.append(f"{name} is {value!r}, not {what}")
            return empty

    def github_api_url(self) -> str:
        """Root of GitHub's REST API."""
        return self.text("SLIPWAY_GITHUB_API_URL", GITHUB_API)

    def github_host(self) -> str:
        """Host name that Flux sources have in their URLs; by default the API's without `api.`."""
        host = urlsplit(self.github_api_url()).hostname or ""
        return self.text("SLIPWAY_GITHUB_HOST", host.removeprefix("api."))

    def check(self) -> None:
        """Raise what was collected.

        Raises:
            ConfigError: one or more variables are missing or malformed.
        """
        if self._wrong:
            raise ConfigError("environment: " + "; ".join(self._wrong))
