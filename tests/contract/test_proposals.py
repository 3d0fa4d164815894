"""One suite for both implementations of proposals: the twin in memory, and the client against the stand-in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest

from local.github.control import NewPull
from local.github.keys import KeyPair
from local.github.server import StandIn
from slipway.errors import InputError, LimitError, RetryLater
from slipway.github.proposals import Comment, Issue, Merge, NothingToChange, Permission, Proposals
from tests.contract.proposing import BOT, FILES, REPO, Real, Twin, World
from tests.contract.standin import APP_ID

T = TypeVar("T")

BRANCH = "slipway/add-cluster-c"
CHANGE: Mapping[str, bytes | None] = {
    "clusters/c/cluster.yaml": b"name: c\n",
    "app.yaml": b"replicas: 2\nimage: a\n",
    "docs/readme.md": None,
}
CHANGED = {"clusters/c/cluster.yaml": b"name: c\n", "app.yaml": b"replicas: 2\nimage: a\n"}
MARKER = "<!-- slipway request 7 -->"


@pytest.fixture(params=["twin", "real"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "twin":
        return Twin()
    return Real(request.getfixturevalue("github"), request.getfixturevalue("keys"))


def put(proposals: Proposals, base: str, files: Mapping[str, bytes | None] = CHANGE) -> str:
    return proposals.put_branch(REPO, BRANCH, base, files, "Add cluster c")


def pull_of(proposals: Proposals, title: str = "Add cluster c") -> int:
    return proposals.put_pull(REPO, BRANCH, "main", title, "For #7.", ["slipway"]).number


def at_once(world: World, do: Callable[[Proposals], T]) -> list[T]:
    """What five workers get who begin together."""
    workers = [world.another() for _ in range(5)]
    together = threading.Barrier(len(workers))

    def work(proposals: Proposals) -> T:
        together.wait()
        return do(proposals)

    with ThreadPoolExecutor(len(workers)) as pool:
        return list(pool.map(work, workers))


# Branches


def test_a_branch_is_one_commit_on_its_base(world: World) -> None:
    sha = put(world.proposals, world.base)
    assert world.proposals.branch(REPO, BRANCH) == sha
    assert world.parents(sha) == (world.base,)
    assert world.files(sha) == CHANGED


def test_a_branch_that_is_as_it_should_be_is_left_alone(world: World) -> None:
    assert put(world.proposals, world.base) == put(world.another(), world.base)


def test_a_branch_that_should_hold_something_else_is_made_anew(world: World) -> None:
    first = put(world.proposals, world.base)
    second = put(world.proposals, world.base, {"app.yaml": b"replicas: 3\n"})
    assert second != first
    assert world.parents(second) == (world.base,)
    assert world.files(second) == {**FILES, "app.yaml": b"replicas: 3\n"}


def test_a_commit_of_ours_is_known_from_that_of_anybody_else(world: World) -> None:
    ours, theirs = put(world.proposals, world.base), world.push({"other.yaml": b"b: 1\n"})
    assert world.another().is_own_commit(REPO, ours)
    assert not world.proposals.is_own_commit(REPO, theirs)
    with pytest.raises(InputError, match="No commit found for SHA: f"):
        world.proposals.is_own_commit(REPO, "f" * 40)


def test_a_name_in_a_commit_is_no_signature(github: StandIn, keys: KeyPair) -> None:
    real = Real(github, keys)
    assert not real.proposals.is_own_commit(REPO, github.commit(REPO, "main", {"a": "a"}, author=BOT))


def test_the_commits_of_another_app_are_not_ours(github: StandIn, keys: KeyPair) -> None:
    real = Real(github, keys)
    sha = put(real.proposals, real.base)
    github.register_app(APP_ID, keys.public, slug="another")
    assert not real.proposals.is_own_commit(REPO, sha)


def test_a_branch_moves_to_another_base(world: World) -> None:
    put(world.proposals, world.base)
    base = world.push({"other.yaml": b"b: 1\n"})
    moved = put(world.proposals, base)
    assert world.parents(moved) == (base,)
    assert world.files(moved) == {**CHANGED, "other.yaml": b"b: 1\n"}


def stay(world: World, base: str, files: Mapping[str, bytes | None] = CHANGE) -> str:
    return world.proposals.put_branch(REPO, BRANCH, base, files, "Add cluster c", stay_on=world.base)


def test_a_branch_stays_if_its_base_has_moved_past_other_files(world: World) -> None:
    sha = put(world.proposals, world.base)
    assert stay(world, world.push({"other.yaml": b"b: 1\n"})) == sha
    assert stay(world, world.base) == sha


def test_a_branch_on_something_else_than_it_may_stay_on_moves(world: World) -> None:
    between = world.push({"other.yaml": b"b: 1\n"})
    put(world.proposals, between)
    base = world.push({"other.yaml": b"b: 2\n"})
    assert world.parents(stay(world, base)) == (base,)


@pytest.mark.parametrize(
    "pushed",
    [{"app.yaml": b"replicas: 1\nimage: b\n"}, {"docs/readme.md": b"hello!\n"}, {"clusters/c/cluster.yaml": b"x\n"}],
    ids=["a file that it changes", "a file that it deletes", "a file that it makes"],
)
def test_a_branch_moves_if_its_base_has_changed_a_file_of_its(world: World, pushed: Mapping[str, bytes]) -> None:
    sha = put(world.proposals, world.base)
    base = world.push(pushed)
    moved = stay(world, base)
    assert moved != sha
    assert world.parents(moved) == (base,)
    assert world.files(moved) == CHANGED


@pytest.mark.parametrize(
    "wanted",
    [
        {**CHANGE, "app.yaml": b"replicas: 3\n"},
        {**CHANGE, "new.yaml": b"n: 1\n"},
        {"app.yaml": CHANGE["app.yaml"]},
    ],
    ids=["something else in a file", "another file", "fewer files"],
)
def test_a_branch_moves_if_it_shall_hold_something_else(world: World, wanted: Mapping[str, bytes | None]) -> None:
    put(world.proposals, world.base)
    base = world.push({"other.yaml": b"b: 1\n"})
    moved = stay(world, base, wanted)
    assert world.parents(moved) == (base,)


def test_a_file_of_any_bytes_comes_through(world: World) -> None:
    files = {
        "logo.png": b"\x89PNG\0\xff\n",
        "crlf.yaml": b"a: 1\r\nb: 2\r\n",
        "nul.txt": b"a\0b",
        "end.txt": b"no newline",
        "empty.txt": b"",
        "umlaut ü.yaml": "ü: ☃\n".encode(),
        "bom.yaml": b"\xef\xbb\xbfa: 1\n",
    }
    assert world.files(put(world.proposals, world.base, files)) == {**FILES, **files}


def test_a_file_that_is_not_there_need_not_be_deleted(world: World) -> None:
    sha = put(world.proposals, world.base, {"none.yaml": None, "new.yaml": b"a: 1\n"})
    assert world.files(sha) == {**FILES, "new.yaml": b"a: 1\n"}


@pytest.mark.parametrize("files", [{}, {"app.yaml": FILES["app.yaml"]}, {"none.yaml": None}])
def test_a_branch_that_would_change_nothing_is_not_made(world: World, files: Mapping[str, bytes | None]) -> None:
    with pytest.raises(NothingToChange, match="holds already all that was to be written"):
        put(world.proposals, world.base, files)
    assert world.proposals.branch(REPO, BRANCH) is None


@pytest.mark.parametrize(
    "path",
    [
        *("", "/etc/passwd", "../x", "a/../../x", "a//b", "./a", "a/", ".git/config", "a/.GIT/hooks/x", "GIT~1/x"),
        *("a\\b", "a\nb", "a\0b", "C:x", "a/ b", "a./b", "x" * 1025),
    ],
)
def test_a_path_that_is_not_plain_is_refused(world: World, path: str) -> None:
    with pytest.raises(InputError, match="is not the plain path of a file"):
        put(world.proposals, world.base, {path: b"x"})
    assert world.proposals.branch(REPO, BRANCH) is None


@pytest.mark.parametrize(
    ("files", "wrong"),
    [
        ({"docs": b"x"}, "docs: it is a folder, and was to be a file"),
        ({"app.yaml/x": b"x"}, "app.yaml is a file, and was to be a folder"),
        ({"new": b"x", "new/x": b"x"}, "new: it is a folder, and was to be a file"),
    ],
)
def test_a_file_does_not_take_the_place_of_a_folder(world: World, files: Mapping[str, bytes], wrong: str) -> None:
    with pytest.raises(InputError, match=wrong):
        put(world.proposals, world.base, files)


def test_too_much_for_a_commit_is_refused(world: World) -> None:
    with pytest.raises(LimitError, match="MAX_FILES"):
        put(world.proposals, world.base, {f"{number}.yaml": b"" for number in range(1001)})
    with pytest.raises(LimitError, match="MAX_BYTES"):
        put(world.proposals, world.base, {"big": b"x" * (10 * 1024 * 1024 + 1)})


@pytest.mark.parametrize("name", ["main", "feature", "slipway/", "slipway/a..b", "slipway/a b", "slipway/a.lock"])
def test_a_branch_of_others_is_neither_written_nor_deleted(world: World, name: str) -> None:
    for touch in (
        lambda: world.proposals.put_branch(REPO, name, world.base, CHANGE, "m"),
        lambda: world.proposals.delete_branch(REPO, name),
        lambda: world.proposals.put_pull(REPO, name, "main", "t", "b", []),
    ):
        with pytest.raises(InputError, match="is not the name of a branch of ours"):
            touch()


def test_a_base_that_is_not_there(world: World) -> None:
    with pytest.raises(InputError, match=f"commit {'f' * 40} of acme/shop"):
        put(world.proposals, "f" * 40)
    with pytest.raises(InputError, match="'main' is not the full id of a commit"):
        put(world.proposals, "main")


def test_a_branch_is_deleted_once(world: World) -> None:
    put(world.proposals, world.base)
    for _ in range(2):
        world.proposals.delete_branch(REPO, BRANCH)
        assert world.proposals.branch(REPO, BRANCH) is None


def test_the_default_branch(world: World) -> None:
    assert world.proposals.default_branch(REPO) == "main"
    assert world.proposals.branch(REPO, "main") == world.base


def test_five_at_once_make_one_branch(world: World) -> None:
    shas = set(at_once(world, lambda proposals: put(proposals, world.base)))
    assert shas == {world.proposals.branch(REPO, BRANCH)}


def test_five_at_once_change_one_branch(world: World) -> None:
    put(world.proposals, world.base, {"app.yaml": b"replicas: 9\n"})
    shas = at_once(world, lambda proposals: put(proposals, world.base))
    assert world.proposals.branch(REPO, BRANCH) in shas
    assert [world.files(sha) for sha in shas] == [CHANGED] * 5


# Pull requests


def test_a_pull_request_is_made_and_changed(world: World) -> None:
    sha = put(world.proposals, world.base)
    made = world.proposals.put_pull(REPO, BRANCH, "main", "Add cluster c", "For #7.", ["slipway", "request"])
    assert (made.state, made.merged, made.draft, made.base, made.branch, made.head_sha) == (
        *("open", False, False, "main", BRANCH, sha),
    )
    assert (made.title, made.body, made.labels, made.author) == (
        *("Add cluster c", "For #7.", ("slipway", "request"), BOT),
    )
    changed = world.proposals.put_pull(REPO, BRANCH, "main", "Add cluster d", "For #8.", ["slipway", "more"])
    assert changed.number == made.number
    assert (changed.title, changed.body) == ("Add cluster d", "For #8.")
    assert set(changed.labels) == {"slipway", "request", "more"}
    assert [each.title for each in world.proposals.pulls_of(REPO, BRANCH)] == ["Add cluster d"]


def test_a_pull_request_moves_with_its_branch(world: World) -> None:
    put(world.proposals, world.base)
    number = pull_of(world.proposals)
    sha = put(world.proposals, world.base, {"app.yaml": b"replicas: 3\n"})
    (pull,) = world.proposals.pulls_of(REPO, BRANCH)
    assert (pull.number, pull.head_sha) == (number, sha)


def test_after_one_that_was_closed_another_is_made(world: World) -> None:
    put(world.proposals, world.base)
    first = pull_of(world.proposals)
    for _ in range(2):
        world.proposals.close_pull(REPO, first)
    second = pull_of(world.proposals)
    found = [(each.number, each.state) for each in world.proposals.pulls_of(REPO, BRANCH)]
    assert found == [(second, "open"), (first, "closed")]


def test_a_pull_request_that_somebody_has_closed_is_seen_as_such(world: World) -> None:
    put(world.proposals, world.base)
    number = pull_of(world.proposals)
    world.close_pull(number)
    (pull,) = world.proposals.pulls_of(REPO, BRANCH)
    assert (pull.state, pull.merged) == ("closed", False)
    assert world.proposals.merge(REPO, number, pull.head_sha) == Merge(done=False, reason="the pull request is closed")


def test_a_branch_without_pull_requests(world: World) -> None:
    assert world.proposals.pulls_of(REPO, BRANCH) == ()
    with pytest.raises(InputError, match="new pull request of slipway/add-cluster-c in acme/shop"):
        pull_of(world.proposals)


def test_the_open_pull_requests_of_our_branches_are_found(world: World) -> None:
    put(world.proposals, world.base)
    number = pull_of(world.proposals)
    world.proposals.put_branch(REPO, "slipway/other", world.base, {"other.yaml": b"a: 1\n"}, "Other")
    other = world.proposals.put_pull(REPO, "slipway/other", "main", "Other", "", []).number
    assert {each.number for each in world.proposals.open_pulls(REPO)} == {number, other}
    world.close_pull(other)
    assert [(each.number, each.branch) for each in world.proposals.open_pulls(REPO)] == [(number, BRANCH)]


def test_branches_of_people_and_of_forks_are_not_ours(github: StandIn, keys: KeyPair) -> None:
    real = Real(github, keys)
    fork = github.fork(REPO, "mona")
    for pull in (NewPull("slipwayish", files={"a": "a"}), NewPull(BRANCH, files={"a": "b"}, head_repository=fork)):
        github.open_pull_request(REPO, pull)
    assert real.proposals.open_pulls(REPO) == ()


def test_five_at_once_make_one_pull_request(world: World) -> None:
    put(world.proposals, world.base)
    numbers = set(at_once(world, pull_of))
    assert [each.number for each in world.proposals.pulls_of(REPO, BRANCH)] == list(numbers)


def test_texts_that_github_would_refuse(world: World) -> None:
    put(world.proposals, world.base)
    with pytest.raises(LimitError, match="MAX_TITLE"):
        pull_of(world.proposals, "x" * 257)
    with pytest.raises(LimitError, match="MAX_BODY"):
        world.proposals.put_comment(REPO, 1, MARKER, "x" * 65_536)


# Merging


@pytest.mark.parametrize("method", ["squash", "merge"])
def test_a_pull_request_is_merged_once(world: World, method: str) -> None:
    sha = put(world.proposals, world.base)
    number = pull_of(world.proposals)
    tip = world.push({"other.yaml": b"b: 1\n"})
    done = world.proposals.merge(REPO, number, sha, method)  # type: ignore[arg-type]
    assert done.done
    assert done.reason == ""
    assert world.proposals.branch(REPO, "main") == done.sha
    assert world.parents(done.sha) == ((tip, sha) if method == "merge" else (tip,))
    assert world.files(done.sha) == {**CHANGED, "other.yaml": b"b: 1\n"}
    assert world.proposals.merge(REPO, number, sha) == done
    (pull,) = world.proposals.pulls_of(REPO, BRANCH)
    assert (pull.state, pull.merged, pull.merge_commit_sha) == ("closed", True, done.sha)
    world.proposals.close_pull(REPO, number)


def test_another_head_than_was_looked_at_is_not_merged(world: World) -> None:
    seen = put(world.proposals, world.base)
    number = pull_of(world.proposals)
    now = put(world.proposals, world.base, {"app.yaml": b"replicas: 3\n"})
    outcome = world.proposals.merge(REPO, number, seen)
    assert outcome == Merge(done=False, reason=f"its head is {now[:12]} now, and no more {seen[:12]}")
    assert world.proposals.branch(REPO, "main") == world.base


def test_what_conflicts_is_not_merged(world: World) -> None:
    sha = put(world.proposals, world.base)
    number = pull_of(world.proposals)
    world.push({"app.yaml": b"replicas: 9\nimage: a\n"})
    outcome = world.proposals.merge(REPO, number, sha)
    assert outcome == Merge(done=False, reason="Pull Request is not mergeable")


def test_five_at_once_merge_once(world: World) -> None:
    sha = put(world.proposals, world.base)
    number = pull_of(world.proposals)
    outcomes = at_once(world, lambda proposals: proposals.merge(REPO, number, sha))
    assert {(outcome.done, outcome.sha) for outcome in outcomes} == {(True, world.proposals.branch(REPO, "main"))}


def test_what_was_merged_is_not_proposed_again(world: World) -> None:
    sha = put(world.proposals, world.base)
    merged = world.proposals.merge(REPO, pull_of(world.proposals), sha)
    with pytest.raises(NothingToChange):
        put(world.proposals, merged.sha)


# Issues and comments


def test_an_issue_as_it_is(world: World) -> None:
    number = world.open_issue("Add a cluster", "### Name\n\nc", author="mona", labels=["slipway"])
    issue = world.proposals.issue(REPO, number)
    assert issue == Issue(
        REPO,
        number,
        "Add a cluster",
        "### Name\n\nc",
        "open",
        "mona",
        ("slipway",),
        is_pull_request=False,
        url=issue.url,
    )


def test_a_pull_request_is_an_issue_too(world: World) -> None:
    put(world.proposals, world.base)
    issue = world.proposals.issue(REPO, pull_of(world.proposals))
    assert (issue.is_pull_request, issue.title, issue.author) == (True, "Add cluster c", BOT)


def test_a_comment_as_it_is(world: World) -> None:
    number = world.open_issue("Add a cluster", "", author="mona")
    said = world.comment(number, "/slipway help", author="hubot")
    comment = world.proposals.comment(REPO, said)
    assert comment == Comment(said, "/slipway help", "hubot", by_app=False, number=number, url=comment.url)


def test_what_does_not_exist(world: World) -> None:
    for ask in (
        lambda: world.proposals.issue(REPO, 99),
        lambda: world.proposals.comment(REPO, 99),
        lambda: world.proposals.put_comment(REPO, 99, MARKER, "x"),
        lambda: world.proposals.close_issue(REPO, 99, completed=True),
        lambda: world.proposals.close_pull(REPO, 99),
        lambda: world.proposals.merge(REPO, 99, "f" * 40),
    ):
        with pytest.raises(InputError, match=r"GitHub knows no .*99"):
            ask()


def test_an_issue_is_opened_once(world: World) -> None:
    numbers = {world.proposals.open_issue(REPO, "Request", "Please.", ["slipway", "x"], MARKER) for _ in range(2)}
    (number,) = numbers
    issue = world.proposals.issue(REPO, number)
    assert (issue.body, issue.labels, issue.author) == (f"{MARKER}\nPlease.", ("slipway", "x"), BOT)
    world.proposals.close_issue(REPO, number, completed=True)
    assert world.proposals.open_issue(REPO, "Request", "Please.", ["slipway"], MARKER) == number
    assert world.issues() == [(number, "closed")]


def test_an_issue_of_somebody_else_with_our_marker_is_not_ours(world: World) -> None:
    theirs = world.open_issue("Mine", MARKER, author="mona", labels=["slipway"])
    assert world.proposals.open_issue(REPO, "Request", "Please.", ["slipway"], MARKER) != theirs


def test_five_at_once_open_one_issue(world: World) -> None:
    numbers = set(at_once(world, lambda each: each.open_issue(REPO, "Request", "Please.", ["slipway"], MARKER)))
    assert [number for number, state in world.issues() if state == "open"] == list(numbers)


def test_an_issue_is_closed_once(world: World) -> None:
    number = world.open_issue("Add a cluster", "", author="mona")
    for completed in (False, True):
        world.proposals.close_issue(REPO, number, completed=completed)
        assert world.proposals.issue(REPO, number).state == "closed"


def test_a_comment_is_made_and_changed(world: World) -> None:
    number = world.open_issue("Add a cluster", "", author="mona")
    first = world.proposals.put_comment(REPO, number, MARKER, "Working on it.")
    assert world.proposals.put_comment(REPO, number, MARKER, "Working on it.") == first
    assert world.proposals.put_comment(REPO, number, MARKER, "Done.") == first
    assert world.proposals.put_comment(REPO, number, "<!-- other -->", "Else.") != first
    assert world.comments(number) == [(BOT, f"{MARKER}\nDone."), (BOT, "<!-- other -->\nElse.")]
    assert world.proposals.comment(REPO, first).by_app


def test_a_comment_of_somebody_else_with_our_marker_stays_as_it_is(world: World) -> None:
    number = world.open_issue("Add a cluster", "", author="mona")
    theirs = world.comment(number, MARKER, author="mona")
    assert world.proposals.put_comment(REPO, number, MARKER, "Done.") != theirs
    assert world.comments(number) == [("mona", MARKER), (BOT, f"{MARKER}\nDone.")]


def test_comments_that_were_doubled_become_one(world: World) -> None:
    number = world.open_issue("Add a cluster", "", author="mona")
    first = world.proposals.put_comment(REPO, number, MARKER, "Working on it.")
    world.comment(number, f"{MARKER}\nWorking on it.", author=BOT)
    assert world.proposals.put_comment(REPO, number, MARKER, "Done.") == first
    assert world.comments(number) == [(BOT, f"{MARKER}\nDone.")]


def test_our_comment_is_found_among_many(world: World) -> None:
    number = world.open_issue("Add a cluster", "", author="mona")
    for place in range(101):
        world.comment(number, f"comment {place}", author="mona")
    first = world.proposals.put_comment(REPO, number, MARKER, "Done.")
    assert world.proposals.put_comment(REPO, number, MARKER, "Done.") == first
    assert len(world.comments(number)) == 102


def test_five_at_once_make_one_comment(world: World) -> None:
    number = world.open_issue("Add a cluster", "", author="mona")
    at_once(world, lambda proposals: proposals.put_comment(REPO, number, MARKER, "Done."))
    assert world.comments(number) == [(BOT, f"{MARKER}\nDone.")]


@pytest.mark.parametrize("marker", ["", "x", "<!-- a --> b", "<!-- a\nb -->", "<!-- a -- b -->"])
def test_a_marker_is_an_html_comment(world: World, marker: str) -> None:
    with pytest.raises(ValueError, match="is not a marker"):
        world.proposals.put_comment(REPO, 1, marker, "x")


# People


@pytest.mark.parametrize("permission", ["admin", "maintain", "write", "triage", "read", "none"])
def test_the_permission_of_somebody(world: World, permission: Permission) -> None:
    world.permit("mona", permission)
    assert world.proposals.permission(REPO, "mona") == permission
    assert world.proposals.permission(REPO, "nobody") == "none"


@pytest.mark.parametrize("login", ["", "../..", "a/b", "a b", "mona?x=1"])
def test_what_is_no_login_has_no_rights(world: World, login: str) -> None:
    assert world.proposals.permission(REPO, login) == "none"
    assert not world.proposals.is_member("acme", "platform", login)


def test_the_members_of_a_team(world: World) -> None:
    world.add_member("platform", "mona")
    assert world.proposals.is_member("acme", "platform", "mona")
    assert not world.proposals.is_member("acme", "platform", "hubot")
    assert not world.proposals.is_member("acme", "none", "mona")
    assert not world.proposals.is_member("acme", "../platform", "mona")


# Checks


@pytest.mark.parametrize(
    ("runs", "statuses", "state"),
    [
        ([], {}, "none"),
        (["success", "neutral", "skipped"], {}, "success"),
        (["success"], {"ci": "success"}, "success"),
        (["success", None], {}, "pending"),
        (["success", "action_required"], {}, "pending"),
        (["success"], {"ci": "pending"}, "pending"),
        (["failure", None], {}, "failure"),
        (["cancelled"], {}, "failure"),
        (["timed_out"], {}, "failure"),
        ([], {"ci": "error"}, "failure"),
        ([], {"ci": "failure", "other": "pending"}, "failure"),
        ([], {"ci": "success"}, "success"),
    ],
)
def test_what_the_checks_of_a_commit_say(
    world: World, runs: list[str | None], statuses: dict[str, str], state: str
) -> None:
    for number, conclusion in enumerate(runs):
        world.run(world.base, f"check {number}", conclusion)
    for context, said in statuses.items():
        world.status(world.base, context, said)
    assert world.proposals.check_state(REPO, world.base) == state


def test_the_latest_run_and_the_latest_status_count(world: World) -> None:
    for conclusion in ("failure", "success"):
        world.run(world.base, "slipway", conclusion)
        world.status(world.base, "ci", conclusion)
    assert world.proposals.check_state(REPO, world.base) == "success"
    assert world.proposals.check_run(REPO, world.base, "slipway") == "success"


def test_one_check_run(world: World) -> None:
    assert world.proposals.check_run(REPO, world.base, "slipway") == "none"
    world.run(world.base, "slipway", None)
    assert world.proposals.check_run(REPO, world.base, "slipway") == "pending"
    world.run(world.base, "slipway", "action_required")
    world.run(world.base, "other", "success")
    assert world.proposals.check_run(REPO, world.base, "slipway") == "action_required"
    assert world.proposals.check_run(REPO, world.base, "slipway", app=7) == "none"


# Trouble


def test_a_rate_limit(world: World) -> None:
    world.limit(17)
    with pytest.raises(RetryLater) as caught:
        world.proposals.branch(REPO, "main")
    assert caught.value.after == 17
    assert world.proposals.branch(REPO, "main") == world.base
