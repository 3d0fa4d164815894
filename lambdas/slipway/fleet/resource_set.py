"""Expand ResourceSets: the objects that flux-operator would apply for one.

The rules are those of flux-operator v0.58 (`internal/builder/resourceset.go`,
`internal/controller/resourceset_controller.go`); the templates are rendered by the real helm, whose engine is the same
(see `slipway.fleet.go_template`). What only the cluster knows is named, never passed over.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from slipway.errors import InputError, LimitError
from slipway.fleet import go_functions
from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.events import Path
from slipway.fleet.flux import OPERATOR_GROUP
from slipway.fleet.helm_template import HelmEngine
from slipway.fleet.helm_values import Find
from slipway.fleet.kustomize import BuildCache, MemoryCache
from slipway.fleet.manifests import Document, line_of, load_documents
from slipway.fleet.objects import KubeObject, Location, ObjectKey, mapping
from slipway.fleet.resource_build import Made
from slipway.fleet.resource_chart import OtherYaml, Source, render, template_of, texts_in
from slipway.fleet.resource_copies import texts_of, with_copies
from slipway.fleet.resource_inputs import Inputs, check_count, combined, is_disabled, selects_providers, stand_in
from slipway.fleet.resource_steps import Step, objects_of, source_of, steps_of
from slipway.fleet.resource_unknown import check, matters, unknown_in

MAX_RENDERINGS = 10_000
"""Templates of one ResourceSet times its sets of inputs."""
MAX_OBJECT_BYTES = 1_572_864
"""A ResourceSet as JSON: 1.5 MiB, beyond which the cluster's store refuses an object."""
_OWNER = f"resourceset.{OPERATOR_GROUP}"


def is_resource_set(obj: KubeObject) -> bool:
    """True for flux-operator's ResourceSet."""
    return obj.kind == "ResourceSet" and obj.group == OPERATOR_GROUP


@dataclass(frozen=True)
class Expansion:
    """What a ResourceSet makes."""

    objects: tuple[KubeObject, ...]
    """In the order of the operator: step by step, template by template, inputs by inputs."""
    unknown: tuple[tuple[str, str], ...] = ()
    """Parts that only the cluster knows: what, e.g. `data of ConfigMap apps/a (ResourceSet…)`, and why."""
    needs: frozenset[ObjectKey] = frozenset()
    """Every object of the cluster that was looked for, found or not; with a selector, providers besides."""
    selects: bool = False
    """True if a selector chooses providers: then all ResourceSetInputProviders of the namespace count."""


Place = Callable[[Path], Location]
"""Where a part of a ResourceSet is written, by its path from the object's root."""


def places(data: bytes, obj: KubeObject) -> Place:
    """Where the parts of a ResourceSet are written.

    Args:
        data: the file that its origin names.
        obj: the ResourceSet.
    """
    index = next((one.index for one in load_documents(data) if _is_written(one, obj)), None)
    found: dict[Path, Location] = {}

    def place(path: Path) -> Location:
        if index is None:
            return obj.origin
        if path not in found:
            found[path] = replace(obj.origin, line=line_of(data, index, path))
        return found[path]

    return place


def _is_written(document: Document, obj: KubeObject) -> bool:
    return document.line == obj.origin.line and mapping(document.value).get("kind") == obj.kind


