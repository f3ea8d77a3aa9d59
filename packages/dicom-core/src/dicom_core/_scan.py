"""A few elements out of many files, in one process or several."""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from errno import EISDIR
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from dicom_dict import Tag

from ._dataset_read import ABSENT, Key, tag_of
from ._errors import DicomError, ValueDecodeError
from ._few import Few
from ._index_top import HEAD, PIXELS
from ._options import ReadOptions
from ._reader import READ, opened
from ._source import StrPath

if TYPE_CHECKING:
    from ._dataset import Dataset

__all__ = ["ScanRow", "scan"]

_BATCH: Final = 64  # files that one task of a process handles
_FIRST: Final = 4 << 10  # bytes read of a file, HEAD where they do not hold all that is asked for
_row = tuple.__new__  # past the checks of ScanRow


class ScanRow(NamedTuple):
    """What was found in one file."""

    path: str
    values: dict[str, object]
    """By keyword, or by tag where there is none: the value as a data set gives it; absent ones are left out."""
    error: str
    """Why the file could not be read, or a value not be decoded; empty when all is well."""


def scan(
    paths: "StrPath | Iterable[StrPath]",
    tags: Iterable[Key],
    *,
    options: ReadOptions | None = None,
    force: bool = False,
    workers: int = 1,
) -> Iterator[ScanRow]:
    """The values of ``tags`` in many files, in the order of the files.

    ``paths`` are files and folders; folders are searched to the bottom, in the order of names. A file
    is read up to the last tag only. A file that is no DICOM file gives a row with an error.

    ``workers``: processes; 0 for one each processor. They pay off for thousands of files.
    """
    if isinstance(tags, str):
        raise TypeError(f"scan() takes a list of tags: [{tags!r}]")
    wanted = {name_of(tag): tag for tag in map(tag_of, tags)}
    if not wanted:
        raise ValueError("scan() needs at least one tag")
    task = Task(wanted, options or ReadOptions(), force)
    if isinstance(paths, str | os.PathLike):
        paths = [paths]
    if workers == 1:
        return _in_turn(task, paths)
    return _in_processes(task, _files(paths), workers or os.cpu_count() or 1)


def name_of(tag: int) -> str:
    """The keyword of a tag, or the tag where there is none."""
    return Tag(tag).keyword or str(Tag(tag))


class Task:
    """Reads one file; can be sent to another process."""

    __slots__ = ("_few", "force", "options", "stop", "wanted")

    def __init__(self, wanted: dict[str, int], options: ReadOptions, force: bool) -> None:
        self.wanted = wanted
        self.options = options
        self.force = force
        self.stop = min(max(wanted.values()) + 1, PIXELS)
        self._few: Few | None = None
        general = options.strict or options.charset_override is not None or options.private
        if not general and not any(tag >> 16 == 2 for tag in wanted.values()):
            self._few = Few(wanted, self.stop, options)

    def __reduce__(self) -> tuple[object, ...]:
        return Task, (self.wanted, self.options, self.force)

    def one(self, path: str) -> ScanRow:
        """The row of one file."""
        row = self.one_or_folder(path)
        return ScanRow(path, {}, os.strerror(EISDIR)) if row is None else row

    def one_or_folder(self, path: str) -> ScanRow | None:
        """The row of one file; None for a folder."""
        few = self._few
        try:
            descriptor = os.open(path, READ)
            try:
                head = os.read(descriptor, HEAD if few is None else _FIRST)
                if few is not None:
                    values = few.values(head)
                    if values is None and len(head) == _FIRST:
                        head += os.read(descriptor, HEAD - _FIRST)
                        values = few.values(head)
                    if values is not None:
                        return _row(ScanRow, (path, values, ""))
                file = opened(descriptor, head, path, self.options, self.force, self.stop)
            finally:
                os.close(descriptor)
        except (DicomError, OSError) as error:
            if isinstance(error, OSError) and os.path.isdir(path):
                return None
            return ScanRow(path, {}, _sentence(error))
        meta, dataset = file.meta, file.dataset
        values = {}
        error_text = ""
        for name, tag in self.wanted.items():
            try:
                value = _value(meta if tag >> 16 == 2 else dataset, tag)
            except ValueDecodeError as error:
                error_text = str(error)
                continue
            if value is not ABSENT:
                values[name] = value
        return ScanRow(path, values, error_text)

    def many(self, paths: list[str]) -> list[ScanRow]:
        """The rows of several files."""
        return [self.one(path) for path in paths]


def _value(dataset: "Dataset", tag: int) -> object:
    return dataset._load(tag)


def _sentence(error: DicomError | OSError) -> str:
    return str(error) if isinstance(error, DicomError) else error.strerror or type(error).__name__


def _in_turn(task: Task, paths: Iterable[StrPath]) -> Iterator[ScanRow]:
    """One after the other. Whether a path is a folder is known when it was opened: it costs no call."""
    for path in paths:
        text = os.fspath(path)
        row = task.one_or_folder(text)
        if row is not None:
            yield row
        else:
            yield from map(task.one, _files_in(text))


def _files(paths: Iterable[StrPath]) -> Iterator[str]:
    for path in paths:
        text = os.fspath(path)
        if os.path.isdir(text):
            yield from _files_in(text)
        else:
            yield text


def _files_in(top: str) -> Iterator[str]:
    for folder, folders, names in os.walk(top):
        folders.sort()
        for name in sorted(names):
            yield os.path.join(folder, name)


def _in_processes(task: Task, paths: Iterator[str], workers: int) -> Iterator[ScanRow]:
    """The same from several processes, with a bounded number of batches under way."""
    from concurrent.futures import Future, ProcessPoolExecutor

    with ProcessPoolExecutor(workers) as pool:
        pending: deque[Future[list[ScanRow]]] = deque()
        while True:
            while len(pending) < 3 * workers and (batch := list(islice(paths, _BATCH))):
                pending.append(pool.submit(task.many, batch))
            if not pending:
                return
            yield from pending.popleft().result()


# Tracebacks, reprs and pickles name the place that users import from
ScanRow.__module__ = scan.__module__ = "dicom_core"
