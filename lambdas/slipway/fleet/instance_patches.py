"""What the patches of a FluxInstance make of its root Kustomization and the source of that.

flux-operator builds both together with Flux's controllers, and `spec.kustomize.patches` is about all of them
(flux-operator, `internal/builder/templates.go`). So a fleet gives its root Kustomization decryption and variables, or
its source an `ignore`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from slipway.errors import InputError
from slipway.fleet.clusters import EntryPoint, Skipped
from slipway.fleet.flux import Kustomization, Source, is_kustomization, is_source
from slipway.fleet.kustomize import Builder
from slipway.fleet.manifests import dump, load_documents
from slipway.fleet.objects import KubeObject, mapping, text
from slipway.fleet.tree import Tree

_FILE = "sync.yaml"


def patched(entries: Iterable[EntryPoint], builder: Builder) -> tuple[list[EntryPoint], list[Skipped]]:
    """The entry points as they are on the cluster, and the patches that cannot be applied."""
    found, failed = [], []
    for entry in entries:
        try:
            found.append(_patched(entry, builder))
        except InputError as err:
            found.append(entry)
            where = entry.kustomizations[0].definition.origin
            failed.append(Skipped(f"the patches of {where}", f"they do not apply: {err.message}", where))
    return found, failed


def _patched(entry: EntryPoint, builder: Builder) -> EntryPoint:
    objects = [*(one.definition for one in entry.kustomizations), *(one.definition for one in entry.sources)]
    patches = [patch for patch in entry.patches if _is_about(patch, objects)]
    if not patches:
        return entry
    origin = objects[0].origin
    content = "---\n".join(dump(obj.value) for obj in objects).encode()
    build = builder.build(Tree({_FILE: content}), "", {"patches": patches})
    made = [KubeObject(item.value, origin) for item in build]
    kustomizations = tuple(Kustomization(obj) for obj in made if is_kustomization(obj))
    sources = tuple(Source(obj) for obj in made if is_source(obj))
    own = frozenset(one.source for one in kustomizations)
    return replace(entry, kustomizations=kustomizations, sources=sources, own_sources=own)


def _is_about(patch: Mapping[str, Any], objects: list[KubeObject]) -> bool:
    """False for one that only the controllers are meant by: they are not at hand, and kustomize would miss them."""
    if target := mapping(patch.get("target")):
        return any(_may_be(text(target.get("kind")), obj.kind) for obj in objects)
    documents = [KubeObject(mapping(doc.value), objects[0].origin) for doc in load_documents(_content(patch))]
    return any((one.kind, one.name) == (obj.kind, obj.name) for one in documents for obj in objects)


def _content(patch: Mapping[str, Any]) -> bytes:
    return text(patch.get("patch")).encode()


def _may_be(pattern: str, kind: str) -> bool:
    """True if a kind may be what a target's pattern matches, which kustomize decides."""
    try:
        return not pattern or re.fullmatch(pattern, kind) is not None
    except re.error:
        return True
