"""Services.

Source: k8s.io/kubernetes, pkg/apis/core/validation/validation.go, `ValidateService` and `validateServicePort`;
pkg/apis/core/v1/defaults.go, `SetDefaults_Service`.
"""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.pods import Part
from slipway.checks.schema.beyond.ports import number_errors, number_or_name_errors
from slipway.checks.schema.beyond.values import required
from slipway.checks.schema.errors import SchemaError
from slipway.fleet.objects import sequence


def service_errors(obj: Part) -> Iterator[SchemaError]:
    """What is wrong with a Service."""
    spec = obj.part("spec")
    ports = list(spec.items("ports"))
    is_alias = spec.value.get("type") == "ExternalName"
    if is_alias and spec.value.get("externalName") in (None, "", "."):
        yield required((*spec.path, "externalName"), "a Service of type ExternalName is another name of it")
    is_headless = "None" in (spec.value.get("clusterIP"), *sequence(spec.value.get("clusterIPs")))
    if not ports and not is_alias and not is_headless:
        yield required((*spec.path, "ports"), "at least one, but for headless Services and those of type ExternalName")
    for port in ports:
        if len(ports) > 1 and port.value.get("name") in (None, ""):
            yield required((*port.path, "name"), "of several ports, each has one")
        yield from number_errors((*port.path, "port"), port.value.get("port"))
        if port.value.get("targetPort") not in (0, ""):  # which stand for the same as the port
            yield from number_or_name_errors((*port.path, "targetPort"), port.value.get("targetPort"))
