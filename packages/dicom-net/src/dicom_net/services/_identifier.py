"""Data sets that are small enough to hold: what is asked for, what is found, what failed."""

from typing import TYPE_CHECKING, Final

from dicom_core import LimitExceeded, read_dataset, write_dataset

from .._operation import Operation, receive
from ..dimse import Data

if TYPE_CHECKING:
    from dicom_core import Dataset

    from ..dimse import Exchange

__all__ = ["IDENTIFIER_LIMIT", "collect", "collect_dataset", "encode_identifier"]

IDENTIFIER_LIMIT: Final = 1 << 20
"""The most bytes of an identifier, where nothing else is said."""


def collect(message_id: int, limit: int = IDENTIFIER_LIMIT) -> Operation[bytes]:
    """The data set of the message that began last, whole.

    ``message_id`` is what the operation receives by: within a C-GET, that of the C-GET. More than
    ``limit`` bytes raise `LimitExceeded`, in the middle of the message, so that the association ends.
    """
    pieces: list[bytes] = []
    size = 0
    while True:
        event = yield from receive(message_id)
        assert isinstance(event, Data)  # the exchange lets nothing else come between (PS3.7 6.3.1)
        for view in event.views:
            size += len(view)
            if size > limit:
                raise LimitExceeded("identifier", size, f"in message {message_id}", "NetworkLimits")
            pieces.append(bytes(view))
        if event.last:
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def collect_dataset(
    exchange: "Exchange", context: int, message_id: int, limit: int = IDENTIFIER_LIMIT
) -> "Operation[Dataset]":
    """The same as a data set, in the transfer syntax of a context."""
    data = yield from collect(message_id, limit)
    return read_dataset(data, exchange.contexts[context].transfer_syntax)


def encode_identifier(exchange: "Exchange", context: int, dataset: "Dataset") -> bytes:
    """A data set as it goes into a context, in the character set that it names itself."""
    return write_dataset(dataset, exchange.contexts[context].transfer_syntax)


# Tracebacks, reprs and pickles name the place that users import from
collect.__module__ = collect_dataset.__module__ = "dicom_net.services"
encode_identifier.__module__ = "dicom_net.services"
