"""Rules about what is written beside what clusters read, and that none of them reads: SLW111 and SLW112."""

from __future__ import annotations

from slipway.checks.unread.left_out import RULES, unread_findings

__all__ = ["RULES", "unread_findings"]
