"""Charts for the check on a pull request: from where, and where they are kept."""

from __future__ import annotations

import fnmatch
import threading
from collections.abc import Callable

from slipway.aws.protocol import Bucket
from slipway.fleet.helm import HelmRenderer
from slipway.fleet.kustomize import BuildCache
from slipway.tools.charts import ChartStore

Helm = Callable[[BuildCache, "ChartPolicy"], HelmRenderer | None]
"""Makes what renders HelmReleases, given where results are kept and what may be fetched; None if there is no helm."""


class ChartPolicy:
    """Which repositories charts are fetched from, by their URLs; see `slipway.tools.charts.Network`.

    A pull request must not make Slipway ask anybody for anything, so its merged side has the repositories that the base
    side has already, and those that `slipway.yaml` of the base names. For a fork, nothing is fetched.

    Args:
        from_fork: whether it is for a fork.
        known: what the base side is known to have, should it not ask for all of it again.
    """

    def __init__(self, *, from_fork: bool, known: frozenset[str] = frozenset()) -> None:
        self._from_fork = from_fork
        self._known = set(known)
        self._patterns: tuple[str, ...] | None = None
        self._lock = threading.Lock()

    @property
    def known(self) -> frozenset[str]:
        """The repositories that the base side has."""
        return frozenset(self._known)

    def judge_head(self, patterns: tuple[str, ...]) -> None:
        """From now on it is the merged side that asks; `patterns` are those of the base's `slipway.yaml`."""
        self._patterns = patterns

    def __call__(self, url: str) -> str:
        """Why a repository is not asked; `""` if it is."""
        if self._from_fork:
            return "none are for a pull request from a fork"
        with self._lock:
            if self._patterns is None:
                self._known.add(url)
            elif url not in self._known and not any(fnmatch.fnmatchcase(url, pattern) for pattern in self._patterns):
                return (
                    f"{url} is new in this pull request; to have it read before the merge, name it in slipway.yaml of "
                    "the base branch: charts"
                )
        return ""


class KeptCharts:
    """A `ChartStore` in the bucket, with another one in front of it.

    Args:
        near: asked first, and told of everything.
        bucket: keeps the charts.
        prefix: below which; schemas are kept in the same way.
    """

    PREFIX = "cache/charts/"

    def __init__(self, near: ChartStore, bucket: Bucket, prefix: str = PREFIX) -> None:
        self._near = near
        self._bucket = bucket
        self._prefix = prefix

    def get(self, key: str) -> bytes | None:
        """See `ChartStore`."""
        content = self._near.get(key)
        if content is None:
            content = self._bucket.get(self._prefix + key)
            if content is not None:
                self._near.put(key, content)
        return content

    def put(self, key: str, content: bytes) -> None:
        """See `ChartStore`."""
        self._near.put(key, content)
        self._bucket.put(self._prefix + key, content, content_type="application/octet-stream")
