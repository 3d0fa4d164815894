"""Rule about what a change suspends or resumes: SLW118.

Flux's controllers leave what is suspended as it is: it is neither applied nor repaired, and nothing is deleted. Once it
is resumed, all that Git has come to since reaches the cluster, and what has gone from Git is deleted there.
"""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.finding import Finding, Rule
from slipway.checks.subject import Subject
from slipway.fleet.change import ObjectChange
from slipway.fleet.flux import HELM_GROUP, KUSTOMIZE_GROUP, SOURCE_GROUP, is_helm_release, reference
from slipway.fleet.helm_release import HelmRelease
from slipway.fleet.model import Cluster, Owner
from slipway.fleet.objects import KubeObject, ObjectKey, mapping

SUSPENSION = Rule("SLW118", "A suspension that a change turns on or off", "warning", of_change=True)

RULES = (SUSPENSION,)

_GROUPS = (KUSTOMIZE_GROUP, HELM_GROUP, SOURCE_GROUP)


def suspension_findings(subject: Subject) -> Iterator[Finding]:
    """Kustomizations, HelmReleases and sources that are suspended or resumed."""
    if subject.against is None:
        return
    for group in subject.against.diff.groups:
        for change in group.changes:
            turned = _turned(change)
            if turned is None or change.key.group not in _GROUPS or change.why:
                continue
            for name in group.clusters:
                cluster = subject.fleet.clusters[name]
                obj, owner = next((obj, owner) for obj, owner in cluster.landed if obj.key == change.key)
                where = subject.lines.cause(obj, owner, ("spec", "suspend")).where
                rule, message, hint = _told(obj, cluster, suspended=turned)
                yield Finding(rule, message, where, str(obj.key), (name,), hint)


def _turned(change: ObjectChange) -> bool | None:
    """True if a change suspends an object, False if it resumes it, None if it does neither."""
    field = next((one for one in change.fields if one.steps == ("spec", "suspend")), None)
    if field is None or (field.old is True) == (field.new is True):
        return None
    return field.new is True


def _told(obj: KubeObject, cluster: Cluster, *, suspended: bool) -> tuple[Rule, str, str]:
    concerned = _concerned(obj, cluster)
    if obj.group == SOURCE_GROUP:
        if suspended:
            return SUSPENSION.at("info"), f"it is suspended: {concerned} from it get nothing new", _RESUME
        return SUSPENSION, f"it is resumed: {concerned} from it get all that has changed since", _REVIEW
    if suspended:
        message = f"it is suspended: Flux leaves what it brings{concerned} as it is, neither repairs nor deletes it"
        return SUSPENSION.at("info"), message, _RESUME
    message = f"it is resumed: what it brings{concerned} becomes what Git has by now, and what has gone is deleted"
    return SUSPENSION, message, _REVIEW


_RESUME = "changes in Git do not reach the cluster before it is resumed"
_REVIEW = "what was changed in the meantime is not in this change: see that it is wanted"


def _concerned(obj: KubeObject, cluster: Cluster) -> str:
    """What it brings, or what takes its files from it, in numbers."""
    if obj.group == SOURCE_GROUP:
        from_it = sum(done.kustomization.source == obj.key for done in cluster.kustomizations)
        charts = sum(_chart_source(one) == obj.key for one in cluster.objects if is_helm_release(one))
        return f"{_number(from_it, 'Kustomization')} and {_number(charts, 'HelmRelease')}"
    owners: list[Owner] = [*cluster.kustomizations, *cluster.expanded]
    owner = next((one for one in owners if one.key == obj.key), None)
    if owner is None or owner.failed:
        return ""
    return f" ({_number(len(owner.objects), 'object')})"


def _chart_source(obj: KubeObject) -> ObjectKey:
    release = HelmRelease(obj)
    if "chartRef" in obj.spec:
        return release.chart_ref
    spec = mapping(mapping(obj.spec.get("chart")).get("spec"))
    return reference(spec.get("sourceRef"), SOURCE_GROUP, obj.namespace)


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
