"""Custom objects against the definitions that land on the same cluster."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.checks.definitions import SEVERAL_WHY
from slipway.checks.finding import Finding, NotValidated
from slipway.checks.lines import Lines
from slipway.checks.subject import Subject
from slipway.checks.validity import HELM_WHY, NO_SCHEMA_WHY, VARIABLE_WHY, validity_findings
from slipway.fleet.manifests import dump
from slipway.fleet.model import Cluster, Expanded, Fleet
from slipway.fleet.objects import KubeObject
from slipway.fleet.settings import Settings
from tests.unit.composites import composite_definition
from tests.unit.small_fleets import TODAY, at, checked, findings, helm_release, kustomization, schemas, sync, tree_of

CRD = "clusters/staging/crd.yaml"
APP = "clusters/staging/app.yaml"
TEXT = {"type": "string"}
WIDGET = """\
apiVersion: acme.example/v1
kind: Widget
metadata: {name: web, namespace: default}
spec:
"""


def schema(**fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"spec": {"type": "object", "properties": fields}}}


def definition(*versions: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The CRD of a Widget, whose only version has these fields if it names none."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.acme.example"},
        "spec": {
            "group": "acme.example",
            "scope": "Namespaced",
            "names": {"kind": "Widget", "plural": "widgets"},
            "versions": _stored(versions or (version("v1", **fields),)),
        },
    }


def _stored(versions: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
    """A CRD stores one version: the last here."""
    return [{**each, "storage": each is versions[-1]} for each in versions]


def version(name: str, *, served: bool = True, **fields: Any) -> dict[str, Any]:
    return {"name": name, "served": served, "schema": {"openAPIV3Schema": schema(**fields)}}


def crd(**fields: Any) -> str:
    return dump(definition(**fields))


SIZED = crd(size={"type": "integer"}, mode={**TEXT, "enum": ["fast"]})


@pytest.mark.parametrize(
    ("spec", "line", "message"),
    [
        ("  size: small\n", 5, 'spec.size: expected integer, got string "small"'),
        ("  mode: fast\n  sise: 3\n", 6, 'spec.sise: unknown field (did you mean "size"?)'),
        ("  mode: slow\n", 5, 'spec.mode: "slow" is not one of "fast"'),
    ],
    ids=["a wrong type", "an unknown field", "a value that is not taken"],
)
def test_what_a_definition_does_not_take_is_an_error_on_its_line(spec: str, line: int, message: str) -> None:
    [finding] = findings({CRD: SIZED, APP: WIDGET + spec})

    assert (finding.rule.id, finding.where, finding.message) == ("SLW201", at(APP, line), message)


def test_a_sound_object_is_validated() -> None:
    assert findings({CRD: SIZED, APP: WIDGET + "  size: 3\n"}) == []
    assert reasons({CRD: SIZED, APP: WIDGET + "  size: 3\n"}) == {}


def reasons(files: dict[str, str]) -> dict[str, str]:
    """Why which kinds are not validated, but those of Flux."""
    verdict = checked(tree_of({**sync("staging"), **files}))
    assert not [finding for finding in verdict.findings if finding.rule.id.startswith("SLW2")]
    items = [item for item in verdict.not_validated if ".toolkit.fluxcd.io/" not in item.what]
    return {item.what: item.why for item in items if not item.what.startswith("variable ")}


def test_a_definition_that_a_kustomization_brings_counts() -> None:
    files = {"clusters/staging/crds.yaml": kustomization("crds"), "apps/crds/crd.yaml": SIZED}

    # That the two come in the wrong order is another matter.
    [finding] = findings({**files, APP: WIDGET + "  size: small\n"}, "SLW2")

    assert finding.rule.id == "SLW201"


def test_a_definition_on_another_cluster_does_not_count() -> None:
    files = {**sync("staging"), **sync("other"), "clusters/other/crd.yaml": SIZED, APP: WIDGET + "  size: small\n"}

    verdict = checked(tree_of(files))

    assert verdict.findings == ()
    assert {item.why for item in verdict.not_validated if "acme" in item.what} == {NO_SCHEMA_WHY}


def test_each_cluster_is_judged_by_its_own_definition() -> None:
    files = {**sync("old"), **sync("new"), "shared/widget.yaml": WIDGET + "  size: small\n"}
    for cluster, size in (("old", TEXT), ("new", {"type": "integer"})):
        files[f"clusters/{cluster}/crd.yaml"] = crd(size=size)
        files[f"clusters/{cluster}/kustomization.yaml"] = (
            "resources: [flux-system/gotk-sync.yaml, crd.yaml, ../../shared/widget.yaml]\n"
        )

    [finding] = checked(tree_of(files)).findings

    assert finding.clusters == ("new",)


@pytest.mark.parametrize(
    ("versions", "use"),
    [
        ([version("v1", served=False), version("v2")], "; use acme.example/v2"),
        ([version("v2"), version("v3")], "; use acme.example/v2 or acme.example/v3"),
        ([version("v1", served=False)], ", which serves no version"),
    ],
    ids=["not any more", "not at all", "none"],
)
def test_a_version_that_the_definition_does_not_serve_is_an_error(versions: list[dict[str, Any]], use: str) -> None:
    [finding] = findings({CRD: dump(definition(*versions)), APP: WIDGET + "  size: 3\n"})

    by = "CustomResourceDefinition widgets.acme.example"
    assert (finding.rule.id, finding.where) == ("SLW202", at(APP, 1))
    assert finding.message == f"apiVersion: acme.example/v1 Widget is not served by {by}{use}"


def test_a_version_is_judged_by_its_own_schema() -> None:
    both = dump(definition(version("v1", size=TEXT), version("v2", size={"type": "integer"})))

    [finding] = findings({CRD: both, APP: WIDGET.replace("/v1", "/v2") + "  size: small\n"})

    assert finding.rule.id == "SLW201"
    assert findings({CRD: both, APP: WIDGET + "  size: small\n"}) == []


def test_a_value_that_only_the_cluster_knows_is_not_validated() -> None:
    files = {
        CRD: crd(size={"type": "integer"}, by={"type": "object", "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}),
        "clusters/staging/web.yaml": kustomization(
            "web", postBuild={"substituteFrom": [{"kind": "ConfigMap", "name": "cluster-info"}]}
        ),
        "apps/web/app.yaml": WIDGET + "  size: ${size}\n  by: {c: '${c}'}\n",
    }

    assert reasons(files) == {"acme.example/v1 Widget": VARIABLE_WHY}


def test_definitions_that_differ_do_not_count() -> None:
    files = {"clusters/staging/crds.yaml": kustomization("crds"), "apps/crds/crd.yaml": crd(size=TEXT)}

    why = reasons({**files, CRD: SIZED, APP: WIDGET + "  size: small\n"})

    assert why == {"acme.example/v1 Widget": SEVERAL_WHY}


def test_a_definition_that_is_brought_twice_counts() -> None:
    files = {"clusters/staging/crds.yaml": kustomization("crds"), "apps/crds/crd.yaml": SIZED}

    [finding] = findings({**files, CRD: SIZED, APP: WIDGET + "  size: small\n"}, "SLW2")

    assert finding.rule.id == "SLW201"


def test_a_schema_that_cannot_be_used_is_named() -> None:
    why = reasons({CRD: crd(size={"type": "string", "pattern": "("}), APP: WIDGET + "  size: small\n"})

    [text] = why.values()
    assert text.startswith("the schema in its CustomResourceDefinition cannot be used: openAPIV3Schema ")


def release_findings(value: dict[str, Any]) -> tuple[list[Finding], dict[str, str]]:
    """What is said about an object of a chart."""
    owner = KubeObject({"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease"}, at(APP))
    release = Expanded(owner, "staging", "staging", ())
    landed = [(KubeObject(each, at(APP)), release) for each in (definition(size={"type": "integer"}), value)]
    cluster = Cluster("staging", "1.35", version_known=True, landed=landed)  # type: ignore[arg-type]
    tree = tree_of({APP: helm_release("web")})
    fleet, lines = Fleet({"staging": cluster}, (), ()), Lines([tree])
    subject = Subject(fleet, tree, [tree], Settings(), lines, schemas(), TODAY, policy_root=tree)
    results = list(validity_findings(subject))
    found = [result for result in results if isinstance(result, Finding)]
    return found, {item.what: item.why for item in results if isinstance(item, NotValidated)}


def widget(**spec: Any) -> dict[str, Any]:
    metadata = {"name": "web", "namespace": "default"}
    return {"apiVersion": "acme.example/v1", "kind": "Widget", "metadata": metadata, "spec": spec}


def test_a_wrong_value_in_a_chart_is_an_error() -> None:
    [finding], _ = release_findings(widget(size="small"))

    assert finding.message.startswith("spec.size: expected integer")


def test_an_unknown_field_in_a_chart_is_none_because_helm_may_drop_it() -> None:
    assert release_findings(widget(sise=3)) == ([], {"acme.example/v1 Widget": HELM_WHY})


XRD = composite_definition("v1", spec={"type": "object", "properties": {"range": TEXT}})


@pytest.mark.parametrize(
    ("kind", "namespace"), [("XNetwork", ""), ("Network", ", namespace: default")], ids=["a composite", "a claim"]
)
def test_what_a_composite_resource_definition_defines_is_validated(kind: str, namespace: str) -> None:
    network = f"apiVersion: acme.example/v1\nkind: {kind}\nmetadata: {{name: main{namespace}}}\nspec:\n  rnage: a\n"

    [finding] = findings({CRD: dump(XRD), APP: network})

    assert (finding.rule.id, finding.where) == ("SLW201", at(APP, 5))
    assert finding.message == 'spec.rnage: unknown field (did you mean "range"?)'
