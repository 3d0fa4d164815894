"""ResourceSets, expanded by our code and by flux-operator's own command line."""

from __future__ import annotations

import random
import subprocess
import zlib
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from slipway.errors import InputError
from slipway.fleet.errors import NotFetched
from slipway.fleet.manifests import dump, load_documents
from slipway.fleet.objects import KubeObject, Location
from slipway.fleet.resource_inputs import stand_in
from slipway.fleet.resource_set import ResourceSets
from slipway.tools.helm import Helm
from slipway.tools.layer import find_tool
from tests.interop.operator_cases import SetCase, generated, written
from tests.interop.reference import PROGRAMS

CASES = 500
SEED = 20261125
OPERATOR = PROGRAMS / "flux-operator"
ORIGIN = Location("", "set.yaml", 1)


@pytest.fixture(scope="module")
def sets() -> ResourceSets:
    return ResourceSets(Helm(find_tool("helm")))


def test_written_sets_are_expanded_as_the_operator_does(sets: ResourceSets, tmp_path: Path) -> None:
    outcomes, differing = _compared(sets, list(written()), tmp_path)
    assert differing[:3] == []
    assert outcomes["same"] > 150
    assert outcomes["refused"] > 50
    assert outcomes["not rendered"] < 15


def test_generated_sets_are_expanded_as_the_operator_does(sets: ResourceSets, tmp_path: Path) -> None:
    outcomes, differing = _compared(sets, list(generated(random.Random(SEED), CASES)), tmp_path)
    assert differing[:3] == []
    assert outcomes["same"] > CASES * 0.3
    assert outcomes["refused"] > CASES * 0.1
    assert outcomes["not rendered"] < CASES * 0.05


def _compared(sets: ResourceSets, cases: list[SetCase], scratch: Path) -> tuple[Counter[str], list[Any]]:
    def compare(numbered: tuple[int, SetCase]) -> tuple[str, Any]:
        index, case = numbered
        ours, theirs = _ours(sets, case), _theirs(case, scratch / str(index))
        if isinstance(ours, str) and ours.startswith("not rendered"):
            return "not rendered", None
        refused = [isinstance(one, str) for one in (ours, theirs)]
        if all(refused):
            return "refused", None
        return ("same", None) if ours == theirs else ("different", (case, ours, theirs))

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(compare, enumerate(cases)))
    return Counter(outcome for outcome, _ in found), [what for outcome, what in found if outcome == "different"]


def _ours(sets: ResourceSets, case: SetCase) -> list[Any] | str:
    providers = [KubeObject(one, ORIGIN) for one in case.providers]
    try:
        expansion = sets.expand(
            KubeObject(case.resource_set, ORIGIN), {one.key: one for one in providers}.get, providers
        )
    except NotFetched as err:
        return f"not rendered: {err.message}"
    except InputError as err:
        return f"refused: {err.message}"
    return [obj.value for obj in expansion.objects] or "refused: the command line calls it an error to make nothing"


def _theirs(case: SetCase, directory: Path) -> list[Any] | str:
    directory.mkdir()
    (directory / "set.yaml").write_text(dump(case.resource_set))
    arguments = [OPERATOR, "build", "rset", "-f", "set.yaml"]
    if case.providers:
        (directory / "providers.yaml").write_text("---\n".join(map(dump, case.providers)))
        arguments.append("--inputs-from-provider=providers.yaml")
    environment = {"HOME": str(directory), "PATH": "/nonexistent", "KUBECONFIG": "/dev/null"}
    done = subprocess.run(arguments, cwd=directory, env=environment, capture_output=True, check=False)
    if done.returncode != 0:
        return f"refused: {done.stderr.decode(errors='replace')}"
    return [
        document.value for document in load_documents(_with_stand_ins(done.stdout.decode(), case.providers).encode())
    ]


def _with_stand_ins(output: str, providers: Iterable[Any]) -> str:
    """With our word for each id: the command line makes it of the name, the operator of the UID."""
    for one in providers:
        name = one["metadata"]["name"]
        output = output.replace(str(zlib.adler32(name.encode())), stand_in(name))
    return output
