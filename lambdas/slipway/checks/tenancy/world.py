"""Who brings what on the clusters of a fleet, and as whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from slipway.checks.tenancy.lockdown import CONTROLLERS, Lockdown, has_instance, is_flux, is_operator, lockdown_of
from slipway.checks.tenancy.rights import Account, Rights
from slipway.fleet.flux import ROOT_NAME, is_helm_release
from slipway.fleet.model import Cluster, Expanded, Fleet, Owner, OwnerId, RenderedKustomization
from slipway.fleet.objects import KubeObject, ObjectKey, mapping, text
from slipway.fleet.settings import Settings


class World:
    """A fleet as the rules about tenants see it; what is derived is derived once.

    Args:
        fleet: the rendered fleet.
        settings: names the tenants.
    """

    def __init__(self, fleet: Fleet, settings: Settings) -> None:
        self.fleet = fleet
        self._settings = settings
        self._rights: dict[str, Rights] = {}
        self._lockdowns: dict[str, Lockdown] = {}
        self._accounts: dict[str, dict[Account, list[Owner]]] = {}
        self._flux: dict[str, frozenset[Account]] = {}
        self._installed: dict[str, bool] = {}

    def rights(self, cluster: Cluster) -> Rights:
        """What RBAC says on a cluster."""
        if cluster.name not in self._rights:
            self._rights[cluster.name] = Rights(cluster)
        return self._rights[cluster.name]

    def lockdown(self, cluster: Cluster) -> Lockdown:
        """What a cluster's Flux is told about tenants."""
        if cluster.name not in self._lockdowns:
            self._lockdowns[cluster.name] = lockdown_of(cluster)
        return self._lockdowns[cluster.name]

    def account(self, owner: Owner) -> Account | None:
        """The service account that an owner's objects are applied as.

        None if that is the controller itself, or if it is not known who it is.
        """
        spec, namespace = owner.definition.spec, owner.definition.namespace
        name = text(spec.get("serviceAccountName"))
        if not name and not mapping(spec.get("kubeConfig")) and not self._is_of_instance(owner):
            home = self.fleet.clusters.get(owner.home)
            name = (self.lockdown(home).default_account or "") if home else ""
        return Account(namespace, name) if name and "${" not in name else None

    def appliers(self, cluster: Cluster) -> Mapping[Account, Sequence[Owner]]:
        """What is applied to a cluster as which service account."""
        if cluster.name not in self._accounts:
            found: dict[Account, list[Owner]] = {}
            for owner in self._targeting.get(cluster.name, ()):
                if account := self.account(owner):
                    found.setdefault(account, []).append(owner)
            self._accounts[cluster.name] = found
        return self._accounts[cluster.name]

    def is_flux(self, cluster: Cluster, account: Account) -> bool:
        """True for the accounts of Flux's controllers: of those that run its images, else of those with its names.

        Whoever has flux-operator in Git does not have the controllers there, which that installs.
        """
        if cluster.name not in self._flux:
            deployments = [obj for obj in cluster.objects if obj.kind == "Deployment" and is_flux(obj)]
            self._flux[cluster.name] = frozenset(map(_account_of, deployments))
            self._installed[cluster.name] = all(map(is_operator, deployments))
        if account in self._flux[cluster.name]:
            return True
        return self._installed[cluster.name] and account.namespace == ROOT_NAME and account.name in CONTROLLERS

    def tenant(self, owner: Owner) -> str:
        """The name of the tenant in `slipway.yaml` that an owner belongs to, itself or by what leads to it."""
        for one in (owner, *self._ancestors(owner)):
            if isinstance(one, RenderedKustomization) and (name := self._named(one)):
                return name
        return ""

    def is_foreign(self, owner: Owner) -> bool:
        """True for a Kustomization of another repository than those that clusters start in."""
        if not isinstance(owner, RenderedKustomization) or owner.source is None:
            return False
        return bool(owner.source.url) and owner.source.repository not in self._systems

    def _is_of_instance(self, owner: Owner) -> bool:
        """True for where a cluster starts that has a FluxInstance, which gives that its own controller's account."""
        home = self.fleet.clusters.get(owner.home)
        return not owner.ancestors and home is not None and has_instance(home)

    def _named(self, done: RenderedKustomization) -> str:
        is_foreign = self.is_foreign(done)
        for name, tenant in self._settings.tenants.items():
            if is_foreign and done.source and tenant.has_repository(done.source.repository):
                return name
            if not is_foreign and tenant.has_path(done.kustomization.path):
                return name
        return ""

    def _ancestors(self, owner: Owner) -> Iterator[Owner]:
        return (found for name in reversed(owner.ancestors) if (found := self._owners.get(name)))

    @cached_property
    def _owners(self) -> Mapping[OwnerId, Owner]:
        return {owner.id: owner for owner in self.fleet.owners}

    @cached_property
    def _targeting(self) -> Mapping[str, Sequence[Owner]]:
        found: dict[str, list[Owner]] = {}
        for owner in self.fleet.owners:
            if isinstance(owner, RenderedKustomization) or is_helm_release(owner.definition):
                found.setdefault(owner.target, []).append(owner)
        return found

    @cached_property
    def _systems(self) -> frozenset[str]:
        """The repositories that clusters start in."""
        return frozenset(
            done.source.repository
            for cluster in self.fleet.clusters.values()
            for done in cluster.kustomizations
            if done.source is not None and not done.ancestors
        )


def is_chart(owner: Owner) -> bool:
    """True for what a chart brings."""
    return isinstance(owner, Expanded) and is_helm_release(owner.definition)


def _account_of(deployment: KubeObject) -> Account:
    spec = mapping(mapping(deployment.spec.get("template")).get("spec"))
    return Account(deployment.namespace, text(spec.get("serviceAccountName")) or "default")


def source_name(owner: Owner) -> str:
    """What an owner takes its files from, to tell people: `acme/web-manifests`."""
    if isinstance(owner, RenderedKustomization) and owner.source is not None:
        return owner.source.repository.partition("/")[2] or str(owner.source.key)
    return str(owner.key)


def binding_key(binding: KubeObject) -> ObjectKey:
    """The role that a binding gives, to tell people."""
    ref = mapping(binding.value.get("roleRef"))
    kind = text(ref.get("kind"))
    namespace = binding.namespace if kind == "Role" else ""
    return ObjectKey("rbac.authorization.k8s.io", kind, namespace, text(ref.get("name")))
