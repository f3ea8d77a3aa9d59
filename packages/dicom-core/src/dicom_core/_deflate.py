"""Deflated data sets (PS3.5 A.5): inflated in steps, never beyond a limit."""

from typing import TYPE_CHECKING, Final, NamedTuple

from ._errors import LimitExceeded

if TYPE_CHECKING:
    from zlib import _Decompress

__all__ = [
    "BROKEN",
    "HEADED",
    "TRAILING",
    "ZLIB_HEADER",
    "Trouble",
    "deflate",
    "has_zlib_header",
    "inflate",
    "is_padding",
    "left_over",
    "up_to_damage",
]

STEP: Final = 1 << 20
# Rules
BROKEN: Final = "deflate"
TRAILING: Final = "deflate-trailing"
HEADED: Final = "deflate-header"
ZLIB_HEADER: Final = "a zlib header (RFC 1950) stands before the deflated stream"


class Trouble(NamedTuple):
    """What was wrong with a stream: the rule, in words."""

    rule: str
    text: str


def inflate(
    data: bytes, limit: int, enough: int | None = None
) -> tuple[bytes, int, Trouble | None]:
    """The inflated bytes, how many bytes of input were used, and what was wrong, if anything.

    ``enough``: stop when there are so many bytes. A zlib header, which some writers leave there, is
    accepted.
    """
    from zlib import MAX_WBITS, decompressobj, error

    headed = has_zlib_header(data)
    machine = decompressobj() if headed else decompressobj(-MAX_WBITS)
    view = memoryview(data)
    pieces: list[bytes] = []
    size = used = 0
    problem: Trouble | None = None
    while used < len(data) and not machine.eof:
        given = view[used : used + STEP]  # what is left over is copied: never all of the rest
        before = machine.copy()
        try:
            piece = machine.decompress(given, STEP)
        except error:
            piece, good, broken = up_to_damage(before, given)
            pieces.append(piece)
            size += len(piece)
            used += good
            text = (
                f"the stream is damaged near deflated byte {used}, inflated byte {size} ({broken})"
            )
            problem = Trouble(BROKEN, text)
            break
        used += len(given) - left_over(machine)
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            raise LimitExceeded("inflated", size)
        if enough is not None and size >= enough:
            break
    if size > limit:
        raise LimitExceeded("inflated", size)
    if problem is None and not machine.eof and enough is None:
        text = (
            f"the stream ends at deflated byte {used}, inflated byte {size}, without its end mark"
        )
        problem = Trouble(BROKEN, text)
    left = len(data) - used
    if problem is None and machine.eof and not is_padding(left, data[used : used + 1]):
        text = f"{left} bytes follow the end of the stream at deflated byte {used}, inflated byte {size}"
        problem = Trouble(TRAILING, text)
    if problem is None and headed:
        problem = Trouble(HEADED, ZLIB_HEADER)
    return b"".join(pieces), used, problem


def left_over(machine: "_Decompress") -> int:
    """How many bytes the last call did not use; at the end both of its fields may name the same bytes."""
    return len(machine.unused_data if machine.eof else machine.unconsumed_tail)


def up_to_damage(machine: "_Decompress", data: bytes | memoryview) -> tuple[bytes, int, str]:
    """What can be had of bytes in which the damage is: inflated, how many are good, and what is wrong.

    An error throws away what the same call inflated before it, so the bytes go in one by one in the end.
    """
    from zlib import error

    out = bytearray()
    good, step = 0, 1 << 12
    while good < len(data):
        before = machine.copy()
        try:
            out += machine.decompress(data[good : good + step])
        except error as broken:
            if step == 1:
                return bytes(out), good, str(broken)
            machine, step = before, 1
        else:
            good += step
    raise AssertionError("the damage is gone")


def is_padding(size: int, first: bytes) -> bool:
    """Whether so many bytes after a stream only make its length even (PS3.5 A.5)."""
    return size == 0 or (size == 1 and first == b"\0")


def has_zlib_header(data: bytes) -> bool:
    """RFC 1950: compression method 8 and a check sum of the first two bytes. A raw stream of a data
    set cannot begin so by chance and inflate: its first block would be stored with a wrong length.
    """
    return len(data) > 2 and data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0


def deflate(pieces: list[bytes]) -> bytes:
    """One raw deflate stream, padded to an even length with a NUL (PS3.5 A.5)."""
    from zlib import DEFLATED, MAX_WBITS, compressobj

    machine = compressobj(6, DEFLATED, -MAX_WBITS)
    out = [machine.compress(piece) for piece in pieces]
    out.append(machine.flush())
    stream = b"".join(out)
    return stream + b"\0" if len(stream) & 1 else stream
