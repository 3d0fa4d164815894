"""From a build's output to the objects that are applied: variable substitution and common metadata.

Order and conditions are those of kustomize-controller: substitution works on each object's YAML text, so that a number
without quotes becomes a number, and only if `spec.postBuild` is set; common metadata is added at apply.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypedDict

from slipway.errors import InputError, LimitError
from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.flux import Kustomization
from slipway.fleet.kustomize import Build
from slipway.fleet.manifests import load_first_document
from slipway.fleet.objects import KubeObject, mapping, text
from slipway.fleet.origins import Built
from slipway.fleet.strictness import STRICT_BY_DEFAULT
from slipway.fleet.substitute import KEEP, Keep, Reference, SubstitutionError, references, substitute, valid_name
from slipway.fleet.templated import Template, template_of

_OPT_OUT = "kustomize.toolkit.fluxcd.io/substitute"


@dataclass(frozen=True)
class Variables:
    """What a Kustomization substitutes with."""

    values: Mapping[str, str]
    missing: tuple[str, ...] = ()
    """ConfigMaps and Secrets whose variables are known on the cluster only: Git does not hold them, or encrypted."""
    optional_missing: bool = False
    """True if Git does not hold an optional one; the cluster may have it."""
    strict: bool = STRICT_BY_DEFAULT
    """Whether one that is not set is an error; else there is nothing in its place."""
    secret: frozenset[str] = frozenset()
    """Names of those whose values come from Secrets, and are not for showing."""


def post_build(
    kustomization: Kustomization,
    built: Iterable[Built],
    variables: Variables,
    templates: dict[int, Template | None] | None = None,
) -> tuple[list[KubeObject], set[str]]:
    """The objects as applied, and the variables that were left as written because their values are not known here.

    Args:
        kustomization: what applies them.
        built: what it was built to.
        variables: what is substituted.
        templates: those of the objects by their position, for others to come; None if there will be none.

    Raises:
        SubstitutionError: Flux would refuse it.
        BuildError: Flux would refuse an object.
        NotFetched: what an object is depends on variables that only the cluster knows.
    """
    strategy = text(mapping(kustomization.spec.get("postBuild")).get("substituteStrategy"))
    wanted = kustomization.substitutes and bool(variables.values or variables.missing or strategy == "Always")
    if wanted and (wrong := next((name for name in variables.values if not valid_name(name)), None)) is not None:
        raise SubstitutionError(f"{wrong!r} is no name for a variable: letters, digits and underscores only")
    unknown: set[str] = set()
    objects = []
    for position, item in enumerate(built):
        value = item.value
        shown = None
        if wanted and "$" in item.text and not _opted_out(value):
            filled = _filled(position, item, variables, templates)
            value, left = filled or _substituted(item, variables, unknown)
            if variables.secret and any(ref.name in variables.secret for ref in references(item.text)):
                shown = _with_common_metadata(_shown(item, variables, left), kustomization)
        if not (text(value.get("apiVersion")) and text(value.get("kind"))):
            raise BuildError("an object without apiVersion or kind", file=item.origin.path, line=item.origin.line)
        objects.append(KubeObject(_with_common_metadata(value, kustomization), item.origin, shown))
    return objects, unknown


def applied(kustomization: Kustomization, build: Build, variables: Variables) -> tuple[list[KubeObject], set[str]]:
    """`post_build` of a build, made once for all that would come out alike."""
    names = build.applied.get("names")
    if names is None:
        try:
            found = {ref.name for item in build.items if "$" in item.text for ref in references(item.text)}
        except (SubstitutionError, LimitError):
            return post_build(kustomization, build.items, variables)
        names = build.applied["names"] = tuple(sorted(found))
    strategy = text(mapping(kustomization.spec.get("postBuild")).get("substituteStrategy"))
    labels, annotations = kustomization.common_metadata
    key = (
        kustomization.substitutes and bool(variables.values or variables.missing or strategy == "Always"),
        tuple((variables.values.get(name), name in variables.secret) for name in names),
        bool(variables.missing),
        variables.optional_missing,
        variables.strict,
        tuple(sorted(labels.items())),
        tuple(sorted(annotations.items())),
    )
    known = build.applied.get(key)
    if known is None or any(not valid_name(name) for name in variables.values):
        # The first one may be the only one.
        templates = build.applied.setdefault("templates", {}) if "variants" in build.applied else None
        known = build.applied[key] = post_build(kustomization, build.items, variables, templates)
        build.applied["variants"] = True
    result: tuple[list[KubeObject], set[str]] = known
    return result


def variables_in(obj: KubeObject) -> Iterator[tuple[str, str]]:
    """The variables in a ConfigMap or Secret that are readable, line breaks removed as Flux removes them."""
    for name, value in mapping(obj.value.get("data")).items():
        if obj.kind != "Secret":
            yield name, text(value).replace("\n", "")
        elif (content := _decoded(text(value))) is not None:
            yield name, content.replace("\n", "")
    if obj.kind == "Secret":
        for name, value in mapping(obj.value.get("stringData")).items():
            if not text(value).startswith(_ENCRYPTED):
                yield name, text(value).replace("\n", "")


def is_encrypted(obj: KubeObject) -> bool:
    """True if SOPS has encrypted some of the object's values, which Flux decrypts on the cluster."""
    return isinstance(obj.value.get("sops"), Mapping)


