"""The members of a ZIP file, one after the other, in bounded memory (HOSTILE P06).

Nothing that a ZIP file says is believed: sizes are those of the bytes that come, a name is only shown, and what is
inside a member is never opened as a ZIP file again. The directory is read a part at a time, since a million entries fit into
a file that costs nothing to send. Stored and deflated members are read, ZIP64 too (APPNOTE 6.3, 4.3 to 4.5).
"""

import os
import struct
import zlib
from collections.abc import Iterator
from types import TracebackType
from typing import BinaryIO, Final, Self

from attrs import frozen

from dicom_core.store import InstanceRefused

__all__ = ["Member", "ZipFile", "ZipLimits", "ZipRefused"]

_END: Final = struct.Struct("<4s4H2LH")
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR: Final = struct.Struct("<4sLQL")
_ENTRY: Final = struct.Struct("<4s4B4HL2L5H2L")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_COMMENT: Final = 0xFFFF  # bytes of comment that may follow the end record
_READ: Final = 1 << 18
_INFLATED: Final = 1 << 20  # bytes of one piece
_STORED, _DEFLATED = 0, 8
_ENCRYPTED: Final = 0x41  # traditional or strong encryption
_LINK: Final = 0o120000
_UTF8: Final = 0x800


class ZipRefused(InstanceRefused):
    """A ZIP file that is damaged, or that wants more than the limits allow."""


@frozen(kw_only=True)
class ZipLimits:
    """What a ZIP file may cost. Sizes are of the bytes that come, not of those that were announced."""

    entries: int = 1_000_000
    member: int = 8 << 30
    """The most bytes of one member."""
    ratio: int = 200
    """The most bytes for each byte of the file, beyond ``grace``."""
    grace: int = 256 << 20

    def inflated(self, size: int) -> int:
        """The most bytes that so many compressed ones may become."""
        return max(self.grace, self.ratio * size)


@frozen
class Member:
    """An entry of the directory; everything is what the file says."""

    name: str
    offset: int
    compressed: int
    size: int
    crc: int
    method: int
    flags: int
    link: bool

    @property
    def is_folder(self) -> bool:
        """Whether it is nothing but a name."""
        return self.name.endswith("/") and not self.size


_LIMITS: Final = ZipLimits()


