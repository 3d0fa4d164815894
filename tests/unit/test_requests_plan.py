"""What each kind of request comes to on the fleet of the templates, and what the fleet cannot have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from ipaddress import IPv4Network

import pytest
import yaml

from slipway.fleet.settings import load_settings
from slipway.fleet.tree import Tree
from slipway.requests.command import read_words
from slipway.requests.facts import Facts, facts_of, zones
from slipway.requests.plan import Plan, plan, steps_of
from slipway.requests.request import RequestError
from tests.unit.template_fleet import (
    SPOKES,
    SYSTEM,
    WORKLOADS,
    Files,
    Spoke,
    add_cluster,
    add_to_cluster,
    fleet_files,
    template_files,
)
from tests.unit.template_world import rendering

pytestmark = pytest.mark.xdist_group("templates")

OFFERED = ("1.33", "1.34", "1.35", "1.36")
ADD = "add-cluster crm-staging --environment staging --account 111122223333 --region eu-west-1"
INFO = "clusters-config/crm-staging/cluster-info.yaml"


def tree(name: str, files: Mapping[str, str]) -> Tree:
    prefix = f"{name}/"
    named = {path.removeprefix(prefix): text.encode() for path, text in files.items() if path.startswith(prefix)}
    return Tree(named, name="" if name == SYSTEM else name)


@cache
def facts() -> Facts:
    return facts_of(rendering().fleet, load_settings(tree(SYSTEM, fleet_files())), OFFERED)


def planned(words: str, *, step: int = 0, of: Facts | None = None, files: Mapping[str, str] | None = None) -> Plan:
    found = files or fleet_files()
    return plan(read_words(words.split()), [tree(SYSTEM, found), tree(WORKLOADS, found)], of or facts(), step=step)


def changed(made: Plan) -> dict[str, str | None]:
    """The files that it changes, by repository and path."""
    return {
        f"{part.tree.name or SYSTEM}/{path}": None if content is None else content.decode()
        for part in made.parts
        for path, content in part.files.items()
    }


def applied(made: Plan, files: Mapping[str, str]) -> Files:
    changes = changed(made)
    kept = {path: text for path, text in files.items() if path not in changes}
    return kept | {path: text for path, text in changes.items() if text is not None}


def keys(made: Plan) -> set[str]:
    return {f"{part.tree.name or SYSTEM}/{identity.file}" for part in made.parts for identity in part.identities}


def test_a_new_cluster_is_what_the_readme_says() -> None:
    by_hand = dict(fleet_files())
    add_cluster(by_hand, Spoke("crm-staging", "staging", "111122223333", "eu-west-1", "10.50", ()))

    made = planned(ADD)
    by_request = applied(made, fleet_files())

    assert keys(made) == set(by_hand) - set(by_request)
    assert _read(by_request) == _read({path: text for path, text in by_hand.items() if path not in keys(made)})


def test_an_application_on_a_cluster_is_what_the_readme_says() -> None:
    by_hand = dict(fleet_files())
    add_to_cluster(by_hand, SPOKES[2], "storefront")

    made = planned("add-application storefront --clusters pay-staging")

    assert keys(made) == {f"{WORKLOADS}/clusters/pay-staging/storefront/git-identity.yaml"}
    assert applied(made, fleet_files()) == {path: text for path, text in by_hand.items() if path not in keys(made)}


def test_an_application_is_what_the_readme_says() -> None:
    section = template_files()[f"{WORKLOADS}/README.md"].split("\n## Add an application\n")[1]
    by_hand = section.split("```yaml\n")[1].split("```")[0].partition("\n")[2].replace("<application>", "crm")

    assert changed(planned("onboard-application crm")) == {f"{WORKLOADS}/applications/crm/kustomization.yaml": by_hand}


@pytest.mark.parametrize(
    "words",
    [
        ADD,
        "upgrade-cluster shop-staging --kubernetes-version 1.36",
        "change-cluster shop-staging --nodes-max 6 --deletion-protection false",
        "onboard-application crm --components rds,sqs --repository acme/crm-deploy",
        "add-application payments --clusters shop-staging,shop-production",
        "add-application payments --clusters shop-staging --tag v1.4.0 --overlay staging",
        "update-application payments --tag v1.4.0",
        "remove-application payments --confirmation payments",
        "remove-cluster pay-staging --confirmation pay-staging",
        "upgrade-tool karpenter --version 1.15.1",
    ],
)
def test_the_same_request_gives_the_same_bytes_and_then_nothing(words: str) -> None:
    request, files = read_words(words.split()), fleet_files()
    for step in range(steps_of(request, [tree(SYSTEM, files), tree(WORKLOADS, files)])):
        first, second = (planned(words, step=step, files=files) for _ in range(2))
        assert list(changed(first).items()) == list(changed(second).items()) != []
        files = applied(first, files)
        if request.kind.name not in ("add-cluster", "upgrade-cluster", "remove-application"):
            assert changed(planned(words, step=step, files=files)) == {}


def test_a_cluster_has_what_was_asked_and_else_what_is_usual() -> None:
    info = yaml.safe_load(str(changed(planned(f"{ADD} --zones 2 --compute auto"))[f"{SYSTEM}/{INFO}"]))["data"]

    assert info == {
        "CLUSTER_NAME": "crm-staging",
        "ENVIRONMENT": "staging",
        "ACCOUNT_ID": "111122223333",
        "REGION": "eu-west-1",
        "KUBERNETES_VERSION": "1.35",
        "VPC_CIDR": "10.50.0.0/16",
        "AVAILABILITY_ZONES": "[eu-west-1a, eu-west-1b]",
        "NAT_GATEWAYS": "single",
        "ENDPOINT_ACCESS": "private",
        "COMPUTE": "auto",
        "NODE_SIZE": "small",
        "NODES_MIN": "2",
        "NODES_MAX": "4",
        "WORKLOAD_TYPE": "general",
        "DELETION_PROTECTION": "true",
    }


def test_what_the_fleet_gave_is_told() -> None:
    assert planned(ADD).chosen == {"network": "10.50.0.0/16", "kubernetes-version": "1.35"}
    assert planned(f"{ADD} --network 10.60.0.0/16 --kubernetes-version 1.34").chosen == {}


@pytest.mark.parametrize(
    ("taken", "free"),
    [
        ((), "10.10.0.0/16"),
        (("10.10.0.0/16",), "10.11.0.0/16"),
        (("10.10.0.0/16", "10.20.0.0/16", "10.40.0.0/16"), "10.50.0.0/16"),
        (("10.0.0.0/16", "10.255.0.0/16"), "10.1.0.0/16"),
        (("10.10.0.0/20", "10.10.16.0/20"), "10.11.0.0/16"),
        (("10.0.0.0/9",), "10.128.0.0/16"),
        (("192.168.0.0/16",), "10.10.0.0/16"),
    ],
)
def test_the_next_network_follows_the_fleets_own(taken: tuple[str, ...], free: str) -> None:
    networks = tuple((IPv4Network(text), "a VPC") for text in taken)

    assert str(replace(facts(), networks=networks).free_network()) == free


def test_where_no_network_is_free_one_has_to_be_given() -> None:
    full = replace(facts(), networks=((IPv4Network("10.0.0.0/8"), "VPC all"),))

    assert full.free_network() is None
    with pytest.raises(RequestError, match=r"no /16 of 10\.0\.0\.0/8 is free"):
        planned(ADD, of=full)
    assert planned(f"{ADD} --network 172.20.0.0/16", of=full).chosen == {"kubernetes-version": "1.35"}


def test_networks_and_versions_are_the_fleets() -> None:
    networks = [str(network) for network, _ in facts().networks]

    assert networks == [f"10.{number}.0.0/16" for number in (10, 20, 30, 40)]
    assert {name: facts().clusters[name] for name in ("hub", "pay-staging")} == {"hub": "1.35", "pay-staging": "1.35"}
    assert sorted(facts().members("staging")) == ["pay-staging", "shop-staging"]


def test_zones_are_those_that_every_account_has() -> None:
    assert list(zones("eu-west-1", 3)) == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    assert list(zones("ca-central-1", 3)) == ["ca-central-1a", "ca-central-1b", "ca-central-1d"]


REFUSED = {
    ADD.replace("crm-", "shop-"): "there is a cluster shop-staging already",
    ADD.replace("crm-staging", "crm"): "crm does not belong to staging, whose clusters are named *-staging",
    ADD.replace("environment staging", "environment lab"): "there is no environment lab; there are staging, production",
    ADD.replace("111122223333", "999999999999"): "the account 999999999999 has no ProviderConfig",
    f"{ADD} --kubernetes-version 1.99": "EKS does not offer 1.99; it offers 1.33, 1.34, 1.35, 1.36",
    f"{ADD} --network 10.20.128.0/17": "10.20.128.0/17 overlaps 10.20.0.0/16",
    f"{ADD} --nodes-min 5": "crm-staging would have at least 5 nodes and at most 4",
    "change-cluster shop-staging --nodes-min 5": "shop-staging would have at least 5 nodes and at most 4",
    "change-cluster shop-staging --nodes-max 1": "shop-staging would have at least 2 nodes and at most 1",
    "change-cluster lab-staging --nodes-max 6": "there is no cluster lab-staging; there are hub, pay-production",
    "change-cluster hub --nodes-max 6": "clusters-config/hub/cluster-info.yaml is not there",
    "upgrade-cluster shop-staging --kubernetes-version 1.35": "EKS upgrades by one minor version, to 1.36",
    "upgrade-cluster shop-staging --kubernetes-version 1.34": "by one minor version, to 1.36",
    "upgrade-cluster shop-staging --kubernetes-version 1.37": "EKS does not offer 1.37",
    "remove-cluster hub --confirmation hub": "clusters-config/hub/cluster-info.yaml is not there",
    "add-application crm --clusters shop-staging": "crm is not onboarded; ask for onboard-application first",
    "add-application payments --clusters lab-staging": "there is no cluster lab-staging",
    "update-application crm --tag v1": "crm is on no cluster",
    "update-application payments --tag v1 --clusters shop-staging": "payments is not on shop-staging",
    "remove-application crm --confirmation crm": "crm is on no cluster",
    "upgrade-tool istio --version 1.2.3": "environments/base/versions/versions.yaml has no ISTIO_VERSION",
}


@pytest.mark.parametrize(("words", "says"), REFUSED.items())
def test_what_the_fleet_cannot_have_is_refused(words: str, says: str) -> None:
    with pytest.raises(RequestError) as stopped:
        planned(words)
    assert says in str(stopped.value)


def test_an_update_is_made_everywhere_or_in_one_environment() -> None:
    everywhere = planned("update-application payments --tag v1.4.0")
    staging = planned("update-application payments --tag v1.4.0 --environment staging")

    assert everywhere.clusters == ("pay-production", "pay-staging")
    assert staging.clusters == ("pay-staging",)
    assert {path.split("/")[2] for path in changed(staging)} == {"pay-staging"}


def test_an_application_may_come_with_a_release_of_its_own() -> None:
    folder = f"{WORKLOADS}/clusters/shop-staging/payments"

    found = changed(planned("add-application payments --clusters shop-staging --branch main --overlay staging"))

    git, app = yaml.safe_load_all(str(found[f"{folder}/release.yaml"]))
    assert (git["spec"], app["spec"]) == ({"ref": {"branch": "main"}}, {"path": "./kubernetes/overlays/staging"})
    assert yaml.safe_load(str(found[f"{folder}/kustomization.yaml"]))["patches"] == [{"path": "release.yaml"}]


def test_a_release_of_its_own_is_the_same_by_either_request() -> None:
    words = "--clusters shop-staging --tag v1.4.0 --overlay staging"
    before = applied(planned("add-application payments --clusters shop-staging"), fleet_files())

    two = applied(planned(f"update-application payments {words}", files=before), before)

    assert two == applied(planned(f"add-application payments {words}"), fleet_files())


def _read(files: Mapping[str, str]) -> dict[str, object]:
    """As YAML: a README's comments are for whoever writes by hand."""
    return {path: list(yaml.safe_load_all(text)) if path.endswith(".yaml") else text for path, text in files.items()}
