"""ExternalArtifacts as an ArtifactGenerator puts them together from the files of other sources.

Source of the rules: fluxcd/source-watcher, `internal/controller/artifactgenerator_pathpattern.go`; how files are copied
is up to `slipway.fleet.artifact_copy`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from slipway.errors import InputError, LimitError
from slipway.fleet.artifact_copy import ComposedTree, Copy, Stage, apply, split_source
from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.flux import SOURCE_GROUP, reference
from slipway.fleet.ignore import IGNORE_FILE, artifact
from slipway.fleet.objects import KubeObject, ObjectKey, group_of, mapping, sequence, text
from slipway.fleet.tree import Tree

GENERATOR_GROUP = "source.extensions.fluxcd.io"
MAX_ARTIFACTS = 1_000
"""Artifacts of one generator, those that its pathPattern finds included; Flux allows as many to be written."""

_DISABLED = f"{GENERATOR_GROUP}/reconcile"


def is_generator(obj: KubeObject) -> bool:
    """True for ArtifactGenerator."""
    return obj.kind == "ArtifactGenerator" and obj.group == GENERATOR_GROUP


def generator_sources(generator: KubeObject) -> dict[str, ObjectKey]:
    """What a generator copies from, by alias."""
    return {
        text(entry.get("alias")): reference(entry, SOURCE_GROUP, generator.namespace)
        for entry in map(mapping, sequence(generator.spec.get("sources")))
    }


def external_artifacts(generator: KubeObject) -> Iterator[KubeObject]:
    """The ExternalArtifacts that a generator makes; with a pathPattern they are known by `may_make` only."""
    if not text(generator.spec.get("pathPattern")):
        for entry in map(mapping, sequence(generator.spec.get("artifacts"))):
            yield external_artifact(generator, text(entry.get("name")))


def external_artifact(generator: KubeObject, name: str) -> KubeObject:
    """An ExternalArtifact as a generator makes it."""
    value = {
        "apiVersion": f"{SOURCE_GROUP}/v1",
        "kind": "ExternalArtifact",
        "metadata": {"name": name, "namespace": generator.namespace},
        "spec": {
            "sourceRef": {"apiVersion": generator.api_version, "kind": generator.kind, "name": generator.name},
        },
    }
    return KubeObject(value, generator.origin)


def generator_of(external: KubeObject) -> ObjectKey:
    """What makes an ExternalArtifact; not every one is made by an ArtifactGenerator."""
    maker = mapping(external.spec.get("sourceRef"))
    namespace = text(maker.get("namespace")) or external.namespace
    return ObjectKey(
        group_of(text(maker.get("apiVersion"))), text(maker.get("kind")), namespace, text(maker.get("name"))
    )


def may_make(generator: KubeObject, key: ObjectKey) -> bool:
    """True if a generator with a pathPattern makes an ExternalArtifact, should its sources have the directory."""
    if not text(generator.spec.get("pathPattern")) or generator.namespace != key.namespace:
        return False
    names = (text(entry.get("name")) for entry in map(mapping, sequence(generator.spec.get("artifacts"))))
    return any(re.fullmatch(_template(name), key.name) for name in names)


def compose(generator: KubeObject, name: str, trees: Mapping[str, Tree]) -> Tree:
    """The files of one of a generator's artifacts. The same tree for the same question.

    Args:
        generator: the ArtifactGenerator.
        name: which of its artifacts.
        trees: the files of its sources' artifacts, by alias.

    Raises:
        BuildError: the generator would fail on it.
        NotFetched: the cluster may have it, but it is not followed how it comes about.
        LimitError: it is beyond this module's limits.
    """
    parts = list(trees.values())
    if not parts:
        raise BuildError(f"{generator.key} names no source")
    key = ("composed", json.dumps([str(generator.key), name, dict(generator.spec)], sort_keys=True, default=str))
    known = parts[0].memo.get(key)
    if known is None or any(one is not other for one, other in zip(known[0], parts, strict=True)):
        composed = _compose(generator, name, trees)
        if any(tree.previous is not None for tree in parts):
            composed.previous = _previous(generator, name, trees)
        known = parts[0].memo[key] = (parts, composed)
    result: Tree = known[1]
    return result


def _previous(generator: KubeObject, name: str, trees: Mapping[str, Tree]) -> Tree | None:
    try:
        return compose(generator, name, {alias: tree.previous or tree for alias, tree in trees.items()})
    except InputError:
        return None


def _compose(generator: KubeObject, name: str, trees: Mapping[str, Tree]) -> Tree:
    annotations = mapping(generator.metadata.get("annotations"))
    if text(annotations.get(_DISABLED)).lower() == "disabled":
        raise NotFetched(f"{generator.key} is disabled; the cluster keeps what it made before")
    try:
        copies = _artifacts(generator, trees)[name]
    except KeyError:
        raise NotFetched(f"{generator.key} finds no directory for ExternalArtifact {name}") from None
    stage = Stage()
    for copy in copies:
        try:
            apply(copy, trees, stage)
        except InputError as err:
            problem = f"{generator.key} cannot copy {copy.source} to {copy.to}: {err.message}"
            raise type(err)(problem) from None
    # The defaults are left out a second time; `.sourceignore` files count where they were written, not here.
    kept = artifact(Tree({path: data for path, data in stage.files.items() if not path.endswith(IGNORE_FILE)}), None)
    return ComposedTree({path: kept.read(path) for path in kept}, stage, f"ExternalArtifact {name}")


def _artifacts(generator: KubeObject, trees: Mapping[str, Tree]) -> dict[str, list[Copy]]:
    """The copies of each artifact by its name."""
    written = [mapping(entry) for entry in sequence(generator.spec.get("artifacts"))]
    pattern = text(generator.spec.get("pathPattern"))
    found: dict[str, list[Copy]] = {}
    for captures in _captures(pattern, trees) if pattern else iter([{}]):
        # Names are lower case, as Kubernetes wants them; paths are as they were found.
        lowered = {variable: value.lower() for variable, value in captures.items()}
        for entry in written:
            name = _filled(text(entry.get("name")), lowered) if pattern else text(entry.get("name"))
            if name in found:
                raise BuildError(f"{generator.key} makes two artifacts of the name {name}")
            found[name] = [_copy(mapping(copy), captures if pattern else None) for copy in sequence(entry.get("copy"))]
            if len(found) > MAX_ARTIFACTS:
                raise LimitError(f"{generator.key} makes over {MAX_ARTIFACTS:,} artifacts (MAX_ARTIFACTS)")
    return found


def _copy(entry: Mapping[str, Any], captures: Mapping[str, str] | None) -> Copy:
    source, to = text(entry.get("from")), text(entry.get("to"))
    if captures is not None:
        source, to = _filled(source, captures), _filled(to, captures)
    exclude = tuple(map(text, sequence(entry.get("exclude"))))
    return Copy(source, to, exclude, text(entry.get("strategy")) or "Overwrite")


_CAPTURE = re.compile(r"\{([^{}]*)\}")


def _captures(pattern: str, trees: Mapping[str, Tree]) -> Iterator[dict[str, str]]:
    """What the variables of a pathPattern stand for, for each directory that it matches."""
    alias, path = split_source(pattern)
    names = _CAPTURE.findall(path)
    parts = path.split("/")
    if any(len(_CAPTURE.findall(part)) > 1 for part in parts):
        raise NotFetched(f"pathPattern {pattern} has several variables in one name, which is not followed")
    if alias not in trees or len(set(names)) < len(names):
        raise BuildError(f"pathPattern {pattern}: its source is not among the generator's, or a variable comes twice")
    matcher = re.compile(_template(path, r"([^/]+)"))
    for directory in sorted(_directories(trees[alias], len(parts)), key=lambda one: one.split("/")):
        if match := matcher.fullmatch(directory):
            yield dict(zip(names, match.groups(), strict=True))


def _directories(tree: Tree, depth: int) -> set[str]:
    return {"/".join(parts[:depth]) for path in tree if len(parts := path.split("/")) > depth}


def _template(text: str, capture: str = r"[^/]+") -> str:
    """A regular expression for what a text with variables may stand for."""
    pieces = _CAPTURE.split(text)
    return "".join(capture if at % 2 else re.escape(piece) for at, piece in enumerate(pieces))


def _filled(text: str, captures: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1] not in captures:
            raise BuildError(f"{text!r} has a variable that its pathPattern has not: {match[1]}")
        return captures[match[1]]

    return _CAPTURE.sub(value, text)
