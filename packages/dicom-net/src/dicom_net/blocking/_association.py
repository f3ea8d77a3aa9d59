"""An association over a plain socket: the loop that reads, writes and waits for `dicom_net.dimse.Exchange`.

It reads like `dicom_net.transport.Association`, with one lock in the place of the event loop: a thread that uses the
association holds it, except while it waits or runs a function of the user's.
"""

import contextlib
import math
import socket
import ssl
from collections.abc import Callable, Sequence
from threading import Condition, Lock
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeVar, cast

from .._association import CALM, AssociationCore, Control, Done, Running, release
from .._errors import DeadlineExceeded, LocalProtocolError, NetworkError, TimeoutKind
from .._logging import association_released
from .._operation import (
    Buffer,
    Call,
    Give,
    Operation,
    Poll,
    Pull,
    Receive,
    Step,
    Write,
)
from .._router import BUSY, Box, Patience
from .._settings import NetworkLimits, Timeouts
from .._wire import Wire
from ..dimse import Begin, Data
from ..ul import NEED_DATA, PAUSED, ConnectionClosed, ReleaseRQ
from ._iteration import Iteration
from ._plain import plain, plain_next
from ._ready import until_readable, until_writable

if TYPE_CHECKING:
    from ..dimse import Exchange, ExchangeEvent

__all__ = ["Association"]

R = TypeVar("R")

LINGER: Final = 0.25
"""Seconds for a peer to read our abort, before the connection is closed."""


