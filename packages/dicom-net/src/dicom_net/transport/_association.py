"""An association under asyncio or trio: the loop that reads, writes and waits for `dicom_net.dimse.Exchange`."""

import contextlib
import math
import socket
import ssl
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeVar, cast

import anyio
from anyio.lowlevel import checkpoint

from .._association import (
    BUSY_LIMIT,
    CALM,
    AssociationCore,
    Control,
    Done,
    Patience,
    Running,
    release,
)
from .._errors import DeadlineExceeded, LocalProtocolError, NetworkError, TimeoutKind
from .._logging import association_released
from .._operation import (
    END,
    Buffer,
    Call,
    Give,
    Operation,
    Poll,
    Pull,
    Receive,
    Step,
    Write,
    is_awaitable,
)
from .._router import BUSY, Box
from .._settings import NetworkLimits, Timeouts
from .._wire import Wire
from ..dimse import Begin, Data
from ..ul import NEED_DATA, PAUSED, ConnectionClosed, ReleaseRQ
from ._iteration import Iteration

if TYPE_CHECKING:
    from ..dimse import Exchange, ExchangeEvent
    from ._watch import Watch

__all__ = ["Association"]

R = TypeVar("R")

LINGER: Final = 0.25
"""Seconds for a peer to read our abort, before the connection is closed."""


