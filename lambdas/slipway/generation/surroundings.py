"""What requests work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from slipway.aws.protocol import Bucket, Leases, Queue
from slipway.checks.schema import Schemas
from slipway.fleet.helm import HelmRenderer
from slipway.fleet.kustomize import Builder
from slipway.generation.kept import KeptWorld
from slipway.generation.versions import Versions
from slipway.github.proposals import Proposals
from slipway.github.protocol import GitHub


@dataclass(frozen=True)
class Surroundings:
    """Made once per execution environment."""

    github: Callable[[int, str], GitHub]
    """To read, by installation and repository, with a token for that one."""
    proposals: Callable[[int, str], Proposals]
    """To write, likewise."""
    leases: Leases
    bucket: Bucket
    queue: Queue
    """The generation's own."""
    builder: Builder
    helm: HelmRenderer | None
    """Without any charts that it would have to fetch."""
    schemas: Schemas
    versions: Versions
    kept: KeptWorld
    github_host: str
    system_repository: str
    git_identities: bool
    """Whether the deploy keys of new identities are registered by Slipway, and not by people."""
    lease_seconds: int
    today: Callable[[], date]
