"""`slipway.yaml`: what a fleet tells Slipway about itself, at the root of `gitops-system`.

`file` reads it; each section has a module of its own, with what it holds and how it is read.
"""

from slipway.fleet.settings.clusters import DEFAULT_KUBERNETES_VERSION, KUBERNETES_VERSIONS, ClusterSettings
from slipway.fleet.settings.environments import Environment
from slipway.fleet.settings.file import Settings, load_settings
from slipway.fleet.settings.policy import SEVERITIES, Policy, Severity
from slipway.fleet.settings.reader import FILE, MAX_PROBLEMS
from slipway.fleet.settings.requests import RequestSettings
from slipway.fleet.settings.sealing import SealingSettings
from slipway.fleet.settings.secrets import AllowedSecret, SecretSettings
from slipway.fleet.settings.tenants import TenantSettings
from slipway.fleet.settings.versions import Support

__all__ = [
    "DEFAULT_KUBERNETES_VERSION",
    "FILE",
    "KUBERNETES_VERSIONS",
    "MAX_PROBLEMS",
    "SEVERITIES",
    "AllowedSecret",
    "ClusterSettings",
    "Environment",
    "Policy",
    "RequestSettings",
    "SealingSettings",
    "SecretSettings",
    "Settings",
    "Severity",
    "Support",
    "TenantSettings",
    "load_settings",
]
