"""Deploy keys, as people add them on the web and Apps through the API."""

from __future__ import annotations

from dataclasses import replace

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

from local.github import pushes
from local.github.errors import failed
from local.github.model import DeployKey, StandInError
from local.github.site import Site

MAX_TITLE = 255
"""Characters."""


class DeployKeys:
    """The deploy keys of a stand-in; one change at a time."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def add(self, name: str, *, title: str, key: str, read_only: bool, user: str) -> DeployKey:
        """Add a key to a repository; a comment in it is forgotten.

        Raises:
            ApiError: 422; it is no key, or is one of this or another repository already.
        """
        words = key.split()[:2]
        text = " ".join(words)
        try:
            load_ssh_public_key(text.encode())
        except (ValueError, UnsupportedAlgorithm) as err:
            message = "key is invalid. You must supply a key in OpenSSH public key format"
            raise failed("PublicKey", "key", message) from err
        with self._site.lock:
            repository, table = pushes.known(self._site, name), self._site.store.deploy_keys
            if any(each.text == text for each in table.all()):
                raise failed("PublicKey", "key", "key is already in use")
            made = DeployKey(table.next_id(), repository.name, title, text, read_only=read_only, added_by=user)
            return table.put(made)

    def change(self, key_id: int, *, created_at: str | None, last_used: str | None) -> None:
        """Let a key have been made, or used, at another time."""
        with self._site.lock:
            found = self._site.store.deploy_keys.get(str(key_id))
            if found is None:
                raise StandInError(f"there is no deploy key {key_id}")
            self._site.store.deploy_keys.put(
                replace(found, created_at=created_at or found.created_at, last_used=last_used or found.last_used)
            )
