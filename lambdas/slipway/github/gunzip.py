"""A gzip stream, unpacked as far as named limits allow."""

from __future__ import annotations

import zlib
from typing import Protocol

from slipway.errors import InputError, LimitError
from slipway.github.limits import ArchiveLimits

CHUNK_BYTES = 64 * 1024
"""Read and unpacked at a time: what a bomb can make us hold beyond what was asked for."""


class Stream(Protocol):
    """What an archive is read from: a file, or the body of an answer."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; `b""` only at the end."""
        ...


class DamagedArchive(InputError):
    """The archive is cut short or garbled: fetching it again may help, which no other `InputError` allows."""


class Gunzip:
    """Reads exactly as many unpacked bytes as it is asked for.

    Raises, from every method:
        LimitError: `compressed_bytes`, `unpacked_bytes` or `ratio` is exceeded.
        DamagedArchive: the stream ends early or is not gzip.
    """

    def __init__(self, stream: Stream, limits: ArchiveLimits) -> None:
        self._stream = stream
        self._limits = limits
        self._inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        self._packed = 0
        self._unpacked = 0
        self._ready = memoryview(b"")

    def read(self, size: int) -> bytes:
        """The next `size` bytes."""
        parts = []
        while size:
            part = self._next(size)
            size -= len(part)
            parts.append(part)
        return b"".join(parts)

    def skip(self, size: int) -> None:
        """Pass over the next `size` bytes without holding them."""
        while size:
            size -= len(self._next(size))

    def finish(self) -> None:
        """Read to the end, so that the checksum of the whole is verified."""
        while self._more():
            pass

    def _next(self, size: int) -> memoryview:
        if not self._ready:
            self._ready = memoryview(self._more())
        if not self._ready:
            raise DamagedArchive("it ends early")
        part, self._ready = self._ready[:size], self._ready[size:]
        return part

    def _more(self) -> bytes:
        while not self._inflate.eof:
            packed = self._inflate.unconsumed_tail or self._fetch()
            try:
                unpacked = self._inflate.decompress(packed, CHUNK_BYTES)
            except zlib.error as err:
                raise DamagedArchive(f"it is not a sound gzip file ({err})") from err
            if unpacked:
                self._unpacked += len(unpacked)
                self._check_unpacked()
                return unpacked
        return b""

    def _fetch(self) -> bytes:
        packed = self._stream.read(CHUNK_BYTES)
        if not packed:
            raise DamagedArchive("it ends early")
        self._packed += len(packed)
        self._limits.check("compressed_bytes", self._packed, "it")
        return packed

    def _check_unpacked(self) -> None:
        limits = self._limits
        limits.check("unpacked_bytes", self._unpacked, "it, unpacked,")
        if self._unpacked > limits.ratio_free_bytes and self._unpacked > self._packed * limits.ratio:
            raise LimitError(
                f"it unpacks to more than {limits.ratio} times its size, as bombs do (limit ratio): "
                f"to {self._unpacked:,} bytes and more from {self._packed:,}"
            )
