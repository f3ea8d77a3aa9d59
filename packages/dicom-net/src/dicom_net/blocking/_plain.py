"""What may be awaited, in a door that has nothing to wait with."""

from collections.abc import AsyncIterator, Awaitable, Iterator
from typing import TypeVar

from .._operation import END, End

__all__ = ["plain", "plain_next"]

T = TypeVar("T")


def plain(value: Awaitable[T] | T) -> T:
    """What a function of the user's returned. What an async one gives is driven, as long as it waits for nothing.

    The stores of `dicom_core.store` that need no event loop are such; TypeError where something does.
    """
    if not isinstance(value, Awaitable):
        return value

    async def given() -> T:
        return await value

    coroutine = given()
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    coroutine.close()
    raise TypeError(
        "an async function that waits for an event loop was given to dicom_net.blocking"
    )


def plain_next(source: AsyncIterator[T] | Iterator[T]) -> T | End:
    """The next item of the user's iterator, likewise."""
    if isinstance(source, Iterator):
        return next(source, END)
    return plain(anext(source, END))
