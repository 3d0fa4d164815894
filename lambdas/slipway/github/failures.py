"""What an answer of GitHub that is no success means for us.

- `RetryLater`: GitHub asks us to wait, or is down
  - `OutcomeUnknown`: a write may have happened or not
- `InputError`: it will not do what we ask, and would not later
  - `Refused`: with its status and words, for those who know what to do about some of them
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from slipway.errors import InputError, RetryLater, SlipwayError

DOWN_SECONDS = 30.0
"""How long to leave GitHub alone after several failed attempts."""

UNKNOWN_SECONDS = 5.0
"""How long to wait before looking whether a write has happened."""

SECONDARY_SECONDS = 60.0
"""What GitHub asks for at its secondary rate limit if it names no time ("Best practices for using the REST API")."""


_RATE_LIMIT_WORDS = ("rate limit", "abuse detection")


class OutcomeUnknown(RetryLater):
    """GitHub did not say whether it has done a write: look before doing it again."""


class Refused(InputError):
    """GitHub will not do what we ask, and would not later.

    Attributes:
        status: HTTP status.
        reason: GitHub's own words.
    """

    def __init__(self, message: str, refusal: Refusal) -> None:
        super().__init__(message)
        self.status = refusal.status
        self.reason = refusal.message


@dataclass(frozen=True)
class Wish:
    """What a call is about, for messages."""

    what: str
    """E.g. `pull request acme/app#7`."""
    needs: str
    """Permission of the App that it takes, e.g. `pull_requests: read`."""


@dataclass(frozen=True)
class Refusal:
    """An answer that is no success: a status from 300."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    message: str
    """GitHub's own words."""


def is_transient(refusal: Refusal) -> bool:
    """True if GitHub broke: the same call may do better in a moment."""
    return refusal.status >= 500


def explained(refusal: Refusal, wish: Wish, now: float) -> SlipwayError:
    """The error to raise for a refusal that is not transient.

    Args:
        refusal: what GitHub answered.
        wish: what was asked for.
        now: epoch seconds, to reckon from when GitHub says until when to wait.
    """
    wait = _asked_to_wait(refusal, now)
    if wait is not None:
        return RetryLater(f"GitHub asks to wait {wait:.0f} s (rate limit) before {wish.what}", after=wait)
    return Refused(_in_words(refusal, wish), refusal)


def _in_words(refusal: Refusal, wish: Wish) -> str:
    if refusal.status < 400:
        return f"GitHub has moved {wish.what}: its repository has another name or owner now"
    if refusal.status == 404:
        return (
            f"GitHub knows no {wish.what}, or the App may not see it: it must be installed on the repository, with the "
            f"permission {wish.needs}"
        )
    if refusal.status == 403:
        accepted = refusal.headers.get("x-accepted-github-permissions", wish.needs)
        return f"GitHub forbids {wish.what} ({refusal.message}); the App needs the permission {accepted}"
    return f"GitHub refuses {wish.what}: {refusal.status} {refusal.message}"


def _asked_to_wait(refusal: Refusal, now: float) -> float | None:
    """Seconds to wait if it is a rate limit ("Rate limits for the REST API": 403 or 429 for both kinds)."""
    if refusal.status not in (403, 429):
        return None
    headers = refusal.headers
    if (after := _number(headers.get("retry-after", ""))) is not None:
        return after
    if (
        headers.get("x-ratelimit-remaining") == "0"
        and (reset := _number(headers.get("x-ratelimit-reset", ""))) is not None
    ):
        # One second more, since the reset is given in whole ones.
        return max(0.0, reset - now) + 1
    if refusal.status == 429 or any(words in refusal.message.lower() for words in _RATE_LIMIT_WORDS):
        return SECONDARY_SECONDS
    return None


def _number(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdigit() else None
