"""From a HelmRelease to the chart that helm-controller would install.

Source of the rules: fluxcd/source-controller, `internal/controller/helmchart_controller.go` and `internal/helm/chart/`;
fluxcd/helm-controller, `internal/controller/helmrelease_controller.go` (the chart's version of OCIRepositories).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from slipway.fleet.charts import ChartRequest, Charts, FetchedChart
from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.helm_chart import Chart, merge_values_files, pack, semver, with_values, with_version_metadata
from slipway.fleet.helm_directory import chart_in_tree, clamped
from slipway.fleet.helm_release import ChartSpec, HelmRelease, chart_spec
from slipway.fleet.helm_values import Find
from slipway.fleet.objects import KubeObject, ObjectKey, mapping, text
from slipway.fleet.tree import Tree

GENERATION = "1"
"""What stands for the HelmChart's generation, which becomes a part of the chart's version with `valuesFiles`: that of a
new one, as only the cluster knows how often it changed."""


@dataclass(frozen=True)
class Home:
    """The cluster whose Flux reconciles a release: where its sources and values are looked up."""

    find: Find
    """Finds an object of the cluster."""
    tree: Callable[[ObjectKey], Tree]
    """The files of a source; raises `NotFetched` if they are not at hand."""


ChartMemo = dict[tuple[str, ...], Chart]
"""Charts that were changed after they were fetched, by what was fetched and how it was changed."""


def chart_of(release: HelmRelease, home: Home, charts: Charts, memo: ChartMemo) -> Chart:
    """The chart that a release installs, with the version and the default values that it has on the cluster.

    Raises:
        BuildError: Flux would fail.
        NotFetched: the chart is not at hand.
        LimitError: it is beyond a limit.
    """
    spec = release.chart
    if spec is not None:
        return _from_spec(spec, home, charts, memo)
    ref = release.chart_ref
    if ref.kind == "OCIRepository":
        return _from_oci_repository(ref, home, charts, memo)
    if ref.kind == "ExternalArtifact":
        return _from_artifact(home.tree(ref), charts)
    if ref.kind == "HelmChart":
        found = _found(ref, home)
        return _from_spec(chart_spec(found.spec, found.namespace), home, charts, memo)
    raise BuildError(f"chartRef: {ref.kind!r} is none of OCIRepository, HelmChart, ExternalArtifact")


def _from_spec(spec: ChartSpec, home: Home, charts: Charts, memo: ChartMemo) -> Chart:
    if spec.source.kind == "HelmRepository":
        return _from_repository(spec, home, charts, memo)
    if spec.source.kind in ("GitRepository", "Bucket"):
        tree = home.tree(spec.source)
        return _from_tree(spec, tree, charts)
    raise BuildError(f"sourceRef: {spec.source.kind!r} is none of HelmRepository, GitRepository, Bucket")


def _from_repository(spec: ChartSpec, home: Home, charts: Charts, memo: ChartMemo) -> Chart:
    repository = _found(spec.source, home)
    url = text(repository.spec.get("url"))
    is_oci = repository.spec.get("type") == "oci"
    if is_oci != url.startswith("oci://"):
        needed = "needs an oci:// URL" if is_oci else "does not fit an oci:// URL; set type: oci"
        raise BuildError(f"{repository.key}: type {'oci' if is_oci else 'default'} {needed}")
    if not _CHART_NAME.fullmatch(spec.chart):
        raise BuildError(f"{spec.chart!r} is no name of a chart: lower case letters, digits, dashes, slashes, periods")
    request = ChartRequest(
        url=url,
        name=spec.chart,
        version="" if spec.version == "*" else spec.version,
        insecure=is_oci and repository.spec.get("insecure") is True,
        needs=_credentials(repository),
    )
    chart = Chart(_get(request, charts).archive)
    if not spec.values_files:
        return chart
    key = ("values", chart.digest, str(spec.ignore_missing_values_files), *spec.values_files)
    if key not in memo:
        memo[key] = _with_own_values(chart.files, spec)
    return memo[key]


def _with_own_values(files: Mapping[str, bytes], spec: ChartSpec) -> Chart:
    merged = merge_values_files(
        spec.values_files,
        lambda path: None if _NO_FILE.match(path := posixpath.normpath(path)) else files.get(path),
        ignore_missing=spec.ignore_missing_values_files,
    )
    return pack(with_version_metadata(with_values(files, merged), GENERATION))


_CHART_NAME = re.compile(r"[-a-z0-9]+(?:(?:/\.?|\.)[-a-z0-9]+)*(?:/\.?|\.)?")
_NO_FILE = re.compile(r"templates/|charts/|Chart\.(?:yaml|lock)$|values\.schema\.json$")
"""What Helm does not count among a chart's files."""


