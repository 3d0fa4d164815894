"""Rules about what Flux must be able to read and build: SLW0xx."""

from __future__ import annotations

import re
from collections.abc import Iterator

from slipway.checks.finding import Finding, NotValidated, Rule
from slipway.checks.lines import Lines
from slipway.checks.read import Read
from slipway.checks.refused import line_of_patch
from slipway.checks.subject import Subject
from slipway.errors import InputError
from slipway.fleet.flux import is_helm_release
from slipway.fleet.manifests import YAML_SUFFIXES, Path
from slipway.fleet.model import Fleet, Problem, RenderedKustomization
from slipway.fleet.objects import Location, mapping
from slipway.fleet.outline import outline
from slipway.fleet.tree import Tree

INPUT = Rule("SLW001", "A file that Flux reads is not valid", "error")
BUILD = Rule("SLW002", "The kustomize build fails", "error")
LIMIT = Rule("SLW003", "Beyond a limit of Slipway", "error")
SUBSTITUTION = Rule("SLW004", "The variable substitution fails", "error")
UNUSED = Rule("SLW005", "A YAML file that no cluster reads is not valid", "warning")
LEFT_OUT = Rule("SLW006", "A file that is left out", "info")
HELM = Rule("SLW007", "A HelmRelease that cannot be installed", "error")
APPLY = Rule("SLW008", "An object that Flux cannot apply", "error")
EXPAND = Rule("SLW009", "A ResourceSet that cannot be expanded", "error")

RULES = (INPUT, BUILD, LIMIT, SUBSTITUTION, UNUSED, LEFT_OUT, HELM, APPLY, EXPAND)
RULES_BY_CODE = {
    "input": INPUT,
    "build": BUILD,
    "limit": LIMIT,
    "substitution": SUBSTITUTION,
    "unset": SUBSTITUTION,
    "helm": HELM,
    "chart": HELM,
    "apply": APPLY,
    "expand": EXPAND,
}
"""By `slipway.fleet.model.Problem.code`."""


SETTER_WHY = "a variable of it is not set in Git, and something on the cluster may set it"


def rendering_findings(subject: Subject) -> Iterator[Finding | NotValidated]:
    """What Flux would fail on, and files of the repository that would make it fail."""
    found = list(_problems(subject))
    yield from found
    yield from _not_validated(subject)
    root = subject.root
    yield from _files(root, frozenset(finding.where.path for finding in found if finding.where.source == root.name))
    yield from _left_out(root, subject.read)


def _problems(subject: Subject) -> Iterator[Finding]:
    fleet, lines = subject.fleet, subject.lines
    definitions = {
        (done.home, str(done.key)): done for cluster in fleet.clusters.values() for done in cluster.kustomizations
    }
    for problem in fleet.problems:
        clusters = (problem.cluster,) if problem.cluster else ()
        done = definitions.get((problem.cluster, problem.object))
        if problem.code == "chart":
            where = _of_chart(problem, fleet, lines)
        else:
            refused = line_of_patch(problem, done, subject.trees) if done and problem.code == "build" else None
            where = refused or _where(problem, done, lines)
        rule, hint = RULES_BY_CODE[problem.code], ""
        if setter := _setter(problem, subject):
            rule, hint = rule.at("info"), f"unless {setter} sets it, which is not in Git"
        yield Finding(rule, problem.message, where, problem.object, clusters, hint)


def _not_validated(subject: Subject) -> Iterator[NotValidated]:
    """Kustomizations that may well be sound, whose objects nothing is known of."""
    for problem in subject.fleet.problems:
        if subject.is_chosen(problem.cluster) and _setter(problem, subject):
            yield NotValidated(problem.object, SETTER_WHY, 1)


def _setter(problem: Problem, subject: Subject) -> str:
    """What may set a variable that is not set in Git."""
    return subject.setters.get(problem.cluster, "") if problem.code == "unset" else ""


def _where(problem: Problem, done: RenderedKustomization | None, lines: Lines) -> Location:
    """The problem's own place; the field that says what to build if the problem names no line of a file."""
    if done is None or (lines.is_file(problem.where) and problem.where != done.kustomization.definition.origin):
        return problem.where
    return lines.cause_of_definition(done, ("spec", "path")).where


def _of_chart(problem: Problem, fleet: Fleet, lines: Lines) -> Location:
    """The field of a HelmRelease that says which chart: its version in a repository, its path elsewhere."""
    for obj, owner in fleet.clusters[problem.cluster].landed:
        if is_helm_release(obj) and str(obj.key) == problem.object:
            chart = mapping(mapping(obj.spec.get("chart")).get("spec"))
            of_repository = mapping(chart.get("sourceRef")).get("kind") == "HelmRepository"
            field = "version" if of_repository and "version" in chart else "chart"
            path: Path = ("spec", "chart", "spec", field) if chart else ("spec", "chartRef", "name")
            return lines.cause(obj, owner, path).where
    return problem.where


def _files(tree: Tree, reported: frozenset[str]) -> Iterator[Finding]:
    """YAML files that are no YAML and that rendering has not met.

    Args:
        tree: the repository.
        reported: paths that already have a finding.
    """
    charts = {path.rpartition("/")[0] for path in tree if path.rpartition("/")[2] == "Chart.yaml"}
    for path in sorted(tree):
        if not path.endswith(YAML_SUFFIXES) or path in reported or _is_chart_template(path, charts):
            continue
        try:
            outline(tree, path)
        except InputError as err:
            if not _TEMPLATE.search(tree.read(path)):
                yield Finding(UNUSED, err.message, tree.at(path, err.line))


def _left_out(tree: Tree, read: Read) -> Iterator[Finding]:
    """What was dropped from the tree; of links, those that may be meant for a cluster."""
    for dropped in tree.dropped:
        directory, _, name = dropped.path.rpartition("/")
        is_for_a_cluster = directory in read.built_directories and ("." not in name or name.endswith(YAML_SUFFIXES))
        if "symbolic link" not in dropped.why or is_for_a_cluster:
            yield Finding(LEFT_OUT, dropped.why, tree.at(dropped.path, 0))


_TEMPLATE = re.compile(rb"""^[ \t]*(?:- +)*(?:[^\s#'"][^'"\n]*: +)?\{[{%]""", re.MULTILINE)
"""An expression that some tool fills in before it is YAML: not in quotes, `{{` cannot be meant as YAML."""


def _is_chart_template(path: str, charts: set[str]) -> bool:
    """Helm's templates are text with YAML in it."""
    directory = path
    while "/" in directory:
        directory = directory.rpartition("/")[0]
        if directory in charts:
            return path.startswith((f"{directory}/templates/", f"{directory}/charts/"))
    return "" in charts and path.startswith("templates/")
