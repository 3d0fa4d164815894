"""A rotation of the fleet's sealing key, played through on one cluster.

What the fleet's secret holds step by step is in docs/sealing.md, "Two pairs on the clusters". What the controller of
Sealed Secrets knows: the keys of all labelled Secrets when it starts, and of each Secret that gets the label later; a
change of one that has it already is not seen (v0.40.0, `pkg/controller/controller.go`, `watchKeySecrets`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, permutations
from typing import Literal

from slipway.checks.secrets.external_templates import Properties
from slipway.checks.secrets.key_secrets import KeySecret

MAX_SECRETS = 4
"""Key Secrets of a cluster whose orders of arrival are all tried."""

Outcome = Literal["trusted", "no pair", "one pair", "changed"]
"""`no pair`: not even the first one arrives; `one pair`: the second does not; `changed`: one does, unseen."""

_STEPS = (("A", "A", "a"), ("A", "B", "a"), ("B", "A", "b"), ("B", "B", "b"))
_AGAIN = (("B", "C", "b"), ("C", "B", "a"), ("C", "C", "a"), ("C", "D", "a"))
_STATES = (*_STEPS, *_AGAIN)
"""Two rotations and the start of a third: the pair that is sealed with, the other pair, the slot."""


def states() -> tuple[Properties, ...]:
    """What the fleet's secret holds, step by step; letters stand for pairs."""
    return tuple(
        {"crt": f"{own}.crt", "key": f"{own}.key", "otherCrt": f"{other}.crt", "otherKey": f"{other}.key", "slot": slot}
        for own, other, slot in _STATES
    )


def outcome(secrets: Sequence[Sequence[KeySecret]]) -> Outcome:
    """Whether the controller knows, at any time, both pairs that it has to trust.

    Args:
        secrets: the Secrets of the cluster in each of the `states`, in the same order.
    """
    wanted = [{own, other} for own, other, _ in _STATES]
    if not wanted[0] <= _labelled(secrets[0]):
        return "no pair"
    if not all(need <= _labelled(there) for need, there in zip(wanted, secrets, strict=True)):
        return "one pair"
    for (before, after), (was, is_) in zip(pairwise(secrets), pairwise(wanted), strict=True):
        if not all(_stays(before, after, order, was & is_, is_) for order in _orders(before, after)):
            return "changed"
    return "trusted"


def holds_current(secrets: Sequence[Sequence[KeySecret]]) -> bool:
    """True if the pair that is sealed with is in a Secret with the label in each of the `states`."""
    return all(own in _labelled(there) for (own, _, _), there in zip(_STATES, secrets, strict=True))


def _orders(before: Sequence[KeySecret], after: Sequence[KeySecret]) -> Iterator[tuple[int, ...]]:
    """The orders in which the Secrets that change may do so: each is refreshed by itself."""
    return permutations(at for at, (one, other) in enumerate(zip(before, after, strict=True)) if one != other)


def _stays(
    before: Sequence[KeySecret], after: Sequence[KeySecret], order: Sequence[int], always: set[str], at_last: set[str]
) -> bool:
    """True if the controller knows the keys that it needs, wherever in between it may be restarted."""
    for restart in range(len(order) + 1):
        there, known = list(before), _labelled(before)
        for step, at in enumerate((*order, None)):
            if step == restart:
                known = _labelled(there)
            if not always <= known:
                return False
            if at is not None:
                known |= set() if there[at].active else _labelled([after[at]])
                there[at] = after[at]
        if not at_last <= known:
            return False
    return True


def _labelled(secrets: Sequence[KeySecret]) -> set[str]:
    """The pairs in Secrets with the label; a certificate with another pair's key is none."""
    return {
        one.crt.removesuffix(".crt")
        for one in secrets
        if one.active and one.crt.endswith(".crt") and one.crt.removesuffix(".crt") == one.key.removesuffix(".key")
    }
