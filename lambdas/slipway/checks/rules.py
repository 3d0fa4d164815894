"""Every rule by its id."""

from __future__ import annotations

from collections.abc import Mapping

from slipway.checks import graph, health, needs, ownership, rendering, validity
from slipway.checks.finding import Rule

_FAMILIES = (rendering.RULES, graph.RULES, ownership.RULES, needs.RULES, health.RULES, validity.RULES)

RULES: Mapping[str, Rule] = {rule.id: rule for family in _FAMILIES for rule in family}
"""In order of the id."""
