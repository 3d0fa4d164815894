"""Copies of templates: directories that differ from a `template` directory by the names that they were given."""

from __future__ import annotations

import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from slipway.fleet.kustomization import KUSTOMIZATION_FILES
from slipway.fleet.manifests import YAML_SUFFIXES
from slipway.fleet.tree import Tree

MAX_TEMPLATE_FILES = 1_000
"""Files of templates that are compared with their copies."""
MAX_COPIES = 2_000
"""Copies of one file that are looked at."""
MIN_SEEN = 2
"""How often a word must have been replaced before it counts as a placeholder."""

_WORD = re.compile(r"[A-Za-z][\w.-]{3,}")
_API_VERSION = re.compile(rb"^(?:- +)?apiVersion:", re.MULTILINE)
_CHARTS = "templates"
"""The directory of a Helm chart's templates."""


@dataclass(frozen=True)
class Leftover:
    """A line of a copy that still is the template's."""

    path: str
    line: int
    """1-based."""
    placeholder: str
    template: str
    """The template's file."""
    name: str
    """What copies have in its place, here."""


@dataclass
class _Template:
    """What is learned of a file of a template by looking at its copies."""

    copies: list[str]
    replaced: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Lines in which some copy has a name of its own → the placeholder in them, and which part of the path that is."""
    wild: tuple[int, ...] = ()
    """Which parts of the path are the template's own names."""


def leftovers(tree: Tree) -> Iterator[Leftover]:
    """Lines that other copies of the same template have changed, and this one has not."""
    templates = _templates(tree)
    seen: Counter[str] = Counter()
    for path, template in templates.items():
        for copy in template.copies:
            for line, placeholder, at in _replaced(tree, path, copy, template.wild):
                template.replaced[line] = placeholder, at
                seen[placeholder] += 1
    for path, template in templates.items():
        for copy in template.copies:
            for number, line in enumerate(_lines(tree, copy), start=1):
                placeholder, at = template.replaced.get(line, ("", 0))
                name = copy.split("/")[at]
                if placeholder != name and seen[placeholder] >= MIN_SEEN:
                    yield Leftover(copy, number, placeholder, path, name)


def _templates(tree: Tree) -> Mapping[str, _Template]:
    """The files of templates that have copies: the same path but for the parts that have `template` in their names."""
    files = [path for path in sorted(tree) if path.endswith(YAML_SUFFIXES)]
    found: dict[str, _Template] = {}
    indexes: dict[tuple[int, ...], Mapping[tuple[str, ...], list[str]]] = {}
    for path in files:
        wild = _wild(path)
        if not wild or len(found) >= MAX_TEMPLATE_FILES:
            continue
        if wild not in indexes:
            indexes[wild] = _index(files, wild)
        copies = indexes[wild].get(_key(path, wild), [])[:MAX_COPIES]
        if copies and _is_manifest(tree, path):
            found[path] = _Template(copies, wild=wild)
    return found


def _is_manifest(tree: Tree, path: str) -> bool:
    """False for the YAML of other tools, whose directories have `template` in their names for other reasons."""
    return _API_VERSION.search(tree.read(path)) is not None or posixpath.basename(path) in KUSTOMIZATION_FILES


def _index(files: list[str], wild: tuple[int, ...]) -> Mapping[tuple[str, ...], list[str]]:
    index: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for path in files:
        if path.count("/") > wild[-1] and not _wild(path):
            index[_key(path, wild)].append(path)
    return index


def _key(path: str, wild: tuple[int, ...]) -> tuple[str, ...]:
    return tuple("" if at in wild else part for at, part in enumerate(path.split("/")))


def _wild(path: str) -> tuple[int, ...]:
    directories = path.split("/")[:-1]
    return tuple(at for at, part in enumerate(directories) if "template" in part.lower() and part != _CHARTS)


def _replaced(tree: Tree, template: str, copy: str, wild: tuple[int, ...]) -> Iterator[tuple[str, str, int]]:
    """Lines of the template in whose copy a word has become a name in the copy's path, with that word and the part."""
    before, after = _lines(tree, template), _lines(tree, copy)
    if len(before) != len(after):
        return
    parts = copy.split("/")
    for old, new in zip(before, after, strict=True):
        for at in wild if old != new else ():
            name = parts[at]
            start, _, end = new.partition(name)
            if name in new and old.startswith(start) and old[len(start) :].endswith(end):
                word = old[len(start) : len(old) - len(end)]
                if _WORD.fullmatch(word) and word != name:
                    yield old, word, at


def _lines(tree: Tree, path: str) -> list[str]:
    return tree.read(path).decode(errors="replace").splitlines()
