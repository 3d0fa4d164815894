"""Why a build does not come about."""

from __future__ import annotations

from slipway.errors import InputError


class BuildError(InputError):
    """The build fails, and would fail on the cluster."""


class ChartError(BuildError):
    """There is no such chart where a HelmRelease says; Flux would fail, too."""


class NotFetched(InputError):
    """The build needs something that Slipway does not fetch; it may work on the cluster."""
