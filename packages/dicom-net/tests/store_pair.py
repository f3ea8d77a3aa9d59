"""A storage user and a storage provider over two exchanges, without sockets; every view is poisoned once it was used."""

from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import TypeVar, cast

from dicom_core.store import drive
from dicom_net._errors import DeadlineExceeded, TimeoutKind
from dicom_net._negotiation import AcceptancePolicy, answer, propose
from dicom_net._operation import Call, Give, Operation, Poll, Receive, StopWanted, Write
from dicom_net.dimse import Begin, Data, Exchange, InvalidRQ, Request
from dicom_net.services import AssociationInfo, OpenAssociation, Provider
from dicom_net.ul import (
    NEED_DATA,
    AssociateAC,
    AssociateRQ,
    Connection,
    OperationsWindow,
    Role,
)

T = TypeVar("T")
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Hangs:
    """A function that a deadline ends."""

    def __call__(self, *_words: object) -> None:
        raise DeadlineExceeded(TimeoutKind.OPERATION, 1.0)


class Clock:
    """A second a look."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []

    def clock(self) -> float:
        self.time += 1
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def in_thread(self, function: Callable[[], T]) -> T:
        return function()


class Seat:
    """The provider's place."""

    def __init__(self, exchange: Exchange, number: int = 1) -> None:
        self.exchange = exchange
        self.info = AssociationInfo(
            number=number, called="ME", calling="PEER", address=("192.0.2.1", 4000)
        )
        self.events: list[object] = []
        self.in_threads = 0

    def associate(self, *_words: object, **_more: object) -> OpenAssociation:
        raise NotImplementedError

    def perform(
        self,
        function: Callable[[], Awaitable[T] | T],
        *,
        seconds: float | None = None,
        in_thread: bool = False,
    ) -> T:
        self.in_threads += in_thread
        value = function()
        if isinstance(value, Coroutine):
            return cast("T", drive(value))
        return cast("T", value)

    @property
    def is_heard(self) -> bool:
        """Events are kept."""
        return True

    def tell(self, event: object) -> None:
        self.events.append(event)


class Wire:
    """An association between a user and a provider."""

    def __init__(
        self,
        provider: Provider,
        contexts: Sequence[tuple[str, Sequence[str]]],
        *,
        window: int = 1,
        policy: AcceptancePolicy | None = None,
        cut: int | None = None,
        mangle: Callable[[Request], Request] = lambda request: request,
    ) -> None:
        self.provider = provider
        self.cut = cut
        self.mangle = mangle
        self.user = Exchange(Connection(Role.REQUESTOR))
        acceptor = Exchange(Connection(Role.ACCEPTOR))
        self.seat = Seat(acceptor)
        request = AssociateRQ(
            called="ME",
            calling="PEER",
            contexts=propose(contexts),
            window=OperationsWindow(window, 1) if window != 1 else None,
        )
        self.user.send(request, 0.0)
        acceptor.connected(0.0)
        acceptor.receive_data(_joined(self.user.connected(0.0)), 0.0)
        assert acceptor.next_event() == request
        said = answer(
            request, provider.offers(), policy or AcceptancePolicy(window=OperationsWindow(1, 64))
        )
        assert isinstance(said, AssociateAC)
        self.user.receive_data(_joined(acceptor.send(said, 0.0)), 0.0)
        assert self.user.next_event() == said
        self.inbox: dict[int, deque[Begin | Data]] = {}
        self.responding: Operation[None] | None = None
        self.writes: list[int] = []
        """Bytes of each write of the user."""
        self.given: list[object] = []

    # --- the user's side ------------------------------------------------------------------------

    def run(self, operation: Operation[T], *, enough: int | None = None) -> T:
        """Perform an operation; after ``enough`` items no more are wanted."""
        value: object = None
        error: BaseException | None = None
        while True:
            try:
                step = operation.throw(error) if error is not None else operation.send(value)
            except StopIteration as stop:
                return cast("T", stop.value)
            value = error = None
            try:
                match step:
                    case Write():
                        wire = _joined(step.buffers)
                        self.writes.append(len(wire))
                        for at in range(0, len(wire), self.cut or len(wire)):
                            self._to_provider(wire[at : at + (self.cut or len(wire))])
                    case Receive():
                        value = self.inbox[step.message_id].popleft()
                    case Poll():
                        box = self.inbox.get(step.message_id)
                        value = box.popleft() if box else None
                    case Call():
                        value = step.function()
                        if isinstance(value, Coroutine):
                            value = drive(value)
                    case Give():
                        self.given.append(step.item)
                        if enough is not None and len(self.given) >= enough:
                            error = StopWanted()
                    case _:
                        error = NotImplementedError(step)
            except Exception as wrong:  # noqa: BLE001 - what it means is the operation's to say
                error = wrong

    # --- the provider's side --------------------------------------------------------------------

    def _to_provider(self, wire: bytes) -> None:
        exchange = self.seat.exchange
        exchange.receive_data(bytearray(wire), 0.0)
        while (event := exchange.next_event()) is not NEED_DATA:
            if isinstance(event, Begin):
                command = event.command
                assert isinstance(command, Request | InvalidRQ)
                begin = Begin(
                    event.context,
                    command if isinstance(command, InvalidRQ) else self.mangle(command),
                )
                assert self.responding is None
                self.responding = self.provider.respond(self.seat, begin)
                self._advance(None)
            else:
                assert isinstance(event, Data)
                self._advance(event)
                for view in event.views:  # borrowed until the next step, which came
                    if isinstance(view, memoryview):
                        view[:] = b"\xdb" * len(view)

    def _advance(self, value: object) -> None:
        """Until it wants to receive."""
        operation = self.responding
        assert operation is not None
        error: BaseException | None = None
        while True:
            try:
                step = operation.throw(error) if error is not None else operation.send(value)
            except StopIteration:
                self.responding = None
                return
            value = error = None
            try:
                match step:
                    case Receive():
                        return
                    case Write():
                        self._to_user(_joined(step.buffers))
                    case Call():
                        value = step.function()
                        if isinstance(value, Coroutine):
                            value = drive(value)
                    case _:
                        error = NotImplementedError(step)
            except Exception as wrong:  # noqa: BLE001 - what it means is the operation's to say
                error = wrong

    def lose(self, error: BaseException) -> None:
        """The association ends while the provider waits."""
        operation, self.responding = self.responding, None
        assert operation is not None
        try:
            step = operation.throw(error)
            while True:
                assert isinstance(step, Call)
                step = operation.send(step.function())
        except type(error):
            return

    def _to_user(self, wire: bytes) -> None:
        self.user.receive_data(wire, 0.0)
        while (event := self.user.next_event()) is not NEED_DATA:
            assert isinstance(event, Begin)
            command = event.command
            self.inbox.setdefault(command.responded_to, deque()).append(event)  # type: ignore[union-attr]


def _joined(buffers: Sequence[bytes | bytearray | memoryview]) -> bytes:
    return b"".join(map(bytes, buffers))
