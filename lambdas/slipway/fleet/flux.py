"""Flux's own kinds, as far as a renderer reads them.

Fields and defaults are those of Flux 2.9 and later (API groups `kustomize.toolkit.fluxcd.io`,
`source.toolkit.fluxcd.io`, `helm.toolkit.fluxcd.io`, `fluxcd.controlplane.io`). Older versions of the same kinds are
read alike: the fields that matter here have kept their names.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slipway.fleet.objects import KubeObject, ObjectKey, mapping, sequence, text

KUSTOMIZE_GROUP = "kustomize.toolkit.fluxcd.io"
SOURCE_GROUP = "source.toolkit.fluxcd.io"
HELM_GROUP = "helm.toolkit.fluxcd.io"
OPERATOR_GROUP = "fluxcd.controlplane.io"

ROOT_NAME = "flux-system"
"""Name that bootstrap gives to the root Kustomization and its source."""
SOURCE_KINDS = ("GitRepository", "OCIRepository", "Bucket", "ExternalArtifact")


def is_kustomization(obj: KubeObject) -> bool:
    """True for Flux's Kustomization; kustomize's own file of that name has another group."""
    return obj.kind == "Kustomization" and obj.group == KUSTOMIZE_GROUP


def is_source(obj: KubeObject) -> bool:
    """True for the kinds that a Kustomization can take its files from."""
    return obj.group == SOURCE_GROUP and obj.kind in SOURCE_KINDS


def is_helm_release(obj: KubeObject) -> bool:
    """True for HelmRelease."""
    return obj.kind == "HelmRelease" and obj.group == HELM_GROUP


def is_provider(key: ObjectKey) -> bool:
    """True for flux-operator's ResourceSetInputProvider."""
    return key.kind == "ResourceSetInputProvider" and key.group == OPERATOR_GROUP


@dataclass(frozen=True)
class VariablesRef:
    """An entry of `spec.postBuild.substituteFrom`."""

    kind: str
    name: str
    optional: bool


@dataclass(frozen=True)
class Kustomization:
    """A Flux Kustomization."""

    definition: KubeObject

    @property
    def key(self) -> ObjectKey:
        """Its identity on the cluster whose Flux reconciles it."""
        return self.definition.key

    @property
    def spec(self) -> Mapping[str, Any]:
        """The spec as written."""
        return self.definition.spec

    @property
    def path(self) -> str:
        """Directory in the source, normalised: `""` is the root. As in Flux, no `..` leads above that."""
        return posixpath.normpath("/" + text(self.spec.get("path"))).lstrip("/")

    @property
    def source(self) -> ObjectKey:
        """The source that it takes its files from."""
        return reference(self.spec.get("sourceRef"), SOURCE_GROUP, self.definition.namespace)

    @property
    def suspended(self) -> bool:
        """True if Flux leaves it alone."""
        return self.spec.get("suspend") is True

    @property
    def depends_on(self) -> tuple[ObjectKey, ...]:
        """Kustomizations that must be ready first; `dependsOn` names no kind, it is always a Kustomization."""
        return tuple(
            ObjectKey(
                KUSTOMIZE_GROUP,
                "Kustomization",
                text(entry.get("namespace")) or self.definition.namespace,
                text(entry.get("name")),
            )
            for entry in map(mapping, sequence(self.spec.get("dependsOn")))
        )

    @property
    def kube_config(self) -> tuple[str, str] | None:
        """Kind (`Secret` or `ConfigMap`) and name of what describes the cluster that it applies to; None: its own."""
        return kube_config(self.spec)

    @property
    def substitutes(self) -> bool:
        """True if `spec.postBuild` is set: without it, nothing is substituted."""
        return isinstance(self.spec.get("postBuild"), Mapping)

    @property
    def inline_variables(self) -> Mapping[str, str]:
        """`spec.postBuild.substitute`, line breaks removed as Flux removes them."""
        values = mapping(mapping(self.spec.get("postBuild")).get("substitute"))
        return {name: str(value).replace("\n", "") for name, value in values.items()}

    @property
    def variables_from(self) -> tuple[VariablesRef, ...]:
        """`spec.postBuild.substituteFrom`, in order: later ones win."""
        entries = sequence(mapping(self.spec.get("postBuild")).get("substituteFrom"))
        return tuple(
            VariablesRef(text(entry.get("kind")), text(entry.get("name")), entry.get("optional") is True)
            for entry in map(mapping, entries)
        )

    @property
    def common_metadata(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Labels and annotations put on every object at apply."""
        common = mapping(self.spec.get("commonMetadata"))
        return mapping(common.get("labels")), mapping(common.get("annotations"))


@dataclass(frozen=True)
class Source:
    """A GitRepository, OCIRepository, Bucket or ExternalArtifact."""

    definition: KubeObject

    @property
    def key(self) -> ObjectKey:
        """Its identity on its cluster."""
        return self.definition.key

    @property
    def url(self) -> str:
        """`spec.url`; a Bucket has `endpoint/bucketName`."""
        spec = self.definition.spec
        return text(spec.get("url")) or posixpath.join(text(spec.get("endpoint")), text(spec.get("bucketName")))

    @property
    def shown_url(self) -> str:
        """The URL without the token that somebody may have written into it."""
        return re.sub(r"^(https?://)[^/@]*@", r"\1", self.url)

    @property
    def ref(self) -> Mapping[str, str]:
        """`spec.ref`: branch, tag, semver, commit, name or digest."""
        return {name: str(value) for name, value in mapping(self.definition.spec.get("ref")).items()}

    @property
    def ignore(self) -> str | None:
        """`spec.ignore` in .gitignore's syntax; None if not set (then Flux's defaults hold)."""
        ignore = self.definition.spec.get("ignore")
        return ignore if isinstance(ignore, str) else None

    @property
    def repository(self) -> str:
        """The URL without protocol, user, port and `.git`: `github.com/acme/gitops-system`."""
        return repository_of(self.url)


def reference(value: Any, group: str, namespace: str) -> ObjectKey:
    """A `sourceRef`-like reference as a key."""
    ref = mapping(value)
    return ObjectKey(group, text(ref.get("kind")), text(ref.get("namespace")) or namespace, text(ref.get("name")))


def kube_config(spec: Mapping[str, Any]) -> tuple[str, str] | None:
    """Kind (`Secret` or `ConfigMap`) and name that `spec.kubeConfig` refers to, of a Kustomization or HelmRelease."""
    config = mapping(spec.get("kubeConfig"))
    for field, kind in (("secretRef", "Secret"), ("configMapRef", "ConfigMap")):
        if name := text(mapping(config.get(field)).get("name")):
            return kind, name
    return None


def repository_of(url: str) -> str:
    """A Git URL's host and path: `ssh://git@github.com/a/b` and `git@github.com:a/b.git` are `github.com/a/b`."""
    rest = url.partition("://")[2] or url.replace(":", "/", 1)
    host, _, path = rest.partition("/")
    host = host.rpartition("@")[2].partition(":")[0].lower()
    return f"{host}/{path.strip('/').removesuffix('.git')}"
