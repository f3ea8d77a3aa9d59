"""The precision of a codestream that was coded with all bits of its memory (ISO 15444-1 A.5.1, A.6.4, E.1)."""

from .._errors import EncodeError

__all__ = ["with_precision"]

_SIZ_COMPONENTS = 40  # SOC, the SIZ marker, and the fields before Csiz
_QCD = b"\xff\x5c"
_SCALAR = 2  # a step for each sub-band


def with_precision(data: bytes, bits: int, fewer: int, *, signed: bool, scaled: bool) -> bytes:
    """The same codestream, whose samples have ``bits`` bits, which is ``fewer`` than it says.

    Steps of an irreversible wavelet (``scaled``) are relative to the range of the samples (E.1.1): their exponents
    become smaller by as much, and the guard bits more, so that the bit planes of the code-blocks stay what they are.
    """
    stream = bytearray(data)
    count = int.from_bytes(stream[_SIZ_COMPONENTS : _SIZ_COMPONENTS + 2], "big")
    for number in range(count):
        stream[_SIZ_COMPONENTS + 2 + 3 * number] = (bits - 1) | (0x80 if signed else 0)
    if not scaled:
        return bytes(stream)
    at = stream.index(_QCD)
    style = stream[at + 4]
    guard = (style >> 5) + fewer
    if style & 31 != _SCALAR or guard > 7:
        raise EncodeError(f"HTJ2K with loss cannot have {bits} bits in {bits + fewer}")
    stream[at + 4] = guard << 5 | _SCALAR
    end = at + 2 + int.from_bytes(stream[at + 2 : at + 4], "big")
    for place in range(at + 5, end, 2):
        step = int.from_bytes(stream[place : place + 2], "big")
        if step >> 11 < fewer:
            raise EncodeError(f"HTJ2K with so much loss cannot have {bits} bits in {bits + fewer}")
        stream[place : place + 2] = (step - (fewer << 11)).to_bytes(2, "big")
    return bytes(stream)
