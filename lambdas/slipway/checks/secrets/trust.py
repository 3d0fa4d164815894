"""Whether the clusters of a fleet would trust a second sealing key that the fleet's secret brings, with no restart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from slipway.checks.secrets.controllers import Controller, controllers_of
from slipway.checks.secrets.external import is_external
from slipway.checks.secrets.external_templates import NoProperty, NotRead
from slipway.checks.secrets.key_rotation import MAX_SECRETS, outcome, states
from slipway.checks.secrets.key_secrets import (
    KEY_LABEL,
    KeySecret,
    Remote,
    Stale,
    key_bringers,
    key_secret,
    refreshed_within,
    remote_of,
)
from slipway.checks.secrets.sealing import is_sealed_secret
from slipway.fleet.model import Cluster, Fleet
from slipway.fleet.objects import KubeObject

Lack = Literal["", "controller", "watch", "key", "form", "pair", "change", "stale", "unknown"]
"""What is missing: a controller in Git; that it watches for Secrets; any key by an ExternalSecret; one in the form of
the fleet's secret; the second pair; that Secrets do not change while they have the label; a refresh; or knowledge."""


@dataclass(frozen=True)
class ClusterTrust:
    """What a cluster would make of a second key pair in the fleet's secret."""

    cluster: str
    trusts: bool | None
    """Whether it would open what is sealed for it, with no restart; None if Git does not tell."""
    why: str = ""
    """Why not, or why it is not known."""
    seconds: int = 0
    """After how long all Secrets are made anew of a secret that changed; 0 unless `trusts`. External Secrets' queue, a
    call that fails, and the controller's watch come on top."""
    secret: str = ""
    """The secret's name in the store, as the ExternalSecrets have it; `""` if there is not one."""
    lack: Lack = ""
    at: KubeObject | None = field(default=None, compare=False, repr=False)
    """What the reason is about."""


def cluster_trusts(fleet: Fleet) -> tuple[ClusterTrust, ...]:
    """Of every cluster that has SealedSecrets, in order of the name."""
    controllers = controllers_of(fleet)
    return tuple(
        _trust(fleet, cluster, controllers[name])
        for name, cluster in sorted(fleet.clusters.items())
        if any(is_sealed_secret(obj) for obj in cluster.objects)
    )


def controller_trust(
    cluster: Cluster, controller: Controller, bringers: Sequence[KubeObject] | None = None
) -> ClusterTrust:
    """Of one controller, as far as it gets keys by ExternalSecrets of its namespace, or by some of them alone."""
    brought = keys_brought(cluster, controller, bringers)
    watched = _watched(cluster.name, controller)
    return min(brought, replace(watched, secret=brought.secret, seconds=brought.seconds), key=_order)


def keys_brought(
    cluster: Cluster, controller: Controller, bringers: Sequence[KubeObject] | None = None
) -> ClusterTrust:
    """The same, of a controller that watches for Secrets."""
    if bringers is None:
        bringers = key_bringers(cluster, controller.namespace)
    if bringers:
        return _by_remote(cluster.name, bringers, controller)
    why = f"no ExternalSecret brings keys to namespace {controller.namespace}"
    return ClusterTrust(cluster.name, trusts=False, why=why, lack="key", at=controller.obj)


def _watched(name: str, controller: Controller) -> ClusterTrust:
    told = controller.obj.key
    if controller.watches is None:
        why = f"whether {told} watches for Secrets is not known"
        return ClusterTrust(name, trusts=None, why=why, lack="unknown", at=controller.obj)
    if not controller.watches:
        why = f"{told} does not watch for Secrets: it sees a key when it is restarted"
        return ClusterTrust(name, trusts=False, why=why, lack="watch", at=controller.obj)
    return ClusterTrust(name, trusts=True)


def _trust(fleet: Fleet, cluster: Cluster, controllers: Sequence[Controller]) -> ClusterTrust:
    if not controllers:
        why = "no controller of Sealed Secrets is in Git for it"
        return ClusterTrust(cluster.name, trusts=None, why=why, lack="controller")
    found = min((controller_trust(cluster, one) for one in controllers), key=_order)
    if found.lack == "key" and (why := _may_bring(fleet, cluster, controllers)):
        return replace(found, trusts=None, why=f"{found.why}, but {why}", lack="unknown")
    return replace(found, seconds=found.seconds if found.trusts else 0)


def _order(trust: ClusterTrust) -> int:
    """From what is certainly not trusted to what is."""
    return (False, None, True).index(trust.trusts)


def _may_bring(fleet: Fleet, cluster: Cluster, controllers: Iterable[Controller]) -> str:
    """What may bring keys and is not seen."""
    if any(is_external(obj, "ClusterExternalSecret") and KEY_LABEL in repr(obj.spec) for obj in cluster.objects):
        return "a ClusterExternalSecret may"
    own = tuple(str(one.obj.key) for one in controllers)
    unseen = (one.what for one in fleet.not_rendered if one.cluster == cluster.name and not one.what.startswith(own))
    return next((f"{what} is not rendered" for what in unseen), "")


def _by_remote(name: str, bringers: Iterable[KubeObject], controller: Controller) -> ClusterTrust:
    """The best that comes of the secrets that keys are taken from."""
    groups: dict[Remote, list[KubeObject]] = {}
    unknown = []
    for obj in bringers:
        try:
            groups.setdefault(remote_of(obj), []).append(obj)
        except NotRead as err:
            unknown.append(_not_known(name, obj, err))
    found = [_of_group(name, remote.key, several, controller) for remote, several in sorted(groups.items())]
    return max((*found, *unknown), key=_order)


def _of_group(name: str, secret: str, bringers: Sequence[KubeObject], controller: Controller) -> ClusterTrust:
    wait = 0
    views: list[list[KeySecret]] = []
    for obj in bringers:
        try:
            views.append([key_secret(obj, stored) for stored in states()])
            wait = max(wait, refreshed_within(obj))
        except NoProperty as err:
            why = f"{obj.key} takes {err.name}, which the fleet's secret does not have"
            return ClusterTrust(name, trusts=False, why=why, secret=secret, lack="form", at=obj)
        except Stale as err:
            why = f"{obj.key} does not bring what is stored now: {err}"
            return ClusterTrust(name, trusts=False, why=why, secret=secret, lack="stale", at=obj)
        except NotRead as err:
            return replace(_not_known(name, obj, err), secret=secret)
    if len(bringers) > MAX_SECRETS:
        return replace(_not_known(name, bringers[0], NotRead("there are many like it")), secret=secret)
    trust = ClusterTrust(name, trusts=False, secret=secret, at=bringers[-1])
    several = ", ".join(str(obj.key) for obj in bringers)
    match outcome(list(zip(*views, strict=True))):
        case "trusted":
            return replace(trust, trusts=True, seconds=wait, at=None)
        case "no pair":
            why = f"of {several} comes no Secret with the label and with crt and key of {secret}"
            return replace(trust, why=why, lack="form")
        case "one pair":
            return replace(trust, why=f"{several} brings one of the two pairs of {secret} only", lack="pair")
        case "changed" if controller.overlooks_changes:
            why = f"{several}: a Secret changes while it has the label, which is seen at a restart only"
            return replace(trust, why=why, lack="change")
    why = f"{several}: a Secret changes while it has the label; whether {controller.obj.key} sees that is not known"
    return replace(trust, trusts=None, why=why, lack="unknown")


def _not_known(name: str, obj: KubeObject, err: NotRead) -> ClusterTrust:
    why = f"what {obj.key} brings is not known: {err}"
    return ClusterTrust(name, trusts=None, why=why, lack="unknown", at=obj)
