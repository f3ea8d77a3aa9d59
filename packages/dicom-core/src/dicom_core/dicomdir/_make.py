"""Making a file-set from a folder or from files anywhere."""

import os
from collections.abc import Iterable

from .._errors import NotDicom
from .._source import StrPath
from ._file_set import FileSet, legal_files

__all__ = ["make"]


def make(
    root: "StrPath",
    sources: "StrPath | Iterable[StrPath] | None" = None,
    *,
    id: str = "",  # noqa: A002 -- File-set ID
) -> FileSet:
    """A new file-set; `FileSet.write` makes its DICOMDIR.

    Without ``sources``, of the files below ``root`` that have legal File IDs, where they are. With
    ``sources``, files and folders, of copies below ``root``. What is no DICOM file in a folder is left out.
    Of files that share a SOP Instance UID the first one is taken; findings of the file-set say of the
    others whether they are the same (``duplicate``) or different ones (``instance-conflict``).
    """
    found = FileSet(root)
    found.id = id
    if sources is None:
        for path in legal_files(found.root, found.name):
            _add(found, path)
        return found
    for source in [sources] if isinstance(sources, str | os.PathLike) else sources:
        name = os.fspath(source)
        if not os.path.isdir(name):
            found.add(name, replace=False)
            continue
        for folder, folders, files in os.walk(name):
            folders.sort()
            for file in sorted(files):
                _add(found, os.path.join(folder, file))
    return found


def _add(found: FileSet, path: str) -> None:
    """Add a file of a folder, unless it is no DICOM file or a directory itself."""
    from ._errors import DirectoryError

    try:
        found.add(path, replace=False)
    except NotDicom:
        return
    except DirectoryError as error:
        if error.rule != "directory":
            raise


# Tracebacks, reprs and pickles name the place that users import from
make.__module__ = "dicom_core.dicomdir"
