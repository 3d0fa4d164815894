"""Ingresses and NetworkPolicies.

Source: k8s.io/kubernetes, pkg/apis/networking/validation/validation.go, `ValidateIngressSpec`,
`validateIngressBackend`, `ValidateNetworkPolicyPort`, `ValidateNetworkPolicyPeer`.
"""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.pods import Part
from slipway.checks.schema.beyond.ports import name_errors, number_errors, number_or_name_errors
from slipway.checks.schema.beyond.values import together, whole_number
from slipway.checks.schema.errors import SchemaError


def ingress_errors(obj: Part) -> Iterator[SchemaError]:
    """What is wrong with an Ingress."""
    spec = obj.part("spec")
    if spec.value.get("defaultBackend") is not None:
        yield from _backend_errors(spec.part("defaultBackend"))
    elif not spec.value.get("rules"):
        yield together(spec.path, "has neither rules nor a defaultBackend, and needs one of them")
    for rule in spec.items("rules"):
        for path in rule.part("http").items("paths"):
            yield from _backend_errors(path.part("backend"))


def _backend_errors(backend: Part) -> Iterator[SchemaError]:
    service, resource = backend.value.get("service"), backend.value.get("resource")
    if service is not None and resource is not None:
        yield together(backend.path, "may have one of service and resource only")
    elif service is None and resource is None:
        yield together(backend.path, "has neither a service nor a resource, and needs one of them")
    elif service is not None:
        port = backend.part("service", "port")
        name, number = port.value.get("name"), port.value.get("number")
        if name and number:
            yield together(port.path, "may have one of name and number only")
        elif name:
            yield from name_errors((*port.path, "name"), name)
        elif number:
            yield from number_errors((*port.path, "number"), number)
        else:
            yield together(port.path, "has neither a name nor a number, and needs one of them")


def network_policy_errors(obj: Part) -> Iterator[SchemaError]:
    """What is wrong with a NetworkPolicy."""
    spec = obj.part("spec")
    for rule in spec.items("ingress", "egress"):
        for port in rule.items("ports"):
            yield from _port_errors(port)
        for peer in rule.items("from", "to"):
            given = [
                name for name in ("podSelector", "namespaceSelector", "ipBlock") if peer.value.get(name) is not None
            ]
            if not given:
                yield together(
                    peer.path, "names no peer: one of podSelector, namespaceSelector and ipBlock is required"
                )
            elif "ipBlock" in given and len(given) > 1:
                yield together(peer.path, f"may not have ipBlock and {given[0]} at once")


def _port_errors(port: Part) -> Iterator[SchemaError]:
    start, end = port.value.get("port"), whole_number(port.value.get("endPort"))
    path = (*port.path, "endPort")
    yield from number_or_name_errors((*port.path, "port"), start)
    if end is None:
        return
    first = whole_number(start)
    if first is None:
        yield together(path, "is for a port that is a number")
    elif end < first:
        yield together(path, f"{end} is less than port, {first}")
    else:
        yield from number_errors(path, end)
