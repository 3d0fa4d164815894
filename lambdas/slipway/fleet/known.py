"""What the clusters are known to have while a fleet is being rendered, and what a Kustomization finds there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from typing import Any

from slipway.fleet.artifacts import (
    compose,
    external_artifact,
    external_artifacts,
    generator_of,
    generator_sources,
    is_generator,
    may_make,
)
from slipway.fleet.clusters import EntryPoint
from slipway.fleet.errors import BuildError
from slipway.fleet.flux import ROOT_NAME, SOURCE_GROUP, Kustomization, Source, is_provider, is_source
from slipway.fleet.model import Cluster, OwnerId
from slipway.fleet.objects import KubeObject, Location, ObjectKey, mapping, text
from slipway.fleet.post_build import Variables, is_encrypted, variables_in
from slipway.fleet.settings import DEFAULT_KUBERNETES_VERSION, ClusterSettings, Settings
from slipway.fleet.sources import Sources
from slipway.fleet.strictness import STRICT_BY_DEFAULT, strictness_of_controller
from slipway.fleet.tree import Tree


class Known:
    """The objects of each cluster that have been seen so far, and who asked for which.

    Whoever asks does so as `asked_by` itself, so that it can be told when an object comes, changes or goes.
    """

    def __init__(self, sources: Sources, settings: Settings) -> None:
        self._sources = sources
        self._settings = settings
        self._asker: OwnerId | None = None
        self._askers: dict[tuple[str, ObjectKey], set[OwnerId]] = {}
        """By cluster and identity of an object, whether there is one or not."""
        self._objects: dict[str, dict[ObjectKey, KubeObject]] = {}
        self._own: set[tuple[str, ObjectKey]] = set()
        """Sources that are the repository itself, by the cluster that knows them."""
        self._strict: dict[str, bool] = {}
        """Whether a cluster's Flux refuses variables that are not set, where something says so."""

    def asked_by(self, asker: OwnerId) -> Known:
        """The same objects, asked for by somebody."""
        view = copy(self)
        view._asker = asker
        return view

    def askers(self, cluster: str, key: ObjectKey) -> list[OwnerId]:
        """Who has asked for an object."""
        found = self._askers.get((cluster, key))
        return sorted(found) if found else []

    def fork(self, sources: Sources) -> Known:
        """The same knowledge of a fleet with other files, which goes its own way from here."""
        other = copy(self)
        other._sources = sources.knowing_root_of(self._sources)
        other._askers = {asked: set(askers) for asked, askers in self._askers.items()}
        other._objects = {cluster: dict(objects) for cluster, objects in self._objects.items()}
        other._own, other._strict = set(self._own), dict(self._strict)
        return other

    def add_cluster(self, name: str) -> None:
        """Know of a cluster."""
        self._objects.setdefault(name, {})

    def new_cluster(self, name: str) -> Cluster:
        """A cluster that nothing has landed on so far."""
        version = self._settings_of(name).kubernetes_version
        return Cluster(name, version or DEFAULT_KUBERNETES_VERSION, version is not None)

    def _settings_of(self, name: str) -> ClusterSettings:
        return self._settings.clusters.get(name) or ClusterSettings()

    def add_entry(self, entry: EntryPoint) -> None:
        """Know what a cluster has before anything is applied."""
        self.add_cluster(entry.cluster)
        if entry.strict is not None:
            self._strict[entry.cluster] = entry.strict
        self._own.update((entry.cluster, key) for key in entry.own_sources)
        for source in entry.sources:
            self._objects[entry.cluster][source.key] = source.definition
            if source.key in entry.own_sources:
                self._sources.register_root(source)

    def add(self, cluster: str, obj: KubeObject) -> Iterator[ObjectKey]:
        """Know of an object, and of what controllers make of it; yields what is known by that."""
        self._objects[cluster][obj.key] = obj
        if (cluster, obj.key) in self._own:
            self._sources.register_root(Source(obj))
        yield obj.key
        for made in external_artifacts(obj) if is_generator(obj) else ():
            self._objects[cluster][made.key] = made
            yield made.key

    def remove(self, cluster: str, obj: KubeObject) -> Iterator[ObjectKey]:
        """Know that an object is gone, and what controllers made of it; yields what was known by that."""
        gone = [obj, *(external_artifacts(obj) if is_generator(obj) else ())]
        for one in gone:
            if self._objects[cluster].pop(one.key, None) is not None:
                yield one.key

    def read_controller(self, cluster: str, objects: Iterable[Mapping[str, Any]]) -> bool | None:
        """Know what a cluster's Flux is like, should its kustomize-controller be among the objects.

        Returns:
            Whether it refuses variables that are not set; None if the objects do not say.
        """
        strict = strictness_of_controller(objects)
        if strict is not None:
            self._strict[cluster] = strict
        return strict

    def redefine_root(self, cluster: str, before: ObjectKey, after: ObjectKey) -> None:
        """Know that a cluster's root Kustomization takes the repository from another source than it began with."""
        if (cluster, before) in self._own:
            self._own.add((cluster, after))
            if (found := self._objects[cluster].get(after)) is not None:
                self._sources.register_root(Source(found))

    @property
    def branch(self) -> str:
        """The branch that the repository stands for; `""` if no cluster follows one."""
        return self._sources.branch

    def is_own(self, cluster: str, key: ObjectKey) -> bool:
        """True if a source is this repository."""
        return (cluster, key) in self._own

    def lacking(self, home: str, kustomization: Kustomization) -> ObjectKey | None:
        """A source, ConfigMap or Secret that a Kustomization needs and that has not been seen; it may still come."""
        known = self._objects[home]
        needed = [kustomization.source]
        if (source := known.get(kustomization.source)) is not None:
            generator = known.get(generator_of(source))
            needed.extend(generator_sources(generator).values() if generator and is_generator(generator) else ())
        needed.extend(_config_key(kustomization, ref.kind, ref.name) for ref in kustomization.variables_from)
        if kustomization.kube_config is not None:
            kind, name = kustomization.kube_config
            needed.extend([_config_key(kustomization, kind, name)] if kind == "ConfigMap" else [])
        return next((key for key in needed if key not in known), None)

    def source(self, cluster: str, key: ObjectKey, where: Location) -> Source | None:
        """A source as its cluster knows it; None for the repository itself where bootstrap is not in Git.

        Args:
            cluster: whose Flux looks for it.
            key: its identity.
            where: what refers to it, should it not be known.
        """
        found = self.find(cluster, key)
        if found is not None and is_source(found):
            return Source(found)
        if (cluster, key) in self._own:
            return None
        if key.kind == "ExternalArtifact":
            generators = (obj for obj in self._objects[cluster].values() if is_generator(obj) and may_make(obj, key))
            if (generator := next(generators, None)) is not None:
                return Source(external_artifact(generator, key.name))
        raw: dict[str, Any] = {
            "apiVersion": f"{SOURCE_GROUP}/v1",
            "kind": key.kind,
            "metadata": {"name": key.name, "namespace": key.namespace},
        }
        return Source(KubeObject(raw, where))

    def files(self, cluster: str, key: ObjectKey, source: Source | None, through: tuple[ObjectKey, ...] = ()) -> Tree:
        """The files of a source, put together from others where a generator makes it of them.

        Raises:
            NotFetched: they are not at hand.
            BuildError, LimitError: a generator fails.
        """
        if source is None or self._is_root(cluster, key, source):
            return self._sources.root_artifact(source)
        generator = self.find(cluster, generator_of(source.definition))
        if generator is None or not is_generator(generator) or self._sources.is_given(source):
            return self._sources.tree(source)
        if key in through:
            raise BuildError(f"{key} is made of itself")
        where = source.definition.origin
        trees = {
            alias: self.files(cluster, one, self.source(cluster, one, where), (*through, key))
            for alias, one in generator_sources(generator).items()
        }
        return compose(generator, key.name, trees)

    def _is_root(self, cluster: str, key: ObjectKey, source: Source) -> bool:
        """True if a source is the repository as it is being looked at; of a mirror, Git may not say the URL."""
        return (cluster, key) in self._own and (not source.url or self._sources.is_root(source))

    def find(self, cluster: str, key: ObjectKey) -> KubeObject | None:
        """An object of a cluster, None if nothing has brought it so far."""
        if self._asker is not None:
            self._askers.setdefault((cluster, key), set()).add(self._asker)
        return self._objects.get(cluster, {}).get(key)

    def providers(self, cluster: str) -> Iterator[KubeObject]:
        """The ResourceSetInputProviders of a cluster; who asks is not on record."""
        return (obj for key, obj in self._objects[cluster].items() if is_provider(key))

    def files_of(self, cluster: str, key: ObjectKey, where: Location) -> Tree:
        """The files of a source by its name; see `source` and `files`."""
        return self.files(cluster, key, self.source(cluster, key, where))

    def target(self, home: str, namespace: str, config: tuple[str, str] | None) -> str:
        """The cluster that something lands on: where its `spec.kubeConfig` leads, or its home.

        Args:
            home: the cluster whose Flux reconciles it.
            namespace: where its Secret or ConfigMap is looked up.
            config: kind and name of that; None if it has no `spec.kubeConfig`.
        """
        if config is None:
            return home
        kind, name = config
        for cluster, settings in self._settings.clusters.items():
            if settings.kube_config in (name, f"{namespace}/{name}"):
                return cluster
        arn = ""
        if kind == "ConfigMap":
            found = self.find(home, ObjectKey("", kind, namespace, name))
            arn = text(mapping(found.value.get("data")).get("cluster")) if found else ""
            if (cluster := arn.rpartition("/")[2]) in self._objects:
                return cluster
        candidates = [cluster for cluster in self._objects if _names_cluster(name, cluster)]
        if not candidates and namespace in self._objects:
            return namespace
        qualified = name if namespace == ROOT_NAME else f"{namespace}/{name}"
        unknown = arn.rpartition("/")[2] or f"kubeconfig:{qualified}"
        return max(sorted(candidates), key=len, default=unknown)

    def variables(self, home: str, kustomization: Kustomization) -> Variables:
        """What a Kustomization substitutes with."""
        values: dict[str, str] = {}
        secret: set[str] = set()
        missing = []
        optional_missing = False
        for ref in kustomization.variables_from:
            found = self.find(home, _config_key(kustomization, ref.kind, ref.name))
            if found is not None:
                added = dict(variables_in(found))
                values.update(added)
                secret = secret | added.keys() if found.kind == "Secret" else secret - added.keys()
            if found is None and ref.optional:
                optional_missing = True
            elif found is None or is_encrypted(found):
                missing.append(f"{ref.kind} {kustomization.definition.namespace}/{ref.name}")
        if missing or optional_missing:
            values = {**self._settings_of(home).variables, **values}
        values.update(kustomization.inline_variables)
        strict = self._strict.get(home, STRICT_BY_DEFAULT)
        secret -= kustomization.inline_variables.keys()
        return Variables(values, tuple(missing), optional_missing, strict, frozenset(secret))


def _config_key(kustomization: Kustomization, kind: str, name: str) -> ObjectKey:
    return ObjectKey("", kind, kustomization.definition.namespace, name)


def _names_cluster(secret: str, cluster: str) -> bool:
    """True if a Secret's name has a cluster's name as whole words: `staging-eks-connection` is staging's."""
    return re.search(rf"(?<![a-z0-9]){re.escape(cluster)}(?![a-z0-9])", secret) is not None