_ENCRYPTED = "ENC["


def _decoded(value: str) -> str | None:
    try:
        return base64.b64decode(value.replace("\n", "").replace("\r", ""), validate=True).decode(errors="replace")
    except ValueError:
        return None


def _filled(
    position: int, item: Built, variables: Variables, templates: dict[int, Template | None] | None
) -> tuple[Mapping[str, Any], set[str]] | None:
    """What `_substituted` would come to, with less work; None if that has to do it."""
    if templates is None or variables.missing or variables.optional_missing:
        return None
    if position not in templates:
        templates[position] = template_of(item.text)
    template = templates[position]
    value = template.filled(variables.values, strict=variables.strict) if template else None
    return (value, set()) if isinstance(value, Mapping) else None


def _substituted(item: Built, variables: Variables, unknown: set[str]) -> tuple[Mapping[str, Any], set[str] | None]:
    """The object after substitution, and which variables without a value were left as written (None: all of them).

    Args:
        item: what to substitute in.
        variables: the values.
        unknown: those that were left as written are added here.
    """
    # Of what only the cluster may have, a default is taken for the value. So it is of what the cluster has, too, where
    # the text is no YAML with the expression as it is written: a default may be a quote.
    needed = {found.name for found in _references(item) if not found.has_default}
    attempts = [None, needed] if variables.missing else [needed if variables.optional_missing else set()]
    for left in attempts:
        kept: set[str] = set()
        content = _substitute(item, variables, left, kept)
        try:
            value = load_first_document(content.encode())
        except InputError as err:
            refused = err
            continue
        if not isinstance(value, Mapping):
            raise SubstitutionError("the substitution of variables leaves no object", **_place(item))
        unknown |= kept
        return value, left
    if kept:
        names = ", ".join(sorted(kept))
        raise NotFetched(f"only the cluster knows the variables that decide what it is: {names}", **_place(item))
    message = f"what the substitution of variables makes is refused: {refused.message}"
    raise SubstitutionError(message, **_place(item)) from None


def _shown(item: Built, variables: Variables, left: set[str] | None) -> Mapping[str, Any]:
    """The object after substitution with the expressions of secret variables as written.

    Where that is no object, because a Secret holds a part of its structure, it is only what identifies it.
    """
    public = {name: value for name, value in variables.values.items() if name not in variables.secret}
    unset = None if left is None else left | variables.secret
    try:
        value = load_first_document(_substitute(item, replace(variables, values=public), unset, set()).encode())
    except InputError:
        value = None
    if isinstance(value, Mapping):
        return value
    return {name: item.value.get(name) for name in ("apiVersion", "kind", "metadata")}


def _references(item: Built) -> list[Reference]:
    with _failing_at(item):
        return list(references(item.text))


def _substitute(item: Built, variables: Variables, left: set[str] | None, kept: set[str]) -> str:
    """The text after substitution.

    Args:
        item: whose text.
        variables: the values.
        left: variables without a value that are left as written, None for all of them.
        kept: those that were are added here.
    """

    def lookup(name: str) -> str | Keep | None:
        if name in variables.values:
            return variables.values[name]
        if left is None or name in left:
            kept.add(name)
            return KEEP
        return None

    with _failing_at(item):
        return substitute(item.text, lookup, strict=variables.strict)


@contextmanager
def _failing_at(item: Built) -> Iterator[None]:
    try:
        yield
    except LimitError as err:
        raise LimitError(f"{_FAILS}: {err.message}", **_place(item)) from None
    except SubstitutionError as err:
        raise SubstitutionError(
            f"{_FAILS}: {err.message}", **_place(item), near=err.near, is_unset=err.is_unset
        ) from None


_FAILS = "the substitution of variables fails"


def _place(item: Built) -> _Place:
    return {"file": item.origin.path, "line": item.origin.line}


class _Place(TypedDict):
    file: str
    line: int


def _opted_out(value: Mapping[str, Any]) -> bool:
    """True if the object's label or annotation turns substitution off."""
    metadata = mapping(value.get("metadata"))
    return any(mapping(metadata.get(kind)).get(_OPT_OUT) == "disabled" for kind in ("labels", "annotations"))


def _with_common_metadata(value: Any, kustomization: Kustomization) -> Mapping[str, Any]:
    labels, annotations = kustomization.common_metadata
    if not labels and not annotations:
        return mapping(value)
    metadata = dict(mapping(mapping(value).get("metadata")))
    for name, added in (("labels", labels), ("annotations", annotations)):
        if added:
            metadata[name] = {**mapping(metadata.get(name)), **added}
    return {**mapping(value), "metadata": metadata}
