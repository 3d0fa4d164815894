"""What an archive of a repository may hold: archives come with pull requests, so they are hostile input."""

from __future__ import annotations

from dataclasses import dataclass

from slipway.errors import LimitError

MIB = 1024 * 1024

_UNITS = {"depth": "folders"}


@dataclass(frozen=True)
class ArchiveLimits:
    """Limits on one archive; each error names the field and its value."""

    compressed_bytes: int = 128 * MIB
    """The archive as GitHub sends it."""
    unpacked_bytes: int = 512 * MIB
    """Everything in it, also what is dropped."""
    kept_bytes: int = 128 * MIB
    """The content of all files that are kept: what a tree takes of the memory."""
    manifest_bytes: int = 10 * MIB
    """A YAML or JSON file. The largest bundles of CRDs have about a third of it."""
    other_bytes: int = MIB
    """Any other file: a larger one is dropped and listed, since manifests do not need it."""
    entries: int = 100_000
    """Files, directories and links. GitHub lists at most as many of a commit at once."""
    path_bytes: int = 1024
    """A path, without the folder that GitHub puts on top."""
    depth: int = 64
    """Folders in a path."""
    absent: int = 200
    """Files that `.gitattributes` keeps out of the archive, or changes in it: each takes a call to GitHub."""
    header_bytes: int = 16 * 1024
    """An extended tar header: it is held in memory before the path in it can be judged."""
    ratio: int = 200
    """Unpacked to compressed size. YAML reaches 30, zeros 1,000."""
    ratio_free_bytes: int = 8 * MIB
    """Unpacked size up to which the ratio does not matter: small files of few words pack well."""

    def check(self, name: str, value: int, what: str, *, file: str = "") -> None:
        """Refuse a `value` beyond the limit `name`.

        Raises:
            LimitError: the text says that `what` is too much, and names the limit and its value.
        """
        limit: int = getattr(self, name)
        if value > limit:
            unit = name.rpartition("_")[2]
            raise LimitError(f"{what} has more than {limit:,} {_UNITS.get(unit, unit)} (limit {name})", file=file)
