"""Edits of YAML in many styles change what was asked, and every other byte stays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from slipway.errors import InputError
from slipway.fleet.events import Path
from slipway.fleet.manifests import load_documents
from slipway.requests.yaml_edit import add_item, remove_item, remove_key, set_value
from tests.unit.yaml_styles import Styled, files, values

NEW = "slipway-new"
few = settings(max_examples=30, derandomize=True, database=None, phases=[Phase.generate])


@st.composite
def places(draw: st.DrawFn, kind: type | tuple[type, ...]) -> tuple[Styled, int, Path, Any]:
    """A file, a document of it, and a path in it to a value of a kind."""
    styled = draw(files())
    index = draw(st.integers(0, len(styled.values) - 1))
    found = [(path, value) for path, value in _walk(styled.values[index], ()) if isinstance(value, kind)]
    assume(found)
    return (styled, index, *draw(st.sampled_from(found)))


@few
@given(files())
def test_the_styles_hold_what_they_say(styled: Styled) -> None:
    assert _values(styled.content) == styled.values


@few
@given(places(list), values)
def test_an_item_comes_in_and_goes_again(place: tuple[Styled, int, Path, list[Any]], item: Any) -> None:
    styled, index, path, items = place
    assume(not any(item == other for other in items))
    added = add_item(styled.content, path, item, document=index)

    held = _at(_values(added)[index], path)
    assert [other for other in held if other != item] == items
    assert _others(_values(added), index) == _others(styled.values, index)
    assert add_item(added, path, item, document=index) == added
    assert remove_item(added, path, item, document=index) == styled.content
    _assert_lines_stay(styled.content, added)


@few
@given(places(dict), values)
def test_a_key_comes_in_and_goes_again(place: tuple[Styled, int, Path, dict[str, Any]], value: Any) -> None:
    styled, index, path, mapping = place
    added = set_value(styled.content, (*path, NEW), value, document=index)

    assert _at(_values(added)[index], path) == {**mapping, NEW: value}
    assert _others(_values(added), index) == _others(styled.values, index)
    assert set_value(added, (*path, NEW), value, document=index) == added
    assert remove_key(added, (*path, NEW), document=index) == styled.content
    _assert_lines_stay(styled.content, added)


@few
@given(places(dict), values)
def test_parents_come_in_and_go_again(place: tuple[Styled, int, Path, dict[str, Any]], value: Any) -> None:
    styled, index, path, mapping = place
    assume(mapping)
    added = add_item(styled.content, (*path, NEW, "list"), value, document=index)

    assert _at(_values(added)[index], path) == {**mapping, NEW: {"list": [value]}}
    assert remove_item(added, (*path, NEW, "list"), value, document=index, drop_empty=True) == styled.content


@few
@given(places((str, int, float, bool, type(None))), values)
def test_a_value_becomes_another_one(place: tuple[Styled, int, Path, Any], value: Any) -> None:
    styled, index, path, _ = place
    assume(path)
    changed = set_value(styled.content, path, value, document=index)

    assert _at(_values(changed)[index], path) == value
    assert _others(_values(changed), index) == _others(styled.values, index)
    assert set_value(changed, path, value, document=index) == changed
    before, after = _lines(styled.content), _lines(changed)
    head, foot = _alike(before, after)
    assert len(before) - head - foot <= len(str(_at(styled.values[index], path)).split("\n")) + 1


@few
@given(places((dict, list)), values)
def test_a_collection_becomes_another_one(place: tuple[Styled, int, Path, Any], value: Any) -> None:
    styled, index, path, _ = place
    assume(path)
    changed = set_value(styled.content, path, value, document=index)

    assert _at(_values(changed)[index], path) == value
    assert _others(_values(changed), index) == _others(styled.values, index)
    assert set_value(changed, path, value, document=index) == changed


@few
@given(places((dict, list)), st.randoms(use_true_random=False))
def test_what_goes_takes_no_other_line_along(place: tuple[Styled, int, Path, Any], dice: Any) -> None:
    styled, index, path, value = place
    assume(value)
    step = dice.choice(list(value)) if isinstance(value, dict) else dice.randrange(len(value))
    removed = remove_key(styled.content, (*path, step), document=index)

    kept = {key: inner for key, inner in value.items() if key != step} if isinstance(value, dict) else list(value)
    if isinstance(kept, list):
        del kept[step]
    assert _at(_values(removed)[index], path) == kept
    new = [line for line in _lines(removed) if line.strip() and line not in _lines(styled.content)]
    assert len(new) <= 2, "where a collection became empty, or shared a line with what went"


@few
@given(st.binary(max_size=60) | st.text("ab:-[]{}#&*|>'\"\n\r\t ", max_size=40).map(str.encode))
def test_any_bytes_are_edited_or_refused(content: bytes) -> None:
    try:
        assert _at(_values(set_value(content, ("a", "b"), "c"))[-1], ("a", "b")) == "c"
    except InputError as err:
        assert err.message


def _assert_lines_stay(before: bytes, after: bytes) -> None:
    """But for one, which got a comma, or was that of an empty collection."""
    old, new = _lines(before), _lines(after)
    head, foot = _alike(old, new)
    assert len(old) - head - foot <= 1


def _alike(old: list[bytes], new: list[bytes]) -> tuple[int, int]:
    """How many lines two files begin and end with alike."""
    most = min(len(old), len(new))
    head = next((at for at in range(most) if old[at] != new[at]), most)
    rest = most - head
    return head, next((at for at in range(rest) if old[-1 - at] != new[-1 - at]), rest)


def _lines(content: bytes) -> list[bytes]:
    return content.split(b"\n")


def _values(content: bytes) -> list[Any]:
    return [document.value for document in load_documents(content)]


def _others(documents: list[Any], index: int) -> list[Any]:
    return documents[:index] + documents[index + 1 :]


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def _walk(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    yield path, value
    for step, inner in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from _walk(inner, (*path, step))
