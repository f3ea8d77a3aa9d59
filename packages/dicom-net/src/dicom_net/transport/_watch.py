"""Reading from one socket under asyncio, over and over, at the cost of one future for each wait.

anyio adds a reader for each wait and removes it after, and a scope with a deadline makes a timer and cancels it:
together a third of what a C-ECHO costs. Here the reader stays, and so does the timer, which looks what it is for
when it fires.
"""

import asyncio
import math
import socket
from collections.abc import Callable
from contextvars import Context
from time import monotonic
from typing import Any

__all__ = ["Watch"]


class _Turn(asyncio.Future[bool | None]):
    """What a task waits for that goes on at once when it is settled, and not in the next round of the loop.

    A round has its own look at all sockets: a quarter of what a C-ECHO costs. The loop calls `settle` where
    it would call the task, so that the task finds everything as usual.
    """

    _step: "Callable[[_Turn], object] | None" = None
    _within: Context | None = None

    def add_done_callback(
        self,
        fn: "Callable[[_Turn], object]",
        /,
        *,
        context: Context | None = None,
    ) -> None:
        """The first is that of the task."""
        if self._step is None and context is not None and not self.done():
            self._step, self._within = fn, context
        else:
            super().add_done_callback(fn, context=context)

    def cancel(self, msg: Any | None = None) -> bool:
        """A task that is cancelled goes on in the next round, since another runs now."""
        if not super().cancel(msg):
            return False
        step, self._step = self._step, None
        if step is not None:
            self.get_loop().call_soon(step, self, context=self._within)
        return True

    def settle(self, value: bool | None) -> None:
        """Give the task what it waits for, and let it run until it waits again."""
        self.set_result(value)
        self._go()

    def fail(self, error: Exception) -> None:
        """Raise this in the task, which runs until it waits again."""
        self.set_exception(error)
        self._go()

    def _go(self) -> None:
        step, self._step = self._step, None
        if step is not None:
            assert self._within is not None
            self._within.run(step, self)


class Watch:
    """Calls ``take`` when the socket has something, while somebody waits. `stop` it before the socket is closed.

    ``take`` reads, so that the socket is not found readable again before whoever waits has had a turn.
    """

    __slots__ = ("_due", "_limit", "_loop", "_number", "_reads", "_take", "_timer", "_waiter")

    def __init__(self, sock: socket.socket, take: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._number = sock.fileno()
        self._take = take
        self._reads = False  # whether the loop calls `_ready`
        self._waiter: _Turn | None = None  # the last; it may be done
        self._limit = math.inf
        self._timer: asyncio.TimerHandle | None = None
        self._due = math.inf  # when the timer fires

    def taken(self, limit: float) -> "asyncio.Future[bool | None]":
        """To be awaited: until something came, and whether it was taken; None at this time of ``time.monotonic``.

        False is for ``BlockingIOError``, such as for a part of a TLS record. What else ``take`` raises is raised here;
        ``NotImplementedError`` where the loop watches no sockets (Windows).
        """
        if not self._reads:
            self._loop.add_reader(self._number, self._ready)
            self._reads = True
        waiter = _Turn(loop=self._loop)
        self._waiter = waiter
        self._limit = limit
        if limit < self._due:
            self._set_timer(limit)
        return waiter

    def stop(self) -> None:
        """The loop forgets the socket."""
        if self._reads:
            self._loop.remove_reader(self._number)
            self._reads = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._due = math.inf

    def _ready(self) -> None:
        waiter = self._waiter
        if waiter is None or waiter.done():
            # What comes while nobody waits stays there; to be told again and again would keep the loop busy
            self._loop.remove_reader(self._number)
            self._reads = False
            return
        try:
            self._take()
        except BlockingIOError:
            waiter.settle(False)
        except Exception as error:  # noqa: BLE001 - whoever waits gets it
            waiter.fail(error)
        else:
            waiter.settle(True)

    def _set_timer(self, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(max(when - monotonic(), 0), self._ring)
        self._due = when

    def _ring(self) -> None:
        self._timer = None
        self._due = math.inf
        waiter = self._waiter
        if waiter is None or waiter.done():
            return
        if monotonic() >= self._limit:
            waiter.settle(None)
        elif self._limit < math.inf:
            self._set_timer(self._limit)
