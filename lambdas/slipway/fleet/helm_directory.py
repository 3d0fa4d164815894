"""A chart that lies as a directory in a repository, packaged as Flux's source-controller packages it.

Source of the rules: fluxcd/source-controller, `internal/helm/chart/{builder_local,dependency_manager}.go`: dependencies
that the directory does not hold are taken from the same tree (`file://`) or fetched, those of dependencies are not.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from slipway.errors import InputError
from slipway.fleet.charts import ChartRequest, Charts
from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.helm_chart import MAX_FILE_BYTES, Chart, metadata, pack
from slipway.fleet.helm_ignore import without_ignored
from slipway.fleet.manifests import load_document
from slipway.fleet.objects import mapping, sequence, text
from slipway.fleet.tree import Tree

MAX_DEPENDENCIES = 100
"""Dependencies of one chart."""

_BOM = b"\xef\xbb\xbf"


def chart_in_tree(tree: Tree, path: str, charts: Charts) -> Chart:
    """The chart at a path, a directory or an archive, with the dependencies that its directory lacks.

    Raises:
        BuildError: there is no chart, or Flux could not package it.
        NotFetched: a dependency, or a file of it, is not at hand.
        LimitError: it is beyond a limit.
    """
    if path in tree:
        return Chart(tree.read(path))
    files = _directory(tree, path)
    try:
        return pack({**files, **dict(_missing_dependencies(files, tree, path, charts))})
    except InputError as err:
        if err.file:
            raise
        raise type(err)(err.message, file=posixpath.join(path, "Chart.yaml")) from None


def clamped(path: str) -> str:
    """A path from a tree's root; `..` cannot leave it, as in a file system that ends there."""
    return posixpath.normpath("/" + path).lstrip("/")


def _directory(tree: Tree, path: str) -> dict[str, bytes]:
    prefix = f"{path}/" if path else ""
    if f"{prefix}Chart.yaml" not in tree:
        raise BuildError(f"no chart at {path or 'the root'}: it has no Chart.yaml", file=path)
    for dropped in tree.dropped:
        if dropped.path.startswith(prefix) and "symbolic link" not in dropped.why:
            raise NotFetched(f"the chart at {path} lacks {dropped.path}: {dropped.why}")
    files = {file.removeprefix(prefix): tree.read(file).removeprefix(_BOM) for file in tree.files_below(path)}
    kept = without_ignored(files)
    for file, content in kept.items():
        if len(content) > MAX_FILE_BYTES:
            raise BuildError(f"over {MAX_FILE_BYTES:,} bytes, Flux's limit on a file of a chart", file=prefix + file)
    return kept


def _missing_dependencies(
    files: Mapping[str, bytes], tree: Tree, path: str, charts: Charts
) -> Iterator[tuple[str, bytes]]:
    wanted = [mapping(entry) for entry in _wanted(files)]
    present = set(_present(files))
    if len(wanted) == len(present):
        return
    if len(wanted) > MAX_DEPENDENCIES:
        raise BuildError(f"more than {MAX_DEPENDENCIES} dependencies (MAX_DEPENDENCIES)")
    done: set[str] = set()
    for entry in wanted:
        name = text(entry.get("alias")) or text(entry.get("name"))
        if name in present or name in done:
            continue
        done.add(name)
        repository = text(entry.get("repository"))
        if not repository or repository.startswith("file://"):
            yield from _local(entry, repository, tree, path)
        else:
            yield f"charts/{name}.tgz", _remote(entry, repository, charts)


def _wanted(files: Mapping[str, bytes]) -> list[Any]:
    """The lock's dependencies if there is one, as it has their versions."""
    for lock in ("Chart.lock", "requirements.lock"):
        if lock in files:
            return sequence(mapping(load_document(files[lock], lock)).get("dependencies"))
    return sequence(metadata(files).get("dependencies"))


def _present(files: Mapping[str, bytes]) -> Iterator[str]:
    for file, content in files.items():
        parts = file.split("/")
        if parts[0] != "charts" or parts[1][0] in "_.":
            continue
        if len(parts) == 2 and file.endswith(".tgz"):
            yield text(Chart(content).metadata.get("name"))
        elif len(parts) == 3 and parts[2] == "Chart.yaml":
            yield text(mapping(load_document(content, file)).get("name"))


def _local(entry: Mapping[str, Any], repository: str, tree: Tree, path: str) -> Iterator[tuple[str, bytes]]:
    name = text(entry.get("name"))
    url = urlsplit(repository)
    below = f"{url.netloc}/{url.path}" if repository else posixpath.join("charts", name)
    found = clamped(posixpath.join(path, below.lstrip("/")))
    if found in tree:
        yield f"charts/{name}.tgz", tree.read(found)
        return
    if not tree.is_dir(found):
        raise BuildError(f"dependency {name}: no chart found at {found} ({repository or 'no repository'})")
    for file, content in _directory(tree, found).items():
        yield f"charts/{name}/{file}", content


def _remote(entry: Mapping[str, Any], repository: str, charts: Charts) -> bytes:
    name = text(entry.get("name"))
    if not repository.startswith(("https://", "http://", "oci://")):
        raise BuildError(f"dependency {name}: Flux takes no dependencies from {repository}")
    version = str(entry.get("version") or "")
    try:
        return charts.get(ChartRequest(repository, name, "" if version == "*" else version)).archive
    except InputError as err:
        raise type(err)(f"dependency {name}: {err.message}") from None
