"""Git identities of clusters: deploy keys come with a pull request of Slipway's own, and go when nobody uses them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from local.cloud import Cloud
from local.github.control import Control
from slipway.github.proposing.client import GitHubProposals
from slipway.github.tokens import CachedSource, TokenCache, token_from_answer
from slipway.sealing.certificates import make_key_pair
from slipway.sealing.identities import make_identity
from tests.cloud.fleet import SYSTEM
from tests.cloud.follow import depths, eventually, settle
from tests.contract.standin import new_ssh_key

FILE = "clusters-config/staging/git-identity/git-identity.yaml"
TITLE = f"slipway {SYSTEM}: flux-system/git-identity, gitops-system/{FILE}"
BRANCH = "slipway/identity"
LONG_AGO = "2026-01-31T12:00:00Z"


def test_a_deploy_key_comes_with_its_identity_and_goes_when_it_is_unused(local_cloud: Cloud, github: Control) -> None:
    certificate = make_key_pair(datetime.now(UTC), bits=2048).certificate
    made = make_identity("git-identity", "flux-system", SYSTEM, certificate)
    theirs = github.add_deploy_key(SYSTEM, "ci", new_ssh_key(), user="mona")
    github.change_deploy_key(theirs, created_at=LONG_AGO)

    number = propose(local_cloud, {FILE: made.manifest})
    ours = eventually(lambda: titled(github, TITLE), "the deploy key is not registered", lambda: told(local_cloud))
    assert (ours["key"], ours["read_only"], ours["last_used"]) == (made.public_key, True, None)

    github.merge_pull_request(SYSTEM, number)
    at_rest(local_cloud)
    github.change_deploy_key(ours["id"], created_at=LONG_AGO)
    assert invoked(local_cloud)["Removed"] == 0

    github.commit(SYSTEM, "main", {FILE: None})
    github.change_deploy_key(ours["id"], last_used=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert invoked(local_cloud)["Removed"] == 0
    github.change_deploy_key(ours["id"], last_used=LONG_AGO)
    assert invoked(local_cloud) == {"Wanted": 0, "Registered": 0, "Removed": 1, "Problems": 0}
    assert [key["title"] for key in github.deploy_keys(SYSTEM)] == ["ci"]
    assert not any("PRIVATE KEY" in line for line in told(local_cloud))


def propose(cloud: Cloud, files: Mapping[str, bytes]) -> int:
    """Open a pull request as generation does; returns its number."""
    answer = cloud.invoke("tokens-generation", {"installation": 0, "repositories": [SYSTEM]})
    proposals = GitHubProposals(
        cloud.github.url, CachedSource(TokenCache(), SYSTEM, lambda **_: token_from_answer(answer))
    )
    base = proposals.branch(SYSTEM, "main") or ""
    proposals.put_branch(SYSTEM, BRANCH, base, files, "An identity")
    return proposals.put_pull(SYSTEM, BRANCH, "main", "An identity", "", []).number


def titled(github: Control, title: str) -> dict[str, object] | None:
    """The deploy key with a title, if there is one."""
    return next((key for key in github.deploy_keys(SYSTEM) if key["title"] == title), None)


def invoked(cloud: Cloud) -> dict[str, int]:
    """What the run comes to that the schedule has made."""
    found: dict[str, int] = cloud.invoke("identities", {})
    return found


def at_rest(cloud: Cloud) -> None:
    """Wait until nothing is under way any more."""
    settle(cloud)
    eventually(lambda: not any(depths(cloud, "IdentitiesQueue")), "identities are still looked at")


def told(cloud: Cloud) -> list[str]:
    """The log."""
    return cloud.logs("identities")
