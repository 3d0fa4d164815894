"""`kubernetesVersions`: how long EKS offers versions of Kubernetes, where Slipway does not know it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from slipway.fleet.manifests import Path
from slipway.fleet.settings.reader import Reader

_VERSION = re.compile(r"[0-9]+\.[0-9]+")


@dataclass(frozen=True)
class Support:
    """Until when EKS offers a version, the last days included."""

    standard: date
    """End of standard support."""
    extended: date
    """End of extended support, which costs extra."""


def read_versions(reader: Reader, path: Path, value: Any) -> Mapping[str, Support]:
    """The versions, by `major.minor`."""
    found = {}
    for version, item in reader.mapping(path, value, None).items():
        where = (*path, version)
        if not _VERSION.fullmatch(version):
            reader.wrong(where, f"{path[0]} has versions such as 1.35")
        fields = reader.mapping(where, item, {"standard", "extended"})
        days = [_day(reader, (*where, name), fields.get(name)) for name in ("standard", "extended")]
        if days[0] and days[1]:
            found[version] = Support(days[0], days[1])
    return found


def _day(reader: Reader, path: Path, value: Any) -> date | None:
    written = reader.required(path, value)
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        reader.wrong(path, f"{'.'.join(map(str, path))} is no day; write it as 2027-03-31")
        return None
