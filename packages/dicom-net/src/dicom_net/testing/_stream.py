"""A stream of PDUs taken apart without asking whether anything in it is legal: what tests look at."""

from collections.abc import Iterator, Sequence
from typing import Final

from attrs import field, frozen

from dicom_core import DicomError

from ..ul import Buffer
from ..ul._pdus import CONTROL_NAMES, Control, decode_control

__all__ = ["RawPdu", "Splitter", "Value", "p_data"]

MOST: Final = 64 << 20
"""What a test takes of a peer in one PDU."""


@frozen
class Value:
    """A presentation data value with its message control header (PS3.8 9.3.5.1, E.2)."""

    context: int
    flags: int
    data: bytes = field(repr=False)

    @property
    def is_command(self) -> bool:
        """Whether it is a fragment of a command set."""
        return bool(self.flags & 1)

    @property
    def is_last(self) -> bool:
        """Whether it is the last one."""
        return bool(self.flags & 2)


@frozen
class RawPdu:
    """A PDU as it stood in the stream."""

    kind: int
    body: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """``A-ASSOCIATE-RQ`` and so on; other types by their number."""
        return CONTROL_NAMES.get(self.kind, f"type {self.kind:02X}H")

    @property
    def event(self) -> Control | None:
        """What a control PDU says; None for data, and for what says nothing."""
        if self.kind not in CONTROL_NAMES or self.kind == 4:
            return None
        if self.kind not in {1, 2} and len(self.body) != 4:
            return None
        try:
            return decode_control(self.kind, self.body, 0)
        except DicomError:
            return None

    @property
    def values(self) -> tuple[Value, ...]:
        """The presentation data values of a P-DATA-TF; one that is cut off is left out."""
        return tuple(_values(self.body)) if self.kind == 4 else ()

    @property
    def data(self) -> bytes:
        """Header and body."""
        return bytes((self.kind, 0)) + len(self.body).to_bytes(4, "big") + self.body


def _values(body: bytes) -> Iterator[Value]:
    pos = 0
    while pos + 6 <= len(body):
        length = int.from_bytes(body[pos : pos + 4], "big")
        stop = pos + 4 + length
        if length < 2 or stop > len(body):
            return
        yield Value(body[pos + 4], body[pos + 5], body[pos + 6 : stop])
        pos = stop


class Splitter:
    """Bytes in, PDUs out."""

    def __init__(self) -> None:
        self._data = bytearray()

    @property
    def rest(self) -> bytes:
        """What is no whole PDU yet."""
        return bytes(self._data)

    def feed(self, data: Buffer) -> list[RawPdu]:
        """The PDUs that are whole now."""
        held = self._data
        held += data
        found, pos = [], 0
        while len(held) - pos >= 6:
            length = int.from_bytes(held[pos + 2 : pos + 6], "big")
            if length > MOST:
                raise ValueError(f"a PDU of {length} bytes; a test takes {MOST}")
            stop = pos + 6 + length
            if stop > len(held):
                break
            found.append(RawPdu(held[pos], bytes(held[pos + 6 : stop])))
            pos = stop
        del held[:pos]
        return found


def p_data(values: Sequence[Value]) -> RawPdu:
    """A P-DATA-TF with these values, whether they are legal or not."""
    body = b"".join(
        (len(one.data) + 2).to_bytes(4, "big") + bytes((one.context, one.flags)) + one.data
        for one in values
    )
    return RawPdu(4, body)


# Tracebacks, reprs and pickles name the place that users import from
Value.__module__ = RawPdu.__module__ = Splitter.__module__ = "dicom_net.testing"
