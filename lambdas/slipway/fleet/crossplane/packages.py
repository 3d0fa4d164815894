"""References to packages: `xpkg.crossplane.io/crossplane-contrib/function-auto-ready:v0.5.0`."""

from __future__ import annotations


def repository_name(package: str) -> str:
    """The last part of the repository, without tag and digest."""
    return package.partition("@")[0].rpartition("/")[2].partition(":")[0]


def tag(package: str) -> str:
    """The tag; empty if there is none."""
    return package.partition("@")[0].rpartition("/")[2].partition(":")[2]


def digest(package: str) -> str:
    """The digest; empty if there is none."""
    return package.partition("@")[2]
