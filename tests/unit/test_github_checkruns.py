"""A check run is made once, completed last, and gone on with where an earlier call was killed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from slipway.errors import LimitError, RetryLater
from slipway.github.checkruns import MAX_MESSAGE_BYTES, MAX_TITLE, ExistingRun, put
from slipway.github.cut import MAX_TEXT_BYTES
from slipway.github.failures import OutcomeUnknown
from slipway.github.memory import MemoryGitHub
from slipway.github.protocol import Annotation, CheckRun
from slipway.github.rounds import ROUNDS

SHA = "1" * 40
RUN = CheckRun("slipway", SHA, "acme/app#7", "completed", "Fine", "All is well", conclusion="success")
ANNOTATIONS = tuple(Annotation("a.yaml", line, "failure", f"finding {line}", "It is wrong") for line in range(1, 121))
LONG = replace(RUN, conclusion="failure", annotations=ANNOTATIONS)


@dataclass
class Api:
    """`CheckRuns` that a test can trip up: `before` and `after` get each call before and after it has its effect."""

    runs: list[dict[str, Any]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    before: Callable[[str], None] = lambda call: None
    after: Callable[[str], None] = lambda call: None

    def find(self, run: CheckRun) -> Sequence[ExistingRun]:
        self._log("find")
        return [ExistingRun(number, len(each["annotations"])) for number, each in reversed(list(enumerate(self.runs)))]

    def create(self, body: dict[str, Any]) -> ExistingRun:
        call = self._log(f"create with {len(body['output']['annotations'])}")
        self.runs.append({"annotations": []})
        self._change(len(self.runs) - 1, body)
        self.after(call)
        return ExistingRun(len(self.runs) - 1, len(self.runs[-1]["annotations"]))

    def update(self, number: int, body: dict[str, Any]) -> None:
        call = self._log(f"update {number} with {len(body['output']['annotations'])}")
        self._change(number, body)
        self.after(call)

    def pause(self, attempt: int) -> None:
        self.log.append(f"pause {attempt}")

    def _log(self, call: str) -> str:
        self.log.append(call)
        self.before(call)
        return call

    def _change(self, number: int, body: dict[str, Any]) -> None:
        known = self.runs[number]["annotations"]
        assert "conclusion" not in body or body["status"] == "completed"
        self.runs[number] = {**body, "annotations": known + body["output"]["annotations"]}

    def lines(self, number: int = 0) -> list[int]:
        return [each["start_line"] for each in self.runs[number]["annotations"]]


class Killed(Exception):
    """The worker's end."""


def once(call: str, err: Exception) -> Callable[[str], None]:
    """Raises at the first such call."""
    left = [err]

    def strike(found: str) -> None:
        if found == call and left:
            raise left.pop()

    return strike


SIZES = [
    (0, ["find", "create with 0", "find"]),
    (50, ["find", "create with 50", "find"]),
    (51, ["find", "create with 50", "find", "update 0 with 1"]),
    (120, ["find", "create with 50", "find", "update 0 with 50", "update 0 with 20"]),
]


@pytest.mark.parametrize(("count", "log"), SIZES)
def test_annotations_are_sent_fifty_at_a_time(count: int, log: list[str]) -> None:
    api = Api()
    assert put(api, replace(RUN, annotations=ANNOTATIONS[:count])) == 0
    assert api.log == log
    assert api.lines() == list(range(1, count + 1))
    assert api.runs[0]["status"] == "completed"


def test_a_run_is_completed_with_its_last_annotations_only() -> None:
    api = Api()
    states: list[tuple[str, Any]] = []
    api.after = lambda call: states.append((api.runs[0]["status"], api.runs[0].get("conclusion")))
    put(api, LONG)
    assert states == [("in_progress", None), ("in_progress", None), ("completed", "failure")]


