"""C-FIND: for the one who asks (PS3.4 C.4.1, K.4.1)."""

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from attrs import evolve

from dicom_core import Dataset
from dicom_core.query import InformationModel, Query, QueryLevel, to_identifier
from dicom_dict import StatusCategory

from .._errors import RemoteProtocolError, StatusError
from .._operation import Operation, StopWanted, give, receive, write
from ..dimse import Begin, CCancelRQ, CFindRQ, CFindRSP, Data, Priority
from ..ul import Abort
from ._find_options import granted, options_of
from ._identifier import IDENTIFIER_LIMIT, collect, encode_identifier
from ._matches import MATCHES, Match
from ._refuse import drain

if TYPE_CHECKING:
    from ..dimse import Exchange

__all__ = ["FIND", "find"]

FIND: Final = MappingProxyType(
    {
        InformationModel.PATIENT_ROOT: "1.2.840.10008.5.1.4.1.2.1.1",
        InformationModel.STUDY_ROOT: "1.2.840.10008.5.1.4.1.2.2.1",
        InformationModel.WORKLIST: "1.2.840.10008.5.1.4.31",
    }
)
"""The SOP classes of C-FIND (PS3.4 C.6.1.3, C.6.2.3, K.5)."""
SYNTAXES: Final = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.2")
"""Explicit VR first: what is private keeps its VR, and what was made is encoded already."""


def find(
    exchange: "Exchange",
    query: Query | Dataset,
    *,
    sop_class: str | None = None,
    priority: int = Priority.MEDIUM,
    limit: int = IDENTIFIER_LIMIT,
    check: bool = True,
) -> Operation[CFindRSP]:
    """Ask, and give a `Match` for each answer; returns the final response, whose status is no failure.

    Who stops early cancels the query: the peer is told, what it still sends is passed over, and the
    association can be used again. ``query`` may be an identifier, which is sent as it is; ``sop_class`` is
    needed for it where it is no query of the study root.

    Before anything is sent, `QueryError` names a key that breaks the rules of the hierarchy (PS3.4 C.4.1.2.1), unless
    ``check`` is off, and `NegotiationError` says that there is no context. A failure is a `StatusError`. One
    answer has at most ``limit`` bytes.
    """
    if isinstance(query, Query):
        sop_class = sop_class or FIND[query.model]
        if check:
            agreed = options_of(granted(exchange, sop_class))
            relational = query.options.relational and agreed.relational
            evolve(query, options=evolve(query.options, relational=relational)).check_levels()
        identifier, most, level = to_identifier(query), query.limit, query.level
    else:
        sop_class = sop_class or FIND[InformationModel.STUDY_ROOT]
        identifier, most, level = query, None, _level_of(query)
    context = exchange.context_for(sop_class)
    data = encode_identifier(exchange, context.id, identifier)
    request = CFindRQ(
        message_id=exchange.next_message_id(), affected_sop_class=sop_class, priority=priority
    )
    message_id, syntax = request.message_id, context.transfer_syntax
    kind = Match if level is None else MATCHES[level]
    yield from write(exchange.send_message(Begin(context.id, request), [data]))
    given = 0
    try:
        while most is None or given < most:
            response = _response((yield from receive(message_id)))
            if not response.is_pending:
                return (yield from _ended(response))
            if not response.has_data:
                raise _without_identifier()
            answer = yield from collect(message_id, limit)
            given += 1
            # FF01H: optional keys are not supported (PS3.4 table C.4-1)
            yield from give(kind(answer, syntax, all_keys_supported=response.status != 0xFF01))
    except StopWanted:
        pass
    cancel = CCancelRQ(responded_to=message_id)
    yield from write(exchange.send(Begin(context.id, cancel)))
    while True:
        response = _response((yield from receive(message_id)))
        if response.has_data:
            yield from drain(message_id)
        if not response.is_pending:
            return response


def _response(event: Begin | Data) -> CFindRSP:
    assert isinstance(event, Begin)  # data sets are taken whole
    assert isinstance(event.command, CFindRSP)  # the exchange lets nothing else answer a C-FIND
    return event.command


def _ended(response: CFindRSP) -> Operation[CFindRSP]:
    """What the final response means."""
    if response.has_data:
        yield from drain(response.responded_to)  # it should have none (PS3.7 table 9.1-2)
    if response.category in {StatusCategory.SUCCESS, StatusCategory.WARNING}:
        return response
    raise StatusError(response.status, "C-FIND", response.comment or None)


def _without_identifier() -> RemoteProtocolError:
    return RemoteProtocolError(
        "a pending response to C-FIND without an identifier (PS3.4 C.4.1.1.3.2)",
        rule="find-identifier",
        abort=Abort(),
    )


def _level_of(identifier: Dataset) -> QueryLevel | None:
    level = str(identifier.QueryRetrieveLevel or "")
    return QueryLevel(level) if level in QueryLevel.__members__ else None


# Tracebacks, reprs and pickles name the place that users import from
find.__module__ = "dicom_net.services"
