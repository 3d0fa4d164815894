"""What composition functions do to what earlier ones have made, as far as that is known of them.

Sources: the repositories of crossplane-contrib, each function's README.
"""

from __future__ import annotations

from enum import Enum

from slipway.fleet.crossplane.packages import repository_name


class Effect(Enum):
    """What a function may do."""

    NOTHING = "nothing"
    """It makes no resource and changes none."""
    ENVIRONMENT = "environment"
    """It sets what patches read from the environment."""
    ANYTHING = "anything"
    """It may make, change or leave out any resource."""


_EFFECTS = {
    "function-auto-ready": Effect.NOTHING,
    "function-status-transformer": Effect.NOTHING,
    "function-sequencer": Effect.NOTHING,
    "function-environment-configs": Effect.ENVIRONMENT,
    "function-extra-resources": Effect.ENVIRONMENT,
}
"""By the last part of the package's repository. The sequencer leaves out resources only until others are ready."""


def effect_of(name: str, package: str) -> Effect:
    """What a function does.

    Args:
        name: of its Function, e.g. `crossplane-contrib-function-auto-ready`.
        package: `spec.package` of that; empty if it is not known.
    """
    if package:
        return _EFFECTS.get(repository_name(package), Effect.ANYTHING)
    return next((effect for known, effect in _EFFECTS.items() if name.endswith(known)), Effect.ANYTHING)
