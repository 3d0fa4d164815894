"""The whole of `slipway.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from slipway.fleet.manifests import load_document
from slipway.fleet.settings.approvals import Approval, read_approvals
from slipway.fleet.settings.clusters import ClusterSettings, read_clusters
from slipway.fleet.settings.environments import Environment, read_environments
from slipway.fleet.settings.policy import POLICY_SECTIONS, Policy, read_policy
from slipway.fleet.settings.reader import FILE, Reader
from slipway.fleet.settings.requests import RequestSettings, read_requests
from slipway.fleet.settings.sealing import SealingSettings, read_sealing
from slipway.fleet.settings.secrets import SecretSettings, read_secrets
from slipway.fleet.settings.tenants import TenantSettings, read_tenants
from slipway.fleet.settings.versions import Support, read_versions
from slipway.fleet.tree import Tree

SECTIONS = {
    *("approvals", "charts", "clusters", "environments", "kubernetesVersions", "repositories", "requests", "schemas"),
    *("sealing", "secrets", "tenants"),
    *POLICY_SECTIONS,
}
"""The fields at the top of the file; docs/slipway.schema.json has the same."""


@dataclass(frozen=True)
class Settings:
    """The whole file; each section has a module of its own."""

    clusters: Mapping[str, ClusterSettings] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    repositories: tuple[str, ...] = ()
    """`owner/name`, or patterns of it: what may be read to render a pull request that is the first to name it."""
    charts: tuple[str, ...] = ()
    """URLs of chart repositories, or patterns of them: what charts may be fetched from, likewise."""
    schemas: tuple[str, ...] = ()
    """Catalogues of schemas, for kinds whose definition is not in Git: URLs, or directories of this repository."""
    sealing: SealingSettings = field(default_factory=SealingSettings)
    """How long the fleet's sealing key lives."""
    secrets: SecretSettings = field(default_factory=SecretSettings)
    tenants: Mapping[str, TenantSettings] = field(default_factory=dict)
    """Whose repositories and directories are not the platform's own."""
    approvals: tuple[Approval, ...] = ()
    """Who may approve what a change destroys; where none fits, a label does."""
    environments: tuple[Environment, ...] = ()
    """In the order in which versions reach them."""
    requests: RequestSettings = field(default_factory=RequestSettings)
    """Who may ask for what, and what is merged without a person."""
    versions: Mapping[str, Support] = field(default_factory=dict)
    """Of Kubernetes, by `major.minor`: what is known better here than in `slipway.checks.upgrade.eks_versions`."""


def load_settings(tree: Tree) -> Settings:
    """The fleet's settings; the defaults if there is no `slipway.yaml`.

    Raises:
        InputError: one or more values are wrong; the text names all of them with their lines.
    """
    if FILE not in tree:
        return Settings()
    data = tree.read(FILE)
    reader = Reader(data)
    root = reader.mapping((), load_document(data, FILE), SECTIONS)
    settings = Settings(
        clusters=read_clusters(reader, ("clusters",), root.get("clusters")),
        policy=read_policy(reader, root),
        repositories=reader.texts(("repositories",), root.get("repositories")),
        charts=reader.texts(("charts",), root.get("charts")),
        schemas=reader.texts(("schemas",), root.get("schemas")),
        sealing=read_sealing(reader, ("sealing",), root.get("sealing")),
        secrets=read_secrets(reader, ("secrets",), root.get("secrets")),
        tenants=read_tenants(reader, ("tenants",), root.get("tenants")),
        approvals=read_approvals(reader, ("approvals",), root.get("approvals")),
        environments=read_environments(reader, ("environments",), root.get("environments")),
        requests=read_requests(reader, ("requests",), root.get("requests")),
        versions=read_versions(reader, ("kubernetesVersions",), root.get("kubernetesVersions")),
    )
    reader.check()
    return settings
