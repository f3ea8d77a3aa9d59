"""The C-STORE sub-operations of a C-GET, at the end that asked (PS3.4 C.4.3.2): one instance into a receiver."""

import logging
from inspect import iscoroutine
from typing import TYPE_CHECKING, Final

from dicom_core import DicomError
from dicom_core.store import Expected, InstanceConflict, InstanceRefused, StoreFull, drive

from .._operation import Operation, call, receive, write
from .._part10 import file_head
from ..dimse import Begin, CStoreRQ, CStoreRSP, Data, Request
from ._refuse import refusal
from ._retrieve_types import ReceivedInstance
from ._storage_types import Arrival, Receiver, commit_blocks

if TYPE_CHECKING:
    from .._tools import Tools
    from ..dimse import Exchange

__all__ = ["refuse_within", "take"]

_log: Final = logging.getLogger("dicom_net.retrieve")
_DIGITS: Final = frozenset("0123456789.")
_PROCESSING_FAILURE: Final = 0x0110
_DUPLICATE: Final = 0x0111
_INVALID_INSTANCE: Final = 0x0117
_UNSUPPORTED_CLASS: Final = 0x0122
_OUT_OF_RESOURCES: Final = 0xA700
_MISMATCH: Final = 0xA900
_CANNOT_UNDERSTAND: Final = 0xC000


def take(
    exchange: "Exchange",
    within: int,
    begin: Begin,
    receiver: Receiver,
    tools: "Tools | None" = None,
) -> Operation[ReceivedInstance | None]:
    """Take one instance and answer for it; None where it could not be kept.

    ``within`` is the message ID of the C-GET: what comes for it, comes to that.
    """
    request = begin.command
    assert isinstance(request, CStoreRQ)
    reason = _refused(exchange, begin, request)
    if reason:
        yield from refuse_within(exchange, within, begin, reason)
        return None
    asked = exchange.requested
    peer, ours = ("", "") if asked is None else (asked.called, asked.calling)
    syntax = exchange.contexts[begin.context].transfer_syntax
    sop_class, instance = request.affected_sop_class, request.affected_sop_instance
    try:
        sink = yield from call(receiver.receive, Expected(sop_class, instance, syntax, sender=peer))
    except (DicomError, OSError) as error:
        _note(error)
        yield from refuse_within(exchange, within, begin, _status(error))
        return None
    head = file_head(sop_class, instance, syntax, sender=peer, receiver=ours)
    try:
        size, trouble = yield from _copy(within, sink, head)
        kept: object = None
        if trouble is None:
            try:
                if tools is not None and commit_blocks(receiver, sink):
                    kept = yield from call(tools.in_thread, sink.commit)
                else:
                    kept = yield from call(sink.commit)
            except (DicomError, OSError) as error:
                trouble = error
        if trouble is not None:
            _note(trouble)
            yield from call(sink.discard)
    except GeneratorExit:
        _abandon(sink)  # nobody performs our steps any more
        raise
    except BaseException:
        yield from call(sink.discard)
        raise
    status = 0 if trouble is None else _status(trouble)
    response = CStoreRSP(
        responded_to=request.message_id,
        status=status,
        affected_sop_class=sop_class,
        affected_sop_instance=instance,
    )
    yield from write(exchange.send(Begin(begin.context, response)))
    if trouble is not None:
        return None
    return ReceivedInstance(sop_class, instance, syntax, size, kept)


def refuse_within(
    exchange: "Exchange", within: int, begin: Begin, status: int, comment: str = ""
) -> Operation[None]:
    """Let the data set of a request within another operation go by, and answer with a status."""
    request = begin.command
    assert isinstance(request, Request)
    while request.has_data:
        event = yield from receive(within)
        if isinstance(event, Data) and event.last:
            break
    yield from write(exchange.send(Begin(begin.context, refusal(request, status, comment))))


def _refused(exchange: "Exchange", begin: Begin, request: CStoreRQ) -> int:
    """The status for what we did not ask for, or 0."""
    context = exchange.contexts[begin.context]
    if not context.as_scp or context.abstract_syntax != request.affected_sop_class:
        return _UNSUPPORTED_CLASS  # not what we offered to take (PS3.7 D.3.3.4)
    instance = request.affected_sop_instance
    if not instance or len(instance) > 64 or not _DIGITS.issuperset(instance):
        return _INVALID_INSTANCE  # it is about to be a name (PS3.5 9.1)
    return 0 if request.has_data else _CANNOT_UNDERSTAND


def _copy(
    within: int, sink: Arrival, head: bytes
) -> Operation[tuple[int, DicomError | OSError | None]]:
    """The data set into the sink. When that fails, the rest goes by, so that the association lives on."""
    size = 0
    trouble: DicomError | OSError | None = None
    pending = [head]
    while True:
        event = yield from receive(within)
        assert isinstance(event, Data)  # the exchange lets nothing else come between (PS3.7 6.3.1)
        size += sum(map(len, event.views))
        if trouble is None:
            try:
                sink.write([*pending, *event.views])
            except (DicomError, OSError) as error:
                trouble = error
            pending = []
        if event.last:
            return size, trouble


def _status(error: DicomError | OSError) -> int:
    """What the peer is told (PS3.4 table B.2-1, PS3.7 C)."""
    match error:
        case StoreFull() | OSError():
            return _OUT_OF_RESOURCES
        case InstanceConflict():
            return _DUPLICATE
        case InstanceRefused(reason="mismatch"):
            return _MISMATCH
        case InstanceRefused():
            return _CANNOT_UNDERSTAND
        case _:
            return _PROCESSING_FAILURE


def _abandon(sink: Arrival) -> None:
    """Forget what came, as far as that is possible without waiting, which every `dicom_core.store.Incoming` can."""
    forgotten = sink.discard()
    if iscoroutine(forgotten):
        try:
            drive(forgotten)
        except RuntimeError as error:
            _log.warning("an instance that was cut off could not be discarded: %s", error)


def _note(error: Exception) -> None:
    _log.warning("an instance that was retrieved cannot be kept: %s", error)
