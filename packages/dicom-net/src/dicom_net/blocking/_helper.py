"""A thread that calls functions for another, which waits no longer than it wants to."""

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeAlias, TypeVar, cast

__all__ = ["Helper"]

T = TypeVar("T")

_Answer: TypeAlias = "SimpleQueue[tuple[object, BaseException | None]]"
_Work: TypeAlias = tuple[Callable[[], object], _Answer]


class Helper:
    """One thread, kept for the next function; several threads may ask, and are served in turn."""

    def __init__(self, name: str) -> None:
        self._work: SimpleQueue[_Work | None] = SimpleQueue()
        Thread(target=self._serve, name=name, daemon=True).start()

    def run(self, function: Callable[[], T], seconds: float) -> T:
        """What the function returns or raises; TimeoutError where it takes longer, and then the helper serves no more."""
        answer: _Answer = SimpleQueue()
        self._work.put((function, answer))
        try:
            value, error = answer.get(timeout=None if seconds == float("inf") else seconds)
        except Empty:
            self.end()
            raise TimeoutError from None
        if error is not None:
            raise error
        return cast("T", value)

    def end(self) -> None:
        """Have the thread end after what it does now."""
        self._work.put(None)

    def _serve(self) -> None:
        while (work := self._work.get()) is not None:
            function, answer = work
            try:
                answer.put((function(), None))
            except BaseException as error:  # noqa: BLE001 - raised where it was asked for
                answer.put((None, error))
            del work, function, answer  # keep nothing of it while waiting for the next
