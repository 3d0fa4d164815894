"""Configuration of a keys function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from slipway.config import Env
from slipway.keys.request import DOINGS

ENSURE = "ensure"
"""What CloudFormation asks for, and nobody else."""


@dataclass(frozen=True)
class Config:
    """What the deployment tells the function."""

    secret: str
    """Name or ARN of the secret with the pairs."""
    table: str
    """Name of the DynamoDB table."""
    do: frozenset[str]
    """What it does, of `slipway.keys.request.DOINGS`, and `ENSURE`."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Read the environment.

        Raises:
            ConfigError: names every variable that is missing or malformed.
        """
        env = Env(environ)
        none: frozenset[str] = frozenset()
        config = cls(
            secret=env.text("SLIPWAY_SEALING_SECRET"),
            table=env.text("SLIPWAY_TABLE"),
            do=env.parsed("SLIPWAY_KEYS_DO", _doings, f"some of {', '.join(sorted(_ALL))}", empty=none),
        )
        env.check()
        return config


_ALL = DOINGS | {ENSURE}


def _doings(text: str) -> frozenset[str]:
    found = frozenset(text.split(","))
    if not found <= _ALL:
        raise ValueError(text)
    return found
