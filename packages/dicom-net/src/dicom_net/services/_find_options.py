"""What is agreed on for queries besides the SOP class: the extended negotiation of PS3.4 C.5.1.1.1."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from dicom_core.query import MatchOptions

if TYPE_CHECKING:
    from ..dimse import Exchange

__all__ = ["granted", "information", "negotiated", "options_of"]

# The bytes of the service class application information (PS3.4 table C.5-1). The fifth, conversion
# between classic and enhanced images, is never granted: it belongs to archives that convert.
_BYTES: Final = ("relational", "combined_datetime", "fuzzy_names", "timezone")


def information(options: MatchOptions) -> bytes:
    """What asks for these options, or grants them; empty where none of them is negotiated."""
    wanted = bytes(bool(getattr(options, name)) for name in _BYTES)
    return wanted.rstrip(b"\0")


def options_of(information: bytes) -> MatchOptions:
    """The options that service class application information means; bytes that are not there are 0."""
    return MatchOptions(
        **{name: byte == 1 for name, byte in zip(_BYTES, information, strict=False)}
    )


def negotiated(supported: MatchOptions) -> Callable[[bytes], bytes | None]:
    """The answer of an acceptor that supports these options: each byte that was asked for, granted or not.

    As many bytes as came, since old requestors expect one (PS3.4 C.5.1.1).
    """
    ours = bytes(bool(getattr(supported, name)) for name in _BYTES)

    def answer(wanted: bytes) -> bytes | None:
        if not wanted:
            return None
        return bytes(
            int(byte == 1 and place < len(ours) and ours[place] == 1)
            for place, byte in enumerate(wanted)
        )

    return answer


def granted(exchange: "Exchange", sop_class: str) -> bytes:
    """What requestor and acceptor agreed on for a SOP class; empty where they did not."""
    request, answer = exchange.requested, exchange.accepted
    if request is None or answer is None:
        return b""
    wanted = next((one.information for one in request.extended if one.sop_class == sop_class), b"")
    given = next((one.information for one in answer.extended if one.sop_class == sop_class), b"")
    return bytes(int(ours == theirs == 1) for ours, theirs in zip(wanted, given, strict=False))


# Tracebacks, reprs and pickles name the place that users import from
information.__module__ = options_of.__module__ = "dicom_net.services"
