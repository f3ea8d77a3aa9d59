"""Who uses the folder of an archive: any number of programs, or one that needs it to itself."""

import os
from typing import Final

from ._errors import ArchiveBusy, ArchiveDamaged

__all__ = ["FolderLock"]

_NAME: Final = ".lock"


class FolderLock:
    """Held by every program that has the archive open; gone with the process, however it ends.

    ``alone``: no other program may have it open. Where the system or the file system has no locks, nobody is kept out.
    """

    __slots__ = ("_descriptor",)

    def __init__(self, folder: str, *, alone: bool = False) -> None:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
        try:
            self._descriptor = os.open(os.path.join(folder, _NAME), flags, 0o666)
        except OSError as error:
            raise ArchiveDamaged(
                f"the folder {folder} cannot be written ({error.strerror})",
                "give this program the right to write it",
            ) from error
        try:
            import fcntl
        except ImportError:
            return
        how = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
        try:
            fcntl.flock(self._descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            if alone:
                raise ArchiveBusy(
                    f"another program uses the archive {folder}; stop it first"
                ) from None
            raise ArchiveBusy(f"the index of the archive {folder} is being rebuilt") from None
        except OSError:
            return

    def release(self) -> None:
        """Let it go."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
