"""What a sealed value is bound to.

Source: bitnami/sealed-secrets, `pkg/apis/sealedsecrets/v1alpha1/sealedsecret_expansion.go`, `EncryptionLabel` and
`SecretScope`: the scope is read from the annotations of the SealedSecret itself, and RSA-OAEP has the label
`namespace/name`, `namespace` or nothing. With another label a value cannot be opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from slipway.fleet.objects import mapping, text

Scope = Literal["strict", "namespace-wide", "cluster-wide"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

CLUSTER_WIDE = "sealedsecrets.bitnami.com/cluster-wide"
NAMESPACE_WIDE = "sealedsecrets.bitnami.com/namespace-wide"

ANNOTATION: Mapping[Scope, str] = {"namespace-wide": NAMESPACE_WIDE, "cluster-wide": CLUSTER_WIDE}
"""What says a scope; strict has none."""


@dataclass(frozen=True)
class Label:
    """What the values of a SealedSecret are bound to."""

    scope: Scope
    namespace: str
    """`""` if the scope is cluster-wide."""
    name: str
    """`""` unless the scope is strict."""

    @property
    def encoded(self) -> bytes:
        """As RSA-OAEP takes it."""
        parts = {"strict": f"{self.namespace}/{self.name}", "namespace-wide": self.namespace, "cluster-wide": ""}
        return parts[self.scope].encode()

    def __str__(self) -> str:
        """In words, e.g. `the name web in namespace default`."""
        if self.scope == "strict":
            return f"the name {self.name} in namespace {self.namespace}"
        return f"namespace {self.namespace}" if self.scope == "namespace-wide" else "the whole cluster"


def label(scope: Scope, namespace: str, name: str) -> Label:
    """The label of an object in a scope."""
    return Label(scope, namespace if scope != "cluster-wide" else "", name if scope == "strict" else "")


def scope_of(metadata: Mapping[str, Any]) -> Scope:
    """What a SealedSecret is bound to, by the annotations of a metadata."""
    annotations = mapping(metadata.get("annotations"))
    if annotations.get(CLUSTER_WIDE) == "true":
        return "cluster-wide"
    return "namespace-wide" if annotations.get(NAMESPACE_WIDE) == "true" else "strict"


def own_label(sealed: Mapping[str, Any]) -> Label | None:
    """What the controller opens a SealedSecret with; None if its file does not say, or says it with a variable.

    A namespace that the file does not have is taken from the template, into which kubeseal writes it.
    """
    metadata, template = _metadata(sealed)
    namespace = text(metadata.get("namespace")) or text(template.get("namespace"))
    own = label(scope_of(metadata), namespace, text(metadata.get("name")))
    return own if _is_whole(own) else None


def other_labels(sealed: Mapping[str, Any]) -> list[Label]:
    """What its values may be bound to instead, if it was moved or annotated after they were sealed."""
    metadata, template = _metadata(sealed)
    places = [(text(each.get("namespace")), text(each.get("name"))) for each in (metadata, template)]
    found = (label(scope, *place) for scope in SCOPES for place in places)
    own = own_label(sealed)
    return list(dict.fromkeys(each for each in found if _is_whole(each) and each != own))


def _metadata(sealed: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Its own, and that of its template."""
    template = mapping(mapping(sealed.get("spec")).get("template"))
    return mapping(sealed.get("metadata")), mapping(template.get("metadata"))


def _is_whole(each: Label) -> bool:
    if each.scope == "strict" and not each.name:
        return False
    return bool(each.namespace or each.scope == "cluster-wide") and "$" not in each.namespace + each.name
