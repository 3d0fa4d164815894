"""Containers: their image, ports, variables, resources and probes.

Source: k8s.io/kubernetes, pkg/apis/core/validation/validation.go, `validateContainerCommon`, `validateHandler`,
`ValidateEnv`, `validateContainerPorts`, `ValidateContainerResourceRequirements`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slipway.checks.cel.library.quantities import Quantity, parse_quantity
from slipway.checks.pods import Part
from slipway.checks.schema.beyond.ports import name_errors, number_errors, number_or_name_errors
from slipway.checks.schema.beyond.values import is_open, required, together
from slipway.checks.schema.errors import SchemaError

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")


def container_errors(container: Part) -> Iterator[SchemaError]:
    """What is wrong with a container, but for its mounts."""
    if container.value.get("image") in (None, ""):
        yield required((*container.path, "image"), "a container of a pod template has one")
    for port in container.items("ports"):
        if port.value.get("name"):
            yield from name_errors((*port.path, "name"), port.value["name"])
        yield from number_errors((*port.path, "containerPort"), port.value.get("containerPort"))
        if port.value.get("hostPort"):
            yield from number_errors((*port.path, "hostPort"), port.value["hostPort"])
    for variable in container.items("env"):
        yield from _variable_errors(variable)
    yield from _resource_errors(container.part("resources"))
    for probe in _PROBES:
        if container.value.get(probe) is not None:
            yield from _handler_errors(container.part(probe))
    for hook in ("postStart", "preStop"):
        handler = container.part("lifecycle")
        if handler.value.get(hook) is not None:
            yield from _handler_errors(handler.part(hook))


def _handler_errors(handler: Part) -> Iterator[SchemaError]:
    given = [name for name in _HANDLERS if handler.value.get(name) is not None]
    if not given:
        yield together(handler.path, f"says nothing to do: one of {', '.join(_HANDLERS[:-1])} is required")
    elif len(given) > 1:
        yield together(handler.path, f"may have one of {' and '.join(given)} only")
    for name in given:
        action = handler.part(name)
        yield from number_or_name_errors((*action.path, "port"), action.value.get("port"))


def _variable_errors(variable: Part) -> Iterator[SchemaError]:
    sources = [name for name, source in variable.part("valueFrom").value.items() if source is not None]
    path = (*variable.path, "valueFrom")
    if variable.value.get("valueFrom") is None:
        return
    if not sources:
        yield together(path, "says nothing to take the value from")
    elif variable.value.get("value") not in (None, ""):
        yield together(
            variable.path if is_open(variable.value["value"]) else path, "value is given too; only one may be"
        )
    elif len(sources) > 1:
        yield together(path, f"may have one of {' and '.join(sources)} only")


def _resource_errors(resources: Part) -> Iterator[SchemaError]:
    limits, requests = resources.part("limits"), resources.part("requests")
    for name, written in requests.value.items():
        asked, limit = _quantity(written), _quantity(limits.value.get(name))
        path = (*requests.path, name)
        if asked is not None and limit is not None and asked.value > limit.value:
            yield together(path, f'"{written}" is more than its limit, "{limits.value[name]}"')
        elif asked is not None and limit is not None and asked != limit and not _is_shared(name):
            yield together(
                path, f'"{written}" is not its limit, "{limits.value[name]}": of this, both must be the same'
            )


def _quantity(value: Any) -> Quantity | None:
    return None if value is None or isinstance(value, bool) else parse_quantity(str(value).strip())


def _is_shared(name: str) -> bool:
    """True for what containers may share: not huge pages, nor what others than Kubernetes add."""
    return ("/" not in name or "kubernetes.io/" in name) and not name.startswith("hugepages-")
