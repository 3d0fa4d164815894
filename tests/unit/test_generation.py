"""Requests on the fleet of the templates, from what is asked to the end of the issue."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import yaml

from slipway.aws.errors import AwsError
from slipway.errors import RetryLater
from slipway.events import MERGED_BESIDE, ProposalEvent
from slipway.fleet.manifests import load_documents
from slipway.fleet.tree import Tree
from slipway.generation.versions import Versions
from slipway.requests.command import read_words
from slipway.requests.form import write_form
from slipway.sealing.certificates import make_key_pair
from slipway.sealing.identities import CERTIFICATE_FILE, identity_of
from tests.unit.generation_world import SYSTEM_REPOSITORY, TODAY, WORKLOADS_REPOSITORY, Hub, delivery
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


# What happens to the branches beneath


def heads(hub: Hub) -> dict[str, tuple[int, str]]:
    """Number and head of the open pull requests."""
    return {name: (pull.number, pull.head_sha) for name, pull in hub.pulls().items()}


def test_a_pull_request_stays_while_its_base_moves_past_other_files() -> None:
    hub = Hub()
    hub.ask(*ADD)
    before, calls = said(hub), len(hub.proposals.calls)

    [done] = hub.push(SYSTEM_REPOSITORY, {"README.md": b"# Another\n"})

    assert done.what == "proposed"
    assert said(hub) == before
    written = [call for call in hub.proposals.calls[calls:] if "new" in call]
    assert written == []


def test_a_pull_request_is_written_anew_when_its_base_has_changed_a_file_of_its() -> None:
    hub = Hub()
    number = hub.ask(*ADD)
    before = heads(hub)
    path = "clusters-config/clusters.yaml"
    listed = hub.tree(SYSTEM_REPOSITORY).read(path).replace(b"shop-staging, ", b"")

    hub.push(SYSTEM_REPOSITORY, {path: listed})

    assert heads(hub)[WORKLOADS_REPOSITORY] == before[WORKLOADS_REPOSITORY]
    system = hub.pulls()[SYSTEM_REPOSITORY]
    assert (system.number, system.head_sha) != before[SYSTEM_REPOSITORY]
    assert system.number == before[SYSTEM_REPOSITORY][0]
    text = hub.tree(SYSTEM_REPOSITORY, system.branch).read(path)
    assert b"crm-staging" in text
    assert b"shop-staging" not in text
    hub.merge()
    assert hub.state(number) == "closed"


def test_of_two_that_have_chosen_the_same_the_second_chooses_again() -> None:
    hub = Hub()
    hub.ask(*ADD)
    first = {name: pull.number for name, pull in hub.pulls().items()}
    hub.ask("add-cluster", "hr-staging", *ADD[2:])
    second = {name: pull.number for name, pull in hub.pulls().items()}
    for repository, number in first.items():
        pull = hub.proposals.proposals[repository, number]
        assert hub.proposals.merge(repository, number, pull.head_sha).done

    hub.push(SYSTEM_REPOSITORY, {})

    pulls = hub.pulls()
    assert {name: pull.number for name, pull in pulls.items()} == second
    info = data(hub.tree(SYSTEM_REPOSITORY, pulls[SYSTEM_REPOSITORY].branch), INFO.replace("crm", "hr"))
    assert info["VPC_CIDR"] == "10.60.0.0/16"
    hub.merge()
    assert hub.pulls() == {}


def test_a_base_that_was_put_elsewhere_has_them_all_written_anew() -> None:
    hub = Hub()
    hub.ask(*ADD)
    before = heads(hub)

    hub.push(SYSTEM_REPOSITORY, {"README.md": b"# Another\n"}, forced=True)

    after = heads(hub)
    assert {name: number for name, (number, _) in after.items()} == {
        name: number for name, (number, _) in before.items()
    }
    assert after[SYSTEM_REPOSITORY] != before[SYSTEM_REPOSITORY]


def test_each_request_is_served_once_for_a_base_that_has_moved_and_others_pull_requests_are_left_alone() -> None:
    hub = Hub()
    first = hub.ask("upgrade-tool", "karpenter", "--version", "1.15.1")
    second = hub.ask("change-cluster", "pay-staging", "--node-size", "large")
    sha = hub.commit("acme/other", {})
    hub.github.add_commit(SYSTEM_REPOSITORY, sha, {"x": b""}, refs=["slipway/by-hand"])
    hub.proposals.put_pull(SYSTEM_REPOSITORY, "slipway/by-hand", "main", "By hand", "", [])

    done = hub.push(SYSTEM_REPOSITORY, {"README.md": b"# Another\n"})

    assert {each.reference for each in done} == {f"{SYSTEM_REPOSITORY}#{number}" for number in (first, second)}


def test_half_a_request_that_conflicts_is_written_anew_and_no_other_half_is() -> None:
    hub = Hub()
    number = hub.ask(*ADD)
    before = heads(hub)
    workloads = hub.pulls()[WORKLOADS_REPOSITORY]
    assert hub.proposals.merge(WORKLOADS_REPOSITORY, workloads.number, workloads.head_sha).done
    hub.push(SYSTEM_REPOSITORY, {"README.md": b"# Another\n"})
    assert heads(hub) == {SYSTEM_REPOSITORY: before[SYSTEM_REPOSITORY]}
    path = "clusters-config/clusters.yaml"

    hub.push(SYSTEM_REPOSITORY, {path: hub.tree(SYSTEM_REPOSITORY).read(path).replace(b"shop-staging, ", b"")})

    (pull,) = hub.pulls().values()
    assert pull.number == before[SYSTEM_REPOSITORY][0]
    assert pull.head_sha != before[SYSTEM_REPOSITORY][1]
    assert MERGED_BESIDE in pull.body
    hub.merge()
    assert hub.state(number) == "closed"


def test_half_a_request_that_does_not_come_out_any_more_stops_with_the_reason() -> None:
    hub = Hub()
    number = hub.ask(*ADD)
    workloads = hub.pulls()[WORKLOADS_REPOSITORY]
    assert hub.proposals.merge(WORKLOADS_REPOSITORY, workloads.number, workloads.head_sha).done
    settings = hub.tree(SYSTEM_REPOSITORY).read("slipway.yaml")
    there = b"clusters:\n  crm-staging: {path: clusters/crm-staging}\n"
    before = heads(hub)

    hub.push(SYSTEM_REPOSITORY, {"slipway.yaml": settings.replace(b"clusters:\n", there, 1)})

    assert heads(hub).items() <= before.items()
    [comment] = hub.comments(number)
    assert comment.startswith("**Stopped:**")
    assert "there is a cluster crm-staging already" in comment


def test_what_is_merged_while_it_is_looked_at_is_looked_at_again() -> None:
    hub = Hub()
    hub.ask("remove-application", "storefront", "--clusters", "shop-production", "--confirmation", "storefront")
    [pull] = hub.pulls().values()
    before = hub.comments(1)
    pulls_of = hub.proposals.pulls_of
    late = iter([pulls_of(SYSTEM_REPOSITORY, pull.branch), pulls_of(WORKLOADS_REPOSITORY, pull.branch)])
    assert hub.proposals.merge(WORKLOADS_REPOSITORY, pull.number, pull.head_sha).done

    class Late:
        """The pull requests as they were a moment ago."""

        def __getattr__(self, name: str) -> object:
            return getattr(hub.proposals, name)

        def pulls_of(self, repository: str, branch: str) -> object:
            return next(late, None) or (() if repository == SYSTEM_REPOSITORY else pulls_of(repository, branch))

    hub.around = replace(hub.around, proposals=lambda _, __: Late())  # type: ignore[arg-type,return-value]
    with pytest.raises(RetryLater, match="merged meanwhile"):
        hub.handle(ProposalEvent(delivery("dora", WORKLOADS_REPOSITORY), pull.branch))
    assert hub.comments(1) == before


# What is not done twice


def test_what_happens_to_a_request_has_nothing_planned_again_while_the_branches_are_where_they_were() -> None:
    hub = Hub()
    number = hub.ask(*ADD)
    before = (said(hub), hub.comments(number))
    pull = hub.pulls()[WORKLOADS_REPOSITORY]
    calls = len(hub.proposals.calls)

    done = hub.handle(ProposalEvent(delivery("dora", WORKLOADS_REPOSITORY), pull.branch))

    assert done.what == "proposed"
    assert (said(hub), hub.comments(number)) == before
    assert not [call for call in hub.proposals.calls[calls:] if call.startswith(("files", "commit", "comments"))]


def smuggle(hub: Hub, repository: str, *, below: bool = False, path: str = "smuggled") -> str:
    """Somebody pushes a file to a branch of ours, in a commit after ours or below it; returns the head."""
    pull = hub.pulls()[repository]
    base = hub.proposals.branch(repository, "main") or ""
    files = {path: hub.tree(repository, pull.branch).read(path) for path in hub.tree(repository, pull.branch)}
    theirs, ours = "e" * 40, "f" * 40
    if below:
        before = {path: hub.tree(repository).read(path) for path in hub.tree(repository)}
        hub.github.add_commit(repository, theirs, {**before, path: b"!"}, parents=[base])
        hub.github.add_commit(repository, ours, {**files, path: b"!"}, parents=[theirs], refs=[pull.branch])
    else:
        hub.github.add_commit(repository, ours, {**files, path: b"!"}, parents=[pull.head_sha], refs=[pull.branch])
    hub.proposals.follow(repository, pull.branch, ours)
    return ours


@pytest.mark.parametrize("below", [False, True], ids=["after ours", "below ours"])
def test_what_somebody_else_has_pushed_to_a_branch_of_ours_is_replaced(below: bool) -> None:
    hub = Hub()
    hub.ask("upgrade-tool", "karpenter", "--version", "1.15.1")
    smuggled = smuggle(hub, SYSTEM_REPOSITORY, below=below)

    hub.handle(ProposalEvent(delivery("mallory"), hub.pulls()[SYSTEM_REPOSITORY].branch))

    [now] = hub.pulls().values()
    assert now.head_sha != smuggled
    assert "smuggled" not in hub.tree(SYSTEM_REPOSITORY, now.branch)


def test_what_somebody_else_has_pushed_is_replaced_when_half_of_it_is_merged_too() -> None:
    hub = Hub()
    hub.ask(*ADD)
    workloads = hub.pulls()[WORKLOADS_REPOSITORY]
    assert hub.proposals.merge(WORKLOADS_REPOSITORY, workloads.number, workloads.head_sha).done
    smuggled = smuggle(hub, SYSTEM_REPOSITORY)

    hub.handle(ProposalEvent(delivery("mallory"), workloads.branch))

    [now] = hub.pulls().values()
    assert now.head_sha != smuggled
    assert "smuggled" not in hub.tree(SYSTEM_REPOSITORY, now.branch)


def test_a_record_of_another_day_does_not_count() -> None:
    hub = Hub()
    number = hub.ask(*ADD)
    hub.around = replace(hub.around, today=lambda: TODAY.replace(year=2030))
    hub.eks.versions = frozenset({"1.60"})
    hub.around = replace(hub.around, versions=Versions(hub.eks, tell=hub.warnings.append))

    hub.handle(ProposalEvent(delivery("dora"), hub.pulls()[SYSTEM_REPOSITORY].branch))

    assert "EKS offers" not in hub.comments(number)[0]  # it was chosen, and what is offered now is chosen now
    info = data(hub.tree(SYSTEM_REPOSITORY, hub.pulls()[SYSTEM_REPOSITORY].branch), INFO)
    assert info["KUBERNETES_VERSION"] == "1.60"


# Versions


def test_what_eks_offers_counts_whatever_the_table_says() -> None:
    hub = Hub()
    hub.eks.versions = frozenset({"1.36", "1.37"})

    number = hub.ask(*ADD, "--kubernetes-version", "1.35")

    [comment] = hub.comments(number)
    assert "EKS does not offer 1.35; it offers 1.36, 1.37\n" in comment
    hub.ask("add-cluster", "hr-staging", *ADD[2:], "--kubernetes-version", "1.37")
    assert hub.eks.asked == 1


def test_where_eks_cannot_be_asked_the_table_counts_and_the_answer_says_so() -> None:
    hub = Hub()
    hub.eks.versions = AwsError("EKS: arn:aws:iam::1:role/x is not authorized", code="AccessDeniedException")

    number = hub.ask(*ADD)

    [comment] = hub.comments(number)
    assert "EKS offers this version of Kubernetes as far as Slipway knows: EKS could not be asked." in comment
    assert "arn:" not in comment
    assert hub.warnings == ["EKS: arn:aws:iam::1:role/x is not authorized"]
    number = hub.ask("add-cluster", "hr-staging", *ADD[2:], "--kubernetes-version", "1.99")
    assert "it offers 1.31, 1.32, 1.33, 1.34, 1.35, 1.36 (as far as Slipway knows" in hub.comments(number)[0]


def test_a_request_without_a_version_does_not_speak_of_it() -> None:
    hub = Hub()
    hub.eks.versions = AwsError("no", code="AccessDeniedException")

    number = hub.ask("upgrade-tool", "karpenter", "--version", "1.15.1")

    assert "EKS" not in hub.comments(number)[0]


# Names


def test_a_name_of_which_a_role_would_be_too_long_is_refused_where_it_would_be_made() -> None:
    hub = Hub()
    application = "long-name-of-an-application-32"
    policy = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sqs:*"], "Resource": ["*"]}]}'
    hub.ask("onboard-application", application, "--policy", policy)
    hub.merge()

    number = hub.ask("add-application", application, "--clusters", "shop-production")

    [comment] = hub.comments(number)
    name = f"shop-production-{application}-{application}"
    assert f"{name} has {len(name)} characters; the name of an IAM role has 1 to 64" in comment
    assert hub.pulls() == {}


# Keys


def test_a_key_is_made_once_and_not_taken_over_from_somebody_elses_commit() -> None:
    pair = make_key_pair(datetime(2026, 11, 26, tzinfo=UTC), bits=2048)
    hub = Hub({f"gitops-system/{CERTIFICATE_FILE}": pair.certificate.pem})
    number = hub.ask("add-application", "payments", "--clusters", "shop-staging")
    path = "clusters/shop-staging/payments/git-identity.yaml"

    def sealed() -> bytes:
        return hub.tree(WORKLOADS_REPOSITORY, hub.pulls()[WORKLOADS_REPOSITORY].branch).read(path)

    first = sealed()
    hub.say(number, "/slipway retry")
    assert sealed() == first

    smuggle(hub, WORKLOADS_REPOSITORY, path=path)
    hub.handle(ProposalEvent(delivery("mallory"), hub.pulls()[WORKLOADS_REPOSITORY].branch))
    assert b"SealedSecret" in sealed()
    assert b"!" not in sealed()
