"""From a request to what changes in which repository; the same request on the same trees gives the same bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from slipway.errors import InputError
from slipway.fleet.tree import Tree
from slipway.requests.draft import Draft
from slipway.requests.facts import Facts, minor, zones
from slipway.requests.filling import MissingValue, Values, filled
from slipway.requests.kinds import ADD_CLUSTER, REMOVE_APPLICATION, UPDATE_APPLICATION, UPGRADE_CLUSTER
from slipway.requests.recipe import Identity, Recipe, Step, read_recipe, recipe_path
from slipway.requests.request import Problem, Request, RequestError
from slipway.requests.values import Value

NODES = ("nodes-min", "nodes-max")


@dataclass(frozen=True)
class Part:
    """What a step changes in one repository."""

    tree: Tree
    """The repository as it is."""
    draft: Draft

    @property
    def files(self) -> Mapping[str, bytes | None]:
        """What each file shall hold; None deletes it."""
        return self.draft.changes

    @property
    def identities(self) -> Sequence[Identity]:
        """Key pairs that have to be made, sealed, and written to their files."""
        return self.draft.identities


@dataclass(frozen=True)
class Plan:
    """One step of a request: a pull request in each repository that it changes."""

    request: Request
    step: int
    """0 is the first."""
    name: str
    """Of the step, `""` if it is the only one."""
    steps: int
    """How many there are."""
    clusters: tuple[str, ...]
    """That the request is about."""
    chosen: Mapping[str, str]
    """What the fleet gave where the request said nothing, by the field's name."""
    parts: tuple[Part, ...]
    """Of the repositories that change, in order of their names."""

    @property
    def is_last(self) -> bool:
        """True if nothing comes after it."""
        return self.step + 1 == self.steps


def plan(request: Request, trees: Sequence[Tree], facts: Facts, *, step: int = 0) -> Plan:
    """What a step of a request changes.

    Args:
        request: what is asked.
        trees: `gitops-system`, and the other repositories that may have a recipe for it, each at its base branch.
        facts: of the fleet at these.
        step: which one.

    Raises:
        RequestError: the fleet cannot have it.
        InputError: a recipe is wrong, or a file of a repository cannot be edited.
    """
    recipes = _recipes(request, trees)
    steps = max(len(recipe.steps) for _, recipe in recipes)
    if not 0 <= step < steps:
        raise RequestError((Problem("", f"it has {steps} steps; there is none after the last"),))
    if step == 0:
        _check(request, facts)
    chosen = _chosen(request, facts)
    values = _values(request, recipes, chosen)
    clusters = _clusters(request, recipes, values, facts)
    parts, name = [], ""
    for tree, recipe in recipes:
        if step >= len(recipe.steps):
            continue
        name = recipe.steps[step].name or name
        draft = Draft(tree)
        for instance in _instances(values, clusters, facts):
            if step == 0:
                draft.require(recipe, instance)
            _check_nodes(request, draft, recipe.steps[step], instance)
            draft.apply(recipe, recipe.steps[step], instance)
        if draft.changes or draft.identities:
            parts.append(Part(tree, draft))
    parts.sort(key=lambda part: part.tree.name)
    return Plan(request, step, name, steps, clusters, chosen, tuple(parts))


def steps_of(request: Request, trees: Sequence[Tree]) -> int:
    """How many steps a request has.

    Raises:
        RequestError: no repository has a recipe for it.
        InputError: a recipe is wrong.
    """
    return max(len(recipe.steps) for _, recipe in _recipes(request, trees))


def _recipes(request: Request, trees: Sequence[Tree]) -> list[tuple[Tree, Recipe]]:
    recipes = [(tree, recipe) for tree in trees if (recipe := read_recipe(request.kind, tree))]
    if not recipes:
        message = f"no repository of the fleet has a recipe for it: {recipe_path(request.kind)}"
        raise RequestError((Problem("", message),))
    return recipes


def _check(request: Request, facts: Facts) -> None:
    problems = tuple(_problems(request, facts))
    if problems:
        raise RequestError(problems)


def _problems(request: Request, facts: Facts) -> Iterator[Problem]:
    values = request.values
    names = [each.name for each in facts.environments]
    environment, cluster = values.get("environment"), values.get("cluster")
    if isinstance(environment, str) and environment not in names:
        there = f"there are {', '.join(names)}" if names else "slipway.yaml has no environments"
        yield Problem("environment", f"there is no environment {environment}; {there}")
    if isinstance(cluster, str):
        yield from _cluster_problems(request, cluster, facts)
    for name in _texts(values.get("clusters")):
        if name not in facts.clusters:
            yield Problem("clusters", f"there is no cluster {name}; there are {', '.join(sorted(facts.clusters))}")
    version = values.get("kubernetes-version")
    if isinstance(version, str) and version not in facts.offered:
        offered = ", ".join(sorted(facts.offered, key=minor))
        note = f" ({facts.offer_note})" if facts.offer_note else ""
        yield Problem("kubernetes-version", f"EKS does not offer {version}; it offers {offered}{note}")
    network = values.get("network")
    if isinstance(network, str) and (taken := facts.overlap(IPv4Network(network))):
        free = facts.free_network()
        message = f"{network} overlaps {taken[0]}, which {taken[1]} has" + (f"; {free} is free" if free else "")
        yield Problem("network", message)


