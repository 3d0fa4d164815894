"""The line of a patch that kustomize refuses: its messages name no file.

The wording is that of sigs.k8s.io/kustomize, `api/internal/target/multitransformer.go` and `api/resmap`, and of
gopkg.in/evanphx/json-patch, `patch.go`. Where it is another one, nothing is found, and nothing is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from slipway.fleet.ignore import artifact
from slipway.fleet.kustomize import builds_of
from slipway.fleet.manifests import YAML_SUFFIXES
from slipway.fleet.model import Problem, RenderedKustomization
from slipway.fleet.objects import Location
from slipway.fleet.tree import Tree

_NO_PATH = re.compile(r"doc is missing (?:path|key): (/[^\s:]+)")
_NO_OBJECT = re.compile(r'no resource matches strategic merge patch "(\w+)\.[^"/]*/([^"]+)\.[^".]+"')


def line_of_patch(problem: Problem, done: RenderedKustomization, trees: Iterable[Tree]) -> Location | None:
    """The line of a patch for which a build fails; None unless there is exactly one that it can be.

    Args:
        problem: of the build.
        done: the Kustomization.
        trees: all trees.
    """
    if found := _NO_PATH.search(problem.message):
        needle = re.compile(rf"""^[\s-]*["']?path["']?: *["']?{re.escape(found[1])}["']?,?\s*$""")
        whole = re.compile("")
    elif found := _NO_OBJECT.search(problem.message):
        needle = re.compile(rf"""^  name: *["']?{re.escape(found[2])}["']?\s*$""")
        whole = re.compile(rf"^kind: *{found[1]}\s*$", re.MULTILINE)
    else:
        return None
    places = [
        tree.at(path, number)
        for tree, path, before, text in _read(problem, done, trees)
        if whole.search(text)
        for number, line in enumerate(text.split("\n"), start=before + 1)
        if needle.match(line)
    ]
    return places[0] if len(places) == 1 else None


def _read(problem: Problem, done: RenderedKustomization, trees: Iterable[Tree]) -> Iterator[tuple[Tree, str, int, str]]:
    """The files that the build has read, and the Kustomization itself: how many lines are before it, and its text."""
    definition = done.definition.origin
    for tree in {id(tree): tree for tree in trees}.values():
        if tree.name == problem.where.source:
            files = artifact(tree, done.source.ignore if done.source else None)
            for build in builds_of(files, done.kustomization.path, done.kustomization.spec):
                for path in sorted(build.reads.paths):
                    if path in tree and path.endswith(YAML_SUFFIXES):
                        yield tree, path, 0, tree.read(path).decode(errors="replace")
        if tree.name == definition.source and definition.path in tree:
            before = max(definition.line - 1, 0)
            lines = tree.read(definition.path).decode(errors="replace").split("\n")[before:]
            end = next((number for number, line in enumerate(lines) if line.startswith("---")), len(lines))
            yield tree, definition.path, before, "\n".join(lines[:end])
