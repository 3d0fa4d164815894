"""Charts in repositories: how to ask for one."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class ChartRequest:
    """A chart to fetch."""

    url: str
    """Of a repository: `https://…` with an index, or `oci://…`, to which the name belongs; or of the chart itself."""
    name: str
    """The chart's name; `""` if the URL is an OCI reference of the chart itself."""
    version: str = ""
    """Version or range; `""` is the newest one that is no prerelease."""
    tag: str = ""
    """Of an OCI reference: take this tag, whatever it looks like."""
    digest: str = ""
    """Of an OCI reference: take this manifest, `sha256:…`."""
    insecure: bool = False
    """True if the registry is to be spoken to without TLS."""
    needs: str = ""
    """Credentials that the source names, in words; there never are any here."""

    def __str__(self) -> str:
        version = self.digest or self.tag or self.version or "newest version"
        url = re.sub(r"://[^/@]*@", "://", self.url)  # somebody may have written a token into it
        where = posixpath.join(url, self.name) if self.name else url
        return f"chart {where} ({version})"


@dataclass(frozen=True)
class FetchedChart:
    """A chart from a repository."""

    archive: bytes
    """A gzipped tar archive."""
    digest: str = ""
    """Digest of the manifest, `sha256:…`; `""` for a chart that is in no OCI registry."""


class Charts(Protocol):
    """Gets charts from repositories."""

    def get(self, request: ChartRequest) -> FetchedChart:
        """A chart.

        Raises:
            NotFetched: it may not be fetched, or cannot be now.
            BuildError: the repository has no such chart, or no such version.
            LimitError: it is too large.
        """
        ...
