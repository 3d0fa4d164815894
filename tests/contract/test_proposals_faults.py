"""What the client makes of a GitHub that loses answers, breaks, limits and refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from local.github.faults import FaultRule
from local.github.keys import KeyPair
from local.github.server import StandIn
from slipway.errors import InputError, RetryLater
from slipway.github.failures import OutcomeUnknown
from slipway.github.proposals import Merge, Proposals
from slipway.github.proposing.memory import MemoryProposals
from tests.contract.proposing import BOT, FILES, REPO, Real
from tests.contract.standin import PROPOSING

BRANCH = "slipway/add-cluster-c"
CHANGE: Mapping[str, bytes | None] = {"app.yaml": b"replicas: 2\n", "logo.png": b"\x89PNG\0"}
MARKER = "<!-- slipway request 7 -->"
REPOSITORY = "/repos/acme/shop"


@pytest.fixture
def real(github: StandIn, keys: KeyPair) -> Real:
    return Real(github, keys)


def everything(proposals: Proposals, base: str) -> None:
    """A request from its issue to its merge, up to the branch's end."""
    issue = proposals.open_issue(REPO, "Request", "Please.", ["slipway"], MARKER)
    proposals.put_comment(REPO, issue, MARKER, "Working on it.")
    sha = proposals.put_branch(REPO, BRANCH, base, CHANGE, "Change")
    pull = next(iter(proposals.pulls_of(REPO, BRANCH)), None)
    if pull is None or not pull.merged:
        number = proposals.put_pull(REPO, BRANCH, "main", "Change", "For #1.", ["slipway"]).number
        assert proposals.put_pull(REPO, BRANCH, "main", "Change it", "For #1.", ["slipway"]).number == number
        assert proposals.merge(REPO, number, sha).done
    proposals.put_comment(REPO, issue, MARKER, "Done.")
    proposals.close_issue(REPO, issue, completed=True)


def assert_done_once(real: Real) -> None:
    """What `everything` leaves, and nothing twice."""
    (issue,) = real.stand_in.issues(REPO)
    assert (issue["state"], issue["state_reason"], issue["user"]["login"]) == ("closed", "completed", BOT)
    assert real.comments(issue["number"]) == [(BOT, f"{MARKER}\nDone.")]
    (pull,) = real.stand_in.pull_requests(REPO)
    assert (pull["merged"], pull["merged_by"]["login"], pull["title"]) == (True, BOT, "Change it")
    assert [label["name"] for label in pull["labels"]] == ["slipway"]
    tip = real.proposals.branch(REPO, "main") or ""
    assert real.parents(tip) == (real.base,)
    assert real.files(tip) == {**FILES, **CHANGE}


WRITES = [
    ("POST", "/issues"),
    ("POST", "/issues/1/comments"),
    ("POST", "/git/blobs"),
    ("POST", "/git/trees"),
    ("POST", "/git/commits"),
    ("POST", "/git/refs"),
    ("POST", "/pulls"),
    ("PATCH", "/pulls/2"),
    ("POST", "/issues/2/labels"),
    ("PUT", "/pulls/2/merge"),
    ("PATCH", r"/issues/comments/\d+"),
    ("PATCH", "/issues/1"),
]


@pytest.mark.parametrize(("method", "path"), WRITES, ids=lambda part: part)
@pytest.mark.parametrize(
    ("kind", "after_effect", "times"), [("drop", True, 1), ("error", True, 2)], ids=["dropped", "broken twice"]
)
def test_a_write_that_was_not_answered_is_not_done_twice(
    real: Real, method: str, path: str, kind: str, after_effect: bool, times: int
) -> None:
    rule = FaultRule(kind, method=method, path=REPOSITORY + path, after_effect=after_effect, times=times)  # type: ignore[arg-type]
    real.stand_in.set_faults(rule)
    everything(real.proposals, real.base)
    # What was done and is seen to be done is not tried again.
    assert 1 <= real.stand_in.faults()[0][1] <= times
    real.stand_in.set_faults()
    assert_done_once(real)


