"""What a folder of instances asks of the system, with fallbacks where a system lacks it: files without a name, links, locks.

Stores of files share it; nothing of DICOM is known here but where a data set begins.
"""

import os
import stat
from _thread import allocate_lock
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

__all__ = [
    "Temporary",
    "free_bytes",
    "link",
    "make_folder",
    "replace",
    "same_data_set",
    "sweep",
    "sync_folder",
    "takes_nameless",
    "write_all",
]

_PIECES: Final = 1000  # buffers for one call of writev; systems take at least 1024
_PROC: Final = "/proc/self/fd/{}"
_INCOMING: Final = ".incoming"
_BINARY: Final = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_TMPFILE: Final[int] = getattr(os, "O_TMPFILE", 0)
_NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
_COMPARED: Final = 1 << 20
_renaming: Final = allocate_lock()


def write_all(descriptor: int, views: Iterable[bytes | memoryview]) -> int:
    """All of them, by as few calls as the system allows; how many bytes that were."""
    pieces = list(views)
    if not hasattr(os, "writev"):
        pieces = [b"".join(pieces)]
    total = 0
    for first in range(0, len(pieces), _PIECES):
        batch = pieces[first : first + _PIECES]
        size = sum(map(len, batch))
        total += size
        done = _write(descriptor, batch)
        while done < size:  # a disk that fills up, or more than the system takes at once
            size -= done
            while batch and done >= len(batch[0]):
                done -= len(batch[0])
                batch.pop(0)
            if done:
                batch[0] = memoryview(batch[0])[done:]
            done = _write(descriptor, batch)
    return total


def _write(descriptor: int, batch: list[bytes | memoryview]) -> int:
    if hasattr(os, "writev"):
        return os.writev(descriptor, batch)
    return os.write(descriptor, batch[0])


def takes_nameless(root: str) -> bool:
    """Whether the file system of a folder has files without a name, and this process can give them one (Linux with /proc)."""
    if not hasattr(os, "O_TMPFILE"):
        return False
    try:
        descriptor = os.open(root, _TMPFILE | os.O_RDWR | _BINARY, 0o666)
    except OSError:
        return False
    try:
        return os.path.exists(_PROC.format(descriptor))
    finally:
        os.close(descriptor)


class Temporary:
    """A file without a name where there is such a thing, else one in ``.incoming`` that is locked while it is open."""

    __slots__ = ("descriptor", "path")

    def __init__(self, root: str, *, nameless: bool) -> None:
        self.path: str | None = None
        """Its name until it gets the right one; None where it has none."""
        if nameless:
            self.descriptor = os.open(root, _TMPFILE | os.O_RDWR | _BINARY, 0o666)
        else:
            self._named(root)

    def _named(self, root: str) -> None:
        folder = os.path.join(root, _INCOMING)
        make_folder(folder)
        self.path = os.path.join(folder, f"{os.urandom(8).hex()}.part")
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | _NO_FOLLOW | _BINARY
        self.descriptor = os.open(self.path, flags, 0o666)
        _lock(self.descriptor)

    @property
    def readable(self) -> str:
        """A path to what was written so far."""
        return _PROC.format(self.descriptor) if self.path is None else self.path

    def close(self) -> None:
        """Close it; what has no name of its own is gone."""
        os.close(self.descriptor)
        if self.path is not None:
            with suppress(FileNotFoundError):
                os.unlink(self.path)


def link(file: Temporary, path: str) -> None:
    """Give a file a name; `FileExistsError` where the name is taken."""
    if file.path is None:
        # With a src_dir_fd, of no meaning beside a whole path, the link in /proc is followed.
        os.link(
            _PROC.format(file.descriptor), path, src_dir_fd=file.descriptor, follow_symlinks=True
        )
        return
    try:
        os.link(file.path, path)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError, AttributeError):
        # A file system without hard links: one process is assumed to own the folder, as on a memory card
        with _renaming:
            if os.path.lexists(path):
                raise FileExistsError(path) from None
            _rename(file, path)


