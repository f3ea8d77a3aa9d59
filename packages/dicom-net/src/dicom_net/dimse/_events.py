"""A message as it comes and goes: begin, data ..., the last data."""

from collections.abc import Sequence

from attrs import frozen

from ._messages import Command

__all__ = ["Begin", "Data"]


@frozen
class Begin:
    """A message begins with its command set; data follows where ``command.has_data`` says so."""

    context: int
    command: Command


class Data:
    """A piece of a message's data set, encoded in the transfer syntax of the context; ``last`` ends the message.

    ``message_id`` is that of the command it follows. Received ``views`` are borrowed: they are good until
    the next ``receive_data``.
    """

    __slots__ = ("context", "last", "message_id", "views")

    def __init__(
        self,
        context: int,
        message_id: int,
        views: Sequence[bytes | memoryview],
        *,
        last: bool,
    ) -> None:
        self.context = context
        self.message_id = message_id
        self.views = views
        self.last = last

    def __repr__(self) -> str:
        size = sum(map(len, self.views))
        return f"Data(context={self.context}, message_id={self.message_id}, {size} bytes, last={self.last})"


# Tracebacks, reprs and pickles name the place that users import from
Begin.__module__ = Data.__module__ = "dicom_net.dimse"
