"""The tar format, strictly and as a stream: what `git archive` writes, and no more.

Python's `tarfile` also reads what git never writes (sparse files, global headers that rename members, numbers that are
negative), and holds what a header claims to need before anybody can say no. Here each header is judged first.
Rules: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header"; GNU's long names as GNU tar has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from slipway.github.gunzip import DamagedArchive, Gunzip
from slipway.github.limits import ArchiveLimits

BLOCK = 512

FILE, HARD_LINK, LINK, DIRECTORY = b"0", b"1", b"2", b"5"
_OLD_FILE, _PAX, _PAX_GLOBAL, _GNU_NAME, _GNU_LINK = b"\0", b"x", b"g", b"L", b"K"

_MEANINGFUL = frozenset((b"path", b"linkpath", b"size"))
"""The pax records that change what an entry is."""


@dataclass(frozen=True)
class Member:
    """One entry; its content has to be read or skipped before the next one is asked for."""

    name: bytes
    kind: bytes
    """The type flag: `FILE`, `LINK`, `DIRECTORY`, or another that we do not accept."""
    size: int
    """Of the content in bytes."""
    target: bytes
    """What a link points to."""


class TarStream:
    """Iterates over the members of an archive.

    Raises, from every method:
        DamagedArchive: it is not a tar archive, or not a sound one.
        LimitError: see `Gunzip`; also `header_bytes`.
    """

    def __init__(self, source: Gunzip, limits: ArchiveLimits) -> None:
        self._source = source
        self._limits = limits

    def __iter__(self) -> Iterator[Member]:
        extended: dict[bytes, bytes] = {}
        while (block := self._source.read(BLOCK)) != bytes(BLOCK):
            member = _parse(block)
            if member.kind in (_PAX, _GNU_NAME, _GNU_LINK):
                extended |= self._extended(member, extended)
            elif member.kind == _PAX_GLOBAL:
                self._check_global(member)
            else:
                yield _extend(member, extended)
                extended = {}
        if extended:
            raise DamagedArchive("it ends after an extended header")
        self._source.finish()

    def read(self, member: Member) -> bytes:
        """The content of a member."""
        content = self._source.read(member.size)
        self._source.skip(-member.size % BLOCK)
        return content

    def skip(self, member: Member) -> None:
        """Pass over the content of a member."""
        self._source.skip(member.size + -member.size % BLOCK)

    def _extended(self, member: Member, known: dict[bytes, bytes]) -> dict[bytes, bytes]:
        self._limits.check("header_bytes", member.size, "an extended tar header")
        content = self.read(member)
        if member.kind == _PAX:
            records = _records(content)
        else:
            records = {b"path" if member.kind == _GNU_NAME else b"linkpath": content.rstrip(b"\0")}
        if records.keys() & known.keys():
            raise DamagedArchive("it has two extended headers for one entry")
        return records

    def _check_global(self, member: Member) -> None:
        """Git puts the commit there, as a comment; anything that changed the meaning of entries would be a trick."""
        self._limits.check("header_bytes", member.size, "an extended tar header")
        if _records(self.read(member)):
            raise DamagedArchive("a global header renames entries")


def _parse(block: bytes) -> Member:
    claimed = _number(block[148:156], "checksum")
    if claimed != sum(block) - sum(block[148:156]) + 8 * ord(" "):
        raise DamagedArchive("the checksum of a tar header is wrong")
    name = _text(block[0:100])
    if block[257:263] == b"ustar\0" and (prefix := _text(block[345:500])):
        name = prefix + b"/" + name
    kind = block[156:157]
    return Member(
        name=name,
        kind=FILE if kind == _OLD_FILE else kind,
        size=_number(block[124:136], "size"),
        target=_text(block[157:257]),
    )


def _extend(member: Member, extended: dict[bytes, bytes]) -> Member:
    member = Member(
        name=extended.get(b"path", member.name),
        kind=member.kind,
        size=_decimal(extended[b"size"]) if b"size" in extended else member.size,
        target=extended.get(b"linkpath", member.target),
    )
    if member.size and member.kind in (DIRECTORY, LINK, HARD_LINK):
        raise DamagedArchive("a link or directory in it has content")
    return member


def _records(content: bytes) -> dict[bytes, bytes]:
    """Pax records: length, blank, key, `=`, value, line feed; the length counts the whole record."""
    records = {}
    start = 0
    while start < len(content):
        digits, _, _ = content[start : start + 9].partition(b" ")
        end = start + _decimal(digits)
        key, equals, value = content[start + len(digits) + 1 : end - 1].partition(b"=")
        if end > len(content) or not equals or content[end - 1 : end] != b"\n":
            raise DamagedArchive("an extended tar header is malformed")
        if key in _MEANINGFUL:
            records[key] = value
        start = end
    return records


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _number(field: bytes, what: str) -> int:
    """An octal field. Base 256, for sizes from 8 GiB, is beyond every limit."""
    digits = field.strip(b" \0")
    if not digits or digits.strip(b"01234567"):
        raise DamagedArchive(f"the {what} in a tar header is not a number")
    return int(digits, 8)


def _decimal(digits: bytes) -> int:
    if not digits or len(digits) > 12 or digits.strip(b"0123456789"):
        raise DamagedArchive("a number in an extended tar header is malformed")
    return int(digits)
