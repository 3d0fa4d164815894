"""Rules about objects with secret values in clear text: SLW601, SLW603.

Values are judged, never told. A Secret that a chart makes is judged by the values of its HelmRelease: what else is in
it comes from the chart.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slipway.checks.finding import Finding
from slipway.checks.pods import Part, containers_of, pod_of
from slipway.checks.secrets.rules import PLAIN_PASSWORD, PLAIN_SECRET
from slipway.checks.secrets.values import Certainty, secrecy
from slipway.checks.subject import Landed, Subject
from slipway.fleet.flux import HELM_GROUP, is_helm_release
from slipway.fleet.manifests import Path
from slipway.fleet.objects import KubeObject, text

MAX_NAMED = 3
"""Keys that are named in a message; the others are counted."""
MAX_FIELDS = 10_000
"""Fields of one HelmRelease's values that are looked at; those of public repositories have some hundred."""

_CURE = (
    "encrypt it with SOPS, seal it, or let an ExternalSecret fetch it; and change the value, which Git's history keeps"
)
_CURE_OUTSIDE = "take it from a Secret that is encrypted or fetched; and change the value, which Git's history keeps"


@dataclass(frozen=True)
class Value:
    """A text in an object."""

    path: Path
    name: str
    """What it is called: by its field, its key or its variable."""
    text: str


def plain_findings(subject: Subject) -> Iterator[Finding]:
    """Secret values that Git has in clear text."""
    for landed in subject.distinct:
        if landed.owner.key.group != HELM_GROUP:
            yield from _of(landed, subject)


def is_secret(obj: KubeObject) -> bool:
    """True for Kubernetes' own Secrets."""
    return obj.kind == "Secret" and not obj.group


def secret_values(obj: KubeObject) -> Iterator[Value]:
    """The values of a Secret as text: of those that a Secret is substituted into, the variable."""
    shown = Part((), obj.value if obj.shown is None else obj.shown)
    for field in ("data", "stringData"):
        for key, value in shown.part(field).value.items():
            yield Value((field, key), str(key), decoded(text(value)) if field == "data" else text(value))


def decoded(value: str) -> str:
    """What a value in base64 stands for, as far as it is text; empty if it is not base64."""
    try:
        return base64.b64decode("".join(value.split()), validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        return ""


def _of(landed: Landed, subject: Subject) -> Iterator[Finding]:
    obj = landed.obj
    if "sops" in obj.value:
        return
    if is_secret(obj):
        found = [
            (value.path, certainty) for value in secret_values(obj) if (certainty := secrecy(value.name, value.text))
        ]
        if found:
            yield _plain_secret(landed, found, subject)
        return
    for value in _other_values(obj):
        if secrecy(value.name, value.text) == "certain":
            yield _plain_password(landed, value, subject)


def _plain_secret(landed: Landed, found: Sequence[tuple[Path, Certainty]], subject: Subject) -> Finding:
    certain = [path for path, certainty in found if certainty == "certain"]
    paths = certain or [path for path, _ in found]
    names = [f"`{path[1]}`" for path in paths[:MAX_NAMED]]
    more = f" and {len(paths) - MAX_NAMED} more" if len(paths) > MAX_NAMED else ""
    message = f"Git has it in clear text: {', '.join(names)}{more}"
    rule = PLAIN_SECRET if certain else PLAIN_SECRET.at("warning")
    cause = subject.lines.cause(landed.obj, landed.owner, paths[0])
    hint = "; ".join(filter(None, (_CURE, cause.hint)))
    return Finding(rule, message, cause.where, str(landed.obj.key), landed.clusters, hint)


def _plain_password(landed: Landed, value: Value, subject: Subject) -> Finding:
    cause = subject.lines.cause(landed.obj, landed.owner, value.path)
    message = f"Git has the value of `{value.name}` in clear text"
    hint = "; ".join(filter(None, (_CURE_OUTSIDE, cause.hint)))
    return Finding(PLAIN_PASSWORD, message, cause.where, str(landed.obj.key), landed.clusters, hint)


def _other_values(obj: KubeObject) -> Iterator[Value]:
    """The texts of objects that often have what belongs into a Secret."""
    shown = Part((), obj.value if obj.shown is None else obj.shown)
    if obj.kind == "ConfigMap" and not obj.group:
        for key, value in shown.part("data").value.items():
            yield Value(("data", key), str(key), text(value))
    elif is_helm_release(obj):
        yield from _texts(shown.part("spec", "values"))
    elif pod := pod_of(obj, shown.value):
        for container in containers_of(pod):
            for entry in container.items("env"):
                yield Value((*entry.path, "value"), text(entry.value.get("name")), text(entry.value.get("value")))


def _texts(values: Part) -> Iterator[Value]:
    todo: list[tuple[Any, Path, str]] = [(values.value, values.path, "")]
    seen = 0
    while todo and seen < MAX_FIELDS:
        one, path, name = todo.pop()
        seen += 1
        if isinstance(one, Mapping):
            # A variable of a container has its name beside it.
            own = text(one.get("name"))
            todo.extend((item, (*path, key), own if key == "value" and own else str(key)) for key, item in one.items())
        elif isinstance(one, list):
            todo.extend((item, (*path, index), name) for index, item in enumerate(one))
        elif isinstance(one, str):
            yield Value(path, name, one)
