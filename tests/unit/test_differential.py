"""What we build is what `kubectl kustomize` builds, byte for byte, over trees made at random.

`SLIPWAY_EXAMPLES=2000 pytest tests/unit/test_differential.py` tries other and more trees than `make test` does.
"""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, assume, given, settings

from slipway.errors import InputError
from slipway.fleet.errors import BuildError
from slipway.fleet.kustomize import Builder, Plan, plan_build
from slipway.fleet.manifests import dump
from slipway.fleet.objects import Location
from slipway.fleet.tree import Tree
from slipway.tools import divergence, workers
from slipway.tools.kubectl import Kubectl, find
from tests.generators.cases import Case, cases

EXAMPLES = int(os.environ.get("SLIPWAY_EXAMPLES", "60"))
"""Trees for each test."""

many = settings(
    max_examples=EXAMPLES,
    derandomize="SLIPWAY_EXAMPLES" not in os.environ,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@dataclass
class Reference:
    """`kubectl kustomize`, which does each build once."""

    kubectl: Kubectl
    asked: int = 0
    """How often it was asked as an engine."""
    _outcomes: dict[str, str | BuildError] = field(default_factory=dict)

    @property
    def version(self) -> str:
        return self.kubectl.version

    def build(self, files: Mapping[str, bytes], directory: str) -> str:
        self.asked += 1
        outcome = self.outcome(Plan(directory, files, keep_origin=True))
        if isinstance(outcome, BuildError):
            raise outcome
        return outcome

    def outcome(self, plan: Plan) -> str | BuildError:
        """The output, or the error."""
        digest = plan.digest("")
        if digest not in self._outcomes:
            self._outcomes[digest] = _outcome(self.kubectl, plan)
        return self._outcomes[digest]


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference(Kubectl(find()))


@pytest.fixture(scope="module")
def engine(reference: Reference) -> Iterator[workers.Workers | Reference]:
    """What an installation here would build with."""
    if not workers.available():
        yield reference
        return
    pool = workers.Workers(reference, 1)
    yield pool
    pool.close()


def test_workers_give_the_bytes_and_the_errors_of_kubectl(engine: workers.Workers, reference: Reference) -> None:
    by_workers = built = 0

    @many
    @given(cases())
    def compare(case: Case) -> None:
        nonlocal by_workers, built
        plan = _plan(case)
        theirs = reference.outcome(plan)
        asked = reference.asked
        ours = _outcome(engine, plan)
        assert _text(ours) == _text(theirs)
        built += isinstance(theirs, str)
        by_workers += reference.asked == asked

    compare()
    assert built > EXAMPLES / 4
    assert by_workers > EXAMPLES / 10 or not workers.available()


def test_asking_for_origins_leaves_no_trace(engine: workers.Workers, reference: Reference) -> None:
    @many
    @given(cases())
    def compare(case: Case) -> None:
        assert _built(engine, case) == _text(reference.outcome(_plan(case).without_origins()))

    compare()


TRACES = {
    "an annotation is added where there are none": ("", "add, path: /metadata/annotations/a, value: b"),
    "annotations are copied": ("annotations: {b: c}", "copy, from: /metadata/annotations, path: /metadata/labels"),
    "metadata are copied": ("annotations: {b: c}", "copy, from: /metadata, path: /spec"),
    "an annotation is a number": ("annotations: {b: 1e3}", "add, path: /new, value: 1"),
    "an annotation is null": ("annotations: {b: }", "add, path: /new, value: 1"),
    "annotations are empty": ("annotations: {}", "add, path: /new, value: 1"),
    "annotations are text": ("annotations: text", "add, path: /new, value: 1"),
    "annotations are an alias": ("labels: &common {b: c}, annotations: *common", "add, path: /new, value: 1"),
}


@pytest.mark.parametrize("field", ["patches", "patchesJson6902"])
@pytest.mark.parametrize("name", TRACES)
def test_asking_for_origins_leaves_no_trace_in_metadata(
    engine: workers.Workers, reference: Reference, name: str, field: str
) -> None:
    metadata, operation = TRACES[name]
    patch = {"target": {"version": "v1", "kind": "ConfigMap", "name": "a"}, "patch": _lines(f"- op: {operation}")}
    resource = _lines(f"# a comment\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a, {metadata}\n")
    files = {"a.yaml": resource, "kustomization.yaml": dump({"resources": ["a.yaml"], field: [patch]})}
    case = Case({path: text.encode() for path, text in files.items()}, "", {}, {})
    assert _built(engine, case) == _text(reference.outcome(_plan(case).without_origins()))
    if "none" in name and field == "patchesJson6902":
        return  # it is refused
    [built] = Builder(engine).build(Tree(case.files), "", {})
    # Of annotations that are no mapping, kustomize makes an error when it is asked for origins.
    expected = Location("", "kustomization.yaml", 1) if "text" in name else Location("", "a.yaml", 2)
    assert built.origin == expected


@pytest.mark.parametrize("patch", ["# turned off\n", "---\n# a\n---\n", "null", "{}", "[]", "\n"])
@pytest.mark.parametrize("target", [{}, {"target": {"kind": "ConfigMap"}}], ids=["untargeted", "targeted"])
def test_a_patch_that_holds_nothing_is_passed_over(
    engine: workers.Workers, patch: str, target: Mapping[str, object]
) -> None:
    kustomization = {"resources": ["a.yaml"], "patches": [{"patch": patch, **target}, {"path": "p.yaml", **target}]}
    files = {"a.yaml": CONFIG_MAP, "p.yaml": patch.encode(), "kustomization.yaml": dump(kustomization).encode()}
    base = {f"base/{path}": data for path, data in files.items()}
    alone = {"a.yaml": CONFIG_MAP, "kustomization.yaml": b"resources: [a.yaml]\n"}
    expected = _built(engine, Case(alone, "", {}, {}))
    assert _built(engine, Case(files, "", {}, {})) == expected
    assert _built(engine, Case({**base, "kustomization.yaml": b"resources: [base]\n"}, "", {}, {})) == expected


CONFIG_MAP = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v}\n"
STATEFUL_SET = b"""\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: a}
spec:
  template: {spec: {containers: [{name: a, image: 'a@sha512:00'}]}}
  volumeClaimTemplates: [{metadata: {name: data}}]
"""
CRON_JOB = b"""\
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec: {jobTemplate: {spec: {template: {spec: {volumes: [{name: v, image: {reference: a}}]}}}}}
"""
POLICY = b"apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: a}\n"
SECRET = b"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {text: v}\n"
NOTED = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {%s}}\n"
DIVERGENT: dict[str, tuple[bytes, bytes]] = {
    "replacements": (
        b"replacements:\n- source: {kind: ConfigMap, name: a}\n"
        b"  targets: [{select: {name: '[a-z]'}, fieldPaths: [data.k]}]",
        CONFIG_MAP,
    ),
    "managedByLabel": (b"buildMetadata: [managedByLabel]", CONFIG_MAP),
    "labels of volume claims": (b"labels: [{pairs: {a: b}, includeTemplates: true}]", STATEFUL_SET),
    "a digest that is not SHA-256": (b"images: [{name: a, newName: b}]", STATEFUL_SET),
    "images of a CronJob's volumes": (b"images: [{name: a, newName: b}]", CRON_JOB),
    "an image that is no expression": (b"images: [{name: '[', newName: b}]", STATEFUL_SET),
    "a namespace for a policy": (b"namespace: a", POLICY),
    "a Secret with text": (b"secretGenerator: [{name: a, behavior: merge, literals: [k=w]}]", SECRET),
    "an annotation for kustomize": (b"namespace: a", NOTED % b"internal.config.kubernetes.io/helm-generated: 'true'"),
    "a key that is a number": (b"configMapGenerator: [{name: b, literals: [1=a]}]", CONFIG_MAP),
}


