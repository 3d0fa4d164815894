"""What helm prints: manifests, each with the file of the chart that it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.errors import InputError
from slipway.fleet.errors import BuildError
from slipway.fleet.manifests import load_documents
from slipway.fleet.objects import mapping, sequence, text

HOOK = "helm.sh/hook"
"""Annotation that makes a hook of an object."""


@dataclass(frozen=True)
class Manifest:
    """One manifest."""

    source: str
    """Path of its file, from the directory above the chart's: `app/templates/service.yaml`."""
    text: str

    @property
    def in_crds(self) -> bool:
        """True if it lies in the `crds/` of the chart or of one in it, where nothing is a template."""
        return _IN_CRDS.match(self.source) is not None


_SOURCE = re.compile(r"^---\n# Source: ([^\n]*)\n", re.MULTILINE)
_IN_CRDS = re.compile(r"(?:[^/]+/charts/)*[^/]+/crds/")
_DOCUMENT = re.compile(r"^---[ \t]*\n", re.MULTILINE)


def manifests(output: str) -> list[Manifest]:
    """The manifests in an output of `helm template`."""
    parts = _SOURCE.split(output)
    return [Manifest(source, content) for source, content in zip(parts[1::2], parts[2::2], strict=True)]


def objects(stream: str, what: str) -> Iterator[Mapping[str, Any]]:
    """The objects in a stream of YAML, those of Lists one by one.

    Raises:
        BuildError: it is no YAML of objects; `what` names it.
    """
    for content in _DOCUMENT.split(stream):
        try:
            documents = load_documents(content.encode())
        except InputError as err:
            raise type(err)(f"{what}: {err.message}") from None
        for document in documents:
            value = document.value
            if not isinstance(value, dict) or not text(value.get("kind")):
                raise BuildError(f"{what}: a document is no Kubernetes object")
            if value["kind"].endswith("List") and isinstance(value.get("items"), list):
                yield from map(mapping, sequence(value["items"]))
            else:
                yield value


def hook_events(value: Mapping[str, Any]) -> frozenset[str]:
    """The events that an object is a hook for; empty if it is none."""
    annotation = text(mapping(mapping(value.get("metadata")).get("annotations")).get(HOOK))
    return frozenset(event.strip() for event in annotation.lower().split(",") if event.strip())
