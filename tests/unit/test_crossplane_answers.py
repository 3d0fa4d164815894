"""Composing, compared with crossplane-contrib/function-patch-and-transform v0.9.3 itself.

The function cannot be had as a module, so that its answers are kept here: of each written case a few digits of the hash
of all that it composed, or that it refused.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from slipway.fleet.crossplane.composing import Composition, compose
from slipway.fleet.crossplane.functions import Effect
from tests.unit.crossplane_cases import ComposeCase, written

ANSWERS = Path(__file__).parent / "crossplane_answers.txt"
REFUSED = "-"
DIGITS = 6
NOT_COMPOSED_MAX = 0.04
"""Share of the cases that may be left to the cluster: odd verbs of formats, numbers beyond 64 bits."""


def test_written_cases_come_out_as_the_function_answers() -> None:
    answers = ANSWERS.read_text().split()
    cases = list(written())
    outcomes = [_composed(case) for case in cases]
    differing = [
        (case.input["resources"], done.resources, done.failures)
        for case, done, answer in zip(cases, outcomes, answers, strict=True)
        if not done.unknown and answer != answer_of(done)
    ]

    assert differing[:3] == []
    assert sum(bool(done.unknown) for done in outcomes) < len(cases) * NOT_COMPOSED_MAX
    assert answers.count(REFUSED) > 1_000


def _composed(case: ComposeCase) -> Composition:
    step = {"step": "resources", "functionRef": {"name": "function-patch-and-transform"}, "input": case.input}
    return compose(case.composite, {"mode": "Pipeline", "pipeline": [step]}, lambda _: Effect.NOTHING)


def answer_of(done: Composition) -> str:
    if done.failures:
        return REFUSED
    return digits({name: one.value for name, one in done.resources.items()})


def digits(resources: Any) -> str:
    """What tells one answer from others; JSON does not tell 2 from 2.0."""
    text = json.dumps(_floats(resources), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def _floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _floats(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_floats(item) for item in value]
    return value if isinstance(value, bool) or not isinstance(value, int) else float(value)
