"""What the index keeps of a patient, a study or a series: made of the data set of its first instance."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from dicom_core import DicomError, ValueDecodeError
from dicom_core.query import QueryLevel, level_of

from ._columns import LONGEST, NAMES, Forms, folded_groups, folded_words, is_plain, kept_text

if TYPE_CHECKING:
    from dicom_core import Dataset

__all__ = ["Entity", "Names", "Unpack", "attributes_of", "entity_of", "identity_of", "text_of"]

Unpack: TypeAlias = "Callable[[bytes], Dataset]"
"""Gives the data set of a header that was put (`Record.header`)."""

PATIENT: Final = QueryLevel.PATIENT.depth
STUDY: Final = QueryLevel.STUDY.depth
SERIES: Final = QueryLevel.SERIES.depth

# Character set and zone say how to read the others
_KEPT: Final = frozenset({0x00080005, 0x00080201})
_LONGEST_VALUE: Final = 64 << 10
_LONGEST_IDENTITY: Final = 512

_ID, _ISSUER, _BIRTH, _SEX = 0x00100020, 0x00100021, 0x00100030, 0x00100040
_DATE, _TIME, _ACCESSION, _STUDY_ID, _STUDY_TEXT = (
    0x00080020,
    0x00080030,
    0x00080050,
    0x00200010,
    0x00081030,
)
_MODALITY, _NUMBER, _SERIES_TEXT, _BODY_PART = 0x00080060, 0x00200011, 0x0008103E, 0x00180015  # fmt: skip


class Names(NamedTuple):
    """What is searched of the names of one entity."""

    groups: list[tuple[int, str]]
    """Tag and folded component group."""
    words: list[tuple[int, str, str | None]]
    """Tag, word, sound."""


class Entity(NamedTuple):
    """The part of a row that comes from the first instance."""

    columns: tuple[str | int | None, ...]
    """In the order of `COLUMNS`, without ``odd``."""
    odd: int
    attributes: bytes
    names: Names


COLUMNS: Final = {
    PATIENT: ("patient_id", "issuer", "birth_date", "sex"),
    STUDY: (
        "patient_id", "birth_date", "study_date", "study_time", "accession", "study_id", "description",
    ),
    SERIES: ("modality", "number", "description", "body_part"),
}  # fmt: skip
"""The columns that are matched, by level."""


def entity_of(dataset: "Dataset", depth: int) -> Entity:
    """What is kept of the patient, study or series (by `QueryLevel.depth`) that a data set is the first of."""
    forms = Forms(dataset)
    columns: tuple[str | int | None, ...]
    if depth == PATIENT:
        columns = (forms.text(_ID), forms.text(_ISSUER), forms.date(_BIRTH), forms.text(_SEX))
    elif depth == STUDY:
        columns = (
            forms.text(_ID), forms.date(_BIRTH), forms.date(_DATE), forms.time(_TIME),
            forms.text(_ACCESSION), forms.text(_STUDY_ID), forms.text(_STUDY_TEXT),
        )  # fmt: skip
    else:
        columns = (
            forms.text(_MODALITY), forms.number(_NUMBER), forms.text(_SERIES_TEXT), forms.text(_BODY_PART),
        )  # fmt: skip
    part = _part(dataset, depth)
    names, all_names = _names(part)
    return Entity(columns, int(forms.odd or not all_names), _encoded(part), names)


def identity_of(dataset: "Dataset", patient: str, study: str) -> str:
    """What makes instances one patient's; as `dicom_core.store.entities` has it.

    Studies without a Patient ID have nothing that makes them one patient's.
    """
    if not patient:
        return f"\\\\{study}"
    issuer = text_of(dataset, _ISSUER)
    found = f"{kept_text(issuer)}\\{kept_text(patient)}"
    if len(found) <= _LONGEST_IDENTITY:
        return found
    from hashlib import sha256

    return f"\\\\sha256\\{sha256(found.encode()).hexdigest()}"


def text_of(dataset: "Dataset", tag: int) -> str:
    """A single text; empty where there is none or it cannot be decoded."""
    try:
        value = dataset.get(tag)
    except ValueDecodeError:
        return ""
    return value if isinstance(value, str) else ""


def attributes_of(data: bytes) -> "Dataset":
    """The attributes of an entity that were kept."""
    from dicom_core import read_dataset

    return read_dataset(data)


def _part(dataset: "Dataset", depth: int) -> "Dataset":
    """The attributes of a level and those above; none of them is bulk data."""
    found = dataset.copy()
    for tag in list(found):
        if (level_of(tag).depth > depth and tag not in _KEPT) or _is_long(dataset, tag):
            del found[tag]
    return found


def _is_long(dataset: "Dataset", tag: int) -> bool:
    return dataset.element(tag).length > _LONGEST_VALUE


def _encoded(part: "Dataset") -> bytes:
    """The attributes as bytes; without those that cannot be written in this encoding."""
    try:
        return part.to_bytes()
    except DicomError:
        for tag in list(part):
            try:
                alone = part.copy()
                for other in list(alone):
                    if other not in {tag, *_KEPT}:
                        del alone[other]
                alone.to_bytes()
            except DicomError:
                del part[tag]
        return part.to_bytes()


def _names(part: "Dataset") -> tuple[Names, bool]:
    """The names among the attributes, and whether all of what is in them was taken."""
    groups: list[tuple[int, str]] = []
    words: list[tuple[int, str, str | None]] = []
    whole = True
    for tag in part:
        if part.element(tag).vr != "PN":
            continue
        try:
            value = part.get(tag)
        except ValueDecodeError:
            continue
        of_tag: dict[str, None] = {}
        of_words: dict[tuple[str, str | None], None] = {}
        for name in value if isinstance(value, tuple) else (value,):
            if isinstance(name, str):
                if not is_plain(name):
                    whole = False
                    continue
                of_tag.update(dict.fromkeys(folded_groups(name)))
                of_words.update(dict.fromkeys(folded_words(name)))
        # A cut one is as long as it may be
        cut = any(len(one) == LONGEST for one in (*of_tag, *(word for word, _ in of_words)))
        whole = whole and not cut and len(of_tag) <= NAMES and len(of_words) <= NAMES
        groups += [(int(tag), group) for group in list(of_tag)[:NAMES]]
        words += [(int(tag), *word) for word in list(of_words)[:NAMES]]
    return Names(groups, words), whole
