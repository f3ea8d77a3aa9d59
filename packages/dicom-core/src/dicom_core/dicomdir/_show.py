"""A file-set as an indented list, for terminals: no control character of a record reaches one."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from .._display import clean

if TYPE_CHECKING:
    from ._file_set import FileSet
    from ._record import Record

__all__ = ["line_of", "tree_of"]

_SHOWN: Final = {
    "PATIENT": ("PatientID", "PatientName"),
    "STUDY": ("StudyDate", "StudyTime", "StudyID", "StudyDescription"),
    "SERIES": ("Modality", "SeriesNumber", "SeriesDescription"),
}


def tree_of(found: "FileSet") -> Iterator[str]:
    """A line a record, indented by its level."""
    stack = [(record, 0) for record in reversed(found.records)]
    while stack:
        record, depth = stack.pop()
        yield "    " * min(depth, 20) + line_of(record)
        stack.extend((child, depth + 1) for child in reversed(record.children))


def line_of(record: "Record") -> str:
    """Type, what tells one record from the next, and the file."""
    dataset = record.dataset
    words = [record.type or "(no type)"]
    for keyword in _SHOWN.get(record.type, ("InstanceNumber",)):
        if keyword in dataset and (text := dataset.element(keyword).text):
            words.append(text)
    if record.file_id:
        words.append("-> " + "/".join(record.file_id))
    return clean(" ".join(words))
