"""Every rule: the families that they belong to, in the order of their numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from slipway.checks import (
    crossplane,
    fleet,
    forced,
    graph,
    health,
    links,
    namespaces,
    needs,
    order,
    ownership,
    policy,
    rendering,
    risk,
    secrets,
    services,
    suspension,
    targets,
    unread,
    upgrade,
    validity,
    waiting,
)
from slipway.checks.finding import Finding, NotValidated, Rule
from slipway.checks.keyholder import SealedAnswer
from slipway.checks.subject import Subject
from slipway.checks.tenancy import run
from slipway.checks.waiting import syntax


@dataclass(frozen=True)
class Family:
    """Rules that belong together; docs/rules/<name>.md explains them."""

    name: str
    rules: tuple[Rule, ...]
    find: tuple[Callable[[Subject], Iterator[Finding | NotValidated | SealedAnswer]], ...]
    """What finds where a subject breaks them, what could not be judged, and what a key holder has answered."""


FAMILIES = (
    Family("rendering", rendering.RULES, (rendering.rendering_findings,)),
    Family(
        "graph",
        (
            *graph.RULES,
            *ownership.RULES,
            *needs.RULES,
            *health.RULES,
            *links.RULES,
            *unread.RULES,
            *order.RULES,
            *waiting.RULES,
            *suspension.RULES,
            *forced.RULES,
            *services.RULES,
            *syntax.RULES,
            *namespaces.RULES,
            *targets.RULES,
        ),
        (
            graph.graph_findings,
            ownership.ownership_findings,
            needs.needs_findings,
            health.health_findings,
            links.link_findings,
            unread.unread_findings,
            order.order_findings,
            waiting.waiting_findings,
            suspension.suspension_findings,
            forced.forced_findings,
            services.service_findings,
            syntax.syntax_findings,
            namespaces.namespace_findings,
            targets.target_findings,
        ),
    ),
    Family("schema", validity.RULES, (validity.validity_findings,)),
    Family("upgrade", upgrade.RULES, (upgrade.upgrade_findings,)),
    Family("risk", risk.RULES, (risk.risk_findings,)),
    Family("tenancy", run.RULES, (run.tenancy_findings,)),
    Family("secrets", secrets.RULES, (secrets.secrets_findings,)),
    Family("fleet", fleet.RULES, (fleet.fleet_findings,)),
    Family("crossplane", crossplane.RULES, (crossplane.crossplane_findings,)),
    Family("policy", policy.RULES, ()),  # what finds these judges the findings of all others
)

RULES: Mapping[str, Rule] = {rule.id: rule for family in FAMILIES for rule in family.rules}
"""In order of the id."""
