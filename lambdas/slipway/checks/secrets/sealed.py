"""Rules about SealedSecrets, as far as they are told without the key: SLW611 to SLW615."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from slipway.checks.said import Said
from slipway.checks.secrets.rules import (
    SEALED_ELSEWHERE,
    SEALED_MALFORMED,
    SEALED_MOVED,
    SEALED_SCOPE,
    SEALED_TWICE,
)
from slipway.checks.secrets.sealing import is_sealed_secret, label_of, malformation, sealed_values
from slipway.checks.subject import Landed, Subject
from slipway.errors import InputError
from slipway.fleet.manifests import Path
from slipway.fleet.objects import KubeObject, mapping, text
from slipway.fleet.outline import Outline, outline
from slipway.sealing.scope import CLUSTER_WIDE, NAMESPACE_WIDE, Label, scope_of

MAX_NAMED = 3
"""Keys that are named in a message; the others are counted."""

_RESEAL = "the controller cannot open it; seal it anew"


def sealed_said(subject: Subject) -> Iterator[Said]:
    """SealedSecrets that their controller will not open."""
    sealed = [landed for landed in subject.distinct if is_sealed_secret(landed.obj)]
    if not sealed:
        return
    before = _labels_before(subject)
    places = _Places()
    for landed in sealed:
        yield from _malformed(landed)
        yield from _scope(landed)
        told = list(_moved(landed, before)) or list(_elsewhere(landed, subject))
        yield from told
        if not told:
            places.add(landed)
    yield from places.shared()


def listed_keys(keys: list[str]) -> str:
    """The keys of some values."""
    named = ", ".join(f"`{key}`" for key in keys[:MAX_NAMED])
    return f"{named} and {len(keys) - MAX_NAMED} more" if len(keys) > MAX_NAMED else named


def _malformed(landed: Landed) -> Iterator[Said]:
    problems: dict[str, list[str]] = {}
    for key, value in sealed_values(landed.obj):
        if problem := malformation(value):
            problems.setdefault(problem, []).append(key)
    for problem, keys in problems.items():
        path: Path = ("spec", "encryptedData", keys[0])
        yield Said(SEALED_MALFORMED, landed, path, f"{listed_keys(keys)} {problem}", "copy all of what kubeseal writes")
    template = mapping(landed.obj.spec.get("template"))
    if not landed.obj.spec.get("encryptedData") and not landed.obj.spec.get("data") and not template.get("data"):
        message = "nothing is sealed in it"
        yield Said(SEALED_MALFORMED.at("warning"), landed, ("spec",), message, "it makes an empty Secret")


def _scope(landed: Landed) -> Iterator[Said]:
    metadata = landed.obj.metadata
    template = mapping(mapping(landed.obj.spec.get("template")).get("metadata"))
    for name in (CLUSTER_WIDE, NAMESPACE_WIDE):
        own, other = (mapping(each.get("annotations")).get(name) for each in (metadata, template))
        if other == "true" and own is None and scope_of(metadata) == "strict":
            message = (
                f"only its template has the annotation {name}, so that the controller opens it by name and namespace"
            )
            path: Path = ("spec", "template", "metadata", "annotations", name)
            yield Said(SEALED_SCOPE, landed, path, message, "put the annotation into metadata.annotations, too")
        elif isinstance(own, str) and own not in ("true", "false", "") and "${" not in own:
            message = f'the annotation {name} counts only if it is "true"'
            yield Said(SEALED_SCOPE, landed, ("metadata", "annotations", name), message, 'write "true"')


def _elsewhere(landed: Landed, subject: Subject) -> Iterator[Said]:
    """Whether it is applied under another name than it was sealed for, which kubeseal writes into its output."""
    obj, label = landed.obj, label_of(landed.obj)
    if label is None:
        return
    template = mapping(mapping(obj.spec.get("template")).get("metadata"))
    written = _written(obj, subject)
    for field_name, now in (("name", label.name), ("namespace", label.namespace)):
        sealed_for = text(template.get(field_name))
        was = getattr(written, field_name) if written else now
        if not now:
            continue
        if was and was != now and "$" not in was:
            if not _is_sealed_there(landed, subject):
                return
            certain = sealed_for == was
            rule = SEALED_ELSEWHERE if certain else SEALED_ELSEWHERE.at("warning")
            message = f"it is written with the {field_name} {was} and applied with the {field_name} {now}"
            hint = _RESEAL if certain else f"if it was sealed for {field_name} {was}, {_RESEAL}"
            yield Said(rule, landed, ("metadata", field_name), message, f"{hint} for {label}")
            return
        if sealed_for and sealed_for != now and "$" not in sealed_for:
            message = (
                f"its template says that it was sealed for the {field_name} {sealed_for}, and its {field_name} is {now}"
            )
            hint = f"if that is so, {_RESEAL} for {label}; if not, correct the template"
            path: Path = ("spec", "template", "metadata", field_name)
            yield Said(SEALED_ELSEWHERE.at("warning"), landed, path, message, hint)
            return


def _is_sealed_there(landed: Landed, subject: Subject) -> bool:
    """True if the values are in the object's own file: a patch may bring some that were sealed for the new name."""
    keys = [key for key, _ in sealed_values(landed.obj)]
    causes = (subject.lines.cause(landed.obj, landed.owner, ("spec", "encryptedData", key)) for key in keys[:1])
    return all(cause.where.path == landed.obj.origin.path for cause in causes)


