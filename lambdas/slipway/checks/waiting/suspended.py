"""Rule about dependencies on what is suspended: SLW117.

Source: fluxcd/kustomize-controller, `internal/controller/kustomization_controller.go` (`checkDependencies`): of two
Kustomizations of one source, the one that is depended on must have applied the very commit; one that is suspended
applies none. Else it stays as ready as it was; on a new cluster, it never was. helm-controller asks for readiness only.
"""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.finding import Finding, Rule
from slipway.checks.lines import Lines
from slipway.fleet.flux import KUSTOMIZE_GROUP, SOURCE_GROUP, is_helm_release, is_kustomization, reference
from slipway.fleet.model import Cluster, Owner
from slipway.fleet.objects import KubeObject, Location, ObjectKey, mapping, sequence, text

DEPENDS_ON_SUSPENDED = Rule("SLW117", "A dependency that is suspended", "warning")


def suspended_findings(cluster: Cluster, lines: Lines) -> Iterator[Finding]:
    """What depends on something that is suspended, and is not so itself."""
    dependents: dict[ObjectKey, tuple[KubeObject, Owner | None]] = {
        done.key: (done.definition, None) for done in cluster.kustomizations
    }
    dependents |= {
        obj.key: (obj, owner) for obj, owner in cluster.landed if is_helm_release(obj) or is_kustomization(obj)
    }
    suspended = {key: obj for key, (obj, _) in dependents.items() if obj.spec.get("suspend") is True}
    for key, (obj, owner) in dependents.items() if suspended else ():
        if key in suspended:
            continue
        for index, entry in enumerate(map(mapping, sequence(obj.spec.get("dependsOn")))):
            namespace = text(entry.get("namespace")) or obj.namespace
            dependency = suspended.get(ObjectKey(obj.group, obj.kind, namespace, text(entry.get("name"))))
            if dependency is not None and not text(entry.get("readyExpr")):
                where = lines.cause(obj, owner, ("spec", "dependsOn", index, "name")).where
                yield _finding(obj, dependency, cluster.name, where)


def _finding(obj: KubeObject, dependency: KubeObject, cluster: str, where: Location) -> Finding:
    stops = obj.group == KUSTOMIZE_GROUP and _source(obj) == _source(dependency)
    rule, hint = DEPENDS_ON_SUSPENDED, "from the next commit on, nothing of it is applied before that is resumed"
    if not stops:
        rule, hint = rule.at("info"), "on a new cluster, nothing of it is applied before that is resumed"
    return Finding(rule, f"it depends on {dependency.key}, which is suspended", where, str(obj.key), (cluster,), hint)


def _source(obj: KubeObject) -> ObjectKey:
    return reference(obj.spec.get("sourceRef"), SOURCE_GROUP, obj.namespace)
