"""Rule about the Crossplane providers behind managed resources: SLW816.

Source of the rule: crossplane-contrib/provider-upjet-aws, whose packages are one for each service,
`provider-aws-<service>`, with `provider-family-aws` for what they share, or `provider-aws` for all of them; the group
of a service's kinds begins with its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from slipway.checks.cloud_names import is_upbounds
from slipway.checks.crossplane.world import World
from slipway.checks.finding import Rule
from slipway.checks.said import Said
from slipway.fleet.crossplane import packages
from slipway.fleet.crossplane.definitions import PACKAGE_GROUP
from slipway.fleet.flux import is_helm_release
from slipway.fleet.model import Cluster
from slipway.fleet.objects import text

NO_PROVIDER = Rule("SLW816", "A managed resource whose provider is not installed", "warning")

_PACKAGE = re.compile(r"provider-(?:aws-([a-z0-9]+)|family-aws)")


def provider_findings(world: World) -> Iterator[Said]:
    """Managed resources of services of AWS whose package is not there, while those of others are."""
    known: dict[str, frozenset[str]] = {}
    for landed in world.subject.distinct:
        if not is_upbounds(landed.obj) or "forProvider" not in landed.obj.spec:
            continue
        service = landed.obj.group.partition(".")[0]
        for name in landed.clusters:
            if name not in known:
                known[name] = _services(world, world.subject.fleet.clusters[name])
            if known[name] and service not in known[name]:
                package = f"provider-aws-{service}"
                message = f"nothing in Git installs {package}, which makes it, but others of that family"
                hint = f"nothing comes of it, and nothing says so: install {package}, too"
                yield Said(NO_PROVIDER, landed, ("kind",), message, hint, (name,))


def _services(world: World, cluster: Cluster) -> frozenset[str]:
    """The services whose packages a cluster installs; none if there are none, or more may come otherwise."""
    if world.may_come_otherwise(cluster.name):
        return frozenset()
    found = set()
    for obj in cluster.objects:
        if obj.group == PACKAGE_GROUP and obj.kind == "Provider":
            repository = packages.repository_name(text(obj.spec.get("package")))
            match = _PACKAGE.fullmatch(repository)
            if match is None and ("aws" in repository or "$" in repository):
                return frozenset()  # all of AWS in one, or a package of one's own
            found.add(match[1] if match else None)
        elif is_helm_release(obj) and "provider-" in repr(obj.spec):
            return frozenset()  # Crossplane's chart installs packages that its values name
    return frozenset(filter(None, found))
