"""We read YAML as sigs.k8s.io/yaml reads it, which is what Flux and the API server read with."""

import json
from random import Random
from typing import Any

from slipway.errors import InputError
from slipway.fleet.manifests import load_document
from tests.interop.reference import FluxReference
from tests.unit.test_manifests import KEYS, SCALARS

CASES = 20_000
TOKENS = (
    *("a", "b", "1", "0x1", "1e3", "yes", "~", "é", "x: y\n", "k: v\n  ", "- i\n", "c: ", ": ", "- ", "-", "? "),
    *("\n", "\n ", "\n  ", "\n    ", "\r\n", "\t", "[", "]", "{", "}", ", ", ",", "'", '"', "\\", "#", " #c"),
    *("&x ", "*x", "!t ", "!!str ", "!!float ", "|\n", "|-\n", ">\n", ">+\n", "<<: ", "%", "@", "`"),
)
TEXT = """\
apiVersion: v1
metadata:
  labels: {a: "b", 'c': d}
data:
  k: |
    some text
     more

  l: >-
    folded
    text
  list:
  - a
  - b: c
    d: [1, 2, {e: f}]
  anchors: &x
    p: 1
  use:
    <<: *x
    q: 2
"""


def test_the_table_of_scalars_is_true(flux: FluxReference) -> None:
    written = [f"a: {text}\n" for text, _ in SCALARS]
    answers = flux.yaml_to_json(written)
    assert [_number(json.loads(answer.output)["a"]) for answer in answers] == [_number(value) for _, value in SCALARS]


def test_the_table_of_keys_is_true(flux: FluxReference) -> None:
    answers = flux.yaml_to_json(f"? {text}\n: x\n" for text in KEYS)
    assert [json.loads(answer.output) for answer in answers] == [{name: "x"} for name in KEYS.values()]


def test_random_texts_are_read_alike(flux: FluxReference) -> None:
    random = Random(2)
    texts = [_soup(random) if random.random() < 0.5 else _mutation(random) for _ in range(CASES)]
    wrong = []
    for text, answer in zip(texts, flux.yaml_to_json(texts), strict=True):
        ours = _ours(text)
        theirs = "refused" if answer.error else _number(json.loads(answer.output))
        if ours not in (theirs, "refused on purpose"):
            wrong.append((text, theirs, ours))
    # The parsers differ in rare flow collections, such as [2? ].
    assert len(wrong) <= CASES / 2000, wrong[:20]


def _ours(text: str) -> Any:
    try:
        return _number(load_document(text.encode()))
    except InputError as err:
        return "refused on purpose" if "duplicate key" in err.message else "refused"


def _soup(random: Random) -> str:
    return _indented("".join(random.choice(TOKENS) for _ in range(random.randint(1, 12))))


def _mutation(random: Random) -> str:
    text = list(TEXT)
    for _ in range(random.randint(1, 3)):
        at = random.randrange(len(text))
        text[at] = random.choice(("", text[at] + random.choice(TOKENS), random.choice(TOKENS)))
    return _indented("".join(text))


def _indented(text: str) -> str:
    """Text that stays within one document: theirs reads no further."""
    return "all:\n" + "".join(f"  {line}" for line in text.splitlines(keepends=True))


def _number(value: Any) -> Any:
    """Numbers beyond 63 bits, of which both keep the value and neither the digits, compare as fractions."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**63:
        return float(value)
    if isinstance(value, list):
        return [_number(item) for item in value]
    return {key: _number(item) for key, item in value.items()} if isinstance(value, dict) else value
