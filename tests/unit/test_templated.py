"""An object with gaps comes to what its text comes to, or to nothing."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.errors import InputError
from slipway.fleet.manifests import load_first_document
from slipway.fleet.substitute import substitute
from slipway.fleet.templated import MAX_VALUE, template_of

VALUES = {
    "a": "x",
    "n": "5",
    "b": "yes",
    "f": "1.50",
    "e": "1e3",
    "o": "0777",
    "arn": "arn:aws:iam::123:role/x-y_z",
    "time": "12:30:45",
    "mail": "a@b.example",
    "null": "null",
    "odd": "- a",
    "quote": "'",
    "colon": "a:",
    "empty": "",
    "lines": "a\nb",
    "long": "x" * (MAX_VALUE + 1),
}


def _by_text(text: str, values: dict[str, str]) -> Any:
    try:
        return load_first_document(substitute(text, values, strict=True).encode())
    except InputError:
        return InputError


def _filled(text: str, values: dict[str, str]) -> Any:
    template = template_of(text)
    return template and template.filled(values, strict=True)


@pytest.mark.parametrize(
    "text",
    [
        "v: ${a}",
        "v: ${n}",
        "v: '${n}'",
        'v: "${n}\\t${a}"',
        "v: ${b}",
        "v: pre-${a}-${n}-post",
        "v: [1, '${a}', {k: ${e}}]",
        "v: -${n}",
        "v: |\n  a ${a}\n  b: ${n}\n",
        "v: >-\n  a ${a}\n  ${n}\n",
        "v: a ${a}\n  goes on ${n}\n",
        "v: ${arn}\nw: ${time}\nx: ${mail}\ny: ${null}\nz: ${f} # ${a}\n",
        "v: ${a:=y}\nw: ${a^^}\nx: ${none:=5}\ny: ${#a}\n",
        "v: $${a} ${a}\n",
    ],
)
def test_values_are_put_where_the_text_has_them(text: str) -> None:
    filled = _filled(text, VALUES)
    assert json.dumps(filled) == json.dumps(_by_text(text, VALUES))


@pytest.mark.parametrize(
    "text",
    [
        "${a}: v",
        "v: ${odd}",
        "v: '${quote}'",
        "v: ${colon}",
        "v: ${empty}",
        "v: ${lines}",
        "v: ${long}",
        "v: !!int '${n}'",
        "v: !${a} x",
        "v: &${a} x",
        "v: ${none}",
        "v: ${a",
        "v: plain",
        "v: [${a}",
        "v: .${n}e${n}${n}${n}${n}\nw: .inf${",
    ],
)
def test_what_is_no_plain_word_in_a_scalar_is_left_to_the_text(text: str) -> None:
    assert _filled(text, VALUES) is None


OBJECT = """\
apiVersion: v1
kind: ConfigMap
metadata: # a comment
  name: web
  annotations: {a: b, "c": 'd'}
data:
  plain: some words
  number: "5"
  block: |
    a: 1
    b
  folded: >-
    one
    two
  list:
  - a
  - b: c
    ? d
    : e
  anchor: &x {y: 1}
  alias: *x
  quoted: "a\\tb: 'c'"
"""
EXPRESSIONS = ["${a}", "${n}", "${b}", "${arn}", "${time}", "${a:=x}", "$${a}", "${e}", "${odd}", "${colon}"]


@given(st.integers(), st.integers(1, 4))
def test_wherever_expressions_stand_nothing_else_comes_out(seed: int, number: int) -> None:
    dice = Random(seed)
    text = OBJECT
    for _ in range(number):
        at = dice.randrange(len(text) + 1)
        text = text[:at] + dice.choice(EXPRESSIONS) + text[at + dice.choice([0, 0, 1]) :]
    filled = _filled(text, VALUES)
    if filled is not None:
        assert json.dumps(filled) == json.dumps(_by_text(text, VALUES)), text
