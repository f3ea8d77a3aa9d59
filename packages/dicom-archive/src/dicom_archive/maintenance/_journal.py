"""What an import that was interrupted has done already: a mark for each file, gone when the import is at its end.

A mark is 16 bytes of a digest over path, size and time of change: no name of a file or a patient is kept, and a file that
changed since is looked at again.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from hashlib import blake2b
from typing import Final

__all__ = ["Journal", "mark_of"]

_MARK: Final = 16
_FOLDER: Final = "imports"


def mark_of(path: str, status: os.stat_result, member: str = "") -> bytes:
    """The mark of a file, or of a member of a ZIP file."""
    text = f"{path}\0{member}\0{status.st_size}\0{status.st_mtime_ns}"
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_MARK).digest()


class Journal:
    """The marks of one source (a file or a folder that was named). May be written by several processes at once.

    An archive that is in no ``folder`` has no marks.
    """

    def __init__(self, folder: str | None, source: str) -> None:
        name = blake2b(
            os.path.realpath(source).encode("utf-8", "surrogatepass"), digest_size=_MARK
        ).hexdigest()
        self.path = "" if folder is None else os.path.join(folder, _FOLDER, f"{name}.done")

    def read(self) -> set[bytes]:
        """The marks of files that are kept. The last one is left out where writing it was cut short."""
        if not self.path:
            return set()
        try:
            with open(self.path, "rb") as file:
                data = file.read()
        except FileNotFoundError:
            return set()
        whole = len(data) - len(data) % _MARK
        if whole < len(data):
            with suppress(OSError):  # the marks behind it would be misread: then they are of no use
                os.truncate(self.path, whole)
        return {data[at : at + _MARK] for at in range(0, whole, _MARK)}

    def add(self, marks: Iterable[bytes]) -> None:
        """Keep marks. One call of the system writes them, so that those of other processes do not come in between."""
        data = b"".join(marks)
        if not data or not self.path:
            return
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        descriptor = os.open(self.path, flags, 0o600)
        try:
            os.write(descriptor, data)
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """The import is at its end: the next one looks at every file."""
        if not self.path:
            return
        with suppress(FileNotFoundError):
            os.unlink(self.path)
        with suppress(OSError):  # others are still there
            os.rmdir(os.path.dirname(self.path))
