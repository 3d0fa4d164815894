"""Configuration of the validation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from slipway.config import Env


@dataclass(frozen=True)
class Config:
    """What the deployment tells the validation."""

    table: str
    """Name of the DynamoDB table."""
    bucket: str
    """Name of the bucket that keeps the reports."""
    tokens_function: str
    """Name or ARN of the function that makes installation tokens."""
    queue_url: str
    """The validation's own queue, for what must be tried again later."""
    github_api_url: str
    github_host: str
    """Host name that Flux sources have in their URLs; by default the API's without `api.`."""
    system_repository: str
    """`owner/name` of gitops-system; `""`: every repository is looked at by itself."""
    lease_seconds: int
    """How long a pull request's head is ours; at least the function's timeout."""
    keys_function: str
    """Name or ARN of its keys function; `""`: the deployment has no sealing key."""
    sealing_secret: str
    """Name or ARN of the secret that brings the sealing key to the clusters; `""` likewise."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Read the environment.

        Raises:
            ConfigError: names every variable that is missing or malformed.
        """
        env = Env(environ)
        keys_function = env.text("SLIPWAY_KEYS_FUNCTION", "")
        config = cls(
            table=env.text("SLIPWAY_TABLE"),
            bucket=env.text("SLIPWAY_BUCKET"),
            tokens_function=env.text("SLIPWAY_TOKENS_FUNCTION"),
            queue_url=env.text("SLIPWAY_QUEUE_URL"),
            github_api_url=env.github_api_url(),
            github_host=env.github_host(),
            system_repository=env.text("SLIPWAY_SYSTEM_REPOSITORY", ""),
            lease_seconds=env.integer("SLIPWAY_LEASE_SECONDS"),
            keys_function=keys_function,
            sealing_secret=env.text("SLIPWAY_SEALING_SECRET", None if keys_function else ""),
        )
        env.check()
        return config
