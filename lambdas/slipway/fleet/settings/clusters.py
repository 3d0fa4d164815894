"""`clusters`: what `slipway.yaml` says about single clusters."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slipway.fleet.manifests import Path
from slipway.fleet.objects import mapping
from slipway.fleet.settings.reader import Reader

KUBERNETES_VERSIONS = ("1.31", "1.32", "1.33", "1.34", "1.35", "1.36")
"""What EKS offers, extended support included (docs.aws.amazon.com/eks, Kubernetes versions; 2026-11)."""
DEFAULT_KUBERNETES_VERSION = "1.35"
"""What objects are checked against on a cluster whose version Git does not say."""
_VERSION = re.compile(r"[0-9]+\.[0-9]+")
_ACCOUNT = re.compile(r"[0-9]{12}")


@dataclass(frozen=True)
class ClusterSettings:
    """What `slipway.yaml` says about one cluster; all of it is optional."""

    path: str | None = None
    """Directory that the cluster's Flux syncs; names the cluster that Slipway finds there."""
    kubernetes_version: str | None = None
    """`major.minor`."""
    kube_config: str | None = None
    """Name of the Secret or ConfigMap by which other clusters' Kustomizations reach this one."""
    account: str | None = None
    """Id of the AWS account that the cluster and what belongs to it is in."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Values for variables that only the cluster knows."""

    @property
    def directory(self) -> str:
        """The path, normalised as a Kustomization's: `""` is the root, and if there is none."""
        return posixpath.normpath("/" + (self.path or "")).lstrip("/")


def read_clusters(reader: Reader, path: Path, value: Any) -> Mapping[str, ClusterSettings]:
    """The clusters by their names."""
    clusters = {name: _cluster(reader, (*path, name), item) for name, item in reader.mapping(path, value, None).items()}
    first: dict[str, str] = {}
    for name, cluster in clusters.items():
        if cluster.path is not None and (other := first.setdefault(cluster.directory, name)) != name:
            reader.wrong((*path, name, "path"), f"clusters.{name}.path is that of clusters.{other} too")
    return clusters


def _cluster(reader: Reader, path: Path, value: Any) -> ClusterSettings:
    known = {"path", "kubernetesVersion", "kubeConfig", "account", "variables"}
    fields = reader.mapping(path, value, known)
    variables = reader.mapping((*path, "variables"), fields.get("variables"), None)
    version = reader.text((*path, "kubernetesVersion"), fields.get("kubernetesVersion"))
    if version is not None and not _VERSION.fullmatch(version):
        reader.wrong((*path, "kubernetesVersion"), f"{'.'.join(map(str, path))}.kubernetesVersion is not like 1.35")
    account = reader.text((*path, "account"), fields.get("account"))
    if account is not None and not _ACCOUNT.fullmatch(account):
        reader.wrong((*path, "account"), f"{'.'.join(map(str, path))}.account is not twelve digits")
    return ClusterSettings(
        path=reader.text((*path, "path"), fields.get("path")),
        kubernetes_version=version,
        kube_config=reader.text((*path, "kubeConfig"), fields.get("kubeConfig")),
        account=account,
        variables={
            name: reader.text((*path, "variables", name), item) or "" for name, item in mapping(variables).items()
        },
    )
