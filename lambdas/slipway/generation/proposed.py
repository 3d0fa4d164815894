"""What a request came to last: by it nothing is planned again of which nothing has changed.

Most of what happens to a request changes nothing about it: a check that has ended, a review. What it came to is put
down in a bucket that only Slipway writes to, not at GitHub: whoever may push to a branch of ours must not have that
merged.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date

from slipway.aws.protocol import Bucket
from slipway.generation.reference import Reference
from slipway.github.proposals import Proposal
from slipway.repositories import Repository
from slipway.requests.request import Request

EDITION = 1
"""Another one for other code that plans: then what an earlier one came to is planned again."""


@dataclass(frozen=True)
class Written:
    """A branch as Slipway has written it."""

    head: str
    """Its one commit."""
    base: str
    """What that stands on: where the default branch was at the time."""


@dataclass(frozen=True)
class Proposed:
    """What a step of a request came to."""

    digest: str = ""
    """Of its circumstances."""
    clusters: tuple[str, ...] = ()
    """That it is about."""
    branches: Mapping[str, Written] = field(default_factory=dict)
    """By repository."""


@dataclass(frozen=True)
class Circumstances:
    """All that a plan depends on."""

    request: Request
    by: str
    """Login of whoever asks."""
    step: int
    repositories: Sequence[Repository]
    today: date

    def digest(self, pulls: Sequence[tuple[str, Proposal]]) -> str:
        """Stands for them, and for the open pull requests that came of them, by repository."""
        told = [
            *(EDITION, self.request.kind.name, self.request.as_json(), self.by, self.step, self.today.isoformat()),
            [(each.name, each.branch, each.sha) for each in self.repositories],
            sorted((name, pull.number, pull.base, pull.head_sha) for name, pull in pulls),
        ]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def recall(reference: Reference, bucket: Bucket) -> Proposed:
    """What a request came to last; an empty one if that is not known."""
    kept = bucket.get(_key(reference))
    if kept is None:
        return Proposed()
    found = json.loads(kept)
    branches = {name: Written(**each) for name, each in found["branches"].items()}
    return Proposed(found["digest"], tuple(found["clusters"]), branches)


def put_down(reference: Reference, bucket: Bucket, came_to: Proposed) -> None:
    """Put down what a request has come to."""
    bucket.put(_key(reference), json.dumps(asdict(came_to)).encode(), content_type="application/json")


def _key(reference: Reference) -> str:
    return f"requests/{reference.repository}/{reference.number}-{reference.comment}-proposed.json"
