"""`slipway …`: the capabilities on directories, with no AWS and no GitHub.

Exit codes: 0 passed, 1 findings at or above the failing severity (or something that could not be rendered), 2 could not
run.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from slipway.checks.verdict import Verdict, check_fleet
from slipway.errors import InputError, SlipwayError
from slipway.fleet.diff import FleetDiff, diff_fleets
from slipway.fleet.kustomize import Builder
from slipway.fleet.manifests import dump
from slipway.fleet.model import Cluster, Fleet
from slipway.fleet.render import render_fleet
from slipway.fleet.settings import load_settings
from slipway.fleet.sources import Sources
from slipway.fleet.tree import Tree
from slipway.report.changes import diff_document, diff_markdown, diff_text
from slipway.report.document import verdict_document
from slipway.report.mermaid import fleet_graph
from slipway.report.sarif import verdict_sarif
from slipway.report.terminal import verdict_commands, verdict_text
from slipway.tools import kubectl
from slipway.tools.cache import DiskCache, cache_directory
from slipway.tools.directory import tree_from_directory
from slipway.tools.schemas import load_schemas

PASSED, FOUND, COULD_NOT_RUN = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except SlipwayError as err:
        print(f"slipway: {err}", file=sys.stderr)
        return COULD_NOT_RUN
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away: nothing left to say, and no traceback about it
        return PASSED
    return code


def _check(options: argparse.Namespace) -> int:
    rendering = _Rendering(options.directory, options.source)
    settings = load_settings(rendering.root)
    fleet = rendering.render()
    verdict = check_fleet(
        fleet, rendering.trees, load_schemas(), root=rendering.root, fail_on=options.fail_on or settings.fail_on
    )
    verdict = _restricted(verdict, options.cluster)
    writers: dict[str, Callable[[Verdict], str]] = {
        "text": verdict_text,
        "json": lambda item: _json(verdict_document(item)),
        "sarif": lambda item: _json(verdict_sarif(item, _version())),
        "github": verdict_commands,
    }
    sys.stdout.write(writers[options.format](verdict))
    return PASSED if verdict.passed else FOUND


def _render(options: argparse.Namespace) -> int:
    fleet = _Rendering(options.directory, options.source).render()
    clusters = _chosen(fleet, options.cluster)
    if options.output == "-":
        for cluster in clusters:
            _write_cluster(cluster, sys.stdout)
    else:
        directory = Path(options.output)
        directory.mkdir(parents=True, exist_ok=True)
        for cluster in clusters:
            with (directory / f"{_file_name(cluster.name)}.yaml").open("w", encoding="utf-8") as file:
                _write_cluster(cluster, file)
    names = {cluster.name for cluster in clusters}
    for item in fleet.not_rendered:
        if item.cluster in names or not item.cluster:
            print(f"slipway: not rendered: {item.what}{_on(item.cluster)}: {item.why}", file=sys.stderr)
    problems = [problem for problem in fleet.problems if problem.cluster in names]
    for problem in problems:
        print(f"slipway: {problem.where}: {problem.object}: {problem.message}", file=sys.stderr)
    return FOUND if problems else PASSED


def _diff(options: argparse.Namespace) -> int:
    base = _Rendering(options.base, options.source).render()
    head = _Rendering(options.head, options.source).render()
    diff = diff_fleets(base, head)
    writers: dict[str, Callable[[FleetDiff], str]] = {
        "text": diff_text,
        "markdown": diff_markdown,
        "json": lambda item: _json(diff_document(item)),
    }
    sys.stdout.write(writers[options.format](diff))
    return FOUND if diff.not_compared else PASSED


def _graph(options: argparse.Namespace) -> int:
    fleet = _Rendering(options.directory, options.source).render()
    chosen = frozenset(cluster.name for cluster in _chosen(fleet, options.cluster))
    sys.stdout.write(fleet_graph(fleet, chosen))
    return PASSED


class _Rendering:
    """One directory with its sources, ready to be rendered."""

    def __init__(self, directory: str, sources: Sequence[str]) -> None:
        self.root = tree_from_directory(Path(directory))
        self._given = dict(_source(item) for item in sources)

    @property
    def trees(self) -> list[Tree]:
        """The trees of the sources."""
        return list(self._given.values())

    def render(self) -> Fleet:
        """The fleet that the directory describes."""
        cache = DiskCache(cache_directory() / "builds")
        progress = _Progress(sys.stderr)
        builder = Builder(kubectl.Kubectl(kubectl.find()), cache)
        fleet = render_fleet(Sources(self.root, self._given), builder, load_settings(self.root), stop=progress.step)
        progress.done()
        cache.trim()
        if not fleet.clusters:
            raise InputError(
                "no cluster found: no Flux Kustomization and no FluxInstance; is this the root of a Flux repository?"
            )
        return fleet


class _Progress:
    """Counts on a terminal, silent in a pipe."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream if stream.isatty() else None
        self._count = 0

    def step(self) -> str:
        """One Kustomization more; as a `stop` callback, it never stops."""
        self._count += 1
        if self._stream:
            self._stream.write(f"\rrendering Kustomization {self._count} …\x1b[K")
            self._stream.flush()
        return ""

    def done(self) -> None:
        """Leave the terminal clean."""
        if self._stream:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


