"""YAML is read as Kubernetes reads it, within limits, and written so that it is read back."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from slipway.errors import InputError, LimitError
from slipway.fleet import composer, events
from slipway.fleet.manifests import dump, line_of, lines_of_items, load_document, load_documents, load_first_document
from slipway.tools.kubectl import Kubectl, find

# Each as sigs.k8s.io/yaml 1.6 reads it (`tests/interop/test_dialect.py` asks it again).
SCALARS: list[tuple[str, object]] = [
    *((word, True) for word in ("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON")),
    *((word, False) for word in ("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF")),
    *((word, word) for word in ("yEs", "tRUE", "nULL", "nan", "inf", "Infinity", "-inf", "=", "<<", "+", ".")),
    *((word, None) for word in ("", "~", "null", "Null", "NULL")),
    ("0", 0),
    ("-0", 0),
    ("+1", 1),
    ("007", 7),
    ("0777", 511),
    ("08", 8),
    ("0888", 888),
    ("0o17", 15),
    ("0O17", 15),
    ("-0x1F", -31),
    ("+0b11", 3),
    ("0o", "0o"),
    ("0x", "0x"),
    ("0xg", "0xg"),
    ("0b102", "0b102"),
    ("1_000", 1000),
    ("1__0_", 10),
    ("_1", "_1"),
    ("0x_1", 1),
    ("1.5", 1.5),
    ("1.", 1),
    (".5", 0.5),
    ("-.5", -0.5),
    (".5_0", 0.5),
    ("._5", "._5"),
    (".5e3", 500),
    (".e5", ".e5"),
    ("1.0", 1),
    ("1e3", 1000),
    ("1E+3", 1000),
    ("1e-5", 0.00001),
    ("12e03", 12000),
    ("1e", "1e"),
    ("1e400", "1e400"),
    ("1e-400", 0),
    ("-0.0", 0),
    ("1e21", 1e21),
    ("9223372036854775807", 9223372036854775807),
    ("18446744073709551615", 18446744073709551615),
    ("18446744073709551616", 18446744073709551616.0),
    ("-9223372036854775808", -9223372036854775808),
    ("-9223372036854775809", -9223372036854775809.0),
    ("0xffffffffffffffff", 18446744073709551615),
    ("0xfffffffffffffffff", "0xfffffffffffffffff"),
    ("9" * 5000, "9" * 5000),
    ("12:30:45", "12:30:45"),
    ("190:20:30", "190:20:30"),
    ("2001-01-01", "2001-01-01"),
    ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
    ("1.2.3", "1.2.3"),
    ("1,000", "1,000"),
    ("0x1p-2", "0x1p-2"),
    ("'yes'", "yes"),
    ('"1"', "1"),
    ('! "1"', "1"),
    ("!!str 1", "1"),
    ("!!int '1'", 1),
    ("!!float 1", 1),
    ("!!float 1.5", 1.5),
    ("!!bool yes", True),
    ("!!null ''", None),
    ("!!timestamp 2001-01-01", "2001-01-01"),
    ("!!binary |\n  aGVs\n  bG8=", "hello"),
    ("!!binary /w==", "\ufffd"),
    ("!mine 1", "1"),
    ("!<x> yes", "yes"),
    ("!!map {b: 1}", {"b": 1}),
    ("!!set {b, c}", {"b": None, "c": None}),
    ("!mine {b: !other [1, {c: 2}]}", {"b": [1, {"c": 2}]}),
    ('"\\x41\\u00e9\\U0001F600\\n\\e"', "Aé😀\n\x1b"),
    ("|\n  x\n   y\n\n", "x\n y\n"),
    (">-\n  x\n  y\n\n  z\n", "x y\nz"),
]


@pytest.mark.parametrize(("written", "value"), SCALARS, ids=[text[:30] or "nothing" for text, _ in SCALARS])
def test_scalars_are_those_of_kubernetes(written: str, value: object) -> None:
    read = load_document(f"a: {written}\n".encode())["a"]
    assert (read, type(read)) == (value, type(value))


KEYS = {
    "1": "1",
    "1.5": "1.5",
    "1e5": "100000",
    "1e6": "1e+06",
    "1234567.5": "1.2345675e+06",
    "0.00001": "1e-05",
    "100000.5": "100000.5",
    ".nan": ".nan",
    "-.inf": "-.inf",
    "1e39": ".inf",
    "on": "true",
    "NO": "false",
    "2001-01-01": "2001-01-01",
    "'on'": "on",
    "!!binary aGk=": "hi",
}


@pytest.mark.parametrize(("written", "name"), KEYS.items())
def test_keys_become_text(written: str, name: str) -> None:
    assert load_document(f"? {written}\n: x\n".encode()) == {name: "x"}


# The file, the line and a part of the message.
REFUSED: dict[str, tuple[str | bytes, int, str]] = {
    "a list that does not end": ("a: 1\nb: [1,\n", 3, "not valid YAML"),
    "a tab for an indentation": ("a:\n\tb: 1\n", 2, "cannot start any token"),
    "a mapping in a line of text": ("a: b: c\n", 1, "mapping values are not allowed"),
    "a second document that is broken": ("a: 1\n---\nb: ]\n", 3, "not valid YAML"),
    "an unknown escape": ('a: 1\nb: "\\q"\n', 2, "unknown escape"),
    "a NUL": ("a: 1\nb: \0\n", 2, "control characters"),
    "a control character": ("a: 1\n\nb: \x1b\n", 3, "control characters"),
    "Latin-1": ("a: 1\nb: é".encode("latin-1"), 2, "0xe9 is not UTF-8"),
    "UTF-16": ("a: 1\n".encode("utf-16"), 1, "not UTF-8"),
    "half a surrogate pair": (b"a: \xed\xa0\x80", 1, "not UTF-8"),
    "a duplicate key": ("a: 1\nb: 2\na: 3\n", 3, "duplicate key 'a', first given on line 1"),
    "a duplicate key further down": ("x:\n  - {}\n  - a: 1\n    b: 2\n    a: 3\n", 5, "first given on line 3"),
    "a duplicate key in the second document": ("a: 1\n---\nb: 1\nb: 2\n", 4, "first given on line 3"),
    "a key twice, once with quotes": ("1: a\n'1': b\n", 2, "duplicate key '1'"),
    "a key that is a list": ("? [a]\n: b\n", 1, "a key is a mapping or a list"),
    "a key that is a mapping": ("{{a: b}: c}", 1, "a key is a mapping or a list"),
    "a key that is an alias of a list": ("a: &x [1]\n*x : 1\n", 2, "a key is a mapping or a list"),
    "a key that is null": ("a: 1\n~: 2\n", 2, "null cannot be a key"),
    "a key beyond 63 bits": ("9223372036854775808: 1", 1, "cannot be a key"),
    "not a number": ("a: 1\nb: .nan", 2, ".nan is no value of JSON"),
    "infinity": ("- -.inf", 1, "-.inf is no value of JSON"),
    "text that is said to be a number": ("a: !!int x", 1, "cannot read 'x' as !!int"),
    "a fraction that is said to be whole": ("a: !!int 1.5", 1, "as !!int"),
    "a number that is said to be a boolean": ("a: !!bool 1", 1, "as !!bool"),
    "something that is said to be nothing": ("a: !!null x", 1, "as !!null"),
    "text that is said to be a date": ("a: !!timestamp x", 1, "as !!timestamp"),
    "what is no base64": ("a: !!binary aGVsbG8", 1, "not base64"),
    "what is not even ASCII": ("a: !!binary é", 1, "not base64"),
    "an alias without its anchor": ("a: 1\nb: *x", 2, "no anchor 'x' before this alias"),
    "an alias of another document's anchor": ("a: &x 1\n---\nb: *x", 3, "no anchor 'x'"),
    "an alias within its own anchor": ("a: &x\n  - b\n  - *x\n", 3, "contains its own alias"),
    "a merge of text": ("a:\n  <<: b\n", 3, "names something that is no mapping"),
    "a merge of a list of text": ("a: {<<: [{b: 1}, c]}", 1, "names something that is no mapping"),
}


@pytest.mark.parametrize(("data", "line", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_valid_is_refused_with_its_line(data: str | bytes, line: int, message: str) -> None:
    with pytest.raises(InputError) as refused:
        load_documents(data if isinstance(data, bytes) else data.encode(), "apps/a.yaml")
    assert (refused.value.file, refused.value.line) == ("apps/a.yaml", line)
    assert message in refused.value.message


BOMBS: dict[str, tuple[Callable[[], str], str]] = {
    "lists in lists": (lambda: "[" * 500_000, "MAX_DEPTH"),
    "mappings in mappings": (lambda: "{a: " * 200_000, "MAX_DEPTH"),
    "dashes": (lambda: "- " * 300_000 + "a", "MAX_DEPTH"),
    "indentation": (lambda: "".join(" " * n + "a:\n" for n in range(2_000)), "MAX_DEPTH"),
    "a list and a mapping in each column": (
        lambda: "".join(f"{' ' * n}a:\n{' ' * n}-\n" for n in range(1_000)),
        "MAX_DEPTH",
    ),
    "aliases that nest": (
        lambda: "".join(f"- &a{n} {'[' * 90}{f'*a{n - 1}' if n else ''}{']' * 90}\n" for n in range(5)),
        "MAX_DEPTH",
    ),
    "aliases of aliases": (
        lambda: "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{f'*a{n - 1},' * 9}]\n" for n in range(1, 60)),
        "MAX_NODES",
    ),
    "merges of a large mapping": (
        lambda: f"a: &a {{{','.join(f'k{n}: 1' for n in range(1_000))}}}\nb: [{'{<<: *a},' * 1_000}]\n",
        "MAX_NODES",
    ),
    "aliases of a long text": (lambda: f"a: &a {'x' * 1_000_000}\nb: [{'*a,' * 100}]\n", "MAX_TEXT"),
    "many values": (lambda: f"[{'1,' * 1_000_001}]", "MAX_NODES"),
    "many documents": (lambda: "---\n" * 6_000, "MAX_DOCUMENTS"),
    "many directives": (lambda: "".join(f"%TAG !a{n}! x\n" for n in range(200_000)) + "---\na: 1", "MAX_DIRECTIVES"),
    "a large file": (lambda: "a" * (events.MAX_FILE_BYTES + 1), "MAX_FILE_BYTES"),
}


@pytest.mark.parametrize(("bomb", "limit"), BOMBS.values(), ids=BOMBS)
def test_a_bomb_meets_its_limit(bomb: Callable[[], str], limit: str) -> None:
    data = bomb().encode()
    before = time.process_time()
    with pytest.raises(LimitError, match=limit) as refused:
        load_documents(data, "bomb.yaml")
    assert refused.value.file == "bomb.yaml"
    assert time.process_time() - before < 10


def test_what_recurses_is_safe_at_the_depth_that_is_allowed() -> None:
    value = load_document(b"[" * composer.MAX_DEPTH + b"]" * composer.MAX_DEPTH)

    def within(frames: int) -> str:
        return within(frames - 1) if frames else dump(value) + json.dumps(value)

    assert "[[[" in within(150)


def test_text_of_a_million_digits_is_no_number_and_takes_no_time() -> None:
    before = time.process_time()
    for digits in ("9" * 1_000_000, "0x" + "f" * 1_000_000, "1" + "_" * 1_000_000 + "x", "." + "1_" * 500_000):
        assert isinstance(load_document(f"a: {digits}".encode())["a"], str)
    assert time.process_time() - before < 5


def test_documents_know_their_place() -> None:
    data = b"# none\n---\n\n# first\na: 1\n---\n---\n- b\n...\n---\nc\n"
    documents = [(document.value, document.line, document.index) for document in load_documents(data)]
    assert documents == [({"a": 1}, 5, 0), (["b"], 8, 2), ("c", 11, 3)]


def test_a_byte_order_mark_is_no_part_of_the_first_key() -> None:
    assert load_document(b"\xef\xbb\xbfa: 1\n") == {"a": 1}


def test_windows_line_ends_are_read_as_line_ends() -> None:
    data = b"a: |\r\n  x\r\n  y\r\nb: 1\r\n"
    assert load_document(data) == {"a": "x\ny\n", "b": 1}
    assert line_of(data, 0, ("b",)) == 4


def test_only_one_document_is_one_document() -> None:
    assert load_document(b"# nothing\n---\n") is None
    assert load_document(b"---\n---\na: 1\n") == {"a": 1}
    with pytest.raises(InputError, match="one document expected, found 2") as refused:
        load_document(b"a: 1\n---\nb: 2\n", "a.yaml")
    assert refused.value.line == 3


def test_the_first_document_is_read_alone() -> None:
    assert load_first_document(b"a: 1\n---\nb: [\n") == {"a": 1}
    assert load_first_document(b"---\n---\na: 1\n") is None
    assert load_first_document(b"# nothing\n") is None
    with pytest.raises(InputError, match="duplicate key"):
        load_first_document(b"a: 1\na: 2\n")


MERGES = {
    "c: {<<: *x, d: 3}": {"a": 1, "b": 2, "d": 3},
    "c: {<<: *x, a: 3}": {"a": 3, "b": 2},
    "c: {a: 3, <<: *x}": {"a": 3, "b": 2},
    "c: {<<: [*y, *x]}": {"a": 5, "b": 2},
    "c: {<<: [*x, *y]}": {"a": 1, "b": 2},
    "c: {<<: {a: 7}}": {"a": 7},
    'c: {"<<": *x}': {"<<": {"a": 1, "b": 2}},
    "c: [<<]": ["<<"],
}


@pytest.mark.parametrize(("written", "value"), MERGES.items())
def test_a_merge_brings_keys_that_are_not_written(written: str, value: object) -> None:
    assert load_document(f"x: &x {{a: 1, b: 2}}\ny: &y {{a: 5}}\n{written}\n".encode())["c"] == value


def test_an_anchor_may_be_defined_again() -> None:
    data = b"a: &x 1\nb: *x\nc: &x [&x 2, *x]\nd: *x\n"
    assert load_document(data) == {"a": 1, "b": 1, "c": [2, 2], "d": 2}


LINES = """\
# comment
kind: List   # document 0, line 2
items:
- metadata:
    name: a
  spec: {ports: [1,
    2]}

