"""Small fleets for the tests of the checks, the reports and the command line."""

from __future__ import annotations

import atexit
import os
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

from slipway.checks.finding import Finding
from slipway.checks.schema import Catalogue, Schemas
from slipway.checks.subject import Against
from slipway.checks.verdict import Verdict, check_fleet
from slipway.fleet.diff import diff_fleets
from slipway.fleet.helm import HelmRenderer
from slipway.fleet.kustomize import Builder
from slipway.fleet.manifests import dump
from slipway.fleet.model import Cluster, Fleet
from slipway.fleet.objects import Location
from slipway.fleet.render import render_fleet
from slipway.fleet.settings import load_settings
from slipway.fleet.sources import Sources
from slipway.fleet.tree import Dropped, Tree
from slipway.tools import kubectl
from slipway.tools.charts import Network
from slipway.tools.helm import Helm
from slipway.tools.layer import find_tool
from slipway.tools.schema_sources import named_sources
from slipway.tools.schemas import load_schemas
from slipway.tools.workers import Workers, available
from tests.unit.helm_world import MemoryCharts
from tests.unit.memory_store import MemoryStore

FLUX = "kustomize.toolkit.fluxcd.io/v1"
SOURCE = "source.toolkit.fluxcd.io/v1"
HELM_RELEASES = "helm.toolkit.fluxcd.io/v2"


def sync(cluster: str) -> dict[str, str]:
    """What `flux bootstrap` writes for a cluster that reads `clusters/<cluster>`."""
    repository = {"interval": "1m", "url": "https://github.com/acme/gitops-system", "ref": {"branch": "main"}}
    root = {"path": f"./clusters/{cluster}", "interval": "10m", "prune": True, "sourceRef": GIT}
    objects = [
        _named(SOURCE, "GitRepository", "flux-system", repository),
        _named(FLUX, "Kustomization", "flux-system", root),
    ]
    return {f"clusters/{cluster}/flux-system/gotk-sync.yaml": "---\n".join(map(dump, objects))}


TODAY = date(2026, 11, 25)
"""The date that tests are checked at."""
GIT: Mapping[str, str] = {"kind": "GitRepository", "name": "flux-system"}


def kustomization(name: str, *, namespace: str = "flux-system", **spec: object) -> str:
    """A Flux Kustomization; builds `apps/<name>` of the repository unless its spec says otherwise."""
    spec = {"path": f"./apps/{name}", "interval": "10m", "prune": True, "sourceRef": GIT, **spec}
    return dump(_named(FLUX, "Kustomization", name, spec, namespace))


def helm_release(name: str, *, namespace: str = "flux-system", **spec: object) -> str:
    """A HelmRelease of a chart from the HelmRepository `charts` in its namespace."""
    chart = {"spec": {"chart": name, "sourceRef": {"kind": "HelmRepository", "name": "charts"}}}
    return dump(_named(HELM_RELEASES, "HelmRelease", name, {"interval": "10m", "chart": chart, **spec}, namespace))


def helm_repository(name: str = "charts", *, namespace: str = "flux-system") -> str:
    return dump(_named(SOURCE, "HelmRepository", name, {"url": "https://charts.example.com"}, namespace))


def config_map(name: str, namespace: str = "default", **data: str) -> str:
    metadata = {"name": name, "namespace": namespace}
    return dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})


def tree_of(files: Mapping[str, str | bytes], name: str = "", dropped: tuple[Dropped, ...] = ()) -> Tree:
    encoded = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    return Tree(encoded, name=name, dropped=dropped)


NOWHERE = Network(lambda _: "nothing is fetched in a test", offline=True)


def rendered(root: Tree, given: Mapping[str, Tree] | None = None) -> Fleet:
    return render_fleet(Sources(root, given), builder(), load_settings(root), helm=helm())


def checked(
    root: Tree, given: Mapping[str, Tree] | None = None, *, base: Tree | None = None, **options: object
) -> Verdict:
    """The verdict on a repository, or on a change to `base`, by the real kustomize and the real schemas."""
    fleet, trees = rendered(root, given), list((given or {}).values())
    against = None
    if base is not None:
        before = rendered(base, given)
        against = Against(before, base, diff_fleets(before, fleet), trees)
    catalogue = Catalogue(named_sources(load_settings(root).schemas, root, MemoryStore(), NOWHERE))
    options = {"builder": builder(), "against": against, "today": TODAY, "catalogue": catalogue, **options}
    return check_fleet(fleet, trees, schemas(), root=root, **options)  # type: ignore[arg-type]


def findings(
    files: Mapping[str, str | bytes], rule: str = "SLW", *, base: Mapping[str, str | bytes] | None = None
) -> list[Finding]:
    """The findings of a rule, or of all of them, on a repository with a cluster `staging`, or on a change to `base`."""
    before = None if base is None else tree_of({**sync("staging"), **base})
    verdict = checked(tree_of({**sync("staging"), **files}), base=before)
    return [finding for finding in verdict.findings if finding.rule.id.startswith(rule)]


def empty_fleet(*names: str) -> Fleet:
    return Fleet({name: Cluster(name, "1.35", version_known=True) for name in names}, (), ())


def at(path: str, line: int = 1, source: str = "") -> Location:
    return Location(source, path, line)


def write(files: Mapping[str, str | bytes], directory: Path) -> Path:
    """The files on a disk, for the command line."""
    for path, content in files.items():
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return directory


@cache
def builder() -> Builder:
    """One for the process; it remembers its builds."""
    reference = kubectl.Kubectl(kubectl.find(os.environ))
    if not available():
        return Builder(reference)
    workers = Workers(reference, count=1)
    atexit.register(workers.close)
    return Builder(workers)


@cache
def helm() -> HelmRenderer:
    """Helm, with no chart repository at hand."""
    return HelmRenderer(MemoryCharts(), Helm(find_tool("helm")), builder().engine)


@cache
def schemas() -> Schemas:
    return load_schemas()


def _named(
    api_version: str, kind: str, name: str, spec: Mapping[str, object], namespace: str = "flux-system"
) -> dict[str, object]:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": dict(spec)}
