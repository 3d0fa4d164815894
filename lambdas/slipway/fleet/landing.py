"""How the API server takes what Flux applies: in what order, under which identity, and what Flux fails on before.

fluxcd/pkg `ssa` (`utils/object.go`, `manager_apply.go`, `sort.go`, `errors/errors.go`) and kustomize-controller
(`internal/controller/kustomization_controller.go`, `apply`):

- Definitions and Namespaces are applied first, then classes, then all the rest; in each stage by kind and name.
- The API server takes the namespace off what has none: however Git writes it, it is one object.
- What must have a namespace and has none is looked for and not found: "namespace not specified". Neither it nor
  anything of its stage is applied, for Flux tries all objects of a stage before it changes one.
- A Secret that is still encrypted after the build is refused, before anything is applied.

Of kinds that neither Kubernetes nor anything in Git defines, nothing is known: they stay as they are written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from slipway.fleet.flux import KUSTOMIZE_GROUP
from slipway.fleet.model import Cluster, Fleet, Owner, Problem, RenderedKustomization
from slipway.fleet.objects import KubeObject, mapping, text
from slipway.fleet.scope import CustomKinds, custom_kinds, is_namespaced

NO_NAMESPACE = "it has no namespace, and its kind needs one: Flux fails with “namespace not specified”"
NO_DECRYPTION = (
    "it is encrypted with SOPS, and {0} has no spec.decryption: Flux refuses to apply anything of what {0} builds"
)


@dataclass(frozen=True)
class Landed:
    """A fleet with its objects as they land."""

    fleet: Fleet
    problems: Mapping[str, tuple[Problem, ...]]
    """What keeps Flux from applying objects, by the cluster that it would apply them to; the fleet has these too."""


def as_landed(fleet: Fleet, before: Landed | None = None) -> Landed:
    """The fleet with its objects as they land, and what keeps Flux from applying them among its problems.

    Args:
        fleet: as it was rendered; its clusters are changed in place, for one that nothing changes may be part of
            several fleets.
        before: of another rendering; the clusters that both share have landed already.
    """
    seen: dict[int, tuple[KubeObject, KubeObject]] = {}
    found: dict[str, tuple[Problem, ...]] = {}
    for name, cluster in fleet.clusters.items():
        if before is not None and before.fleet.clusters.get(name) is cluster:
            found[name] = before.problems[name]
            continue
        custom = custom_kinds(cluster.objects)
        cluster.landed[:] = [
            (_as_identified(obj, custom, seen), owner)
            for _, brought in groupby(cluster.landed, key=lambda item: id(item[1]))
            for obj, owner in _in_order(list(brought))
        ]
        found[name] = tuple(_problems(cluster, custom))
    problems = (*fleet.problems, *(problem for each in found.values() for problem in each))
    return Landed(replace(fleet, problems=problems), found)


def left_alone(obj: KubeObject) -> str:
    """The mark by which an object asks Flux not to apply it, `""` if it has none; case does not matter there."""
    return next((f"{name}: {value}" for name, value in _LEFT_ALONE if _has_mark(obj, name, value)), "")


def only_created(obj: KubeObject) -> bool:
    """True if Flux applies the object only where there is none yet."""
    return _has_mark(obj, f"{KUSTOMIZE_GROUP}/ssa", "IfNotPresent")


def only_merged(obj: KubeObject) -> bool:
    """True if Flux leaves fields on the object that it does not bring, whoever put them there."""
    return _has_mark(obj, f"{KUSTOMIZE_GROUP}/ssa", "Merge")


_LEFT_ALONE = ((f"{KUSTOMIZE_GROUP}/reconcile", "disabled"), (f"{KUSTOMIZE_GROUP}/ssa", "Ignore"))


def _has_mark(obj: KubeObject, name: str, value: str) -> bool:
    metadata = obj.metadata
    return any(
        text(mapping(metadata.get(kind)).get(name)).casefold() == value.casefold() for kind in ("labels", "annotations")
    )


def _problems(cluster: Cluster, custom: CustomKinds) -> Iterator[Problem]:
    for obj, owner in cluster.landed:
        if not isinstance(owner, RenderedKustomization):
            continue
        decrypts = "decryption" in owner.kustomization.spec
        if not decrypts and _is_encrypted_secret(obj):
            message = NO_DECRYPTION.format(owner.key)
            yield Problem("apply", message, obj.origin, str(obj.key), cluster.name)
        elif _lacks_namespace(obj, custom):
            yield Problem("apply", NO_NAMESPACE, obj.origin, str(obj.key), cluster.name)


def _lacks_namespace(obj: KubeObject, custom: CustomKinds) -> bool:
    if obj.namespace or not obj.kind.isalnum():  # what is encrypted or a variable is no kind yet
        return False
    return is_namespaced(obj.group, obj.kind, custom) is True and not left_alone(obj)


def _is_encrypted_secret(obj: KubeObject) -> bool:
    if obj.kind != "Secret" or obj.group or "sops" not in obj.value:
        return False
    decrypt = text(mapping(obj.metadata.get("annotations")).get(f"{KUSTOMIZE_GROUP}/decrypt"))
    return decrypt.casefold() != "disabled"


def _as_identified(obj: KubeObject, custom: CustomKinds, seen: dict[int, tuple[KubeObject, KubeObject]]) -> KubeObject:
    """The object without a namespace that its kind does not have.

    Args:
        obj: as it is written.
        custom: the kinds that Git defines on the cluster.
        seen: objects that were changed by their ids, so that clusters go on sharing them.
    """
    if not obj.namespace or is_namespaced(obj.group, obj.kind, custom) is not False:
        return obj
    if id(obj) not in seen:
        shown = None if obj.shown is None else _without_namespace(obj.shown)
        seen[id(obj)] = obj, replace(obj, value=_without_namespace(obj.value), shown=shown)
    return seen[id(obj)][1]


def _without_namespace(value: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = {name: item for name, item in mapping(value.get("metadata")).items() if name != "namespace"}
    return {**value, "metadata": metadata}


def _in_order(brought: list[tuple[KubeObject, Owner]]) -> list[tuple[KubeObject, Owner]]:
    """The objects that one owner brings, in the order of their application; Helm's are in Helm's."""
    if not isinstance(brought[0][1], RenderedKustomization):
        return brought
    return sorted((item for item in brought if _is_applied(item[0])), key=lambda item: _order(item[0]))


def _is_applied(obj: KubeObject) -> bool:
    """False for what Flux passes over: configuration of kustomize, and what came out without a name."""
    return bool(obj.name) and not (obj.kind.lower() == "kustomization" and obj.group == "kustomize.config.k8s.io")


def _order(obj: KubeObject) -> tuple[Any, ...]:
    is_definition = (obj.kind.lower(), obj.group) in _DEFINITIONS
    stage = 0 if is_definition else 1 if obj.kind.endswith("Class") else 2
    return stage, _PLACES.get(obj.kind, 0), obj.group, obj.kind, obj.namespace, obj.name


_DEFINITIONS = frozenset(
    (
        ("customresourcedefinition", "apiextensions.k8s.io"),
        ("namespace", ""),
        ("clusterrole", "rbac.authorization.k8s.io"),
    )
)
_FIRST = (
    *("CustomResourceDefinition", "Namespace", "ClusterRole", "ClusterClass", "RuntimeClass", "PriorityClass"),
    *("StorageClass", "VolumeSnapshotClass", "IngressClass", "GatewayClass", "ClusterRoleBinding", "ResourceQuota"),
    *("ServiceAccount", "Role", "RoleBinding", "ConfigMap", "Secret", "Service", "LimitRange", "Deployment"),
    *("StatefulSet", "CronJob", "PodDisruptionBudget"),
)
_LAST = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
_PLACES = {
    **{kind: at - len(_FIRST) for at, kind in enumerate(_FIRST)},
    **{kind: at for at, kind in enumerate(_LAST, start=1)},
}
