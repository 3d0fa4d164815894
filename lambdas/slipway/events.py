"""The events that Slipway's capabilities speak to each other, on the bus `slipway`.

An event is a projection: small, typed, and free of anything that only one consumer needs. The whole delivery
stays in the bucket under `body_key`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from slipway import SCHEMA
from slipway.errors import InputError

SOURCE = "slipway.ingress"
"""EventBridge `source` of everything that the ingress puts on the bus."""
APPROVING_LABELS = "slipway/"
"""What labels begin with that approve something: a pull request that gets or loses one is judged again, and no other
label is."""


@dataclass(frozen=True)
class Delivery:
    """Where an event came from."""

    id: str
    """`X-GitHub-Delivery`: shared by redeliveries and by several hooks for one event."""
    hook: str
    """`X-GitHub-Hook-ID`; `"0"` where the header is absent."""
    event: str
    """`X-GitHub-Event`, e.g. `pull_request`."""
    action: str
    """`action` of the payload, `""` where the event has none."""
    installation: int
    """The App's installation id, 0 where the payload names none."""
    repository: str
    """`owner/name`."""
    sender: str
    """Login of whoever caused it."""
    received_at: str
    """ISO 8601, UTC."""
    body_key: str
    """Key of the raw body in the bucket."""


@dataclass(frozen=True)
class PullRequestEvent:
    """A pull request or what people say of it changed, or somebody asked to check it again.

    Detail type `pull_request`.
    """

    delivery: Delivery
    number: int
    head_sha: str
    """The head when the event was made; consumers ask GitHub whether it still is."""
    rerun: bool = False
    """True if a person asked for it (re-run button): finished work is done again."""

    DETAIL_TYPE = "pull_request"

    def to_detail(self) -> dict[str, Any]:
        """The event's `detail`, ready for JSON."""
        return {"schema": SCHEMA, **asdict(self)}

    @classmethod
    def from_detail(cls, detail: Mapping[str, Any]) -> PullRequestEvent:
        """Parse a `detail`.

        Raises:
            InputError: a field is missing or has the wrong type.
        """
        try:
            if detail["schema"] != SCHEMA:
                raise InputError(f"event schema is {detail['schema']!r}, expected {SCHEMA!r}")
            return cls(
                delivery=Delivery(**detail["delivery"]),
                number=int(detail["number"]),
                head_sha=str(detail["head_sha"]),
                rerun=bool(detail["rerun"]),
            )
        except (KeyError, TypeError, ValueError) as err:
            raise InputError(f"malformed pull_request event on the bus: {err!r}") from err
