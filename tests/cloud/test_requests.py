"""Requests on the deployed stack: from what is asked to green checks, the merge and the end of the issue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from local.cloud import Cloud
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

ADD = "--environment staging --account 111122223333 --region eu-west-1 --kubernetes-version 1.35"


@pytest.fixture(scope="module")
def fleet(local_cloud: Cloud, _fleet: None) -> Iterator[Fleet]:
    """The fleet as the test before has left it; in the end no message is left in a queue."""
    fleet = Fleet(local_cloud)
    yield fleet
    settle(local_cloud, seconds=SECONDS)
    eventually(
        lambda: not any(depths(local_cloud, "GenerationQueue")),
        "requests are left in the queue",
        lambda: depths(local_cloud, "GenerationQueue"),
        seconds=SECONDS,
    )
    assert not any(depths(local_cloud, "GenerationDeadLetters"))
    assert not any(depths(local_cloud, "ValidationDeadLetters"))
    fleet.close()


# Each scenario by form and by command, on different subjects, both under way at once


def test_clusters_are_provisioned_each_on_what_the_other_has_left(fleet: Fleet) -> None:
    before = fleet.rendering()

    one, other = fleet.both_ways(f"add-cluster crm-staging {ADD}", f"add-cluster hr-staging {ADD}", SYSTEM, WORKLOADS)
    fleet.merge_in_order(one.pulls, WORKLOADS, SYSTEM)
    fleet.done(one)
    # They had both chosen the next free network, and are both in the same list.
    fleet.rewritten(SYSTEM, other.pulls[SYSTEM])
    fleet.merge_in_order(other.pulls, WORKLOADS, SYSTEM)
    fleet.done(other)

    changes, fields = fleet.changes(before)
    names = ("crm-staging", "hr-staging")
    assert all(any(name in str(field.new) for name in names) for field in fields)
    assert {cluster for cluster, _, _ in changes} == {*names, "hub"}
    assert {kind for cluster, kind, _ in changes if cluster in names} == {"added"}
    on_hub = {(kind, name) for cluster, kind, name in changes if cluster == "hub"}
    assert all(kind == "added" and any(it in name for it in names) for kind, name in on_hub - {_LISTED}), on_hub
    networks = [fleet.files()[f"gitops-system/clusters-config/{name}/cluster-info.yaml"] for name in names]
    assert ["10.50.0.0/16" in networks[0], "10.60.0.0/16" in networks[1]] == [True, True]


_LISTED = ("changed", "ResourceSet flux-system/clusters")
"""The list of clusters."""


def test_applications_are_onboarded_and_added(fleet: Fleet) -> None:
    for application in ("crm", "hr"):
        fleet.github.create_repository(f"{OWNER}/{application}-manifests", _manifests(application))
    before = fleet.rendering()

    onboarded = fleet.both_ways("onboard-application crm", "onboard-application hr", WORKLOADS)
    for asked in onboarded:
        fleet.green(asked.pulls)
        fleet.merge(asked.pulls)
    fleet.done(*onboarded)
    assert fleet.changes(before) == (set(), [])

    added = fleet.both_ways(
        "add-application crm --clusters shop-staging", "add-application hr --clusters shop-production", WORKLOADS
    )
    for asked in added:
        fleet.green(asked.pulls)
        fleet.merge(asked.pulls)
    fleet.done(*added)

    changes, fields = fleet.changes(before)
    assert fields == []
    assert {(cluster, kind) for cluster, kind, _ in changes} == {
        ("shop-staging", "added"),
        ("shop-production", "added"),
    }
    for cluster, application in (("shop-staging", "crm"), ("shop-production", "hr")):
        assert all(application in name for where, _, name in changes if where == cluster), changes
        assert (cluster, "added", f"SealedSecret {application}/git-identity") in changes


def test_applications_are_upgraded_and_merged_by_policy_or_by_somebody(fleet: Fleet) -> None:
    fleet.github.tag(f"{OWNER}/payments-manifests", "v1.4.0")
    before = fleet.rendering()

    one, other = fleet.both_ways(
        "update-application payments --clusters pay-production --tag v1.4.0",
        "update-application payments --environment staging --tag v1.4.0",
        WORKLOADS,
    )
    fleet.done(other)
    fleet.green(one.pulls)
    fleet.merge(one.pulls)
    fleet.done(one)

    (merged,) = fleet.pulls(other.request).values()
    assert merged["merged_by"]["login"] == "slipway[bot]"
    assert merged["head"]["sha"] == other.pulls[WORKLOADS]["head"]["sha"]
    changes, fields = fleet.changes(before)
    release = ("changed", "GitRepository payments/application")
    assert changes == {("pay-staging", *release), ("pay-production", *release)}
    assert {(field.steps[:2], field.new) for field in fields if field.new} == {(("spec", "ref"), "v1.4.0")}


def test_clusters_are_upgraded(fleet: Fleet) -> None:
    before = fleet.rendering()

    upgraded = fleet.both_ways(
        "upgrade-cluster pay-staging --kubernetes-version 1.36",
        "upgrade-cluster shop-staging --kubernetes-version 1.36",
        SYSTEM,
    )
    for asked in upgraded:
        fleet.green(asked.pulls)
        fleet.merge(asked.pulls)
    fleet.done(*upgraded)

    changes, fields = fleet.changes(before)
    for name in ("pay-staging", "shop-staging"):
        assert ("hub", "changed", f"EKSCluster {name}/{name}") in changes
    assert {(field.old, field.new) for field in fields} == {("1.35", "1.36")}


def test_applications_are_deleted_once_somebody_approves(fleet: Fleet) -> None:
    before = fleet.rendering()

    removed = fleet.both_ways(
        "remove-application storefront --clusters shop-production --confirmation storefront",
        "remove-application product-catalog --clusters shop-staging --confirmation product-catalog",
        WORKLOADS,
    )
    for asked in removed:
        fleet.red(asked.pulls)
        fleet.label(asked.pulls[WORKLOADS], WORKLOADS)
    for asked in removed:
        fleet.green(asked.pulls)
        fleet.merge(asked.pulls)
    fleet.done(*removed)

    changes, fields = fleet.changes(before)
    assert fields == []
    gone = {("shop-production", "removed"): "storefront", ("shop-staging", "removed"): "product-catalog"}
    assert {(cluster, kind) for cluster, kind, _ in changes} == set(gone)
    assert all(gone[cluster, kind] in name for cluster, kind, name in changes), changes


def test_clusters_are_deleted_in_two_steps(fleet: Fleet) -> None:
    before = fleet.rendering()
    names = ("crm-staging", "pay-production")

    removed = fleet.both_ways(*(f"remove-cluster {name} --confirmation {name}" for name in names), SYSTEM)
    for asked in removed:
        fleet.green(asked.pulls)
        fleet.merge(asked.pulls)
    for asked in removed:
        pulls = fleet.proposed(asked.request, SYSTEM, WORKLOADS, step=2)
        fleet.label(pulls[SYSTEM], SYSTEM)
        fleet.merge_in_order(pulls, SYSTEM, WORKLOADS)
        fleet.done(asked)

    changes, _ = fleet.changes(before)
    assert {cluster for cluster, _, _ in changes} == {*names, "hub"}
    assert {kind for cluster, kind, _ in changes if cluster in names} == {"removed", "orphaned"}
    assert not fleet.rendering().fleet.clusters.keys() & set(names)


# Other ways


def test_an_event_of_a_catalogue_is_a_request_until_its_issue_is_closed(local_cloud: Cloud, fleet: Fleet) -> None:
    words = ADD.split()
    values = dict(zip((name.removeprefix("--") for name in words[::2]), words[1::2], strict=True))
    detail = {
        "schema": "slipway/v1",
        "id": "order-17",
        "requester": "dora",
        "request": {"cluster": "edu-staging", **values},
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
    assert issue["title"] == "Add a cluster: edu-staging"

    fleet.github.close_issue(SYSTEM, request.number, reason="not_planned", user=REVIEWER)
    fleet.answered(request, "**Cancelled:**")
    assert {pull["state"] for pull in fleet.pulls(request).values()} == {"closed"}


def test_one_request_delivered_five_times_at_once_makes_one_of_everything(local_cloud: Cloud, fleet: Fleet) -> None:
    with held_back(local_cloud) as receiver:
        request = fleet.fill_in("add-cluster", "erp-staging", *ADD.split())
        (opened,) = eventually(lambda: receiver.of("issues", "opened"), "GitHub tells of no issue")
    secret = local_cloud.client("secretsmanager").get_secret_value(SecretId=local_cloud.outputs["WebhookSecret"])
    current = json.loads(secret["SecretString"])["current"]
    letters = [Letter.of(opened).renewed().signed(current) for _ in range(5)]

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda letter: post(local_cloud, letter), letters))

    assert {answer.status for answer in answers} == {202}
    fleet.proposed(request, SYSTEM, WORKLOADS)
    eventually(lambda: not any(depths(local_cloud, "GenerationQueue")), "the five are not through", seconds=SECONDS)
    all_pulls = [
        (repository, pull["head"]["sha"])
        for repository in (SYSTEM, WORKLOADS)
        for pull in fleet.github.pull_requests(repository)
        if pull["head"]["ref"] == request.branch(0)
    ]
    assert sorted(repository for repository, _ in all_pulls) == [SYSTEM, WORKLOADS]
    assert len(fleet.remarks(request.number)) == 1

    fleet.github.close_issue(SYSTEM, request.number, reason="not_planned", user=REVIEWER)
    fleet.answered(request, "**Cancelled:**")


def test_what_all_of_them_have_made_passes_the_checks(fleet: Fleet) -> None:
    trees = trees_of(fleet.files())
    root = trees.pop("gitops-system")
    verdict = check_fleet(
        fleet.rendering().fleet, trees.values(), schemas(), root=root, builder=builder(), today=datetime.now(UTC).date()
    )
    assert [(finding.rule.id, finding.message) for finding in verdict.findings if verdict.fails(finding)] == []
    assert verdict.passed


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