def _from_tree(spec: ChartSpec, tree: Tree, charts: Charts) -> Chart:
    path = clamped(spec.chart)
    memo = ("helm chart", repr(replace(spec, source=ObjectKey("", "", "", ""))))
    if memo not in tree.memo:
        tree.memo[memo] = _packed_from_tree(spec, path, tree, charts)
    chart: Chart = tree.memo[memo]
    return chart


def _packed_from_tree(spec: ChartSpec, path: str, tree: Tree, charts: Charts) -> Chart:
    chart = chart_in_tree(tree, path, charts)
    additions = []
    if spec.by_revision and re.fullmatch(r"[0-9a-f]{12,}", tree.revision):
        additions.append(tree.revision[:12])
    files = chart.files
    if spec.values_files:
        additions.append(GENERATION)
        merged = merge_values_files(
            spec.values_files,
            lambda file: tree.read(clamped(file)) if clamped(file) in tree else None,
            ignore_missing=spec.ignore_missing_values_files,
        )
        files = with_values(files, merged)
    return pack(with_version_metadata(files, ".".join(additions))) if additions else chart


def _from_artifact(tree: Tree, charts: Charts) -> Chart:
    """A tree that is a chart, at its root or in its only directory."""
    tops = {path.partition("/")[0] for path in tree}
    path = "" if "Chart.yaml" in tree or len(tops) != 1 else tops.pop()
    return chart_in_tree(tree, path, charts)


def _from_oci_repository(key: ObjectKey, home: Home, charts: Charts, memo: ChartMemo) -> Chart:
    try:
        return _from_artifact(home.tree(key), charts)
    except NotFetched:
        pass  # its files are not given; the registry may have it
    repository = _found(key, home)
    ref = mapping(repository.spec.get("ref"))
    request = ChartRequest(
        url=text(repository.spec.get("url")),
        name="",
        insecure=repository.spec.get("insecure") is True,
        needs=_credentials(repository),
    )
    tag = ""
    if digest := text(ref.get("digest")):
        request = replace(request, digest=digest)
    elif version := text(ref.get("semver")):
        if ref.get("semverFilter"):
            raise NotFetched(f"{key} filters the registry's tags (semverFilter), which Slipway does not do")
        request = replace(request, version=version)
    else:
        tag = str(ref.get("tag") or "latest")
        request = replace(request, tag=tag)
    fetched = _get(request, charts)
    chart = Chart(fetched.archive)
    stamped = ("digest", chart.digest, fetched.digest, tag)
    if stamped not in memo:
        memo[stamped] = _with_digest(chart, fetched.digest, tag)
    return memo[stamped]


def _with_digest(chart: Chart, digest: str, tag: str) -> Chart:
    """helm-controller makes the digest a part of the chart's version, which tells apart what a tag pointed to."""
    version = text(chart.metadata.get("version"))
    tagged = _semver_or_none(tag.replace("_", "+"))
    if tagged and tagged != semver(version):
        raise BuildError(f"the tag {tag} does not match the chart's version {version}")
    found = re.fullmatch(r"[a-z0-9]+:([0-9a-f]{12,})", digest)
    return pack(with_version_metadata(chart.files, found[1][:12])) if found else chart


def _semver_or_none(tag: str) -> str:
    try:
        return semver(tag) if tag else ""
    except BuildError:
        return ""


def _get(request: ChartRequest, charts: Charts) -> FetchedChart:
    unknown = next((part for part in (request.url, request.name, request.version, request.tag) if "${" in part), None)
    if unknown:
        raise NotFetched(f"{unknown} holds a variable that only the cluster knows")
    return charts.get(request)


def _found(key: ObjectKey, home: Home) -> KubeObject:
    found = home.find(key)
    if found is None:
        raise NotFetched(f"{key} is not in Git, so nobody here knows where its charts are")
    return found


def _credentials(source: KubeObject) -> str:
    for field in ("secretRef", "certSecretRef"):
        if name := text(mapping(source.spec.get(field)).get("name")):
            return f"Secret {source.namespace}/{name}"
    provider = text(source.spec.get("provider"))
    return f"the cluster's identity at {provider}" if provider not in ("", "generic") else ""
