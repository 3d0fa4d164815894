"""Archives, as codeload.github.com serves them: to whoever holds the ticket in the URL, for a short while."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping

from local.github.api.call import Answer
from local.github.site import Site

PATH = "/<owner>/<repo>/legacy.tar.gz/<path:ref>"
NAME = "GET codeload"
"""What downloads are counted under."""
TICKET_SECONDS = 300
"""How long a ticket is valid."""


def ticket(site: Site, repository: str) -> str:
    """A ticket for the archives of a repository."""
    expires = str(int(time.time()) + TICKET_SECONDS)
    return f"{expires}.{_seal(site, repository, expires)}"


def tarball(site: Site, path: Mapping[str, str], query: Mapping[str, str]) -> Answer:
    """The archive of a commit, gzipped; 404 for a ticket that is not valid or a ref that does not exist."""
    name = f"{path['owner']}/{path['repo']}"
    repository = site.store.repositories.get(name)
    expires, _, seal = query.get("token", "").partition(".")
    valid = hmac.compare_digest(seal, _seal(site, name, expires)) and float(expires) > time.time()
    sha = site.git(name).resolve(path["ref"]) if repository and valid else None
    if repository is None or sha is None:
        return Answer(b"404: Not Found", 404, {"Content-Type": "text/plain; charset=utf-8"})
    file_name = f"{repository.owner}-{repository.short_name}-{sha[:7]}.tar.gz"
    headers = {"Content-Type": "application/x-gzip", "Content-Disposition": f"attachment; filename={file_name}"}
    return Answer(site.tarball(repository, sha), headers=headers)


def _seal(site: Site, repository: str, expires: str) -> str:
    return hmac.new(site.ticket_key, f"{repository} {expires}".encode(), hashlib.sha256).hexdigest()