@pytest.mark.skipif(not workers.available(), reason="no build of the library for this platform: kubectl does it all")
@pytest.mark.parametrize("name", DIVERGENT)
def test_what_the_library_does_otherwise_is_done_by_kubectl(
    engine: workers.Workers, reference: Reference, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kustomization, resource = DIVERGENT[name]
    files = {"a.yaml": resource, "kustomization.yaml": b"resources: [a.yaml]\n" + kustomization}
    plan = Plan("", files, keep_origin=True)
    theirs = reference.outcome(plan)
    assert _text(_outcome(engine, plan)) == _text(theirs)
    monkeypatch.setattr(workers, "inputs_diverge", lambda _: False)
    monkeypatch.setattr(workers, "output_diverges", lambda _: False)
    assert _text(_outcome(engine, plan)) != _text(theirs), "the library does as kubectl does: take this off the list"


def test_the_versions_are_those_that_were_compared(reference: Reference) -> None:
    library, kustomize = divergence.COMPARED
    assert library == f"pykustomize {importlib.metadata.version('pykustomize')}"
    assert reference.version.endswith(kustomize.removeprefix("kustomize "))


def _plan(case: Case) -> Plan:
    """The build, if it gets as far as kustomize."""
    try:
        return plan_build(Tree(case.files), case.path, case.spec)
    except InputError:
        assume(False)
        raise


def _built(engine: workers.Workers | Reference, case: Case) -> str:
    """What our builder makes of it, or the message."""
    try:
        built = Builder(engine).build(Tree(case.files), case.path, case.spec)
    except InputError as err:
        return err.message
    return "---\n".join(item.text for item in built)


def _lines(text: str) -> str:
    return text.replace(", ", "\n  ")


def _text(outcome: str | BuildError) -> str:
    return outcome if isinstance(outcome, str) else outcome.message


def _outcome(engine: workers.Workers | Reference | Kubectl, plan: Plan) -> str | BuildError:
    try:
        return engine.build(plan.files, plan.directory)
    except BuildError as err:
        return err
