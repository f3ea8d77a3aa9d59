"""Work that is done in several processes: tasks in, results out, in the order of the tasks.

Each process opens what it needs once. A process takes the next task when it has given the result of the last, so that
nothing piles up; it ends when its connection does, whoever was killed.
"""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import chain, islice
from typing import TYPE_CHECKING, Final, Generic, TypeAlias, TypeVar

from .._errors import ArchiveError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess

__all__ = ["Begin", "WorkerLost", "processors", "run"]

Task = TypeVar("Task")
Result = TypeVar("Result")
Begin: TypeAlias = "Callable[[], AbstractContextManager[Callable[[Task], Result]]]"
"""Opens what the work needs, and gives what does it."""

_AHEAD: Final = 4  # results for each process that wait for an earlier one
_PATIENCE: Final = 60.0  # seconds in which a process ends what it is at


class WorkerLost(ArchiveError):
    """A process that was at work has ended, killed by somebody or by the system."""

    retryable = True

    def __init__(self, code: int | None) -> None:
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        return (
            f"a worker process has ended by itself (exit code {self.code}), perhaps for want of memory; "
            "start again, what is done stays done"
        )


def processors() -> int:
    """How many processes can run at once."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run(
    here: "Begin[Task, Result]",
    there: "Begin[Task, Result]",
    tasks: Iterable[Task],
    workers: int,
    few: int,
) -> Generator[Result, None, None]:
    """The results of the tasks. ``there`` is called in each process; it, the tasks and the results must pickle.

    With one worker, and where there are only a ``few`` tasks, everything happens ``here``: starting processes costs more
    than that. Closing the generator lets what was begun come to its end.
    """
    todo = iter(tasks)
    first = list(islice(todo, few + 1)) if workers > 1 else []
    if len(first) <= few:
        with here() as work:
            yield from map(work, chain(first, todo))
        return
    crew = _Crew(there, workers)
    try:
        yield from crew.results(chain(first, todo))
    finally:
        crew.close()


class _Failed:
    """An exception on its way to the process that wants to know."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException) -> None:
        self.error = error


class _Crew(Generic[Task, Result]):
    def __init__(self, begin: "Begin[Task, Result]", workers: int) -> None:
        from multiprocessing import get_context

        # A fresh process each: nothing of ours is shared, and threads of a host program cannot hang it
        context: BaseContext = get_context("forkserver" if os.name == "posix" else "spawn")
        self._idle: list[Connection] = []
        self._busy: dict[Connection, int] = {}  # and the number of the task it is at
        self._processes: dict[Connection, BaseProcess] = {}
        try:
            with _interrupts_held():
                for _ in range(workers):
                    ours, theirs = context.Pipe()
                    process = context.Process(target=_serve, args=(begin, theirs), daemon=True)  # type: ignore[attr-defined]
                    process.start()
                    theirs.close()
                    self._processes[ours] = process
                    self._idle.append(ours)
        except BaseException:
            self.close()
            raise

    def results(self, tasks: Iterable[Task]) -> Iterator[Result]:
        todo = enumerate(tasks)
        done: dict[int, Result] = {}
        window: deque[int] = deque()  # of tasks that are given out and not told yet
        more = True
        while more or window:
            while more and self._idle and len(window) < _AHEAD * len(self._processes):
                following = next(todo, None)
                if following is None:
                    more = False
                    break
                number, task = following
                worker = self._idle.pop()
                self._send(worker, task)
                self._busy[worker] = number
                window.append(number)
            if window and window[0] not in done:
                self._collect(done)
            while window and window[0] in done:
                yield done.pop(window.popleft())

    def _send(self, worker: "Connection", task: Task) -> None:
        try:
            worker.send(task)
        except OSError:
            raise self._lost(worker) from None

    def _collect(self, done: dict[int, Result]) -> None:
        """Wait until at least one process has a result."""
        from multiprocessing.connection import Connection, wait

        for worker in wait(list(self._busy)):
            assert isinstance(worker, Connection)
            try:
                result = worker.recv()
            except (EOFError, OSError):
                raise self._lost(worker) from None
            number = self._busy.pop(worker)
            if isinstance(result, _Failed):
                raise result.error
            self._idle.append(worker)
            done[number] = result

    def _lost(self, worker: "Connection") -> WorkerLost:
        process = self._processes[worker]
        process.join(_PATIENCE)
        return WorkerLost(process.exitcode)

    def close(self) -> None:
        """Give out no more; wait for what is under way."""
        for worker in self._processes:
            worker.close()
        for process in self._processes.values():
            process.join(_PATIENCE)
            if process.is_alive():
                process.terminate()
                process.join()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """An interrupt waits until this is over. Processes that are started within never see one, not even while they import."""
    import signal

    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(begin: "Begin[Task, Result]", tasks: "Connection") -> None:
    import signal

    # An interrupt is for the program that the user sees; it closes the connection
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with begin() as work:
            while True:
                try:
                    task = tasks.recv()
                except EOFError:
                    return
                tasks.send(work(task))
    except (BrokenPipeError, ConnectionResetError):
        return  # nobody wants the result any more; what it tells of is done
    except Exception as error:  # noqa: BLE001 -- raised again where it is looked at
        tasks.send(_Failed(error))


# Tracebacks, reprs and pickles name the place that users import from
WorkerLost.__module__ = "dicom_archive.maintenance"