-
  metadata: {name: b}
other: *x
---
on: 1
"""


@pytest.mark.parametrize(
    ("index", "path", "line"),
    [
        (0, (), 2),
        (0, ("items",), 3),
        (0, ("items", 0), 4),
        (0, ("items", 0, "metadata", "name"), 5),
        (0, ("items", 0, "spec", "ports", 1), 7),
        (0, ("items", 1), 10),
        (0, ("items", 1, "metadata", "name"), 10),
        (0, ("items", 2), 3),
        (0, ("items", "name"), 3),
        (0, ("items", 0, "spec", "missing", "deeper"), 6),
        (0, ("missing",), 2),
        (0, ("other", "beyond an alias"), 11),
        (1, ("on",), 13),
        (7, ("on",), 1),
    ],
)
def test_a_field_has_the_line_of_its_key(index: int, path: tuple[str | int, ...], line: int) -> None:
    assert line_of(LINES.replace("items:", "items: &x").encode(), index, path) == line


def test_items_have_lines() -> None:
    assert lines_of_items(LINES.encode(), 0, ("items",)) == [4, 10]
    assert lines_of_items(LINES.encode(), 0, ("items", 0, "spec", "ports")) == [6, 7]
    assert lines_of_items(LINES.encode(), 0, ("items", 0, "metadata")) == []
    assert lines_of_items(LINES.encode(), 0, ("nowhere",)) == []


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    # Half surrogate pairs are no text.
    | st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from([text for text, _ in SCALARS]),
    lambda children: st.lists(children) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), children),
    max_leaves=30,
)  # fmt: skip


@given(VALUES)
def test_what_is_written_is_read_back(value: Any) -> None:
    text = dump(value)
    read = load_document(text.encode())
    assert read == value
    assert json.dumps(read) == json.dumps(_as_json(value))


@given(VALUES)
def test_neither_aliases_nor_tags_are_written(value: Any) -> None:
    found = list(yaml.parse(dump([value, value]), Loader=yaml.CSafeLoader))
    assert not [event for event in found if isinstance(event, yaml.AliasEvent)]
    assert {getattr(event, "tag", None) for event in found} == {None}
    assert {getattr(event, "anchor", None) for event in found} == {None}


def test_kustomize_reads_back_what_is_written() -> None:
    odd = [
        *(
            "",
            " ",
            "  a",
            "a ",
            "a\n",
            "a\n\n",
            "\na",
            " a\n",
            "a\n b\n",
            "a \nb",
            "a\tb\n",
            "\ta",
            "a\r\nb",
            "a\rb",
            "é\n",
            "😀",
        ),
        *(
            "\ufeff",
            "a\ufeff\n",
            "\x00",
            "\x1b\n",
            "\xa0",
            "\ud7ff\n",
            "\ufffd\n",
        ),
        *(
            "- a",
            "? a",
            ": a",
            "a: b",
            "a #b",
            "#a",
            "&a",
            "*a",
            "!a",
            "|",
            ">",
            "%a",
            "@a",
            "`a",
            "{a",
            "[a",
            "'",
            '"',
            "---",
            "...",
            "<<",
        ),
        *(
            "x" * 200,
            "x " * 200,
            "x" * 200 + "\n",
            "a\n---\nb\n",
            "a\n...\nb\n",
            "\\",
            "\\n",
            "$a",
            "${a}",
            "=",
            "\n" * 5,
            "x\n" * 300,
        ),
        *(text for text, _ in SCALARS if len(text) < 100),
    ]
    values = [
        *odd,
        *odd[::3],
        0,
        -1,
        2**53,
        1.5,
        1e-7,
        1e300,
        True,
        False,
        None,
        [],
        {},
        [[]],
        [{}],
        {"a": [{"b": ["c"]}]},
    ]
    objects = [
        {
            "apiVersion": "v1",
            "kind": "Odd",
            "metadata": {"name": f"n{n}"},
            "spec": {"value": value, "list": ["a", value, "b"]},
        }
        for n, value in enumerate(values)
        if value is not None
    ] + [
        {"apiVersion": "v1", "kind": "Odd", "metadata": {"name": f"k{n}"}, "spec": {text: 1}}
        for n, text in enumerate(odd)
        if text.isprintable() and text != "<<"  # kustomize itself trips over others as keys
    ]
    files = {
        "kustomization.yaml": b"resources: [a.yaml]\nsortOptions: {order: fifo}\n",
        "a.yaml": "---\n".join(map(dump, objects)).encode(),
    }
    built = [document.value for document in load_documents(Kubectl(find()).build(files, "").encode())]
    assert [pair for pair in zip(built, objects, strict=True) if pair[0] != pair[1]] == []


def test_text_of_lines_is_written_as_lines() -> None:
    assert dump({"a": "x\n  y\n"}) == "a: |\n  x\n    y\n"


def _as_json(value: Any) -> Any:
    """Numbers without a fraction are whole, as JSON in Kubernetes has it."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        return int(value)
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    return {key: _as_json(item) for key, item in value.items()} if isinstance(value, dict) else value
