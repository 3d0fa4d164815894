"""ResourceSets expanded with the real helm."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from slipway.errors import InputError, LimitError
from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.helm_template import Template
from slipway.fleet.manifests import load_documents
from slipway.fleet.objects import KubeObject, ObjectKey
from slipway.fleet.resource_copies import COPY_FROM
from slipway.fleet.resource_set import Expansion, ResourceSets, is_resource_set, places
from slipway.tools.helm import Helm
from slipway.tools.layer import find_tool
from tests.unit.resource_world import ORIGIN, config, known, provider, resource_set

STREAM = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n"
OFF = {"fluxcd.controlplane.io/reconcile": "disabled"}


@pytest.fixture(scope="module")
def sets() -> ResourceSets:
    return ResourceSets(Helm(find_tool("helm")))


def _expand(sets: ResourceSets, obj: KubeObject, *objects: KubeObject) -> Expansion:
    return sets.expand(obj, {one.key: one for one in objects}.get, objects)


def _data(expansion: Expansion) -> list[Any]:
    return [obj.value["data"] for obj in expansion.objects]


def test_every_template_is_rendered_with_every_set_of_inputs(sets: ResourceSets) -> None:
    resources = [config("x-<< inputs.n >>", n="<< inputs.n | quote >>"), config("y-<< inputs.n >>")]
    expansion = _expand(sets, resource_set(inputs=[{"n": 1}, {"n": 2}], resources=resources))
    assert [obj.name for obj in expansion.objects] == ["x-1", "x-2", "y-1", "y-2"]
    assert _data(expansion)[0] == {"n": "1"}
    assert expansion.objects[0].origin == ORIGIN
    assert expansion.unknown == ()


def test_all_of_a_set_is_one_run_of_helm_and_kept() -> None:
    runs: list[Template] = []

    class Counting(Helm):
        def template(self, template: Template, *, later: bool = False) -> str:
            runs.append(template)
            return super().template(template, later=later)

    counting = ResourceSets(Counting(find_tool("helm")))
    obj = resource_set(inputs=[{"n": index} for index in range(50)], resources=[config("<< inputs.n | quote >>")])
    assert len(_expand(counting, obj).objects) == 50
    assert _expand(counting, obj) == _expand(counting, obj)
    assert len(runs) == 1


def test_objects_get_the_labels_of_their_owner_and_common_metadata(sets: ResourceSets) -> None:
    common = {"labels": {"team": "a"}, "annotations": {"note": "b"}}
    [obj] = _expand(sets, resource_set(commonMetadata=common, resources=[config()])).objects
    owner = "resourceset.fluxcd.controlplane.io"
    assert obj.metadata["labels"] == {f"{owner}/name": "set", f"{owner}/namespace": "apps", "team": "a"}
    assert obj.metadata["annotations"] == {"note": "b"}


def test_the_first_of_equal_objects_stays_and_disabled_ones_go(sets: ResourceSets) -> None:
    off = config("off")
    off["metadata"]["annotations"] = OFF
    resources = [config("a", from_="<< inputs.n >>x"), off]
    obj = resource_set(inputs=[{"n": 1}, {"n": 2}], resources=resources, resourcesTemplate=STREAM + "  b: c\n")
    expansion = _expand(sets, obj)
    assert [(one.name, one.namespace) for one in expansion.objects] == [("a", "apps"), ("a", "")]
    assert _data(expansion)[0] == {"from_": "1x"}


def test_without_inputs_resources_are_taken_as_they_are(sets: ResourceSets) -> None:
    off = config("off")
    off["metadata"]["annotations"] = OFF
    expansion = _expand(sets, resource_set(resources=[off, off], resourcesTemplate=STREAM + "  all: << inputs >>\n"))
    assert [obj.name for obj in expansion.objects] == ["off", "off", "a"]
    assert _data(expansion)[2] == {"all": "map[]"}


def test_steps_come_one_after_another(sets: ResourceSets) -> None:
    steps = [{"name": "one", "resources": [config("b")]}, {"name": "two", "resourcesTemplate": STREAM}]
    assert [obj.name for obj in _expand(sets, resource_set(steps=steps)).objects] == ["b", "a"]


def test_nothing_is_made_if_providers_export_nothing(sets: ResourceSets) -> None:
    obj = resource_set(inputsFrom=[{"selector": {"matchLabels": {"a": "b"}}}], resources=[config()])
    assert _expand(sets, obj, provider("other")) == Expansion((), selects=True)


def test_ids_of_providers_are_named_where_they_are_used(sets: ResourceSets) -> None:
    obj = resource_set(
        inputsFrom=[{"name": "p"}], resources=[config("x-<< inputs.id >>", n="<< inputs.n >>"), config("y")]
    )
    expansion = _expand(sets, obj, provider("p", n="v"))
    assert [one.name for one in expansion.objects] == ["x-id-of-p", "y"]
    [(what, why)] = expansion.unknown
    assert what.startswith("'id-of-p' in ConfigMap apps/x-id-of-p (ResourceSet")
    assert why == "the id of ResourceSetInputProvider p is given by the cluster"


def test_a_schedule_decides_when_values_are_taken_over(sets: ResourceSets) -> None:
    one = provider("p", n="v")
    scheduled = KubeObject({**one.value, "spec": {**one.spec, "schedule": [{"cron": "0 8 * * *"}]}}, ORIGIN)
    expansion = _expand(
        sets, resource_set(inputsFrom=[{"name": "p"}], resources=[config(n="<< inputs.n >>")]), scheduled
    )
    assert _data(expansion) == [{"n": "v"}]
    assert "its schedule says when" in expansion.unknown[0][1]


def test_what_was_looked_for_is_told(sets: ResourceSets) -> None:
    copying = config("copy")
    copying["metadata"]["annotations"] = {COPY_FROM: "other/source"}
    obj = resource_set(inputsFrom=[{"name": "p"}], resources=[copying])
    expansion = _expand(sets, obj, provider("p"))
    assert expansion.needs == {provider("p").key, ObjectKey("", "ConfigMap", "other", "source")}
    assert not expansion.selects
    assert expansion.unknown[0][1] == "ConfigMap other/source is not in Git"


def test_variables_of_the_cluster_stay_where_they_are_text(sets: ResourceSets) -> None:
    inputs = [{"env": "${env}", "nested": {"zone": "a.${zone}"}}]
    resources = [config(e="<< inputs.env >>", z="<< inputs.nested.zone | quote >>", plain="${x}")]
    [data] = _data(_expand(sets, resource_set(inputs=inputs, resources=resources)))
    assert data == {"e": "${env}", "z": "a.${zone}", "plain": "${x}"}


@pytest.mark.parametrize(
    "text",
    [
        '<< if eq inputs.env "prod" >>x<< end >>',
        "<< inputs.env | sha256sum >>",
        '<< $e := inputs.env >><< ternary "x" "y" (eq $e "prod") >>',
        "<< range inputs.list >><< . >><< end >>",
        '<< default "x" (get inputs "env") >>',
        '<< range $k, $v := inputs.nested >><< if eq $v "a" >>x<< end >><< end >>',
        "<< inputs | toJson | sha256sum >>",
        '<< if eq "${env}" "prod" >>x<< end >>',
    ],
)
def test_variables_of_the_cluster_must_not_decide(sets: ResourceSets, text: str) -> None:
    inputs = [{"env": "${env}", "list": ["${a}"], "nested": {"zone": "${zone}"}}]
    with pytest.raises(NotFetched, match="only the cluster knows"):
        _expand(sets, resource_set(inputs=inputs, resourcesTemplate=f"{STREAM}  a: {text}\n"))


def test_a_failure_that_may_be_none_is_no_problem(sets: ResourceSets) -> None:
    obj = resource_set(inputs=[{"env": "${env}"}], resourcesTemplate=f"{STREAM}  a: {{x: << inputs.env >>}}\n")
    with pytest.raises(NotFetched, match="so this may be no error"):
        _expand(sets, obj)


@pytest.mark.parametrize(
    ("spec", "kind", "message"),
    [
        ({}, BuildError, "at least one of steps, resources or resourcesTemplate must be set"),
        ({"steps": [{"name": "a"}]}, BuildError, "step 'a': at least one of resources"),
        (
            {"steps": [{"name": "a", "resources": [config()]}], "resourcesTemplate": "x"},
            BuildError,
            "mutually exclusive",
        ),
        (
            {"steps": [{"name": name, "resources": [config()]} for name in "ab"]},
            BuildError,
            "duplicate resource ConfigMap apps/a in step 'b', already defined in 'a'",
        ),
        ({"resources": ["text"]}, BuildError, "resources[0] is no object"),
        (
            {"inputs": [{"n": 1}, {}], "resources": [config(n="<< inputs.n >>")]},
            BuildError,
            'resources[0] with set 1 of the inputs, line 3 of the template: map has no entry for key "n"',
        ),
        (
            {"inputs": [{"n": []}], "resources": [config(n="<< index inputs.n 0 >>")]},
            BuildError,
            "at <index inputs.n 0>: error calling index",
        ),
        ({"resources": [config(n="<< nope >>")]}, BuildError, 'resources[0]: line 3: function "nope" not defined'),
        ({"resourcesTemplate": "a: << 1 2 >>"}, BuildError, "resourcesTemplate, line 1 of the template"),
        ({"resourcesTemplate": "foo: bar"}, BuildError, "Object 'Kind' is missing"),
        ({"resourcesTemplate": "a: [\n"}, BuildError, "what it gives is refused"),
        ({"resourcesTemplate": "--- x\n"}, BuildError, "invalid Yaml document separator: x"),
        ({"resourcesTemplate": STREAM + "  a: b\n  a: c\n"}, NotFetched, "the operator takes the last one"),
        ({"inputs": [{"n": "ü"}], "resources": [config(n="<< slugify inputs.n >>")]}, NotFetched, "slugify of text"),
        (
            {"inputs": [{"n": "010"}], "resources": [config(n="<< int inputs.n >>")]},
            NotFetched,
            "reads '010' otherwise",
        ),
        ({"inputs": [{"n": 1}] * 101, "resources": [config()] * 100}, LimitError, "MAX_RENDERINGS"),
        ({"resources": [config()] * 1_001}, LimitError, "MAX_TEMPLATES"),
        ({"resourcesTemplate": "x" * 2_000_000}, LimitError, "MAX_OBJECT_BYTES"),
        ({"resources": [config(n='<< repeat 20000000 "x" >>')]}, LimitError, "MAX_OUTPUT_BYTES"),
    ],
)
def test_what_makes_nothing_says_why(
    sets: ResourceSets, spec: dict[str, Any], kind: type[InputError], message: str
) -> None:
    with pytest.raises(kind) as caught:
        _expand(sets, resource_set(**spec))
    assert message in caught.value.message
    assert (caught.value.file, caught.value.line) == (ORIGIN.path, ORIGIN.line)


def test_a_set_that_is_not_reconciled_is_not_rendered(sets: ResourceSets) -> None:
    with pytest.raises(NotFetched, match="turns reconciliation off"):
        _expand(sets, resource_set({"fluxcd.controlplane.io/reconcile": "Disabled"}, resources=[config()]))


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Feat/My Branch_1", "feat-my-branch_1"),
        ("a & b @ c", "a-and-b-at-c"),
        ("__a--b__", "a-b"),
        ("word-" * 20, "word-" * 11 + "word"),
    ],
)
def test_slugify_is_what_the_operator_has(sets: ResourceSets, text: str, slug: str) -> None:
    [data] = _data(_expand(sets, resource_set(inputs=[{"t": text}], resources=[config(s="<< slugify inputs.t >>")])))
    assert data == {"s": slug}


FILE = b"""\
kind: Other
---
kind: ResourceSet
spec:
  resources:
  - kind: ConfigMap
    metadata: {name: a}
  - kind: ConfigMap
  resourcesTemplate: |
    a: b
"""


def test_objects_were_written_where_their_template_is(sets: ResourceSets) -> None:
    [_, document] = load_documents(FILE)
    assert document.line == ORIGIN.line
    obj = resource_set(resources=[config("a"), config("b")], resourcesTemplate=STREAM)
    expansion = sets.expand(obj, {}.get, (), places(FILE, obj))
    assert [one.origin for one in expansion.objects] == [replace(ORIGIN, line=line) for line in (6, 8, 9)]


def test_a_file_without_the_set_says_no_more_than_its_origin() -> None:
    obj = resource_set()
    assert places(b"kind: Other\n", obj)(("spec", "resources", 0)) == ORIGIN


def test_a_resource_set_is_known_by_its_group() -> None:
    assert is_resource_set(resource_set())
    assert not is_resource_set(known({"apiVersion": "kro.run/v1", "kind": "ResourceSet"}))
