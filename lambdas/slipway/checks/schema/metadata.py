"""Rules for names, labels and annotations, which no published schema holds.

Source: k8s.io/apimachinery, pkg/api/validation/objectmeta.go and pkg/util/validation/validation.go; which rule is for
which kind: the `Validate…Name` variables in k8s.io/kubernetes, pkg/apis/*/validation/validation.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from slipway.checks.schema.errors import Reason, SchemaError, quoted

ANNOTATIONS_BYTES = 256 * 1024
"""`TotalAnnotationSizeLimitB`: keys and values of all annotations of an object."""

_LABEL_LENGTH = 63
_SUBDOMAIN_LENGTH = 253
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_LABEL_1035 = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_QUALIFIED = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")

_DIGIT_FIRST = (1, 36)
"""From this version on, the name of a Service may start with a digit (KEP-5311)."""

_ANY_PATH_SEGMENT = frozenset(
    {"CertificateSigningRequest", "Event", "IPAddress", "PodDisruptionBudget"}
    | {"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"}
)
"""Kinds of Kubernetes whose names only have to fit into a URL path."""


def check_metadata(obj: Mapping[str, Any], kubernetes_version: str, *, built_in: bool) -> Iterator[SchemaError]:
    """Check name, namespace, labels and annotations; what has the wrong type is left to the schema.

    Args:
        obj: the object.
        kubernetes_version: such as `1.33`.
        built_in: the kind is one of Kubernetes' own.
    """
    metadata = obj.get("metadata")
    if metadata is None:
        metadata = {}
    if not isinstance(metadata, Mapping):
        return
    name = metadata.get("name")
    if name is None or name == "":
        yield _error("name", message="required; server-side apply does not take generateName", reason=Reason.REQUIRED)
    elif isinstance(name, str):
        wrong = _name_rule(str(obj.get("kind")), kubernetes_version, built_in=built_in)(name)
        if wrong:
            yield _error("name", message=f"{quoted(name)} {wrong}")
    namespace = metadata.get("namespace")
    if isinstance(namespace, str) and namespace and (wrong := _wrong_label(namespace)):
        yield _error("namespace", message=f"{quoted(namespace)} {wrong}")
    for key, value in _entries(metadata, "labels"):
        if wrong := _wrong_key(key):
            yield _error("labels", key, message=wrong)
        if len(value) > _LABEL_LENGTH or (value and not _QUALIFIED.fullmatch(value)):
            yield _error("labels", key, message=f"{quoted(value)} is not a label value: {_QUALIFIED_TEXT}, or nothing")
    annotations = list(_entries(metadata, "annotations"))
    for key, _ in annotations:
        if wrong := _wrong_key(key.lower()):
            yield _error("annotations", key, message=wrong)
    size = sum(len(key.encode()) + len(value.encode()) for key, value in annotations)
    if size > ANNOTATIONS_BYTES:
        yield _error("annotations", message=f"{size} bytes in all; Kubernetes takes {ANNOTATIONS_BYTES}")


_QUALIFIED_TEXT = "at most 63 letters, digits, '-', '_' and '.', a letter or digit first and last"


def _name_rule(kind: str, version: str, *, built_in: bool) -> Callable[[str], str]:
    if not built_in:
        return _wrong_subdomain
    if kind == "Namespace":
        return _wrong_label
    if kind == "Service":
        relaxed = tuple(int(part) for part in version.split(".")) >= _DIGIT_FIRST
        return _wrong_label if relaxed else _wrong_label_1035
    return _wrong_path_segment if kind in _ANY_PATH_SEGMENT else _wrong_subdomain


def _wrong_subdomain(name: str) -> str:
    if len(name) <= _SUBDOMAIN_LENGTH and _SUBDOMAIN.fullmatch(name):
        return ""
    return (
        f"is not a DNS subdomain: at most {_SUBDOMAIN_LENGTH} lower-case letters, digits, '-' and '.', "
        "a letter or digit first and last of every part"
    )


def _wrong_label(name: str) -> str:
    if len(name) <= _LABEL_LENGTH and _LABEL.fullmatch(name):
        return ""
    return f"is not a DNS label: at most {_LABEL_LENGTH} lower-case letters, digits and '-', no '-' first or last"


def _wrong_label_1035(name: str) -> str:
    if len(name) <= _LABEL_LENGTH and _LABEL_1035.fullmatch(name):
        return ""
    return (
        f"is not a DNS label (RFC 1035): at most {_LABEL_LENGTH} lower-case letters, digits and '-', a letter first, "
        "no '-' last"
    )


def _wrong_path_segment(name: str) -> str:
    return "cannot be part of a URL path" if name in (".", "..") or "/" in name or "%" in name else ""


def _wrong_key(key: str) -> str:
    """What is wrong with the key of a label or (in lower case) annotation; "" if nothing is."""
    prefix, slash, name = key.rpartition("/")
    if slash and _wrong_subdomain(prefix):
        return f'the part of the key before "/" {_wrong_subdomain(prefix)}'
    if len(name) <= _LABEL_LENGTH and _QUALIFIED.fullmatch(name):
        return ""
    return f"not a key: {_QUALIFIED_TEXT}, after an optional DNS subdomain and '/'"


def _entries(metadata: Mapping[str, Any], field: str) -> Iterator[tuple[str, str]]:
    entries = metadata.get(field)
    if isinstance(entries, Mapping):
        yield from ((key, value) for key, value in entries.items() if isinstance(value, str))


def _error(*path: str, message: str, reason: Reason = Reason.NAME) -> SchemaError:
    return SchemaError(("metadata", *path), message, reason)
