"""From what the templates of a ResourceSet give to objects.

flux-operator v0.58 (`internal/builder/resourceset.go`) reads them with fluxcd/pkg's `ssa/utils/object.go` and
Kubernetes' `util/yaml/decoder.go`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slipway.errors import InputError, LimitError
from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.manifests import load_first_document
from slipway.fleet.objects import ObjectKey, group_of, mapping, text
from slipway.fleet.resource_copies import texts_of
from slipway.fleet.resource_inputs import DISABLED


@dataclass(frozen=True)
class Made:
    """An object that a template gives."""

    value: dict[str, Any]
    source: int
    """Index of the template."""

    @property
    def key(self) -> ObjectKey:
        """Its identity."""
        metadata = mapping(self.value.get("metadata"))
        return ObjectKey(
            group_of(text(self.value.get("apiVersion"))),
            text(self.value.get("kind")),
            text(metadata.get("namespace")),
            text(metadata.get("name")),
        )

    @property
    def disabled(self) -> bool:
        """True if it says itself that it is not to be applied."""
        return texts_of(mapping(self.value.get("metadata")).get("annotations")).get(DISABLED) == "disabled"


def made(results: Sequence[str], source: int, name: str, *, several: bool) -> Iterator[Made]:
    """The objects that a template gives with each set of inputs.

    Args:
        results: what it gives.
        source: its index.
        name: what it is called, for messages.
        several: whether it is `resourcesTemplate`, and may give any number of them.

    Raises:
        BuildError: the operator would refuse what it gives.
        NotFetched: only the operator can read it.
        LimitError: it is beyond the limits of `slipway.fleet.events`.
    """
    for number, result in enumerate(results):
        what = f"{name} with set {number} of the inputs" if len(results) > 1 else name
        try:
            documents = list(_documents(result))
            for document in documents if several else documents[:1]:
                yield from (Made(value, source) for value in _objects(document, several=several))
        except LimitError as err:
            raise LimitError(f"{what}: {err.message}") from None
        except (BuildError, NotFetched) as err:
            raise type(err)(f"{what}: {err.message}") from None
        except InputError as err:
            raise _refused(err, what, result) from None


def distinct(objects: Sequence[Made], *, with_inputs: bool, from_text: Sequence[int]) -> list[Made]:
    """The objects of one step without those that are not to be applied, and each once: the first one stays.

    Args:
        objects: in order.
        with_inputs: whether there are inputs: without, entries of `resources` are taken as they are.
        from_text: the indices of templates that are a `resourcesTemplate`.
    """
    kept: list[Made] = []
    seen: set[ObjectKey] = set()
    for one in objects:
        if (with_inputs or one.source in from_text) and (one.disabled or one.key in seen):
            continue
        seen.add(one.key)
        kept.append(one)
    return kept


def _documents(stream: str) -> Iterator[str]:
    """Documents as Kubernetes cuts them: at lines that begin with three hyphens, wherever those are."""
    lines: list[str] = []
    for line in stream.split("\n"):
        bare = line.removesuffix("\r")
        if bare.startswith("---"):
            rest = bare[3:].strip()
            if rest and not rest.startswith("#"):
                raise BuildError(f"invalid Yaml document separator: {rest[:40]}")
            if lines:
                yield "\n".join(lines)
                lines = []
                continue
        lines.append(bare)
    if any(lines):
        yield "\n".join(lines)


def _objects(document: str, *, several: bool) -> Iterator[dict[str, Any]]:
    value = load_first_document(f"{document}\n".encode())
    if value is None and several:
        return
    if not isinstance(value, Mapping):
        raise BuildError("a document is no object")
    if not text(value.get("kind")):
        raise BuildError("Object 'Kind' is missing")
    items = value.get("items")
    if not several:
        yield _named(value)
    elif isinstance(items, list):
        for item in items:
            if not isinstance(item, Mapping):
                raise BuildError("a list has an item that is no object")
            yield _named(item)
    elif _is_object(value):
        yield dict(value)


def _is_object(value: Mapping[str, Any]) -> bool:
    """False for what the operator passes over: half objects, and files of kustomize's."""
    api_version, kind = text(value.get("apiVersion")), text(value.get("kind"))
    if kind.lower() == "kustomization" and api_version.startswith("kustomize.config.k8s.io/"):
        return False
    return bool(api_version and text(mapping(value.get("metadata")).get("name")))


def _named(value: Mapping[str, Any]) -> dict[str, Any]:
    name = text(mapping(value.get("metadata")).get("name"))
    if not (name and text(value.get("apiVersion")) and text(value.get("kind"))):
        raise BuildError("an object without apiVersion, kind or name")
    return dict(value)


def _refused(err: InputError, what: str, result: str) -> InputError:
    """What cannot be read here; Go's decoders read some of it."""
    message = f"{what}: what it gives is refused: {err.message}"
    if "duplicate key" in err.message:
        return NotFetched(f"{message}; the operator takes the last one")
    if result.lstrip().startswith("{"):
        return NotFetched(f"{message}; the operator may read it as JSON")
    return BuildError(message)
