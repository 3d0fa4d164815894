"""The GitHub stand-in merges, lists and archives what its git repositories really hold."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from local.github.control import NewPull
from local.github.model import StandInError
from local.github.server import StandIn
from tests.contract import openapi
from tests.contract.standin import Api, App, Receiver, Reply

CHANGE = NewPull("b", files={"app.yaml": "replicas: 2\nimage: a\n", "new.yaml": "a: 1\n", "docs/readme.md": None})


@pytest.fixture
def api(app: App) -> Api:
    return app.token()


def pull(api: Api, number: int = 1) -> Any:
    return api.get(f"/repos/acme/shop/pulls/{number}").body


def files_of(api: Api, ref: str) -> dict[str, str]:
    """What the archive of a ref holds, without its top directory."""
    archive = download(api, ref)
    with tarfile.open(fileobj=io.BytesIO(archive.raw)) as tar:
        members = [member for member in tar.getmembers() if member.isfile()]
        return {
            member.name.partition("/")[2]: (tar.extractfile(member) or io.BytesIO()).read().decode()
            for member in members
        }


def download(api: Api, ref: str) -> Reply:
    redirect = api.get(f"/repos/acme/shop/tarball/{ref}")
    assert redirect.status == 302
    return Api(api.url, "").get(redirect.headers["location"].removeprefix(api.url))


def test_pull_request_has_the_merge_that_it_would_be(github: StandIn, api: Api) -> None:
    opened = github.open_pull_request("acme/shop", CHANGE)
    github.commit("acme/shop", "main", {"other.yaml": "b: 1\n"})
    found = pull(api)
    assert (found["mergeable"], found["mergeable_state"]) == (True, "clean")
    merge = api.get(f"/repos/acme/shop/commits/{found['merge_commit_sha']}").body
    main = api.get("/repos/acme/shop/git/ref/heads/main").body["object"]["sha"]
    assert [parent["sha"] for parent in merge["parents"]] == [main, opened.head_sha]
    assert files_of(api, found["merge_commit_sha"]) == {
        "app.yaml": "replicas: 2\nimage: a\n",
        "new.yaml": "a: 1\n",
        "other.yaml": "b: 1\n",
    }
    refs = [api.get(f"/repos/acme/shop/commits/pull/1/{name}").body["sha"] for name in ("merge", "head")]
    assert refs == [found["merge_commit_sha"], opened.head_sha]


def test_conflict_is_not_mergeable_and_keeps_the_merge_of_before(github: StandIn, api: Api) -> None:
    github.open_pull_request("acme/shop", CHANGE)
    before = pull(api)
    github.commit("acme/shop", "main", {"app.yaml": "replicas: 9\nimage: a\n"})
    after = pull(api)
    assert (after["mergeable"], after["mergeable_state"]) == (False, "dirty")
    assert after["merge_commit_sha"] == before["merge_commit_sha"]


def test_pull_request_that_conflicts_from_the_start_has_no_merge(github: StandIn, api: Api) -> None:
    github.commit("acme/shop", "b", {"app.yaml": "replicas: 2\n"})
    github.commit("acme/shop", "main", {"app.yaml": "replicas: 9\n"})
    github.open_pull_request("acme/shop", NewPull("b"))
    assert (pull(api)["mergeable"], pull(api)["merge_commit_sha"]) == (False, None)


def test_mergeability_can_be_unknown_at_first(github: StandIn, api: Api) -> None:
    github.set_options(mergeable_null_reads=2)
    github.open_pull_request("acme/shop", CHANGE)
    assert [pull(api)["mergeable"] for _ in range(3)] == [None, None, True]
    merge = pull(api)["merge_commit_sha"]
    github.commit("acme/shop", "main", {"other.yaml": "b: 1\n"})
    unknown = pull(api)
    assert (unknown["mergeable"], unknown["mergeable_state"]) == (None, "unknown")
    assert unknown["merge_commit_sha"] == merge  # that of before, as GitHub answers it


def test_reads_do_not_change_the_merge(github: StandIn, api: Api) -> None:
    github.open_pull_request("acme/shop", CHANGE)
    github.commit("acme/shop", "main", {"other.yaml": "b: 1\n"})
    assert len({pull(api)["merge_commit_sha"] for _ in range(3)}) == 1


def test_pull_request_counts_and_lists_what_it_changes(github: StandIn, api: Api) -> None:
    github.open_pull_request("acme/shop", CHANGE)
    found = pull(api)
    assert [found[name] for name in ("commits", "changed_files", "additions", "deletions")] == [1, 3, 2, 2]
    files = {each["filename"]: each for each in api.get("/repos/acme/shop/pulls/1/files").body}
    assert {name: each["status"] for name, each in files.items()} == {
        "app.yaml": "modified",
        "new.yaml": "added",
        "docs/readme.md": "removed",
    }
    assert files["app.yaml"]["patch"] == "@@ -1,2 +1,2 @@\n-replicas: 1\n+replicas: 2\n image: a"


@pytest.mark.parametrize(
    ("files", "status", "previous", "patched"),
    [
        ({"docs/readme.md": None, "docs/moved.md": "hello\n"}, "renamed", "docs/readme.md", False),
        ({"logo.png": b"\x89PNG\0\0\1"}, "added", None, False),
        ({'odd "name" ü.yaml': "a: 1\n"}, "added", None, True),
    ],
)
def test_unusual_changes_are_listed(
    github: StandIn, api: Api, files: dict[str, Any], status: str, previous: str | None, patched: bool
) -> None:
    github.open_pull_request("acme/shop", NewPull("b", files=files))
    (found,) = api.get("/repos/acme/shop/pulls/1/files").body
    assert (found["status"], found.get("previous_filename")) == (status, previous)
    assert ("patch" in found) == patched


def test_push_moves_head_and_base_of_the_pull_request(github: StandIn, api: Api) -> None:
    github.open_pull_request("acme/shop", CHANGE)
    base = pull(api)["base"]["sha"]
    main = github.commit("acme/shop", "main", {"other.yaml": "b: 1\n"})
    assert pull(api)["base"]["sha"] == base  # GitHub leaves it until the head is pushed
    head = github.commit("acme/shop", "b", {"new.yaml": "a: 2\n"})
    found = pull(api)
    assert (found["head"]["sha"], found["base"]["sha"]) == (head, main)
    assert (found["commits"], found["mergeable"]) == (2, True)


def test_force_push_replaces_the_branch(github: StandIn, api: Api, receiver: Receiver) -> None:
    opened = github.open_pull_request("acme/shop", CHANGE)
    github.set_webhook(receiver.url, "s")
    head = github.commit("acme/shop", "b", {"only.yaml": "c: 1\n"}, force=True)
    assert github.settle()
    assert (pull(api)["head"]["sha"], pull(api)["commits"]) == (head, 1)
    assert [each["filename"] for each in api.get("/repos/acme/shop/pulls/1/files").body] == ["only.yaml"]
    (synchronized,) = receiver.of("pull_request", "synchronize")
    assert (synchronized.payload["before"], synchronized.payload["after"]) == (opened.head_sha, head)
    assert receiver.of("push")[0].payload["forced"]


def test_closed_pull_request_stays_as_it_was_until_it_is_reopened(github: StandIn, api: Api) -> None:
    opened = github.open_pull_request("acme/shop", CHANGE)
    github.close_pull_request("acme/shop", 1)
    head = github.commit("acme/shop", "b", {"new.yaml": "a: 2\n"})
    closed = pull(api)
    assert (closed["state"], closed["head"]["sha"], closed["mergeable"]) == ("closed", opened.head_sha, None)
    github.reopen_pull_request("acme/shop", 1)
    reopened = pull(api)
    assert (reopened["state"], reopened["head"]["sha"], reopened["closed_at"]) == ("open", head, None)


def test_pull_request_from_a_fork_is_merged_too(github: StandIn, api: Api) -> None:
    fork = github.fork("acme/shop", "mona")
    github.open_pull_request("acme/shop", NewPull("theirs", files={"t.yaml": "t: 1\n"}, head_repository=fork))
    head = github.commit(fork, "theirs", {"t.yaml": "t: 2\n"}, author="mona")
    found = pull(api)
    assert (found["head"]["repo"]["full_name"], found["head"]["repo"]["fork"]) == ("mona/shop", True)
    assert (found["head"]["sha"], found["mergeable"], found["commits"]) == (head, True, 2)
    assert files_of(api, found["merge_commit_sha"])["t.yaml"] == "t: 2\n"
    assert api.get("/repos/mona/shop").status == 404  # the App is not installed there


def test_draft_is_marked_ready(github: StandIn, api: Api) -> None:
    github.open_pull_request("acme/shop", NewPull("b", files={"b": "1"}, draft=True))
    assert (pull(api)["draft"], pull(api)["mergeable_state"]) == (True, "draft")
    github.mark_ready("acme/shop", 1)
    assert (pull(api)["draft"], pull(api)["mergeable_state"]) == (False, "clean")


def test_many_pull_requests_are_opened_at_once(github: StandIn, api: Api, receiver: Receiver) -> None:
    github.set_webhook(receiver.url, "s")
    changes = [NewPull(f"b{n}", f"Change {n}", files={f"{n}.yaml": f"n: {n}\n"}) for n in range(1, 41)]
    opened = github.open_pull_requests("acme/shop", changes)
    assert github.settle()
    assert [each.number for each in opened] == list(range(1, 41))
    heads = {each.payload["number"]: each.payload["pull_request"] for each in receiver.of("pull_request", "opened")}
    assert {number: shown["head"]["sha"] for number, shown in heads.items()} == {
        each.number: each.head_sha for each in opened
    }
    last = pull(api, 40)
    assert (last["title"], last["mergeable"], last["changed_files"]) == ("Change 40", True, 1)
    assert files_of(api, last["merge_commit_sha"])["40.yaml"] == "n: 40\n"


def test_pull_requests_are_listed_newest_first(github: StandIn, api: Api) -> None:
    github.open_pull_requests("acme/shop", [NewPull(f"b{n}", files={"n": str(n)}) for n in (1, 2, 3)])
    github.close_pull_request("acme/shop", 2)

    def numbers(query: str = "") -> list[int]:
        return [each["number"] for each in api.get(f"/repos/acme/shop/pulls?{query}").body]

    assert numbers() == [3, 1]
    assert numbers("state=all&direction=asc") == [1, 2, 3]
    assert numbers("state=closed") == [2]
    assert numbers("head=acme:b1") == [1]
    assert numbers("base=release") == []
    assert numbers("per_page=1&page=2") == [1]


def test_archive_has_githubs_top_directory(github: StandIn, api: Api, app: App) -> None:
    sha = api.get("/repos/acme/shop/git/ref/heads/main").body["object"]["sha"]
    archive = download(api, "main")
    assert archive.headers["content-type"] == "application/x-gzip"
    with tarfile.open(fileobj=io.BytesIO(archive.raw)) as tar:
        assert {name.partition("/")[0] for name in tar.getnames() if name != "pax_global_header"} == {
            f"acme-shop-{sha[:7]}"
        }
    assert files_of(api, sha) == files_of(api, "main")


@pytest.mark.parametrize(
    "change",
    [
        lambda url: url[:-1] + ("0" if url[-1] != "0" else "1"),
        lambda url: url.partition("?")[0],
        lambda url: url.replace("/main?", "/none?"),
        lambda url: url.replace("token=1", "token=0"),
    ],
)
def test_archive_is_only_for_the_url_that_was_handed_out(api: Api, change: Any) -> None:
    location = api.get("/repos/acme/shop/tarball/main").headers["location"].removeprefix(api.url)
    assert Api(api.url, api.credentials).get(change(location)).status == 404


def test_directory_becomes_a_repository(github: StandIn, app: App, tmp_path: Path) -> None:
    (tmp_path / "src" / "bin").mkdir(parents=True)
    (tmp_path / "src" / "bin" / "run").write_text("#!/bin/sh\n")
    (tmp_path / "src" / "bin" / "run").chmod(0o755)
    (tmp_path / "src" / "link").symlink_to("bin/run")
    (tmp_path / "src" / "nowhere").symlink_to("../../etc/passwd")
    (tmp_path / "src" / ".git").mkdir()
    (tmp_path / "src" / ".git" / "config").write_text("none of this\n")
    github.create_repository("acme/tools", tmp_path / "src", default_branch="trunk")
    listing = subprocess.run(
        ["git", "ls-tree", "-r", "trunk"],
        cwd=github.git_directory("acme/tools"),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert {line.split()[3]: line.split()[0] for line in listing.splitlines()} == {
        "bin/run": "100755",
        "link": "120000",
        "nowhere": "120000",
    }
    assert app.token().get("/repos/acme/tools").body["default_branch"] == "trunk"


def test_link_is_answered_with_its_target_if_that_is_a_file(github: StandIn, app: App, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "run").write_text("#!/bin/sh\n")
    (tmp_path / "bin" / "start").symlink_to("run")
    (tmp_path / "nowhere").symlink_to("../../etc/passwd")
    github.create_repository("acme/tools", tmp_path)
    api = app.token()
    followed = api.get("/repos/acme/tools/contents/bin/start").body
    assert (followed["type"], followed["path"], followed["content"]) == ("file", "bin/run", "IyEvYmluL3NoCg==\n")
    link = api.get("/repos/acme/tools/contents/nowhere")
    assert (link.body["type"], link.body["target"]) == ("symlink", "../../etc/passwd")
    validator = openapi.response_validator("GET", "/repos/{owner}/{repo}/contents/{path}", 200)
    assert openapi.errors(validator, link.body) == []


def test_content_is_answered_as_json_or_raw(api: Api) -> None:
    shown = api.get("/repos/acme/shop/contents/docs/readme.md").body
    assert (shown["content"], shown["encoding"], shown["path"]) == ("aGVsbG8K\n", "base64", "docs/readme.md")
    raw = api.get("/repos/acme/shop/contents/docs/readme.md", Accept="application/vnd.github.raw+json")
    assert raw.raw == b"hello\n"
    names = [(each["name"], each["type"]) for each in api.get("/repos/acme/shop/contents/").body]
    assert names == [("app.yaml", "file"), ("docs", "dir")]


def test_tree_is_listed_flat_or_whole(github: StandIn, api: Api) -> None:
    def paths(query: str) -> list[str]:
        return [each["path"] for each in api.get(f"/repos/acme/shop/git/trees/main{query}").body["tree"]]

    assert paths("") == ["app.yaml", "docs"]
    assert paths("?recursive=1") == ["app.yaml", "docs", "docs/readme.md"]
    github.set_options(tree_limit=2)
    cut = api.get("/repos/acme/shop/git/trees/main?recursive=1").body
    assert (cut["truncated"], len(cut["tree"])) == (True, 2)
    assert api.get("/repos/acme/shop/git/trees/main").body["truncated"] is False


def test_blob_is_read_by_its_sha(api: Api) -> None:
    tree = api.get("/repos/acme/shop/git/trees/main?recursive=1").body["tree"]
    shas = {each["path"]: each["sha"] for each in tree}
    assert api.get(f"/repos/acme/shop/git/blobs/{shas['docs/readme.md']}").body["content"] == "aGVsbG8K\n"


@pytest.mark.parametrize("ref", ["main", "heads/main", "refs/heads/main", "HEAD"])
def test_commit_is_found_by_any_of_its_names(api: Api, ref: str) -> None:
    sha = api.get("/repos/acme/shop/git/ref/heads/main").body["object"]["sha"]
    assert api.get(f"/repos/acme/shop/commits/{ref}").body["sha"] == sha
    assert api.get(f"/repos/acme/shop/commits/{sha[:8]}").body["sha"] == sha
    assert api.get("/repos/acme/shop/commits/refs%2Fheads%2Fmain").body["sha"] == sha


def test_senseless_control_is_refused_with_a_reason(github: StandIn, app: App) -> None:
    with pytest.raises(StandInError, match="acme/shop exists already"):
        github.create_repository("acme/shop", {})
    with pytest.raises(StandInError, match="there is no repository acme/none"):
        github.commit("acme/none", "b", {})
    with pytest.raises(StandInError, match="there is no open pull request acme/shop#1"):
        github.close_pull_request("acme/shop", 1)
    with pytest.raises(StandInError, match="has no branch gone"):
        github.open_pull_request("acme/shop", NewPull("gone"))
    assert app.token().get("/repos/acme/shop/pulls?state=all").body == []
