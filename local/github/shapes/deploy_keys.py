"""Deploy keys."""

from __future__ import annotations

from local.github.model import DeployKey, Json
from local.github.shapes.repositories import url_of


def deploy_key(base: str, found: DeployKey) -> Json:
    """A `deploy-key`."""
    return {
        "id": found.id,
        "key": found.text,
        "url": f"{url_of(base, found.repository)}/keys/{found.id}",
        "title": found.title,
        "verified": True,
        "created_at": found.created_at,
        "read_only": found.read_only,
        "added_by": found.added_by,
        "last_used": found.last_used,
        "enabled": True,
    }
