"""Rules about whether the API server takes the objects: SLW2xx."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from slipway.checks import crd_rules
from slipway.checks.crd_rules import VARIABLE_WHY, RuleCheck, definition_findings, has_variable
from slipway.checks.finding import Finding, NotValidated, Rule
from slipway.checks.lines import Cause
from slipway.checks.schema import Catalogue, CataloguedKind, DefinedKind, Reason, SchemaError, SchemaResult, validate
from slipway.checks.schema.errors import dotted
from slipway.checks.schema.messages import TO_QUOTE
from slipway.checks.schema.serving import BUILT_IN_GROUPS
from slipway.checks.schema.validate import CustomKind
from slipway.checks.subject import Subject
from slipway.fleet.crossplane.composite import Composite
from slipway.fleet.crossplane.resources import has_generated_name
from slipway.fleet.flux import is_helm_release
from slipway.fleet.masks import SECRET
from slipway.fleet.model import Cluster, Expanded, Owner
from slipway.fleet.objects import KubeObject, mapping
from slipway.fleet.settings import KUBERNETES_VERSIONS

SCHEMA = Rule("SLW201", "An object that the API server refuses", "error")
NOT_SERVED = Rule("SLW202", "An API that the cluster's Kubernetes does not serve", "error")
NAME = Rule("SLW203", "A name that Kubernetes does not take", "error")
CATALOGUE = Rule("SLW207", "An object that the schema catalogue refuses", "warning")

RULES = (SCHEMA, NOT_SERVED, NAME, *crd_rules.RULES, CATALOGUE)

_RULES = {Reason.NOT_SERVED: NOT_SERVED, Reason.NAME: NAME}

NO_SCHEMA_WHY = "no schema for this kind is at hand"
UNKNOWN_WHY = "its value is not in Git: it comes from a ConfigMap or Secret that only the cluster has"
VERSION_WHY = (
    "not every Kubernetes that EKS offers serves it; say the cluster's version in slipway.yaml: "
    "clusters.<name>.kubernetesVersion"
)
HELM_WHY = "its definition does not have a field that its chart sets: Helm 3 lets the API server drop it, Helm 4 fails"


def validity_findings(subject: Subject) -> Iterator[Finding | NotValidated]:
    """What the API servers would refuse, and what could not be judged; of composed objects, another rule tells."""
    check = ObjectCheck(subject, subject.catalogue)
    for cluster in subject.fleet.clusters.values():
        if not subject.is_chosen(cluster.name):
            continue
        for done in cluster.kustomizations:
            for name in done.unknown_variables:
                check.leave_out(f"variable {name}", UNKNOWN_WHY)
        for obj, owner in cluster.landed:
            if isinstance(owner, Composite):
                continue
            listed = check.is_listed(obj, cluster)
            for error in check.errors(obj, owner, cluster):
                cause = subject.lines.cause(obj, owner, error.path)
                rule = _RULES.get(error.reason, CATALOGUE if listed and error.path[:1] != ("metadata",) else SCHEMA)
                finding = Finding(rule, said(obj, error), cause.where, str(obj.key), (cluster.name,), cause.hint)
                if _is_lost_label(obj, owner, error):
                    finding = replace(finding, rule=rule.at("warning"), hint=_LOST_LABELS)
                yield _where_quotes_belong(finding, cause)
            for broken in check.broken_rules(obj, owner, cluster):
                yield replace(broken, rule=CATALOGUE) if listed else broken
    yield from check.not_validated()
    yield from definition_findings(subject)


def said(obj: KubeObject, error: SchemaError) -> str:
    """What is wrong with an object, in words that tell no value of a Secret."""
    message = error.message if obj.shown is None else _without_values(error.message)
    return f"{dotted(error.path)}: {message}" if error.path else message


def _where_quotes_belong(finding: Finding, cause: Cause) -> Finding:
    """What a variable makes of a text: in quotes where the variable is set, it still is a number where it is put."""
    if cause.text is None or not finding.message.endswith(TO_QUOTE):
        return finding
    # The values are other ones on other clusters, and the mistake is one.
    message = _GOT.sub("", finding.message)
    return replace(finding, message=message, where=cause.text, hint=f"the value is set at {cause.where}")


_GOT = re.compile(r"(?<=got integer) \S+|(?<=got number) \S+|(?<=got boolean) \S+")


class ObjectCheck:
    """Validates objects of a fleet; equal objects once."""

    def __init__(self, subject: Subject, catalogue: Catalogue | None = None) -> None:
        """Take what is checked, and where kinds are looked up whose definition does not land on the cluster."""
        self._subject = subject
        self._catalogue = catalogue or Catalogue()
        self._schemas = subject.schemas
        self._rules = RuleCheck(subject)
        self._results: dict[tuple[str, int, int], tuple[KubeObject, CustomKind | None, SchemaResult]] = {}
        self._not_validated: Counter[tuple[str, str]] = Counter()
        self._unknown: set[tuple[str, str]] = set()
        """Which of them have no schema."""

    def leave_out(self, what: str, why: str) -> None:
        """Count something that cannot be judged."""
        self._not_validated[what, why] += 1

    def not_validated(self) -> list[NotValidated]:
        """What could not be judged, once the errors have been read."""
        return [
            NotValidated(what, why, count, unknown_kind=(what, why) in self._unknown)
            for (what, why), count in sorted(self._not_validated.items())
        ]

    def errors(self, obj: KubeObject, owner: Owner, cluster: Cluster) -> Iterator[SchemaError]:
        """What the cluster's API server would refuse for certain."""
        definition = self._subject.definitions(cluster).of(obj)
        what = "of a kind that is encrypted" if obj.kind.startswith("ENC[") else f"{obj.api_version} {obj.kind}"
        custom = self._kind(obj, definition)
        result = self._validate(obj, cluster.kubernetes_version, custom)
        if result.not_validated:
            why = result.not_validated
            if isinstance(definition, str) and what in why:
                why = definition or self._absent(obj)
                self._unknown.add((what, why))
            self.leave_out(what, why)
        for error in result.errors:
            if error.path == ("metadata", "name") and has_generated_name(obj.value):
                continue
            if error.reason is Reason.NOT_SERVED and not cluster.version_known and self._served_by_some(what):
                self.leave_out(what, VERSION_WHY)
            elif _depends_on_variable(obj.value, error):
                self.leave_out(what, VARIABLE_WHY)
            elif custom and error.reason is Reason.UNKNOWN_FIELD and _is_release(owner):
                self.leave_out(what, HELM_WHY)
            else:
                yield error

    def broken_rules(self, obj: KubeObject, owner: Owner, cluster: Cluster) -> Iterator[Finding]:
        """What an object that is valid otherwise breaks of the rules of its definition."""
        custom = self._kind(obj, self._subject.definitions(cluster).of(obj))
        if custom is None or not self._validate(obj, cluster.kubernetes_version, custom).valid:
            return
        for told in self._rules.findings(obj, owner, cluster, custom):
            if isinstance(told, Finding):
                yield told
            else:
                self._not_validated[told.what, told.why] += told.count

    def is_listed(self, obj: KubeObject, cluster: Cluster) -> bool:
        """True if what is known of an object's kind is from a catalogue."""
        return isinstance(self._kind(obj, self._subject.definitions(cluster).of(obj)), CataloguedKind)

    def _kind(self, obj: KubeObject, definition: DefinedKind | str) -> CustomKind | None:
        """What is known of a custom object's kind: by its definition, else by a catalogue."""
        if isinstance(definition, DefinedKind):
            return definition
        if definition or obj.group in BUILT_IN_GROUPS:
            return None
        listed = self._catalogue.of(obj.api_version, obj.kind)
        return None if isinstance(listed, str) else listed

    def _absent(self, obj: KubeObject) -> str:
        """Why nothing is known of it."""
        listed = self._catalogue.of(obj.api_version, obj.kind)
        return listed if isinstance(listed, str) else NO_SCHEMA_WHY

    def _served_by_some(self, kind: str) -> bool:
        return any(version in KUBERNETES_VERSIONS for version in self._schemas.serving(kind))

    def _validate(self, obj: KubeObject, version: str, custom: CustomKind | None) -> SchemaResult:
        identity = (version, id(obj.value), id(custom))
        known = self._results.get(identity)
        if known is None:
            known = self._results[identity] = (obj, custom, validate(obj.value, version, self._schemas, custom))
        return known[-1]


