"""What of an archive becomes a tree, and what is refused."""

from __future__ import annotations

import gzip
import io
import tarfile
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slipway.errors import InputError, LimitError
from slipway.fleet.tree import Dropped, Tree
from slipway.github.archive import tree_from_tarball
from slipway.github.gunzip import DamagedArchive
from slipway.github.limits import ArchiveLimits

TOP = "acme-gitops-1a2b3c4"
LIMITS = ArchiveLimits()


class Counted(io.BytesIO):
    """A stream that knows how much of it was read."""

    def taken(self) -> int:
        return self.tell()


def info(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type = kind
    member.linkname = target
    return member


def packed(members: Iterable[tuple[tarfile.TarInfo, bytes]], tar_format: int = tarfile.PAX_FORMAT) -> bytes:
    """A gzipped archive of exactly these members."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", format=tar_format, compresslevel=1) as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


def of_files(files: dict[str, bytes], **options: Any) -> bytes:
    return packed([(info(f"{TOP}/{path}"), content) for path, content in files.items()], **options)


def read(archive: bytes, limits: ArchiveLimits = LIMITS) -> Tree:
    return tree_from_tarball(io.BytesIO(archive), limits, "acme/gitops", "1a2b3c4d5e6f7a8b9c0d")


def contents(tree: Tree) -> dict[str, bytes]:
    return {path: tree.read(path) for path in tree}


def with_header(change: Callable[[bytearray], None], *, content: bytes = b"") -> bytes:
    """An archive of one file whose header was tampered with, the checksum made right again."""
    block = bytearray(info(f"{TOP}/a.yaml").tobuf())
    change(block)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return gzip.compress(bytes(block) + content + bytes(1024))


def test_the_top_folder_is_stripped_and_contents_are_kept() -> None:
    tree = read(of_files({"clusters/hub/a.yaml": b"a: 1\n", "README.md": b"# Hello"}))
    assert contents(tree) == {"clusters/hub/a.yaml": b"a: 1\n", "README.md": b"# Hello"}
    assert (tree.name, tree.revision, tree.dropped) == ("acme/gitops", "1a2b3c4d5e6f7a8b9c0d", ())


PARTS = st.text(
    st.characters(codec="utf-8", exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=60
)
PATHS = st.lists(PARTS.filter(lambda part: part not in (".", "..", ".git")), min_size=1, max_size=5).map("/".join)


@settings(max_examples=60, deadline=None)
@given(
    files=st.dictionaries(PATHS, st.binary(max_size=2000), max_size=8),
    tar_format=st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]),
)
def test_any_files_come_out_as_they_went_in(files: dict[str, bytes], tar_format: int) -> None:
    clash = {path for path in files for other in files if other.startswith(path + "/")}
    files = {path: content for path, content in files.items() if path not in clash}
    assert contents(read(of_files(files, tar_format=tar_format))) == files


@settings(max_examples=150, deadline=None)
@given(at=st.integers(0, 3000), byte=st.integers(0, 255), cut=st.integers(0, 4000))
def test_a_garbled_archive_is_an_input_error_or_harmless(at: int, byte: int, cut: int) -> None:
    tar = bytearray(gzip.decompress(of_files({"clusters/a.yaml": b"a: 1\n", "x" * 150: b"", "b/c": b"d" * 600})))
    tar[at % len(tar)] = byte
    try:
        tree = read(gzip.compress(bytes(tar[: len(tar) - cut]), compresslevel=1))
    except InputError:
        return
    assert all(".." not in path.split("/") and not path.startswith("/") for path in tree)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(DamagedArchive):
        read(noise)
    with pytest.raises(InputError):
        read(gzip.compress(b"\x01" + noise + bytes(1024)))


LINKS = [
    ("a/link", "../b.yaml", "a symbolic link, to '../b.yaml'"),
    ("a/link", "b/../../c", "a symbolic link, to 'b/../../c'"),
    ("link", "somewhere/that/is/not", "a symbolic link, to 'somewhere/that/is/not'"),
    ("a/b/link", "./../../x", "a symbolic link, to './../../x'"),
]


@pytest.mark.parametrize(("path", "target", "why"), LINKS)
def test_a_symbolic_link_inside_is_dropped_and_listed(path: str, target: str, why: str) -> None:
    tree = read(packed([(info(f"{TOP}/{path}", tarfile.SYMTYPE, target), b""), (info(f"{TOP}/b.yaml"), b"")]))
    assert tree.dropped == (Dropped(path, why),)
    assert list(tree) == ["b.yaml"]


HOSTILE = [
    (
        "an absolute link",
        info(f"{TOP}/a", tarfile.SYMTYPE, "/etc/passwd"),
        "a: it is a symbolic link out of the repository",
    ),
    ("an escaping link", info(f"{TOP}/a/b", tarfile.SYMTYPE, "../../c"), "a/b: it is a symbolic link out of"),
    ("a link that escapes midway", info(f"{TOP}/a", tarfile.SYMTYPE, "../top/a"), "a: it is a symbolic link out of"),
    ("a hard link", info(f"{TOP}/a", tarfile.LNKTYPE, f"{TOP}/b"), "a: it is a hard link that git does not store"),
    ("a device", info(f"{TOP}/a", tarfile.CHRTYPE), "a: it is a device that git does not store"),
    ("a pipe", info(f"{TOP}/a", tarfile.FIFOTYPE), "a: it is a pipe that git does not store"),
    ("a sparse file", info(f"{TOP}/a", tarfile.GNUTYPE_SPARSE), "a: it is of a type that git does not store"),
    ("an absolute path", info("/etc/passwd"), "'/etc/passwd' is not a path inside the repository"),
    ("a path upwards", info(f"{TOP}/a/../../b"), "is not a path inside the repository"),
    ("a top folder upwards", info("../b"), "is not a path inside the repository"),
    ("a folder upwards", info(f"{TOP}/..", tarfile.DIRTYPE), "is not a path inside the repository"),
    ("an empty part", info(f"{TOP}/a//b"), "is not a path inside the repository"),
    ("a file as top folder", info(TOP), "is not a path inside the repository"),
]


@pytest.mark.parametrize(("member", "message"), [case[1:] for case in HOSTILE], ids=[case[0] for case in HOSTILE])
def test_what_git_cannot_store_is_refused(member: tarfile.TarInfo, message: str) -> None:
    with pytest.raises(InputError, match=f"{message}.*, in the archive of acme/gitops at 1a2b3c4d5e6f"):
        read(packed([(member, b"")]))


def test_a_null_byte_in_a_path_is_refused() -> None:
    member = info(f"{TOP}/a")
    member.pax_headers = {"path": f"{TOP}/a\0b"}
    with pytest.raises(InputError, match=r"'acme-gitops-1a2b3c4/a\\x00b' is not a path"):
        read(packed([(member, b"")]))


CLASHES = [
    ("a file twice", ["a", "a"], "a: it is there twice"),
    ("a file below a file", ["a", "a/b"], "a: it is a folder and something else"),
    ("a file above a file", ["a/b/c", "a"], "a: it is a folder and something else"),
]


@pytest.mark.parametrize(("paths", "message"), [case[1:] for case in CLASHES], ids=[case[0] for case in CLASHES])
def test_a_path_has_one_meaning(paths: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(packed([(info(f"{TOP}/{path}"), b"") for path in paths]))


def test_a_link_cannot_stand_in_for_a_folder() -> None:
    link = info(f"{TOP}/a", tarfile.SYMTYPE, "b")
    with pytest.raises(InputError, match="a: it is a folder and something else"):
        read(packed([(link, b""), (info(f"{TOP}/a/x.yaml"), b"")]))


def test_names_that_differ_in_case_are_two_files() -> None:
    assert set(read(of_files({"README": b"", "readme": b""}))) == {"README", "readme"}


def test_gits_own_folder_is_dropped_and_listed_once() -> None:
    tree = read(of_files({"a/.git/config": b"", "a/.git/HEAD": b"", ".github/x.yaml": b"", "a/b.yaml": b""}))
    assert tree.dropped == (Dropped("a/.git", "git's own data"),)
    assert set(tree) == {".github/x.yaml", "a/b.yaml"}


def test_a_submodule_is_listed() -> None:
    folders = [(info(f"{TOP}/{path}", tarfile.DIRTYPE), b"") for path in ("", "apps/", "apps/vendored/")]
    tree = read(packed([*folders, (info(f"{TOP}/apps/a.yaml"), b"")]))
    assert tree.dropped == (Dropped("apps/vendored", "a submodule"),)


def test_a_name_that_is_not_utf_8_is_listed_unless_it_is_a_manifest() -> None:
    def rename(to: bytes) -> Callable[[bytearray], None]:
        def change(block: bytearray) -> None:
            block[: len(TOP) + 1 + len(to)] = TOP.encode() + b"/" + to

        return change

    assert read(with_header(rename(b"caf\xe9.md"))).dropped == (Dropped(r"caf\xe9.md", "its name is not UTF-8"),)
    with pytest.raises(InputError, match=r"\\xe9\.yaml: its name is not UTF-8"):
        read(with_header(rename(b"\xe9.yaml")))


def test_a_large_file_is_dropped_and_listed_unless_it_is_a_manifest() -> None:
    limits = replace(LIMITS, other_bytes=10, manifest_bytes=20)
    tree = read(of_files({"logo.png": b"." * 11, "small.png": b"." * 10, "a.yaml": b"." * 20}), limits)
    assert tree.dropped == (Dropped("logo.png", "larger than 10 bytes (limit other_bytes), and neither YAML nor JSON"),)
    assert set(tree) == {"small.png", "a.yaml"}
    with pytest.raises(LimitError, match=r"crds/b\.JSON: it has more than 20 bytes \(limit manifest_bytes\)") as caught:
        read(of_files({"crds/b.JSON": b"." * 21}), limits)
    assert caught.value.file == "crds/b.JSON"


BEYOND = [
    ("compressed_bytes", 10, {"a": b"."}, "it has more than 10 bytes"),
    ("unpacked_bytes", 3000, {"a.bin": b"." * 3000}, "it, unpacked, has more than 3,000 bytes"),
    ("kept_bytes", 9, {"a": b"." * 5, "b": b"." * 5}, "b: what is kept of the files up to here has more than 9 bytes"),
    ("entries", 2, {"a": b"", "b": b"", "c": b""}, "it has more than 2 entries"),
    ("path_bytes", 7, {"é/abcd": b"", "éé/abcd": b""}, "the path 'éé/abcd'… has more than 7 bytes"),
    ("depth", 2, {"a/b": b"", "a/c/d": b""}, "a/c/d: its path has more than 2 folders"),
    ("header_bytes", 300, {"a" * 301: b""}, "an extended tar header has more than 300 bytes"),
]


@pytest.mark.parametrize(("limit", "value", "files", "message"), BEYOND, ids=[case[0] for case in BEYOND])
def test_each_limit_is_named_with_its_value(limit: str, value: int, files: dict[str, bytes], message: str) -> None:
    with pytest.raises(LimitError) as caught:
        read(of_files(files), replace(LIMITS, **{limit: value}))
    assert str(caught.value) == f"{message} (limit {limit}), in the archive of acme/gitops at 1a2b3c4d5e6f"


def test_a_bomb_is_refused_quickly_in_little_memory() -> None:
    layers = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    header = info(f"{TOP}/a.bin")
    header.size = 8 * 1024**3 - 1
    bomb = layers.compress(header.tobuf())
    zeros = bytes(1024 * 1024)
    bomb += b"".join(layers.compress(zeros) for _ in range(600)) + layers.flush()

    stream = Counted(bomb)
    tracemalloc.start()
    started = time.perf_counter()
    with pytest.raises(LimitError, match=r"it unpacks to more than 200 times its size, as bombs do \(limit ratio\)"):
        tree_from_tarball(stream, LIMITS, "acme/gitops", "1a2b3c4")
    elapsed = time.perf_counter() - started
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * 1024 * 1024
    assert stream.taken() <= 2 * 64 * 1024 < len(bomb)
    assert elapsed < 2


def test_a_large_extended_header_is_refused_before_it_is_held() -> None:
    def claim(block: bytearray) -> None:
        block[124:136] = b"00777777777\0"
        block[156:157] = b"x"

    with pytest.raises(LimitError, match="header_bytes"):
        read(with_header(claim))


def test_a_million_files_are_refused_at_the_limit_without_reading_on() -> None:
    entry = info(f"{TOP}/a").tobuf()

    class Endless:
        """Files of no size, for ever; their names do not matter as the count comes first."""

        def __init__(self) -> None:
            self.entries = 0
            self._gzip = zlib.compressobj(0, wbits=zlib.MAX_WBITS | 16)

        def read(self, size: int) -> bytes:
            self.entries += 100
            names = (b"%s/%07d" % (TOP.encode(), self.entries + i) for i in range(100))
            return self._gzip.compress(b"".join(renamed(entry, name) for name in names)) or self.read(size)

    stream = Endless()
    with pytest.raises(LimitError, match=r"it has more than 5,000 entries \(limit entries\)"):
        tree_from_tarball(stream, replace(LIMITS, entries=5000), "acme/gitops", "1a2b3c4")
    assert stream.entries <= 5600


def renamed(header: bytes, name: bytes) -> bytes:
    block = bytearray(header)
    block[:100] = name.ljust(100, b"\0")
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def set_at(start: int, value: bytes) -> Callable[[bytearray], None]:
    def change(block: bytearray) -> None:
        block[start : start + len(value)] = value

    return change


BROKEN = [
    ("cut in a header", of_files({"a": b"."})[:-30], "it ends early"),
    ("without its checksum", of_files({"a": b"."})[:-4], "it ends early"),
    ("with a wrong checksum", of_files({"a": b"."})[:-8] + bytes(8), "it is not a sound gzip file"),
    ("empty", b"", "it ends early"),
    ("without an end", gzip.compress(info(f"{TOP}/a").tobuf()), "it ends early"),
    ("a web page", gzip.compress(b"<html>" + b" " * 2000), "the checksum in a tar header is not a number"),
    ("a negative size", with_header(set_at(124, b"\xff" * 12)), "the size in a tar header is not a number"),
    ("a folder with content", with_header(set_at(124, b"00000000001\0" + b" " * 20 + b"5")), "has content"),
]


@pytest.mark.parametrize(("archive", "message"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_damaged_archive_says_how(archive: bytes, message: str) -> None:
    with pytest.raises(DamagedArchive, match=message):
        read(archive)


def extended(kind: bytes, content: bytes) -> bytes:
    header = info(f"{TOP}/ignored")
    header.type = kind
    header.size = len(content)
    return header.tobuf() + content.ljust(-(-len(content) // 512) * 512, b"\0")


PAX = [
    ("no length", b"path=a\n", "malformed"),
    ("a length beyond the header", b"99 path=a\n", "malformed"),
    ("a length of nothing", b"0 path=a\n", "malformed"),
    ("no line feed", b"10 path=abc", "malformed"),
    ("a negative size", b"11 size=-1\n", "malformed"),
]


@pytest.mark.parametrize(("content", "message"), [case[1:] for case in PAX], ids=[case[0] for case in PAX])
def test_a_malformed_extended_header_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(DamagedArchive, match=message):
        read(gzip.compress(extended(b"x", content) + info(f"{TOP}/a").tobuf() + bytes(1024)))


def test_a_global_header_cannot_rename_entries() -> None:
    with pytest.raises(DamagedArchive, match="a global header renames entries"):
        read(gzip.compress(extended(b"g", b"10 path=a\n") + info(f"{TOP}/a").tobuf() + bytes(1024)))


def test_gits_global_header_is_passed_over() -> None:
    comment = b"52 comment=" + b"1" * 40 + b"\n"
    tree = read(gzip.compress(extended(b"g", comment) + info(f"{TOP}/a").tobuf() + bytes(1024)))
    assert list(tree) == ["a"]


def test_two_names_for_one_entry_are_refused() -> None:
    headers = extended(b"L", f"{TOP}/b\0".encode()) + extended(b"x", b"30 path=acme-gitops-1a2b3c4/c\n")
    with pytest.raises(DamagedArchive, match="two extended headers"):
        read(gzip.compress(headers + info(f"{TOP}/a").tobuf() + bytes(1024)))
