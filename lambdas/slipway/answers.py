"""What a function answers that others of Slipway invoke: JSON, of which `error` says why there is nothing else in it.

It is an answer and not an error of the function, since those lose the time to wait, and on emulators their type.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.errors import InputError, RetryLater


def failed_answer(err: RetryLater | InputError) -> dict[str, Any]:
    """What is answered if it cannot be done, or not now."""
    if isinstance(err, RetryLater):
        return {"error": {"type": "RetryLater", "message": str(err), "after": err.after}}
    return {"error": {"type": "InputError", "message": str(err)}}


def checked_answer(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """An answer that is none of an error.

    Raises:
        RetryLater: it cannot be done now.
        InputError: it cannot be done.
    """
    error = answer.get("error")
    if error is None:
        return answer
    if error["type"] == "RetryLater":
        raise RetryLater(error["message"], after=float(error["after"]))
    raise InputError(error["message"])