@pytest.mark.parametrize("call", ["create with 50", "update 0 with 50", "update 0 with 20"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_call_that_was_killed_is_gone_on_with(moment: str, call: str) -> None:
    api = Api()
    setattr(api, moment, once(call, Killed()))
    with pytest.raises(Killed):
        put(api, LONG)
    put(api, LONG)
    assert api.lines() == list(range(1, 121))
    assert len(api.runs) == 1
    assert api.runs[0]["conclusion"] == "failure"


@pytest.mark.parametrize("call", ["create with 50", "update 0 with 50", "update 0 with 20"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_write_of_unknown_outcome_is_looked_up_before_it_is_repeated(moment: str, call: str) -> None:
    api = Api()
    setattr(api, moment, once(call, OutcomeUnknown("?", after=5)))
    put(api, LONG)
    assert api.lines() == list(range(1, 121))
    assert len(api.runs) == 1
    assert api.log[api.log.index("pause 1") :][1] == "find"


def test_writes_that_stay_unknown_are_left_to_the_queue() -> None:
    def lose(call: str) -> None:
        if call != "find":
            raise OutcomeUnknown("?", after=5)

    api = Api(before=lose)
    with pytest.raises(OutcomeUnknown):
        put(api, LONG)
    assert api.log.count("create with 50") == ROUNDS


def test_a_rate_limit_is_not_waited_for() -> None:
    api = Api(before=once("update 0 with 50", RetryLater("busy", after=60)))
    with pytest.raises(RetryLater):
        put(api, LONG)
    assert "pause 1" not in api.log


def test_the_older_of_two_runs_is_the_run_and_the_other_says_the_same() -> None:
    api = Api()

    def race(call: str) -> None:
        """Somebody else makes the run right before us."""
        api.before = lambda call: None
        api.runs.append({"annotations": []})

    api.before = lambda call: race(call) if call.startswith("create") else None
    assert put(api, LONG) == 0
    assert api.lines(0) == list(range(1, 121))
    assert [run["conclusion"] for run in api.runs] == ["failure", "failure"]
    assert put(api, replace(LONG, title="Again")) == 0
    assert [run["output"]["title"] for run in api.runs] == ["Again", "Again"]
    assert api.lines(0) == list(range(1, 121))


def test_a_run_that_is_not_listed_yet_is_not_lost() -> None:
    api = Api()
    api.find = lambda run: []  # type: ignore[method-assign]
    assert put(api, LONG) == 0
    assert api.lines() == list(range(1, 121))


@pytest.mark.parametrize("field_name", ["summary", "text"])
def test_texts_beyond_githubs_limit_are_the_callers_to_cut(field_name: str) -> None:
    fits = "é" * (MAX_TEXT_BYTES // 2)
    api = Api()
    put(api, replace(RUN, **{field_name: fits}))
    with pytest.raises(LimitError, match=f"the {field_name} of check run slipway has more than 65,535 bytes"):
        put(api, replace(RUN, **{field_name: fits + "é"}))
    assert len(api.runs) == 1


def test_an_annotations_own_texts_are_cut() -> None:
    api = Api()
    put(api, replace(RUN, annotations=(Annotation("a", 1, "notice", "t" * 300, "é" * 40_000),)))
    (sent,) = api.runs[0]["annotations"]
    assert len(sent["title"]) == MAX_TITLE
    assert len(sent["message"].encode()) == MAX_MESSAGE_BYTES


WRONG = [replace(RUN, conclusion=None), replace(RUN, status="in_progress"), replace(RUN, status="queued")]


@pytest.mark.parametrize("run", WRONG)
def test_a_conclusion_belongs_to_a_completed_run(run: CheckRun) -> None:
    with pytest.raises(ValueError, match="check run slipway is "):
        put(Api(), run)


def test_the_twin_fails_when_told_to_and_goes_on() -> None:
    github = MemoryGitHub()
    github.add_commit("acme/app", SHA, {})
    github.fail(4, after=17)
    with pytest.raises(RetryLater) as caught:
        github.put_check_run("acme/app", LONG)
    assert caught.value.after == 17
    assert len(github.runs[1].run.annotations) == 50
    assert github.runs[1].run.status == "in_progress"
    github.put_check_run("acme/app", LONG)
    assert github.runs[1].run == LONG
