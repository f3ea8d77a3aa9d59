"""Answering a request with a status and nothing else, whatever the request is."""

from typing import TYPE_CHECKING, Final

from .._operation import Operation, receive, write
from ..dimse import Begin, Data, InvalidRQ, Request, refusal

if TYPE_CHECKING:
    from ..dimse import Exchange  # type: ignore[attr-defined, unused-ignore]

__all__ = ["drain", "refusal", "refuse", "refuse_other"]


def drain(message_id: int) -> Operation[None]:
    """Let the data set of a request go by, unread."""
    while True:
        event = yield from receive(message_id)
        if isinstance(event, Data) and event.last:
            return


UNRECOGNIZED_OPERATION: Final = 0x0211
"""PS3.7 C.5."""


def refuse_other(exchange: "Exchange", begin: Begin) -> Operation[None]:
    """Refuse a request that is not of the service: what is invalid has its own status, what is not is unrecognized."""
    own = isinstance(begin.command, InvalidRQ)
    yield from refuse(exchange, begin, None if own else UNRECOGNIZED_OPERATION)


def refuse(
    exchange: "Exchange", begin: Begin, status: int | None = None, comment: str = ""
) -> Operation[None]:
    """Take the data set of a request, throw it away, and answer with a status; an `InvalidRQ` is answered with its own."""
    request = begin.command
    assert isinstance(request, Request | InvalidRQ)  # a door hands out requests alone
    if isinstance(request, InvalidRQ):
        status, comment = request.status, request.reason
    if request.has_data:
        yield from drain(request.message_id)
    yield from write(exchange.send(Begin(begin.context, refusal(request, status, comment))))


# Tracebacks, reprs and pickles name the place that users import from
drain.__module__ = refuse.__module__ = "dicom_net.services"
