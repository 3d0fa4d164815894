"""Over trees made at random: who edits the line that is named changes the field.

`SLIPWAY_EXAMPLES=2000 pytest tests/unit/test_provenance_random.py` tries other and more trees than `make test` does.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import HealthCheck, assume, given, settings

from slipway.errors import InputError
from slipway.fleet.authors import Author, Authors, Effort
from slipway.fleet.kustomize import Build, Builder
from slipway.fleet.manifests import Path, load_documents
from slipway.fleet.objects import mapping, value_at
from slipway.fleet.outline import outline
from slipway.fleet.sheets import Inputs
from slipway.fleet.tree import Tree
from tests.generators.cases import Case, cases
from tests.unit.small_fleets import builder

EXAMPLES = int(os.environ.get("SLIPWAY_EXAMPLES", "30"))
"""Trees."""
FIELDS = 12
"""Fields of one tree that are looked at."""


def test_who_edits_the_line_that_is_named_changes_the_field() -> None:
    found: Counter[str] = Counter()

    @settings(
        max_examples=EXAMPLES,
        derandomize="SLIPWAY_EXAMPLES" not in os.environ,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(cases())
    def each(case: Case) -> None:
        engine, tree = builder().engine, Tree(case.files)
        build = _built(tree, case)
        assume(build is not None)
        assert build
        authors = Authors(engine, Inputs(tree, case.spec), case.path, build, Effort(10_000, 2**30, lambda: True))
        for number, path in list(_changed(build, tree))[:FIELDS]:
            author = authors.of(number, path)
            certain = author is not None and author.certain
            found["certain" if certain else "uncertain" if author else "unknown"] += 1
            if author and certain:
                found[author.through] += 1
                found["edited"] += _edited(author, case, build, number, path)

    each()
    assert found["certain"] > 2 * (found["uncertain"] + found["unknown"]), found
    assert found["edited"] > EXAMPLES, found
    assert {"patches", "labels", "namespace", "images"} <= set(found)


def _built(tree: Tree, case: Case) -> Build | None:
    try:
        return Builder(builder().engine).build(tree, case.path, case.spec)
    except InputError:
        return None


def _changed(build: Build, tree: Tree) -> Iterator[tuple[int, Path]]:
    """The fields of which an object's own file says something else, or nothing."""
    for number, item in enumerate(build.items):
        own = _own(tree, item.origin.path, item.origin.line)
        for path in _fields(item.value):
            if value_at(own, path) != value_at(item.value, path):
                yield number, path


def _own(tree: Tree, path: str, line: int) -> Mapping[str, Any]:
    if path not in tree or path.rpartition("/")[2].lower().startswith("kustomization"):
        return {}
    entry = next((entry for entry in outline(tree, path) if entry.line == line), None)
    if entry is None:
        return {}
    document = next(one for one in load_documents(tree.read(path), path) if one.index == entry.index)
    return mapping(value_at(document.value, entry.prefix))


def _fields(value: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict | list) and value:
        for step, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _fields(item, (*path, step))
    else:
        yield path


def _edited(author: Author, case: Case, build: Build, number: int, path: Path) -> bool:
    """True if the line could be edited; the field changes then."""
    place = author.place
    if not place.file:
        assert value_at(case.spec, place.field) is not None
        return False
    assert place.file in case.files
    lines = case.files[place.file].decode(errors="surrogateescape").split("\n")
    line = _otherwise(lines[place.line - 1])
    if line is None:
        return False
    lines[place.line - 1] = line
    after = _built(Tree({**case.files, place.file: "\n".join(lines).encode(errors="surrogateescape")}), case)
    if after is None or len(after.items) != len(build.items):
        return False
    assert value_at(after.items[number].value, path) != value_at(build.items[number].value, path), (author, path)
    return True


_SCALAR = re.compile(r"""(\s*(?:- )*(?:[\w./"-]+: |- ))("?)([a-z][\w./:-]*|[0-9]+)(\2)""")


def _otherwise(line: str) -> str | None:
    """A line with a key and a simple value, with another value."""
    found = _SCALAR.fullmatch(line)
    if not found or found[3] in ("true", "false", "null", "yes", "no", "on", "off", "y", "n"):
        return None
    return f"{found[1]}{found[2]}{found[3][:-1]}{'8' if found[3][-1] != '8' else '9'}{found[4]}"
