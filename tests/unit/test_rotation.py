"""Rotations of the sealing key, from a new pair to the end of the old one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

from infra.rotation import definition
from slipway.aws.protocol import Execution
from slipway.errors import InputError
from slipway.fleet.events import MAX_FILE_BYTES
from slipway.fleet.manifests import dump, load_document
from slipway.fleet.tree import Tree
from slipway.github.proposals import MAX_BODY
from slipway.rotation import view
from slipway.rotation.resealing import resealed
from slipway.rotation.words import shortened
from slipway.sealing.identities import CERTIFICATE_FILE, identity_of, make_identity
from tests.unit.rotation_world import SYSTEM, WEB, WORKLOADS, RotationWorld, at_tag
from tests.unit.sealing_world import CLEAR, pair, sealed_text

OLD = pair().certificate.fingerprint


@pytest.fixture
def world() -> RotationWorld:
    return RotationWorld()


def _is_rotated(world: RotationWorld) -> bool:
    state = world.state
    opened = world.opened()
    assert len(opened) == 4
    return (
        not state.is_rotating
        and state.current.fingerprint != OLD
        and set(opened.values() and {value for value, _ in opened.values()}) == {CLEAR}
        and {key for _, keys in opened.values() for key in keys} == {state.current.fingerprint}
        and world.tree(SYSTEM).read(CERTIFICATE_FILE).decode() == state.current.pem
    )


def test_a_rotation_seals_everything_anew_and_ends(world: RotationWorld) -> None:
    before = world.keys.now
    assert world.run() == "Rotated"
    assert _is_rotated(world)
    assert {repository: len(pulls) for repository, pulls in world.pulls().items()} == {SYSTEM: 2, WORKLOADS: 1, WEB: 1}
    assert world.tree(WORKLOADS).read("staging/secret.yaml").startswith(b"# by hand\n")
    assert world.keys.now - before > timedelta(days=7)
    assert world.said().startswith("**Done.**")
    [issue] = world.proposals.issues.values()
    assert (issue.title, issue.state) == ("Rotation of the sealing key", "closed")


def test_a_rotation_waits_for_whoever_merges(world: RotationWorld) -> None:
    waits = 0

    def nobody_at_first() -> None:
        nonlocal waits
        waits += 1
        if waits > 6:
            world.merge_all()

    world.people = nobody_at_first
    world.run()
    assert _is_rotated(world)
    assert {repository: len(pulls) for repository, pulls in world.pulls().items()} == {SYSTEM: 2, WORKLOADS: 1, WEB: 1}


STATES = [name for name in definition("rotation", 1)["States"] if not name.endswith((" failed", "?"))]
SELDOM = {"Nothing to do", "Publish once", "Trust again", "Targets again", "Retire again", "Rotated"}
"""Reached only if something is in the way, or at the end."""
VISITED = [name for name in STATES if name not in SELDOM]


def test_a_run_that_is_killed_at_each_state_and_begun_anew_ends_in_the_same_place(world: RotationWorld) -> None:
    world.kill_at = [*VISITED, "Reseal one"]
    world.people = lambda: world.merge_all() if world.states[-1].endswith(" again") else None
    for number in range(len(world.kill_at) + 1):
        world.run_until_killed("due" if number else "asked")
    assert world.kill_at == []
    assert _is_rotated(world)
    assert world.keys.made == 1
    assert {repository: len(pulls) for repository, pulls in world.pulls().items()} == {SYSTEM: 2, WORKLOADS: 1, WEB: 1}
    assert len(world.proposals.issues) == 1


def test_a_run_by_the_schedule_does_nothing_until_it_is_time(world: RotationWorld) -> None:
    assert world.run("due") == "Nothing to do"
    world.merge_all()
    assert world.keys.made == 0
    assert world.tree(SYSTEM).read(CERTIFICATE_FILE).decode() == pair().certificate.pem
    world.keys.now += timedelta(days=91)
    assert world.run("due") == "Rotated"
    assert _is_rotated(world)
    assert world.run("due") == "Nothing to do"


def test_a_fleet_may_rotate_by_hand_only() -> None:
    world = RotationWorld({SYSTEM: {"slipway.yaml": f"repositories: [{WORKLOADS}]\nsealing: {{rotateAfterDays: 0}}\n"}})
    world.keys.now += timedelta(days=1000)
    assert world.run("due") == "Nothing to do"
    assert world.run("asked") == "Rotated"


def test_of_two_runs_at_once_the_later_one_ends(world: RotationWorld) -> None:
    world.executions.executions.append(Execution("the first", world.keys.now - timedelta(seconds=1)))
    assert world.run() == "Nothing to do"
    assert world.keys.made == 0


def test_nothing_is_sealed_with_a_key_that_a_cluster_would_not_get() -> None:
    world = RotationWorld({SYSTEM: {"clusters/staging/keys.yaml": None}})
    waited = 0

    def somebody_mends_it_at_last() -> None:
        nonlocal waited
        waited += 1
        if waited == 4:
            assert world.said().startswith("**Waiting.**")
            assert "`staging`: no controller of Sealed Secrets" in world.said()
            assert world.pulls() == {}
            world.edit(
                SYSTEM, {"clusters/staging/keys.yaml": world.tree(SYSTEM).read("clusters/hub/keys.yaml").decode()}
            )
        world.merge_all()

    world.people = somebody_mends_it_at_last
    world.run()
    assert _is_rotated(world)


def test_a_cluster_that_takes_its_keys_from_elsewhere_does_not_get_the_new_one() -> None:
    own = RotationWorld().tree(SYSTEM).read("clusters/staging/keys.yaml").decode()
    elsewhere = own.replace("fleet/shared/sealing-key", "staging/sealing-key")
    world = RotationWorld({SYSTEM: {"clusters/staging/keys.yaml": elsewhere}})
    waits: list[str] = []

    def somebody_mends_it() -> None:
        waits.append(world.said())
        if len(waits) == 3:
            world.edit(SYSTEM, {"clusters/staging/keys.yaml": own})
        world.merge_all()

    world.people = somebody_mends_it
    world.run()
    assert _is_rotated(world)
    assert "`staging`: it takes its keys from staging/sealing-key, and not from arn:aws:" in waits[0]


def test_what_cannot_be_rendered_keeps_the_old_key_until_it_is_mended_or_somebody_knows_better() -> None:
    broken = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [gone.yaml]\n"
    world = RotationWorld({WEB: {"deploy/kustomization.yaml": broken}})
    said: list[str] = []

    def somebody_mends_it() -> None:
        world.merge_all()
        if world.proposals.comments:
            said.append(world.said())
        if len(said) == 8:
            assert world.state.is_rotating
            world.edit(WEB, {"deploy/kustomization.yaml": broken.replace("gone.yaml", "secret.yaml")})

    world.people = somebody_mends_it
    world.run()
    assert _is_rotated(world)
    assert len(said) > 8
    assert "- Kustomization flux-system/web" in said[7]
    assert "assumeRendered" in said[7]

    world = RotationWorld({WEB: {"deploy/kustomization.yaml": broken}})
    world.run("asked", assumeRendered=True)
    assert not world.state.is_rotating
    assert "could not be rendered" in world.said()


def test_whoever_knows_better_need_not_wait_for_what_git_does_not_show() -> None:
    world = RotationWorld({SYSTEM: {"clusters/staging/keys.yaml": None}})
    world.run("asked", assumeTrust=True)
    assert _is_rotated(world)
    assert "Trust again" not in world.states


def test_what_a_cluster_gets_from_a_tag_stops_the_end_until_there_is_a_new_one() -> None:
    world = RotationWorld({SYSTEM: {"clusters/staging/web.yaml": at_tag("v1")}})
    world.commit(WEB, {"deploy/secret.yaml": sealed_text(name="web")}, branch="v1-branch", tag="v1")
    said: list[str] = []

    def somebody_releases_it_late() -> None:
        world.merge_all()
        if world.proposals.comments:
            said.append(world.said())
        if len(said) == 8:
            tree = world.tree(WEB)
            world.commit(WEB, {path: tree.read(path).decode() for path in tree}, branch="v2-branch", tag="v2")
            world.edit(SYSTEM, {"clusters/staging/web.yaml": at_tag("v2")})

    world.people = somebody_releases_it_late
    world.run()
    assert _is_rotated(world)
    assert any("`shop/web` on `staging`, from `acme/web@v1:deploy/secret.yaml:1`" in text for text in said), said


def test_what_is_sealed_with_the_old_key_in_the_grace_time_is_sealed_anew_before_the_end(world: RotationWorld) -> None:
    late = False

    def somebody_has_the_old_certificate() -> None:
        nonlocal late
        world.merge_all()
        if not late and world.states[-1] == "Grace time":
            late = True
            world.edit(WEB, {"deploy/late.yaml": sealed_text(name="late")})

    world.people = somebody_has_the_old_certificate
    world.run()
    assert late
    opened = world.opened()
    assert {key for _, keys in opened.values() for key in keys} == {world.state.current.fingerprint}
    assert len(opened) == 5


def test_a_repository_that_cannot_be_written_stops_the_end_and_not_the_rest(world: RotationWorld) -> None:
    refusals = 0

    class Refusing:
        def __getattr__(self, name: str) -> Any:
            return getattr(world.proposals, name)

        def put_branch(self, *args: Any) -> str:
            nonlocal refusals
            refusals += 1
            if refusals < 4:
                raise InputError("GitHub refuses to write a branch of acme/gitops-workloads: archived")
            return world.proposals.put_branch(*args)

    from dataclasses import replace

    refusing: Any = Refusing()
    world.around = replace(world.around, proposals=lambda name: refusing if name == WORKLOADS else world.proposals)
    said: list[str] = []

    def watch() -> None:
        world.merge_all()
        if world.proposals.comments:
            said.append(world.said())

    world.people = watch
    world.run()
    assert _is_rotated(world)
    assert refusals == 4
    assert any("archived" in text and "acme/web" in text for text in said)


def test_what_does_not_open_is_named_and_stops_nothing() -> None:
    foreign = sealed_text("another", name="foreign")
    world = RotationWorld({WEB: {"deploy/foreign.yaml": foreign, "other/broken.yaml": "kind: SealedSecret\n\t"}})
    world.run()
    assert not world.state.is_rotating
    assert "deploy/foreign.yaml:1: SealedSecret foreign: password was sealed with none of the keys" in world.said()
    assert world.tree(WEB).read("deploy/foreign.yaml").decode() == foreign


def test_after_a_leak_there_is_no_grace_and_the_values_that_are_lost_are_named(world: RotationWorld) -> None:
    before = world.keys.now
    world.run("leaked")
    assert _is_rotated(world)
    assert world.keys.now - before < timedelta(hours=2)
    [issue] = world.proposals.issues.values()
    assert issue.title == "The sealing key has leaked: rotation"
    assert "- [ ] `shop/web` on `hub` and `staging`" in issue.body
    assert "- [ ] `shop/staging-db` on `staging`" in issue.body


def test_a_git_identity_is_another_key_pair_afterwards() -> None:
    made = make_identity("git-identity", "flux-system", WEB, pair().certificate)
    world = RotationWorld({SYSTEM: {"clusters/hub/identity.yaml": f"# ours\n{made.manifest.decode()}"}})
    world.run()
    text = world.tree(SYSTEM).read("clusters/hub/identity.yaml").decode()
    identity = identity_of(load_document(text.encode()))
    assert text.startswith("# ours\n")
    assert identity is not None
    assert (identity.repository, identity.public_key == made.public_key) == (WEB, False)
    opened = {key: value for key, (value, _) in world.opened().items() if "identity.yaml" in key}
    private = load_ssh_private_key(opened[f"{SYSTEM}/clusters/hub/identity.yaml/identity"].encode(), None)
    public = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    assert identity.public_key.split()[:2] == public.split()[:2]


def test_where_policy_allows_it_slipway_merges_what_is_green() -> None:
    policy = "requests: {autoMerge: [{kinds: [rotate-sealing-key], approvals: 0}]}\n"
    world = RotationWorld({SYSTEM: {"slipway.yaml": f"repositories: [{WORKLOADS}]\n{policy}"}})

    def checks_are_green() -> None:
        for (repository, _), pull in world.proposals.proposals.items():
            if pull.state == "open":
                world.proposals.add_run(repository, pull.head_sha, "Slipway", "success")

    world.people = checks_are_green
    world.run()
    assert _is_rotated(world)


def test_a_branch_that_clusters_follow_is_sealed_anew_too() -> None:
    world = RotationWorld({SYSTEM: {"clusters/staging/web.yaml": at_tag("x").replace("tag: x", "branch: production")}})
    world.commit(WEB, {"deploy/secret.yaml": sealed_text(name="web")}, branch="production")
    world.run()
    assert _is_rotated(world)
    assert {pull.base for pull in world.pulls()[WEB]} == {"main", "production"}


def test_pull_requests_keep_their_approvals_while_others_push(world: RotationWorld) -> None:
    heads: set[str] = set()
    waits = 0

    def others_push() -> None:
        nonlocal waits
        waits += 1
        world.edit(WEB, {"README.md": f"{waits}\n"})
        open_ones = [pull for pull in world.pulls().get(WEB, ()) if pull.state == "open"]
        heads.update(pull.head_sha for pull in open_ones)
        for (repository, number), pull in list(world.proposals.proposals.items()):
            if pull.state == "open" and (repository != WEB or waits > 8):
                world.proposals.merge(repository, number, pull.head_sha)

    world.people = others_push
    world.run()
    assert waits > 8
    assert len(heads) == 1


@pytest.mark.parametrize(
    "given", [{}, {"reason": "now"}, {"reason": "due", "force": True}, {"reason": "due", "assumeTrust": 1}]
)
def test_a_run_that_is_started_wrongly_fails_and_says_how(world: RotationWorld, given: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        world.run(**{"reason": "", **given})
    assert world.keys.made == 0


def test_nothing_that_is_said_or_kept_has_a_key_or_a_value_in_it(world: RotationWorld) -> None:
    world.run("leaked")
    texts = [each.body for each in world.proposals.comments.values()]
    texts += [each.body for each in world.proposals.issues.values()]
    texts += [pull.body for pulls in world.pulls().values() for pull in pulls]
    assert [text for text in texts if "PRIVATE KEY" in text or CLEAR in text] == []


@pytest.mark.parametrize("there", ["no certificate\n", "-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n"])
def test_a_certificate_that_cannot_be_read_is_published_anew(there: str) -> None:
    world = RotationWorld({SYSTEM: {CERTIFICATE_FILE: there}})
    assert world.run("due") == "Nothing to do"
    world.merge_all()
    assert world.tree(SYSTEM).read(CERTIFICATE_FILE).decode() == pair().certificate.pem
    assert world.run("asked") == "Rotated"
    assert _is_rotated(world)


def test_what_somebody_pushes_onto_a_branch_of_the_rotation_is_replaced_and_not_merged_as_its_own() -> None:
    policy = "requests: {autoMerge: [{kinds: [rotate-sealing-key], approvals: 0}]}\n"
    world = RotationWorld({SYSTEM: {"slipway.yaml": f"repositories: [{WORKLOADS}]\n{policy}"}})
    foreign = pair("another").certificate.pem
    pushed: list[str] = []
    seen: set[str] = set()

    def somebody_pushes() -> None:
        if CERTIFICATE_FILE in world.tree(SYSTEM):
            seen.add(world.tree(SYSTEM).read(CERTIFICATE_FILE).decode())
        for (repository, _), pull in list(world.proposals.proposals.items()):
            if pull.state == "open" and repository == SYSTEM and not pushed:
                base = world.github.tip(SYSTEM, "main")
                assert base
                tree = world.tree(SYSTEM)
                files = {path: tree.read(path) for path in tree} | {CERTIFICATE_FILE: foreign.encode()}
                pushed.append("f" * 40)
                world.github.add_commit(SYSTEM, pushed[0], files, parents=(base,), refs=[pull.branch])
                world.proposals.follow(SYSTEM, pull.branch, pushed[0])
        for (repository, _), pull in world.proposals.proposals.items():
            if pull.state == "open":
                world.proposals.add_run(repository, pull.head_sha, "Slipway", "success")

    world.people = somebody_pushes
    world.run()
    assert pushed
    assert seen == {world.state.current.pem}
    assert _is_rotated(world)


def test_what_a_cluster_gets_with_an_emoji_beside_it_is_asked_for_too() -> None:
    sealed = load_document(sealed_text(name="web").encode())
    sealed["metadata"]["annotations"] = {"team": "\N{ROCKET} rockets"}
    world = RotationWorld({SYSTEM: {"clusters/staging/web.yaml": at_tag("v1")}})
    world.commit(WEB, {"deploy/secret.yaml": dump(sealed)}, branch="v1-branch", tag="v1")
    stopped: list[str] = []

    def somebody_moves_on() -> None:
        world.merge_all()
        if world.proposals.comments and "Clusters still get these" in world.said():
            stopped.append(world.said())
            world.edit(SYSTEM, {"clusters/staging/web.yaml": at_tag("x").replace("tag: x", "branch: main")})

    world.people = somebody_moves_on
    world.run()
    assert stopped
    assert _is_rotated(world)


def test_a_file_whose_values_cannot_be_replaced_stops_the_end() -> None:
    lines = sealed_text(name="web").replace("encryptedData:", "encryptedData: &all").replace("\n", "\n  ")
    world = RotationWorld(
        {WEB: {"charts/values.yaml": f"kind: List\nitems:\n- {lines}\n- {{kind: Other, all: *all}}\n"}}
    )
    stopped: list[str] = []

    def somebody_removes_it_late() -> None:
        world.merge_all()
        if world.proposals.comments and "cannot be replaced" in world.said() and "**Waiting**" in world.said():
            stopped.append(world.said())
            if len(stopped) == 3:
                world.edit(WEB, {"charts/values.yaml": "{}\n"})

    world.people = somebody_removes_it_late
    world.run()
    assert len(stopped) == 3
    assert not world.state.is_rotating


def test_files_that_are_too_large_or_no_text_are_named() -> None:
    tree = Tree({"a.yaml": b"# SealedSecret\n" + b"#" * MAX_FILE_BYTES, "b.yaml": b"# SealedSecret \xff\n"})
    assert [file.error for file in resealed(tree, RotationWorld().around.keys, pair().certificate)] == [
        "a.yaml: over 8,388,608 bytes (MAX_FILE_BYTES); split it",
        "b.yaml: not UTF-8",
    ]


def test_no_branch_is_left_out_because_there_are_many(monkeypatch: pytest.MonkeyPatch, world: RotationWorld) -> None:
    monkeypatch.setattr(view, "MAX_TARGETS", 2)
    said: list[str] = []

    def somebody_reads_it() -> None:
        said.append(world.said() if world.proposals.comments else "")
        world.merge_all()
        if "over 2" in said[-1]:
            monkeypatch.undo()

    world.people = somebody_reads_it
    world.run()
    assert any("the fleet is made of 3 branches, over 2 (MAX_TARGETS)" in text for text in said)
    assert _is_rotated(world)


@pytest.mark.parametrize("size", [100, MAX_BODY, 3 * MAX_BODY])
def test_what_is_said_has_room_at_github(size: int) -> None:
    text = shortened("0123456789\n" * (size // 11))
    assert len(text) < MAX_BODY - 200
    assert text.endswith("\n")


def test_sealed_values_that_are_in_no_sealedsecret_are_named(world: RotationWorld) -> None:
    inner = sealed_text(name="web").replace("\n", "\n      ")
    release = f"kind: HelmRelease\nspec:\n  values:\n    extraObjects:\n    - {inner}\n"
    [value] = load_document(sealed_text(name="web").encode())["spec"]["encryptedData"].values()
    picture = "A" + "b" * 600
    world.edit(WEB, {"deploy/release.txt": release, "charts/web/values.yml": f"password: {value}\nimage: {picture}\n"})
    world.run()
    assert _is_rotated(world)
    for path in ("deploy/release.txt", "charts/web/values.yml"):
        assert f"{path}: 1 sealed value outside of the SealedSecrets" in world.said()
    assert "deploy/secret.yaml" not in world.said()
