"""Running a coroutine that never waits."""

from collections.abc import Coroutine
from typing import TypeVar

__all__ = ["drive"]

T = TypeVar("T")


def drive(coroutine: Coroutine[object, object, T]) -> T:
    """The result of a coroutine that waits for nothing, such as those of `InMemoryStore`, without an event loop.

    >>> from dicom_core.store import InMemoryStore
    >>> drive(InMemoryStore().delete("1.2.3"))
    0
    """
    try:
        coroutine.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    coroutine.close()
    raise RuntimeError("the coroutine waits for an event loop; run it with asyncio, trio or anyio")


# Tracebacks, reprs and pickles name the place that users import from
drive.__module__ = "dicom_core.store"