def _rename(file: Temporary, path: str) -> None:
    if os.name == "nt":  # an open file cannot be renamed there
        assert file.path is not None
        os.close(file.descriptor)
        os.rename(file.path, path)
        file.descriptor = os.open(path, os.O_RDONLY | _BINARY)
    else:
        assert file.path is not None
        os.rename(file.path, path)
    file.path = None


def replace(file: Temporary, root: str, path: str) -> None:
    """Give a file the name of another, which is gone then; there is one of them at every moment."""
    if file.path is None:
        # A link cannot take a name that is there: another name first, where the next start would find it
        folder = os.path.join(root, _INCOMING)
        make_folder(folder)
        beside = os.path.join(folder, f"{os.urandom(8).hex()}.part")
        _lock(file.descriptor)
        link(file, beside)
        file.path = beside
    if os.name == "nt":
        os.close(file.descriptor)
        os.replace(file.path, path)
        file.descriptor = os.open(path, os.O_RDONLY | _BINARY)
    else:
        os.replace(file.path, path)
    file.path = None


def make_folder(path: str) -> None:
    """A folder, made unless it is there."""
    with suppress(FileExistsError):
        os.mkdir(path)


def sync_folder(path: str) -> None:
    """Make the names in a folder durable, where folders can be opened (not on Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY | _NO_FOLLOW | _BINARY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    """Mark a file as being written; Windows does so with every open file."""
    try:
        import fcntl
    except ImportError:
        return
    with suppress(
        OSError
    ):  # a file system without locks: the file is swept one start too early, or too late
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def sweep(root: str) -> int:
    """Remove what a process left behind that was killed; how many files that were. Files being written stay."""
    folder = os.path.join(root, _INCOMING)
    removed = 0
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return 0
    for name in names:
        path = os.path.join(folder, name)
        if name.endswith(".part") and _is_abandoned(path):
            with suppress(OSError):  # Windows keeps what somebody has open
                os.unlink(path)
                removed += 1
    return removed


def _is_abandoned(path: str) -> bool:
    try:
        import fcntl
    except ImportError:
        return True
    try:
        descriptor = os.open(path, os.O_RDWR | _NO_FOLLOW | _BINARY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def same_data_set(descriptor: int, size: int, path: str) -> bool:
    """Whether the file at a path has the same data set and transfer syntax; who sent it and when may differ.

    Raises `OSError` where it is no regular file.
    """
    other = os.open(path, os.O_RDONLY | _NO_FOLLOW | _BINARY)
    try:
        status = os.fstat(other)
        if not stat.S_ISREG(status.st_mode):
            raise IsADirectoryError("a folder has the name of the file")
        mine, my_syntax = _head_of(descriptor)
        theirs, their_syntax = _head_of(other)
        if size - mine != status.st_size - theirs or my_syntax != their_syntax:
            return False
        for at in range(0, size - mine, _COMPARED):
            if _read(descriptor, mine + at, _COMPARED) != _read(other, theirs + at, _COMPARED):
                return False
        return True
    finally:
        os.close(other)


def _head_of(descriptor: int) -> tuple[int, bytes]:
    """Where the data set begins, and the value of (0002,0010); the group length says (PS3.10 7.1)."""
    head = _read(descriptor, 0, 1024)
    if head[128:132] != b"DICM" or head[132:140] != b"\x02\0\0\0UL\x04\0":
        return 0, b""
    syntax = b""
    at = head.find(b"\x02\0\x10\0UI", 144)
    if at >= 0:
        length = int.from_bytes(head[at + 6 : at + 8], "little")
        syntax = head[at + 8 : at + 8 + length]
    return 144 + int.from_bytes(head[140:144], "little"), syntax


def _read(descriptor: int, offset: int, length: int) -> bytes:
    if hasattr(os, "pread"):
        return os.pread(descriptor, length, offset)
    os.lseek(descriptor, offset, os.SEEK_SET)
    return os.read(descriptor, length)


def free_bytes(path: str) -> int:
    """What is free for this user on the disk of a folder."""
    if hasattr(os, "statvfs"):
        found = os.statvfs(path)
        return found.f_bavail * found.f_frsize
    from shutil import disk_usage

    return disk_usage(path).free
