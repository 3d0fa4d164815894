"""GitHub's lists, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from typing import Any, TypeVar

from slipway.errors import LimitError
from slipway.github.calls import Calls
from slipway.github.failures import Wish

T = TypeVar("T")

PER_PAGE = 100
"""As many GitHub tells at once."""


def pages(
    calls: Calls,
    path: str,
    parse: Callable[[Any], T],
    wish: Wish,
    *,
    parameters: Mapping[str, Any] | None = None,
    within: str = "",
) -> Iterator[list[T]]:
    """The pages of a list, one call each, made when it is asked for.

    Args:
        calls: as whom.
        path: of the list.
        parse: makes a value of an item's JSON.
        wish: for messages.
        parameters: the query.
        within: the field of the answer that has the list, if it is not the answer itself.
    """
    for page in count(1):
        query = {**(parameters or {}), "per_page": PER_PAGE, "page": page}
        found = calls.get(
            path,
            lambda answer: [parse(each) for each in (answer.json[within] if within else answer.json)],
            wish,
            parameters=query,
        )
        yield found
        if len(found) < PER_PAGE:
            return


def all_of(found: Iterable[list[T]], most: int, limit: str, wish: Wish) -> list[T]:
    """Everything on some pages.

    Raises:
        LimitError: it is more than `most`; the text names the `limit`.
    """
    items: list[T] = []
    for page in found:
        items += page
        if len(items) > most:
            raise LimitError(f"{wish.what} are more than {most:,} ({limit})")
    return items
