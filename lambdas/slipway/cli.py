"""`slipway …`: the capabilities on directories, with no AWS and no GitHub; docs/cli.md is its manual.

Exit codes: 0 passed, 1 findings at or above the failing severity (or, to `render` and `diff`, something that could not
be rendered; to `unseal-check` and `reseal`, something that does not open), 2 could not run.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import quote

from slipway import cli_request
from slipway.checks.consent import Consent
from slipway.checks.subject import Against
from slipway.checks.verdict import Verdict, check_fleet
from slipway.cli_sealing import add_sealing
from slipway.errors import InputError, SlipwayError
from slipway.fleet.crossplane.composite import Composite
from slipway.fleet.diff import FleetDiff, diff_fleets
from slipway.fleet.manifests import dump
from slipway.fleet.model import Cluster, Fleet, NotRendered
from slipway.report.changes import diff_document, diff_markdown, diff_text
from slipway.report.document import place, verdict_document
from slipway.report.mermaid import fleet_graph
from slipway.report.sarif import verdict_sarif
from slipway.report.terminal import not_rendered_text, verdict_commands, verdict_text
from slipway.report.words import plain
from slipway.tools.charts import Network
from slipway.tools.checkout import Checkout, Renderer
from slipway.tools.output import as_json, say, write
from slipway.tools.progress import progress
from slipway.tools.schemas import load_schemas

PASSED, FOUND, COULD_NOT_RUN, INTERRUPTED = 0, 1, 2, 130
DEBUG = "SLIPWAY_DEBUG"
"""Environment variable that shows where an error comes from."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for as long as the process lives
    if sys.stdout is None:
        return _fail("standard output is closed")
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names of files need not be UTF-8; what cannot be encoded is spelled out.
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except SlipwayError as err:
        return _fail(str(err))
    except OSError as err:
        return _fail(f"{err.filename or 'output'}: {err.strerror or err}")
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as err:  # at this edge, a crash must not look like exit code 1, findings
        if os.environ.get(DEBUG):
            raise
        return _fail(f"a bug of Slipway, please report it: {type(err).__name__}: {err}. {DEBUG}=1 shows where it is.")
    return code


def _check(options: argparse.Namespace) -> int:
    with Renderer(_network(options)) as renderer:
        checkout = Checkout(options.directory, options.source)
        base = Checkout(options.base, options.base_source or options.source) if options.base else None
        if base is not None:
            checkout.root.previous = base.root
        before = renderer.render(base) if base else None
        fleet = renderer.render(checkout, before).fleet
        only = [cluster.name for cluster in _chosen(fleet, options.cluster)] if options.cluster else []
        # Who changes the rules is judged by those that hold, as a pull request is.
        policy = base or checkout
        check = partial(
            check_fleet,
            schemas=load_schemas(),
            settings=policy.settings,
            policy_root=policy.root,
            catalogue=renderer.catalogue(options.schemas, policy.settings, checkout.root),
            fail_on=options.fail_on,
            only=only,
            builder=renderer.builder,
        )
        with progress() as tell:
            tell("checking the objects …")
            if base is None or before is None:
                verdict = check(fleet, checkout.trees, root=checkout.root)
            else:
                diff = diff_fleets(before.fleet, fleet)
                consent = Consent(frozenset(options.approved))
                against = Against(before.fleet, base.root, diff, base.trees, consent)
                verdict = check(fleet, checkout.trees, root=checkout.root, against=against)
                verdict = verdict.since(check(before.fleet, base.trees, root=base.root))
    directory = _from_here(options.directory)
    writers: dict[str, Callable[[Verdict], str]] = {
        "text": verdict_text,
        "json": lambda item: as_json(verdict_document(item)),
        "sarif": lambda item: as_json(verdict_sarif(item, _version(), directory)),
        "github": lambda item: verdict_commands(item, directory),
    }
    write([writers[options.format](verdict)])
    return PASSED if verdict.passed else FOUND


def _render(options: argparse.Namespace) -> int:
    fleet = _rendered(options)
    clusters = _chosen(fleet, options.cluster)
    names = {cluster.name for cluster in clusters}
    _say_not_rendered(item for item in fleet.not_rendered if item.cluster in {*names, ""})
    problems = [problem for problem in fleet.problems if problem.cluster in names]
    for problem in problems:
        line = f":{problem.where.line}" if problem.where.line else ""
        say(f"{place(problem.where)}{line}: {problem.object} on {problem.cluster}: {problem.message}")
    if options.output == "-":
        write(chunk for cluster in clusters for chunk in _documents(cluster))
    else:
        directory = Path(options.output)
        directory.mkdir(parents=True, exist_ok=True)
        for cluster in clusters:
            with (directory / f"{quote(cluster.name, safe='')}.yaml").open("w", encoding="utf-8") as file:
                file.writelines(_documents(cluster))
    applied = (owner for owner in fleet.owners if not isinstance(owner, Composite))
    failed = any(owner.failed for owner in applied if owner.target in names)
    return FOUND if problems or failed else PASSED


def _diff(options: argparse.Namespace) -> int:
    with Renderer(_network(options)) as renderer:
        checkout = Checkout(options.base, options.source)
        before = renderer.render(checkout)
        after = Checkout(options.head, options.source)
        after.root.previous = checkout.root
        base, head = before.fleet, renderer.render(after, before).fleet
    diff = diff_fleets(base, head)
    writers: dict[str, Callable[[FleetDiff], str]] = {
        "text": diff_text,
        "markdown": diff_markdown,
        "json": lambda item: as_json(diff_document(item)),
    }
    _say_not_rendered(head.not_rendered)
    write([writers[options.format](diff)])
    return FOUND if diff.not_compared else PASSED


