"""What belongs to one cluster of a fleet and is made in the account of another one: SLW525 of a hub.

What belongs to a cluster is told by its name: parts of EKS name the cluster that they are of, a composite is called
like it or has a field with its name. A composite that is made in several accounts connects them, as it is meant to, and
what is in the account of a hub serves all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from slipway.checks.custom import external_name, is_custom, is_managed, named_fields, plain_names
from slipway.checks.finding import Finding
from slipway.checks.hubs import is_eks_cluster, is_hub
from slipway.checks.subject import Landed, Subject
from slipway.checks.tenancy.accounts import OTHER_ACCOUNT, Config, account_of, config_key, config_of
from slipway.checks.tenancy.cluster_accounts import ACCOUNT_FIELDS, ACCOUNT_ID, accounts_of_clusters
from slipway.fleet.crossplane.composite import Composite
from slipway.fleet.manifests import Path
from slipway.fleet.model import Cluster
from slipway.fleet.objects import KubeObject, mapping, text

_CONFIG: Path = ("spec", "providerConfigRef", "name")
_SHALLOW = 3
"""Steps to a field that says something of the whole composite: `spec.parameters.accountId`."""


def belonging_findings(subject: Subject) -> Iterator[Finding]:
    """What is made for one cluster in the account of another one."""
    found = _Belonging(subject)
    if not found.accounts:
        return
    for landed in subject.distinct:
        yield from found.part_of_eks(landed)
        yield from found.field(landed)
    for cluster in subject.fleet.clusters.values():
        for owner in cluster.expanded:
            if isinstance(owner, Composite):
                yield from found.composite(owner, cluster)


class _Belonging:
    """Knows whose accounts are whose."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self.accounts = accounts_of_clusters(subject)
        self._configs: dict[str, Mapping[Config, str]] = {}

    def part_of_eks(self, landed: Landed) -> Iterator[Finding]:
        """A part of an EKS cluster: that is in the cluster's account, or it is nowhere."""
        obj = landed.obj
        if not is_managed(obj) or not obj.group.startswith("eks.") or is_eks_cluster(obj):
            return
        name = text(mapping(obj.spec.get("forProvider")).get("clusterName"))
        home = self._subject.fleet.clusters[landed.clusters[0]]
        account = self._made_in(obj, home)
        if isinstance(landed.owner, Composite) or not self._is_anothers(name, account):
            return  # a composite is judged as a whole
        config = config_of(obj)
        if any(is_eks_cluster(one) and external_name(one) == name and config_of(one) == config for one in home.objects):
            return
        yield self._finding(landed, _CONFIG, name, account, landed.clusters)

    def composite(self, owner: Composite, cluster: Cluster) -> Iterator[Finding]:
        """A composite of which all is made in one account."""
        name = self._whose(owner.definition)
        parts = [obj for obj in owner.objects if is_managed(obj)] if name else []
        accounts = {self._made_in(obj, cluster) for obj in parts}
        account = next(iter(accounts), "")
        if len(accounts) == 1 and self._is_anothers(name, account) and self._serves_one(account):
            yield self._finding(Landed(parts[0], owner, (cluster.name,)), _CONFIG, name, account, (cluster.name,))

    def field(self, landed: Landed) -> Iterator[Finding]:
        """A composite that says its account by the number."""
        obj = landed.obj
        if isinstance(landed.owner, Composite) or not is_custom(obj) or is_managed(obj) or not self._whose(obj):
            return
        name = self._whose(obj)
        for path, value in named_fields(obj):
            account = str(value)
            if len(path) > _SHALLOW or plain_names(path)[-1] not in ACCOUNT_FIELDS or not ACCOUNT_ID.fullmatch(account):
                continue
            if self._is_anothers(name, account) and self._serves_one(account):
                yield self._finding(landed, path, name, account, landed.clusters)

    def _whose(self, obj: KubeObject) -> str:
        """The cluster that a composite is of: by a field with its name, else by its own."""
        named = (
            value for path, value in named_fields(obj) if plain_names(path)[-1] in ("clustername", "eksclustername")
        )
        name = next((value for value in named if isinstance(value, str)), obj.name)
        return name if name in self.accounts else ""

    def _is_anothers(self, name: str, account: str) -> bool:
        return bool(account) and name in self.accounts and self.accounts[name] != account and account in self._owned

    def _serves_one(self, account: str) -> bool:
        """False for the account of a hub, in which there may be something of all clusters."""
        clusters = self._subject.fleet.clusters
        return not any(is_hub(clusters[name]) for name, own in self.accounts.items() if own == account)

    @cached_property
    def _owned(self) -> frozenset[str]:
        return frozenset(self.accounts.values())

    def _made_in(self, obj: KubeObject, cluster: Cluster) -> str:
        """The account that a managed resource is made in; empty if it is not known."""
        if cluster.name not in self._configs:
            self._configs[cluster.name] = {
                config_key(one): account for one in cluster.objects if (account := account_of(one))
            }
        config = config_of(obj)
        return self._configs[cluster.name].get(config, "") if config else ""

    def _finding(self, landed: Landed, path: Path, name: str, account: str, clusters: tuple[str, ...]) -> Finding:
        cause = self._subject.lines.cause(landed.obj, landed.owner, path)
        about = landed.owner.key if isinstance(landed.owner, Composite) else landed.obj.key
        other = next(other for other, own in self.accounts.items() if own == account)
        message = f"it is of {name}, and is made in the account of {other}, {account}"
        hint = f"the account of {name} is {self.accounts[name]}"
        return Finding(OTHER_ACCOUNT, message, cause.where, str(about), clusters, hint)
