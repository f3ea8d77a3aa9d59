"""Files named on the command line: folders opened, bare data sets recognised, several processed at once."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from .._errors import NotDicom
from .._options import ReadOptions
from .._reader import read, read_header

if TYPE_CHECKING:
    from .._file import DicomFile

__all__ = ["Named", "each", "expand", "open_file"]

_Work = TypeVar("_Work")
_Result = TypeVar("_Result")

# Starting processes costs more than reading a few files
_FEW: Final = 32
_CHUNK: Final = 8
_PATIENCE: Final = 2.0  # seconds in which an orphaned worker may tidy up
_NAMES: Final = frozenset(
    b"AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV".split()
)


class Named(NamedTuple):
    """A file to work on."""

    path: str
    asked: bool
    """Whether it was named itself. What merely stands in a folder and is no DICOM is passed over."""


def expand(names: Iterable[str], without: str = "") -> Iterator[Named]:
    """The files that names mean: themselves, or everything below a folder, in the order of names.

    ``without``: a folder of results that may lie in one of the others; what stands there is none of the sources.
    """
    for name in names:
        if not os.path.isdir(name):
            yield Named(name, True)
            continue
        for folder, folders, files in os.walk(name):
            folders[:] = sorted(
                one
                for one in folders
                if not without or not _same(os.path.join(folder, one), without)
            )
            for file in sorted(files):
                path = os.path.join(folder, file)
                if os.path.isfile(path):  # no sockets, no pipes, no links into nowhere
                    yield Named(path, False)


def _same(folder: str, other: str) -> bool:
    return os.path.exists(other) and os.path.samefile(folder, other)


def open_file(path: str, *, strict: bool = False, header: bool = False) -> "DicomFile":
    """Read a file, ``-`` for standard input. A bare data set is recognised by its first element."""
    options = ReadOptions(strict=strict)
    source: str | bytes = sys.stdin.buffer.read() if path == "-" else path
    reader = read_header if header else read
    try:
        return reader(source, options)
    except NotDicom as error:
        if error.kind or not _is_data_set(source):
            raise
    return reader(source, options, force=True)


def _is_data_set(source: str | bytes) -> bool:
    """Whether the first bytes are the header of an element of a low group (PS3.5 7.1)."""
    if isinstance(source, bytes):
        head, size = source[:12], len(source)
    else:
        with open(source, "rb") as file:
            head, size = file.read(12), os.fstat(file.fileno()).st_size
    if head[:4] == b"DICM":
        return size > 12
    if len(head) < 8:
        return False
    if head[4:6] in _NAMES:
        return 0 < head[0] + head[1] <= 0x20  # either byte order
    group, length = int.from_bytes(head[:2], "little"), int.from_bytes(head[4:8], "little")
    return 0 < group <= 0x20 and length <= size - 8


def each(
    task: Callable[[_Work], _Result],
    files: Iterable[_Work],
    *,
    jobs: int,
    title: str,
    prints: bool = True,
) -> Iterator[_Result]:
    """The results of the task in the order of the files, from several processes when there are many.

    The task and its results must pickle. A progress bar is drawn on a terminal, unless the command
    ``prints`` its results there.
    """
    todo = list(files)
    if len(todo) < 2:
        yield from map(task, todo)
        return
    jobs = jobs or _processors()
    results = map(task, todo) if jobs == 1 or len(todo) < _FEW else _pooled(task, todo, jobs)
    yield from _watched(results, len(todo), title, prints=prints)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _pooled(task: Callable[[_Work], _Result], todo: list[_Work], jobs: int) -> Iterator[_Result]:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # A fresh process each: nothing of ours is shared, and threads of a host program cannot hang it
    context = get_context("forkserver" if os.name == "posix" else "spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_quiet) as pool:
        try:
            yield from pool.map(task, todo, chunksize=_CHUNK)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _quiet() -> None:
    """An interrupt is for the program that the user sees; its workers end with it, without a word."""
    import signal
    from threading import Thread

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    # When that program is killed, nobody tells its workers: they would wait for work for ever
    Thread(target=_end_with_parent, daemon=True).start()


def _leave(_signal: int, _frame: object) -> None:
    raise SystemExit(1)


def _end_with_parent() -> None:
    import signal
    from multiprocessing import parent_process
    from threading import main_thread

    parent = parent_process()
    if parent is None:
        return
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)  # what is half written is taken away
    main_thread().join(_PATIENCE)
    os._exit(1)


def _watched(
    results: Iterator[_Result], total: int, title: str, *, prints: bool
) -> Iterator[_Result]:
    """The results, with a bar on standard error where that is a terminal that nothing else fills."""
    if total < _FEW or not sys.stderr.isatty() or (prints and sys.stdout.isatty()):
        yield from results
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(
        results, description=title, total=total, console=Console(stderr=True), transient=True
    )
