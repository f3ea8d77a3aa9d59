"""File IDs: names of files that every medium can hold (PS3.10 8.2, 8.5), and the one way from them to a path."""

import os
import re
from typing import Final

from ._errors import UnsafeReference

__all__ = ["is_legal", "of_path", "place_for", "resolve"]

DICOMDIR: Final = "DICOMDIR"
# Up to eight components of up to eight characters (PS3.10 8.2) of the G0 set that PS3.10 8.5 allows
_LEGAL: Final = re.compile(r"[A-Z0-9_]{1,8}")
_COMPONENTS: Final = 8
# What has a meaning of its own in a path of some system
_SPECIAL: Final = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f]')
_DEVICES: Final = re.compile(r"(CON|PRN|AUX|NUL|CLOCK\$|COM[0-9]|LPT[0-9])(\..*)?", re.IGNORECASE)


def is_legal(file_id: tuple[str, ...]) -> bool:
    """Whether these components are a File ID as the standard wants it."""
    return 0 < len(file_id) <= _COMPONENTS and all(_LEGAL.fullmatch(part) for part in file_id)


def check_safe(file_id: tuple[str, ...], offset: int | None = None) -> None:
    """Refuse components that could lead anywhere but down, on any system (`UnsafeReference`).

    Media with long or lower-case names exist and are read; these are refused: separators, drives,
    streams, ``..``, absolute and empty names, device names, trailing dots and spaces.
    """
    bad = not file_id or any(
        not part
        or len(part) > 255
        or _SPECIAL.search(part) is not None
        or part[-1] in ". "
        or part[0] == " "
        or _DEVICES.fullmatch(part) is not None
        or not part.isprintable()
        for part in file_id
    )
    if bad:
        raise UnsafeReference(
            "file-id-unsafe",
            "the Referenced File ID does not name a file below the root",
            offset=offset,
        )


def resolve(root: str, file_id: tuple[str, ...], offset: int | None = None) -> str | None:
    """The path of an existing file below the root; None when there is none.

    Media change the case of names, or add ``;1`` (ISO 9660): a component that is not there as
    written is looked for so. A symbolic link that leads out of the root is refused.
    """
    check_safe(file_id, offset)
    top = os.path.realpath(root)
    path = top
    for part in file_id:
        found = os.path.join(path, part)
        if not os.path.lexists(found):
            similar = _similar(path, part)
            if similar is None:
                return None
            found = os.path.join(path, similar)
        path = found
    real = os.path.realpath(path)
    if os.path.commonpath((top, real)) != top:
        raise UnsafeReference(
            "file-id-outside", "a link leads out of the root of the file-set", offset=offset
        )
    return real if os.path.isfile(real) else None


def place_for(root: str, file_id: tuple[str, ...]) -> str:
    """The path at which a file of this File ID may be written: below the root, whatever links are there."""
    check_safe(file_id)
    top = os.path.realpath(root)
    path = os.path.join(top, *file_id)
    if os.path.commonpath((top, os.path.realpath(path))) != top:
        raise UnsafeReference("file-id-outside", "a link leads out of the root of the file-set")
    return path


def _similar(folder: str, part: str) -> str | None:
    wanted = part.casefold()
    try:
        names = sorted(os.listdir(folder))
    except OSError:  # no folder: then there is no such file either
        return None
    return next((name for name in names if name.casefold() in {wanted, wanted + ";1"}), None)


def of_path(root: str, path: str) -> tuple[str, ...] | None:
    """The File ID of a file that stands below the root under legal names, or None."""
    relative = os.path.relpath(os.path.realpath(path), os.path.realpath(root))
    file_id = tuple(relative.split(os.sep))
    return file_id if is_legal(file_id) else None
