"""The events that Slipway's capabilities speak to each other, on the bus `slipway`.

An event is a projection: small, typed, and free of anything that only one consumer needs. The whole delivery
stays in the bucket under `body_key`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

from slipway import SCHEMA
from slipway.errors import InputError

SOURCE = "slipway.ingress"
"""EventBridge `source` of everything that the ingress puts on the bus."""
PROPOSAL_BRANCHES = "slipway/"
"""What the branches of pull requests begin with that Slipway makes."""
MERGED_BESIDE = "<!-- slipway:merged "
"""In the text of a pull request of ours, for each one beside it that is merged: then it is checked anew."""
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
class _OfDelivery:
    """What every event has that a delivery brought."""

    delivery: Delivery

    DETAIL_TYPE: ClassVar[str]

    def to_detail(self) -> dict[str, Any]:
        """The event's `detail`, ready for JSON."""
        return {"schema": SCHEMA, **asdict(self)}

    @classmethod
    def from_detail(cls, detail: Mapping[str, Any]) -> Self:
        """Parse a `detail`.

        Raises:
            InputError: a field is missing or has the wrong type.
        """
        try:
            return cls(delivery=_delivery(detail), **cls._fields(detail))
        except (KeyError, TypeError, ValueError) as err:
            raise InputError(f"malformed {cls.DETAIL_TYPE} event on the bus: {err!r}") from err

    @classmethod
    def _fields(cls, detail: Mapping[str, Any]) -> dict[str, Any]:
        """The fields besides the delivery, each of its type; what a `detail` lacks is a `KeyError`."""
        raise NotImplementedError


@dataclass(frozen=True)
class PullRequestEvent(_OfDelivery):
    """A pull request or what people say of it changed, or somebody asked to check it again.

    Detail type `pull_request`.
    """

    number: int
    head_sha: str
    """The head when the event was made; consumers ask GitHub whether it still is."""
    rerun: bool = False
    """True if a person asked for it (re-run button): finished work is done again."""
    branch: str = ""
    """Of a pull request that Slipway made and that has something new; `""` of all others."""

    DETAIL_TYPE = "pull_request"

    @classmethod
    def _fields(cls, detail: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "number": int(detail["number"]),
            "head_sha": str(detail["head_sha"]),
            "rerun": bool(detail["rerun"]),
            "branch": str(detail.get("branch", "")),
        }


@dataclass(frozen=True)
class RequestEvent(_OfDelivery):
    """Somebody asks for something, by an issue or a comment, or what was asked for is no longer wanted.

    Detail type `request`.
    """

    number: int
    """Of the issue or pull request."""
    comment: int
    """Id of the comment, 0 if it is the issue itself."""
    text: str
    """`text_digest` of the body as it was then, which whoever caused the event has written, or seen."""

    DETAIL_TYPE = "request"

    @classmethod
    def _fields(cls, detail: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "number": int(detail["number"]),
            "comment": int(detail["comment"]),
            "text": str(detail["text"]),
        }


@dataclass(frozen=True)
class ProposalEvent(_OfDelivery):
    """Something happened to a pull request that Slipway made: merged, closed, reviewed, or checked.

    Detail type `proposal`.
    """

    branch: str
    """Of the pull request: it says which request it belongs to."""
    again: bool = False
    """True if it has to be written anew, whatever it holds: what its base has been is no more."""

    DETAIL_TYPE = "proposal"

    @classmethod
    def _fields(cls, detail: Mapping[str, Any]) -> dict[str, Any]:
        return {"branch": str(detail["branch"]), "again": bool(detail.get("again", False))}


@dataclass(frozen=True)
class BaseEvent(_OfDelivery):
    """A default branch has moved: what is to be merged into it may no longer fit.

    Detail type `base`.
    """

    branch: str
    """The default branch."""
    forced: bool
    """True if it was put elsewhere: what it has been is not a part of what it is."""

    DETAIL_TYPE = "base"

    @classmethod
    def _fields(cls, detail: Mapping[str, Any]) -> dict[str, Any]:
        return {"branch": str(detail["branch"]), "forced": bool(detail["forced"])}


def text_digest(body: str) -> str:
    """Stands for the text of an issue or a comment, whatever its line breaks are."""
    return hashlib.sha256("\n".join(body.strip().splitlines()).encode()).hexdigest()


def _delivery(detail: Mapping[str, Any]) -> Delivery:
    if detail["schema"] != SCHEMA:
        raise InputError(f"event schema is {detail['schema']!r}, expected {SCHEMA!r}")
    return Delivery(**detail["delivery"])
