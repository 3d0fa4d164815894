"""Kubernetes objects: what they are called and where they come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any


@dataclass(frozen=True, order=True)
class Location:
    """A line in a file of a repository."""

    source: str
    """Name of the tree, e.g. `acme/gitops-system`; `""` for the repository that is being looked at."""
    path: str
    line: int
    """1-based; 0 if the location is the whole file."""
    revision: str = field(default="", compare=False)
    """Commit of the tree that it was read from, `""` for a working directory. It is no part of the place: the same
    line of two commits is equal, and what was derived for one commit is kept for the next that has the same files."""

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{self.source}:{place}" if self.source else place


@dataclass(frozen=True, order=True)
class ObjectKey:
    """What makes an object one object to the API server: its version does not."""

    group: str
    kind: str
    namespace: str
    """`""` for cluster-scoped objects and for those that name none."""
    name: str

    def __str__(self) -> str:
        """E.g. `Deployment web/api`; the group is named where it is not one of Kubernetes' or Flux's own."""
        plain = "." not in self.group or self.group.endswith((".k8s.io", ".fluxcd.io", "fluxcd.controlplane.io"))
        kind = self.kind if plain else f"{self.kind}.{self.group}"
        return f"{kind} {self.namespace}/{self.name}" if self.namespace else f"{kind} {self.name}"


@dataclass(frozen=True)
class KubeObject:
    """An object as Flux would apply it."""

    value: Mapping[str, Any]
    origin: Location
    """Where it was written."""
    shown: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)
    """What to show of it if values of Secrets are substituted into it: the expressions as written. None: the value."""

    @property
    def api_version(self) -> str:
        """E.g. `apps/v1`."""
        return text(self.value.get("apiVersion"))

    @property
    def group(self) -> str:
        """API group, `""` for the core group."""
        return self.key.group

    @property
    def kind(self) -> str:
        """E.g. `Deployment`."""
        return self.key.kind

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The object's metadata, empty if it has none."""
        return mapping(self.value.get("metadata"))

    @property
    def name(self) -> str:
        """`metadata.name`."""
        return self.key.name

    @property
    def namespace(self) -> str:
        """`metadata.namespace`, `""` if it has none."""
        return self.key.namespace

    @property
    def spec(self) -> Mapping[str, Any]:
        """The object's spec, empty if it has none."""
        return mapping(self.value.get("spec"))

    @cached_property
    def key(self) -> ObjectKey:
        """Its identity; the fields of an object that are asked for most."""
        value, metadata = self.value, self.metadata
        names = (text(metadata.get(name)) for name in ("namespace", "name"))
        return ObjectKey(group_of(self.api_version), text(value.get("kind")), *names)


def group_of(api_version: str) -> str:
    """The group of an `apiVersion`: `apps/v1` → `apps`, `v1` → `""`."""
    return api_version.rpartition("/")[0]


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is a mapping, else an empty one: hand-written YAML holds anything."""
    # Nearly all of them are dictionaries or missing, which is told much faster than that something is a mapping.
    if type(value) is dict:
        return value
    return value if value is not None and isinstance(value, Mapping) else {}


def sequence(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: Any) -> str:
    """The value if it is text, else `""`."""
    return value if isinstance(value, str) else ""


def value_at(value: Any, path: Iterable[str | int]) -> Any:
    """What something has in a field; None if it has not."""
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value
