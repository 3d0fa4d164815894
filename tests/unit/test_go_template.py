"""Templates of flux-operator written for helm."""

from __future__ import annotations

import pytest

from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.go_template import translate


@pytest.mark.parametrize(
    ("operators", "helms"),
    [
        ("plain text", "plain text"),
        ("a: << inputs >>", "a: {{ $slipway_inputs }}"),
        ("<<- true ->>", "{{- true -}}"),
        ("<<-3>>", "{{-3}}"),
        ("<</* two\nlines >> */>>x", "{{/*\n*/}}x"),
        ("<<- /* trims */ ->>", "{{- /**/ -}}"),
        ("<< inputs.a.b >>", '{{ (index (pluck "b" (index (pluck "a" $slipway_inputs) 0)) 0) }}'),
        ("<< .a >>", '{{ (index (pluck "a" .) 0) }}'),
        ("<< (list 1).a >>", '{{ (index (pluck "a" (list 1)) 0) }}'),
        ("<< dict.a >>", '{{ (index (pluck "a" (dict)) 0) }}'),
        ("<< $ >><< $.a >>", '{{ $slipway_root }}{{ (index (pluck "a" $slipway_root) 0) }}'),
        ("<< $x := 1 >><< $x >>", "{{ $x := 1 }}{{ $x }}"),
        ('<< "{{ >> }}" >>', '{{ "{{ >> }}" }}'),
        ("<< `raw\n>>` >>", "{{ `raw\n>>` }}"),
        ("{ {{ x }}", '{ {{"{{"}} x }}'),
        ("{<< 1 >>}", '{{"{"}}{{ 1 }}}'),
        ("{{{", '{{"{{{"}}'),
        ("<< inputs | toYaml | indent 2 >>", '{{ $slipway_inputs | include "slipway.toYaml" | indent 2 }}'),
        ('<< (split "/" .)._0 >>', '{{ (index (pluck "_0" (split "/" . | toJson | fromJson)) 0) }}'),
        ('<< . | split "/" | len >>', '{{ . | split "/" | toJson | fromJson | len }}'),
        ("<< if 1 >>a<< else if 2 >>b<< end >>", "{{ if 1 }}a{{ else if 2 }}b{{ end }}"),
        ("<< range . >><< break >><< end >>", "{{ range . }}{{ break }}{{ end }}"),
    ],
)
def test_a_template_is_written_with_helm_s_delimiters(operators: str, helms: str) -> None:
    assert translate(operators).body == helms


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("a\n<< inputs", "line 2: unclosed action"),
        ("<</* x >>", "unclosed comment"),
        ("<</* x */ y >>", "comment ends before closing delimiter"),
        ("<< inputs} >>", "bad character '}'"),
        ("<< a}} >>", "bad character '}'"),
        ("<< {{ >>", "unexpected '{' in a template"),
        ('<< "a\nb" >>', "unexpected '\"' in a template"),
        ("<< 1x >>", "bad number syntax: '1x'"),
        ("<< (list >>", "unclosed left paren"),
        ("<< list) >>", "unexpected right paren"),
        ("<< end >><< range . >>", "unexpected {{end}}"),
        ("<< else >>", "unexpected {{else}}"),
        ("<< if true >>", "if has no end"),
        ("<< break >>", "{{break}} outside {{range}}"),
        ('<< include "x" . >>', 'function "include" not defined'),
        ("<< uuidv4 >>", 'function "uuidv4" not defined'),
        ("<< .Values | sha512sum >>", 'function "sha512sum" not defined'),
    ],
)
def test_what_the_operator_refuses_is_refused(template: str, message: str) -> None:
    with pytest.raises(BuildError) as caught:
        translate(template)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ('<< define "x" >><< end >>', "templates with 'define' are not translated"),
        ('<< template "x" . >>', "templates with 'template' are not translated"),
        ("<< randInt 1 5 >>", "another number each time"),
        ("<< ago inputs.then >>", "depends on the time"),
        ('<< toDate "2006" "2026" >>', "time zone"),
        ("<< $slipway_root := 1 >>", "a name that Slipway needs for itself"),
    ],
)
def test_what_cannot_be_translated_is_not_rendered(template: str, message: str) -> None:
    with pytest.raises(NotFetched) as caught:
        translate(template)
    assert message in caught.value.message
