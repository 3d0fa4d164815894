"""The rules of the family: SLW6xx."""

from __future__ import annotations

from slipway.checks.finding import Rule

PLAIN_SECRET = Rule("SLW601", "A Secret in clear text", "error")
CREDENTIAL = Rule("SLW602", "A credential in a file", "error")
PLAIN_PASSWORD = Rule("SLW603", "A secret value outside of a Secret", "warning")
ALLOWED_UNUSED = Rule("SLW606", "An allowed secret that is not there", "info")
