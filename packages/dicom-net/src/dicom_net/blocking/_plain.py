"""What may be awaited has no place in this door."""

from collections.abc import Awaitable, Coroutine
from typing import TypeVar

__all__ = ["plain"]

T = TypeVar("T")


def plain(value: Awaitable[T] | T) -> T:
    """What a function of the user's returned; TypeError where that was an async one."""
    if isinstance(value, Awaitable):
        if isinstance(value, Coroutine):
            value.close()  # else Python complains that nobody awaited it
        raise TypeError("an async function was given to dicom_net.blocking")
    return value
