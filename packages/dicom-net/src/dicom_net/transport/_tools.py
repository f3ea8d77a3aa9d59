"""What operations may ask of an event loop."""

from collections.abc import Callable
from typing import Final, TypeVar

import anyio
import anyio.to_thread

__all__ = ["TOOLS", "LoopTools"]

T = TypeVar("T")


class LoopTools:
    """See `dicom_net._tools.Tools`."""

    def clock(self) -> float:
        """The event loop's."""
        return anyio.current_time()

    async def sleep(self, seconds: float) -> None:
        """Others run meanwhile."""
        await anyio.sleep(seconds)

    async def in_thread(self, function: Callable[[], T]) -> T:
        """In a thread of the pool."""
        return await anyio.to_thread.run_sync(function)


TOOLS: Final = LoopTools()
