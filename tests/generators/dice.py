"""Draws that shrink well: the first of several, and no rather than yes, are what hypothesis tries to get to."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Random choices. Half of all cases are calm: nothing of what tends to break a build is drawn in them."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._calm = not self.chance(50)

    def chance(self, percent: int) -> bool:
        """True in so many cases of a hundred."""
        return self._random.randrange(100) >= 100 - percent

    def rarely(self, percent: int) -> bool:
        """As `chance`, for what tends to break a build."""
        return not self._calm and self.chance(percent)

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self._random.randint(low, high)

    def pick(self, choices: Sequence[T]) -> T:
        """One of them."""
        return choices[self._random.randrange(len(choices))]

    def some(self, choices: Sequence[T], most: int = 3) -> list[T]:
        """Up to so many of them, each once, in any order."""
        left = list(choices)
        return [left.pop(self._random.randrange(len(left))) for _ in range(min(self.number(0, most), len(left)))]

    def either(self, percent: int, rare: Sequence[T], usual: Sequence[T]) -> T:
        """One of the rare ones, `rarely`, else one of the usual ones."""
        return self.pick(rare if self.rarely(percent) else usual)
