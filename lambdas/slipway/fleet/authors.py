"""Which place authored a field of a build's output.

kustomize says which transformers touched an object, not what wrote a field. So the build is asked: the place that
authored a field is the one whose change changes that field. Every place that may have written it is tried, from the
last that kustomize applies to the first, by one build each with another value there. A place that fails this is never
named with certainty, whatever the rules of kustomize are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from slipway.errors import InputError
from slipway.fleet.kustomize import Build, Engine, plan_build
from slipway.fleet.layers import Layer, layers
from slipway.fleet.manifests import YAML_SUFFIXES, Path, load_document
from slipway.fleet.marks import find, find_all, means
from slipway.fleet.objects import mapping, text, value_at
from slipway.fleet.origins import Built, documents
from slipway.fleet.outline import Outline, outline
from slipway.fleet.replaced import Replaced
from slipway.fleet.sheets import Inputs, Place, document_at
from slipway.fleet.writer import OBJECT, Writer, of_node
from slipway.fleet.writers_generated import generated
from slipway.fleet.writers_patched import Asked
from slipway.fleet.writers_transformed import file_sheet, transformed

MAX_TRIED = 24
"""Places that are tried for one field."""
MAX_LEAVES = 8
"""Fields of a collection that are looked at to tell what authored it."""


@dataclass(frozen=True)
class Author:
    """The place that authored a field."""

    place: Place
    through: str
    """See `Writer.through`."""
    certain: bool
    """True if the field is known to change with this place."""


class Effort:
    """What may still be spent on trying."""

    def __init__(self, builds: int, size: int, may_go_on: Callable[[], bool]) -> None:
        self._builds = builds
        self._bytes = size
        self._may_go_on = may_go_on

    def spend(self, size: int) -> bool:
        """True if there is enough left for another build that reads so many bytes."""
        self._builds -= 1
        self._bytes -= size
        return self._builds >= 0 and self._bytes >= 0 and self._may_go_on()


class Authors:
    """Finds the authors of fields of one build.

    Args:
        engine: the one that the build was made with.
        inputs: what it was made from.
        directory: what was built.
        build: what came of it.
        effort: what may be spent.
    """

    def __init__(self, engine: Engine, inputs: Inputs, directory: str, build: Build, effort: Effort) -> None:
        self._engine = engine
        self._inputs = inputs
        self._directory = directory
        self._build = build
        self._effort = effort
        self._plan = plan_build(inputs.tree, directory, inputs.spec)
        self._size = sum(map(len, self._plan.files.values()))
        self._layers = layers(inputs.tree, directory, inputs.spec, self._plan.files)
        self._is_odd = any(layer.content.get(field) for layer in self._layers for field in _ODD_FIELDS)
        self._replaced = Replaced(inputs.tree, self._layers)
        self._files = {layer.file: file_sheet(inputs, layer.file) if layer.file else None for layer in self._layers}
        self._known: dict[tuple[int, Path], Author | None] = {}

    def of(self, number: int, path: Path) -> Author | None:
        """What authored a field; None if nothing is found that might have.

        Args:
            number: which of the build's objects.
            path: the field, which the object has. Of a mapping or list that several have written parts of, one of them
                is named, without certainty.
        """
        if (number, path) not in self._known:
            self._known[number, path] = self._find(number, path)
        return self._known[number, path]

    def _find(self, number: int, path: Path) -> Author | None:
        leaves = list(islice(_leaves(value_at(self._build.items[number].value, path), path), MAX_LEAVES))
        if leaves == [path]:
            found = self._of_leaf(number, path)
            return found and Author(found[0].place(0), found[0].through, found[1])
        named: list[tuple[Writer, int]] = []
        for leaf in leaves:
            found = self._of_leaf(number, leaf)
            if found:
                named.append((found[0], len(leaf) - len(path)))
            if not found or not found[1] or len({writer.place(levels) for writer, levels in named}) > 1:
                break
        else:
            writer, levels = named[0]
            return Author(writer.place(levels), writer.through, certain=True)
        if not named:
            return None
        writer, levels = next((one for one in named if one[0].through == OBJECT), named[0])
        return Author(writer.place(levels), writer.through, certain=False)

    def _of_leaf(self, number: int, path: Path) -> tuple[Writer, bool] | None:
        item = self._build.items[number]
        asked = Asked(value_at(item.value, path), path, text(item.value.get("kind")), _name(item))
        candidates = list(islice(self._writers(item, asked), MAX_TRIED + 1))
        whole = [writer for writer in candidates if writer.is_whole]
        is_odd = self._is_odd or self._replaced.may_write(path)
        if len(candidates) == len(whole) == 1 and not is_odd:
            return whole[0], True
        candidates = candidates or list(islice(self._lost(item, asked), MAX_TRIED + 1))
        failed = []
        for writer in candidates[:MAX_TRIED]:
            changes = self._changes(writer, number, path)
            if changes:
                return writer, True
            if changes is None:
                failed.append(writer)
        left = [writer for writer in failed if writer.is_whole]
        # What cannot be tried, as the kind of an object that a patch is about, is the author if nothing else is.
        is_only_one = len(failed) == len(left) == 1 and len(candidates) <= MAX_TRIED and not is_odd
        best = left or whole or candidates
        return (best[0], is_only_one) if best else None

    def _changes(self, writer: Writer, number: int, path: Path) -> bool | None:
        """Whether a field changes with a place; None if the build fails without it."""
        if not self._effort.spend(self._size):
            return None
        try:
            inputs = writer.otherwise()
            plan = plan_build(inputs.tree, self._directory, inputs.spec)
            output = list(documents(self._engine.build(plan.without_origins().files, self._directory)))
            if len(output) != len(self._build.items):
                return None
            before, after = self._build.items[number].value, mapping(load_document(output[number].encode()))
        except InputError:
            return None
        return _is_another(before, after, path)

    def _writers(self, item: Built, asked: Asked) -> Iterator[Writer]:
        """What may have written a field, the last one first."""
        for layer in reversed(self._layers):
            yield from reversed(list(self._of_layer(layer, asked)))
        yield from self._own(item, asked)

    def _of_layer(self, layer: Layer, asked: Asked) -> Iterator[Writer]:
        sheet = self._files[layer.file]
        if not layer.generates:
            yield from transformed(layer, sheet, self._inputs, asked)
        elif sheet is not None:
            yield from generated(layer, sheet, asked)

    def _own(self, item: Built, asked: Asked) -> Iterator[Writer]:
        """The object's own file; other objects there if it is not clear which one it was."""
        origin = item.origin
        entries = self._objects(origin.path, asked.kind)
        own = [entry for entry in entries if entry.line == origin.line]
        if own and own[0].name != asked.name:
            own += [entry for entry in entries if entry.name in asked.name and entry not in own]
        for entry in own:
            yield from _own_values(self._inputs, origin.path, entry, asked)

    def _lost(self, item: Built, asked: Asked) -> Iterator[Writer]:
        """Any object that may have become this one, where a patch has removed what kustomize says of its origin."""
        if self._objects(item.origin.path, asked.kind):
            return
        for path in sorted(self._plan.files) if item.origin.path in self._files else ():
            for entry in self._objects(path, asked.kind):
                if entry.name in asked.name:
                    yield from _own_values(self._inputs, path, entry, asked)

    def _objects(self, path: str, kind: str) -> list[Outline]:
        is_file = path.endswith(YAML_SUFFIXES) and path in self._inputs.tree and path not in self._files
        return [entry for entry in outline(self._inputs.tree, path) if entry.kind == kind] if is_file else []


_ODD_FIELDS = ("vars", "transformers", "generators", "configurations")
"""Of kustomizations: what may write anything anywhere."""


def _own_values(inputs: Inputs, file: str, entry: Outline, asked: Asked) -> Iterator[Writer]:
    sheet = document_at(inputs, file, entry.line)
    for document in sheet.marks.documents:
        top = find(document, entry.prefix)
        for way in find_all(top[-1], asked.path) if top else ():
            if means(way[-1], asked.value):
                yield of_node(OBJECT, sheet, way)


def _is_another(before: Any, after: Any, path: Path) -> bool:
    """True if a field is another one, and no list on the way to it has more or fewer items than it had."""
    for depth in range(len(path)):
        one, other = value_at(before, path[:depth]), value_at(after, path[:depth])
        if isinstance(one, list) and isinstance(other, list) and len(one) != len(other):
            return False
    return bool(value_at(before, path) != value_at(after, path))


def _leaves(value: Any, path: Path) -> Iterator[Path]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    else:
        yield path


def _name(item: Built) -> str:
    return text(mapping(item.value.get("metadata")).get("name"))