def _source(text: str) -> tuple[str, Tree]:
    name, separator, directory = text.rpartition("=")
    if not separator or not name or not directory:
        raise InputError(f"--source {text}: write NAME=DIR, NAME being the name or the URL of a Flux source")
    return name, tree_from_directory(Path(directory), name)


def _restricted(verdict: Verdict, names: Sequence[str]) -> Verdict:
    """The verdict on some clusters only."""
    if not names:
        return verdict
    chosen = {cluster.name: cluster for cluster in _chosen(verdict.fleet, names)}
    fleet = Fleet(
        chosen,
        tuple(item for item in verdict.fleet.problems if item.cluster in chosen),
        tuple(item for item in verdict.fleet.not_rendered if item.cluster in chosen),
    )
    findings = tuple(
        replace(item, clusters=tuple(name for name in item.clusters if name in chosen))
        for item in verdict.findings
        if not item.clusters or not chosen.keys().isdisjoint(item.clusters)
    )
    return replace(verdict, fleet=fleet, findings=findings)


def _chosen(fleet: Fleet, names: Sequence[str]) -> list[Cluster]:
    unknown = [name for name in names if name not in fleet.clusters]
    if unknown:
        raise InputError(f"there is no cluster {unknown[0]!r}; there are {', '.join(fleet.clusters)}")
    return [cluster for cluster in fleet.clusters.values() if not names or cluster.name in names]


def _write_cluster(cluster: Cluster, file: TextIO) -> None:
    for obj in cluster.objects:
        file.write(f"---\n# cluster {cluster.name}, from {obj.origin}\n")
        file.write(dump(obj.value))


def _file_name(cluster: str) -> str:
    return "".join(character if character.isalnum() or character in "-_." else "-" for character in cluster)


def _on(cluster: str) -> str:
    return f" on {cluster}" if cluster else ""


def _json(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _version() -> str:
    return importlib.metadata.version("slipway")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="slipway", description="Check, render and compare Flux repositories.")
    parser.add_argument("--version", action="version", version=f"slipway {_version()}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    check = commands.add_parser("check", help="check every cluster that a Flux repository describes")
    _directory(check)
    check.add_argument("--format", choices=("text", "json", "sarif", "github"), default="text")
    check.add_argument("--fail-on", choices=("error", "warning", "info"), help="the least severe finding that fails")
    check.set_defaults(run=_check)

    render = commands.add_parser("render", help="print what Flux would apply to each cluster")
    _directory(render)
    render.add_argument("-o", "--output", metavar="DIR|-", default="-", help="a file for each cluster; default: print")
    render.set_defaults(run=_render)

    diff = commands.add_parser("diff", help="show what would change on which cluster")
    diff.add_argument("base", metavar="BASE", help="directory with the repository before")
    diff.add_argument("head", metavar="HEAD", help="directory with the repository after")
    _sources(diff)
    diff.add_argument("--format", choices=("text", "markdown", "json"), default="text")
    diff.set_defaults(run=_diff)

    graph = commands.add_parser("graph", help="print the Flux dependency graph as Mermaid")
    _directory(graph)
    graph.set_defaults(run=_graph)
    return parser


def _directory(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", metavar="DIR", help="root of a Flux repository")
    parser.add_argument("--cluster", action="append", default=[], metavar="C", help="only this cluster; repeatable")
    _sources(parser)


def _sources(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--source",
        action="append",
        default=[],
        metavar="NAME=DIR",
        help="files of a Flux source, by its name or URL; repeatable",
    )


if __name__ == "__main__":
    sys.exit(main())
