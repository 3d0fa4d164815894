"""Rules about what Flux must be able to read and build: SLW0xx."""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.finding import Finding, Rule
from slipway.errors import InputError
from slipway.fleet.manifests import YAML_SUFFIXES, load_documents
from slipway.fleet.model import Fleet
from slipway.fleet.objects import Location
from slipway.fleet.tree import Tree

INPUT = Rule("SLW001", "A file that Flux reads is not valid", "error")
BUILD = Rule("SLW002", "The kustomize build fails", "error")
LIMIT = Rule("SLW003", "Beyond a limit of Slipway", "error")
SUBSTITUTION = Rule("SLW004", "The variable substitution fails", "error")
UNUSED = Rule("SLW005", "A YAML file that no cluster reads is not valid", "warning")
LINK = Rule("SLW006", "A file that Flux does not see", "info")

RULES_BY_CODE = {"input": INPUT, "build": BUILD, "limit": LIMIT, "substitution": SUBSTITUTION}


def rendering_findings(fleet: Fleet) -> Iterator[Finding]:
    """What Flux would fail on."""
    for problem in fleet.problems:
        clusters = (problem.cluster,) if problem.cluster else ()
        yield Finding(RULES_BY_CODE[problem.code], problem.message, problem.where, problem.object, clusters)


def file_findings(tree: Tree, reported: frozenset[str]) -> Iterator[Finding]:
    """YAML files that are no YAML and that rendering has not met, and what was dropped from the tree.

    Args:
        tree: the repository.
        reported: paths that already have a finding.
    """
    charts = {path.rpartition("/")[0] for path in tree if path.rpartition("/")[2] == "Chart.yaml"}
    for path in sorted(tree):
        if not path.endswith(YAML_SUFFIXES) or path in reported or _is_chart_template(path, charts):
            continue
        try:
            load_documents(tree.read(path), path)
        except InputError as err:
            yield Finding(UNUSED, err.message, Location(tree.name, path, err.line))
    for dropped in tree.dropped:
        yield Finding(LINK, dropped.why, Location(tree.name, dropped.path, 0))


def _is_chart_template(path: str, charts: set[str]) -> bool:
    """Helm's templates are text with YAML in it."""
    directory = path
    while "/" in directory:
        directory = directory.rpartition("/")[0]
        if directory in charts:
            return path.startswith((f"{directory}/templates/", f"{directory}/charts/"))
    return "" in charts and path.startswith("templates/")