@dataclass(frozen=True)
class ResourceSets:
    """Expands ResourceSets; safe for threads if its parts are."""

    helm: HelmEngine
    cache: BuildCache = field(default_factory=MemoryCache)

    def expand(
        self, obj: KubeObject, find: Find, providers: Iterable[KubeObject], place: Place | None = None
    ) -> Expansion:
        """What a ResourceSet makes on its cluster.

        Args:
            obj: the ResourceSet.
            find: finds an object of the cluster, None if Git does not hold it.
            providers: the cluster's ResourceSetInputProviders; only looked at if a selector chooses among them.
            place: where a part of the ResourceSet is written; else its objects were written where it was.

        Raises:
            BuildError: the operator would fail; the place is the ResourceSet's.
            NotFetched: only the cluster knows what comes out.
            LimitError: it is beyond a limit.
        """
        needs: set[ObjectKey] = set()

        def noting(key: ObjectKey) -> KubeObject | None:
            needs.add(key)
            return find(key)

        try:
            expansion = self._expand(obj, noting, providers, place or (lambda _: obj.origin))
        except InputError as err:
            raise type(err)(str(err), file=obj.origin.path, line=obj.origin.line) from None
        return replace(expansion, needs=frozenset(needs), selects=selects_providers(obj))

    def _expand(self, obj: KubeObject, find: Find, providers: Iterable[KubeObject], place: Place) -> Expansion:
        if is_disabled(obj):
            raise NotFetched("its annotation turns reconciliation off, so the cluster keeps what it has made before")
        if len(json.dumps(obj.value)) > MAX_OBJECT_BYTES:
            raise LimitError(f"the ResourceSet is over {MAX_OBJECT_BYTES:,} bytes (MAX_OBJECT_BYTES)")
        steps = steps_of(obj.spec)
        inputs = combined(obj, find, providers)
        if inputs.empties:
            return Expansion((), tuple(_of_providers(obj, inputs)))
        sources = [source for step in steps for source in step.sources]
        check_count(inputs, len(sources), MAX_RENDERINGS)
        unknown = unknown_in(inputs)
        translated = [source.translated for source in sources]
        actions = [action for one in translated for action in one.actions]
        check(actions, unknown)
        go_functions.check_together(
            frozenset(name for one in translated for name in one.functions),
            [constant for action in actions for constant in action.constants],
            texts_in(inputs.parts),
        )
        try:
            found = self._made(steps, inputs)
            values = [_owned(one.value, obj) for one in found]
            values, copies = with_copies(values, find)
        except BuildError as err:
            if matters(actions, unknown):
                raise NotFetched(f"{err.message} ({unknown.why}, so this may be no error)") from None
            raise
        paths = [path for step in steps for path in step.paths]
        objects = [KubeObject(value, place(paths[one.source])) for one, value in zip(found, values, strict=True)]
        left_out = [(f"{part} of {objects[index].key} ({obj.key})", why) for index, part, why in copies]
        named = [*_of_providers(obj, inputs), *_with_stand_ins(obj, objects, inputs), *left_out]
        return Expansion(tuple(objects), tuple(named))

    def _made(self, steps: list[Step], inputs: Inputs) -> list[Made]:
        """The objects of all steps, from the cache if it has them."""
        sources = [source for step in steps for source in step.sources]
        layout = [(step.name, len(step.sources), step.has_text) for step in steps]
        digest = hashlib.sha256(
            json.dumps([self.helm.version, template_of(sources, inputs).digest(), layout]).encode()
        ).hexdigest()
        kept = self.cache.get(digest)
        if kept is None:
            results = self._rendered(sources, inputs)
            found = list(objects_of(steps, results, with_inputs=bool(inputs.sets)))
            kept = json.dumps([(one.value, one.source) for one in found])
            self.cache.put(digest, kept)
        return [Made(value, source) for value, source in json.loads(kept)]

    def _rendered(self, sources: list[Source], inputs: Inputs) -> list[list[str]]:
        try:
            return render(sources, inputs, self.helm) if sources else []
        except OtherYaml as other:
            again = [
                source_of(one.name, other.texts[index], one.value) if index in other.texts else one
                for index, one in enumerate(sources)
            ]
        return render(again, inputs, self.helm)


def _owned(value: dict[str, Any], obj: KubeObject) -> dict[str, Any]:
    """An object with the labels of its owner and common metadata."""
    common = mapping(obj.spec.get("commonMetadata"))
    owner = {f"{_OWNER}/name": obj.name, f"{_OWNER}/namespace": obj.namespace}
    metadata = dict(mapping(value.get("metadata")))
    metadata["labels"] = {**texts_of(metadata.get("labels")), **owner, **mapping(common.get("labels"))}
    annotations = {**texts_of(metadata.get("annotations")), **mapping(common.get("annotations"))}
    if annotations:
        metadata["annotations"] = annotations
    return {**value, "metadata": metadata}


def _of_providers(obj: KubeObject, inputs: Inputs) -> Iterator[tuple[str, str]]:
    for name in inputs.scheduled:
        what = f"inputs of {obj.key} from ResourceSetInputProvider {name}"
        yield what, "its schedule says when the cluster takes over the values that Git has"


def _with_stand_ins(obj: KubeObject, objects: list[KubeObject], inputs: Inputs) -> Iterator[tuple[str, str]]:
    """The objects that have the id of a provider somewhere."""
    for name in inputs.stand_ins:
        for one in objects:
            if any(stand_in(name) in found for found in texts_in([one.value])):
                what = f"{stand_in(name)!r} in {one.key} ({obj.key})"
                yield what, f"the id of ResourceSetInputProvider {name} is given by the cluster"
