"""What the items of A-ASSOCIATE PDUs have in common (PS3.8 9.3.2, 9.3.3): a type, a length, a value.

A string is decoded as Latin-1, so that each byte of a peer survives; we send ASCII.
"""

from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple

from .._errors import LocalProtocolError
from ._reader import broken

__all__ = ["Part", "encode_text", "encode_uid", "item", "part_at", "split", "text_of"]

_HEADER = Struct(">BBH")


class Part(NamedTuple):
    """An item: its type, its second byte (the version of 57H), its value, and where that begins in the stream."""

    kind: int
    second: int
    value: bytes
    offset: int


def part_at(data: bytes, pos: int, offset: int) -> Part:
    """The item that begins here."""
    left = len(data) - pos - 4
    if left < 0:
        raise broken(f"{left + 4} bytes where an item begins", "item-length", offset + pos)
    kind, second, length = _HEADER.unpack_from(data, pos)
    if length > left:
        text = f"an item {kind:02X}H of {length} bytes where {left} are left"
        raise broken(text, "item-length", offset + pos)
    return Part(kind, second, data[pos + 4 : pos + 4 + length], offset + pos + 4)


def split(data: bytes, offset: int) -> Iterator[Part]:
    pos, end = 0, len(data)
    while pos < end:
        part = part_at(data, pos, offset)
        yield part
        pos += 4 + len(part.value)


def text_of(value: bytes) -> str:
    # Some peers pad UIDs as data sets do; padding means nothing here (PS3.8 annex F forbids it)
    return value.rstrip(b"\0 ").decode("latin-1")


def encode_text(text: str, *, limit: int = 0xFFFF, encoding: str = "ascii") -> bytes:
    """A name as it is sent; one that cannot be sent raises `LocalProtocolError`."""
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        raise LocalProtocolError(f"{text!a} has characters that cannot be sent") from None
    if len(data) > limit:
        raise LocalProtocolError(f"{text!r} is longer than {limit} characters")
    return data


def item(kind: int, value: bytes, second: int = 0) -> bytes:
    """An item with its header."""
    if len(value) > 0xFFFF:
        raise LocalProtocolError(
            f"an item {kind:02X}H of {len(value)} bytes; its length has 16 bits"
        )
    return _HEADER.pack(kind, second, len(value)) + value


def encode_uid(text: str) -> bytes:
    # Latin-1: an answer repeats what the request said, whatever that was
    return encode_text(text, encoding="latin-1")
