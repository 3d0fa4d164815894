"""Which versions of Kubernetes a request may ask for: those that EKS offers at the time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from slipway.aws.errors import AwsError
from slipway.aws.protocol import EksVersions
from slipway.checks.upgrade.offered import offered
from slipway.errors import RetryLater
from slipway.fleet.settings import Support

KEEP_SECONDS = 3600.0
"""How long an answer of EKS holds: it offers another version a few times a year."""
RETRY_SECONDS = 300.0
"""When to ask again after it could not be asked: a call that is refused takes seconds of every request."""


@dataclass(frozen=True)
class Offer:
    """The versions of Kubernetes that there are for clusters."""

    versions: frozenset[str]
    note: str = ""
    """Whose word it is, if not EKS's."""


NOT_ASKED = "as far as Slipway knows: EKS could not be asked"
"""Why is in the log only: what AWS says of it names accounts and roles."""


class Versions:
    """EKS's answer, kept for an hour; where EKS cannot be asked, the table and what `slipway.yaml` knows better."""

    def __init__(
        self, eks: EksVersions, tell: Callable[[str], object], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Ask nothing yet.

        Args:
            eks: to ask.
            tell: hears why EKS could not be asked.
            clock: seconds from any moment on.
        """
        self._eks = eks
        self._tell = tell
        self._clock = clock
        self._until = float("-inf")
        self._answer: frozenset[str] | None = None

    def offer(self, known_better: Mapping[str, Support], today: date) -> Offer:
        """The versions on offer now.

        Args:
            known_better: of `slipway.yaml`, for when EKS cannot be asked.
            today: likewise, by which support ends.
        """
        if self._clock() >= self._until:
            self._ask()
        if self._answer is not None:
            return Offer(self._answer)
        return Offer(offered(known_better, today), NOT_ASKED)

    def _ask(self) -> None:
        try:
            self._answer = self._eks.offered()
        except (AwsError, RetryLater) as err:
            self._answer = None
            self._tell(str(err))
        self._until = self._clock() + (KEEP_SECONDS if self._answer is not None else RETRY_SECONDS)
