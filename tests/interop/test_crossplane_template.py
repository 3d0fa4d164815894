"""The Crossplane part of the templates: composed by Crossplane and its functions, and judged by the real CRDs."""

from __future__ import annotations

import copy
import functools
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from slipway.tools import kubectl
from tests.interop.crossplane_render import Crossplane, missing, running
from tests.interop.real_crds import crd_of, schema_of
from tests.interop.reference import CustomCase, FluxReference
from tests.templates.crossplane_cases import (
    API,
    ONLY_ON_CLUSTER,
    RESOURCE_NAME,
    ROOT,
    VARIABLES,
    Case,
    Normal,
    cases,
    normal,
)
from tests.templates.test_crossplane import composed

Object = dict[str, Any]
CASES = list(cases())
FOLDERS = sorted(
    path.parent for path in ROOT.rglob("kustomization.yaml") if "kind: Component\n" not in path.read_text()
)
BUILT_IN = ("v1", "admissionregistration.k8s.io/v1")
"""API versions that the API server knows by itself: tests/templates has Slipway's schemas judge them."""


@functools.cache
def built(folder: Path) -> tuple[Object, ...]:
    """What `kubectl kustomize` makes of a folder, with variables substituted."""
    command = [kubectl.find(os.environ), "kustomize", folder]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
    text = re.sub(r"\$\{(\w+)\}", lambda found: VARIABLES[found[1]], done.stdout)
    return tuple(yaml.load_all(text, yaml.CSafeLoader))


def _of_kind(kind: str) -> dict[str, Object]:
    """Objects of a kind by name, of the hub and the spoke."""
    both = (*built(ROOT / "hub"), *built(ROOT / "spoke"))
    return {obj["metadata"]["name"]: obj for obj in both if obj["kind"] == kind}


def _xrds() -> dict[str, Object]:
    return {xrd["spec"]["names"]["kind"]: xrd for xrd in _of_kind("CompositeResourceDefinition").values()}


@pytest.fixture(scope="module")
def crossplane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crossplane]:
    if absent := missing():
        pytest.skip(f"not built: {', '.join(absent)} (make test-interop says why)")
    with running(tmp_path_factory.mktemp("crossplane")) as one:
        yield one


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_crossplane_composes_what_slipway_composes(case: Case, crossplane: Crossplane) -> None:
    top = {**copy.deepcopy(case.obj), "status": dict(ONLY_ON_CLUSTER)} if case.kind == "EKSCluster" else case.obj

    assert dict(_rendered(top, "", crossplane)) == composed(case)


def _rendered(composite: Object, way: str, crossplane: Crossplane) -> Iterator[tuple[str, Object]]:
    """What is composed of a composite, and of what that is composed of."""
    xrd = _xrds()[composite["kind"]]
    chosen = composite["spec"].get("crossplane", {}).get("compositionRef", xrd["spec"].get("defaultCompositionRef"))
    for obj in crossplane.render(composite, _of_kind("Composition")[chosen["name"]], xrd):
        name = way + obj["metadata"]["annotations"][RESOURCE_NAME]
        yield name, normal(obj)
        if obj["apiVersion"] == API:
            obj["metadata"]["name"] = name
            yield from _rendered(obj, f"{name}.", crossplane)


def test_nothing_is_composed_in_the_cluster_before_it_answers(crossplane: Crossplane) -> None:
    case = next(case for case in CASES if case.name == "nodes-two-zones-single")

    early = {obj["kind"] for obj in _without_status(case, crossplane)}
    assert {"Cluster", "Role", "ClusterNetwork", "LaunchTemplate"} <= early
    assert not early & {"NodeGroup", "Addon", "ClusterAccess", "PodIdentity", "ConfigMap"}


def _without_status(case: Case, crossplane: Crossplane) -> list[Object]:
    return crossplane.render(case.obj, _of_kind("Composition")["cluster-nodes"], _xrds()["EKSCluster"])


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_manifests_are_what_the_projects_crds_take(folder: Path, flux: FluxReference) -> None:
    assert _objections(list(built(folder)), flux) == []


def test_the_api_server_takes_the_definitions(flux: FluxReference) -> None:
    xrds = list(_xrds().values())

    assert flux.crd_objections([crd_of(xrd) for xrd in xrds]) == [[]] * len(xrds)


def _changed(**changes: Any) -> Object:
    """The usual cluster with fields set, `network.cidr` as `network__cidr`; None leaves a field out."""
    found = copy.deepcopy(next(case for case in CASES if case.name == "nodes-two-zones-single").obj)
    for path, value in changes.items():
        *way, last = path.split("__")
        at = functools.reduce(
            lambda node, step: node.setdefault(step, {}), way, found if way[:1] == ["metadata"] else found["spec"]
        )
        if value is None:
            del at[last]
        else:
            at[last] = value
    return found


