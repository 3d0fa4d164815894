"""Charts as files: archives, `.helmignore`, versions, values files."""

from __future__ import annotations

import gzip
import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from slipway.errors import InputError, LimitError
from slipway.fleet.errors import BuildError
from slipway.fleet.helm_chart import (
    MAX_ARCHIVE_BYTES,
    MAX_FILE_BYTES,
    MAX_FILES,
    MAX_UNPACKED_BYTES,
    merge_values_files,
    metadata,
    pack,
    semver,
    unpack,
    with_values,
    with_version_metadata,
)
from slipway.fleet.helm_ignore import without_ignored
from slipway.fleet.manifests import load_document
from slipway.tools.layer import find_tool
from tests.unit.helm_world import chart_files


def _archive(*members: tuple[str, bytes, dict[str, object]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as opened:
        for name, content, fields in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            for field, value in fields.items():
                setattr(info, field, value)
            opened.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def test_what_is_packed_is_unpacked_and_equal_files_give_equal_bytes() -> None:
    files = chart_files({"a.yaml": "a"})
    packed = pack(files)
    assert unpack(packed.archive) == files
    assert pack(dict(reversed(files.items()))).archive == packed.archive


def test_an_archive_s_top_directory_and_byte_order_marks_do_not_count() -> None:
    assert unpack(_archive(("any/a/b.yaml", b"\xef\xbb\xbfx", {}), ("w\\c.yaml", b"y", {}))) == {
        "a/b.yaml": b"x",
        "c.yaml": b"y",
    }


def test_links_and_devices_in_an_archive_are_left_out() -> None:
    members = [
        ("app/Chart.yaml", b"", {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}),
        ("app/fifo", b"", {"type": tarfile.FIFOTYPE}),
        ("app/sub", b"", {"type": tarfile.DIRTYPE}),
        ("app/values.yaml", b"a: 1", {}),
    ]
    assert unpack(_archive(*members)) == {"values.yaml": b"a: 1"}


@pytest.mark.parametrize("name", ["app/../../etc/x", "app/../..", "app//etc/x", "app/c:/x", "Chart.yaml"])
def test_an_archive_that_leaves_itself_is_refused(name: str) -> None:
    with pytest.raises(BuildError, match="illegally contains"):
        unpack(_archive((name, b"x", {})))


@pytest.mark.parametrize(
    "data",
    [b"", b"no archive", gzip.compress(b"no tar" * 200, mtime=0), pack({"a": b"x"}).archive[:-20]],
    ids=["empty", "text", "gzip", "cut"],
)
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    with pytest.raises(BuildError, match="no archive of a chart"):
        unpack(data)


def test_an_archive_beyond_a_limit_is_refused_before_it_takes_memory() -> None:
    bomb = gzip.compress(bytes(MAX_UNPACKED_BYTES + 1), compresslevel=9)
    many = _archive(*((f"app/{number}", b"", {}) for number in range(MAX_FILES + 1)))
    cases = [
        (bytes(MAX_ARCHIVE_BYTES + 1), "MAX_ARCHIVE_BYTES"),
        (bomb, "MAX_UNPACKED_BYTES"),
        (_archive(("app/x", bytes(MAX_FILE_BYTES + 1), {})), "MAX_FILE_BYTES"),
        (many, "MAX_FILES"),
    ]
    for data, limit in cases:
        with pytest.raises(LimitError, match=limit):
            unpack(data)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.2.3", "1.2.3"),
        ("v1.2.3", "1.2.3"),
        ("1.2", "1.2.0"),
        ("1", "1.0.0"),
        ("1.2.3-rc.1+build.5", "1.2.3-rc.1"),
    ],
)
def test_versions_are_written_in_full(version: str, expected: str) -> None:
    assert semver(version) == expected


@pytest.mark.parametrize("version", ["", "latest", "1.2.3.4", "1.x"])
def test_what_is_no_version_is_an_error(version: str) -> None:
    with pytest.raises(BuildError, match="no semantic version"):
        semver(version)


def test_build_metadata_is_replaced_and_the_rest_of_the_chart_kept() -> None:
    files = chart_files({}, Chart_yaml="name: app\nversion: 1.2.3+old\nappVersion: '1.10'\n")
    changed = with_version_metadata(files, "abc")
    assert load_document(changed["Chart.yaml"]) == {"name": "app", "version": "1.2.3+abc", "appVersion": "1.10"}
    assert changed["values.yaml"] == files["values.yaml"]


@pytest.mark.parametrize("chart", ["", "name: app\n", "version: 1.0.0\n", "a: [\n", "[a]\n"])
def test_a_chart_without_name_or_version_is_an_error(chart: str) -> None:
    with pytest.raises(BuildError):
        metadata({"Chart.yaml": chart.encode()})


