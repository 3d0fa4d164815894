"""What brings the fleet's sealing keys to a cluster, and the controller that takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.fleet.manifests import dump
from tests.unit.small_fleets import helm_release

LABEL = "sealedsecrets.bitnami.com/sealed-secrets-key"


def external(
    name: str,
    *,
    data: Mapping[str, str] | None = None,
    template: Mapping[str, str] | None = None,
    label: str = "active",
    namespace: str = "flux-system",
    version: str = "v1",
    key: str = "fleet/shared/sealing-key",
    remote: Mapping[str, str] | None = None,
    **spec: Any,
) -> str:
    """An ExternalSecret: of properties by their names in the Secret, or of all of them and a template."""
    made: dict[str, Any] = {"type": "kubernetes.io/tls", "metadata": {"labels": {LABEL: label}}}
    if template:
        made["data"] = dict(template)
    brought: dict[str, Any] = {"dataFrom": [{"extract": {"key": key, **(remote or {})}}]}
    if data is not None:
        references = {to: {"key": key, "property": of, **(remote or {})} for to, of in data.items()}
        brought = {"data": [{"secretKey": to, "remoteRef": reference} for to, reference in references.items()]}
    store = {"kind": "ClusterSecretStore", "name": "aws"}
    body = {"refreshInterval": "10m", "secretStoreRef": store, "target": {"template": made}, **brought, **spec}
    metadata = {"name": name, "namespace": namespace}
    value = {
        "apiVersion": f"external-secrets.io/{version}",
        "kind": "ExternalSecret",
        "metadata": metadata,
        "spec": {name: part for name, part in body.items() if part is not None},
    }
    return dump(value)


def slot(name: str, **options: Any) -> str:
    """What the template of gitops-system has for a slot."""
    where = f'eq .slot "{name}"'
    template = {
        f"tls.{part}": f"{{{{ if {where} }}}}{{{{ .{part} }}}}{{{{ else }}}}{{{{ .other{part.title()} }}}}{{{{ end }}}}"
        for part in ("crt", "key")
    }
    label = f"{{{{ if or ({where}) (ne .crt .otherCrt) }}}}active{{{{ else }}}}idle{{{{ end }}}}"
    return external(f"sealing-key-{name}", template=template, label=label, **options)


SLOTS = (slot("a"), slot("b"))


def release(*, version: str = "2.20.0", **values: Any) -> str:
    chart = {"chart": "sealed-secrets", "version": version, "sourceRef": {"kind": "HelmRepository", "name": "charts"}}
    return helm_release("sealed-secrets", chart={"spec": chart}, values={"watchForSecrets": True, **values})
