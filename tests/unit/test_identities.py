"""Deploy keys follow the Git identities that the fleet holds in clear."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from slipway.errors import ConfigError, InputError, RetryLater
from slipway.fleet.manifests import dump, load_document
from slipway.github.deploykeys.protocol import MAX_TITLE
from slipway.identities import handler as module
from slipway.identities import reconcile as reconciling
from slipway.identities.config import Config
from slipway.sealing.identities import PUBLIC_KEY
from tests.unit.identities_world import (
    ELSEWHERE,
    FILE,
    SETTINGS,
    SHOP,
    SYSTEM,
    TITLE,
    WORKLOADS,
    World,
    identity,
    key_of,
)

SHOP_FILE = "clusters/crm/shop/git-identity.yaml"


@pytest.fixture
def world() -> World:
    return World()


def test_a_key_is_registered_for_reading_and_says_where_it_is_from(world: World) -> None:
    manifest = identity()
    world.commit(SYSTEM, {FILE: manifest})
    report = world.run()
    (key,) = world.keys.of(SYSTEM)
    assert (key.title, key.key, key.read_only) == (TITLE, key_of(manifest), True)
    assert (report.wanted, report.problems, report.complete) == (1, [], True)
    assert [(each.repository, each.title) for each in report.registered] == [(SYSTEM, TITLE)]


def test_a_second_run_changes_nothing(world: World) -> None:
    world.commit(SYSTEM, {FILE: identity()})
    world.run()
    before = world.keys.of(SYSTEM)
    report = world.run()
    assert (report.registered, report.removed, world.keys.of(SYSTEM)) == ([], [], before)


def test_a_key_is_there_before_its_pull_request_is_merged(world: World) -> None:
    number = world.propose(WORKLOADS, {SHOP_FILE: identity(SHOP, "shop")})
    world.run()
    assert world.titles(SHOP) == [f"slipway {SYSTEM}: shop/git-identity, gitops-workloads/{SHOP_FILE}"]
    # Nobody wants it any more when that is closed, and it was never used.
    world.proposals.close(WORKLOADS, number)
    world.wait(hours=23)
    assert world.run().removed == []
    world.wait(hours=1)
    assert len(world.run().removed) == 1
    assert world.titles(SHOP) == []


def test_what_a_person_pushes_to_a_branch_of_slipways_counts_when_it_is_merged(world: World) -> None:
    number = world.propose(SYSTEM, {FILE: identity()})
    pull = world.proposals.proposals[SYSTEM, number]
    theirs = {**world.files[SYSTEM], "theirs.yaml": identity(SHOP)}
    world.proposals.github.add_commit(SYSTEM, "e" * 40, theirs, parents=[pull.head_sha], refs=[pull.branch])
    world.proposals.follow(SYSTEM, pull.branch, "e" * 40)
    report = world.run()
    assert (report.wanted, report.problems, world.titles(SHOP)) == (0, [], [])
    world.commit(SYSTEM, {"theirs.yaml": theirs["theirs.yaml"]})
    world.run()
    assert len(world.titles(SHOP)) == 1


def test_a_name_alone_is_of_the_same_owner(world: World) -> None:
    world.commit(WORKLOADS, {SHOP_FILE: identity("shop-manifests", "shop")})
    assert world.run().problems == []
    assert len(world.titles(SHOP)) == 1


def test_with_its_cluster_a_key_goes_when_it_was_not_used_for_a_day(world: World) -> None:
    world.commit(SYSTEM, {FILE: identity()})
    world.run()
    (key,) = world.keys.of(SYSTEM)
    world.commit(SYSTEM, {FILE: None})
    world.wait(days=30)
    world.keys.change(SYSTEM, key.id, last_used=world.now)
    world.wait(hours=23)
    assert world.run().removed == []
    world.wait(hours=1)
    assert [each.title for each in world.run().removed] == [TITLE]
    assert world.titles(SYSTEM) == []


def test_after_a_leak_a_key_goes_though_it_is_in_use(world: World) -> None:
    world.commit(SYSTEM, {FILE: identity()})
    world.run()
    (key,) = world.keys.of(SYSTEM)
    world.keys.change(SYSTEM, key.id, last_used=world.now)
    assert reconciling.reconcile(world.around, unused=timedelta(0)).removed == []
    world.commit(SYSTEM, {FILE: None})
    assert len(reconciling.reconcile(world.around, unused=timedelta(0)).removed) == 1


def test_after_a_rotation_both_keys_are_there_until_the_cluster_has_the_new_one(world: World) -> None:
    world.commit(SYSTEM, {FILE: identity()})
    world.run()
    (old,) = world.keys.of(SYSTEM)
    world.wait(days=90)
    world.propose(SYSTEM, {FILE: (new := identity())})
    world.run()
    world.commit(SYSTEM, {FILE: new})
    world.keys.change(SYSTEM, old.id, last_used=world.now)
    world.run()
    assert {each.key for each in world.keys.of(SYSTEM)} == {old.key, key_of(new)}
    world.wait(days=1)
    world.run()
    assert [each.key for each in world.keys.of(SYSTEM)] == [key_of(new)]


def test_a_repository_is_found_that_only_a_url_names(world: World) -> None:
    world.keys.put(SHOP, f"slipway {SYSTEM}: shop/git-identity, gitops-workloads/{SHOP_FILE}", key_of(identity()))
    world.wait(days=1)
    assert len(world.run().removed) == 1


@pytest.mark.parametrize(
    "title", ["ci", "slipway", "slipway acme/other-system: flux-system/git-identity", f"x slipway {SYSTEM}: y"]
)
def test_keys_of_others_stay(world: World, title: str) -> None:
    world.keys.put(SYSTEM, title, key_of(identity()))
    world.wait(days=400)
    assert world.run().removed == []
    assert world.titles(SYSTEM) == [title]


def test_a_key_that_people_have_registered_will_do(world: World) -> None:
    world.keys.put(SYSTEM, "by hand", key_of(manifest := identity()))
    world.commit(SYSTEM, {FILE: manifest})
    report = world.run()
    assert (report.registered, report.problems, world.titles(SYSTEM)) == ([], [], ["by hand"])


def test_a_key_that_may_write_is_made_one_that_reads_if_it_is_ours(world: World) -> None:
    world.keys.put(SYSTEM, TITLE, key_of(manifest := identity()), read_only=False)
    world.commit(SYSTEM, {FILE: manifest})
    assert world.run().problems == []
    (key,) = world.keys.of(SYSTEM)
    assert key.read_only


def test_a_key_of_others_that_may_write_is_told_and_stays(world: World) -> None:
    world.keys.put(SYSTEM, "by hand", key_of(manifest := identity()), read_only=False)
    world.commit(SYSTEM, {FILE: manifest})
    (problem,) = world.run().problems
    assert "the deploy key 'by hand'" in problem
    assert FILE in problem
    assert world.titles(SYSTEM) == ["by hand"]


@pytest.mark.parametrize("repository", [ELSEWHERE, "other/shop-manifests", "acme/nothing"])
def test_what_is_not_the_fleets_gets_no_key(world: World, repository: str) -> None:
    world.commit(SYSTEM, {FILE: identity(repository)})
    (problem,) = world.run().problems
    assert problem.startswith(f"{SYSTEM}: {FILE}: it is to read {repository}, which slipway.yaml of {SYSTEM} does not")
    assert not any("new deploy key" in call for call in world.keys.calls)
    assert not any(ELSEWHERE in call for call in world.keys.calls)


def test_a_pull_request_does_not_say_what_is_the_fleets(world: World) -> None:
    files = {FILE: identity(ELSEWHERE), "slipway.yaml": f"repositories: [{ELSEWHERE}]\n".encode()}
    world.propose(SYSTEM, dict(files))
    assert len(world.run().problems) == 1
    assert not any(ELSEWHERE in call for call in world.keys.calls)


def test_the_fleets_repository_that_is_not_there_is_told(world: World) -> None:
    world.commit(SYSTEM, {FILE: identity("acme/gone-manifests"), "other.yaml": identity()})
    (problem,) = world.run().problems
    assert problem.startswith("acme/gone-manifests: GitHub knows no deploy keys of acme/gone-manifests")
    assert len(world.titles(SYSTEM)) == 1


def with_key(manifest: bytes, key: str) -> bytes:
    obj: dict[str, Any] = load_document(manifest)
    obj["metadata"]["annotations"][PUBLIC_KEY] = key
    return dump(obj).encode()


def test_a_malformed_mark_is_told_and_does_not_stop_the_rest(world: World) -> None:
    broken = b"slipway.dev/git-identity: {\n"
    world.commit(SYSTEM, {FILE: identity(), "a.yaml": with_key(identity(), "ssh-rsa AAAA"), "b.yaml": broken})
    report = world.run()
    assert world.titles(SYSTEM) == [TITLE]
    first, second = report.problems
    assert first.startswith(f"{SYSTEM}: a.yaml:1: the annotation slipway.dev/public-key is no public key")
    assert second.startswith(f"{SYSTEM}: b.yaml")
    assert world.run().problems == report.problems


def test_what_is_not_yaml_holds_no_identity(world: World) -> None:
    world.commit(SYSTEM, {"docs/identities.md": identity(ELSEWHERE)})
    assert world.run().problems == []


def test_one_key_for_two_repositories_is_registered_for_neither(world: World) -> None:
    manifest = identity()
    world.commit(SYSTEM, {FILE: manifest})
    world.commit(WORKLOADS, {SHOP_FILE: with_key(identity(SHOP, "shop"), key_of(manifest))})
    (problem,) = world.run().problems
    assert problem == (
        f"one key is to read {SYSTEM} ({SYSTEM}: {FILE}) and {SHOP} ({WORKLOADS}: {SHOP_FILE}); GitHub lets a deploy "
        "key read one repository, so make another"
    )
    assert world.titles(SYSTEM) == world.titles(SHOP) == []


def test_one_key_in_two_places_is_told(world: World) -> None:
    manifest = identity()
    world.commit(SYSTEM, {FILE: manifest, "clusters-config/web/git-identity.yaml": manifest})
    (problem,) = world.run().problems
    assert "each cluster and repository has its own" in problem
    assert len(world.titles(SYSTEM)) == 1
    # In a pull request, a file may have moved.
    world.commit(SYSTEM, {"clusters-config/web/git-identity.yaml": None})
    world.propose(SYSTEM, {FILE: None, "moved.yaml": manifest})
    assert world.run().problems == []


def test_a_key_in_use_elsewhere_at_github_is_told(world: World) -> None:
    manifest = identity()
    world.keys.put(ELSEWHERE, "theirs", key_of(manifest))
    world.commit(SYSTEM, {FILE: manifest})
    (problem,) = world.run().problems
    assert problem.startswith(f"{SYSTEM}: {FILE}: the key is in use already at GitHub")


def test_a_long_title_is_cut_and_holds_no_control_characters(world: World) -> None:
    world.commit(SYSTEM, {"a\n" + "x" * 300 + ".yaml": identity()})
    world.run()
    (title,) = world.titles(SYSTEM)
    assert len(title) == MAX_TITLE
    assert "a?xxx" in title


def test_beyond_a_limit_the_next_run_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciling, "MAX_CHANGES", 2)
    world.commit(SYSTEM, {f"{number}.yaml": identity() for number in range(3)})
    first = world.run()
    assert (len(first.registered), first.complete, world.pauses) == (2, False, [1.0])
    second = world.run()
    assert (len(second.registered), second.complete) == (1, True)


def test_nothing_is_removed_while_something_may_want_it_that_was_not_looked_at(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciling, "MAX_HEADS", 1)
    world.propose(SYSTEM, {FILE: identity()})
    world.run()
    world.propose(SYSTEM, {"other.yaml": b"a: 1\n"}, "slipway/request-2")
    world.wait(days=2)
    (problem,) = (report := world.run()).problems
    assert "MAX_HEADS" in problem
    assert (report.removed, report.complete, world.titles(SYSTEM)) == ([], True, [TITLE])


def test_a_repository_that_cannot_be_read_stops_the_run(world: World) -> None:
    world.commit(SYSTEM, {"slipway.yaml": b"repositories: [acme/lost]\n", FILE: identity()})
    with pytest.raises(InputError, match="acme/lost"):
        world.run()
    assert world.titles(SYSTEM) == []


# The handler


@dataclass(frozen=True)
class Context:
    aws_request_id: str = "request-1"
    function_name: str = "slipway-identities"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:slipway-identities"


class Queue:
    def __init__(self) -> None:
        self.sent: list[tuple[dict[str, Any], float]] = []

    def send(self, body: str, *, delay: float) -> None:
        self.sent.append((json.loads(body), delay))


@pytest.fixture
def queue(world: World, monkeypatch: pytest.MonkeyPatch) -> Queue:
    found = Queue()
    monkeypatch.setattr(module, "surroundings", lambda: world.around)
    monkeypatch.setattr(module, "queue", lambda: found)
    return found


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    stream = io.StringIO()
    monkeypatch.setattr(module.logger.registered_handler, "stream", stream)
    return stream


def records(*tries: int) -> dict[str, Any]:
    bodies = [{"detail-type": "proposal", "detail": {}, "tries": number} for number in tries]
    return {"Records": [{"body": json.dumps(body)} for body in bodies]}


def test_a_batch_is_one_run_whose_counts_are_told(
    world: World, queue: Queue, log: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    world.commit(SYSTEM, {FILE: identity(), "a.yaml": identity(ELSEWHERE)})
    counts = {"Wanted": 1, "Registered": 1, "Removed": 0, "Problems": 1}
    assert module.handler(records(0, 0), Context()) == counts
    assert queue.sent == []
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [(line["level"], line["message"]) for line in lines] == [
        ("ERROR", "to be put right"),
        ("INFO", "registered"),
        ("INFO", "reconciled"),
    ]
    assert (lines[1]["repository"], lines[1]["title"]) == (SYSTEM, TITLE)
    document = json.loads(capsys.readouterr().out)
    assert {name: sum(document[name]) for name in counts} == counts


def test_when_github_asks_to_wait_one_message_comes_again(world: World, queue: Queue) -> None:
    world.keys.fail(1, after=90)
    assert module.handler(records(3, 1), Context()) == {"Postponed": 1}
    assert [(body["tries"], delay) for body, delay in queue.sent] == [(2, 90)]


def test_invoked_without_the_queue_it_says_so(world: World, queue: Queue) -> None:
    world.keys.fail(1, after=90)
    with pytest.raises(RetryLater):
        module.handler({}, Context())
    assert queue.sent == []


def test_what_is_left_to_the_next_run_is_sent_for(world: World, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciling, "MAX_CHANGES", 0)
    world.commit(SYSTEM, {FILE: identity()})
    assert module.handler(records(0), Context())["Registered"] == 0
    assert [delay for _, delay in queue.sent] == [60]


def test_a_fleet_that_cannot_be_read_is_a_problem_and_the_message_is_done(world: World, queue: Queue) -> None:
    world.commit(SYSTEM, {"slipway.yaml": b"repositories: 1\n"})
    assert module.handler(records(0), Context())["Problems"] == 1
    assert queue.sent == []


def test_every_missing_variable_is_named() -> None:
    with pytest.raises(ConfigError) as caught:
        Config.from_env({})
    for name in ("SLIPWAY_TOKENS_FUNCTION", "SLIPWAY_QUEUE_URL", "SLIPWAY_SYSTEM_REPOSITORY"):
        assert f"{name} is not set" in str(caught.value)


@pytest.mark.parametrize(("reads", "is_made"), [(SYSTEM, False), (SHOP, True), (WORKLOADS, True)])
def test_a_tenant_has_no_key_made_for_what_is_not_its_own(world: World, reads: str, is_made: bool) -> None:
    tenants = b"tenants: {shop: {repositories: [acme/gitops-workloads, 'acme/shop-*']}}\n"
    world.commit(SYSTEM, {"slipway.yaml": SETTINGS + tenants})
    world.commit(WORKLOADS, {SHOP_FILE: identity(reads, "shop")})
    report = world.run()
    assert bool(world.keys.of(reads)) is is_made
    refused = f"{WORKLOADS}: {SHOP_FILE}: it is to read {reads}, which is not its tenant's: no key for that"
    assert report.problems == ([] if is_made else [refused])


def test_a_tenants_folder_of_gitops_system_counts_as_the_tenants(world: World) -> None:
    world.commit(SYSTEM, {"slipway.yaml": SETTINGS + b"tenants: {shop: {paths: [tenants/shop]}}\n"})
    world.commit(SYSTEM, {"tenants/shop/a.yaml": identity(SHOP, "shop"), FILE: identity(SHOP)})
    world.run()
    assert [title.partition(", ")[2] for title in world.titles(SHOP)] == [f"gitops-system/{FILE}"]


def test_keys_that_the_last_of_many_repositories_names_are_made_and_kept(world: World) -> None:
    names = [f"acme/r{number:02}" for number in range(25)]
    for name in names:
        world.files[name] = {}
        world.commit(name, {"README.md": name.encode()})
        world.proposals.set_default_branch(name, "main")
    world.commit(SYSTEM, {"slipway.yaml": f"repositories: [{', '.join(names)}, {SHOP}]\n".encode()})
    world.commit(names[-1], {"a.yaml": identity(SHOP, "shop")})
    world.files[SHOP] = {}
    world.commit(SHOP, {})
    world.proposals.set_default_branch(SHOP, "main")
    world.run()
    assert len(world.titles(SHOP)) == 1
    world.wait(days=9)
    assert world.run().removed == []


def test_more_repositories_than_are_read_change_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.commit(SYSTEM, {FILE: identity()})
    monkeypatch.setattr(reconciling, "MAX_REPOSITORIES", 1)
    with pytest.raises(InputError, match="names over 0 repositories in full"):
        world.run()
    assert world.titles(SYSTEM) == []
