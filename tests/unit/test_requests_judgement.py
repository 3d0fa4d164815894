"""What a plan comes to is checked before anything is written."""

from __future__ import annotations

import re

import pytest

from slipway.checks.subject import Against
from slipway.checks.verdict import Verdict, check_fleet
from slipway.fleet.diff import FleetDiff
from slipway.fleet.render import render
from slipway.fleet.settings import load_settings
from slipway.fleet.sources import Sources
from slipway.fleet.tree import Tree
from slipway.requests.judgement import MAX_SHOWN, Rendered, judged
from slipway.requests.request import RequestError
from tests.unit.small_fleets import TODAY, builder, config_map, schemas, sync

SOUND = {**sync("staging"), "clusters/staging/a.yaml": config_map("a", size="1")}
SERVICE = (
    "apiVersion: v1\nkind: Service\nmetadata: {{name: s{0}, namespace: default}}\nspec: {{ports: [{{port: http}}]}}\n"
)
VOLUME = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: default}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"""


def judge(before: dict[str, str], after: dict[str, str]) -> FleetDiff:
    return judged(_rendered(before), _rendered(after), _check)


def test_a_sound_change_is_shown() -> None:
    diff = judge(SOUND, SOUND | {"clusters/staging/a.yaml": config_map("a", size="2")})

    assert diff.clusters == ("staging",)


def test_what_the_check_would_fail_on_is_refused_with_its_place() -> None:
    with pytest.raises(RequestError, match=r"SLW201 Service default/s1: .*port") as stopped:
        judge(SOUND, SOUND | {"clusters/staging/s.yaml": SERVICE.format(1)})
    assert [problem.quote for problem in stopped.value.problems] == ["clusters/staging/s.yaml:4"]


def test_what_was_wrong_before_is_nobodys_fault() -> None:
    wrong = SOUND | {"clusters/staging/s.yaml": SERVICE.format(1)}

    judge(wrong, wrong | {"clusters/staging/a.yaml": config_map("a", size="2")})


def test_what_is_destroyed_is_left_to_the_pull_request() -> None:
    before = SOUND | {"clusters/staging/v.yaml": VOLUME}

    assert judge(before, SOUND).clusters == ("staging",)


def test_a_refusal_is_not_endless() -> None:
    many = {f"clusters/staging/s{n:02}.yaml": SERVICE.format(n) for n in range(MAX_SHOWN + 3)}

    with pytest.raises(RequestError, match=re.escape("; and 3 more")) as stopped:
        judge(SOUND, SOUND | many)
    assert len(stopped.value.problems) == MAX_SHOWN + 1


def _rendered(files: dict[str, str]) -> Rendered:
    tree = Tree({path: text.encode() for path, text in files.items()})
    return Rendered(tree, [], render(Sources(tree, {}), builder(), load_settings(tree)).fleet)


def _check(found: Rendered, against: Against | None) -> Verdict:
    return check_fleet(
        found.fleet, found.trees, schemas(), root=found.root, against=against, builder=builder(), today=TODAY
    )
