"""What evaluating costs: expressions are written by anybody, and must not take longer than they are worth."""

from __future__ import annotations

from slipway.checks.cel.errors import OverBudget


class Meter:
    """Counts steps: nodes of the expression that are evaluated, and what is built of text and lists.

    Attributes:
        left: steps that may still be taken.
    """

    def __init__(self, limit: int) -> None:
        self.left = limit

    def charge(self, steps: int) -> None:
        """Take steps.

        Raises:
            OverBudget: there are not as many left.
        """
        self.left -= steps
        if self.left < 0:
            raise OverBudget
