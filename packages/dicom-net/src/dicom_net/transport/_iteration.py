"""What an operation gives, one by one."""

import contextlib
import math
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Self

from .._association import Done, Running
from .._operation import Operation, StopWanted

if TYPE_CHECKING:
    from ._association import Association

__all__ = ["Iteration"]


class Iteration:
    """What an operation gives, as an asynchronous iterator; see `Association.iterate`."""

    def __init__(self, association: "Association", operation: Operation[object]) -> None:
        self._association = association
        self._running = Running(operation)
        self._paused = math.nan  # since when whoever iterates does something else
        self._over = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> object:
        item = await self._next()
        if self._over:
            raise StopAsyncIteration
        return item

    async def aclose(self) -> None:
        """End the operation in good order: what the peer would still give is cancelled."""
        if self._over:
            return
        if math.isnan(self._paused) or self._association.failure is not None:
            self._running.operation.close()  # it never began, or there is nobody to tell
            self._over = True
            self._association._iterations.discard(self)
            return
        self._running.error = StopWanted()
        with contextlib.suppress(StopWanted):  # then the association was aborted
            while not self._over:
                await self._next()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _next(self) -> object:
        association, running = self._association, self._running
        if self._over:
            return None
        if math.isnan(self._paused):
            association._iterations.add(self)
        else:
            running.resume(monotonic() - self._paused)
        self._over = True
        try:
            outcome = await association._drive(running)
            self._over = type(outcome) is Done
        finally:
            if self._over:
                association._iterations.discard(self)
        self._paused = monotonic()
        return None if isinstance(outcome, Done) else outcome.item


# Tracebacks, reprs and pickles name the place that users import from
Iteration.__module__ = "dicom_net.transport"
