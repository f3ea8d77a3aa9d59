"""A file into its place: whole or not at all, never over a different one, and nothing left by a killed process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Final, Literal

from .._source import BINARY

if TYPE_CHECKING:
    from .._file import DicomFile

__all__ = ["InTheWay", "Placed", "existing", "leads_out", "put"]

Placed = Literal["new", "same", "replaced"]
_CHUNK: Final = 1 << 20


class InTheWay(Exception):
    """Another file stands in the place, with other bytes; nothing was written."""


def put(file: "DicomFile", path: str, *, replace: bool, durable: bool) -> Placed:
    """Have the bytes of a file at a path.

    ``new``: nothing was there. ``same``: these very bytes were. Anything else there is `InTheWay`, or
    with ``replace`` it goes. Folders are made when all of the bytes are written, so that a file that
    cannot be encoded leaves none.
    """
    from .._writer import write

    with _aside(existing(os.path.dirname(os.path.abspath(path)))) as (stream, name):
        write(file, stream)
        stream.flush()
        if durable:
            os.fsync(stream.fileno())
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        found = _settle(stream, name, path, replace)
    if durable and found != "same":
        _sync(os.path.dirname(path) or ".")
    return found


def _settle(stream: IO[bytes], name: str, path: str, replace: bool) -> Placed:
    try:
        _link(stream, name, path)
    except FileExistsError:
        if _equal(stream, path):
            return "same"
        if not replace:
            raise InTheWay from None
    else:
        return "new"
    # A link cannot take the place of a file; a rename can, and it is one step too
    beside = os.path.join(os.path.dirname(path), f".{os.urandom(6).hex()}.tmp")
    _link(stream, name, beside)
    try:
        os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise
    return "replaced"


def existing(folder: str) -> str:
    """The folder, or the nearest one above it that is there: of the same file system, since what is made below is."""
    while not os.path.isdir(folder):
        above = os.path.dirname(folder)
        if above == folder:
            break
        folder = above
    return folder


def leads_out(folder: str, within: str) -> bool:
    """Whether a folder below another is by a link somewhere else."""
    root = os.path.realpath(within)
    return os.path.commonpath((os.path.realpath(folder), root)) != root


@contextmanager
def _aside(folder: str) -> Iterator[tuple[IO[bytes], str]]:
    """A file to fill, and its name; empty where the system has files without one, which die with their process."""
    descriptor = _nameless(folder)
    if descriptor is not None:
        with os.fdopen(descriptor, "w+b") as stream:
            yield stream, ""
        return
    name = os.path.join(folder, f".{os.urandom(6).hex()}.tmp")
    descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | BINARY, 0o666)
    try:
        with os.fdopen(descriptor, "w+b") as stream:
            yield stream, name
    finally:
        with suppress(FileNotFoundError):  # renamed
            os.unlink(name)


def _nameless(folder: str) -> int | None:
    flag = getattr(os, "O_TMPFILE", 0)
    if not flag or not os.path.isdir("/proc/self/fd"):
        return None
    try:
        return os.open(folder, os.O_RDWR | flag, 0o666)
    except (
        OSError
    ):  # not on every file system; what else is wrong shows when one with a name is made
        return None


def _link(stream: IO[bytes], name: str, path: str) -> None:
    """Give the file a name that is free (FileExistsError)."""
    if not name:
        # The descriptor of a folder, unused, is what makes Python call linkat with AT_SYMLINK_FOLLOW
        processes = os.open("/proc/self/fd", os.O_RDONLY)
        try:
            os.link(str(stream.fileno()), path, src_dir_fd=processes, follow_symlinks=True)
        finally:
            os.close(processes)
        return
    try:
        os.link(name, path)
    except FileExistsError:
        raise
    except (
        OSError
    ):  # no hard links there: the name is claimed in one step, the file comes in another
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        stream.close()
        os.replace(name, path)


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    stream.seek(0)
    while chunk := stream.read(_CHUNK):
        yield chunk


def _equal(stream: IO[bytes], path: str) -> bool:
    if os.path.islink(path):  # what it leads to is nobody's business; it is replaced, or in the way
        return False
    if os.fstat(stream.fileno()).st_size != os.stat(path).st_size:
        return False
    with open(path, "rb") as there:
        return all(there.read(len(chunk)) == chunk for chunk in _chunks(stream))


def _sync(folder: str) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
