"""`slipway.yaml`: what a fleet tells Slipway about itself, at the root of `gitops-system`."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from slipway.errors import InputError
from slipway.fleet.manifests import Path, line_of, load_document
from slipway.fleet.objects import mapping
from slipway.fleet.tree import Tree

FILE = "slipway.yaml"
Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")

KUBERNETES_VERSIONS = ("1.31", "1.32", "1.33", "1.34", "1.35", "1.36")
"""What EKS offers, extended support included (docs.aws.amazon.com/eks, Kubernetes versions; 2026-11)."""
DEFAULT_KUBERNETES_VERSION = "1.35"
"""What objects are checked against on a cluster whose version Git does not say."""
MAX_PROBLEMS = 20
"""Wrong values that are named at once."""
_VERSION = re.compile(r"[0-9]+\.[0-9]+")


@dataclass(frozen=True)
class ClusterSettings:
    """What `slipway.yaml` says about one cluster; all of it is optional."""

    path: str | None = None
    """Directory that the cluster's Flux syncs; names the cluster that Slipway finds there."""
    kubernetes_version: str | None = None
    """`major.minor`."""
    kube_config: str | None = None
    """Name of the Secret or ConfigMap by which other clusters' Kustomizations reach this one."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Values for variables that only the cluster knows."""

    @property
    def directory(self) -> str:
        """The path, normalised as a Kustomization's: `""` is the root, and if there is none."""
        return posixpath.normpath("/" + (self.path or "")).lstrip("/")


@dataclass(frozen=True)
class Settings:
    """The whole file."""

    clusters: Mapping[str, ClusterSettings] = field(default_factory=dict)
    fail_on: Severity = "error"
    """The least severe finding that fails the check."""
    repositories: tuple[str, ...] = ()
    """`owner/name`, or patterns of it: what may be read to render a pull request that is the first to name it."""
    charts: tuple[str, ...] = ()
    """URLs of chart repositories, or patterns of them: what charts may be fetched from, likewise."""


def load_settings(tree: Tree) -> Settings:
    """The fleet's settings; the defaults if there is no `slipway.yaml`.

    Raises:
        InputError: one or more values are wrong; the text names all of them with their lines.
    """
    if FILE not in tree:
        return Settings()
    data = tree.read(FILE)
    reader = _Reader(data)
    root = reader.mapping((), load_document(data, FILE), {"charts", "clusters", "failOn", "repositories"})
    clusters = {
        name: reader.cluster(("clusters", name), value)
        for name, value in reader.mapping(("clusters",), root.get("clusters"), None).items()
    }
    reader.check_paths(clusters)
    fail_on = root.get("failOn", "error")
    if fail_on not in SEVERITIES:
        reader.wrong(("failOn",), f"failOn is {fail_on!r}; it is one of {', '.join(SEVERITIES)}")
    repositories = reader.texts(("repositories",), root.get("repositories"))
    charts = reader.texts(("charts",), root.get("charts"))
    reader.check()
    return Settings(clusters, fail_on, repositories, charts)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._problems: list[tuple[int, str]] = []

    def wrong(self, path: Path, problem: str) -> None:
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append((line_of(self._data, 0, path), problem))

    def mapping(self, path: Path, value: Any, known: set[str] | None) -> Mapping[str, Any]:
        name = ".".join(map(str, path)) or "the file"
        if not isinstance(value, Mapping):
            if value is not None:
                self.wrong(path, f"{name} must be a mapping")
            return {}
        for key in value:
            if known is not None and key not in known:
                self.wrong((*path, key), f"{name} has no field {key!r}; it has {', '.join(sorted(known))}")
        return value

    def text(self, path: Path, value: Any) -> str | None:
        if value is None or isinstance(value, str):
            return value
        self.wrong(path, f"{'.'.join(map(str, path))} must be text; put it in quotes")
        return None

    def texts(self, path: Path, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list):
            if value is not None:
                self.wrong(path, f"{'.'.join(map(str, path))} must be a list")
            return ()
        return tuple(self.text((*path, index), item) or "" for index, item in enumerate(value))

    def cluster(self, path: Path, value: Any) -> ClusterSettings:
        known = {"path", "kubernetesVersion", "kubeConfig", "variables"}
        fields = self.mapping(path, value, known)
        variables = self.mapping((*path, "variables"), fields.get("variables"), None)
        version = self.text((*path, "kubernetesVersion"), fields.get("kubernetesVersion"))
        if version is not None and not _VERSION.fullmatch(version):
            self.wrong((*path, "kubernetesVersion"), f"{'.'.join(map(str, path))}.kubernetesVersion is not like 1.35")
        return ClusterSettings(
            path=self.text((*path, "path"), fields.get("path")),
            kubernetes_version=version,
            kube_config=self.text((*path, "kubeConfig"), fields.get("kubeConfig")),
            variables={
                name: self.text((*path, "variables", name), item) or "" for name, item in mapping(variables).items()
            },
        )

    def check_paths(self, clusters: Mapping[str, ClusterSettings]) -> None:
        first: dict[str, str] = {}
        for name, cluster in clusters.items():
            if cluster.path is not None and (other := first.setdefault(cluster.directory, name)) != name:
                self.wrong(("clusters", name, "path"), f"clusters.{name}.path is that of clusters.{other} too")

    def check(self) -> None:
        if self._problems:
            lines = [f"line {line}: {problem}" for line, problem in sorted(self._problems)]
            raise InputError("; ".join(lines), file=FILE, line=min(self._problems)[0])