@pytest.mark.parametrize(("method", "path"), WRITES[::3], ids=lambda part: part)
def test_a_write_that_came_to_nothing_is_done(real: Real, method: str, path: str) -> None:
    real.stand_in.set_faults(FaultRule("error", method=method, path=REPOSITORY + path, times=2))
    everything(real.proposals, real.base)
    assert real.stand_in.faults()[0][1] == 2
    assert_done_once(real)


def test_a_lossy_github_ends_with_everything_once(real: Real) -> None:
    real.stand_in.set_faults(
        FaultRule("error", probability=0.15, seed=4), FaultRule("drop", probability=0.1, after_effect=True, seed=5)
    )
    for _ in range(100):
        try:
            everything(real.another(), real.base)
            break
        except RetryLater:
            continue
    real.stand_in.set_faults()
    assert_done_once(real)


def test_a_rate_limit_halfway_is_gone_on_from(real: Real) -> None:
    real.stand_in.set_faults(FaultRule("secondary_rate_limit", method="POST", path=r".*/pulls", seconds=60, times=1))
    with pytest.raises(RetryLater) as caught:
        everything(real.proposals, real.base)
    assert caught.value.after == 60
    assert not isinstance(caught.value, OutcomeUnknown)
    everything(real.another(), real.base)
    assert_done_once(real)
    assert real.stand_in.requests()["POST /repos/{owner}/{repo}/git/commits"] == 1


def test_a_write_that_is_never_answered_has_an_unknown_outcome(real: Real) -> None:
    real.stand_in.set_faults(FaultRule("drop", method="POST", path=r".*/comments"))
    with pytest.raises(OutcomeUnknown, match="comments on acme/shop#1: outcome unknown"):
        everything(real.proposals, real.base)


def test_a_branch_that_was_deleted_while_it_was_written_is_made(real: Real) -> None:
    real.proposals.put_branch(REPO, BRANCH, real.base, {"app.yaml": b"x"}, "Change")
    real.stand_in.set_faults(FaultRule("error", method="PATCH", path=r".*/git/refs/.*", times=1))

    def delete(_: float) -> None:
        real.app.token()("DELETE", f"{REPOSITORY}/git/refs/heads/{BRANCH}")

    sha = real.another(sleep=delete).put_branch(REPO, BRANCH, real.base, CHANGE, "Change")
    assert real.proposals.branch(REPO, BRANCH) == sha


def test_nothing_is_written_for_a_branch_that_is_as_it_should_be(real: Real) -> None:
    for _ in range(2):
        real.proposals.put_branch(REPO, BRANCH, real.base, CHANGE, "Change")
    writes = {
        route: count for route, count in real.stand_in.requests().items() if "/git/" in route and "GET" not in route
    }
    assert set(writes.values()) == {1}


def test_commits_are_the_apps_and_verified(real: Real) -> None:
    sha = real.proposals.put_branch(REPO, BRANCH, real.base, CHANGE, "Add it\n\nFor #7.")
    number = real.proposals.put_pull(REPO, BRANCH, "main", "t", "b", []).number
    merged = real.proposals.merge(REPO, number, sha).sha
    for commit, message in ((sha, "Add it\n\nFor #7."), (merged, f"t (#{number})\n\nb")):
        shown = real.app.token().get(f"{REPOSITORY}/commits/{commit}").body
        assert shown["commit"]["verification"]["verified"]
        assert (shown["author"]["login"], shown["committer"]["login"]) == (BOT, "web-flow")
        assert shown["commit"]["message"] == message