def _graph(options: argparse.Namespace) -> int:
    fleet = _rendered(options)
    write([fleet_graph(fleet, frozenset(cluster.name for cluster in _chosen(fleet, options.cluster)))])
    return PASSED


def _request(options: argparse.Namespace) -> int:
    with Renderer(_network(options)) as renderer:
        with progress() as say:
            lines = importlib.import_module("slipway.request_command").run(options, renderer, say)
        write(lines)
    return PASSED


def _rendered(options: argparse.Namespace) -> Fleet:
    with Renderer(_network(options)) as renderer:
        return renderer.render(Checkout(options.directory, options.source)).fleet


def _network(options: argparse.Namespace) -> Network:
    """Where charts come from: whoever runs this says how far the repository is trusted."""
    given = {name: os.environ[name] for name in _OF_NETWORK if name in os.environ}
    private: bool = options.charts == "any"
    offline: bool = options.charts == "kept"
    return Network(lambda _: "", plain_http=private, private=private, offline=offline, environment=given)


_OF_NETWORK = ("HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""Environment variables that helm shall see where this machine has them."""


def _chosen(fleet: Fleet, names: Sequence[str]) -> list[Cluster]:
    unknown = [name for name in names if name not in fleet.clusters]
    if unknown:
        raise InputError(f"there is no cluster {unknown[0]}; there are {', '.join(fleet.clusters)}")
    return [cluster for cluster in fleet.clusters.values() if not names or cluster.name in names]


def _documents(cluster: Cluster) -> Iterator[str]:
    for obj, owner in cluster.landed:
        if isinstance(owner, Composite):
            continue  # Crossplane makes it, and knows its name
        yield f"---\n# cluster {plain(cluster.name)}, from {plain(str(obj.origin))}\n"
        yield dump(obj.value)


def _from_here(directory: str) -> str:
    """A directory as seen from the current one; empty if that is not above it."""
    path = os.path.relpath(directory)
    return "" if path == "." or path.split("/")[0] == ".." else path


def _say_not_rendered(items: Iterable[NotRendered]) -> None:
    lines = list(not_rendered_text(items))
    if lines:
        say("not rendered:", *lines)


def _fail(message: str) -> int:
    say(message)
    return COULD_NOT_RUN


def _version() -> str:
    return importlib.metadata.version("slipway")


def _local(options: argparse.Namespace) -> int:
    checkout = Path(__file__).resolve().parents[2]
    if not (checkout / "local" / "commands.py").exists():
        raise InputError("slipway local needs a checkout of Slipway: it deploys what is in the work tree")
    sys.path.insert(0, str(checkout))
    commands = importlib.import_module("local.commands")
    directory = Path(options.state) if options.state else checkout / ".slipway-local"
    code: int = getattr(commands, options.action)(directory)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="slipway",
        description="Check, render and compare Flux repositories, and seal their secrets.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"slipway {_version()}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    check = commands.add_parser(
        "check", help="check every cluster that a Flux repository describes", allow_abbrev=False
    )
    _directory(check)
    check.add_argument("--format", choices=("text", "json", "sarif", "github"), default="text")
    check.add_argument(
        "--fail-on",
        choices=("error", "warning", "info"),
        help="the least severe finding that fails; default: failOn of slipway.yaml, else error",
    )
    check.add_argument(
        "--base",
        metavar="DIR",
        help="the repository before the change: what changes is checked as well, and only what is new fails",
    )
    check.add_argument(
        "--base-source",
        action="append",
        default=[],
        metavar="NAME=DIR",
        help="files of a Flux source before the change; default: those of --source",
    )
    check.add_argument(
        "--approved",
        action="append",
        default=[],
        metavar="LABEL",
        help="judge as if the pull request had this label, by which a change that destroys something is approved",
    )
    check.add_argument(
        "--schemas",
        action="append",
        default=[],
        metavar="DIR|URL",
        help="a catalogue of schemas for kinds whose definition is not in Git, laid out as kubeconform's; repeatable",
    )
    check.set_defaults(run=_check)

    render = commands.add_parser("render", help="print what Flux would apply to each cluster", allow_abbrev=False)
    _directory(render)
    render.add_argument("-o", "--output", metavar="DIR|-", default="-", help="a file for each cluster; default: print")
    render.set_defaults(run=_render)

    diff = commands.add_parser("diff", help="show what would change on which cluster", allow_abbrev=False)
    diff.add_argument("base", metavar="BASE", help="directory with the repository before")
    diff.add_argument("head", metavar="HEAD", help="directory with the repository after")
    _sources(diff)
    diff.add_argument("--format", choices=("text", "markdown", "json"), default="text")
    diff.set_defaults(run=_diff)

    graph = commands.add_parser("graph", help="print the Flux dependency graph as Mermaid", allow_abbrev=False)
    _directory(graph)
    graph.set_defaults(run=_graph)

    request = commands.add_parser(
        "request", help="write what a request would put into pull requests", allow_abbrev=False
    )
    cli_request.add_parser(request, _sources)
    request.set_defaults(run=_request)

    add_sealing(commands)

    local = commands.add_parser(
        "local", help="run Slipway on this machine, with no AWS and no GitHub", allow_abbrev=False
    )
    local.add_argument("action", choices=("up", "down", "status"))
    local.add_argument("--state", metavar="DIR", help="where it keeps everything; default: .slipway-local")
    local.set_defaults(run=_local)
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
    parser.add_argument(
        "--charts",
        choices=("public", "any", "kept"),
        default="public",
        help="where charts of HelmReleases are fetched from: the internet, also private addresses and plain HTTP, or "
        "nowhere but what earlier runs have kept; default: public",
    )


if __name__ == "__main__":
    sys.exit(main())
