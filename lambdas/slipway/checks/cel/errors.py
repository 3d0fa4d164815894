"""What can go wrong with an expression.

CelError            evaluating it fails, as it does in the API server
CelUnsupported      it cannot be compiled, or means something that is not known here
OverBudget          it takes more than it may
"""

from __future__ import annotations

NO_OVERLOAD = "no such overload"
"""What every operator and function says to values that it is not for."""


class CelError(Exception):
    """Evaluating fails; the text is the API server's. `&&`, `||` and the macros may get over it."""


class CelUnsupported(Exception):
    """It is no expression that we understand; the text says why."""


class OverBudget(Exception):
    """The cost limit is reached."""