def test_modes_stay_and_links_are_left_alone(real: Real, tmp_path: Path) -> None:
    directory = tmp_path / "linked"
    (directory / "bin").mkdir(parents=True)
    (directory / "bin" / "run.sh").write_text("#!/bin/sh\n")
    (directory / "bin" / "run.sh").chmod(0o755)
    (directory / "link").symlink_to("bin/run.sh")
    base = real.stand_in.create_repository("acme/tools", directory)
    put = {"bin/run.sh": b"#!/bin/sh\nexit 1\n", "new.sh": b"\n"}
    sha = real.proposals.put_branch("acme/tools", BRANCH, base, put, "Change")
    tree = real.app.token().get(f"/repos/acme/tools/git/trees/{sha}?recursive=1")
    modes = {each["path"]: each["mode"] for each in tree.body["tree"] if each["type"] == "blob"}
    assert modes == {"bin/run.sh": "100755", "new.sh": "100644", "link": "120000"}
    for content in (b"x", None):
        with pytest.raises(InputError, match="link: it is a link or a submodule"):
            real.proposals.put_branch("acme/tools", BRANCH, base, {"link": content}, "Change")


def test_a_long_list_of_files_is_read_folder_by_folder(real: Real) -> None:
    base = real.push({f"{folder}/deep/{number}.yaml": b"a: 1\n" for folder in "ab" for number in range(10)})
    real.stand_in.set_options(tree_limit=12)
    sha = real.proposals.put_branch(REPO, BRANCH, base, {"b/deep/3.yaml": b"a: 2\n"}, "Change")
    assert real.proposals.put_branch(REPO, BRANCH, base, {"b/deep/3.yaml": b"a: 2\n"}, "Change") == sha
    assert real.files(sha) == {**real.files(base), "b/deep/3.yaml": b"a: 2\n"}


def test_a_required_check_keeps_a_pull_request_from_being_merged(real: Real) -> None:
    real.stand_in.require_checks(REPO, "slipway")
    sha = real.proposals.put_branch(REPO, BRANCH, real.base, CHANGE, "Change")
    number = real.proposals.put_pull(REPO, BRANCH, "main", "t", "b", []).number
    refused = real.proposals.merge(REPO, number, sha)
    assert refused == Merge(done=False, reason='Required status check "slipway" is expected.')
    real.run(sha, "slipway", "success")
    assert real.proposals.merge(REPO, number, sha).done


def test_an_invitation_to_a_team_does_not_count(real: Real) -> None:
    real.stand_in.set_team("acme", "platform", ["mona"], invited=["hubot"])
    assert not real.proposals.is_member("acme", "platform", "hubot")


@pytest.mark.parametrize("lacking", ["contents", "issues", "members", "statuses", "pull_requests"])
def test_a_permission_that_lacks_is_named(github: StandIn, keys: KeyPair, lacking: str) -> None:
    level = PROPOSING[lacking]
    others = {name: granted for name, granted in PROPOSING.items() if name != lacking}
    real = Real(github, keys, {**others, **({lacking: "read"} if level == "write" else {})})
    tries: dict[str, Callable[[], object]] = {
        "contents": lambda: real.proposals.put_branch(REPO, BRANCH, real.base, CHANGE, "m"),
        "issues": lambda: real.proposals.open_issue(REPO, "t", "b", ["x"], MARKER),
        "members": lambda: real.proposals.is_member("acme", "platform", "mona"),
        "statuses": lambda: real.proposals.check_state(REPO, real.base),
        "pull_requests": lambda: real.proposals.put_pull(REPO, BRANCH, "main", "t", "b", []),
    }
    with pytest.raises(InputError, match=f"the App needs the permission {lacking}={level}"):
        tries[lacking]()


def test_the_twin_fails_and_loses_as_it_is_told() -> None:
    twin = MemoryProposals()
    twin.github.add_commit(REPO, "b" * 40, FILES, refs=["main"])
    twin.fail(1, after=9)
    with pytest.raises(RetryLater, match="call 1 fails"):
        twin.branch(REPO, "main")
    issue = twin.add_issue(REPO, "t", "", author="mona")
    twin.lose(3)
    twin.put_comment(REPO, issue, MARKER, "Done.")
    assert [comment.body for comment in twin.comments.values()] == [f"{MARKER}\nDone."]
    assert twin.calls[2] == "new comments on acme/shop#1"
