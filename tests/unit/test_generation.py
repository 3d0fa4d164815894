"""Requests on the fleet of the templates, from what is asked to the end of the issue."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
import yaml

from slipway.errors import RetryLater
from slipway.events import MERGED_BESIDE, ProposalEvent
from slipway.fleet.manifests import load_documents
from slipway.fleet.tree import Tree
from slipway.requests.command import read_words
from slipway.requests.form import write_form
from slipway.sealing.identities import CERTIFICATE_FILE, identity_of
from tests.unit.generation_world import SYSTEM_REPOSITORY, WORKLOADS_REPOSITORY, Hub, delivery
from tests.unit.sealing_world import pair
from tests.unit.template_fleet import SYSTEM, fleet_files

pytestmark = pytest.mark.xdist_group("templates")

ADD = (
    *("add-cluster", "crm-staging", "--environment", "staging", "--account", "111122223333"),
    *("--region", "eu-west-1", "--workload-type", "gpu"),
)
INFO = "clusters-config/crm-staging/cluster-info.yaml"


def data(tree: Tree, path: str) -> dict[str, str]:
    found: dict[str, str] = yaml.safe_load(tree.read(path))["data"]
    return found


def said(hub: Hub) -> dict[str, tuple[str, str]]:
    """What the pull requests say and hold."""
    return {name: (pull.head_sha, pull.body) for name, pull in hub.pulls().items()}


def test_a_cluster_is_added_from_form_to_closed_issue() -> None:
    hub = Hub()

    number = hub.ask(*ADD)

    assert set(hub.pulls()) == {SYSTEM_REPOSITORY, WORKLOADS_REPOSITORY}
    branch = hub.pulls()[SYSTEM_REPOSITORY].branch
    info = data(hub.tree(SYSTEM_REPOSITORY, branch), INFO)
    assert (info["VPC_CIDR"], info["KUBERNETES_VERSION"]) == ("10.50.0.0/16", "1.35")
    [comment] = hub.comments(number)
    assert "10.50.0.0/16`, chosen by Slipway" in comment

    hub.merge()

    assert hub.state(number) == "closed"
    assert INFO in hub.tree(SYSTEM_REPOSITORY)
    assert "clusters/crm-staging/kustomization.yaml" in hub.tree(WORKLOADS_REPOSITORY)
    [comment] = hub.comments(number)
    assert comment.startswith("**Done:** Add a cluster: crm-staging")


def test_the_pull_requests_name_each_other_and_the_request() -> None:
    hub = Hub()

    number = hub.ask(*ADD)

    system, workloads = (hub.pulls()[name] for name in (SYSTEM_REPOSITORY, WORKLOADS_REPOSITORY))
    assert f"{WORKLOADS_REPOSITORY}#{workloads.number}" in system.body
    assert f"{SYSTEM_REPOSITORY}#{system.number}" in workloads.body
    assert all(f"asked for by @dora in {SYSTEM_REPOSITORY}#{number}" in pull.body for pull in (system, workloads))


def test_a_pull_request_says_once_that_the_one_beside_it_is_merged() -> None:
    hub = Hub()
    hub.ask(*ADD)
    system, workloads = (hub.pulls()[name] for name in (SYSTEM_REPOSITORY, WORKLOADS_REPOSITORY))
    assert hub.proposals.merge(WORKLOADS_REPOSITORY, workloads.number, workloads.head_sha).done

    for _ in range(2):
        hub.handle(ProposalEvent(delivery("dora", WORKLOADS_REPOSITORY), workloads.branch))

    (told,) = hub.pulls().values()
    assert told.body.count(f"{MERGED_BESIDE}{WORKLOADS_REPOSITORY}#{workloads.number} -->") == 1
    assert told.body.startswith(system.body.rstrip())
    assert told.head_sha == system.head_sha


def test_the_same_request_again_changes_nothing() -> None:
    hub = Hub()
    number = hub.ask(*ADD)
    before = (said(hub), hub.comments(number))
    body = write_form(read_words(ADD))

    hub.tell(number, body)

    assert (said(hub), hub.comments(number)) == before


def test_five_deliveries_at_once_make_one_of_everything() -> None:
    hub = Hub()
    request = read_words(ADD)
    body = write_form(request)
    number = hub.proposals.add_issue(
        SYSTEM_REPOSITORY, request.title, body, author="dora", labels=["slipway/add-cluster"]
    )
    busy: list[RetryLater] = []

    def deliver() -> None:
        while True:
            try:
                hub.tell(number, body)
            except RetryLater as err:
                busy.append(err)
                threading.Event().wait(0.05)
            else:
                return

    threads = [threading.Thread(target=deliver) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(hub.proposals.proposals) == 2
    assert len(hub.comments(number)) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--network", "10.10.128.0/17"), "overlaps 10.10.0.0/16"),
        (("--kubernetes-version", "1.99"), "EKS does not offer 1.99"),
        (("--environment", "production"), "does not belong to production"),
        (("--account", "999999999999"), "has no ProviderConfig"),
    ],
)
def test_what_the_fleet_cannot_have_is_refused_and_nothing_is_written(words: tuple[str, str], said: str) -> None:
    hub = Hub()
    given = dict(zip(ADD[2::2], ADD[3::2], strict=True)) | dict([words])

    number = hub.ask(*ADD[:2], *(word for option in given.items() for word in option))

    [comment] = hub.comments(number)
    assert comment.startswith("**Not accepted.** Nothing was written.")
    assert said in comment
    assert hub.pulls() == {}
    assert hub.state(number) == "open"


def test_whoever_may_not_ask_is_told_the_rule() -> None:
    hub = Hub()
    hub.proposals.permit(SYSTEM_REPOSITORY, "mallory", "read")

    number = hub.ask(*ADD, by="mallory")

    [comment] = hub.comments(number)
    assert "slipway.yaml does not say who may" in comment
    assert hub.pulls() == {}


def test_somebody_elses_edit_is_somebody_elses_request() -> None:
    hub = Hub()
    number = hub.ask(*ADD)
    hub.proposals.permit(SYSTEM_REPOSITORY, "mallory", "read")
    changed = write_form(read_words((*ADD, "--node-size", "large")))
    key = SYSTEM_REPOSITORY, number
    hub.proposals.issues[key] = replace(hub.proposals.issues[key], body=changed)

    hub.tell(number, changed, by="mallory")

    assert "@&#8203;mallory may not ask" in hub.comments(number)[0]


def test_an_upgrade_goes_wave_by_wave() -> None:
    hub = Hub()
    versions = "environments/{}/versions/versions.yaml"

    number = hub.ask("upgrade-tool", "karpenter", "--version", "1.15.1")
    hub.merge()

    assert data(hub.tree(SYSTEM_REPOSITORY), versions.format("staging")) == {"KARPENTER_VERSION": "1.15.1"}
    assert hub.state(number) == "open"
    [second] = hub.pulls().values()
    assert second.title == "Upgrade a tool: karpenter (step 2 of 2: everywhere)"

    hub.merge()

    assert data(hub.tree(SYSTEM_REPOSITORY), versions.format("base"))["KARPENTER_VERSION"] == "1.15.1"
    assert data(hub.tree(SYSTEM_REPOSITORY), versions.format("staging")) == {}
    assert hub.state(number) == "closed"


def test_a_comment_asks_as_a_form_does() -> None:
    hub = Hub()
    number = hub.proposals.add_issue(SYSTEM_REPOSITORY, "Payments", "A new release.", author="dora")

    hub.say(number, "Please:\n/slipway update application payments --environment staging --tag v1.4.0")

    [pull] = hub.pulls().values()
    release = hub.tree(WORKLOADS_REPOSITORY, pull.branch).read("clusters/pay-staging/payments/release.yaml").decode()
    assert "tag: v1.4.0" in release
    hub.merge()
    assert hub.state(number) == "open"  # it was there before, and is about something of its own
    assert hub.comments(number)[0].startswith("**Done:** Update an application: payments")


def test_help_is_given_in_place() -> None:
    hub = Hub()
    number = hub.proposals.add_issue(SYSTEM_REPOSITORY, "Question", "", author="anybody")

    hub.say(number, "/slipway help add-cluster", by="anybody")

    assert "| `--environment` | yes |" in hub.comments(number)[0]


def test_an_event_of_a_catalogue_opens_an_issue_of_its_own() -> None:
    hub = Hub()
    detail = {
        "schema": "slipway/v1",
        "id": "order-17",
        "requester": "dora",
        "request": dict(
            zip((name.removeprefix("--") for name in ADD[2::2]), ADD[3::2], strict=True), cluster="crm-staging"
        ),
    }

    hub.send("ClusterRequested", detail)
    hub.send("ClusterRequested", detail)

    [number] = [number for (_, number) in hub.proposals.issues]
    assert "@dora asks for this by an event" in hub.proposals.issue(SYSTEM_REPOSITORY, number).body
    assert set(hub.pulls()) == {SYSTEM_REPOSITORY, WORKLOADS_REPOSITORY}


def test_a_closed_issue_takes_its_pull_requests_along() -> None:
    hub = Hub()
    number = hub.ask(*ADD)
    hub.proposals.close_issue(SYSTEM_REPOSITORY, number, completed=False)

    hub.tell(number, write_form(read_words(ADD)))

    assert hub.pulls() == {}
    assert hub.comments(number)[0].startswith("**Cancelled:**")


def test_a_pull_request_that_is_closed_stops_it_until_somebody_says_so() -> None:
    hub = Hub()
    number = hub.ask("upgrade-tool", "karpenter", "--version", "1.15.1")
    [pull] = hub.pulls().values()
    hub.proposals.close(SYSTEM_REPOSITORY, pull.number)
    hub.tell(number, write_form(read_words(("upgrade-tool", "karpenter", "--version", "1.15.1"))))
    assert hub.comments(number)[0].startswith("**Stopped:**")
    assert hub.pulls() == {}

    hub.say(number, "/slipway retry")

    assert len(hub.pulls()) == 1


def test_where_policy_allows_it_is_merged_once_green() -> None:
    rule = '      subjects: ["*-staging"]\n'
    settings = fleet_files()["gitops-system/slipway.yaml"].replace(rule, f"{rule}      approvals: 0\n")
    hub = Hub({"gitops-system/slipway.yaml": settings})
    words = ("update-application", "payments", "--environment", "staging", "--tag", "v1.4.0")
    number = hub.ask(*words)
    [pull] = hub.pulls().values()

    hub.proposals.add_run(WORKLOADS_REPOSITORY, pull.head_sha, "Slipway", "success")
    hub.tell(number, write_form(read_words(words)))

    assert hub.proposals.pulls_of(WORKLOADS_REPOSITORY, pull.branch)[0].merged


def test_one_that_is_green_only_after_the_other_is_merged_after_it() -> None:
    settings = fleet_files()["gitops-system/slipway.yaml"]
    before, _, _ = settings.partition("requests:")
    rule = "requests: {autoMerge: [{kinds: [add-cluster], approvals: 0}]}\n"
    hub = Hub({"gitops-system/slipway.yaml": before + rule})
    number = hub.ask(*ADD)
    system, workloads = (hub.pulls()[name] for name in (SYSTEM_REPOSITORY, WORKLOADS_REPOSITORY))
    hub.proposals.add_run(SYSTEM_REPOSITORY, system.head_sha, "Slipway", "failure")
    hub.proposals.add_run(WORKLOADS_REPOSITORY, workloads.head_sha, "Slipway", "success")

    hub.handle(ProposalEvent(delivery("dora", WORKLOADS_REPOSITORY), workloads.branch))

    assert set(hub.pulls()) == {SYSTEM_REPOSITORY}

    hub.proposals.add_run(SYSTEM_REPOSITORY, system.head_sha, "Slipway", "success")
    hub.handle(ProposalEvent(delivery("dora"), system.branch))
    hub.handle(ProposalEvent(delivery("dora"), system.branch))

    assert hub.state(number) == "closed"


def test_deploy_keys_are_shown_and_stay_the_same_when_the_request_is_read_again() -> None:
    hub = Hub({f"{SYSTEM}/{CERTIFICATE_FILE}": pair().certificate.pem})
    number = hub.ask(*ADD)
    pull = hub.pulls()[SYSTEM_REPOSITORY]
    file = "clusters-config/crm-staging/git-identity/git-identity.yaml"
    found = [identity_of(each.value) for each in load_documents(hub.tree(SYSTEM_REPOSITORY, pull.branch).read(file))]
    identities = [each for each in found if each]
    assert [(each.name, each.repository) for each in identities] == [
        ("git-identity", SYSTEM_REPOSITORY),
        ("workloads-identity", WORKLOADS_REPOSITORY),
    ]
    for each in identities:
        assert f"Slipway gives `{each.repository}` this deploy key, for reading: `{each.public_key}`" in pull.body

    hub.tell(number, write_form(read_words(ADD)))

    assert hub.pulls()[SYSTEM_REPOSITORY] == pull


def test_where_slipway_registers_no_keys_people_are_asked_to() -> None:
    hub = Hub({f"{SYSTEM}/{CERTIFICATE_FILE}": pair().certificate.pem})
    hub.around = replace(hub.around, git_identities=False)
    hub.ask(*ADD)
    assert f"Give `{SYSTEM_REPOSITORY}` the deploy key, for reading: `ssh-" in hub.pulls()[SYSTEM_REPOSITORY].body


def test_without_a_certificate_the_key_is_still_to_be_made() -> None:
    hub = Hub()
    hub.ask(*ADD)
    body = hub.pulls()[SYSTEM_REPOSITORY].body
    assert f"**Still to do**, since `{CERTIFICATE_FILE}` is not there" in body
    assert "ssh-ed25519" not in body