def _written(obj: KubeObject, subject: Subject) -> Outline | None:
    """The object as its own file has it."""
    tree = next((tree for tree in subject.trees if tree.name == obj.origin.source), None)
    if tree is None or obj.origin.path not in tree:
        return None
    try:
        entries = outline(tree, obj.origin.path)
    except InputError:
        return None
    return next((entry for entry in entries if entry.line == obj.origin.line and entry.kind == obj.kind), None)


def _labels_before(subject: Subject) -> Mapping[str, set[Label]]:
    """What each sealed value was bound to before the change."""
    found: dict[str, set[Label]] = {}
    if subject.against is not None:
        for cluster in subject.against.fleet.clusters.values():
            for obj in cluster.objects:
                if is_sealed_secret(obj) and (label := label_of(obj)):
                    for _, value in sealed_values(obj):
                        found.setdefault(value, set()).add(label)
    return found


def _moved(landed: Landed, before: Mapping[str, set[Label]]) -> Iterator[Said]:
    label = label_of(landed.obj)
    if label is None:
        return
    moved = {key: before[value] for key, value in sealed_values(landed.obj) if label not in before.get(value, {label})}
    if moved:
        was = min(next(iter(moved.values())), key=str)
        step = (
            "annotations" if was.scope != label.scope else "namespace" if was.namespace != label.namespace else "name"
        )
        message = f"{listed_keys(list(moved))} was sealed for {was}, and it is now for {label}"
        yield Said(SEALED_MOVED, landed, ("metadata", step), message, f"{_RESEAL} for {label}")


@dataclass
class _Places:
    """Where sealed values are, to find those that cannot be right in both."""

    first: dict[str, tuple[Label, KubeObject]] = field(default_factory=dict)
    found: list[tuple[Landed, str, Label, KubeObject]] = field(default_factory=list)

    def add(self, landed: Landed) -> None:
        label = label_of(landed.obj)
        if label is None:
            return
        for key, value in sealed_values(landed.obj):
            other, obj = self.first.setdefault(value, (label, landed.obj))
            if other != label and not malformation(value):
                self.found.append((landed, key, other, obj))
                return

    def shared(self) -> Iterator[Said]:
        for landed, key, other, obj in self.found:
            message = f"`{key}` is the same as in {obj.key}, which is sealed for {other}"
            hint = "only one of them can be opened; seal the value anew for each, or with a wider scope"
            yield Said(SEALED_TWICE, landed, ("spec", "encryptedData", key), message, hint)