def _without_values(message: str) -> str:
    """A message about an object that values of Secrets are substituted into: any value that it quotes may be one."""
    return _VALUE.sub(SECRET, message)


_VALUE = re.compile(
    r'"(?:[^"\\]|\\.)*"|(?<=got integer )\S+|(?<=got number )\S+|(?<=got boolean )\S+|^[-+.\w]+(?= is )'
)
"""What a message quotes: text in quotes, what was got in place of something else, what it begins with."""


_LOST_LABELS = "Flux applies the object without any of its labels"


def _is_lost_label(obj: KubeObject, owner: Owner, error: SchemaError) -> bool:
    """True for a label that is no text, of what a Kustomization applies.

    Flux adds two labels of its own, and reads those that are there as texts: if one is none, it has read none, and the
    API server gets its two (fluxcd/pkg, `ssa/manager.go`, `SetOwnerLabels`; k8s.io/apimachinery, `NestedStringMap`).
    """
    labels = mapping(obj.metadata.get("labels"))
    is_of_labels = error.path[:2] == ("metadata", "labels") and len(error.path) == 3
    return is_of_labels and not _is_release(owner) and not isinstance(labels.get(str(error.path[2])), str)


def _is_release(owner: Owner) -> bool:
    return isinstance(owner, Expanded) and is_helm_release(owner.definition)


def _depends_on_variable(value: Any, error: SchemaError) -> bool:
    """True if the refused value, or what makes it refused, still holds a variable that was left as written."""
    for step in error.path:
        if isinstance(step, str) and "${" in step:
            return True
        if isinstance(value, Mapping):
            value = value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step] if step < len(value) else None
    # Alternatives are refused for what is in them, whatever the depth.
    if error.reason in (Reason.FORMAT, Reason.DUPLICATE, Reason.TOGETHER):
        return has_variable(value)
    return isinstance(value, str) and has_variable(value)
