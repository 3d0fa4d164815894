"""Rules about what Flux's objects name beside their sources and dependencies: SLW107 to SLW110."""

from __future__ import annotations

from slipway.checks.links.missing import RULES, link_findings

__all__ = ["RULES", "link_findings"]
