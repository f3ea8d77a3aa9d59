"""What is awaited in the other door, here: coroutines that never wait, such as those of `dicom_core.store.InMemoryStore`."""

from collections.abc import Awaitable
from typing import TypeVar

__all__ = ["plain"]

T = TypeVar("T")


def plain(value: Awaitable[T] | T) -> T:
    """What a function of the user's returned, or what its coroutine does; TypeError where that waits for an event loop."""
    if not isinstance(value, Awaitable):
        return value
    steps = value.__await__()
    try:
        next(steps)
    except StopIteration as done:
        result: T = done.value
        return result
    close = getattr(steps, "close", None)
    if close is not None:
        close()
    raise TypeError(
        "an async function that waits for an event loop was given to dicom_net.blocking"
    )
