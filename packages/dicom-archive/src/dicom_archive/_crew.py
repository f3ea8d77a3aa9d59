"""Threads of our own for tasks of asyncio: anyio's way to a thread and back costs a fifth of a small instance."""

from _thread import LockType, allocate_lock
from asyncio import Future, current_task, get_running_loop
from collections import deque
from collections.abc import Callable
from threading import Thread
from typing import TypeVar, cast

from anyio import CancelScope

__all__ = ["Crew", "in_task"]

T = TypeVar("T")


def in_task() -> bool:
    """Whether a task of asyncio runs; its loop may run without one, with trio as a guest."""
    try:
        return current_task() is not None
    except RuntimeError:
        return False


class _Job:
    """Something to be done for a task that waits."""

    __slots__ = ("error", "function", "future", "value")

    def __init__(self, function: Callable[[], object], future: "Future[None]") -> None:
        self.function = function
        self.future = future
        self.value: object = None
        self.error: BaseException | None = None

    def work(self) -> None:
        try:
            self.value = self.function()
        except BaseException as error:  # noqa: BLE001 - it is raised where the task waits
            self.error = error

    def tell(self) -> None:
        try:
            self.future.get_loop().call_soon_threadsafe(self._wake)
        except RuntimeError:
            return  # the loop was closed in the middle of it: nobody waits any more

    def _wake(self) -> None:
        if not self.future.done():  # a task that was cancelled past all shields
            self.future.set_result(None)


class _Member:
    """One thread."""

    __slots__ = ("bell", "job")

    def __init__(self, job: _Job) -> None:
        self.job: _Job | None = job
        self.bell: LockType = allocate_lock()
        self.bell.acquire()


class Crew:
    """Threads that are made when all others are busy, up to a number. Who was busy last comes first: his caches are warm."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = allocate_lock()
        self._waiting: deque[_Job] = deque()
        self._idle: list[_Member] = []
        self._members = 0
        self._closed = False

    async def run(self, function: Callable[[], T]) -> T:
        """What a function gives in one of the threads. It is finished also where the task is cancelled."""
        job = _Job(function, get_running_loop().create_future())
        with CancelScope(shield=True):
            self._give(job)
            await job.future
        error, job.error = job.error, None
        if error is None:
            return cast("T", job.value)
        try:
            raise error
        finally:
            del error  # it would hold this frame, which holds it

    def _give(self, job: _Job) -> None:
        with self._lock:
            if self._idle:
                member = self._idle.pop()
                member.job = job
                member.bell.release()
                return
            if self._members >= self._most:
                self._waiting.append(job)
                return
            self._members += 1
        try:
            Thread(
                target=self._serve, args=(_Member(job),), name="archive writer", daemon=True
            ).start()
        except BaseException:
            with self._lock:
                self._members -= 1
            raise

    def _serve(self, member: _Member) -> None:
        job = member.job
        while job is not None:
            job.work()
            # Idle before the task is told of it, so that what it wants next is done here, too
            done, job = job, self._next(member)
            done.tell()
            del done
            if job is None:
                member.bell.acquire()
                job, member.job = member.job, None

    def _next(self, member: _Member) -> _Job | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            member.job = None
            if self._closed:
                self._members -= 1
                member.bell.release()
            else:
                self._idle.append(member)
            return None

    def close(self) -> None:
        """End the threads: idle ones now, others when what they do is done. Those that come later end at once."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            self._members -= len(idle)
        for member in idle:
            member.bell.release()
