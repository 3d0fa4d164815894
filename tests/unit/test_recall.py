"""What an earlier run has built is not built again where all that it read is the same."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slipway.errors import InputError
from slipway.fleet.kustomize import Builder, MemoryCache
from slipway.fleet.recall import BuildMemory
from slipway.fleet.tree import Tree
from tests.unit.test_reads import ADDED, CONTENTS, ENGINE, FILES, Counting, render, told, tree


def _builder(cache: MemoryCache, version: str = "1") -> tuple[Builder, Counting]:
    """A builder of a new process, which has the memory only."""
    engine = Counting()
    return Builder(engine, MemoryCache(), BuildMemory(cache, version)), engine


@settings(max_examples=60)
@given(
    edits=st.dictionaries(
        st.sampled_from([*FILES, *ADDED]), st.one_of(st.none(), st.sampled_from(CONTENTS)), min_size=1, max_size=4
    )
)
def test_a_rendering_that_recalls_says_what_a_fresh_one_says(edits: Mapping[str, str | None]) -> None:
    changed = {path: text for path, text in {**FILES, **edits}.items() if text is not None}
    cache = MemoryCache()
    render(tree(FILES), Builder(ENGINE, MemoryCache(), BuildMemory(cache, "1")))
    recalling = Builder(ENGINE, MemoryCache(), BuildMemory(cache, "1"))
    assert told(render(tree(changed), recalling)) == told(render(tree(changed), Builder(ENGINE)))


def _rebuilt(changed: Mapping[str, str], version: str = "1") -> list[str]:
    """What is built of changed files once the others have been rendered."""
    cache = MemoryCache()
    render(tree(FILES), _builder(cache)[0])
    builder, engine = _builder(cache, version)
    render(tree(changed), builder)
    return sorted(set(engine.built))


@pytest.mark.parametrize(
    ("path", "content", "rebuilt"),
    [
        ("docs/readme.yaml", "other: words\n", []),
        ("plain/readme.md", "text", ["plain"]),
        ("plain/one.yaml", "# first\n" + FILES["plain/one.yaml"], ["plain"]),
        ("over/base/data.txt", "other text", ["over/prod"]),
        ("parts/kustomization.yml", "", []),
    ],
    ids=["a file that nothing reads", "one more to list", "a comment", "a file of a base", "what makes it fail"],
)
def test_only_what_reads_a_change_is_built_again(path: str, content: str, rebuilt: list[str]) -> None:
    assert _rebuilt({**FILES, path: content}) == rebuilt


def test_what_other_code_has_built_is_built_again() -> None:
    assert _rebuilt(FILES, version="2") == ["clusters/a", "over/prod", "parts", "plain"]


def test_places_are_those_of_the_files_at_hand() -> None:
    cache = MemoryCache()
    _builder(cache)[0].build(tree(FILES), "plain", {})
    files = {path: text.encode() for path, text in FILES.items()}
    builder, engine = _builder(cache)
    build = builder.build(Tree(files, name="acme/fleet", revision="abc"), "plain", {})

    assert engine.built == []
    assert {(item.origin.source, item.origin.revision) for item in build} == {("acme/fleet", "abc")}


def test_a_failure_is_not_remembered() -> None:
    cache = MemoryCache()
    files = {"app/kustomization.yaml": "resources: [missing.yaml]\n"}
    with pytest.raises(InputError, match=r"missing\.yaml does not exist"):
        _builder(cache)[0].build(tree(files), "app", {})
    fixed = {**files, "app/missing.yaml": FILES["plain/one.yaml"]}
    assert len(_builder(cache)[0].build(tree(fixed), "app", {}).items) == 1


@pytest.mark.parametrize("damage", ["", "[]", "{}", '{"paths": {}, "directories": {}, "items": [1]}'])
def test_what_is_damaged_is_built_again(damage: str) -> None:
    class Damaged(MemoryCache):
        def get(self, digest: str) -> str | None:
            return damage if super().get(digest) is not None else None

    cache = Damaged()
    _builder(cache)[0].build(tree(FILES), "plain", {})
    builder, engine = _builder(cache)
    assert len(builder.build(tree(FILES), "plain", {}).items) == 3
    assert engine.built == ["plain"]