def _cluster_problems(request: Request, cluster: str, facts: Facts) -> Iterator[Problem]:
    if request.kind is ADD_CLUSTER:
        if cluster in facts.clusters:
            yield Problem("cluster", f"there is a cluster {cluster} already")
        environment = request.values.get("environment")
        found = facts.environment(cluster)
        patterns = next((each.clusters for each in facts.environments if each.name == environment), ())
        if patterns and found != environment:
            accepted = " or ".join(patterns)
            yield Problem("cluster", f"{cluster} does not belong to {environment}, whose clusters are named {accepted}")
    elif cluster not in facts.clusters:
        yield Problem("cluster", f"there is no cluster {cluster}; there are {', '.join(sorted(facts.clusters))}")
    elif request.kind is UPGRADE_CLUSTER:
        has, wanted = facts.clusters[cluster], str(request.values["kubernetes-version"])
        if has and minor(wanted) != minor(has) + 1:
            yield Problem(
                "kubernetes-version", f"{cluster} has {has}: EKS upgrades by one minor version, to 1.{minor(has) + 1}"
            )


def _chosen(request: Request, facts: Facts) -> dict[str, str]:
    """What the fleet gives where the request says nothing."""
    if request.kind is not ADD_CLUSTER:
        return {}
    chosen: dict[str, str] = {}
    if "network" not in request.values:
        network = facts.free_network()
        if network is None:
            raise RequestError((Problem("network", "no /16 of 10.0.0.0/8 is free; give one of another range"),))
        chosen["network"] = str(network)
    if "kubernetes-version" not in request.values:
        chosen["kubernetes-version"] = facts.usual_version(str(request.values["environment"]))
    return chosen


def _values(request: Request, recipes: Sequence[tuple[Tree, Recipe]], chosen: Mapping[str, str]) -> Values:
    """What the request says, or else the fleet, or else the recipes."""
    given: dict[str, Value] = {**chosen, **request.values}
    if isinstance(repository := given.get("repository"), str):
        given["repository-name"] = repository.rpartition("/")[2]
    for _, recipe in recipes:
        for name, default in recipe.defaults.items():
            if name not in given:
                given[name] = _default(request, name, default, given, recipe)
    return given


def _default(request: Request, name: str, default: str, given: Values, recipe: Recipe) -> Value:
    field = request.kind.field(name)
    try:
        text = filled(default, given)
        return field.shape.read(text) if field else text
    except MissingValue as err:
        message = f"the default of {name} names <{err}>, which the request does not give"
    except ValueError:
        message = f"the default of {name} is {text!r}; give {field.shape.accepted if field else ''}"
    raise InputError(message, file=recipe.file)


def _check_nodes(request: Request, draft: Draft, step: Step, values: Values) -> None:
    """With what the request says of one limit, the other has to go still: by default, or as the cluster has it."""
    given = [name for name in NODES if name in request.values]
    least, most = (_number(values.get(name, draft.said(step, name, values))) for name in NODES)
    if len(given) == 1 and least is not None and most is not None and least > most:
        message = f"{request.subject} would have at least {least} nodes and at most {most}; give both"
        raise RequestError((Problem(given[0], message),))


def _number(value: object) -> int | None:
    return int(str(value)) if re.fullmatch("[0-9]{1,6}", str(value)) else None


def _clusters(
    request: Request, recipes: Sequence[tuple[Tree, Recipe]], values: Values, facts: Facts
) -> tuple[str, ...]:
    """The clusters that a request is about."""
    if isinstance(cluster := request.values.get("cluster"), str):
        return (cluster,)
    named = tuple(_texts(request.values.get("clusters")))
    if request.kind not in (UPDATE_APPLICATION, REMOVE_APPLICATION):
        return named
    environment = request.values.get("environment")
    candidates = named or (facts.members(str(environment)) if environment else tuple(facts.clusters))
    there = tuple(name for name in candidates if _is_on(name, recipes, values))
    missing = [name for name in named if name not in there]
    if missing:
        raise RequestError((Problem("clusters", f"{request.subject} is not on {', '.join(missing)}"),))
    if not there:
        where = f" of {environment}" if environment else ""
        raise RequestError((Problem(request.kind.subject.name, f"{request.subject} is on no cluster{where}"),))
    return tuple(sorted(there))


def _is_on(cluster: str, recipes: Sequence[tuple[Tree, Recipe]], values: Values) -> bool:
    for tree, recipe in recipes:
        try:
            if recipe.where and filled(recipe.where, {**values, "cluster": cluster}) in tree:
                return True
        except MissingValue:
            continue
    return False


def _instances(values: Values, clusters: tuple[str, ...], facts: Facts) -> Iterator[Values]:
    """The values for each cluster; once without one if it is about none."""
    for cluster in clusters or (None,):
        found: dict[str, Value] = dict(values)
        if cluster is not None:
            found["cluster"] = cluster
            found.setdefault("environment", facts.environment(cluster))
        region, number = found.get("region"), found.get("zones")
        if isinstance(region, str) and isinstance(number, str):
            found["availability-zones"] = ", ".join(zones(region, int(number)))
        yield found


def _texts(value: Value | None) -> Sequence[str]:
    return value if isinstance(value, tuple) else ()
