"""Frames decoded side by side: threads, since codecs release the lock of the interpreter; order kept, memory bounded."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from threading import Condition
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["DecodeBudget", "default_workers", "in_order", "look_ahead"]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class DecodeBudget:
    """Bytes of frames that may be decoded at the same time; who wants more waits until others are done.

    An image has one of its own. One that is handed to several images bounds what they decode together.
    """

    __slots__ = ("_changed", "_used", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._used = 0
        self._changed = Condition()

    @property
    def used(self) -> int:
        """Bytes that are being decoded now."""
        return self._used

    @contextmanager
    def hold(self, size: int) -> Iterator[None]:
        """Inside, so many bytes are taken. What is larger than the whole budget runs alone."""
        with self._changed:
            while self._used and self._used + size > self.limit:
                self._changed.wait()
            self._used += size
        try:
            yield
        finally:
            with self._changed:
                self._used -= size
                self._changed.notify_all()


def default_workers() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def look_ahead(workers: int, size: int, budget: int) -> int:
    """How many results may wait or be worked on: two a worker, as long as they fit into the budget."""
    return max(1, min(2 * workers, budget // max(size, 1)))


def in_order(
    task: Callable[[_Item], _Result], items: Iterable[_Item], workers: int, ahead: int
) -> Iterator[_Result]:
    """The results of the task in the order of the items, at most ``ahead`` of them not yet taken.

    An error of a task is raised in its place. When the iterator is closed, what has not begun is not begun.
    """
    if workers == 1 or ahead == 1:
        yield from map(task, items)
        return
    from concurrent.futures import (
        ThreadPoolExecutor,  # it loads logging, which costs more than all of ours
    )

    rest = iter(items)
    pool = ThreadPoolExecutor(min(workers, ahead), thread_name_prefix="dicom-frames")
    try:
        waiting: deque[Future[_Result]] = deque(
            pool.submit(task, item) for item in islice(rest, ahead)
        )
        while waiting:
            result = waiting.popleft().result()
            for item in islice(rest, 1):
                waiting.append(pool.submit(task, item))
            yield result
            del result  # what the caller has is the caller's
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def batches(items: Sequence[_Item], size: int) -> Iterator[Sequence[_Item]]:
    """Slices of at most ``size`` items."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


# Tracebacks, reprs and pickles name the place that users import from
DecodeBudget.__module__ = "dicom_imaging"
