"""Which references kustomize takes for something on the network.

kustomize api/internal/loader (`fileloader.go`, `IsRemoteFile`) and api/internal/git (`repospec.go`), v5. A name that is
both, such as `https:/a` or `github.com/a/b` in the tree, is one on the network to kustomize.
"""

from __future__ import annotations

import re

_HTTP = re.compile(r"https?:", re.IGNORECASE)
_GIT = re.compile(
    r"(?:git::)?(?:(?:ssh|https?|file)://|(?:[a-z][a-z0-9-]*@)|github\.com[/:])",
    re.IGNORECASE,
)


def is_url(path: str) -> bool:
    """True if kustomize fetches it by HTTP, in whatever field it stands."""
    return _HTTP.match(path) is not None


def is_repository(path: str) -> bool:
    """True if kustomize clones it where a directory may stand."""
    return not path.startswith("/") and (_GIT.match(path) is not None or is_url(path))
