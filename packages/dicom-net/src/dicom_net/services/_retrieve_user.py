"""C-GET and C-MOVE for the one who asks (PS3.4 C.4.2, C.4.3)."""

import logging
from typing import TYPE_CHECKING, Final, TypeAlias

from dicom_core import DicomError
from dicom_core.query import InformationModel

from .._operation import Operation, StopWanted, give, receive, write
from ..dimse import (
    Begin,
    CCancelRQ,
    CGetRQ,
    CGetRSP,
    CMoveRQ,
    CMoveRSP,
    CStoreRQ,
    Priority,
)
from ._identifier import collect, encode_identifier
from ._retrieve_keys import GET, MOVE, RetrieveKeys
from ._retrieve_types import (
    ReceivedInstance,
    RetrieveCompleted,
    RetrieveProgress,
    RetrieveResult,
)
from ._storage_types import Receiver
from ._take import refuse_within, take

if TYPE_CHECKING:
    from .._tools import Tools
    from ..dimse import Exchange

__all__ = ["get", "move"]

_log: Final = logging.getLogger("dicom_net.retrieve")
_STUDY_ROOT: Final = InformationModel.STUDY_ROOT
_UNRECOGNIZED_OPERATION: Final = 0x0211
_OUT_OF_RESOURCES: Final = 0xA700
_Response: TypeAlias = CGetRSP | CMoveRSP


def get(
    exchange: "Exchange",
    keys: RetrieveKeys,
    receiver: Receiver,
    *,
    model: InformationModel = _STUDY_ROOT,
    priority: Priority = Priority.MEDIUM,
    hold: bool = True,
    limit: int = 1 << 20,
    tools: "Tools | None" = None,
) -> Operation[RetrieveResult]:
    """Have instances sent on this association, into a receiver.

    Gives `RetrieveProgress`, a `ReceivedInstance` for each that was kept, and `RetrieveCompleted`; with ``hold`` the
    result has the instances too. Who wants no more items cancels the C-GET: what the peer still sends is refused.
    ``limit`` is that of the list of failures. With ``tools``, a receiver that waits for a disk does so in a thread.
    """
    state = _State("C-GET", hold=hold)
    context = exchange.context_for(GET[model])
    identifier = encode_identifier(exchange, context.id, keys.identifier(model))
    request = CGetRQ(
        message_id=exchange.next_message_id(), affected_sop_class=GET[model], priority=priority
    )
    begin = Begin(context.id, request)
    yield from write(exchange.send_message(begin, [identifier]))
    while True:
        event = yield from receive(request.message_id)
        assert isinstance(event, Begin)
        command = event.command
        if isinstance(command, CStoreRQ):
            if state.stopped:
                yield from refuse_within(
                    exchange, request.message_id, event, _OUT_OF_RESOURCES, "no longer wanted"
                )
                state.failed.append(command.affected_sop_instance)
                continue
            taken = yield from take(exchange, request.message_id, event, receiver, tools)
            if taken is None:
                state.failed.append(command.affected_sop_instance)
            else:
                state.keep(taken)
                yield from _tell(exchange, begin, state, taken)
        elif isinstance(command, CGetRSP):
            if (yield from _follow(exchange, begin, state, event, command, limit)):
                return (yield from _finish(state, command))
        else:  # nothing else is a sub-operation of a C-GET
            yield from refuse_within(exchange, request.message_id, event, _UNRECOGNIZED_OPERATION)


def move(
    exchange: "Exchange",
    keys: RetrieveKeys,
    destination: str,
    *,
    model: InformationModel = _STUDY_ROOT,
    priority: Priority = Priority.MEDIUM,
    limit: int = 1 << 20,
) -> Operation[RetrieveResult]:
    """Have instances sent to an application entity that the peer knows by its title.

    Gives `RetrieveProgress` and `RetrieveCompleted`. Who wants no more items cancels the C-MOVE.
    """
    state = _State("C-MOVE", hold=False)
    context = exchange.context_for(MOVE[model])
    identifier = encode_identifier(exchange, context.id, keys.identifier(model))
    request = CMoveRQ(
        message_id=exchange.next_message_id(),
        affected_sop_class=MOVE[model],
        destination=destination,
        priority=priority,
    )
    begin = Begin(context.id, request)
    yield from write(exchange.send_message(begin, [identifier]))
    while True:
        event = yield from receive(request.message_id)
        assert isinstance(event, Begin)
        assert isinstance(event.command, CMoveRSP)  # the exchange lets nothing else answer a C-MOVE
        if (yield from _follow(exchange, begin, state, event, event.command, limit)):
            return (yield from _finish(state, event.command))


