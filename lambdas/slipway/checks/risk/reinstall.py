"""Rule about releases that Helm uninstalls to install them anew: SLW412.

Source: fluxcd/helm-controller, `internal/action/verify.go` (`ReleaseTargetChanged`) and
`internal/controller/helmrelease_controller.go`: with another name, namespace or chart it is another release, and the
first one is uninstalled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from slipway.checks.finding import Finding, Rule
from slipway.checks.risk.compare import is_unknown
from slipway.checks.risk.data import Losses
from slipway.checks.risk.names import named
from slipway.checks.risk.sides import Pair, Sides
from slipway.fleet.fates import why_kept
from slipway.fleet.flux import is_helm_release
from slipway.fleet.manifests import Path
from slipway.fleet.model import Cluster
from slipway.fleet.objects import KubeObject, ObjectKey, mapping, text

REINSTALL = Rule(
    "SLW412", "A release that is uninstalled to install it anew", "warning", of_change=True, destructive=True
)

RULES = (REINSTALL,)


def reinstall_findings(sides: Sides, losses: Callable[[Cluster], Losses]) -> Iterator[Finding]:
    """HelmReleases that stand for another release than before."""
    for pair in sides.pairs:
        if path := _target(pair):
            yield _finding(sides, pair, path, losses(pair.home))


def reinstalled(sides: Sides) -> frozenset[tuple[str, ObjectKey]]:
    """The HelmReleases whose objects all go and come anew, each with its cluster."""
    return frozenset((cluster, pair.new.key) for pair in sides.pairs if _target(pair) for cluster in pair.clusters)


def _target(pair: Pair) -> Path:
    """The field that makes another release of it; empty if it is the same one."""
    if pair.change.kind != "changed" or not is_helm_release(pair.new):
        return ()
    path = next((path for path, told in _TARGET if _differs(told(pair.old), told(pair.new))), ())
    return path or (("spec", "chart", "spec", "chart") if _has_another_chart(pair) else ())


def _finding(sides: Sides, pair: Pair, path: Path, losses: Losses) -> Finding:
    release = sides.release(pair.clusters[0], pair.old.key)
    objects = release.objects if release else ()
    lost = [
        obj.key
        for obj in objects
        if release and not why_kept(obj, release) and (one := losses.of(obj)) and not one.doubt
    ]
    cause = sides.lines.cause(pair.new, pair.owner, path)
    message = f"{'.'.join(map(str, path))} makes another release of it: the one that is there is uninstalled first"
    hints = [f"with the data of {named(lost)}" if lost else "", pair.change.why, cause.hint]
    if not release or release.failed:
        hints.insert(0, "what its chart brings is not rendered here")
    rule = REINSTALL.at("error") if lost else REINSTALL
    return Finding(rule, message, cause.where, str(pair.new.key), pair.clusters, "; ".join(filter(None, hints)))


def _name(obj: KubeObject) -> str:
    if name := text(obj.spec.get("releaseName")):
        return name
    target = text(obj.spec.get("targetNamespace"))
    return f"{target}-{obj.name}" if target else obj.name


def _namespace(obj: KubeObject) -> str:
    return text(obj.spec.get("targetNamespace")) or obj.namespace


def _storage(obj: KubeObject) -> str:
    return text(obj.spec.get("storageNamespace")) or obj.namespace


_TARGET: tuple[tuple[Path, Callable[[KubeObject], str]], ...] = (
    (("spec", "storageNamespace"), _storage),
    (("spec", "targetNamespace"), _namespace),
    (("spec", "releaseName"), _name),
)


def _differs(one: str, other: str) -> bool:
    return one != other and not is_unknown((one, other))


def _has_another_chart(pair: Pair) -> bool:
    """True if the chart has another name: only a repository's charts are called as they are named there."""
    specs = [mapping(mapping(obj.spec.get("chart")).get("spec")) for obj in (pair.old, pair.new)]
    if any(mapping(spec.get("sourceRef")).get("kind") != "HelmRepository" for spec in specs):
        return False
    names = [text(spec.get("chart")).rpartition("/")[2] for spec in specs]
    strategy = mapping(pair.new.spec.get("upgrade")).get("chartNameChangeStrategy")
    return all(names) and _differs(*names) and strategy != "InPlaceUpdate"
