"""What the client sends and does not send, against a scripted GitHub."""

from __future__ import annotations

import base64
import gzip
import io
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from slipway.errors import InputError, LimitError, RetryLater
from slipway.github.calls import Failed
from slipway.github.client import GitHubClient
from slipway.github.gunzip import DamagedArchive
from slipway.github.listing import object_id
from slipway.github.protocol import CheckRun, Commit
from slipway.github.tokens import InstallationToken
from slipway.github.trees import redirected
from tests.unit.github_script import Says, Script, scripted

SHA = "a" * 40
RUN = CheckRun("slipway", SHA, "acme/app#7", "completed", "Fine", "All is well", conclusion="success")


class Tokens:
    """A `TokenSource`."""

    def __init__(self) -> None:
        self.renewed = 0

    def current(self) -> InstallationToken:
        return InstallationToken(f"ghs_{self.renewed}", datetime.max.replace(tzinfo=UTC), app_id=7)

    def renew(self) -> None:
        self.renewed += 1


@pytest.fixture
def script() -> Iterator[Script]:
    with scripted() as found:
        yield found


def client(script: Script, api_url: str = "") -> GitHubClient:
    return GitHubClient(api_url or script.url, 1, Tokens(), timeout=5, sleep=lambda _: None)


def archive(files: dict[str, bytes]) -> Says:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for path, content in files.items():
            member = tarfile.TarInfo(f"acme-app-aaaaaaa/{path}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return Says(200, out.getvalue(), {"content-type": "application/x-gzip"})


def entry(path: str, content: bytes = b"", mode: str = "100644") -> dict[str, Any]:
    sha = object_id(content, like=SHA)
    kind = {"040000": "tree", "160000": "commit"}.get(mode, "blob")
    return {"path": path, "mode": mode, "type": kind, "sha": sha, **({"size": len(content)} if kind == "blob" else {})}


def listing(*entries: dict[str, Any], truncated: bool = False) -> Says:
    return Says(200, {"sha": SHA, "tree": list(entries), "truncated": truncated})


def moved(url: str) -> Says:
    return Says(302, b"", {"location": url})


FILES = {"a.yaml": b"a: 1\n"}


def test_a_download_takes_no_token_to_where_it_is_sent(script: Script) -> None:
    elsewhere = script.url.replace("127.0.0.1", "localhost")
    script.says(moved(f"{elsewhere}/acme/app/legacy?token=t"), archive(FILES), listing(entry("a.yaml", b"a: 1\n")))
    assert client(script).tree("acme/app", SHA).read("a.yaml") == b"a: 1\n"
    first, second, _ = script.asked
    assert (first.path, first.headers["authorization"]) == (f"/repos/acme/app/tarball/{SHA}", "token ghs_0")
    assert (second.path, second.headers["host"]) == ("/acme/app/legacy?token=t", elsewhere.removeprefix("http://"))
    assert "authorization" not in second.headers


def test_a_netrc_adds_no_credentials(script: Script, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("default login me password hunter2\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    script.says(moved("/elsewhere"), archive(FILES), listing(entry("a.yaml", b"a: 1\n")))
    client(script).tree("acme/app", SHA)
    assert [asked.headers.get("authorization") for asked in script.asked] == ["token ghs_0", None, "token ghs_0"]


def test_a_download_does_not_go_round_in_circles(script: Script) -> None:
    script.says(*[moved("/again")] * 12)
    with pytest.raises(RetryLater):
        client(script).tree("acme/app", SHA)
    assert len(script.asked) == 3 * 4


def test_a_download_with_a_token_that_is_not_accepted_is_tried_with_another(script: Script) -> None:
    script.says(Says(401), archive(FILES), listing(entry("a.yaml", b"a: 1\n")))
    client(script).tree("acme/app", SHA)
    assert [asked.headers["authorization"] for asked in script.asked[:2]] == ["token ghs_0", "token ghs_1"]


DOWNLOADS = [
    (
        "a rate limit",
        [Says(429, {}, {"retry-after": "9"})],
        RetryLater,
        r"wait 9 s \(rate limit\) before files of acme/app",
    ),
    ("nothing there", [Says(404)], InputError, "GitHub knows no files of acme/app at aaaaaaaaaaaa"),
    ("nothing elsewhere", [moved("/x"), Says(404)], InputError, "GitHub knows no files of acme/app at aaaaaaaaaaaa"),
    ("broken each time", [Says(502)] * 3, RetryLater, "files of acme/app at aaaaaaaaaaaa: GitHub failed 3 times"),
    ("dropped each time", [Says(drop=True)] * 3, RetryLater, "GitHub failed 3 times, at last: ConnectionError"),
    ("cut short each time", [Says(200, b"\x1f\x8b", short=True)] * 3, RetryLater, "at last: .*(Protocol|Incomplete)"),
    ("no archive each time", [Says(200, b"<html>")] * 3, DamagedArchive, "not a sound gzip file .*archive of acme/app"),
]


@pytest.mark.parametrize(
    ("answers", "error", "message"), [each[1:] for each in DOWNLOADS], ids=[each[0] for each in DOWNLOADS]
)
def test_a_download_that_comes_to_nothing(
    script: Script, answers: list[Says], error: type[Exception], message: str
) -> None:
    script.says(*answers)
    with pytest.raises(error, match=message):
        client(script).tree("acme/app", SHA)
    assert script.answers == []


REDIRECTS = [
    ("https://api.example/a/b", "https://codeload.example/x", "https://codeload.example/x"),
    ("https://api.example/a/b", "/x?token=t", "https://api.example/x?token=t"),
    ("http://127.0.0.1:1/a", "http://127.0.0.1:1/x", "http://127.0.0.1:1/x"),
    ("http://127.0.0.1:1/a", "https://codeload.example/x", "https://codeload.example/x"),
]


@pytest.mark.parametrize(("url", "location", "target"), REDIRECTS)
def test_a_redirect_leads_on(url: str, location: str, target: str) -> None:
    assert redirected(url, location) == target


@pytest.mark.parametrize(
    "location", ["http://codeload.example/x", "http://api.example/x", "ftp://x", "file:///etc/passwd"]
)
def test_a_redirect_does_not_lead_away_from_https(location: str) -> None:
    with pytest.raises(Failed, match="a redirect away from HTTPS"):
        redirected("https://api.example/a", location)


def test_a_list_that_github_cuts_is_read_folder_by_folder(script: Script) -> None:
    files = {"a.yaml": b"1", "deep/b.yaml": b"2", "deep/er/c.yaml": b"3"}
    script.says(
        archive(files),
        listing(entry("a.yaml", b"1"), truncated=True),
        listing(entry("a.yaml", b"1"), entry("deep", b"?", "040000"), entry("sub", b"!", "160000")),
        listing(entry("b.yaml", b"2"), entry("er", b"", "040000"), entry("er/c.yaml", b"3")),
    )
    assert set(client(script).tree("acme/app", SHA)) == set(files)
    assert [asked.path.removeprefix("/repos/acme/app/git/trees/") for asked in script.asked[1:]] == [
        f"{SHA}?recursive=1",
        SHA,
        f"{object_id(b'?', like=SHA)}?recursive=1",
    ]


def test_a_folder_that_github_cuts_is_beyond_the_limit(script: Script) -> None:
    script.says(archive({}), listing(truncated=True), listing(truncated=True))
    with pytest.raises(LimitError, match=r"more than GitHub lists in 100 calls \(limit MAX_LISTINGS\)"):
        client(script).tree("acme/app", SHA)


def test_a_file_that_is_not_what_was_committed_is_not_believed(script: Script) -> None:
    wrong = Says(200, {"content": base64.b64encode(b"other").decode(), "encoding": "base64"})
    script.says(archive({}), listing(entry("a.yaml", b"1")), wrong, wrong, wrong)
    with pytest.raises(RetryLater, match=r"file a\.yaml of acme/app: .*not the content that was committed"):
        client(script).tree("acme/app", SHA)


def shown(number: int, **changes: Any) -> dict[str, Any]:
    """A check run as GitHub lists it."""
    run = {"id": number, "name": RUN.name, "external_id": RUN.external_id, "app": {"id": 7}}
    return {**run, "output": {"annotations_count": 0}, **changes}


def runs(*found: dict[str, Any]) -> Says:
    return Says(200, {"total_count": len(found), "check_runs": list(found)})


def test_only_our_own_run_about_the_same_is_updated(script: Script) -> None:
    others = [
        shown(1, app={"id": 8}),
        shown(2, app=None),
        shown(3, external_id="another"),
        shown(4, external_id=None),
        shown(5, name="another"),
    ]
    script.says(runs(*others, shown(6)), Says(200, shown(6)))
    assert client(script).put_check_run("acme/app", RUN) == 6
    assert script.asked[0].path == (
        f"/repos/acme/app/commits/{SHA}/check-runs?check_name=slipway&filter=all&page=1&per_page=100"
    )
    assert (script.asked[1].method, script.asked[1].path) == ("PATCH", "/repos/acme/app/check-runs/6")


def test_runs_are_looked_for_on_all_pages(script: Script) -> None:
    script.says(
        runs(*(shown(number, external_id="x") for number in range(100))), runs(shown(200)), Says(200, shown(200))
    )
    assert client(script).put_check_run("acme/app", RUN) == 200


def test_a_run_says_all_that_it_should(script: Script) -> None:
    script.says(runs(), Says(201, shown(1)), runs(shown(1)))
    client(script).put_check_run("acme/app", RUN)
    assert script.asked[1].body == {
        "name": "slipway",
        "head_sha": SHA,
        "external_id": "acme/app#7",
        "status": "completed",
        "conclusion": "success",
        "output": {"title": "Fine", "summary": "All is well", "annotations": []},
    }
    assert script.asked[1].headers["accept"] == "application/vnd.github+json"
    assert script.asked[1].headers["x-github-api-version"] == "2022-11-28"


def test_a_commit_is_asked_for_with_as_little_of_its_changes_as_can_be(script: Script) -> None:
    document = {"sha": SHA, "parents": [{"sha": "b" * 40}]}
    committer = {"committer": {"date": "2026-11-22T12:00:00Z"}}
    script.says(Says(200, {**document, **committer}), Says(200, {**document, "commit": committer}))
    expected = Commit(SHA, ("b" * 40,), "2026-11-22T12:00:00Z")
    assert client(script).commit("acme/app", SHA) == expected
    assert client(script).commit("acme/app", "feature/x?y") == expected
    assert [asked.path for asked in script.asked] == [
        f"/repos/acme/app/git/commits/{SHA}",
        "/repos/acme/app/commits/feature%2Fx%3Fy?per_page=1",
    ]


def test_an_enterprise_server_has_its_api_below_a_path(script: Script) -> None:
    commit = {"sha": SHA, "parents": [], "committer": {"date": "2026-11-22T12:00:00Z"}}
    script.says(Says(200, commit), archive(FILES), listing(entry("a.yaml", b"a: 1\n")))
    found = client(script, f"{script.url}/api/v3")
    found.commit("acme/app", SHA)
    found.tree("acme/app", SHA)
    assert all(asked.path.startswith("/api/v3/repos/acme/app/") for asked in script.asked)


def test_gzip_is_not_unpacked_twice(script: Script) -> None:
    packed = archive(FILES).body
    assert gzip.decompress(packed)
    script.says(Says(200, packed, {"content-encoding": "gzip"}), listing(entry("a.yaml", b"a: 1\n")))
    assert "a.yaml" in client(script).tree("acme/app", SHA)