ZONES = ["eu-west-1a", "eu-west-1b"]
NODES = {"size": "small", "min": 2, "max": 4, "workload": "general"}
REFUSED: list[tuple[Object, Object | None, str]] = [
    (_changed(metadata__name="Staging"), None, "lower case letters"),
    (_changed(metadata__name="a-name-that-no-role-has-room-for"), None, "2 to 24"),
    (_changed(nodes={**NODES, "min": 5}), None, "min is more than max"),
    (_changed(network__cidr="10.1.0.0/20"), None, "should match"),
    (_changed(network__cidr="8.8.0.0/16"), None, "should match"),
    (_changed(network__cidr=None), None, "either cidr and availabilityZones"),
    (_changed(network__availabilityZones=ZONES[:1]), None, "at least 2"),
    (_changed(network__availabilityZones=[ZONES[0], ZONES[0]]), None, "each zone once"),
    (_changed(publicAccessCidrs=["198.51.100.0/24"]), None, "are for endpointAccess public"),
    (_changed(tags={"slipway:cluster": "other"}), None, "are taken"),
    (_changed(kubernetesVersion="1.3"), None, "should match"),
    (_changed(regoin="eu-west-1"), None, "unknown field"),
    (_changed(region="cn-north-1"), None, "partition aws only"),
    (_changed(region="us-gov-west-1"), None, "partition aws only"),
    (_changed(region="eu-west-2"), _changed(), "another region"),
    (_changed(accountId="444455556666"), _changed(), "another account"),
    (_changed(network__cidr="10.99.0.0/16"), _changed(), "cannot change"),
    (_changed(network__availabilityZones=[*reversed(ZONES)]), _changed(), "cannot move to other zones"),
    (_changed(kubernetesVersion="1.37"), _changed(), "one minor version at a time"),
    (_changed(nodes={**NODES, "workload": "gpu"}), _changed(nodes=NODES), "keeps its kind of image"),
]
TAKEN: list[tuple[Object, Object]] = [
    (_changed(network__availabilityZones=[*ZONES, "eu-west-1c"]), _changed()),
    (_changed(network__natGateways="perZone"), _changed()),
    (_changed(kubernetesVersion="1.36"), _changed()),
    (_changed(kubernetesVersion="1.34"), _changed()),
    (_changed(nodes={**NODES, "size": "large", "max": 9}), _changed(nodes=NODES)),
    (_changed(deletionProtection=False), _changed()),
]


@pytest.mark.parametrize(("obj", "old", "told"), REFUSED, ids=lambda value: value if isinstance(value, str) else "")
def test_what_cannot_be_is_refused(obj: Object, old: Object | None, told: str, flux: FluxReference) -> None:
    if old is None:
        said = [detail for *_, detail in _objections([obj], flux)]
    else:
        said = _refused(obj, old, flux)

    assert len(said) == 1, said
    assert told in said[0]


def test_what_can_be_changed_is_taken(flux: FluxReference) -> None:
    assert [_refused(obj, old, flux) for obj, old in TAKEN] == [[]] * len(TAKEN)


def _refused(obj: Object, old: Object, flux: FluxReference) -> list[str]:
    case = CustomCase(_schema(obj["kind"]), obj, old)
    return [one.detail for one in flux.refused([case])[0]]


def test_a_policy_names_its_actions(flux: FluxReference) -> None:
    case = next(case for case in CASES if case.name == "application")
    everything = copy.deepcopy(case.obj)
    everything["spec"]["policy"]["Statement"][0]["Action"] = ["dynamodb:*"]

    assert [detail for *_, detail in _objections([everything], flux)] == [
        "name the actions; a whole service is more than anything needs"
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_composed_is_what_the_real_crds_take(case: Case, flux: FluxReference) -> None:
    objects: Normal = {**composed(case), "": case.obj}

    assert _objections(list(objects.values()), flux) == []


def _objections(objects: list[Object], flux: FluxReference) -> list[tuple[str, str, str]]:
    pairs = []
    for obj in objects:
        if obj["apiVersion"] in BUILT_IN:
            continue
        if obj["apiVersion"] == API:
            schema = _schema(obj["kind"])
        else:
            schema = schema_of(obj["apiVersion"], obj["kind"])
        pairs.append((schema, obj))
    return [
        (obj["kind"], one.field, one.detail)
        for (_, obj), found in zip(pairs, flux.objections(pairs), strict=True)
        for one in found
    ]


@functools.cache
def _schema(kind: str) -> Object:
    """Of a kind of ours, what the API server gets."""
    return dict(crd_of(_xrds()[kind])["spec"]["versions"][0]["schema"]["openAPIV3Schema"])
