"""The stream of PDUs as it comes: P-DATA as views of the bytes that were fed, the rest as headers and bodies.

Nothing of P-DATA is assembled: a fragment that is cut by the end of what was fed is given in two pieces. At
most five bytes of a header are carried from one feed to the next. A length is judged when it is read, before
a byte of what it announces is waited for.
"""

from collections.abc import Container
from struct import Struct
from typing import Final, NamedTuple

from .._errors import RemoteProtocolError
from ._events import Abort, AbortReason, AbortSource, PData

__all__ = ["Announced", "Reader", "broken"]

_PDU = Struct(">BxI")
_PDV = Struct(">IBB")
_BOTH = Struct(">BxIIBB")

P_DATA: Final = 0x04
_NOTHING: Final = memoryview(b"")
_KINDS: Final = range(0x01, 0x08)


class Announced(NamedTuple):
    """A PDU whose header was read and whose body was not: the connection judges it, then takes or skips the body."""

    kind: int
    length: int
    offset: int


def broken(
    text: str,
    rule: str,
    offset: int,
    reason: AbortReason = AbortReason.INVALID_PARAMETER_VALUE,
) -> RemoteProtocolError:
    """The error of a peer that broke a rule of PS3.8, with the abort that answers it."""
    return RemoteProtocolError(
        text, rule=rule, offset=offset, abort=Abort(AbortSource.PROVIDER, reason)
    )


