"""Answering a request with a status and nothing else, whatever the request is."""

from typing import TYPE_CHECKING, Final

from .._operation import Operation, receive, write
from ..dimse import (
    Begin,
    CEchoRQ,
    CEchoRSP,
    CFindRQ,
    CFindRSP,
    CGetRQ,
    CGetRSP,
    CMoveRQ,
    CMoveRSP,
    CStoreRQ,
    CStoreRSP,
    Data,
    NActionRQ,
    NActionRSP,
    NCreateRQ,
    NCreateRSP,
    NDeleteRQ,
    NDeleteRSP,
    NEventReportRQ,
    NEventReportRSP,
    NGetRQ,
    NGetRSP,
    NSetRQ,
    NSetRSP,
    Request,
    Response,
)

if TYPE_CHECKING:
    from ..dimse import Exchange  # type: ignore[attr-defined, unused-ignore]

__all__ = ["drain", "refusal", "refuse"]

_OF_CLASS: Final[dict[type[Request], type[CEchoRSP | CFindRSP | CGetRSP | CMoveRSP]]] = {
    CEchoRQ: CEchoRSP,
    CFindRQ: CFindRSP,
    CGetRQ: CGetRSP,
    CMoveRQ: CMoveRSP,
}
_OF_INSTANCE: Final[
    dict[
        type[Request],
        type[
            CStoreRSP | NEventReportRSP | NGetRSP | NSetRSP | NActionRSP | NCreateRSP | NDeleteRSP
        ],
    ]
] = {
    CStoreRQ: CStoreRSP,
    NEventReportRQ: NEventReportRSP,
    NGetRQ: NGetRSP,
    NSetRQ: NSetRSP,
    NActionRQ: NActionRSP,
    NCreateRQ: NCreateRSP,
    NDeleteRQ: NDeleteRSP,
}


def refusal(request: Request, status: int, comment: str = "") -> Response:
    """The response that ends a request with a status and no data; it names what the request named."""
    answered = request.message_id
    match request:
        case CEchoRQ() | CFindRQ() | CGetRQ() | CMoveRQ():
            return _OF_CLASS[type(request)](
                responded_to=answered,
                status=status,
                comment=comment,
                affected_sop_class=request.affected_sop_class,
            )
        case NGetRQ() | NSetRQ() | NActionRQ() | NDeleteRQ():
            sop_class = request.requested_sop_class
            instance: str | None = request.requested_sop_instance
        case _:  # C-STORE, N-EVENT-REPORT, N-CREATE
            sop_class, instance = request.affected_sop_class, request.affected_sop_instance
    return _OF_INSTANCE[type(request)](
        responded_to=answered,
        status=status,
        comment=comment,
        affected_sop_class=sop_class,
        affected_sop_instance=instance,
    )


def drain(message_id: int) -> Operation[None]:
    """Let the data set of a request go by, unread."""
    while True:
        event = yield from receive(message_id)
        if isinstance(event, Data) and event.last:
            return


def refuse(exchange: "Exchange", begin: Begin, status: int, comment: str = "") -> Operation[None]:
    """Take the data set of a request, throw it away, and answer with a status."""
    request = begin.command
    assert isinstance(request, Request)  # a door hands out requests alone
    if request.has_data:
        yield from drain(request.message_id)
    yield from write(exchange.send(Begin(begin.context, refusal(request, status, comment))))