class _State:
    """What is known so far."""

    __slots__ = ("failed", "hold", "instances", "kept", "listed", "progress", "service", "stopped")

    def __init__(self, service: str, *, hold: bool) -> None:
        self.service = service
        self.hold = hold
        self.kept = 0
        self.instances: list[ReceivedInstance] = []
        self.failed: list[str] = []
        """What we could not keep."""
        self.listed: tuple[str, ...] = ()
        """What the peer says failed."""
        self.progress = RetrieveProgress()
        self.stopped = False

    def keep(self, instance: ReceivedInstance) -> None:
        self.kept += 1
        if self.hold:
            self.instances.append(instance)

    def follow(self, response: _Response) -> RetrieveProgress:
        """The counts of a response; what it leaves out is as it was (PS3.7 9.1.3.1, 9.1.4.1)."""
        before = self.progress
        self.progress = RetrieveProgress(
            before.remaining if response.remaining is None else response.remaining,
            before.completed if response.completed is None else response.completed,
            before.failed if response.failed is None else response.failed,
            before.warning if response.warning is None else response.warning,
        )
        return self.progress

    def result(self, final: _Response) -> RetrieveResult:
        """The end. A peer that counts nothing is believed to have sent what arrived."""
        progress = self.progress
        failed = tuple(dict.fromkeys((*self.listed, *self.failed)))
        return RetrieveResult(
            status=final.status,
            service=self.service,
            completed=self.kept if progress.completed is None else progress.completed,
            failed=len(failed) if progress.failed is None else progress.failed,
            warning=progress.warning or 0,
            # Only a cancel leaves something untried; a last response without the count leaves none
            remaining=final.remaining or 0,
            failed_instances=failed,
            comment=final.comment,
            instances=tuple(self.instances),
        )


def _tell(exchange: "Exchange", begin: Begin, state: _State, item: object) -> Operation[None]:
    """Give an item; where no more are wanted, cancel."""
    if state.stopped:
        return
    try:
        yield from give(item)
    except StopWanted:
        state.stopped = True
        request = begin.command
        assert isinstance(request, CGetRQ | CMoveRQ)
        cancel = CCancelRQ(responded_to=request.message_id)
        yield from write(exchange.send(Begin(begin.context, cancel)))


def _follow(
    exchange: "Exchange",
    begin: Begin,
    state: _State,
    event: Begin,
    response: _Response,
    limit: int,
) -> Operation[bool]:
    """Take a response; whether it was the last."""
    if response.has_data:
        data = yield from collect(response.responded_to, limit)
        state.listed = _failures(data, exchange.contexts[event.context].transfer_syntax)
    progress = state.follow(response)
    if response.status & 0xFF00 != 0xFF00:
        return True
    yield from _tell(exchange, begin, state, progress)
    return False


def _finish(state: _State, final: _Response) -> Operation[RetrieveResult]:
    result = state.result(final)
    if not state.stopped:
        try:
            yield from give(RetrieveCompleted(result))
        except StopWanted:
            state.stopped = True  # it is over anyway
    return result


def _failures(data: bytes, transfer_syntax: str) -> tuple[str, ...]:
    """Failed SOP Instance UID List (0008,0058) of a response. One that cannot be read costs the list alone."""
    from dicom_core import read_dataset

    try:
        value = read_dataset(data, transfer_syntax).get("FailedSOPInstanceUIDList")
    except DicomError as error:
        _log.warning("the peer's list of failed instances cannot be read: %s", error)
        return ()
    if isinstance(value, str):
        return (str(value),)
    return tuple(map(str, value)) if isinstance(value, tuple) else ()


# Tracebacks, reprs and pickles name the place that users import from
get.__module__ = move.__module__ = "dicom_net.services"
