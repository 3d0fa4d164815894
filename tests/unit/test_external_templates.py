"""Templates of External Secrets, as far as they are read."""

from __future__ import annotations

import pytest

from slipway.checks.secrets.external_templates import NoProperty, NotRead, execute

PROPERTIES = {"crt": "C", "key": "K", "slot": "a", "tls.crt": "T", "empty": ""}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("active", "active"),
        ("{{ .crt }}{{.key}}", "CK"),
        ("x\n  {{- .crt -}}  y", "xCy"),
        ('{{ index . "tls.crt" }}', "T"),
        ('{{ index . "nothing" }}', ""),
        ('{{ if eq .slot "a" }}one{{ else }}two{{ end }}', "one"),
        ('{{ if eq .slot "b" `c` }}one{{ else if ne .crt .key }}two{{ else }}three{{ end }}', "two"),
        ('{{ if or (eq .slot "b") (eq .crt .key) }}one{{ end }}', ""),
        ('{{ if and (eq .slot "a") (not .empty) }}one{{ end }}', "one"),
        ('{{ if eq .slot "b" }}{{ if true }}one{{ else }}two{{ end }}{{ else }}three{{ end }}', "three"),
        ('{{ if eq .slot "b" }}{{ .nothing }}{{ end }}', ""),
        ("{{ if .empty }}{{ else if .crt }}yes{{ else if .nothing }}no{{ end }}", "yes"),
        ('{{/* why */}}{{ eq .slot "a" }}', "true"),
        ('{{ "a \\"text\\"" }}', 'a "text"'),
    ],
)
def test_it_comes_to_what_go_makes_of_it(template: str, text: str) -> None:
    assert execute(template, PROPERTIES) == text


@pytest.mark.parametrize(
    "template",
    [
        "{{ .crt | b64dec }}",
        "{{ range . }}{{ end }}",
        "{{ if .crt }}",
        "{{ end }}",
        "{{ else }}",
        "{{ if .crt }}{{ else }}{{ else }}{{ end }}",
        "{{ if .crt }}{{ else with .key }}{{ end }}",
        "{{ b64dec .crt }}",
        "{{ .a.b }}",
        "{{ if or .crt .nothing }}{{ end }}",
        "{{ . }}",
        "{{ }}",
        "{{ eq .crt }}",
        "{{ (eq .crt .key }}",
        "{{ index .crt 0 }}",
        "{{ $x }}",
        '{{ "\\x41" }}',
        "{{ .crt",
    ],
)
def test_what_is_not_read_is_not_guessed(template: str) -> None:
    with pytest.raises(NotRead):
        execute(template, PROPERTIES)


def test_a_property_that_is_not_there_fails() -> None:
    with pytest.raises(NoProperty, match="otherCrt"):
        execute("{{ .otherCrt }}", PROPERTIES)
