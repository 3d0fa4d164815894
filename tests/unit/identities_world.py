"""A small fleet on an in-memory GitHub, with Git identities and the deploy keys that they come to."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from slipway.fleet.manifests import load_document
from slipway.github.deploykeys.memory import MemoryDeployKeys
from slipway.github.proposing.memory import MemoryProposals
from slipway.identities.reconcile import Report, Surroundings, reconcile
from slipway.sealing.identities import identity_of, make_identity
from tests.unit.sealing_world import pair

SYSTEM, WORKLOADS, SHOP, ELSEWHERE = "acme/gitops-system", "acme/gitops-workloads", "acme/shop-manifests", "acme/secret"
FILE = "clusters-config/crm/git-identity/git-identity.yaml"
TITLE = f"slipway {SYSTEM}: flux-system/git-identity, gitops-system/{FILE}"
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
SETTINGS = b"repositories: [acme/gitops-workloads, 'acme/*-manifests', 'other/*']\n"
URL = b"spec:\n  url: ${GIT_URL}/shop-manifests\n"


def identity(repository: str = SYSTEM, namespace: str = "flux-system") -> bytes:
    return make_identity("git-identity", namespace, repository, pair().certificate).manifest


def key_of(manifest: bytes) -> str:
    found = identity_of(load_document(manifest))
    assert found is not None
    return found.public_key


class World:
    """The fleet; time goes on when it is told to."""

    def __init__(self) -> None:
        self.now = NOW
        self.pauses: list[float] = []
        self.proposals = MemoryProposals()
        self.keys = MemoryDeployKeys((SYSTEM, WORKLOADS, SHOP, ELSEWHERE), lambda: self.now)
        self.files: dict[str, dict[str, bytes]] = {
            SYSTEM: {"slipway.yaml": SETTINGS},
            WORKLOADS: {"applications/shop/kustomization.yaml": URL},
        }
        for repository in self.files:
            self.commit(repository, {})
            self.proposals.set_default_branch(repository, "main")
        self.around = Surroundings(
            github=lambda _: self.proposals.github,
            proposals=lambda _: self.proposals,
            deploy_keys=lambda _: self.keys,
            system_repository=SYSTEM,
            now=lambda: self.now,
            pause=self.pauses.append,
        )

    def commit(self, repository: str, files: dict[str, bytes | None]) -> str:
        """Change files on the default branch."""
        now = {**self.files[repository], **files}
        self.files[repository] = {path: content for path, content in now.items() if content is not None}
        sha = hashlib.sha1(repr(self.files[repository]).encode(), usedforsecurity=False).hexdigest()
        return self.proposals.github.add_commit(repository, sha, self.files[repository], refs=["main", "HEAD"]).sha

    def propose(self, repository: str, files: dict[str, bytes | None], branch: str = "slipway/request-1") -> int:
        """Open a pull request of Slipway's own; returns its number."""
        base = self.proposals.branch(repository, "main") or ""
        self.proposals.put_branch(repository, branch, base, files, "A change")
        return self.proposals.put_pull(repository, branch, "main", "A change", "", []).number

    def run(self) -> Report:
        return reconcile(self.around)

    def titles(self, repository: str) -> list[str]:
        """The keys that a repository has."""
        return [each.title for each in self.keys.of(repository)]

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)
