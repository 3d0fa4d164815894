"""Charts as files: out of archives and into them, and changed as Flux's source-controller changes them.

Archives come from the network and from pull requests, so they are hostile input: an archive is read within limits, and
one that goes beyond them, or outside of itself, is refused as Helm refuses it.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import posixpath
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from slipway.errors import InputError, LimitError
from slipway.fleet.errors import BuildError
from slipway.fleet.helm_values import merge
from slipway.fleet.manifests import dump, load_document, load_documents
from slipway.fleet.objects import mapping, text

MAX_ARCHIVE_BYTES = 10 * 1024 * 1024
"""A packaged chart; Flux's own limit."""
MAX_UNPACKED_BYTES = 100 * 1024 * 1024
"""All files of a chart; Helm's own limit."""
MAX_FILE_BYTES = 5 * 1024 * 1024
"""One file of a chart; Helm's own limit."""
MAX_FILES = 20_000
"""Files in a chart."""

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Chart:
    """A packaged chart."""

    archive: bytes
    """A gzipped tar archive."""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the archive."""
        return hashlib.sha256(self.archive).hexdigest()

    @cached_property
    def files(self) -> Mapping[str, bytes]:
        """Its files, by path from the chart's own directory.

        Raises:
            BuildError: it is no archive of a chart.
            LimitError: it is beyond a limit of this module.
        """
        return unpack(self.archive)

    @cached_property
    def metadata(self) -> Mapping[str, Any]:
        """Its Chart.yaml."""
        return metadata(self.files)


def metadata(files: Mapping[str, bytes]) -> Mapping[str, Any]:
    """A chart's metadata, the dependencies of a chart of Helm 2 included.

    Raises:
        BuildError: it has none that Helm would read.
    """
    if "Chart.yaml" not in files:
        raise BuildError("Chart.yaml file is missing")
    found: dict[str, Any] = {}
    try:
        for name in ("Chart.yaml", "requirements.yaml"):
            found |= mapping(load_document(files.get(name, b""), name))
    except InputError as err:
        raise BuildError(f"cannot read the chart's metadata: {err}") from None
    if not text(found.get("name")) or not text(found.get("version")):
        raise BuildError("the chart's Chart.yaml has no name or no version")
    return found


def unpack(archive: bytes) -> dict[str, bytes]:
    """The files of a packaged chart, without the directory on top; see `Chart.files`."""
    if len(archive) > MAX_ARCHIVE_BYTES:
        raise LimitError(f"the chart's archive is over {MAX_ARCHIVE_BYTES:,} bytes (MAX_ARCHIVE_BYTES)")
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(archive)) as stream:
            content = stream.read(MAX_UNPACKED_BYTES + 1)
        if len(content) > MAX_UNPACKED_BYTES:
            raise LimitError(f"the chart's files are over {MAX_UNPACKED_BYTES:,} bytes (MAX_UNPACKED_BYTES)")
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as opened:
            return dict(_members(opened))
    except (OSError, EOFError, zlib.error, tarfile.TarError, UnicodeError, ValueError) as err:
        raise BuildError(f"no archive of a chart: {err}") from None


def _members(opened: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    for count, member in enumerate(opened):
        if count >= MAX_FILES:
            raise LimitError(f"the chart has more than {MAX_FILES:,} files (MAX_FILES)")
        # A sparse file may claim any size; links have no content, and Helm makes empty files of them.
        if member.isdir() or member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.issparse():
            continue
        if member.size > MAX_FILE_BYTES:
            raise LimitError(f"{member.name} in the chart is over {MAX_FILE_BYTES:,} bytes (MAX_FILE_BYTES)")
        name = member.name.replace("\\", "/") if "\\" in member.name else member.name
        path = posixpath.normpath(name.partition("/")[2])
        if path == "." or path.startswith(("/", "..")) or re.match(r"[a-zA-Z]:/", path):
            raise BuildError(f"the chart illegally contains {member.name!r}")
        file = opened.extractfile(member)
        if file is not None:
            yield path, file.read().removeprefix(_BOM)


def pack(files: Mapping[str, bytes]) -> Chart:
    """A packaged chart; equal files give equal bytes."""
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=1, mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as opened,
    ):
        for path in sorted(files):
            member = tarfile.TarInfo(f"chart/{path}")
            member.size = len(files[path])
            opened.addfile(member, io.BytesIO(files[path]))
    return Chart(buffer.getvalue())


def with_version_metadata(files: Mapping[str, bytes], addition: str) -> dict[str, bytes]:
    """The chart with its version's build metadata replaced: `1.2.3` becomes `1.2.3+ADDITION`.

    Raises:
        BuildError: its version is none.
    """
    found = mapping(load_document(files["Chart.yaml"], "Chart.yaml"))
    return {
        **files,
        "Chart.yaml": dump({**found, "version": f"{semver(text(found.get('version')))}+{addition}"}).encode(),
    }


def semver(version: str) -> str:
    """A version in full and without build metadata: `v1.2` is `1.2.0`.

    Raises:
        BuildError: it is no version.
    """
    found = _SEMVER.fullmatch(version)
    if not found:
        raise BuildError(f"{version!r} is no semantic version")
    numbers = ".".join(found[name] or "0" for name in ("major", "minor", "patch"))
    return f"{numbers}-{found['pre']}" if found["pre"] else numbers


_SEMVER = re.compile(
    r"v?(?P<major>\d+)(?:\.(?P<minor>\d+))?(?:\.(?P<patch>\d+))?"
    r"(?:-(?P<pre>[0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?"
)


def with_values(files: Mapping[str, bytes], values: Mapping[str, Any]) -> dict[str, bytes]:
    """The chart with other default values.

    Raises:
        BuildError: it has no values.yaml, which source-controller refuses.
    """
    if "values.yaml" not in files:
        raise BuildError("valuesFiles: the chart has no values.yaml to replace")
    return {**files, "values.yaml": dump(values).encode() if values else b""}


def merge_values_files(
    paths: tuple[str, ...], read: Callable[[str], bytes | None], *, ignore_missing: bool
) -> dict[str, Any]:
    """The files of `valuesFiles`, later ones over earlier ones.

    Args:
        paths: as written.
        read: a file's content, None if there is none.
        ignore_missing: `ignoreMissingValuesFiles`.

    Raises:
        BuildError: one is missing, or no mapping.
    """
    merged: dict[str, Any] = {}
    for path in paths:
        content = read(path)
        if content is None:
            if ignore_missing:
                continue
            raise BuildError(f"valuesFiles: {path} does not exist")
        try:
            documents = load_documents(content, path)
        except InputError as err:
            raise BuildError(f"valuesFiles: {err.message}", file=err.file, line=err.line) from None
        first = next((document.value for document in documents if document.index == 0), None)
        if first is not None and not isinstance(first, dict):
            raise BuildError(f"valuesFiles: {path} holds no mapping", file=path)
        merged = merge(merged, first or {})
    return merged


def inner_archives(files: Mapping[str, bytes]) -> Iterator[Chart]:
    """The packaged charts in a chart's `charts/`."""
    for path, content in files.items():
        if path.startswith("charts/") and path.endswith(".tgz") and path.count("/") == 1:
            yield Chart(content)
