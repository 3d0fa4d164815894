"""Render HelmReleases: what Flux's helm-controller would install.

The chart, its values and what happens to its manifests are settled as the controller settles them; the rendering itself
is the real helm's. What only the cluster knows (Secrets that are not in Git, random passwords, objects that a chart
looks up) is named, never passed over.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from slipway.errors import InputError
from slipway.fleet.charts import Charts
from slipway.fleet.errors import BuildError, ChartError, NotFetched
from slipway.fleet.helm_chart import Chart
from slipway.fleet.helm_output import manifests
from slipway.fleet.helm_post_render import PostRenderer
from slipway.fleet.helm_random import masked
from slipway.fleet.helm_release import HelmRelease
from slipway.fleet.helm_source import ChartMemo, Home, chart_of
from slipway.fleet.helm_template import (
    NOTHING_ASKED,
    HelmEngine,
    Questions,
    Template,
    Traits,
    questions_in,
    questions_of,
    traits_in,
    traits_of,
)
from slipway.fleet.helm_values import Find, Values, compose
from slipway.fleet.kustomize import BuildCache, Engine, MemoryCache
from slipway.fleet.objects import KubeObject, Location, ObjectKey
from slipway.fleet.scope import CustomKind, GroupKind, ServedApi, custom_kinds, is_namespaced


@dataclass(frozen=True)
class Job:
    """A release to render."""

    release: HelmRelease
    home: Home
    """The cluster whose Flux reconciles it."""
    api: ServedApi
    """What the cluster that it installs to serves."""
    on_target: Find
    """Finds an object of the cluster that it installs to."""


@dataclass(frozen=True)
class Installed:
    """What a release applies."""

    objects: tuple[KubeObject, ...]
    """Each was written where the HelmRelease was."""
    chart: str
    """Digest of the chart; many releases, each with its chart, would fill the memory."""
    unknown: tuple[tuple[str, str], ...] = ()
    """Parts that only the cluster knows: what, e.g. `values of HelmRelease web/app from Secret app`, and why."""


@dataclass(frozen=True)
class _Found:
    """What a chart comes to with some values."""

    digest: str
    values: list[Mapping[str, Any]]
    random: list[tuple[str, str]]
    """Objects that chance has a hand in, with the fields that it decides."""

    @cached_property
    def kinds(self) -> tuple[GroupKind, ...]:
        """The kinds of the objects, each once."""
        return tuple(dict.fromkeys((obj.group, obj.kind) for obj in self._objects))

    @cached_property
    def custom(self) -> Mapping[GroupKind, CustomKind]:
        """The kinds that the objects define."""
        return custom_kinds(self._objects)

    @property
    def _objects(self) -> Iterator[KubeObject]:
        return (KubeObject(value, Location("", "", 0)) for value in self.values)


@dataclass(frozen=True)
class HelmRenderer:
    """Renders releases; safe for threads if its parts are. It keeps what it has rendered for as long as it lives."""

    charts: Charts
    helm: HelmEngine
    kustomize: Engine
    cache: BuildCache = field(default_factory=MemoryCache)
    threads: int = 2
    """How many releases are rendered at once; a rendering is mostly waiting for helm."""
    _charts: ChartMemo = field(default_factory=dict, init=False, repr=False)
    _traits: dict[str, Traits] = field(default_factory=dict, init=False, repr=False)
    _questions: dict[str, Questions] = field(default_factory=dict, init=False, repr=False)
    _known: dict[str, _Found] = field(default_factory=dict, init=False, repr=False)
    """What was rendered, by the digest of all that it came from."""
    _installed: dict[tuple[Any, ...], tuple[KubeObject, ...]] = field(default_factory=dict, init=False, repr=False)

    def render_all(self, jobs: Sequence[Job], *, stop: Callable[[], str] = lambda: "") -> list[Installed | InputError]:
        """What each release applies, or why it could not be rendered; in the order of the jobs.

        Args:
            jobs: what to render.
            stop: asked before each; a text ends the work, and what is left is `NotFetched` for that reason.
        """

        def attempt(job: Job) -> Installed | InputError:
            if reason := stop():
                return NotFetched(reason)
            try:
                return self.render(job)
            except InputError as err:
                return err

        with ThreadPoolExecutor(self.threads) as pool:
            return list(pool.map(attempt, jobs))

    def chart_digest(self, job: Job) -> str:
        """Digest of the chart that a release installs.

        Raises:
            BuildError, NotFetched, LimitError: as `render`.
        """
        return self._chart(job).digest

    def render(self, job: Job) -> Installed:
        """What a release applies.

        Raises:
            BuildError: Flux would fail; the place is the HelmRelease's.
            NotFetched: the chart is not at hand, or what is not known decides about failure.
            LimitError: it is beyond a limit.
        """
        origin = job.release.definition.origin
        try:
            return self._render(job)
        except InputError as err:
            raise type(err)(str(err), file=origin.path, line=origin.line) from None

    def _render(self, job: Job) -> Installed:
        release = job.release
        values = compose(release.values, release.values_from, release.definition.namespace, job.home.find)
        chart = self._chart(job)
        written = values.to_json().encode()
        traits = self._traits_of(chart) | traits_in(written)
        asked = self._asked(chart, written) if traits.api_versions else NOTHING_ASKED
        apis = job.api.versions(_groups(asked, job.api)) if traits.api_versions else ()
        template = _template(release, chart, values, job.api.full_version, apis, traits)
        try:
            found = self._found(template, release, traits)
        except BuildError as err:
            if reason := _doubt(values, traits, asked, apis):
                raise NotFetched(f"{err.message} ({reason}, so this may be no error)") from None
            raise
        unknown = _unknown(release, values, found.random, traits)
        return Installed((*_namespace(job), *self._placed(found, job)), chart.digest, tuple(unknown))

    def _chart(self, job: Job) -> Chart:
        try:
            return chart_of(job.release, job.home, self.charts, self._charts)
        except BuildError as err:
            raise ChartError(err.message, file=err.file, line=err.line) from None

    def _placed(self, found: _Found, job: Job) -> tuple[KubeObject, ...]:
        """The objects where they land; the same ones for all releases that are written at one place."""
        release, custom = job.release, {**job.api.custom, **found.custom}
        namespaced = tuple(is_namespaced(*kind, custom) for kind in found.kinds)
        key = (found.digest, release.definition.origin, release.release_namespace, namespaced)
        if key not in self._installed:
            origin, answers = release.definition.origin, dict(zip(found.kinds, namespaced, strict=True))
            objects = (KubeObject(value, origin) for value in found.values)
            self._installed[key] = tuple(
                _in_namespace(obj, release.release_namespace, namespaced=answers[obj.group, obj.kind])
                for obj in objects
            )
        return self._installed[key]

    def _traits_of(self, chart: Chart) -> Traits:
        if chart.digest not in self._traits:
            self._traits[chart.digest] = traits_of(chart)
        return self._traits[chart.digest]

    def _asked(self, chart: Chart, values: bytes) -> Questions:
        if chart.digest not in self._questions:
            self._questions[chart.digest] = questions_of(chart)
        return self._questions[chart.digest] | questions_in(values)

    def _found(self, template: Template, release: HelmRelease, traits: Traits) -> _Found:
        inputs = [self.helm.version, self.kustomize.version, template.digest(), release.post_render_settings]
        digest = hashlib.sha256(json.dumps(inputs).encode()).hexdigest()
        if digest in self._known:
            return self._known[digest]
        kept = self.cache.get(digest)
        if kept is None:
            random: list[tuple[str, str]] = []
            found = self._render_once(template, release)
            if traits.random or traits.clock:
                second = self._render_once(template, release, later=traits.clock)
                found, random = masked(found, second)
            kept = json.dumps([found, random])
            self.cache.put(digest, kept)
        objects, by_chance = json.loads(kept)
        self._known[digest] = _Found(digest, objects, by_chance)
        return self._known[digest]

    def _render_once(self, template: Template, release: HelmRelease, *, later: bool = False) -> list[Mapping[str, Any]]:
        output = self.helm.template(template, later=later)
        return PostRenderer(self.kustomize).run(manifests(output), release)


def _template(
    release: HelmRelease,
    chart: Chart,
    values: Values,
    kubernetes_version: str,
    api_versions: tuple[str, ...],
    traits: Traits,
) -> Template:
    return Template(
        chart=chart,
        name=release.release_name,
        namespace=release.release_namespace,
        values=values.to_json(),
        settings=tuple(values.settings()),
        kubernetes_version=kubernetes_version,
        api_versions=api_versions,
        include_crds=release.installs_crds,
        validate_values=release.validates_values and not traits.foreign_schema,
    )


def _groups(asked: Questions, api: ServedApi) -> Set[str]:
    """The groups of custom kinds that the chart is told about; one more CRD must not render every release anew."""
    return {group for group, _ in api.custom} if asked.anything else asked.groups


def _doubt(values: Values, traits: Traits, asked: Questions, served: tuple[str, ...]) -> str:
    """Why a failure here need not be one on the cluster; `""` if it is one."""
    if values.unknown:
        return f"the values of {values.unknown[0][0]} are not known here"
    if "${" in values.to_json():
        return "its values hold variables that only the cluster knows"
    if traits.lookup:
        return "the chart asks the cluster for objects"
    unserved = sorted(group for group in asked.groups if not any(each.startswith(f"{group}/") for each in served))
    return f"the chart asks for {unserved[0]}, which nothing in Git defines" if unserved else ""


def _namespace(job: Job) -> Iterator[KubeObject]:
    """The namespace as Helm makes it, if nobody else does."""
    name = job.release.release_namespace
    if job.release.creates_namespace and job.on_target(ObjectKey("", "Namespace", "", name)) is None:
        value = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"name": name}}}
        yield KubeObject(value, job.release.definition.origin)


def _in_namespace(obj: KubeObject, namespace: str, *, namespaced: bool | None) -> KubeObject:
    """The object in the release's namespace, if it needs one and names none; in none, if its kind has none."""
    if namespaced is None or namespaced == bool(obj.namespace):
        return obj
    metadata = {name: item for name, item in obj.metadata.items() if name != "namespace"}
    if namespaced:
        metadata["namespace"] = namespace
    return KubeObject({**obj.value, "metadata": metadata}, obj.origin)


def _unknown(
    release: HelmRelease, values: Values, random: list[tuple[str, str]], traits: Traits
) -> Iterator[tuple[str, str]]:
    for reference, why in values.unknown:
        yield f"values of {release.key} from {reference}", why
    for obj, fields in random:
        yield f"{fields} of {obj} ({release.key})", "another at each rendering"
    if traits.lookup:
        yield f"lookups of {release.key}", "the chart asks the cluster for objects; here it finds none"
    if traits.foreign_schema:
        yield f"check of the values of {release.key}", "the chart's schema refers to others, which are not fetched"