class Association(AssociationCore):
    """An association with a peer. Operations run on it; several at once where several tasks run them."""

    def __init__(
        self,
        exchange: "Exchange",
        wire: Wire,
        *,
        address: tuple[str, int],
        timeouts: Timeouts,
        limits: NetworkLimits,
        number: int | None = None,
    ) -> None:
        super().__init__(
            exchange, wire, address=address, timeouts=timeouts, limits=limits, number=number
        )
        self._busy = 0  # reads and writes since others had their turn
        self._reading = False
        self._flushed: anyio.Event | None = None  # set when the write that goes on is done
        self._parked: dict[Box, anyio.Event] = {}  # who waits for what another reads
        self._sender: object = None  # whose message is half sent
        self._senders: list[anyio.Event] = []  # who waits for its end
        self._iterations: set[Iteration] = set()
        self.lender: Callable[[], Awaitable[bool]] | None = None
        """Told once that whoever borrowed it is done; whether it was taken back."""
        self.watched = False
        """Whether somebody calls `_look` now and then, so that waiting needs no timer of its own."""
        self._since = 0.0  # when waiting began
        self._patience: Patience | None = None  # with what is waited for
        self._watch = self._make_watch()
        self.spawn: Callable[[], None] | None = None
        """Called when an operation is about to wait for something that is not the peer."""

    async def run(self, operation: Operation[R]) -> R:
        """Perform an operation, and give what it returns; the items that it gives are dropped.

        Where it ends in the middle of a message, or is cancelled, the association is aborted.
        """
        return await self._run(Running(operation))

    def iterate(self, operation: Operation[object]) -> "Iteration":
        """What an operation gives, one by one.

        An iteration that is left early is ended in good order by its ``aclose``, by ``async with``, or by the
        release of the association, whichever comes first.
        """
        return Iteration(self, operation)

    async def release(self) -> None:
        """End the association in good order, and close the connection; where it is over already, nothing happens.

        One of a pool goes back to it.
        """
        for iteration in list(self._iterations):
            await iteration.aclose()
        if await self._given_back() or self._ended:
            return
        if self._reading or self._parked:
            raise LocalProtocolError("operations still run on the association; release it later")
        patience = self._at_most(self.timeouts.association, "releasing the association")
        await self._control(release(self.exchange), patience)
        self._ended = True
        self._close()
        association_released(self.number)

    async def abort(self) -> None:
        """End the association at once, and close the connection; where it is over already, nothing happens."""
        await self._abandon(None)
        await self._given_back()

    async def _given_back(self) -> bool:
        """Whether a pool has it back and may lend it again."""
        lender, self.lender = self.lender, None
        return lender is not None and await lender()

    # --- operations ------------------------------------------------------------------------------------

    async def _run(self, running: Running[R]) -> R:
        while True:
            outcome = await self._drive(running)
            if type(outcome) is Done:
                return outcome.value

    async def _drive(self, running: Running[R]) -> Done[R] | Give:
        """Let an operation go on until it gives something or is done."""
        if self.failure is not None:
            running.operation.close()
            raise self.failure
        try:
            while True:
                if self._sender is not None and self._sender is not running:
                    await self._turn()
                step = running.step()
                self._sender = running if self.exchange.is_sending else None
                if self._senders and self._sender is None:
                    self._senders.pop(0).set()
                if isinstance(step, (Done, Give)):
                    self._hand_over()
                    return step
                try:
                    # What every message needs stands here: a call more is a thirtieth of a C-ECHO
                    if type(step) is Write:
                        await self._write(step.buffers)
                    elif type(step) is Receive:
                        box = self._box(running, step.message_id)
                        patience = box.patience or running.begin(
                            box, step.message_id, monotonic(), self.timeouts
                        )
                        running.answer = await self._receive(box, patience)
                    else:
                        running.answer = await self._perform(step, running)
                except Exception as error:  # noqa: BLE001 - what it means is the operation's to say
                    running.error = error
        except Exception as error:
            if self._unfinished(running):
                await self._abandon(error if isinstance(error, NetworkError) else None)
            self._hand_over()
            raise
        except BaseException:
            running.operation.close()
            await self._abandon(None)
            raise

    async def _perform(self, step: Step, running: Running[R]) -> object:
        if type(step) is Poll:
            try:
                return self._poll(self._box(running, step.message_id))
            except NetworkError as error:  # such as an abort: whoever writes next is told of it
                await self._abandon(error)
                raise
        if type(step) is Call:
            value = step.function()
            if is_awaitable(value):
                self._leave()
                value = await value
            return value
        assert type(step) is Pull
        source = step.source
        if isinstance(source, Iterator):
            return next(source, END)
        self._leave()
        return await anext(source, END)

    async def _turn(self) -> None:
        """Wait until the message that another operation sends is whole (two may not mix, PS3.8 E.1)."""
        while self._sender is not None:
            event = anyio.Event()
            self._senders.append(event)
            await event.wait()

    def _hand_over(self) -> None:
        """Before doing something else than reading: somebody else who waits shall read."""
        if self._parked and not self._reading:
            owner = self._router.owner
            event = self._parked.get(owner or next(iter(self._parked)))
            if event is not None:
                event.set()

    def _leave(self) -> None:
        """Before waiting for anything but the peer."""
        self._hand_over()
        if self.spawn is not None and self._router.owner is None:
            self.spawn()

    # --- reading ---------------------------------------------------------------------------------------

    async def _receive(self, box: Box, patience: Patience) -> Begin | Data | ReleaseRQ:
        try:
            while True:
                event = self._pull(box)
                if event is BUSY or (event is NEED_DATA and self._reading):
                    await self._park(box, patience)
                elif event is NEED_DATA:
                    await self._read(patience)
                else:
                    return event
        except NetworkError as error:
            await self._abandon(error)
            raise

    def _poll(self, box: Box) -> Begin | Data | ReleaseRQ | None:
        """What there is for a box, also in the socket; never waits."""
        while True:
            event = self._pull(box)
            if event is BUSY or (self._reading and event is NEED_DATA):
                return None
            if event is not NEED_DATA:
                return event
            self._make_room()
            try:
                size = self._wire.receive(self._view)
            except BlockingIOError:
                return None
            except OSError as error:
                raise self._as_lost(error) from error
            self._fed(size, monotonic())

    async def _park(self, box: Box, patience: Patience) -> None:
        """Wait until another has read something for this box, or reads no more."""
        if box.wake is not None:
            raise LocalProtocolError("two wait for the answers to one message")
        event = anyio.Event()
        box.wake = event.set
        self._parked[box] = event
        now = monotonic()
        limit = min(now + patience.silence, patience.until)
        try:
            with anyio.move_on_after(limit - now) as scope:
                await event.wait()
        finally:
            box.wake = None
            del self._parked[box]
        if scope.cancelled_caught:
            raise patience.lost(limit)

    async def _read(self, patience: Patience) -> None:
        """Feed the machine once."""
        self._reading = True
        try:
            if self._busy >= BUSY_LIMIT:
                self._busy = 0
                await checkpoint()
            self._make_room()
            while True:
                try:
                    self._take()
                except BlockingIOError:
                    self._busy = 0
                    if await self._until_taken(patience):
                        break
                else:
                    break
        finally:
            self._reading = False
            if self._ended:
                self._close()
        self._check()
        self._busy += 1

    def _take(self) -> None:
        """Feed the machine with what there is now; ``BlockingIOError`` where there is nothing."""
        try:
            size = self._wire.receive(self._view)
        except BlockingIOError:
            raise
        except OSError as error:
            if isinstance(error, ssl.SSLError):
                raise self._as_lost(error) from error
            size = (
                0  # a connection that breaks has ended: what the peer said before was read before
            )
        self._check()
        self._fed(size, monotonic())

    async def _until_taken(self, patience: Patience) -> bool:
        """Wait for the peer; whether what it said was taken already."""
        now = monotonic()
        self._check_rate(now)
        if self.watched:  # a server looks after its associations by one task
            self._since, self._patience = now, patience
            taken = await self._until(math.inf)
            self._patience = None
            return taken is True
        limit = self._limit(now, patience)
        shrinks = self._could_shrink and now + CALM < limit
        taken = await self._until(now + CALM if shrinks else limit)
        if taken is not None:
            return taken
        if shrinks:
            self._shrink()
        else:
            self._time_out(limit, patience)
        return False

    async def _until(self, limit: float) -> bool | None:
        """Wait until the socket has something, and say whether it was taken; None where it is too late for it."""
        if self._watch is not None:
            try:
                return await self._watch.taken(limit)
            except NotImplementedError:
                self._watch = None
        if limit == math.inf:  # a scope costs a fifth of an echo
            await anyio.wait_readable(self._wire.sock)
            return False
        with anyio.move_on_after(limit - monotonic()) as scope:
            await anyio.wait_readable(self._wire.sock)
        return None if scope.cancelled_caught else False

    def _make_watch(self) -> "Watch | None":
        asyncio = sys.modules.get("asyncio")
        if asyncio is None:
            return None
        try:
            if asyncio.current_task() is None:  # trio as a guest of asyncio's loop
                return None
        except RuntimeError:
            return None
        from ._watch import Watch

        return Watch(self._wire.sock, self._take)

    def _forget(self) -> None:
        """Before the socket is closed, or read in another way."""
        if self._watch is not None:
            self._watch.stop()
            self._watch = None  # whose `take` is ours: a cycle would keep the buffer for a while

    def _close(self) -> None:
        self._forget()
        self._wire.close()

    def _look(self, now: float) -> bool:
        """Whether what `watched` associations wait for takes too long; `failure` says then why it is over."""
        patience, since = self._patience, self._since
        if patience is None:
            return False
        if now >= self._limit(since, patience):
            try:
                self._time_out(now, patience)
            except NetworkError as error:
                self.failure = error
                return True
        if self._could_shrink and now >= since + CALM:
            self._shrink()
        return False

    # --- writing ---------------------------------------------------------------------------------------

    async def _write(self, buffers: Sequence[Buffer]) -> None:
        self._check()
        wire = self._wire
        self._queue(buffers)
        try:
            if self._flushed is not None:  # another writes: ours follow
                await self._flushed.wait()
                self._check()
            else:
                wire.flush()
        except BlockingIOError:
            await self._flush()
        except OSError as error:
            raise await self._unsendable(error) from error
        self._busy += 1
        if self._busy >= BUSY_LIMIT:
            self._busy = 0
            self._hand_over()
            await checkpoint()

    async def _flush(self) -> None:
        self._flushed = anyio.Event()
        self._leave()
        try:
            while True:
                with anyio.move_on_after(self.timeouts.write) as scope:
                    await anyio.wait_writable(self._wire.sock)
                self._check()
                if scope.cancelled_caught:
                    lost = DeadlineExceeded(TimeoutKind.WRITE, self.timeouts.write, "sending")
                    await self._abandon(lost)
                    raise lost
                with contextlib.suppress(BlockingIOError):
                    self._wire.flush()
                    return
        except OSError as error:
            raise await self._unsendable(error) from error
        finally:
            self._flushed.set()
            self._flushed = None

    async def _unsendable(self, error: OSError) -> NetworkError:
        lost = self._last_words() or self._as_lost(error)
        await self._abandon(lost)
        return lost

    # --- the association itself ------------------------------------------------------------------------

    async def _establish(self, flow: Control[R]) -> R:
        return await self._control(
            flow, self._at_most(self.timeouts.association, "waiting for the association")
        )

    async def _control(self, flow: Control[R], patience: Patience) -> R:
        """Perform the steps that make or end an association; where they fail, it is aborted."""
        event: ExchangeEvent | None = None
        try:
            while True:
                step = flow.send(event)
                event = None
                if type(step) is Write:
                    await self._write(step.buffers)
                else:
                    event = await self._next(patience)
        except StopIteration as stop:
            return cast("R", stop.value)
        except BaseException as error:
            await self._abandon(error if isinstance(error, NetworkError) else None)
            raise

    def _at_most(self, seconds: float, doing: str) -> Patience:
        until = monotonic() + seconds
        kind = TimeoutKind.ASSOCIATION
        return Patience(math.inf, until=until, kind=kind, seconds=seconds, doing=doing)

    async def _next(self, patience: Patience) -> "ExchangeEvent":
        while True:
            event = self.exchange.next_event()
            if event is PAUSED:
                return ConnectionClosed()
            if event is not NEED_DATA:
                return event
            await self._read(patience)

    async def _abandon(self, error: NetworkError | None) -> None:
        """Abort, unless it is over; whoever waits on this association is told."""
        if self._ended:
            return
        told = self._end(error)
        for event in [*self._parked.values(), *self._senders]:
            event.set()
        sock = self._wire.sock
        if self._reading or self._flushed is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)  # wakes whoever waits for it, who then closes
            if self._reading:
                return
        elif told:
            self._forget()
            with anyio.move_on_after(LINGER, shield=True), contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_WR)
                while True:
                    # A connection closed over unread bytes is reset, and the abort lost with it
                    with contextlib.suppress(BlockingIOError):
                        if not sock.recv_into(self._view):
                            break
                        continue
                    await anyio.wait_readable(sock)
        self._close()


# Tracebacks, reprs and pickles name the place that users import from
Association.__module__ = "dicom_net"
