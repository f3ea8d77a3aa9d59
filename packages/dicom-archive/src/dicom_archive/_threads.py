"""What waits for a disk or a lock is done in a thread where an event loop would be held up, and at once where there is none."""

import sys
from collections.abc import Callable
from typing import TypeVar

__all__ = ["in_event_loop", "off_loop"]

T = TypeVar("T")


def in_event_loop() -> bool:
    """Whether this thread runs an event loop. What was never imported cannot be running."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is not None and asyncio._get_running_loop() is not None:
        return True
    trio = sys.modules.get("trio")
    return trio is not None and bool(trio.lowlevel.in_trio_run())


async def off_loop(function: Callable[[], T], *, blocks: bool = True) -> T:
    """What a function gives. It is finished also where its caller is cancelled: what was kept is kept."""
    if not blocks or not in_event_loop():
        return function()
    from anyio.to_thread import run_sync

    return await run_sync(function)
