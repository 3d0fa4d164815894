"""Rule about workloads and Services that an application's own objects name, and that are not there: SLW123.

Source: Kubernetes' API reference, HorizontalPodAutoscaler (`spec.scaleTargetRef`) and Ingress
(`spec.rules[].http.paths[].backend`); the Gateway API's, `BackendObjectReference`; KEDA's, ScaledObject; the API of
VerticalPodAutoscaler. AWS Load Balancer Controller, `docs/guide/ingress/annotations.md`: a backend whose port is
`use-annotation` is no Service. ingress-nginx, `internal/ingress/controller/controller.go`, `serviceEndpoints`, takes
the port of the Pods for that of the Service, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from slipway.checks.finding import Finding, Rule
from slipway.checks.pods import Part
from slipway.checks.said import Said, once_per_line
from slipway.checks.subject import Landed, Subject
from slipway.fleet.landing import left_alone, only_created, only_merged
from slipway.fleet.manifests import Path
from slipway.fleet.objects import KubeObject, ObjectKey, group_of, mapping, sequence, text

TARGET_MISSING = Rule("SLW123", "A target that does not exist", "error")

RULES = (TARGET_MISSING,)

MAX_LOOKED_FOR = 200
"""Missing targets on one cluster for which all custom objects are searched; of the others, nothing is certain."""

_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")
_AUTOSCALERS: Mapping[tuple[str, str], str] = {
    ("autoscaling", "HorizontalPodAutoscaler"): "scaleTargetRef",
    ("autoscaling.k8s.io", "VerticalPodAutoscaler"): "targetRef",
    ("keda.sh", "ScaledObject"): "scaleTargetRef",
}
_ROUTES = ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute")
_OF_CLUSTERS = ("kube-system", "default", "flux-system")
"""Namespaces with what Kubernetes, EKS or Flux brings, which Git does not always hold."""
_UNANSWERED = "whoever calls gets an error"


@dataclass(frozen=True)
class _Target:
    """What an object is for."""

    key: ObjectKey
    path: Path
    """The field with its name."""
    relation: str
    consequence: str
    port: int | str = ""
    """The port that is asked of a Service: its number or its name; empty if none is."""
    port_path: Path = ()
    of_pods: bool = False
    """True if the port may be one of the Pods, too."""


def target_findings(subject: Subject) -> Iterator[Finding]:
    """Autoscalers of nothing, and requests that are sent nowhere."""
    return once_per_line(_said(subject), subject.lines)


def _said(subject: Subject) -> Iterator[Said]:
    clusters: dict[str, _Cluster] = {}
    for landed in subject.distinct:
        targets = tuple(_targets_of(landed.obj))
        for name in landed.clusters if targets else ():
            if name not in clusters:
                clusters[name] = _Cluster(subject, name)
            for target in targets:
                yield from clusters[name].judged(landed, target)


class _Cluster:
    """What one cluster has."""

    def __init__(self, subject: Subject, name: str) -> None:
        cluster = subject.fleet.clusters[name]
        self._name = name
        self._presence = subject.presences[name]
        self._made = subject.made(cluster)
        self._namers: dict[ObjectKey, list[KubeObject]] = {}
        self._services: dict[ObjectKey, list[KubeObject]] = {}
        for obj in cluster.objects:
            if obj.kind == "Service" and not obj.group:
                self._services.setdefault(obj.key, []).append(obj)

    def judged(self, landed: Landed, target: _Target) -> Iterator[Said]:
        """What is wrong with a target."""
        if self._presence.has(target.key):
            yield from self._port(landed, target)
            return
        doubt = self._presence.doubt(landed.obj.key, target.key) or self._namer(landed.obj, target.key)
        meant = self._presence.typo(target.key, ()) or self._presence.namesake(target.key)
        near = meant is not None and meant.namespace == target.key.namespace
        if not near and (doubt or self._may_be_made(target.key)):
            return
        consequence = target.consequence
        if doubt:
            consequence += f" unless something else makes it ({doubt})"
        hint = f"{consequence}; there is {meant}" if meant else consequence
        rule = TARGET_MISSING if near and not doubt else TARGET_MISSING.at("warning")
        message = f"{target.relation} {target.key}, which nothing in Git applies"
        yield Said(rule, landed, target.path, message, hint, (self._name,))

    def _namer(self, obj: KubeObject, key: ObjectKey) -> str:
        """Another custom object that names what is missing."""
        if key not in self._namers and len(self._namers) >= MAX_LOOKED_FOR:
            return f"more than {MAX_LOOKED_FOR} are missing"
        if key not in self._namers:
            self._namers[key] = list(islice(self._made.namers(key), 2))  # one may be the object itself
        return next((str(namer.key) for namer in self._namers[key] if namer is not obj), "")

    def _may_be_made(self, key: ObjectKey) -> bool:
        return key.namespace in _OF_CLUSTERS or self._made.has_makers(key.namespace)

    def _port(self, landed: Landed, target: _Target) -> Iterator[Said]:
        if not target.port:
            return
        ports: list[Mapping[str, Any]] = []
        for service in self._services.get(target.key, ()):
            own = [mapping(entry) for entry in sequence(service.spec.get("ports"))]
            if not own or service.spec.get("type") == "ExternalName" or _is_open(service) or "$" in str(own):
                return
            ports += own
        fields = ("port", "name", *(("targetPort",) if target.of_pods else ()))
        if not ports or any(entry.get(field) == target.port for entry in ports for field in fields):
            return
        there = ", ".join(f"`{entry.get('name')}`" if text(target.port) else str(entry.get("port")) for entry in ports)
        what = f"port `{target.port}`" if text(target.port) else f"port {target.port}"
        message = f"{target.relation} {what} of {target.key}, which does not have it"
        yield Said(
            TARGET_MISSING, landed, target.port_path, message, f"{target.consequence}; it has {there}", (self._name,)
        )


def _is_open(service: KubeObject) -> bool:
    """True if the cluster may have it otherwise than Git."""
    return bool(left_alone(service)) or only_created(service) or only_merged(service)


def _targets_of(obj: KubeObject) -> Iterator[_Target]:
    """What an object names; what has a variable for a name is not looked for."""
    if not obj.namespace:
        return
    if (obj.group, obj.kind) in _AUTOSCALERS:
        found = _scaled(obj)
    elif (obj.group, obj.kind) == ("networking.k8s.io", "Ingress"):
        found = _of_ingress(obj)
    elif obj.group == "gateway.networking.k8s.io" and obj.kind in _ROUTES:
        found = _of_route(obj)
    else:
        return
    yield from (one for one in found if one.key.name and "$" not in f"{one.key.namespace}{one.key.name}{one.port}")


def _scaled(obj: KubeObject) -> Iterator[_Target]:
    part = Part((), obj.value).part("spec", _AUTOSCALERS[obj.group, obj.kind])
    api_version, kind = text(part.value.get("apiVersion")), text(part.value.get("kind"))
    if obj.group == "keda.sh":
        api_version, kind = api_version or "apps/v1", kind or "Deployment"
    if group_of(api_version) == "apps" and kind in _WORKLOADS:
        key = ObjectKey("apps", kind, obj.namespace, text(part.value.get("name")))
        yield _Target(key, (*part.path, "name"), "it scales", "nothing is ever scaled")


def _of_ingress(obj: KubeObject) -> Iterator[_Target]:
    spec = Part((), obj.value).part("spec")
    backends = [spec.part("defaultBackend")]
    for rule in spec.items("rules"):
        backends += [path.part("backend") for path in rule.part("http").items("paths")]
    for backend in backends:
        service, port = backend.part("service"), backend.part("service", "port")
        if port.value.get("name") == "use-annotation":
            continue
        key = ObjectKey("", "Service", obj.namespace, text(service.value.get("name")))
        field = "name" if "name" in port.value else "number"
        yield _request(key, service, port, field, of_pods=True)


def _of_route(obj: KubeObject) -> Iterator[_Target]:
    for rule in Part((), obj.value).part("spec").items("rules"):
        for backend in rule.items("backendRefs"):
            of_service = (backend.value.get("group") or "", backend.value.get("kind") or "Service") == ("", "Service")
            if of_service and backend.value.get("weight") != 0:
                namespace = text(backend.value.get("namespace")) or obj.namespace
                key = ObjectKey("", "Service", namespace, text(backend.value.get("name")))
                yield _request(key, backend, backend, "port")


def _request(key: ObjectKey, named: Part, port: Part, field: str, *, of_pods: bool = False) -> _Target:
    asked = port.value.get(field)
    known = asked if isinstance(asked, int | str) and not isinstance(asked, bool) else ""
    relation = "it sends requests to"
    return _Target(key, (*named.path, "name"), relation, _UNANSWERED, known, (*port.path, field), of_pods)
