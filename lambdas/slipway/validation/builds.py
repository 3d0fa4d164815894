"""The builds of a fleet, kept in the bucket from check to check.

One build takes a few milliseconds, less than reading one object from S3, so they travel together: all builds of the
last check of a repository are one object, read once at the start of the next.
"""

from __future__ import annotations

import json
import zlib

from slipway.aws.protocol import Bucket
from slipway.fleet.kustomize import BuildCache

MAX_BYTES = 128 * 1024 * 1024
"""Outputs in one pack, uncompressed; YAML shrinks to a tenth."""


class PackedBuilds:
    """A `BuildCache` in front of another: what that does not have may be in the repository's pack.

    Args:
        near: asked first, and told of everything.
        bucket: keeps the pack.
        repository: `owner/name` that the fleet starts in.
    """

    def __init__(self, near: BuildCache, bucket: Bucket, repository: str) -> None:
        self._near = near
        self._bucket = bucket
        self._key = f"cache/builds/{repository}.json.z"
        self._packed: dict[str, str] | None = None
        self._used: dict[str, str] = {}

    def get(self, digest: str) -> str | None:
        """See `BuildCache`; the pack is read when it is first needed."""
        output = self._near.get(digest)
        if output is None:
            if self._packed is None:
                self._packed = _unpacked(self._bucket.get(self._key))
            output = self._packed.get(digest)
            if output is not None:
                self._near.put(digest, output)
        if output is not None:
            self._used[digest] = output
        return output

    def put(self, digest: str, output: str) -> None:
        """See `BuildCache`; it is in the bucket after `save`."""
        self._near.put(digest, output)
        self._used[digest] = output

    def save(self, *, whole: bool) -> None:
        """Write a pack of what was used since the start, unless the bucket has all of it.

        Args:
            whole: True if everything was asked for; else some of it was taken over from an earlier rendering, and the
                pack keeps what it has besides.
        """
        packed = self._packed if self._packed is not None else _unpacked(self._bucket.get(self._key))
        if self._used.keys() <= packed.keys():
            return
        kept: dict[str, str] = {}
        size = 0
        wanted = self._used if whole else {**self._used, **{key: packed[key] for key in packed.keys() - self._used}}
        for digest, output in wanted.items():
            size += len(output)
            if size > MAX_BYTES:
                break
            kept[digest] = output
        body = zlib.compress(json.dumps(kept).encode(), level=3)
        self._bucket.put(self._key, body, content_type="application/octet-stream")

    def forget(self) -> None:
        """Let go of all outputs; whoever keeps this does not keep them."""
        self._packed, self._used = None, {}


def _unpacked(body: bytes | None) -> dict[str, str]:
    """The outputs of a pack; none if there is no pack, or it is damaged."""
    if body is None:
        return {}
    try:
        inflater = zlib.decompressobj()
        outputs = json.loads(inflater.decompress(body, 2 * MAX_BYTES))
    except (zlib.error, ValueError):
        return {}
    return outputs if isinstance(outputs, dict) else {}