class Association(AssociationCore):
    """An association with a peer. Operations run on it; several at once where several threads run them."""

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
        self._lock = Lock()
        self._reading = False
        self._flushing = False
        self._flushed = Condition(self._lock)
        self._parked: dict[Box, Condition] = {}  # who waits for what another reads
        self._sender: object = None  # whose message is half sent
        self._senders = 0  # how many wait for its end
        self._sent = Condition(self._lock)
        self._iterations: set[Iteration] = set()
        self.lender: Callable[[], bool] | None = None
        """Told once that whoever borrowed it is done; whether it was taken back."""
        self.spawn: Callable[[], None] | None = None
        """Called when an operation is about to wait for something that is not the peer."""

    def run(self, operation: Operation[R]) -> R:
        """Perform an operation, and give what it returns; the items that it gives are dropped.

        Where it ends in the middle of a message, or is interrupted, the association is aborted.
        """
        return self._run(Running(operation))

    def iterate(self, operation: Operation[object]) -> "Iteration":
        """What an operation gives, one by one.

        An iteration that is left early is ended in good order by its ``close``, by ``with``, or by the
        release of the association, whichever comes first.
        """
        return Iteration(self, operation)

    def release(self) -> None:
        """End the association in good order, and close the connection; where it is over already, nothing happens.

        One of a pool goes back to it.
        """
        for iteration in list(self._iterations):
            iteration.close()
        if self._given_back() or self._ended:
            return
        with self._lock:
            if self._reading or self._parked:
                raise LocalProtocolError(
                    "operations still run on the association; release it later"
                )
            patience = self._at_most(self.timeouts.association, "releasing the association")
            self._control(release(self.exchange), patience)
            self._ended = True
            self._wire.close()
            association_released(self.number)

    def abort(self) -> None:
        """End the association at once, and close the connection; where it is over already, nothing happens."""
        with self._lock:
            self._abandon(None)
        self._given_back()

    def _given_back(self) -> bool:
        """Whether a pool has it back and may lend it again."""
        lender, self.lender = self.lender, None
        return lender is not None and lender()

    # --- operations ------------------------------------------------------------------------------------

    def _run(self, running: Running[R]) -> R:
        with self._lock:
            while True:
                outcome = self._drive(running)
                if type(outcome) is Done:
                    return outcome.value

    def _drive(self, running: Running[R]) -> Done[R] | Give:
        """Let an operation go on until it gives something or is done."""
        if self.failure is not None:
            running.operation.close()
            raise self.failure
        try:
            while True:
                if self._sender is not None and self._sender is not running:
                    self._turn()
                step = running.step()
                self._sender = running if self.exchange.is_sending else None
                if self._senders and self._sender is None:
                    self._sent.notify()
                if isinstance(step, (Done, Give)):
                    self._hand_over()
                    return step
                try:
                    running.answer = self._perform(step, running)
                except Exception as error:  # noqa: BLE001 - what it means is the operation's to say
                    running.error = error
        except Exception as error:
            if self._unfinished(running):
                self._abandon(error if isinstance(error, NetworkError) else None)
            self._hand_over()
            raise
        except BaseException:
            running.operation.close()
            self._abandon(None)
            raise

    def _perform(self, step: Step, running: Running[R]) -> object:
        if type(step) is Write:
            self._write(step.buffers)
            return None
        if type(step) is Receive:
            message_id = step.message_id
            box = self._box(running, message_id)
            patience = box.patience or running.begin(box, message_id, monotonic(), self.timeouts)
            return self._receive(box, patience)
        if type(step) is Poll:
            try:
                return self._poll(self._box(running, step.message_id))
            except NetworkError as error:  # such as an abort: whoever writes next is told of it
                self._abandon(error)
                raise
        self._leave()
        self._lock.release()
        try:
            if type(step) is Call:
                return plain(step.function())
            assert type(step) is Pull
            return plain_next(step.source)
        finally:
            self._lock.acquire()

    def _turn(self) -> None:
        """Wait until the message that another operation sends is whole (two may not mix, PS3.8 E.1)."""
        self._senders += 1
        try:
            while self._sender is not None:
                self._sent.wait()
        finally:
            self._senders -= 1

    def _hand_over(self) -> None:
        """Before doing something else than reading: somebody else who waits shall read."""
        if self._parked and not self._reading:
            owner = self._router.owner
            waiting = self._parked.get(owner or next(iter(self._parked)))
            if waiting is not None:
                waiting.notify()

    def _leave(self) -> None:
        """Before waiting for anything but the peer."""
        self._hand_over()
        if self.spawn is not None and self._router.owner is None:
            self.spawn()

    # --- reading ---------------------------------------------------------------------------------------

    def _receive(self, box: Box, patience: Patience) -> Begin | Data | ReleaseRQ:
        try:
            while True:
                event = self._pull(box)
                if event is BUSY or (event is NEED_DATA and self._reading):
                    self._park(box, patience)
                elif event is NEED_DATA:
                    self._read(patience)
                else:
                    # Threads, unlike tasks, do not say when they do something else: hand over at once
                    self._hand_over()
                    return event
        except NetworkError as error:
            self._abandon(error)
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

    def _park(self, box: Box, patience: Patience) -> None:
        """Wait until another has read something for this box, or reads no more."""
        if box.wake is not None:
            raise LocalProtocolError("two wait for the answers to one message")
        condition = Condition(self._lock)
        box.wake = condition.notify
        self._parked[box] = condition
        seconds = min(patience.silence, patience.until - monotonic())
        try:
            woken = condition.wait(None if seconds == math.inf else max(seconds, 0))
        finally:
            box.wake = None
            del self._parked[box]
        if not woken:
            raise patience.lost(monotonic())

    def _read(self, patience: Patience) -> None:
        """Feed the machine once."""
        size = 0  # a connection that breaks has ended: what the peer said before was read before
        self._reading = True
        try:
            self._make_room()
            while True:
                try:
                    size = self._wire.receive(self._view)
                except BlockingIOError:
                    self._until_readable(patience)
                else:
                    break
        except OSError as error:
            if isinstance(error, ssl.SSLError):
                raise self._as_lost(error) from error
        finally:
            self._reading = False
            if self._ended:
                self._wire.close()
        self._check()
        self._fed(size, monotonic())

    def _until_readable(self, patience: Patience) -> None:
        now = monotonic()
        self._check_rate(now)
        limit = self._limit(now, patience)
        shrinks = self._could_shrink and now + CALM < limit
        self._lock.release()
        try:
            ready = until_readable(self._wire.sock, CALM if shrinks else max(limit - now, 0))
        finally:
            self._lock.acquire()
        if ready:
            return
        if shrinks:
            self._shrink()
        else:
            self._time_out(monotonic(), patience)

    # --- writing ---------------------------------------------------------------------------------------

    def _write(self, buffers: Sequence[Buffer]) -> None:
        self._check()
        wire = self._wire
        self._queue(buffers)
        try:
            if self._flushing:  # another writes: ours follow
                self._flushed.wait_for(lambda: not self._flushing)
                self._check()
            else:
                wire.flush()
        except BlockingIOError:
            self._flush()
        except OSError as error:
            raise self._unsendable(error) from error

    def _flush(self) -> None:
        self._flushing = True
        self._leave()
        try:
            while True:
                self._lock.release()
                try:
                    ready = until_writable(self._wire.sock, self.timeouts.write)
                finally:
                    self._lock.acquire()
                self._check()
                if not ready:
                    lost = DeadlineExceeded(TimeoutKind.WRITE, self.timeouts.write, "sending")
                    self._abandon(lost)
                    raise lost
                with contextlib.suppress(BlockingIOError):
                    self._wire.flush()
                    return
        except OSError as error:
            raise self._unsendable(error) from error
        finally:
            self._flushing = False
            self._flushed.notify_all()

    def _unsendable(self, error: OSError) -> NetworkError:
        lost = self._last_words() or self._as_lost(error)
        self._abandon(lost)
        return lost

    # --- the association itself ------------------------------------------------------------------------

    def _establish(self, flow: Control[R]) -> R:
        patience = self._at_most(self.timeouts.association, "waiting for the association")
        return self._perform_control(flow, patience)

    def _perform_control(self, flow: Control[R], patience: Patience) -> R:
        with self._lock:
            return self._control(flow, patience)

    def _control(self, flow: Control[R], patience: Patience) -> R:
        """Perform the steps that make or end an association; where they fail, it is aborted."""
        event: ExchangeEvent | None = None
        try:
            while True:
                step = flow.send(event)
                event = None
                if type(step) is Write:
                    self._write(step.buffers)
                else:
                    event = self._next(patience)
        except StopIteration as stop:
            return cast("R", stop.value)
        except BaseException as error:
            self._abandon(error if isinstance(error, NetworkError) else None)
            raise

    def _at_most(self, seconds: float, doing: str) -> Patience:
        until = monotonic() + seconds
        kind = TimeoutKind.ASSOCIATION
        return Patience(math.inf, until=until, kind=kind, seconds=seconds, doing=doing)

    def _next(self, patience: Patience) -> "ExchangeEvent":
        while True:
            event = self.exchange.next_event()
            if event is PAUSED:
                return ConnectionClosed()
            if event is not NEED_DATA:
                return event
            self._read(patience)

    def _abandon(self, error: NetworkError | None) -> None:
        """Abort, unless it is over; whoever waits on this association is told."""
        if self._ended:
            return
        told = self._end(error)
        for waiting in [*self._parked.values(), self._sent]:
            waiting.notify_all()
        sock = self._wire.sock
        if self._reading or self._flushing:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)  # wakes whoever waits for it, who then closes
            if self._reading:
                return
        elif told:
            deadline = monotonic() + LINGER
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_WR)
                while until_readable(sock, max(deadline - monotonic(), 0)):
                    # A connection closed over unread bytes is reset, and the abort lost with it
                    if not sock.recv_into(self._view):
                        break
        self._wire.close()


# Tracebacks, reprs and pickles name the place that users import from
Association.__module__ = "dicom_net.blocking"
