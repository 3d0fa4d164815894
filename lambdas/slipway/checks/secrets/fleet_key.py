"""Which clusters have the fleet's sealing key, as far as Git tells.

Source: bitnami/sealed-secrets v0.40.0, `pkg/controller/keys.go` (every Secret of the controller's namespace with the
label is a key), `cmd/controller/main.go` (`--key-renew-period`); external-secrets, AWS Secrets Manager: a remote key is
a secret's name or its ARN, which ends with `-` and six characters.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from slipway.checks.secrets.controllers import Controller, controllers_of
from slipway.checks.secrets.external_templates import NoProperty, NotRead
from slipway.checks.secrets.key_rotation import holds_current, states
from slipway.checks.secrets.key_secrets import KEY_LABEL, Stale, key_bringers, key_secret, refreshed_within, remote_of
from slipway.checks.secrets.sealing_keys import makes_no_keys
from slipway.checks.secrets.trust import controller_trust
from slipway.fleet.model import Cluster, Fleet
from slipway.fleet.objects import KubeObject, mapping

_ARN = re.compile(r"arn:[a-z-]+:secretsmanager:[a-z0-9-]*:([0-9]*):secret:(.+?)(-[A-Za-z0-9]{6})?")


@dataclass(frozen=True)
class FleetKey:
    """What the controller of a cluster has of the fleet's sealing key."""

    cluster: str
    has: bool
    """Whether it is known to open what is sealed for the pair that the fleet seals with."""
    why: str = ""
    """Why it is not known."""
    second: str = ""
    """Why it may not open what is sealed for the pair that a rotation goes to; empty if it does."""
    others: str = ""
    """Why it may open what the fleet's key does not; empty if it has no other key."""


def fleet_keys(fleet: Fleet, secret: str, clusters: Collection[str]) -> dict[str, FleetKey]:
    """Of some clusters.

    Args:
        fleet: what Git says.
        secret: name or ARN of the secret with the fleet's pairs.
        clusters: their names.
    """
    controllers = controllers_of(fleet)
    return {name: _of(fleet.clusters[name], controllers[name], secret) for name in clusters}


def is_same_secret(one: str, other: str) -> bool:
    """True if two names or ARNs are those of one secret, in whatever region."""
    accounts = [match[1] for match in map(_ARN.fullmatch, (one, other)) if match]
    return not _names(one).isdisjoint(_names(other)) and len(set(accounts)) < 2


def _names(secret: str) -> set[str]:
    """What a secret may be called: whether an ARN ends with six characters of its own is not told by it."""
    match = _ARN.fullmatch(secret)
    return {match[2], match[2] + (match[3] or "")} if match else {secret}


def _of(cluster: Cluster, controllers: Sequence[Controller], secret: str) -> FleetKey:
    if not controllers:
        return FleetKey(cluster.name, has=False, why="no controller of Sealed Secrets is in Git for it")
    found = [_of_controller(cluster, one, secret) for one in controllers]
    # Each of them tries to open what the cluster gets: what one of them does not have may be what counts.
    return min(found, key=lambda one: (one.has, not one.second, not one.others))


def _of_controller(cluster: Cluster, controller: Controller, secret: str) -> FleetKey:
    ours: list[KubeObject] = []
    others: list[KubeObject] = []
    unread = ""
    for obj in key_bringers(cluster, controller.namespace):
        try:
            (ours if is_same_secret(remote_of(obj).key, secret) else others).append(obj)
        except NotRead as err:
            others.append(obj)
            unread = f"what {obj.key} brings is not known: {err}"
    if why := _why_not(ours, others, unread, controller):
        return FleetKey(cluster.name, has=False, why=why)
    trust = controller_trust(cluster, controller, ours)
    return FleetKey(
        cluster.name,
        has=True,
        second="" if trust.trusts else trust.why,
        others=_other_keys(cluster, controller, others),
    )


def _why_not(ours: Sequence[KubeObject], others: Sequence[KubeObject], unread: str, controller: Controller) -> str:
    """Why a controller is not known to have the pair that the fleet seals with."""
    if not ours:
        there = f"{others[0].key} brings it another secret than the fleet's" if others else ""
        return unread or there or f"no ExternalSecret brings keys to namespace {controller.namespace}"
    views = []
    for obj in ours:
        try:
            views.append([key_secret(obj, stored) for stored in states()])
            refreshed_within(obj)
        except NoProperty as err:
            return f"{obj.key} takes {err.name}, which the fleet's secret does not have"
        except Stale as err:
            return f"{obj.key} does not bring what is stored now: {err}"
        except NotRead as err:
            return f"what {obj.key} brings is not known: {err}"
    if holds_current(list(zip(*views, strict=True))):
        return ""
    return f"{' and '.join(str(obj.key) for obj in ours)} does not always bring the pair that the fleet seals with"


def _other_keys(cluster: Cluster, controller: Controller, bringers: Sequence[KubeObject]) -> str:
    given = [*bringers, *(obj for obj in cluster.objects if _is_key(obj, controller.namespace))]
    if given:
        return f"{given[0].key} brings it another key besides"
    return "" if makes_no_keys(controller.obj) else f"{controller.obj.key} may make keys of its own besides"


def _is_key(obj: KubeObject, namespace: str) -> bool:
    labels = mapping(obj.metadata.get("labels"))
    return (obj.group, obj.kind, obj.namespace) == ("", "Secret", namespace) and labels.get(KEY_LABEL) == "active"
