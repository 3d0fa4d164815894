"""One suite for both implementations of GitHub: the twin in memory, and the client against the stand-in."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import pytest

from local.github.control import NewPull
from local.github.faults import FaultRule
from local.github.keys import KeyPair
from local.github.server import StandIn
from slipway.errors import InputError, LimitError, RetryLater
from slipway.fleet.tree import Dropped
from slipway.github.app import App, AppCredentials, AppHookDeliveries
from slipway.github.calls import Calls
from slipway.github.client import GitHubClient
from slipway.github.limits import ArchiveLimits
from slipway.github.memory import MemoryGitHub
from slipway.github.protocol import Annotation, CheckRun, GitHub, PullRequest, Review
from slipway.github.tokens import CachedSource, TokenCache
from slipway.github.treecache import TreeCache
from tests.contract.standin import APP_ID, SECRET, Receiver

REPO = "acme/shop"
FILES = {"app.yaml": b"replicas: 1\n", "docs/readme.md": b"hello\n"}
CHANGE = {"app.yaml": b"replicas: 2\n"}
PERMISSIONS = {"contents": "read", "checks": "write", "pull_requests": "read"}
ANNOTATIONS = tuple(Annotation("app.yaml", line, "warning", f"finding {line}", "Look!") for line in range(1, 121))
ROUTE = "/repos/{owner}/{repo}"


@dataclass(frozen=True)
class Opened:
    """A pull request that a world has."""

    number: int
    head: str
    base: str


class World(Protocol):
    """A GitHub, and the means to have things happen there."""

    @property
    def github(self) -> GitHub: ...

    def open(self, *, fork: bool = False, draft: bool = False, labels: Sequence[str] = ()) -> Opened:
        """Open a pull request on `REPO` that makes `CHANGE`."""
        ...

    def close(self, number: int) -> None: ...

    def review(self, number: int, user: str, state: str) -> None:
        """Have somebody review the head of a pull request; `DISMISSED`: and dismiss that."""
        ...

    def tag(self, name: str, sha: str) -> None:
        """Let a tag name a commit."""
        ...

    def limit(self, seconds: int) -> None:
        """Meet the rate limit at the next call."""
        ...

    def runs(self, sha: str) -> list[CheckRun]:
        """The check runs of a commit, oldest first."""
        ...


class Twin:
    """A world in memory."""

    def __init__(self) -> None:
        self.github = MemoryGitHub()
        self._base = self.github.add_commit(REPO, _sha("base"), FILES, refs=["main"]).sha
        self._pulls = 0

    def open(self, *, fork: bool = False, draft: bool = False, labels: Sequence[str] = ()) -> Opened:
        self._pulls += 1
        head, merge = _sha(f"head {self._pulls}"), _sha(f"merge {self._pulls}")
        self.github.add_commit(REPO, head, {**FILES, **CHANGE}, parents=[self._base], refs=["change"])
        self.github.add_commit(REPO, merge, {**FILES, **CHANGE}, parents=[self._base, head])
        self.github.put_pull_request(
            PullRequest(
                repository=REPO,
                number=self._pulls,
                state="open",
                draft=draft,
                head_sha=head,
                head_repository="mona/shop" if fork else REPO,
                base_ref="main",
                base_sha=self._base,
                merge_sha=merge,
                mergeable=True,
                labels=tuple(labels),
                author="octocat",
            )
        )
        return Opened(self._pulls, head, self._base)

    def tag(self, name: str, sha: str) -> None:
        self.github.add_commit(REPO, sha, {**FILES, **CHANGE}, parents=[self._base], tags=[name])

    def close(self, number: int) -> None:
        self.github.put_pull_request(replace(self.github.pull_request(REPO, number), state="closed"))

    def review(self, number: int, user: str, state: str) -> None:
        head = self.github.pull_request(REPO, number).head_sha
        self.github.put_reviews(REPO, number, *self.github.reviews(REPO, number), Review(user, state, head))

    def limit(self, seconds: int) -> None:
        self.github.fail(len(self.github.calls) + 1, after=seconds)

    def runs(self, sha: str) -> list[CheckRun]:
        return [stored.run for stored in self.github.runs.values() if stored.run.head_sha == sha]


class Real:
    """The client before the stand-in."""

    def __init__(self, stand_in: StandIn, keys: KeyPair) -> None:
        self.stand_in = stand_in
        stand_in.register_app(APP_ID, keys.public)
        self.installation = stand_in.install("acme")
        self.base = stand_in.create_repository(REPO, FILES)
        secret = {"appId": str(APP_ID), "privateKey": keys.private}
        self.app_calls = Calls(AppCredentials(lambda: secret, lambda: secret), stand_in.url, sleep=lambda _: None)
        self.app = App(self.app_calls, APP_ID, TokenCache())
        self.cache = TreeCache()
        self.github = self.client()

    def client(self, *, limits: ArchiveLimits | None = None, repositories: Sequence[str] = (REPO,)) -> GitHubClient:
        def mint(*, renew: bool) -> Any:
            return self.app.mint(self.installation, repositories, PERMISSIONS, renew=renew)

        source = CachedSource(TokenCache(), tuple(repositories), mint)
        return GitHubClient(
            self.stand_in.url, self.installation, source, trees=self.cache, limits=limits, sleep=lambda _: None
        )

    def open(self, *, fork: bool = False, draft: bool = False, labels: Sequence[str] = ()) -> Opened:
        head_repository = self.stand_in.fork(REPO, "mona") if fork else ""
        pull = NewPull("change", files=CHANGE, draft=draft, labels=tuple(labels), head_repository=head_repository)
        opened = self.stand_in.open_pull_request(REPO, pull)
        return Opened(opened.number, opened.head_sha, self.base)

    def tag(self, name: str, sha: str) -> None:
        self.stand_in.tag(REPO, name, onto=sha)

    def close(self, number: int) -> None:
        self.stand_in.close_pull_request(REPO, number)

    def review(self, number: int, user: str, state: str) -> None:
        given = self.stand_in.review_pull_request(
            REPO, number, user, state="APPROVED" if state == "DISMISSED" else state
        )
        if state == "DISMISSED":
            self.stand_in.dismiss_review(REPO, number, given)

    def limit(self, seconds: int) -> None:
        self.stand_in.set_faults(FaultRule("secondary_rate_limit", seconds=seconds, times=1))

    def runs(self, sha: str) -> list[CheckRun]:
        return [_run(each) for each in self.stand_in.check_runs(REPO, sha)]

    def faults(self, *rules: FaultRule) -> None:
        self.stand_in.set_faults(*rules)

    def requests(self) -> dict[str, int]:
        return {route.removeprefix("GET "): count for route, count in self.stand_in.requests().items()}


def _sha(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest()


def _run(shown: Mapping[str, Any]) -> CheckRun:
    return CheckRun(
        name=shown["name"],
        head_sha=shown["head_sha"],
        external_id=shown["external_id"],
        status=shown["status"],
        title=shown["output"]["title"],
        summary=shown["output"]["summary"],
        text=shown["output"]["text"] or "",
        conclusion=shown["conclusion"],
        annotations=tuple(
            Annotation(each["path"], each["start_line"], each["annotation_level"], each["title"], each["message"])
            for each in shown["annotations"]
        ),
        details_url=shown["details_url"],
    )


@pytest.fixture
def real(github: StandIn, keys: KeyPair) -> Real:
    return Real(github, keys)


@pytest.fixture(params=["twin", "real"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "twin":
        return Twin()
    found: Real = request.getfixturevalue("real")
    return found


def run_of(sha: str, **changes: Any) -> CheckRun:
    run = CheckRun(
        name="slipway",
        head_sha=sha,
        external_id=f"{REPO}#1@{sha}",
        status="completed",
        title="1 cluster changes",
        summary="| cluster |\n|---|\n| hub |",
        text="```diff\n+ replicas: 2\n```",
        conclusion="success",
        details_url="https://reports.example/1",
    )
    return replace(run, **changes)


def test_reviews_are_told_in_their_order_each_with_its_head(world: World) -> None:
    opened = world.open()
    assert world.github.reviews(REPO, opened.number) == ()
    said = [("mona", "COMMENTED"), ("mona", "APPROVED"), ("hubot", "CHANGES_REQUESTED"), ("lisa", "DISMISSED")]
    for user, state in said:
        world.review(opened.number, user, state)
    assert world.github.reviews(REPO, opened.number) == tuple(Review(user, state, opened.head) for user, state in said)


def test_many_reviews_are_all_told(world: World) -> None:
    opened = world.open()
    for number in range(101):
        world.review(opened.number, f"user-{number}", "COMMENTED")
    assert [review.user for review in world.github.reviews(REPO, opened.number)] == [f"user-{n}" for n in range(101)]


def test_reviews_of_a_pull_request_that_there_is_not(world: World) -> None:
    with pytest.raises(InputError, match="GitHub knows no reviews of acme/shop#99"):
        world.github.reviews(REPO, 99)


def test_a_pull_request(world: World) -> None:
    opened = world.open(labels=["urgent", "x"])
    pull = world.github.pull_request(REPO, opened.number)
    merge = world.github.commit(REPO, pull.merge_sha)
    assert merge.parents == (opened.base, opened.head)
    assert pull == PullRequest(
        repository=REPO,
        number=opened.number,
        state="open",
        draft=False,
        head_sha=opened.head,
        head_repository=REPO,
        base_ref="main",
        base_sha=opened.base,
        merge_sha=merge.sha,
        mergeable=True,
        labels=("urgent", "x"),
        author="octocat",
    )
    assert not pull.from_fork


def test_a_draft_from_a_fork(world: World) -> None:
    pull = world.github.pull_request(REPO, world.open(fork=True, draft=True).number)
    assert (pull.draft, pull.from_fork, pull.head_repository) == (True, True, "mona/shop")


def test_a_closed_pull_request(world: World) -> None:
    opened = world.open()
    world.close(opened.number)
    assert world.github.pull_request(REPO, opened.number).state == "closed"


def test_a_commit_by_name_and_by_id(world: World) -> None:
    opened = world.open()
    for ref in ("change", opened.head):
        commit = world.github.commit(REPO, ref)
        assert (commit.sha, commit.parents) == (opened.head, (opened.base,))


def test_a_commit_by_full_names(world: World) -> None:
    opened = world.open()
    world.tag("v1", opened.head)
    for ref in ("refs/heads/change", "refs/tags/v1", "v1"):
        assert world.github.commit(REPO, ref).sha == opened.head
    for ref in ("refs/tags/change", "refs/heads/v1"):
        with pytest.raises(InputError, match=f"commit {ref} of acme/shop"):
            world.github.commit(REPO, ref)


def test_a_commit_knows_when_it_was_made(world: World) -> None:
    opened = world.open()
    for ref in ("main", opened.head):
        assert datetime.fromisoformat(world.github.commit(REPO, ref).committed).tzinfo is not None


def test_all_tags(world: World) -> None:
    assert world.github.tags(REPO) == ()
    opened = world.open()
    for number in range(101):
        world.tag(f"v1.{number}", opened.head)
    assert {(tag.name, tag.sha) for tag in world.github.tags(REPO)} == {(f"v1.{n}", opened.head) for n in range(101)}


def test_the_files_of_a_commit(world: World) -> None:
    opened = world.open()
    tree = world.github.tree(REPO, opened.head)
    assert {path: tree.read(path) for path in tree} == {**FILES, **CHANGE}
    assert (tree.name, tree.revision, tree.dropped) == (REPO, opened.head, ())


def test_what_does_not_exist(world: World) -> None:
    nothing = "f" * 40
    with pytest.raises(InputError, match=r"pull request acme/shop#99"):
        world.github.pull_request(REPO, 99)
    with pytest.raises(InputError, match="commit nowhere of acme/shop"):
        world.github.commit(REPO, "nowhere")
    with pytest.raises(InputError, match=f"commit {nothing} of acme/shop"):
        world.github.commit(REPO, nothing)
    with pytest.raises(InputError, match="files of acme/shop at ffffffffffff"):
        world.github.tree(REPO, nothing)
    with pytest.raises(InputError, match="tags of acme/none"):
        world.github.tags("acme/none")
    with pytest.raises(InputError, match="files of acme/none at"):
        world.github.tree("acme/none", nothing)
    with pytest.raises(InputError, match="check run"):
        world.github.put_check_run(REPO, run_of(nothing))


def test_a_rate_limit(world: World) -> None:
    opened = world.open()
    world.limit(17)
    with pytest.raises(RetryLater) as caught:
        world.github.pull_request(REPO, opened.number)
    assert caught.value.after == 17
    assert world.github.pull_request(REPO, opened.number).number == opened.number


def test_a_check_run_is_made_and_updated(world: World) -> None:
    sha = world.open().head
    started = run_of(sha, status="in_progress", conclusion=None, title="Looking", text="")
    first = world.github.put_check_run(REPO, started)
    assert world.runs(sha) == [started]
    assert world.github.put_check_run(REPO, run_of(sha)) == first
    assert world.github.put_check_run(REPO, run_of(sha)) == first
    assert world.runs(sha) == [run_of(sha)]


def test_runs_about_different_things_are_different(world: World) -> None:
    sha = world.open().head
    runs = [run_of(sha), run_of(sha, external_id="another"), run_of(sha, name="slipway/other")]
    numbers = {world.github.put_check_run(REPO, run) for run in runs}
    assert len(numbers) == 3
    assert world.runs(sha) == runs


def test_many_annotations(world: World) -> None:
    sha = world.open().head
    run = run_of(sha, conclusion="failure", annotations=ANNOTATIONS)
    world.github.put_check_run(REPO, run)
    assert world.runs(sha) == [run]
    world.github.put_check_run(REPO, run)
    assert world.runs(sha) == [run]


@pytest.fixture
def pull(real: Real) -> Iterator[Opened]:
    opened = real.open()
    real.stand_in.reset_requests()
    yield opened
    real.faults()


RUNS = r"/repos/acme/shop/check-runs"
LOST = [
    FaultRule("drop", method="POST", path=RUNS, after_effect=True, times=1),
    FaultRule("error", method="POST", path=RUNS, after_effect=True, times=1),
    FaultRule("drop", method="POST", path=RUNS, times=1),
    FaultRule("drop", method="PATCH", path=RUNS + r"/\d+", after_effect=True, times=1),
    FaultRule("error", method="PATCH", path=RUNS + r"/\d+", after_effect=True, times=2),
    FaultRule("error", method="PATCH", path=RUNS + r"/\d+", times=2),
    FaultRule("error", method="GET", path=r"/repos/acme/shop/commits/.*/check-runs", times=2),
]


@pytest.mark.parametrize("rule", LOST, ids=lambda rule: f"{rule.kind} {rule.method} after={rule.after_effect}")
def test_an_answer_that_is_lost_leaves_one_run_and_each_annotation_once(
    real: Real, pull: Opened, rule: FaultRule
) -> None:
    real.faults(rule)
    run = run_of(pull.head, conclusion="failure", annotations=ANNOTATIONS)
    real.github.put_check_run(REPO, run)
    assert real.stand_in.faults()[0][1] == rule.times
    assert real.runs(pull.head) == [run]


def test_annotations_come_by_fifty_and_go_on_after_a_rate_limit(real: Real, pull: Opened) -> None:
    real.faults(FaultRule("rate_limit", method="PATCH", seconds=30, times=1))
    run = run_of(pull.head, conclusion="failure", annotations=ANNOTATIONS)
    with pytest.raises(RetryLater) as caught:
        real.github.put_check_run(REPO, run)
    assert 28 <= caught.value.after <= 32
    (half,) = real.runs(pull.head)
    assert (half.status, half.annotations) == ("in_progress", ANNOTATIONS[:50])
    real.client().put_check_run(REPO, run)
    assert real.runs(pull.head) == [run]
    requests = real.stand_in.requests()
    assert requests[f"POST {ROUTE}/check-runs"] == 1
    assert requests[f"PATCH {ROUTE}/check-runs/{{check_run_id}}"] == 3


def test_workers_that_race_agree_on_one_run(real: Real, pull: Opened) -> None:
    run = run_of(pull.head, conclusion="failure", annotations=ANNOTATIONS[:3])
    clients = [real.client() for _ in range(4)]
    for client in clients:
        client.pull_request(REPO, pull.number)  # has it get its token
    together = threading.Barrier(len(clients))

    def work(client: GitHubClient) -> int:
        together.wait()
        return client.put_check_run(REPO, run)

    with ThreadPoolExecutor(len(clients)) as workers:
        numbers = set(workers.map(work, clients))
    runs = real.stand_in.check_runs(REPO, pull.head)
    assert numbers == {min(each["id"] for each in runs)}
    assert {each["conclusion"] for each in runs} == {"failure"}
    assert _run(runs[0]) == run


def test_a_lossy_github_ends_with_one_run(real: Real, pull: Opened) -> None:
    real.faults(
        FaultRule("error", probability=0.2, seed=4), FaultRule("drop", probability=0.1, after_effect=True, seed=5)
    )
    run = run_of(pull.head, conclusion="failure", annotations=ANNOTATIONS)
    for _ in range(50):
        try:
            real.client().put_check_run(REPO, run)
            break
        except RetryLater:
            continue
    real.faults()
    assert real.runs(pull.head) == [run]


def test_a_tree_is_read_once(real: Real, pull: Opened) -> None:
    for _ in range(3):
        real.client().tree(REPO, pull.head)
    assert real.requests()[f"{ROUTE}/tarball/{{ref}}"] == 1


def test_a_file_that_gitattributes_hides_is_there_as_it_was_committed(real: Real) -> None:
    files = {
        ".gitattributes": "*d*.yaml export-ignore\n.git* export-ignore\nv.yaml export-subst\ncrlf.yaml eol=crlf\n",
        "hidden.yaml": "kind: ClusterRoleBinding\n",
        "v.yaml": "version: $Format:%H$\n",
        "crlf.yaml": "a: 1\nb: 2\n",
    }
    sha = real.stand_in.commit(REPO, "sly", files)
    tree = real.github.tree(REPO, sha)
    assert {path: tree.read(path).decode() for path in tree if path in files} == files
    assert real.requests()[f"{ROUTE}/git/blobs/{{file_sha}}"] == 4


def test_a_long_list_of_files_is_read_folder_by_folder(real: Real) -> None:
    files = {f"{folder}/deep/{number}.yaml": "a: 1\n" for folder in "ab" for number in range(10)}
    sha = real.stand_in.commit(REPO, "many", {**files, ".gitattributes": "3.yaml export-ignore\n"})
    real.stand_in.set_options(tree_limit=12)
    assert set(real.github.tree(REPO, sha)) == {*FILES, *files, ".gitattributes"}


def test_links_are_dropped_by_name_and_executables_are_files(real: Real, tmp_path: Path) -> None:
    directory = tmp_path / "linked"
    (directory / "base").mkdir(parents=True)
    (directory / "base" / "run.sh").write_text("#!/bin/sh\n")
    (directory / "base" / "run.sh").chmod(0o755)
    (directory / "link").symlink_to("base/run.sh")
    sha = real.stand_in.create_repository("acme/linked", directory)
    tree = real.client(repositories=["acme/linked"]).tree("acme/linked", sha)
    assert list(tree) == ["base/run.sh"]
    assert tree.dropped == (Dropped("link", "a symbolic link, to 'base/run.sh'"),)


def test_a_long_path_and_any_name_come_through(real: Real) -> None:
    files = {f"{'very-long-folder/' * 12}é ü.yaml": b"a: 1\n", 'quote".yaml': b"", "tab\there.yaml": b""}
    sha = real.stand_in.commit(REPO, "names", files)
    tree = real.github.tree(REPO, sha)
    assert {path for path in tree if path not in FILES} == set(files)


def test_an_archive_beyond_a_limit_is_refused_for_good(real: Real, pull: Opened) -> None:
    with pytest.raises(LimitError, match=r"entries \(limit entries\), in the archive of acme/shop"):
        real.client(limits=ArchiveLimits(entries=2)).tree(REPO, pull.head)


@pytest.mark.parametrize("path", [r".*/tarball/.*", r".*/legacy\.tar\.gz/.*", r".*/git/trees/.*"])
@pytest.mark.parametrize("kind", ["error", "drop"])
def test_a_download_that_fails_is_tried_again(real: Real, pull: Opened, kind: Any, path: str) -> None:
    real.faults(FaultRule(kind, path=path, times=2))
    assert "app.yaml" in real.github.tree(REPO, pull.head)


def test_a_repository_beyond_the_token_is_not_found(real: Real) -> None:
    sha = real.stand_in.create_repository("acme/secret", {"a.yaml": "a: 1\n"})
    with pytest.raises(InputError, match=r"or the App may not see it: .*, with the permission contents: read"):
        real.github.tree("acme/secret", sha)


def test_a_name_that_is_none_is_not_asked_for(real: Real) -> None:
    for name in ("acme", "acme/../..", "acme/shop?x=1", "acme/shop/pulls/1"):
        with pytest.raises(InputError):
            real.github.pull_request(name, 1)
        with pytest.raises(InputError):
            real.github.tree(name, "f" * 40)
    with pytest.raises(InputError, match="'main' is not the full id of a commit of 'acme/shop'"):
        real.github.tree(REPO, "main")


def test_mergeability_that_is_not_known_yet_has_no_merge(real: Real) -> None:
    opened = real.open()
    known = real.github.pull_request(REPO, opened.number)
    real.stand_in.set_options(mergeable_null_reads=1)
    real.stand_in.commit(REPO, "main", {"other.yaml": "b: 1\n"})
    pending = real.github.pull_request(REPO, opened.number)
    after = real.github.pull_request(REPO, opened.number)
    assert known.merge_sha
    assert (pending.mergeable, pending.merge_sha) == (None, "")
    assert after.merge_sha not in ("", known.merge_sha)


def test_a_conflict_has_no_merge(real: Real) -> None:
    opened = real.open()
    real.stand_in.commit(REPO, "main", {"app.yaml": "replicas: 3\n"})
    pull = real.github.pull_request(REPO, opened.number)
    assert (pull.mergeable, pull.merge_sha) == (False, "")


def test_failed_deliveries_are_found_page_by_page_and_delivered_again(real: Real, receiver: Receiver) -> None:
    receiver.status = 500
    real.stand_in.set_webhook(receiver.url, SECRET)
    opened = real.open()
    assert real.stand_in.settle()
    receiver.status = 202
    hooks = AppHookDeliveries(real.app_calls)
    page = hooks.page(None)
    failed = [each for each in page.deliveries if each.event == "pull_request"]
    assert [(each.action, each.status_code, each.redelivery) for each in failed] == [("opened", 500, False)]
    hooks.redeliver(failed[0].id)
    assert real.stand_in.settle()
    assert receiver.of("pull_request", "opened")[-1].payload["number"] == opened.number
    newest = hooks.page(None).deliveries[0]
    assert (newest.guid, newest.status_code, newest.redelivery) == (failed[0].guid, 202, True)
