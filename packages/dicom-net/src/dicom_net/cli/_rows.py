"""Answers of a query as text for people: a line each, in columns on a terminal."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from dicom_core._display import clean
from dicom_core.query import QueryLevel

if TYPE_CHECKING:
    from dicom_core import Dataset

__all__ = ["USUAL", "columns_of", "row_of", "table"]

USUAL: Final[dict[QueryLevel | None, tuple[str, ...]]] = {
    QueryLevel.PATIENT: ("PatientID", "PatientName", "PatientBirthDate", "PatientSex"),
    QueryLevel.STUDY: (
        "StudyDate", "PatientID", "PatientName", "ModalitiesInStudy", "NumberOfStudyRelatedInstances", "AccessionNumber",
        "StudyDescription", "StudyInstanceUID",
    ),
    QueryLevel.SERIES: (
        "Modality", "SeriesNumber", "NumberOfSeriesRelatedInstances", "SeriesDescription", "SeriesInstanceUID",
    ),
    QueryLevel.IMAGE: ("InstanceNumber", "SOPClassUID", "SOPInstanceUID"),
    None: (
        "ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate",
        "ScheduledProcedureStepSequence.ScheduledProcedureStepStartTime",
        "ScheduledProcedureStepSequence.Modality",
        "ScheduledProcedureStepSequence.ScheduledStationAETitle",
        "PatientID", "PatientName", "AccessionNumber", "RequestedProcedureDescription", "StudyInstanceUID",
    ),
}  # fmt: skip
"""What is asked for at a level, and shown, where no key says otherwise."""
_LONGEST: Final = 64
_HEADS: Final = {
    "ModalitiesInStudy": "Modalities",
    "NumberOfStudyRelatedInstances": "Instances",
    "NumberOfSeriesRelatedInstances": "Instances",
}
"""Shorter words for columns that are narrow."""


def columns_of(keys: Iterable[str], asked: Iterable[str], level: QueryLevel | None) -> list[str]:
    """The columns: the usual ones that were asked for, then the keys of the user's own."""
    asked = set(asked)
    usual = [path for path in USUAL[level] if path in asked]
    return list(dict.fromkeys([*usual, *keys]))


def row_of(dataset: "Dataset", columns: Sequence[str]) -> list[str]:
    """The values of an answer, one a column, without control characters."""
    return [_text(dataset, path) for path in columns]


def _text(dataset: "Dataset", path: str) -> str:
    from dicom_core import Sequence as Items
    from dicom_core import Tag

    name, dot, rest = path.partition(".")
    tag = Tag(name)
    if tag not in dataset:
        return ""
    element = dataset.element(tag)
    if element.vr != "SQ":
        return clean(element.text).strip()
    items = element.value
    if not dot or not isinstance(items, Items) or not len(items):
        return ""
    return _text(items[0], rest)


def table(rows: Iterable[list[str]], columns: Sequence[str], *, aligned: bool) -> Iterator[str]:
    """The lines. Aligned ones need all rows first; others are separated by tabs and come as the answers do."""
    heads = [path.rpartition(".")[2] for path in columns]
    if not aligned:
        for number, row in enumerate(rows):
            if not number:
                yield "\t".join(heads)
            yield "\t".join(row)
        return
    heads = [_HEADS.get(head, head) for head in heads]
    kept = [heads, *([_short(text) for text in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*kept, strict=True)]
    for row in kept:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
