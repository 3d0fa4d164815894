"""The rules of CRDs say of objects what the API server's own code says of them, word by word."""

import re
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from slipway.checks.schema import CustomSchema
from slipway.checks.schema.rules import Outcome
from tests.interop.crds import Version, versions_with_rules
from tests.interop.custom_objects import Maker
from tests.interop.reference import CustomCase, FluxReference, Refused
from tests.unit.cel_cases import CASES, OBJECT, SCHEMA

OBJECTS_EACH = 30
SEED = 1


@pytest.fixture(scope="module")
def versions() -> list[Version]:
    return versions_with_rules()


def test_expressions_come_to_the_same_text_or_error(flux: FluxReference) -> None:
    cases = [
        CustomCase(
            {**SCHEMA, "x-kubernetes-validations": [_asked(expression, failing=expected.startswith("! "))]}, OBJECT
        )
        for expression, expected in CASES
    ]
    wrong = [
        (expression, expected, theirs[0].detail)
        for (expression, expected), theirs in zip(CASES, flux.refused(cases), strict=True)
        if not _agrees(expected, theirs[0].detail)
    ]
    assert wrong == []


def test_rules_of_real_crds_refuse_the_same_of_made_up_objects(flux: FluxReference, versions: list[Version]) -> None:
    random = Random(SEED)
    wrong: list[Any] = []
    objects = refused = 0
    for version in versions:
        maker = Maker(version, random)
        cases = [CustomCase(version.schema, *maker.case()) for _ in range(OBJECTS_EACH)]
        schema = CustomSchema(version.schema)
        for case, theirs in zip(cases, flux.refused(cases), strict=True):
            ours = _outcome(schema, case)
            objects += 1
            refused += bool(theirs)
            if _said(ours) != _told(theirs) or ours.not_evaluated:
                wrong.append((version.name, ours.not_evaluated, _said(ours), _told(theirs)))
    assert wrong == []
    assert 0.2 * objects < refused < 0.9 * objects
    assert sum(len(version.rules) for version in versions) > 700


def _asked(expression: str, *, failing: bool) -> dict[str, Any]:
    if failing:
        return {"rule": f"dyn({expression}) == true", "message": "M"}
    return {"rule": "self.i == 0", "messageExpression": f"'%s'.format([dyn({expression})])", "message": "not made"}


def _agrees(expected: str, told: str) -> bool:
    if expected.startswith("! no such overload"):
        return told.startswith("'no such overload")
    return told == (f"{expected[2:]} evaluating rule: M" if expected.startswith("! ") else expected)


def _outcome(schema: CustomSchema, case: CustomCase) -> Outcome:
    old = None if case.old is None else schema.with_defaults(case.old)
    return schema.rules.outcome(schema.with_defaults(case.obj), old)


def _said(outcome: Outcome) -> list[tuple[tuple[str, ...], str]]:
    return sorted((_steps(".".join(map(str, one.path))), one.message) for one in outcome.refusals)


def _told(refusals: Sequence[Refused]) -> list[tuple[tuple[str, ...], str]]:
    return sorted((_steps(one.field), one.detail) for one in refusals)


def _steps(path: str) -> tuple[str, ...]:
    """A path's parts, however indexes and keys are written."""
    return tuple(step for step in re.split(r"[.\[\]]+", path) if step and step != "<nil>")