def test_dependencies_of_a_chart_of_helm_2_are_in_a_file_of_their_own() -> None:
    files = {"Chart.yaml": b"name: a\nversion: 1.0.0\n", "requirements.yaml": b"dependencies: [{name: b}]\n"}
    assert metadata(files)["dependencies"] == [{"name": "b"}]


def test_values_files_are_merged_in_order_and_replace_the_chart_s_values() -> None:
    files = {"values.yaml": b"a: 1\nkept: 1\n", "prod.yaml": b"b: {c: 1}\n", "eu.yaml": b"b: {d: 2}\n"}
    merged = merge_values_files(("prod.yaml", "eu.yaml"), files.get, ignore_missing=False)
    assert merged == {"b": {"c": 1, "d": 2}}
    assert load_document(with_values(files, merged)["values.yaml"]) == merged
    assert with_values(files, {})["values.yaml"] == b""


def test_a_missing_values_file_is_an_error_unless_ignored() -> None:
    files = {"prod.yaml": b"b: 1\n"}
    assert merge_values_files(("gone.yaml", "prod.yaml"), files.get, ignore_missing=True) == {"b": 1}
    with pytest.raises(BuildError, match=r"valuesFiles: gone\.yaml does not exist"):
        merge_values_files(("gone.yaml", "prod.yaml"), files.get, ignore_missing=False)
    with pytest.raises(BuildError, match=r"the chart has no values\.yaml"):
        with_values({}, {"b": 1})


IGNORED = [
    ("", ["templates/.hidden", "templates/.d/x"]),
    ("*.md\n", ["README.md", "docs/a.md", "templates/.hidden", "templates/.d/x"]),
    ("/README.md\n", ["README.md", "templates/.hidden", "templates/.d/x"]),
    ("docs/\n", ["docs/a.md", "docs/deep/b.txt", "templates/.hidden", "templates/.d/x"]),
    ("docs/*.txt\n", ["templates/.hidden", "templates/.d/x"]),
    ("docs/deep\n# comment\n\n", ["docs/deep/b.txt", "templates/.hidden", "templates/.d/x"]),
    ("[a-c].md\n", ["docs/a.md", "templates/.hidden", "templates/.d/x"]),
    ("?.md\n", ["docs/a.md", "templates/.hidden", "templates/.d/x"]),
    ("[^a].txt\n", ["docs/deep/b.txt", "templates/.hidden", "templates/.d/x"]),
]
TREE = ["Chart.yaml", "README.md", "docs/a.md", "docs/deep/b.txt", "templates/.hidden", "templates/.d/x", "values.yaml"]


@pytest.mark.parametrize(("rules", "ignored"), IGNORED)
def test_ignored_files_are_not_packaged(rules: str, ignored: list[str]) -> None:
    kept = without_ignored({**dict.fromkeys(TREE, b""), ".helmignore": rules.encode()})
    assert sorted(set(TREE) - set(kept)) == sorted(ignored)


def test_files_are_ignored_as_by_helm_itself(tmp_path: Path) -> None:
    rules = "*.md\n/docs/deep/\n!docs*\n!*.yaml\n"
    files = {**dict.fromkeys(TREE, "x: 1\n"), ".helmignore": rules, "Chart.yaml": "name: app\nversion: 1.0.0\n"}
    for path, content in files.items():
        (tmp_path / "app" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "app" / path).write_text(content)
    for rule in ("*.md\n", "docs/deep/\n", "*.md\n!README.md\n", "templates/*\n", "d?cs\n", "*/deep\n"):
        (tmp_path / "app/.helmignore").write_text(rule)
        files[".helmignore"] = rule
        command = [find_tool("helm"), "package", tmp_path / "app", "--destination", tmp_path]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        ours = without_ignored({path: content.encode() for path, content in files.items()})
        if "Chart.yaml" not in ours:
            assert done.returncode != 0, rule
            continue
        assert done.returncode == 0, done.stderr
        assert set(unpack((tmp_path / "app-1.0.0.tgz").read_bytes())) == set(ours), rule


@pytest.mark.parametrize("rule", ["a/**", "[", "[a", "[z-a]", "[]"])
def test_a_rule_that_helm_refuses_is_an_error(rule: str) -> None:
    with pytest.raises(InputError, match=r"double-star|malformed pattern"):
        without_ignored({".helmignore": rule.encode()})


def test_many_stars_do_not_make_ignoring_slow() -> None:
    name = "a" * 200
    assert name in without_ignored({name: b"", ".helmignore": (b"*a" * 30 + b"b\n")})
