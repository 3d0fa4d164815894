"""Rules about Kubernetes' own APIs that are on their way out: SLW301, SLW302.

There is no list: which versions serve a kind is read from the OpenAPI documents that Kubernetes publishes. An alpha or
beta version is deprecated as soon as the kind is served in a stable one (kubernetes.io/docs, "Kubernetes Deprecation
Policy", rule 4). What a cluster's own version does not serve is SLW202.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from slipway.checks.finding import Rule
from slipway.checks.said import Said
from slipway.checks.schema import Schemas
from slipway.checks.schema.serving import BUILT_IN_GROUPS, replacement
from slipway.checks.subject import Landed, Subject
from slipway.checks.upgrade.uses import Use, uses
from slipway.fleet.model import Cluster

API_ENDING = Rule("SLW301", "An API that the next Kubernetes does not serve", "warning")
API_DEPRECATED = Rule("SLW302", "A deprecated API", "info")


def api_findings(subject: Subject) -> Iterator[Said]:
    """Kubernetes' own kinds in versions that the next Kubernetes, or a later one, does not serve any more."""
    judge = _Judge(subject.schemas)
    for landed in subject.distinct:
        for use in uses(landed.obj):
            if use.group in BUILT_IN_GROUPS and not _is_stable(use.version):
                yield from _said(landed, use, judge, subject)


def _said(landed: Landed, use: Use, judge: _Judge, subject: Subject) -> Iterator[Said]:
    by_outcome: dict[tuple[Rule, str, str], list[str]] = {}
    for name in landed.clusters:
        outcome = judge.of(use, subject.fleet.clusters[name])
        if outcome is not None:
            by_outcome.setdefault(outcome, []).append(name)
    for (rule, message, hint), clusters in by_outcome.items():
        yield Said(rule, landed, use.path, message, hint, tuple(clusters))


class _Judge:
    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._of_version = lru_cache(maxsize=None)(self._uncached)

    def of(self, use: Use, cluster: Cluster) -> tuple[Rule, str, str] | None:
        version = self._schemas.version(cluster.kubernetes_version)
        return self._of_version(f"{use.api_version} {use.kind}", version, cluster.version_known) if version else None

    def _uncached(self, kind: str, version: str, known: bool) -> tuple[Rule, str, str] | None:  # noqa: FBT001
        serving = self._schemas.serving(kind)
        if version not in serving:
            return None
        versions = self._schemas.versions
        gone = next((later for later in versions[versions.index(version) + 1 :] if later not in serving), None)
        at = versions.index(version)
        instead = replacement(kind, version, self._schemas)
        hint = f"use {instead}, which {version} serves" if instead else ""
        if gone and known and gone == versions[at + 1]:
            if not instead and (later := replacement(kind, gone, self._schemas)):
                hint = f"it is {later} there, which {version} does not serve: change it with the upgrade"
            return API_ENDING, f"{kind} is not served from Kubernetes {gone} on", hint or "nothing takes its place"
        if not instead:
            return None
        end = f"; it is not served from Kubernetes {gone} on" if gone else ""
        return API_DEPRECATED, f"{kind} is deprecated{end}", hint


def _is_stable(version: str) -> bool:
    return "alpha" not in version and "beta" not in version
