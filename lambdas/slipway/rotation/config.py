"""Configuration of the rotation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from slipway.config import Env


@dataclass(frozen=True)
class Config:
    """What the deployment tells the rotation."""

    keys_function: str
    """Name or ARN of its keys function."""
    sealing_secret: str
    """Name or ARN of the secret with the pairs, which the clusters take them from."""
    tokens_function: str
    """Name or ARN of the function that makes installation tokens."""
    state_machine: str
    """ARN of the state machine that asks for its steps."""
    github_api_url: str
    github_host: str
    """Host name that Flux sources have in their URLs; by default the API's without `api.`."""
    system_repository: str
    """`owner/name` of gitops-system."""
    poll_seconds: int
    """How long to wait before it looks again, at least."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Read the environment.

        Raises:
            ConfigError: names every variable that is missing or malformed.
        """
        env = Env(environ)
        config = cls(
            keys_function=env.text("SLIPWAY_KEYS_FUNCTION"),
            sealing_secret=env.text("SLIPWAY_SEALING_SECRET"),
            tokens_function=env.text("SLIPWAY_TOKENS_FUNCTION"),
            state_machine=env.text("SLIPWAY_STATE_MACHINE"),
            github_api_url=env.github_api_url(),
            github_host=env.github_host(),
            system_repository=env.text("SLIPWAY_SYSTEM_REPOSITORY"),
            poll_seconds=env.integer("SLIPWAY_POLL_SECONDS"),
        )
        env.check()
        return config
