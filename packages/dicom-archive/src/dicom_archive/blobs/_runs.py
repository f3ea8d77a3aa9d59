"""Runs: each process that places blobs does so in a folder of its own, and holds a lock while it lives.

The lock is a file in ``.runs`` with the name of the run. It is locked before it gets that name, so that a run is
seen held or not at all; it is removed when the run ended in good order, or when somebody looked after it.
"""

import os
from contextlib import suppress
from time import gmtime, strftime
from typing import Final

from dicom_core.store.files import make_folder, sync_folder

__all__ = ["Held", "hold_new", "runs", "take"]

_RUNS: Final = ".runs"
_FLAGS: Final = (
    os.O_RDWR
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
)


class Held:
    """The lock of a run, held."""

    __slots__ = ("_descriptor", "_path", "run")

    def __init__(self, run: str, path: str, descriptor: int) -> None:
        self.run = run
        self._path = path
        self._descriptor = descriptor

    def release(self) -> None:
        """Let it go; what it stands for may be looked after by somebody else."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def remove(self) -> None:
        """The run is over, and everything is in order."""
        if self._descriptor < 0:
            return
        if os.name == "nt":  # an open file cannot be removed there
            self.release()
        with suppress(FileNotFoundError):
            os.unlink(self._path)
        self.release()


def hold_new(root: str, *, durable: bool) -> Held:
    """A new run and its lock. Names begin with the time, so that they sort; what makes them unique is the rest.

    ``durable``: after a crash of the system, too, the lock tells that somebody must look after the run.
    """
    folder = os.path.join(root, _RUNS)
    make_folder(folder)
    while True:
        run = f"{strftime('%Y%m%dT%H%M%S', gmtime())}-{os.urandom(5).hex()}"
        path = os.path.join(folder, run)
        young = path if os.name == "nt" else f"{path}.new"
        descriptor = os.open(young, _FLAGS | os.O_CREAT | os.O_EXCL, 0o666)
        _lock(descriptor)
        if young == path:
            return Held(run, path, descriptor)
        try:
            os.rename(young, path)
        except FileNotFoundError:  # somebody took it for one that was left behind
            os.close(descriptor)
            continue
        if durable:
            sync_folder(folder)
        return Held(run, path, descriptor)


def runs(root: str) -> list[str]:
    """The runs whose lock file is there, held or not, the oldest first."""
    folder = os.path.join(root, _RUNS)
    try:
        names = sorted(os.listdir(folder))
    except FileNotFoundError:
        return []
    for name in names:
        if name.endswith(".new"):
            left = _take(os.path.join(folder, name), name)
            if left is not None:
                left.remove()
    return [name for name in names if not name.endswith(".new")]


def take(root: str, run: str) -> Held | None:
    """The lock of a run whose process is dead; None where it lives, or somebody else looks after it."""
    return _take(os.path.join(root, _RUNS, run), run)


def _take(path: str, run: str) -> Held | None:
    try:
        if os.name == "nt":  # what somebody has open cannot be renamed there
            os.rename(path, path)
        descriptor = os.open(path, _FLAGS)
    except OSError:
        return None
    if _lock(descriptor) and os.fstat(descriptor).st_nlink:
        return Held(run, path, descriptor)
    os.close(descriptor)  # held, or removed by the one who looked after it just now
    return None


def _lock(descriptor: int) -> bool:
    """Whether it could be locked.

    Where the system has no such locks, one process at a time is assumed to use the folder. Where the file system has
    none, whoever may live is taken for alive: nobody looks after its run.
    """
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
