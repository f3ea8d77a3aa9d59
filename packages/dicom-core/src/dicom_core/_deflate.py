"""Deflated data sets (PS3.5 A.5): inflated in steps, never beyond a limit."""

from ._errors import LimitExceeded

__all__ = ["deflate", "inflate"]

STEP = 1 << 20


def inflate(data: bytes, limit: int, enough: int | None = None) -> tuple[bytes, int, str]:
    """The inflated bytes, how many bytes of input were used, and what was wrong, if anything.

    ``enough``: stop when there are so many bytes. A zlib header, which some writers leave there, is
    accepted.
    """
    from zlib import MAX_WBITS, decompressobj, error

    headed = _has_zlib_header(data)
    machine = decompressobj() if headed else decompressobj(-MAX_WBITS)
    pieces: list[bytes] = []
    size = 0
    problem = ""
    pending = data
    while pending and not machine.eof:
        try:
            piece = machine.decompress(pending, STEP)
        except error as broken:
            at = len(data) - len(pending)
            problem = (
                f"the stream is damaged near deflated byte {at}, inflated byte {size} ({broken})"
            )
            break
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            raise LimitExceeded("inflated", size)
        if enough is not None and size >= enough:
            break
        pending = machine.unconsumed_tail
    if not problem and not machine.eof and enough is None:
        problem = f"the stream ends at deflated byte {len(data)}, inflated byte {size}, without its end mark"
    used = len(data) - len(machine.unused_data) - len(machine.unconsumed_tail)
    if not problem and machine.unused_data not in {b"", b"\0"}:  # a NUL may make the length even
        left = len(machine.unused_data)
        problem = f"{left} bytes follow the end of the stream at deflated byte {used}, inflated byte {size}"
    if not problem and headed:
        problem = "a zlib header (RFC 1950) stands before the deflated stream"
    return b"".join(pieces), used, problem


def _has_zlib_header(data: bytes) -> bool:
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
