"""Operations of both ends of an association, performed in turn: each step at once where it can be.

Where both ends wait for something that cannot come any more, that is an error, and not a hang.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Generic, TypeVar, cast

from dicom_core.store import drive

from .._errors import LocalProtocolError, NetworkError
from .._operation import (
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
from .._router import BUSY, Box, Router
from ..dimse import Begin, Data, Exchange
from ..ul import NEED_DATA, Buffer, Connection, ReleaseRQ, Role
from ._feed import POISON

__all__ = ["Run", "Schedule", "Side"]

R = TypeVar("R")
T = TypeVar("T")


async def _awaited(value: Awaitable[T]) -> T:
    return await value


class Run(Generic[R]):
    """An operation on its way: the step it stands at, until it is done."""

    def __init__(self, operation: Operation[R], box: Box | None = None, served: int = -1) -> None:
        self.operation = operation
        self.box = box  # of the request that it serves
        self.served = served
        self.step: Step | None = None
        self.patient = False  # asked whether something came, and let the other side go on first
        self._over = False
        self.value: R | None = None

    def over(self) -> bool:
        """Whether it returned."""
        return self._over

    def go(self, value: object = None, error: Exception | None = None) -> None:
        """Until its next step."""
        try:
            self.step = self.operation.send(value) if error is None else self.operation.throw(error)
        except StopIteration as stop:
            self._over, self.value = True, cast("R", stop.value)


class Side:
    """One end: its machine, what is on the way to it, and what it does."""

    def __init__(self, role: Role) -> None:
        self.exchange = Exchange(Connection(role))
        self.router = Router(self.exchange)
        self.router.serves = role is Role.ACCEPTOR
        self.coming: deque[bytearray] = deque()
        self.read: bytearray = bytearray()
        self.runs: list[Run[object]] = []

    def feed(self) -> None:
        """The next of what is on the way; what was read before becomes poison."""
        self.read[:] = bytes([POISON]) * len(self.read)
        self.read = self.coming.popleft()
        self.exchange.receive_data(memoryview(self.read), 0.0)

    def box(self, run: Run[object], message_id: int) -> Box:
        """Where what belongs to a message goes."""
        if run.box is not None and message_id == run.served:
            return run.box
        return self.router.ours(message_id)


class Schedule:
    """Two ends and what goes on at them. ``serve`` takes the requestor's next request, and says whether there was one."""

    def __init__(self, serve: Callable[[], bool]) -> None:
        self.us, self.them = Side(Role.REQUESTOR), Side(Role.ACCEPTOR)
        self._serve = serve

    def carry(self, side: Side, buffers: Sequence[Buffer]) -> None:
        """What an end sent is on the way to the other one."""
        data = bytearray().join(buffers)
        if data:
            (self.them if side is self.us else self.us).coming.append(data)

    def drive(self, run: Run[R]) -> Iterator[object]:
        """Let both sides go on until an operation is done; what it gives comes out."""
        us, them = self.us, self.them
        task = cast("Run[object]", run)
        us.runs.append(task)
        run.go()
        try:
            while not run.over():
                while not run.over() and isinstance(run.step, Give):
                    try:
                        yield run.step.item
                    except GeneratorExit:
                        self._stop(run)
                        raise
                    run.go()
                if not run.over() and not (self.work(us) | self.work(them)):
                    raise LocalProtocolError(
                        f"both sides wait, and nothing is on the way: {type(run.step).__name__} here, "
                        f"{[type(other.step).__name__ for other in them.runs]} there"
                    )
        finally:
            us.runs.remove(task)
        while self.work(them):
            pass  # what the provider still does after its last response

    def _stop(self, run: Run[R]) -> None:
        """Whoever iterates has enough."""
        run.go(error=StopWanted())
        while not run.over():
            if isinstance(run.step, Give):
                run.go(error=StopWanted())
            elif not (self.work(self.us) | self.work(self.them)):
                raise LocalProtocolError("an operation does not end after StopWanted")

    def work(self, side: Side) -> bool:
        """Perform what can be performed at an end; whether anything was."""
        moved = False
        for run in list(side.runs):
            while not run.over() and self._perform(side, run):
                moved = True
                if run.patient:
                    break
            if run.over() and run.box is not None:
                side.runs.remove(run)
        if side is self.them:
            moved = self._serve() or moved
        return moved

    def _perform(self, side: Side, run: Run[object]) -> bool:
        step = run.step
        match step:
            case Write():
                self.carry(side, step.buffers)
                run.go()
            case Receive() | Poll():
                try:
                    event = self.pull(side, side.box(run, step.message_id))
                except NetworkError as error:  # the operation may have something to say to it
                    run.go(error=error)
                    return True
                if event is None and isinstance(step, Receive):
                    return False
                if event is None and not run.patient:
                    run.patient = True  # or a provider would be done before anybody could cancel
                    return True
                run.patient = False
                run.go(event)
            case Call():
                self.call(run, step.function)
            case Pull():
                source = step.source
                if isinstance(source, Iterator):
                    self.call(run, lambda: next(source, END))
                else:
                    self.call(run, lambda: anext(source, END))
            case Give() if run.box is not None:
                run.go()  # nobody iterates over a provider
            case _:
                return False
        return True

    def call(self, run: Run[R], function: Callable[[], object]) -> None:
        """What a user's function returns or raises goes to the operation."""
        try:
            value = function()
            if isinstance(value, Awaitable):
                value = drive(_awaited(value))
        except Exception as error:  # noqa: BLE001 - what it means is the operation's to say
            run.go(error=error)
        else:
            run.go(value)

    def pull(self, side: Side, box: Box) -> Begin | Data | ReleaseRQ | None:
        """The next event of a box, as far as what is on the way brings one."""
        while True:
            event = side.router.pull(box)
            if event is BUSY or (event is NEED_DATA and not side.coming):
                return None
            if event is not NEED_DATA:
                return event
            side.feed()
