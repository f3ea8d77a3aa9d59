"""Several processes that serve the same port: one that dies is started again, and all end in good order.

The parent opens the listening sockets, forks, and does nothing else, so that it has neither threads nor connections to
databases that a child would inherit. Sockets are accepted from by whoever is idle; what waits in their queue is not
lost with a worker.
"""

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from types import FrameType
from typing import Final

__all__ = ["Backoff", "supervise"]

STEADY: Final = 60.0
"""Seconds that a worker lives to be taken for one that works."""
SHORTEST: Final = 0.1
LONGEST: Final = 30.0
_ENDS: Final = (signal.SIGINT, signal.SIGTERM)


class Backoff:
    """How long to wait before a worker is started again: longer each time, until one lives for a while."""

    def __init__(self) -> None:
        self._delay = 0.0

    def after(self, lived: float) -> float:
        """The seconds to wait after a worker that lived for so many."""
        if lived >= STEADY:
            self._delay = 0.0
        self._delay = min(max(2 * self._delay, SHORTEST), LONGEST)
        return self._delay


class _Slot:
    """The place of one worker."""

    __slots__ = ("backoff", "number", "pid", "started", "when")

    def __init__(self, number: int) -> None:
        self.number = number
        self.pid = 0
        self.started = 0.0
        self.when = 0.0  # to be started, where there is no process
        self.backoff = Backoff()


class _Workers:
    def __init__(
        self, count: int, work: Callable[[int, int], int], told: Callable[[str], None]
    ) -> None:
        # Of this pipe nobody but the parent has the end for writing, so that its end is seen by all
        self._lifeline, self._ours = os.pipe()
        self.slots = [_Slot(number) for number in range(1, count + 1)]
        self.stopping = False
        self.forced = False
        self._work = work
        self._told = told

    def start_those_due(self) -> None:
        now = time.monotonic()
        for slot in self.slots:
            if not slot.pid and slot.when <= now:
                slot.started = now
                slot.pid = self._fork(slot.number)

    def _fork(self, number: int) -> int:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid:
            return pid
        # From here on this is the child, which must never return into the parent's code
        code = 1
        try:
            os.close(self._ours)
            signal.set_wakeup_fd(-1)
            for one in (signal.SIGTERM, signal.SIGCHLD):
                signal.signal(one, signal.SIG_DFL)
            # A terminal sends it to all of us, and the parent passes it on
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            code = self._work(number, self._lifeline)
            sys.stdout.flush()
            sys.stderr.flush()
        except BaseException as error:  # noqa: BLE001 - told, and then this process is over
            sys.stderr.write(f"dicom: worker {number}: {type(error).__name__}: {error}\n")
            sys.stderr.flush()
        finally:
            os._exit(code)

    def collect(self) -> None:
        """Take leave of those that ended."""
        for slot in self.slots:
            if not slot.pid:
                continue
            pid, status = os.waitpid(slot.pid, os.WNOHANG)
            if not pid:
                continue
            slot.pid = 0
            if self.stopping:
                continue
            now = time.monotonic()
            delay = slot.backoff.after(now - slot.started)
            slot.when = now + delay
            code = os.waitstatus_to_exitcode(status)
            why = f"by signal {-code}" if code < 0 else f"with exit code {code}"
            self._told(f"worker {slot.number} ended {why}; another is started in {delay:g} seconds")

    def stop(self) -> None:
        """Tell all of them; a second time they have no more patience."""
        self.forced = self.stopping
        self.stopping = True
        for slot in self.slots:
            if slot.pid:
                with suppress(ProcessLookupError):
                    os.kill(slot.pid, signal.SIGTERM)

    def close(self) -> None:
        os.close(self._ours)
        os.close(self._lifeline)

    @property
    def alive(self) -> bool:
        return any(slot.pid for slot in self.slots)

    @property
    def pause(self) -> float | None:
        """Seconds until one is to be started."""
        due = [slot.when for slot in self.slots if not slot.pid]
        return max(min(due) - time.monotonic(), 0.0) if due and not self.stopping else None


def supervise(count: int, work: Callable[[int, int], int], told: Callable[[str], None]) -> bool:
    """Keep so many processes at work until SIGINT or SIGTERM, and wait for their end; whether it was in good order.

    ``work`` is called in each with its number and a file descriptor that can be read when the parent is gone, and gives
    its exit code. ``told`` is given a sentence where one died.
    """
    workers = _Workers(count, work, told)
    with closing(workers), _signals() as (reader, caught):
        while True:
            if not workers.stopping:
                workers.start_those_due()
            elif not workers.alive:
                return not workers.forced
            select.select([reader], [], [], workers.pause)
            with suppress(BlockingIOError):
                os.read(reader, 4096)
            while caught:
                if caught.pop() in _ENDS:
                    workers.stop()
            workers.collect()


@contextmanager
def _signals() -> Iterator[tuple[int, list[int]]]:
    """A file that can be read when a signal came, and which ones did."""
    caught: list[int] = []
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)

    def catch(number: int, _frame: FrameType | None) -> None:
        caught.append(number)

    before = {one: signal.signal(one, catch) for one in (*_ENDS, signal.SIGCHLD)}
    old = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        yield reader, caught
    finally:
        signal.set_wakeup_fd(old)
        for one, handler in before.items():
            signal.signal(one, handler)
        os.close(reader)
        os.close(writer)
