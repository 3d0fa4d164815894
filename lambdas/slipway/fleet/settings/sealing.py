"""`sealing`: how long the fleet's sealing key lives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from slipway.fleet.manifests import Path
from slipway.fleet.settings.reader import Reader


@dataclass(frozen=True)
class SealingSettings:
    """The section."""

    rotate_after_days: int = 90
    """Age at which the pair is rotated; 0: only when somebody asks for it."""
    grace_days: int = 7
    """How long clusters trust the old pair when nothing in Git is sealed with it any more."""


def read_sealing(reader: Reader, path: Path, value: Any) -> SealingSettings:
    """The section."""
    fields = reader.mapping(path, value, {"rotateAfterDays", "graceDays"})
    rotate = reader.number((*path, "rotateAfterDays"), fields.get("rotateAfterDays"))
    grace = reader.number((*path, "graceDays"), fields.get("graceDays"))
    default = SealingSettings()
    return SealingSettings(
        default.rotate_after_days if rotate is None else rotate, default.grace_days if grace is None else grace
    )
