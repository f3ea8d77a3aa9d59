"""What an operation may ask of the door that runs it, beside the association: time, patience, another thread."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

__all__ = ["Tools"]

T = TypeVar("T")


class Tools(Protocol):
    """Given by each door. What may wait is used as ``yield from call(tools.sleep, 1.0)``."""

    def clock(self) -> float:
        """Seconds of a clock that never goes back."""
        ...

    def sleep(self, seconds: float) -> Awaitable[None] | None:
        """Let time pass."""
        ...

    def in_thread(self, function: Callable[[], T]) -> Awaitable[T] | T:
        """Call what blocks or takes long, without holding up an event loop."""
        ...