class ZipFile:
    """For ``with``. Raises `ZipRefused` where it is none."""

    def __init__(self, path: str, limits: ZipLimits = _LIMITS) -> None:
        self.path = path
        self.limits = limits
        self._file: BinaryIO = open(path, "rb")  # noqa: SIM115 -- closed by __exit__
        try:
            self.size = os.fstat(self._file.fileno()).st_size
            self.entries, self._start, self._length, self._before = self._find_directory()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    # --- the directory ------------------------------------------------------------------------

    def _find_directory(self) -> tuple[int, int, int, int]:
        """Number of entries, where the directory begins, its length, and what stands before the ZIP file (an extractor)."""
        length = min(self.size, _END.size + _COMMENT)
        tail = self._at(self.size - length, length)
        at = tail.rfind(b"PK\5\6")
        while at >= 0 and (
            len(tail) - at < _END.size or _END.unpack_from(tail, at)[7] > len(tail) - at - _END.size
        ):
            at = tail.rfind(b"PK\5\6", 0, at)  # four bytes of a comment that look like it
        if at < 0:
            raise ZipRefused("damaged", "it is no ZIP file, or its end is missing")
        _, disk, first, _, count, size, offset, _ = _END.unpack_from(tail, at)
        end = self.size - length + at
        if 0xFFFF in {disk, first, count} or 0xFFFFFFFF in {size, offset}:
            found = self._find_64(end)
            if found is not None:
                disk, first, count, size, offset, end = found
        if count > self.limits.entries:
            raise ZipRefused("limit", f"it has {count} entries, {self.limits.entries} may be")
        if disk or first:
            raise ZipRefused("damaged", "it is one of several parts; join them first")
        before = end - size - offset
        if before < 0:
            raise ZipRefused("damaged", "its directory is not where it says")
        return count, end - size, size, before

    def _find_64(self, end: int) -> tuple[int, int, int, int, int, int] | None:
        if end < _LOCATOR.size:
            return None
        mark, _, place, _ = _LOCATOR.unpack(self._at(end - _LOCATOR.size, _LOCATOR.size))
        if mark != b"PK\6\7":
            return None
        place = min(place, end)
        head = self._at(place, _END64.size)
        if len(head) < _END64.size or head[:4] != b"PK\6\6":
            raise ZipRefused("damaged", "its ZIP64 end is not where it says")
        _, _, _, _, disk, first, _, count, size, offset = _END64.unpack(head)
        return disk, first, count, size, offset, place

    def members(self) -> Iterator[Member]:
        """The entries, as they are read.

        `ZipRefused` where they promise more than the limits allow, or share bytes, which is how small files become bombs.
        """
        at, end = self._start, self._start + self._length
        taken = count = inflated = 0
        most = self.limits.inflated(self.size)
        held, base = b"", at
        while at < end:
            if at - base + _ENTRY.size + 3 * _COMMENT > len(held) and base + len(held) < end:
                held, base = self._at(at, min(_READ, end - at)), at
            place = at - base
            if place + _ENTRY.size > len(held) or held[place : place + 4] != b"PK\1\2":
                raise ZipRefused("damaged", f"its directory is damaged after {count} entries")
            member, length = self._entry(held, place)
            at += length
            count += 1
            taken += _LOCAL.size + member.compressed
            if count > self.limits.entries:
                raise ZipRefused("limit", f"it has more than {self.limits.entries} entries")
            if taken > self.size - self._length:
                raise ZipRefused("limit", "its members share bytes, or are longer than the file")
            # A member that has more bytes than this is refused where it is read: the sum bounds the real bytes
            inflated += member.size
            if inflated > most:
                raise ZipRefused("limit", f"its members have more than {most} bytes")
            yield member

    def _entry(self, held: bytes, place: int) -> tuple[Member, int]:
        fields = _ENTRY.unpack_from(held, place)
        (
            _,
            _,
            system,
            _,
            _,
            flags,
            method,
            _,
            _,
            crc,
            compressed,
            size,
            names,
            extras,
            notes,
            _,
            _,
            outer,
            offset,
        ) = fields
        start = place + _ENTRY.size
        raw = held[start : start + names]
        length = _ENTRY.size + names + extras + notes
        if len(raw) < names:
            raise ZipRefused("damaged", "its directory ends in the middle of an entry")
        if 0xFFFFFFFF in {compressed, size, offset}:
            extra = held[start + names : start + names + extras]
            size, compressed, offset = _sizes_64(extra, size, compressed, offset)
        name = raw.decode("utf-8" if flags & _UTF8 else "cp437", "replace")
        link = system == 3 and (outer >> 16) & 0o170000 == _LINK
        return Member(
            name, offset + self._before, compressed, size, crc, method, flags, link
        ), length

    # --- a member -----------------------------------------------------------------------------

    def chunks(self, member: Member) -> Iterator[bytes]:
        """The bytes of a member, in pieces of at most 1 MiB; `ZipRefused` at the end where they are not what was announced.

        Who has seen enough of the first piece just stops.
        """
        if member.flags & _ENCRYPTED:
            raise ZipRefused("encrypted", "it is encrypted; unpack it first")
        if member.method not in {_STORED, _DEFLATED}:
            raise ZipRefused(
                "method", f"it is compressed by method {member.method}; unpack it first"
            )
        limits = self.limits
        most = min(limits.member, limits.inflated(member.compressed))
        if member.size > most:
            raise ZipRefused("limit", f"it has {member.size} bytes, {most} may be")
        head = self._at(member.offset, _LOCAL.size)
        if len(head) < _LOCAL.size or head[:4] != b"PK\3\4":
            raise ZipRefused("damaged", "it is not where the directory says")
        names, extras = _LOCAL.unpack(head)[-2:]
        start = member.offset + _LOCAL.size + names + extras
        total = crc = 0
        raw = self._raw(start, member.compressed)
        for piece in raw if member.method == _STORED else _inflated(raw):
            total += len(piece)
            if total > member.size:
                raise ZipRefused("damaged", f"it is longer than the {member.size} bytes announced")
            crc = zlib.crc32(piece, crc)
            yield piece
        if total != member.size:
            raise ZipRefused("damaged", f"it has {total} of the {member.size} bytes announced")
        if crc != member.crc:
            raise ZipRefused("damaged", "its checksum is another")

    def _raw(self, start: int, length: int) -> Iterator[bytes]:
        for at in range(0, length, _READ):
            wanted = min(_READ, length - at)
            piece = self._at(start + at, wanted)
            yield piece
            if len(piece) < wanted:
                return

    def _at(self, offset: int, length: int) -> bytes:
        self._file.seek(max(offset, 0))
        return self._file.read(length)


def _inflated(raw: Iterator[bytes]) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-15)
    try:
        for piece in raw:
            rest = piece
            while rest and not inflater.eof:
                found = inflater.decompress(rest, _INFLATED)
                rest = inflater.unconsumed_tail
                if found:
                    yield found
        while not inflater.eof and (
            found := inflater.decompress(inflater.unconsumed_tail, _INFLATED)
        ):
            yield found
    except zlib.error as bad:
        raise ZipRefused("damaged", "its compressed data is damaged") from bad


def _sizes_64(extra: bytes, size: int, compressed: int, offset: int) -> tuple[int, int, int]:
    """Sizes that need more than 32 bits stand in the extra field 0001 (APPNOTE 4.5.3)."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            field = extra[at + 4 : at + 4 + length]
            values = iter(
                [int.from_bytes(field[k : k + 8], "little") for k in range(0, len(field) - 7, 8)]
            )
            try:
                size = next(values) if size == 0xFFFFFFFF else size
                compressed = next(values) if compressed == 0xFFFFFFFF else compressed
                offset = next(values) if offset == 0xFFFFFFFF else offset
            except StopIteration:
                raise ZipRefused("damaged", "an entry lacks its sizes") from None
            break
        at += 4 + length
    return size, compressed, offset


# Tracebacks, reprs and pickles name the place that users import from
ZipLimits.__module__ = "dicom_archive.maintenance"
