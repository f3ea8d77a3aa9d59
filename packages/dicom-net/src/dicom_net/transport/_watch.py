"""Reading from one socket under asyncio, over and over, at the cost of one future for each wait.

anyio adds a reader for each wait and removes it after, and a scope with a deadline makes a timer and cancels it:
together a third of what a C-ECHO costs. Here the reader stays, and so does the timer, which looks what it is for
when it fires.
"""

import asyncio
import math
import socket
from collections.abc import Callable
from time import monotonic

__all__ = ["Watch"]


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
        self._waiter: asyncio.Future[bool | None] | None = None
        self._limit = math.inf
        self._timer: asyncio.TimerHandle | None = None
        self._due = math.inf  # when the timer fires

    async def taken(self, limit: float) -> bool | None:
        """Wait until something came, and say whether it was taken; None at this time of ``time.monotonic``.

        False is for ``BlockingIOError``, such as for a part of a TLS record. What else ``take`` raises is raised here;
        ``NotImplementedError`` where the loop watches no sockets (Windows).
        """
        if not self._reads:
            self._loop.add_reader(self._number, self._ready)
            self._reads = True
        waiter: asyncio.Future[bool | None] = self._loop.create_future()
        self._waiter = waiter
        self._limit = limit
        if limit < self._due:
            self._set_timer(limit)
        try:
            return await waiter
        finally:
            self._waiter = None

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
            waiter.set_result(False)
        except Exception as error:  # noqa: BLE001 - whoever waits gets it
            waiter.set_exception(error)
        else:
            waiter.set_result(True)

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
            waiter.set_result(None)
        elif self._limit < math.inf:
            self._set_timer(self._limit)
