"""Rule about what Kustomizations wait for to be healthy: SLW106.

Source of the rule: fluxcd/kustomize-controller, `internal/controller/kustomization_controller.go` (`checkHealth`), by
which `healthChecks` count only without `wait`, on the cluster that the objects land on, and not for the Kustomization
itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.finding import Finding, Rule
from slipway.checks.lines import Lines
from slipway.checks.presence import Presence
from slipway.checks.subject import Subject
from slipway.fleet.flux import HELM_GROUP, KUSTOMIZE_GROUP, SOURCE_GROUP
from slipway.fleet.manifests import Path
from slipway.fleet.model import Cluster, RenderedKustomization
from slipway.fleet.objects import ObjectKey, group_of, mapping, sequence, text
from slipway.fleet.scope import is_namespaced

HEALTH_MISSING = Rule("SLW106", "A health check of nothing", "error")

RULES = (HEALTH_MISSING,)

_ONLY_FROM_GIT = (KUSTOMIZE_GROUP, HELM_GROUP, SOURCE_GROUP)
"""Objects of other groups are made by controllers, too: health checks are there to wait for those."""


def health_findings(subject: Subject) -> Iterator[Finding]:
    """Health checks of what a cluster does not have."""
    fleet = subject.fleet
    there: dict[str, _There] = {}
    for cluster in fleet.clusters.values():
        for done in cluster.kustomizations:
            target = fleet.clusters.get(done.target)
            if target is None or done.kustomization.spec.get("wait") is True:
                continue
            presence = subject.presences[target.name]
            for key, path in _checked(done):
                if presence.has(key):
                    continue
                found = there.get(target.name) or there.setdefault(target.name, _There(target, subject))
                if not found.has(key):
                    yield from _missing(done, key, path, presence, subject.lines)


class _There:
    """What a cluster has, for keys that are not as precise as they could be."""

    def __init__(self, cluster: Cluster, subject: Subject) -> None:
        self._custom = subject.custom_kinds(cluster)
        self._made = subject.made(cluster)
        self._loose = {(obj.group, obj.kind, obj.name) for obj in cluster.objects}

    def has(self, key: ObjectKey) -> bool:
        """True if something is it, or makes it; of kinds that may have no namespace, whatever the key has for one."""
        if key.group in _ONLY_FROM_GIT:
            return False
        if (
            is_namespaced(key.group, key.kind, self._custom) is not True
            and (key.group, key.kind, key.name) in self._loose
        ):
            return True
        return self._made.may_be(key)


def _checked(done: RenderedKustomization) -> Iterator[tuple[ObjectKey, Path]]:
    for index, entry in enumerate(map(mapping, sequence(done.kustomization.spec.get("healthChecks")))):
        group, kind = group_of(text(entry.get("apiVersion"))), text(entry.get("kind"))
        key = ObjectKey(group, kind, text(entry.get("namespace")), text(entry.get("name")))
        if key.name and key != done.key and "${" not in f"{key.namespace}{key.name}":
            yield key, ("spec", "healthChecks", index, "name")


def _missing(
    done: RenderedKustomization, key: ObjectKey, path: Path, presence: Presence, lines: Lines
) -> Iterator[Finding]:
    only_from_git = key.group in _ONLY_FROM_GIT
    bringer = presence.bringer(key) if only_from_git else None
    meant = None if bringer else presence.namesake(key)
    if meant and meant.group != key.group and not only_from_git:
        meant = None
    # That name in another namespace is surely meant, but a chart may well bring a second Deployment of it.
    doubt = "" if meant and only_from_git else str(bringer or presence.doubt(done.key, key))
    meant = meant or presence.typo(key, ())
    if not meant and not only_from_git:
        if doubt:
            return  # most charts bring something that is waited for
        rule, consequence = HEALTH_MISSING.at("info"), "a controller must make it"
    elif doubt:
        rule = HEALTH_MISSING.at("warning")
        consequence = f"it is never ready unless something that is not rendered applies it ({doubt})"
    else:
        rule, consequence = HEALTH_MISSING, "it is never ready"
    cause = lines.cause_of_definition(done, path)
    hint = "; ".join(filter(None, (consequence, f"there is {meant}" if meant else "", cause.hint)))
    message = f"it waits for {key} to be healthy, which nothing in Git applies"
    yield Finding(rule, message, cause.where, str(done.key), (done.home,), hint)
