"""Configuration of a tokens function."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from slipway.config import Env

_LEVELS = ("read", "write")


@dataclass(frozen=True)
class Config:
    """What the deployment tells the function."""

    app_secret: str
    """Name or ARN of the secret `{"appId": …, "privateKey": …}`."""
    github_api_url: str
    permissions: Mapping[str, str]
    """The only ones that it ever asks for, e.g. `{"contents": "read"}`."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Read the environment.

        Raises:
            ConfigError: names every variable that is missing or malformed.
        """
        env = Env(environ)
        none: dict[str, str] = {}
        config = cls(
            app_secret=env.text("SLIPWAY_APP_SECRET"),
            github_api_url=env.github_api_url(),
            permissions=env.parsed(
                "SLIPWAY_PERMISSIONS", _permissions, "a JSON object of permissions, each read or write", empty=none
            ),
        )
        env.check()
        return config


def _permissions(text: str) -> dict[str, str]:
    """Parse; an empty object is refused, since GitHub takes it for all permissions of the installation."""
    found = json.loads(text)
    if not isinstance(found, dict) or not found or not all(level in _LEVELS for level in found.values()):
        raise ValueError(text)
    return found
