"""Builds in worker processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from slipway.fleet.errors import BuildError
from slipway.tools import kubectl
from slipway.tools.workers import Workers, available

pytestmark = pytest.mark.skipif(
    not available(), reason="no build of the library for this platform: kubectl does it all"
)

SERVICE = b"apiVersion: v1\nkind: Service\nmetadata: {name: b, namespace: n}\nspec: {ports: [{port: 80}]}\n"
OVERLAY = {
    "base/kustomization.yaml": b"resources: [b.yaml]\nconfigMapGenerator: [{name: g, literals: [a=b, 'c=d: e']}]\n",
    "base/b.yaml": SERVICE,
    "over/kustomization.yaml": b"resources: [../base]\nnamePrefix: x-\nbuildMetadata: [originAnnotations]\n"
    b'patches: [{target: {kind: Service}, patch: \'[{"op": "add", "path": "/spec/type", "value": "NodePort"}]\'}]\n',
}


class Counting:
    """The reference engine, counting."""

    def __init__(self) -> None:
        self._kubectl = kubectl.Kubectl(kubectl.find())
        self.version = self._kubectl.version
        self.builds = 0

    def build(self, files: Mapping[str, bytes], directory: str) -> str:
        self.builds += 1
        return self._kubectl.build(files, directory)


@pytest.fixture
def reference() -> Counting:
    return Counting()


@pytest.fixture
def workers(reference: Counting) -> Iterator[Workers]:
    pool = Workers(reference, 2)
    yield pool
    pool.close()


def test_a_worker_gives_the_bytes_of_the_reference(workers: Workers, reference: Counting) -> None:
    output = workers.build(OVERLAY, "over")
    assert reference.builds == 0
    assert output == reference.build(OVERLAY, "over")


def test_what_a_worker_refuses_is_refused_in_the_words_of_the_reference(workers: Workers, reference: Counting) -> None:
    files = {"kustomization.yaml": b"resources: [gone.yaml]\n"}
    with pytest.raises(BuildError) as theirs:
        reference.build(files, "")
    with pytest.raises(BuildError) as ours:
        workers.build(files, "")
    assert str(ours.value) == str(theirs.value)


def test_one_build_leaves_nothing_for_the_next(workers: Workers) -> None:
    workers.build(OVERLAY, "over")
    with pytest.raises(BuildError, match="base"):
        workers.build({"over/kustomization.yaml": OVERLAY["over/kustomization.yaml"]}, "over")


def test_a_worker_that_dies_costs_no_build(reference: Counting) -> None:
    pool = Workers(reference, 1)
    try:
        first = pool.build(OVERLAY, "over")
        worker = pool._idle.get_nowait()
        assert worker
        os.kill(worker._process.pid, signal.SIGKILL)
        worker._process.wait()
        pool._idle.put(worker)
        assert pool.build(OVERLAY, "over") == first
        assert pool.build(OVERLAY, "over") == first
        assert reference.builds == 1  # the one that the dead worker could not do; the last had a new worker
    finally:
        pool.close()


def test_builds_run_side_by_side(workers: Workers, reference: Counting) -> None:
    with ThreadPoolExecutor(4) as threads:
        outputs = list(threads.map(lambda _: workers.build(OVERLAY, "over"), range(12)))
    assert len(set(outputs)) == 1
    assert reference.builds == 0


def test_a_worker_sees_nothing_of_our_environment(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    workers.build(OVERLAY, "over")
    worker = workers._idle.get_nowait()
    assert worker
    with open(f"/proc/{worker._process.pid}/environ", "rb") as file:  # noqa: PTH123 - a file of the kernel
        assert b"hidden" not in file.read()
    workers._idle.put(worker)