class Reader:
    """Bytes in, `PData` and `Announced` out.

    While ``takes_data`` is set, P-DATA comes as `PData`: one for all consecutive fragments of a context and
    kind in what was fed. Their contexts must be in ``contexts`` and their PDUs no longer than ``limit``.
    """

    __slots__ = (
        "_carry",
        "_command",
        "_context",
        "_end",
        "_in_pdu",
        "_in_pdv",
        "_inside",
        "_last",
        "_open",
        "_pos",
        "_skip",
        "_start",
        "_view",
        "contexts",
        "limit",
        "part",
        "takes_data",
    )

    def __init__(self) -> None:
        self.takes_data = False
        self.limit = 0
        self.contexts: Container[int] = ()
        self.part = 0  # the offset in the stream at which the last command set or data set begins
        self._view = _NOTHING
        self._pos = self._end = 0
        self._start = 0  # the offset in the stream of the first byte of the view
        self._carry = bytearray()
        self._skip = 0  # bytes of a body that nobody wants
        self._in_pdu = 0  # bytes of the P-DATA-TF after the fragment that is being read
        self._inside = False  # whether a fragment is being read
        self._in_pdv = 0  # bytes of it that are to come
        self._context = 0
        self._command = 0
        self._last = 0
        self._open = False  # whether a message part has begun that has no last fragment yet

    @property
    def offset(self) -> int:
        """How many bytes of the stream were taken."""
        return self._start + self._pos - len(self._carry)

    @property
    def drained(self) -> bool:
        """Whether all that was fed was taken."""
        return self._pos == self._end

    def feed(self, data: bytes | bytearray | memoryview) -> None:
        """More of the stream; it is read in place, until it is drained."""
        self._start += self._end
        view = memoryview(data)
        self._view = view if view.format == "B" and view.ndim == 1 else view.cast("B")
        self._pos = 0
        self._end = len(self._view)

    def abandon(self) -> None:
        """Nobody wants data any more: pass over what is left of the P-DATA-TF that is being read."""
        if self._inside:
            self._skip = self._in_pdv + self._in_pdu
        elif self._in_pdu:
            self.skip(self._in_pdu)
        self._inside = False
        self._in_pdv = self._in_pdu = 0

    def drop(self) -> None:
        """Take no notice of the rest of what was fed."""
        self._let_go()

    def read(self) -> PData | Announced | None:
        """What comes next; None when more must be fed."""
        pos, end = self._pos, self._end
        if pos == end:
            self._let_go()
            return None
        if end - pos >= 12 and self.takes_data and not self._open and not self._in_pdu:
            found = self._whole(pos, end)
            if found is not None:
                return found
        if self._skip:
            taken = min(self._skip, self._end - self._pos)
            self._pos += taken
            self._skip -= taken
            if self._skip:
                self._let_go()
                return None
        while True:
            if not self._inside:
                announced = self._header()
                if announced is not None:
                    return announced
                if not self._inside:
                    self._let_go()
                    return None
            event = self._fragments()
            if event is not None:
                return event
            if self._inside:
                self._let_go()
                return None

    def body(self, length: int) -> bytes | None:
        """The body of the PDU that was announced; None when more must be fed, and then it is asked for again."""
        return self._gather(length)

    def skip(self, length: int) -> None:
        """Pass over the body of the PDU that was announced, or over what is left of it."""
        self._skip = length - len(self._carry)
        self._carry.clear()

    def _let_go(self) -> None:
        """Let go of the view: the buffer behind it belongs to who fed it."""
        self._start += self._end
        self._view = _NOTHING
        self._pos = self._end = 0

    def _gather(self, length: int) -> bytes | None:
        carry = self._carry
        stop = self._pos + length - len(carry)
        if stop > self._end:
            carry += self._view[self._pos : self._end]
            self._pos = self._end
            return None
        found = bytes(self._view[self._pos : stop])
        self._pos = stop
        if carry:
            found = bytes(carry) + found
            carry.clear()
        return found

    def _header(self) -> Announced | None:
        """Read the header of a PDU or of a fragment; afterwards `_inside` tells whether a fragment begins."""
        if not self._in_pdu:
            if (
                self.takes_data
                and not self._carry
                and self._end - self._pos >= 12
                and self._begins()
            ):
                return None
            if not self._carry and self._pos < self._end and self._view[self._pos] not in _KINDS:
                raise broken(
                    f"a PDU of type {self._view[self._pos]:02X}H",
                    "pdu-type",
                    self.offset,
                    AbortReason.UNRECOGNIZED_PDU,
                )
            offset = self.offset
            header = self._gather(6)
            if header is None:
                return None
            kind, length = _PDU.unpack(header)
            if kind != P_DATA or not self.takes_data:
                return Announced(kind, length, offset)
            if length > self.limit:
                text = f"a P-DATA-TF of {length} bytes, and we take {self.limit}"
                raise broken(text, "p-data-length", offset)
            if length < 6:  # PS3.8 9.3.5: one presentation data value or more
                raise broken(f"a P-DATA-TF of {length} bytes", "p-data-length", offset)
            self._in_pdu = length
        offset = self.offset
        header = self._gather(6)
        if header is None:
            return None
        length, context, flags = _PDV.unpack(header)
        left = self._in_pdu - 4 - length
        if length < 2 or left < 0 or 0 < left < 6:
            text = f"a presentation data value of {length} bytes where {self._in_pdu} are left of its PDU"
            raise broken(text, "pdv-length", offset)
        if context not in self.contexts:
            text = f"data of presentation context {context}, which was not accepted"
            raise broken(text, "pdv-context", offset)
        # PS3.8 E.1: no fragment of anything else before the last one
        if self._open and (context != self._context or flags & 1 != self._command):
            kind = "command" if flags & 1 else "data"
            text = f"a fragment of {kind} in context {context} before the last one of what began in context {self._context}"
            raise broken(text, "interleaved", offset, AbortReason.UNEXPECTED_PARAMETER)
        if not self._open:
            self.part = offset
        self._in_pdu = left
        self._in_pdv = length - 2
        self._context = context
        self._command = flags & 1
        self._last = flags & 2
        self._inside = True
        return None

    def _whole(self, pos: int, end: int) -> PData | None:
        """A message part that is one fragment, alone in its PDU, and there; None where it is anything else.

        So is nearly every command set, and every small data set: this takes a third of what the ways below do.
        """
        if self._inside or self._carry or self._skip:
            return None
        view = self._view
        kind, length, value, context, flags = _BOTH.unpack_from(view, pos)
        stop = pos + 10 + value
        if (
            not flags & 2
            or stop > end
            or kind != P_DATA
            or value + 4 != length
            or value <= 2
            or length > self.limit
            or context not in self.contexts
        ):
            return None
        self.part = self._start + pos + 6
        self._pos = stop
        return PData(context, [view[pos + 12 : stop]], command=flags & 1 == 1, last=True)

    def _begins(self) -> bool:
        """Read both headers of a P-DATA-TF with one fragment of a new message part; False where it is anything else.

        So begins nearly every command set and data set, and this takes half the time of what `_header` does.
        """
        kind, length, value, context, flags = _BOTH.unpack_from(self._view, self._pos)
        if (
            kind != P_DATA
            or value + 4 != length
            or value < 2
            or length > self.limit
            or context not in self.contexts
            or self._open
        ):
            return False
        self.part = self._start + self._pos + 6
        self._pos += 12
        self._in_pdv = value - 2
        self._context = context
        self._command = flags & 1
        self._last = flags & 2
        self._inside = True
        return True

    def _fragments(self) -> PData | None:
        """The views of this fragment, and of those that follow it in what was fed and belong to the same part."""
        view, pos, end, left = self._view, self._pos, self._end, self._in_pdv
        context, command, last = self._context, self._command, self._last
        views: list[memoryview] = []
        append, unpack, limit = views.append, _BOTH.unpack_from, self.limit
        inside = True
        # Measured: about 0.4 microseconds a PDU; with a call of _header for each it is three times that.
        while True:
            stop = pos + left
            if stop > end:
                if pos < end:
                    append(view[pos:end])
                    left = stop - end
                    pos = end
                last = 0
                break
            if left:
                append(view[pos:stop])
                pos = stop
                left = 0
            inside = False
            if last or self._in_pdu or end - pos < 12:
                break
            kind, length, value, next_context, flags = unpack(view, pos)
            # The usual case, a PDU with one more fragment of the same; whatever else comes is for _header
            if (
                kind != 4
                or value + 4 != length
                or value < 2
                or length > limit
                or next_context != context
                or flags & 1 != command
            ):
                break
            pos += 12
            left = value - 2
            last = self._last = flags & 2
            inside = True
        self._pos, self._in_pdv, self._inside = pos, left, inside
        self._open = inside or not last
        if not views and self._open:
            return None
        return PData(context, views, command=command == 1, last=last != 0)
