"""Requests on the deployed stack: from what is asked to green checks, the merge and the end of the issue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from local.cloud import Cloud
from local.github.control import Control
from slipway.checks.verdict import check_fleet
from slipway.generation.reference import Reference
from tests.cloud.deliver import Letter, held_back, post
from tests.cloud.follow import Json, depths, eventually, settle
from tests.cloud.requesting import OWNER, REVIEWER, SECONDS, SYSTEM, WORKLOADS, Fleet
from tests.unit.small_fleets import builder, schemas
from tests.unit.template_fleet import fleet_files
from tests.unit.template_world import trees_of

pytestmark = pytest.mark.timeout(600)
"""For machines that are busy, where a function takes a minute to start."""

ADD = (
    *("--environment", "staging", "--account", "111122223333", "--region", "eu-west-1"),
    *("--kubernetes-version", "1.35"),
)


@pytest.fixture(scope="module")
def _templates(local_cloud: Cloud, _fleet: None) -> Iterator[Fleet]:
    fleet = Fleet(local_cloud)
    yield fleet
    fleet.close()


@pytest.fixture
def fleet(_templates: Fleet, local_cloud: Cloud, github: Control) -> Iterator[Fleet]:
    """The fleet as the test before has left it; no test leaves a message in a queue."""
    yield _templates
    settle(local_cloud, seconds=SECONDS)
    eventually(
        lambda: not any(depths(local_cloud, "GenerationQueue")),
        "requests are left in the queue",
        lambda: depths(local_cloud, "GenerationQueue"),
        seconds=SECONDS,
    )
    assert not any(depths(local_cloud, "GenerationDeadLetters"))


def test_a_cluster_is_provisioned_by_form(fleet: Fleet) -> None:
    before = fleet.rendering()

    number = fleet.fill_in("add-cluster", "crm-staging", *ADD)
    request = Reference(SYSTEM, number)
    pulls = fleet.proposed(request, SYSTEM, WORKLOADS)
    _merge_in_order(fleet, pulls, WORKLOADS, SYSTEM)
    fleet.closed(number)

    [said] = fleet.said(request)
    assert said.startswith("**Done:** Add a cluster: crm-staging")
    changes, fields = fleet.changes(before)
    assert fields == [] or all("crm-staging" in str(field.new) for field in fields)
    assert {cluster for cluster, _, _ in changes} == {"crm-staging", "hub"}
    assert {kind for cluster, kind, _ in changes if cluster == "crm-staging"} == {"added"}
    on_hub = {(kind, name) for cluster, kind, name in changes if cluster == "hub"}
    assert all(kind == "added" and "crm-staging" in name for kind, name in on_hub - {_LISTED}), on_hub


_LISTED = ("changed", "ResourceSet flux-system/clusters")
"""The list of clusters."""


def test_an_application_is_onboarded_by_command_and_added_by_form(fleet: Fleet) -> None:
    fleet.github.create_repository(f"{OWNER}/crm-manifests", _manifests("crm"))
    before = fleet.rendering()

    number = fleet.open_issue("We have a new application")
    onboarded = fleet.say(number, "Please:\n/slipway onboard-application crm")
    pulls = fleet.proposed(onboarded, WORKLOADS)
    fleet.green(pulls)
    fleet.merge(pulls)
    fleet.answered(onboarded, "**Done:**")
    assert fleet.changes(before) == (set(), [])

    number = fleet.fill_in("add-application", "crm", "--clusters", "shop-staging")
    pulls = fleet.proposed(Reference(SYSTEM, number), WORKLOADS)
    fleet.green(pulls)
    fleet.merge(pulls)
    fleet.closed(number)

    changes, fields = fleet.changes(before)
    assert fields == []
    assert {(cluster, kind) for cluster, kind, _ in changes} == {("shop-staging", "added")}
    assert all("crm" in name for _, _, name in changes), changes
    assert ("shop-staging", "added", "SealedSecret crm/git-identity") in changes


def test_an_application_is_upgraded_by_command_and_merged_by_policy(fleet: Fleet) -> None:
    fleet.github.tag(f"{OWNER}/payments-manifests", "v1.4.0")
    before = fleet.rendering()

    number = fleet.open_issue("Payments 1.4")
    request = fleet.say(number, "/slipway update-application payments --environment staging --tag v1.4.0")
    pulls = fleet.proposed(request, WORKLOADS)
    fleet.answered(request, "**Done:**")

    (pull,) = fleet.pulls(request).values()
    assert pull["merged_by"]["login"] == "slipway[bot]"
    assert pull["head"]["sha"] == pulls[WORKLOADS]["head"]["sha"]
    changes, fields = fleet.changes(before)
    assert changes == {("pay-staging", "changed", "GitRepository payments/application")}
    assert {(field.steps[:2], field.new) for field in fields if field.new} == {(("spec", "ref"), "v1.4.0")}


def test_a_cluster_is_upgraded_by_form(fleet: Fleet) -> None:
    before = fleet.rendering()

    number = fleet.fill_in("upgrade-cluster", "pay-staging", "--kubernetes-version", "1.36")
    pulls = fleet.proposed(Reference(SYSTEM, number), SYSTEM)
    fleet.green(pulls)
    fleet.merge(pulls)
    fleet.closed(number)

    changes, fields = fleet.changes(before)
    assert ("hub", "changed", "EKSCluster pay-staging/pay-staging") in changes
    assert {cluster for cluster, _, _ in changes} <= {"hub", "pay-staging"}
    assert {(field.old, field.new) for field in fields} == {("1.35", "1.36")}


def test_an_application_is_deleted_by_form_once_somebody_approves(fleet: Fleet) -> None:
    before = fleet.rendering()

    number = fleet.fill_in(
        "remove-application", "storefront", "--clusters", "shop-production", "--confirmation", "storefront"
    )
    pulls = fleet.proposed(Reference(SYSTEM, number), WORKLOADS)
    _approve(fleet, pulls)
    fleet.merge(pulls)
    fleet.closed(number)

    changes, fields = fleet.changes(before)
    assert fields == []
    assert {(cluster, kind) for cluster, kind, _ in changes} == {("shop-production", "removed")}
    assert all("storefront" in name for _, _, name in changes), changes


def test_a_cluster_is_deleted_by_command_in_two_steps(fleet: Fleet) -> None:
    before = fleet.rendering()

    number = fleet.open_issue("No payments in production any more")
    request = fleet.say(number, "/slipway remove-cluster pay-production --confirmation pay-production")
    pulls = fleet.proposed(request, SYSTEM)
    fleet.green(pulls)
    fleet.merge(pulls)
    pulls = fleet.proposed(request, SYSTEM, WORKLOADS, step=2)
    fleet.label(pulls[SYSTEM], SYSTEM)
    _merge_in_order(fleet, pulls, SYSTEM, WORKLOADS)
    fleet.answered(request, "**Done:**")

    changes, _ = fleet.changes(before)
    assert {cluster for cluster, _, _ in changes} == {"pay-production", "hub"}
    assert {kind for cluster, kind, _ in changes if cluster == "pay-production"} == {"removed", "orphaned"}
    assert "pay-production" not in fleet.rendering().fleet.clusters


def test_an_event_of_a_catalogue_is_a_request_until_its_issue_is_closed(local_cloud: Cloud, fleet: Fleet) -> None:
    values = dict(zip((name.removeprefix("--") for name in ADD[::2]), ADD[1::2], strict=True))
    detail = {
        "schema": "slipway/v1",
        "id": "order-17",
        "requester": "dora",
        "request": {"cluster": "hr-staging", **values},
    }
    entry = {
        "EventBusName": local_cloud.outputs["BusName"],
        "Source": "acme.catalogue",
        "DetailType": "ClusterRequested",
        "Detail": json.dumps(detail),
    }
    assert local_cloud.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0

    issue = eventually(lambda: _issue_of(fleet, "order-17"), "no issue is opened", seconds=SECONDS)
    request = Reference(SYSTEM, int(issue["number"]))
    fleet.proposed(request, SYSTEM, WORKLOADS)
    assert issue["title"] == "Add a cluster: hr-staging"

    fleet.github.close_issue(SYSTEM, request.number, reason="not_planned", user=REVIEWER)
    fleet.answered(request, "**Cancelled:**")
    assert {pull["state"] for pull in fleet.pulls(request).values()} == {"closed"}


def test_one_request_delivered_five_times_at_once_makes_one_of_everything(local_cloud: Cloud, fleet: Fleet) -> None:
    with held_back(local_cloud) as receiver:
        number = fleet.fill_in("add-cluster", "erp-staging", *ADD)
        (opened,) = eventually(lambda: receiver.of("issues", "opened"), "GitHub tells of no issue")
    secret = local_cloud.client("secretsmanager").get_secret_value(SecretId=local_cloud.outputs["WebhookSecret"])
    current = json.loads(secret["SecretString"])["current"]
    letters = [Letter.of(opened).renewed().signed(current) for _ in range(5)]

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda letter: post(local_cloud, letter), letters))

    assert {answer.status for answer in answers} == {202}
    request = Reference(SYSTEM, number)
    fleet.proposed(request, SYSTEM, WORKLOADS)
    eventually(lambda: not any(depths(local_cloud, "GenerationQueue")), "the five are not through", seconds=SECONDS)
    all_pulls = [
        (repository, pull["head"]["sha"])
        for repository in (SYSTEM, WORKLOADS)
        for pull in fleet.github.pull_requests(repository)
        if pull["head"]["ref"] == request.branch(0)
    ]
    assert sorted(repository for repository, _ in all_pulls) == [SYSTEM, WORKLOADS]
    assert len(fleet.remarks(number)) == 1

    fleet.github.close_issue(SYSTEM, number, reason="not_planned", user=REVIEWER)
    fleet.answered(request, "**Cancelled:**")


def test_what_all_of_them_have_made_passes_the_checks(fleet: Fleet) -> None:
    trees = trees_of(fleet.files())
    root = trees.pop("gitops-system")
    verdict = check_fleet(
        fleet.rendering().fleet, trees.values(), schemas(), root=root, builder=builder(), today=datetime.now(UTC).date()
    )
    assert [(finding.rule.id, finding.message) for finding in verdict.findings if verdict.fails(finding)] == []
    assert verdict.passed


def _approve(fleet: Fleet, pulls: dict[str, Json]) -> None:
    """Something is destroyed, which somebody has to approve."""
    fleet.red(pulls)
    for repository, pull in pulls.items():
        fleet.label(pull, repository)
    fleet.green(pulls)


def _merge_in_order(fleet: Fleet, pulls: dict[str, Json], first: str, second: str) -> None:
    """Each is checked with what the other repository has: when what it needs there is merged, it is checked again."""
    fleet.green({first: pulls[first]})
    fleet.red({second: pulls[second]})
    fleet.merge({first: pulls[first]})
    fleet.green({second: pulls[second]})
    fleet.merge({second: pulls[second]})


def _issue_of(fleet: Fleet, event: str) -> Json | None:
    issues = fleet.github.issues(SYSTEM)
    return next((each for each in issues if f"slipway:event {event} " in str(each["body"])), None)


def _manifests(application: str) -> dict[str, str]:
    """Of an application like the one that takes payments."""
    prefix = "payments-manifests/"
    return {
        path.removeprefix(prefix).replace("payments", application): text.replace("payments", application)
        for path, text in fleet_files().items()
        if path.startswith(prefix)
    }
