"""The state machine of a rotation: no step can get lost, and none can hang."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.rotation import definition
from tests.infra.synth import Synthesised

pytestmark = pytest.mark.xdist_group("infra")

MACHINE = definition("arn:aws:lambda:eu-west-1:111122223333:function:slipway-rotation", 300)
STATES: dict[str, Any] = MACHINE["States"]


def _following(state: dict[str, Any]) -> Iterator[str]:
    for name in ("Next", "Default"):
        if name in state:
            yield state[name]
    for branch in (*state.get("Choices", ()), *state.get("Catch", ())):
        yield branch["Next"]


def test_every_state_is_reached_and_leads_to_one_that_there_is() -> None:
    reached, todo = set(), [MACHINE["StartAt"]]
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo += _following(STATES[name])
    assert reached == set(STATES)


def test_from_every_state_the_end_can_be_reached() -> None:
    ending = {name for name, state in STATES.items() if state["Type"] == "Succeed"}
    assert ending == {"Nothing to do", "Rotated"}
    for _ in STATES:
        ending |= {name for name, state in STATES.items() if ending & set(_following(state))}
    assert ending == set(STATES)


def test_every_task_is_tried_again_and_a_failure_after_the_first_one_ends_nothing() -> None:
    tasks = {name: state for name, state in STATES.items() if state["Type"] == "Task"}
    assert all(state["Retry"][0]["ErrorEquals"] == ["States.ALL"] for state in tasks.values())
    assert {name for name, state in tasks.items() if "Catch" not in state} == {"Begin", "Publish once"}


def test_one_branch_that_cannot_be_looked_at_stops_no_other() -> None:
    one = STATES["Reseal"]["ItemProcessor"]["States"]["Reseal one"]
    assert one["Catch"] == [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "Not looked at"}]


def test_it_is_deployed_and_looks_once_a_day_whether_it_is_time(production: Synthesised) -> None:
    machine = production.only("StepFunctions::StateMachine")
    assert machine["StateMachineName"] == "slipway-rotation"
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] is False
    schedule = production.only("Scheduler::Schedule", "Rotation")
    assert (schedule["ScheduleExpression"], json.loads(schedule["Target"]["Input"])) == (
        "rate(1 day)",
        {"reason": "due"},
    )


def test_a_run_that_failed_raises_an_alarm(production: Synthesised) -> None:
    watched = [
        alarm["Namespace"]
        for alarm in production.resources("CloudWatch::Alarm").values()
        if alarm["MetricName"] in ("ExecutionsFailed", "ExecutionsTimedOut")
    ]
    assert watched == ["AWS/States"] * 2


def test_the_machine_may_invoke_the_rotation_and_write_its_log_and_nothing_else(production: Synthesised) -> None:
    actions = {
        action
        for statement in production.allowed("RotationMachineRole")
        for action in statement["Action"]
        if not action.startswith(("logs:", "xray:"))
    }
    assert actions == {"lambda:InvokeFunction"}
