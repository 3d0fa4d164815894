"""Which version of what runs on which cluster: charts, images, and what Flux fetches by a tag."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from slipway.checks.charts import installed_charts
from slipway.checks.pods import containers_of, pod_of
from slipway.checks.subject import Landed, Subject
from slipway.fleet.flux import OPERATOR_GROUP, is_helm_release, is_source
from slipway.fleet.manifests import Path
from slipway.fleet.model import Expanded
from slipway.fleet.objects import mapping, text, value_at
from slipway.fleet.semver import Version, parse_version


@dataclass(frozen=True)
class Running:
    """A version of something on a cluster."""

    what: str
    """E.g. `the chart podinfo`; with who has it, what makes it the same thing on another cluster."""
    who: tuple[str, str]
    """Kind and name of the object; its namespace may be another one elsewhere."""
    cluster: str
    version: Version
    written: str
    landed: Landed
    path: Path

    @property
    def identity(self) -> tuple[str, tuple[str, str]]:
        """The same for the same thing on another cluster."""
        return self.what, self.who


def running(subject: Subject) -> Iterator[Running]:
    """What runs on the clusters, where Git says one version of it."""
    charts = list(_charts(subject))
    yield from charts
    of_charts = {id(one.landed) for one in charts}
    for landed in subject.distinct:
        if id(landed) in of_charts:
            continue
        who = landed.obj.kind, landed.obj.name
        found = [(who, *one) for one in (*_source(landed), *_images(landed))]
        found += [(("Flux", ""), "Flux", *one) for one in _flux(landed)]
        for who, what, written, path in found:
            version = parse_version(written) if written.count(".") else None
            if version is not None:
                for cluster in landed.clusters:
                    yield Running(what, who, cluster, version, written, landed, path)


def _charts(subject: Subject) -> Iterator[Running]:
    landed = {id(one.obj): one for one in subject.distinct}
    for installed in installed_charts(subject.fleet):
        version, says = parse_version(installed.version), landed.get(id(installed.source))
        if version is not None and installed.version.count(".") and says is not None:
            who = "HelmRelease", installed.release.name
            what = f"the chart {installed.chart}"
            yield Running(what, who, installed.cluster, version, installed.version, says, installed.path)


def _source(landed: Landed) -> Iterator[tuple[str, str, Path]]:
    """A source of Kustomizations: a repository at a tag."""
    obj = landed.obj
    if is_source(obj):
        ref = mapping(obj.spec.get("ref"))
        if not any(ref.get(name) for name in ("branch", "semver", "commit", "name", "digest")):
            yield f"{obj.spec.get('url')}", text(ref.get("tag")), ("spec", "ref", "tag")


def _images(landed: Landed) -> Iterator[tuple[str, str, Path]]:
    """The images of what Git holds itself; those of a chart go with its version."""
    if isinstance(landed.owner, Expanded) and is_helm_release(landed.owner.definition):
        return
    pod = pod_of(landed.obj)
    for container in containers_of(pod) if pod else ():
        image = text(container.value.get("image")).partition("@")[0]
        directory, slash, last = image.rpartition("/")
        name, _, tag = last.partition(":")
        yield f"the image {directory}{slash}{name}", tag, (*container.path, "image")


def _flux(landed: Landed) -> Iterator[tuple[str, Path]]:
    """The release of Flux, where an instance or the labels of its namespace say it."""
    obj = landed.obj
    if obj.group == OPERATOR_GROUP and obj.kind == "FluxInstance":
        path: Path = ("spec", "distribution", "version")
    elif obj.kind == "Namespace" and mapping(obj.metadata.get("labels")).get("app.kubernetes.io/part-of") == "flux":
        path = ("metadata", "labels", "app.kubernetes.io/version")
    else:
        return
    yield text(value_at(obj.value, path)), path
