"""The values of a HelmRelease, put together as helm-controller does.

Source of the rules: fluxcd/pkg, `chartutil/values.go`: references in their order, then `spec.values` over them. A
reference with a `targetPath` sets one value over all that, but loses to a key of `spec.values` on the top level: the
controller merges `spec.values` once more at the end, into which nested mappings alone have taken the value over. That
is kept here by merging as it does, with nested mappings shared.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.errors import InputError
from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.helm_set import MAX_LEVELS, SetError, SetInteger, set_values
from slipway.fleet.manifests import load_documents
from slipway.fleet.objects import KubeObject, ObjectKey, mapping, text
from slipway.fleet.post_build import is_encrypted

Find = Callable[[ObjectKey], KubeObject | None]
"""Finds an object on the cluster, None if Git does not hold it."""


@dataclass(frozen=True)
class ValuesRef:
    """An entry of `spec.valuesFrom`."""

    kind: str
    name: str
    key: str
    target_path: str
    optional: bool
    literal: bool

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Values:
    """What a chart is rendered with."""

    merged: Mapping[str, Any]
    unknown: tuple[tuple[str, str], ...] = ()
    """ConfigMaps and Secrets whose values only the cluster knows, each with the reason."""

    def to_json(self) -> str:
        """The values as a file for helm, in YAML's JSON."""
        written = json.dumps(self.merged, ensure_ascii=False, allow_nan=False)
        return _NOT_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", written)

    def settings(self) -> list[str]:
        """What has to be given with `--set` besides: integers that a file would turn into float64."""
        return [f"{path}={number}" for path, number in _set_integers(self.merged, "", 0)]


_NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def compose(values: Mapping[str, Any], references: list[ValuesRef], namespace: str, find: Find) -> Values:
    """The values of a release.

    Args:
        values: `spec.values`.
        references: `spec.valuesFrom`.
        namespace: where they are looked up.
        find: finds them.

    Raises:
        BuildError: helm-controller would refuse a reference.
        NotFetched: the content of one cannot be read as Flux would read it.
    """
    own = _copy(values)
    result: dict[str, Any] = {}
    unknown = []
    for reference in references:
        if reference.kind not in ("ConfigMap", "Secret"):
            raise BuildError(f"valuesFrom: {reference.kind!r} is neither ConfigMap nor Secret")
        found = find(ObjectKey("", reference.kind, namespace, reference.name))
        why = _unknown(found, reference, namespace, find)
        if why:
            unknown.append((str(reference), why))
        if why or found is None:
            continue
        content = _content(found, reference.key)
        if content is None:
            if reference.optional:
                continue
            raise BuildError(f"valuesFrom: {reference.kind} {namespace}/{reference.name} has no key {reference.key!r}")
        if reference.target_path:
            result = merge(result, own)
            _set(result, reference, content)
        else:
            result = merge(result, _read(content, reference))
    return Values(merge(result, own), tuple(unknown))


def merge(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """`upper` over `lower`: mappings are merged, everything else is replaced; mappings of one side are not copied."""
    merged = dict(lower)
    for name, value in upper.items():
        below = merged.get(name)
        merged[name] = merge(below, value) if isinstance(value, dict) and isinstance(below, dict) else value
    return merged


def _unknown(found: KubeObject | None, reference: ValuesRef, namespace: str, find: Find) -> str:
    """Why only the cluster knows the values; `""` if Git does, or if there are none and need not be any."""
    name = f"{namespace}/{reference.name}"
    if found is not None:
        return f"{reference.kind} {name} is encrypted in Git" if is_encrypted(found) else ""
    if reference.kind == "Secret":
        for group, kind in _MAKERS:
            if find(ObjectKey(group, kind, namespace, reference.name)) is not None:
                return f"{kind} {name} makes it on the cluster"
    return "" if reference.optional else f"{reference.kind} {name} is not in Git"


_MAKERS = (("bitnami.com", "SealedSecret"), ("external-secrets.io", "ExternalSecret"))


def _content(found: KubeObject, key: str) -> str | None:
    data = mapping(found.value.get("data"))
    if found.kind == "ConfigMap":
        return text(data[key]) if key in data else None
    plain = mapping(found.value.get("stringData"))
    if key in plain:
        return text(plain[key])
    if key not in data:
        return None
    try:
        encoded = text(data[key]).replace("\n", "").replace("\r", "")
        return base64.b64decode(encoded, validate=True).decode(errors="replace")
    except binascii.Error:
        raise BuildError(f"valuesFrom: key {key!r} of Secret {found.namespace}/{found.name} is not base64") from None


def _read(content: str, reference: ValuesRef) -> dict[str, Any]:
    try:
        documents = load_documents(content.encode())
    except InputError as err:
        where = f"line {err.line} of key {reference.key!r} of {reference}"
        if "duplicate key" in err.message:  # Flux takes the last one, which is hardly what was meant
            raise NotFetched(f"valuesFrom: {where}: {err.message}") from None
        raise BuildError(f"valuesFrom: {where}: {err.message}") from None
    first = next((document.value for document in documents if document.index == 0), None)
    if first is None:
        return {}
    if not isinstance(first, dict):
        raise BuildError(f"valuesFrom: key {reference.key!r} of {reference} holds no mapping")
    copied: dict[str, Any] = _copy(first)
    return copied


def _set(result: dict[str, Any], reference: ValuesRef, content: str) -> None:
    quotes = "'\""
    as_text = reference.literal
    if reference.literal:
        content = re.sub(r"[\\,\[\]{}]", r"\\\g<0>", content)
    elif any(content.startswith(quote) and content.endswith(quote) for quote in quotes):
        content = content.strip(quotes)
        as_text = True
    try:
        set_values(result, f"{reference.target_path}={content}", as_text=as_text)
    except SetError as err:
        # The message may quote the content, which may be a Secret's: only the path is named.
        raise BuildError(
            f"valuesFrom: the value of {reference} does not fit targetPath {reference.target_path!r}"
            + ("" if reference.kind == "Secret" else f": {err.message}")
        ) from None


def _copy(value: Any) -> Any:
    """A copy in which nothing is shared, as an alias in the YAML would share it."""
    if isinstance(value, Mapping):
        return {name: _copy(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return value


def _set_integers(value: Any, path: str, level: int) -> Iterator[tuple[str, int]]:
    if isinstance(value, SetInteger):
        yield path, value
    elif isinstance(value, Mapping) and level <= MAX_LEVELS:
        for name, item in value.items():
            if name:
                escaped = re.sub(r"[\\=\[,.]", r"\\\g<0>", name)
                yield from _set_integers(item, f"{path}.{escaped}" if path else escaped, level + 1)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _set_integers(item, f"{path}[{index}]", level)
