"""Files for hostile cases, byte by byte: nothing here goes through the writer under test."""

from struct import pack

__all__ = [
    "DEFLATED",
    "EXPLICIT",
    "EXPLICIT_BE",
    "IMPLICIT",
    "UNDEFINED",
    "element",
    "file",
    "implicit",
    "item",
    "item_end",
    "meta",
    "sequence_end",
    "uid",
]

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
EXPLICIT_BE = "1.2.840.10008.1.2.2"
UNDEFINED = 0xFFFFFFFF
LONG = frozenset("OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())  # noqa: SIM905


def element(
    tag: int, vr: str | bytes, value: bytes = b"", length: int | None = None, *, big: bool = False
) -> bytes:
    """An element in explicit VR; ``length`` may lie."""
    order = ">" if big else "<"
    code = vr.encode("ascii") if isinstance(vr, str) else vr
    length = len(value) if length is None else length
    head = pack(order + "HH", tag >> 16, tag & 0xFFFF) + code
    if code.decode("latin-1") in LONG:
        return head + b"\0\0" + pack(order + "I", length) + value
    return head + pack(order + "H", length) + value


def implicit(tag: int, value: bytes = b"", length: int | None = None) -> bytes:
    """An element in implicit VR."""
    return pack("<HHI", tag >> 16, tag & 0xFFFF, len(value) if length is None else length) + value


def item(content: bytes = b"", length: int | None = None, *, big: bool = False) -> bytes:
    """An item, of its true length unless another is given."""
    order = ">" if big else "<"
    return pack(order + "HHI", 0xFFFE, 0xE000, len(content) if length is None else length) + content


item_end = pack("<HHI", 0xFFFE, 0xE00D, 0)
sequence_end = pack("<HHI", 0xFFFE, 0xE0DD, 0)


def uid(text: str) -> bytes:
    """A UID value of even length."""
    return text.encode("latin-1") + b"\0" * (len(text) & 1)


def meta(syntax: str = EXPLICIT, length: int | None = None, extra: bytes = b"") -> bytes:
    """File meta information; ``length`` is what its group length says."""
    body = element(0x00020010, "UI", uid(syntax)) + extra
    return element(0x00020000, "UL", pack("<I", len(body) if length is None else length)) + body


def file(body: bytes, syntax: str = EXPLICIT, *, head: bytes | None = None) -> bytes:
    """A Part 10 file."""
    return bytes(128) + b"DICM" + (meta(syntax) if head is None else head) + body
