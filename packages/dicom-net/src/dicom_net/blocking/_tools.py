"""What operations may ask of a thread."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

__all__ = ["TOOLS", "ThreadTools"]

T = TypeVar("T")


class ThreadTools:
    """See `dicom_net._tools.Tools`."""

    def clock(self) -> float:
        """The system's monotonic clock."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """This thread waits."""
        time.sleep(seconds)

    def in_thread(self, function: Callable[[], T]) -> T:
        """Here and now: whoever blocks anyhow may do this, too."""
        return function()


TOOLS: Final = ThreadTools()
