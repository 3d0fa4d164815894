"""The rules of the family: SLW6xx."""

from __future__ import annotations

from slipway.checks.finding import Rule

PLAIN_SECRET = Rule("SLW601", "A Secret in clear text", "error")
CREDENTIAL = Rule("SLW602", "A credential in a file", "error")
PLAIN_PASSWORD = Rule("SLW603", "A secret value outside of a Secret", "warning")
ALLOWED_UNUSED = Rule("SLW606", "An allowed secret that is not there", "info")
SEALED_MALFORMED = Rule("SLW611", "A sealed value that no key opens", "error")
SEALED_ELSEWHERE = Rule("SLW612", "A SealedSecret under another name than it was sealed for", "error")
SEALED_MOVED = Rule("SLW613", "A SealedSecret that was not sealed anew", "error")
SEALED_TWICE = Rule("SLW614", "One sealed value in two places", "error")
SEALED_SCOPE = Rule("SLW615", "A scope that the controller does not read", "warning")
SEALED_RULES = (SEALED_MALFORMED, SEALED_ELSEWHERE, SEALED_MOVED, SEALED_TWICE, SEALED_SCOPE)
BY_NAME = (SEALED_ELSEWHERE.id, SEALED_MOVED.id)
"""Those that names and earlier values tell, with no key."""
STORE_MISSING = Rule("SLW616", "A store of secrets that does not exist", "error")
STORE_CLOSED = Rule("SLW617", "A store of secrets that is closed to the namespace", "error")
TWO_MAKERS = Rule("SLW618", "Two makers of one Secret", "error")
NEVER_REFRESHED = Rule("SLW620", "An ExternalSecret that is fetched once", "info")
STATIC_KEYS = Rule("SLW621", "A store of secrets with a long-lived key", "info")

EXTERNAL_RULES = (STORE_MISSING, STORE_CLOSED, TWO_MAKERS, NEVER_REFRESHED, STATIC_KEYS)
SOPS_FORGOTTEN = Rule("SLW604", "A file that SOPS was to encrypt", "error")
SOPS_PARTLY = Rule("SLW605", "A secret value that SOPS left in clear text", "error")
SOPS_CLOSED = Rule("SLW607", "Encrypted values that nothing decrypts", "error")
DATA_MISSING = Rule("SLW624", "A ConfigMap or Secret that nothing makes", "error")
SEALING_KEY_RENEWED = Rule("SLW626", "A sealing key that the cluster renews by itself", "warning")
SEALING_KEY_UNSEEN = Rule("SLW627", "A sealing key that is seen after a restart only", "warning")
SECOND_KEY = Rule("SLW628", "A second sealing key that a cluster would not trust", "info")
SEALED_CLOSED = Rule("SLW631", "A sealed value that the fleet's key does not open", "error")
SEALED_OLD = Rule("SLW632", "A SealedSecret for the key that is going", "warning")
CERTIFICATE = Rule("SLW633", "A certificate that is not to seal with", "error")
KEY_MISSING = Rule("SLW625", "A key that a ConfigMap or Secret does not have", "error")
