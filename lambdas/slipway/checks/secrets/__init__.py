"""Rules about secret values, and what brings them to clusters: SLW6xx."""

from slipway.checks.secrets.family import RULES, secrets_findings

__all__ = ["RULES", "secrets_findings"]
