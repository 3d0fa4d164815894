"""What is known of a chart before it is rendered."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from slipway.fleet.helm_chart import pack
from slipway.fleet.helm_template import Template, Traits, questions_of, traits_in, traits_of
from tests.unit.helm_world import chart_files

NOTHING = Traits()


@pytest.mark.parametrize(
    ("text", "traits"),
    [
        ("a: {{ .Values.a }}", NOTHING),
        ("password: {{ randAlphaNum 16 | b64enc }}", Traits(random=True)),
        ('{{ $ca := genCA "x" 365 }}', Traits(random=True)),
        ("{{ $cert := genSignedCertWithKey . }}", Traits(random=True)),
        ("id: {{ uuidv4 }}", Traits(random=True)),
        ("{{ htpasswd .Values.user .Values.password }}", Traits(random=True)),
        ("# a grand old random word, brand new", NOTHING),
        ("rolled: {{ now | unixEpoch | quote }}", Traits(clock=True)),
        ("rolled: {{ (now).Unix }}", Traits(clock=True)),
        ("# do it now", NOTHING),
        ('{{- $found := lookup "v1" "Secret" .Release.Namespace "x" }}', Traits(lookup=True)),
        ('{{ (lookup $api $kind "" .name).data }}', Traits(lookup=True)),
        ("# a lookup of names", NOTHING),
        ('{{ if .Capabilities.APIVersions.Has "policy/v1" }}', Traits(api_versions=True)),
    ],
)
def test_functions_give_a_chart_its_traits(text: str, traits: Traits) -> None:
    assert traits_of(pack(chart_files({"a.yaml": text}))) == traits


def test_traits_come_from_charts_within_too() -> None:
    inner = pack(chart_files({"a.yaml": "{{ now }}"}))
    outer = {**chart_files({}), "charts/inner.tgz": inner.archive, "charts/b/templates/x.yaml": b"{{ uuidv4 }}"}
    assert traits_of(pack(outer)) == Traits(random=True, clock=True)


def test_words_of_a_readme_count_for_nothing() -> None:
    assert traits_of(pack({**chart_files({}), "README.md": b"{{ now }} randAlphaNum"})) == NOTHING


def test_values_may_be_templates_themselves() -> None:
    assert traits_in(b'{"secret": "{{ randAlphaNum 8 }}"}') == Traits(random=True)


def test_a_library_s_lookups_count_only_where_they_are_used() -> None:
    library = {
        "charts/common/Chart.yaml": b"name: common\nversion: 1.0.0\ntype: library\n",
        "charts/common/templates/_secrets.tpl": b'{{ lookup "v1" "Secret" . "x" }}{{ randAlphaNum 8 }}',
    }
    assert traits_of(pack({**chart_files({}), **library})) == Traits(random=True)
    with_use = {**chart_files({"a.yaml": '{{ lookup "v1" "Pod" "" "" }}'}), **library}
    assert traits_of(pack(with_use)) == Traits(random=True, lookup=True)


@pytest.mark.parametrize(
    ("schema", "foreign"),
    [
        (
            {"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"a": {"$ref": "#/definitions/a"}}},
            False,
        ),
        ({"properties": {"a": {"$ref": "https://example.com/a.json"}}}, True),
        ({"allOf": [{"$ref": "file:///etc/passwd"}]}, True),
        ({"$id": "http://127.0.0.1:9001/", "allOf": [{"$ref": "next"}]}, True),
        ({"$schema": "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next"}, True),
        ({"items": {"$dynamicRef": "other.json#x"}}, True),
        ({"properties": {"$ref": {"type": "string"}}}, False),
    ],
)
def test_a_schema_that_refers_elsewhere_is_noticed(schema: dict[str, Any], foreign: bool) -> None:
    files = {**chart_files({}), "charts/inner/values.schema.json": json.dumps(schema).encode()}
    assert traits_of(pack(files)).foreign_schema is foreign


@pytest.mark.parametrize(
    ("text", "groups", "anything"),
    [
        ("{{ .Values.a }} example.com", set(), False),
        ('{{ if .Capabilities.APIVersions.Has "example.com/v1/Thing" }}', {"example.com"}, False),
        ('{{ if .Capabilities.APIVersions.Has "policy/v1beta1" }}', set(), False),
        ('{{ if has "v1" .Capabilities.APIVersions }}', set(), False),
        ('{{ if $root.Capabilities.APIVersions.Has (printf "a.example.com/v1/%s" $kind) }}', {"a.example.com"}, False),
        ("{{ if .Capabilities.APIVersions.Has $version }}", set(), True),
        ("{{ range .Capabilities.APIVersions }}", set(), True),
    ],
)
def test_a_chart_s_questions_are_found_where_it_asks(text: str, groups: set[str], anything: bool) -> None:
    inner = pack(chart_files({"a.yaml": text}))
    found = questions_of(pack({**chart_files({}), "charts/inner.tgz": inner.archive}))
    assert (found.groups, found.anything) == (groups, anything)


def test_the_digest_changes_with_every_input() -> None:
    template = Template(pack(chart_files({})), "web", "apps", "{}", (), "1.35.0", (), True, True)
    changed = [
        replace(template, chart=pack(chart_files({"a.yaml": ""}))),
        replace(template, name="other"),
        replace(template, namespace="other"),
        replace(template, values='{"a":1}'),
        replace(template, settings=("a=1",)),
        replace(template, kubernetes_version="1.36.0"),
        replace(template, api_versions=("a/v1",)),
        replace(template, include_crds=False),
        replace(template, validate_values=False),
    ]
    digests = {each.digest() for each in changed}
    assert len(digests | {template.digest()}) == len(changed) + 1
    assert replace(template).digest() == template.digest()
