"""Every rule by its id."""

from __future__ import annotations

from collections.abc import Mapping

from slipway.checks import graph, rendering, validity
from slipway.checks.finding import Rule

RULES: Mapping[str, Rule] = {rule.id: rule for rule in (*rendering.RULES, *graph.RULES, *validity.RULES)}
"""In order of the id."""
