"""A user's operation and a provider, run against each other without sockets, threads or an event loop."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, TypeVar, cast

from exchange_pair import Pair, drain, joined

from dicom_core.store import drive
from dicom_net._operation import (
    END,
    Call,
    Give,
    Operation,
    Poll,
    Pull,
    Receive,
    Step,
    StopWanted,
    Write,
)
from dicom_net.dimse import Begin, CCancelRQ, Exchange, ExchangeEvent
from dicom_net.services import AssociationInfo, OpenAssociation, Provider
from dicom_net.ul import AssociateAC, AssociateRQ

R = TypeVar("R")
T = TypeVar("T")


class TestSeat:
    """A seat whose waiting never waits."""

    __test__ = False

    def __init__(self, exchange: Exchange, info: AssociationInfo) -> None:
        self.exchange = exchange
        self.info = info
        self.told: list[object] = []
        self.threaded = 0

    def associate(self, *_: object, **__: object) -> OpenAssociation:
        raise AssertionError("nobody is there to associate with")

    def perform(
        self,
        function: Callable[[], Awaitable[T] | T],
        *,
        seconds: float | None = None,
        in_thread: bool = False,
    ) -> Awaitable[T] | T:
        self.threaded += in_thread
        return function()

    @property
    def is_heard(self) -> bool:
        """Events are kept."""
        return True

    def tell(self, event: object) -> None:
        self.told.append(event)


class OperationPair:
    """The requestor runs operations, the acceptor a provider; each goes on while the other waits."""

    def __init__(self, request: AssociateRQ, answer: AssociateAC, provider: Provider) -> None:
        self.pair = Pair(request, answer)
        info = AssociationInfo(
            number=1, called=request.called, calling=request.calling, address=("127.0.0.1", 104)
        )
        self.seat = TestSeat(self.pair.provider, info)
        self._provider = provider
        self._inboxes: dict[Exchange, deque[ExchangeEvent]] = {
            self.pair.user: deque(),
            self.pair.provider: deque(),
        }
        self._serving: Operation[None] | None = None
        self._answer: object = None
        self.cancels = 0
        self.writes = 0

    @property
    def user(self) -> Exchange:
        return self.pair.user

    def run(
        self,
        operation: Operation[R],
        *,
        stop_after: int | None = None,
        given: list[Any] | None = None,
    ) -> tuple[list[Any], R]:
        """What it gives, and what it returns."""
        given = [] if given is None else given
        answer: object = None
        stop = False
        try:
            while True:
                step = operation.throw(StopWanted()) if stop else operation.send(answer)
                stop = False
                if isinstance(step, Give):
                    given.append(step.item)
                    stop = len(given) == stop_after
                    answer = None
                elif isinstance(step, Receive):
                    while not self._inboxes[self.user]:
                        self._serve()
                    answer = self._inboxes[self.user].popleft()
                else:
                    answer = self._perform(self.user, step)
        except StopIteration as done:
            while self._serving is not None:
                self._serve()
            return given, cast("R", done.value)

    def _serve(self) -> None:
        """One step of the provider."""
        inbox = self._inboxes[self.pair.provider]
        if self._serving is None:
            begin = inbox.popleft()
            assert isinstance(begin, Begin), begin
            if isinstance(begin.command, CCancelRQ):
                return  # the server that nobody serves any more
            self._serving = self._provider.respond(self.seat, begin)
            self._answer = None
        answer, self._answer = self._answer, None
        try:
            if isinstance(answer, Exception):  # noqa: SIM108 - two lines that fit
                step = self._serving.throw(answer)
            else:
                step = self._serving.send(answer)
        except StopIteration:
            self._serving = None
            return
        try:
            if isinstance(step, Receive):
                self._answer = inbox.popleft()
            else:
                self._answer = self._perform(self.pair.provider, step)
        except Exception as error:  # noqa: BLE001 - the operation is told
            self._answer = error

    def _perform(self, side: Exchange, step: Step) -> object:
        if isinstance(step, Write):
            other = self.pair.other(side)
            self.writes += 1
            other.receive_data(joined(step.buffers), 0.0)
            events = drain(other)
            self.cancels += sum(
                isinstance(one, Begin) and isinstance(one.command, CCancelRQ) for one in events
            )
            self._inboxes[other].extend(events)
            return None
        if isinstance(step, Poll):
            inbox = self._inboxes[side]
            return inbox.popleft() if inbox else None
        if isinstance(step, Call):
            value = step.function()
            return (
                drive(cast("Coroutine[object, object, object]", value))
                if isinstance(value, Awaitable)
                else value
            )
        assert isinstance(step, Pull)
        source = step.source
        if isinstance(source, AsyncIterator):
            return drive(_next(source))
        return next(source, END)


async def _next(source: AsyncIterator[object]) -> object:
    return await anext(source, END)
