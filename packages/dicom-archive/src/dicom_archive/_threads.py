"""What waits for a disk or a lock is done in a thread where an event loop would be held up, and at once where there is none."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from anyio import CapacityLimiter
    from anyio.lowlevel import RunVar

    from ._crew import Crew

__all__ = ["Writers", "in_event_loop", "off_loop"]

T = TypeVar("T")
_WRITERS: Final = 64


def in_event_loop() -> bool:
    """Whether this thread runs an event loop. What was never imported cannot be running."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is not None and asyncio._get_running_loop() is not None:
        return True
    trio = sys.modules.get("trio")
    if trio is None:
        return False
    try:
        trio.lowlevel.current_trio_token()  # trio 0.26 has no other question
    except RuntimeError:
        return False
    return True


async def off_loop(function: Callable[[], T], *, blocks: bool = True) -> T:
    """What a function gives. It is finished also where its caller is cancelled: what was kept is kept."""
    if not blocks or not in_event_loop():
        return function()
    from anyio.to_thread import run_sync

    return await run_sync(function)


class Writers:
    """The threads of those who store, apart from all others: while they wait for the index, queries are answered."""

    def __init__(self) -> None:
        self._limiters: RunVar[CapacityLimiter] | None = None  # one for each event loop of trio
        self._crew: Crew | None = None

    async def run(self, function: Callable[[], T], *, blocks: bool = True) -> T:
        """As `off_loop`."""
        if not blocks or not in_event_loop():
            return function()
        if "asyncio" in sys.modules:
            from ._crew import Crew, in_task

            if in_task():
                crew = self._crew
                if crew is None:
                    crew = self._crew = Crew(_WRITERS)
                return await crew.run(function)
        from anyio.to_thread import run_sync

        return await run_sync(function, limiter=self._limiter())

    def close(self) -> None:
        """End the threads when they have done what they do."""
        if self._crew is not None:
            self._crew.close()

    def _limiter(self) -> "CapacityLimiter":
        from anyio import CapacityLimiter
        from anyio.lowlevel import RunVar

        if self._limiters is None:
            self._limiters = RunVar("writers of an archive")
        limiter = self._limiters.get(None)
        if limiter is None:
            limiter = CapacityLimiter(_WRITERS)
            self._limiters.set(limiter)
        return limiter
