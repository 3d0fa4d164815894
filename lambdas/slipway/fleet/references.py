"""What a kustomization refers to, and what kustomize does with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from slipway.fleet.objects import mapping, sequence, text


class Role(Enum):
    """What a reference may name."""

    RESOURCE = "a file of objects, or a directory with a kustomization"
    COMPONENT = "a directory with a kustomization"
    YAML = "a file of YAML"
    DATA = "any file"
    PATCH = "a file of YAML, or the YAML itself"
    PLUGIN = "a file, a directory or text that configures a generator or transformer"
    INLINE = "the YAML itself"
    HELM = "a Helm chart"


@dataclass(frozen=True)
class Reference:
    """A field that names something, or holds it."""

    value: str
    field: str
    """How messages call it."""
    at: tuple[str | int, ...]
    """Where it stands in the kustomization."""
    role: Role


def references(content: Mapping[str, Any]) -> Iterator[Reference]:
    """Everything that a kustomization makes kustomize read, in no particular order.

    Args:
        content: its fields by their own names (`slipway.fleet.kustomization`).
    """
    for name, role in _LISTS.items():
        for at, entry in enumerate(sequence(content.get(name))):
            yield Reference(text(entry), name, (name, at), role)
    if path := text(mapping(content.get("openapi")).get("path")):
        yield Reference(path, "openapi", ("openapi", "path"), Role.YAML)
    for name in ("patches", "patchesJson6902", "replacements"):
        for at, entry in enumerate(sequence(content.get(name))):
            if path := text(mapping(entry).get("path")):
                yield Reference(path, name, (name, at, "path"), Role.YAML)
            if patch := text(mapping(entry).get("patch")):
                yield Reference(patch, name, (name, at, "patch"), Role.INLINE)
    for name in ("configMapGenerator", "secretGenerator"):
        for at, entry in enumerate(sequence(content.get(name))):
            yield from _of_generator(mapping(entry), name, (name, at))
    for name in ("helmCharts", "helmChartInflationGenerator"):
        if content.get(name):
            yield Reference("", name, (name,), Role.HELM)


_LISTS: Mapping[str, Role] = {
    "resources": Role.RESOURCE,
    "bases": Role.RESOURCE,
    "components": Role.COMPONENT,
    "crds": Role.YAML,
    "configurations": Role.YAML,
    "patchesStrategicMerge": Role.PATCH,
    "generators": Role.PLUGIN,
    "transformers": Role.PLUGIN,
    "validators": Role.PLUGIN,
}


def references_of_plugin(config: Any, at: tuple[str | int, ...] = ()) -> Iterator[Reference]:
    """What the configuration of one of kustomize's own generators or transformers makes it read.

    Its fields' names are compared without case here too. Fields that are called `path` and name none, as those of
    fieldSpecs, are taken for paths nevertheless.
    """
    if isinstance(config, list):
        for index, item in enumerate(config):
            yield from references_of_plugin(item, (*at, index))
    for name, value in mapping(config).items():
        role = _PLUGIN_FIELDS.get(name.casefold())
        if role is None:
            yield from references_of_plugin(value, (*at, name))
            continue
        for item in value if isinstance(value, list) else [value]:
            # A number or a boolean becomes text, but no text that leads anywhere.
            if isinstance(item, str):
                path = _path_of_source(item) if name.casefold() == "files" else item
                yield Reference(path, name, (*at, name), role)
            else:
                yield from references_of_plugin(item, (*at, name))
    if text(mapping(config).get("kind")) == "HelmChartInflationGenerator":
        yield Reference("", "HelmChartInflationGenerator", at, Role.HELM)


_PLUGIN_FIELDS: Mapping[str, Role] = {
    "path": Role.YAML,
    "paths": Role.PATCH,
    "targetfilepath": Role.DATA,
    "files": Role.DATA,
    "envs": Role.DATA,
    "env": Role.DATA,
    "patch": Role.INLINE,
    "patches": Role.INLINE,
    "jsonop": Role.INLINE,
}


def _path_of_source(source: str) -> str:
    """The path of an entry of `files`, `path` or `key=path`."""
    return source.partition("=")[2] if "=" in source else source


def _of_generator(generator: Mapping[str, Any], name: str, at: tuple[str | int, ...]) -> Iterator[Reference]:
    for index, entry in enumerate(sequence(generator.get("files"))):
        yield Reference(_path_of_source(text(entry)), f"{name} files", (*at, "files", index), Role.DATA)
    for index, entry in enumerate(sequence(generator.get("envs"))):
        yield Reference(text(entry), f"{name} envs", (*at, "envs", index), Role.DATA)
    if path := text(generator.get("env")):
        yield Reference(path, f"{name} env", (*at, "env"), Role.DATA)
