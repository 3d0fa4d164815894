"""Rule about API versions that Flux and the tools do not serve any more: SLW303."""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.finding import Rule
from slipway.checks.said import Said
from slipway.checks.schema import DefinedKind
from slipway.checks.subject import Landed, Subject
from slipway.checks.upgrade.releases import Releases
from slipway.checks.upgrade.tool_apis import FLUX, TOOL_APIS, Minor, ToolApi
from slipway.checks.upgrade.uses import Use, uses
from slipway.fleet.objects import KubeObject

TOOL_API_GONE = Rule("SLW303", "An API that a tool does not serve any more", "error")


def tool_api_findings(subject: Subject, releases: Releases) -> Iterator[Said]:
    """Uses of what current releases of Flux, Crossplane and other tools do not serve.

    It is an error where the cluster's own release is known not to, a warning where it is older or is not known.
    """
    for landed in subject.distinct:
        for use in uses(landed.obj):
            api = TOOL_APIS.get((use.group, use.kind))
            gone = api.gone.get(use.version) if api else None
            if api and gone:
                yield from _said(landed, use, api, gone, subject, releases)


def _said(landed: Landed, use: Use, api: ToolApi, gone: Minor, subject: Subject, releases: Releases) -> Iterator[Said]:
    certain: list[str] = []
    later: list[str] = []
    for name in landed.clusters:
        serves = _serves(landed, use, name, subject)
        if serves is False and not use.named:
            continue  # its own definition says so: SLW202
        release = releases.of(api.tool, name)
        is_gone = serves is False or (serves is None and release is not None and release >= gone)
        (certain if is_gone else later).append(name)
    message = f"{use.api_version} {use.kind} is not served from {api.tool} {_shown(gone)} on"
    for rule, clusters in ((TOOL_API_GONE, certain), (TOOL_API_GONE.at("warning"), later)):
        if clusters:
            yield Said(rule, landed, use.path, message, _hint(api), tuple(clusters))


def _serves(landed: Landed, use: Use, cluster: str, subject: Subject) -> bool | None:
    """Whether the definition that lands on the cluster serves the version; None if no definition does."""
    asked = (
        KubeObject({"apiVersion": use.api_version, "kind": use.kind}, landed.obj.origin) if use.named else landed.obj
    )
    definition = subject.definitions(subject.fleet.clusters[cluster]).of(asked)
    return use.version in definition.served if isinstance(definition, DefinedKind) else None


def _hint(api: ToolApi) -> str:
    if not api.use:
        return "nothing takes its place"
    hint = f"use {api.use}, which {api.tool} serves since {_shown(api.since)}"
    return f"{hint}; `flux migrate -f .` of Flux 2.7 and later rewrites it" if api.tool == FLUX else hint


def _shown(minor: Minor) -> str:
    return f"{minor[0]}.{minor[1]}"
