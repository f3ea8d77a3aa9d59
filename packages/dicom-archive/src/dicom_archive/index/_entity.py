"""What the index keeps of a patient, a study or a series: made of the data set of its first instance."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from dicom_core import DicomError, ValueDecodeError
from dicom_core.query import QueryLevel, level_of

from ._columns import NAMES, Forms, folded_groups, folded_words, is_plain, kept_text

if TYPE_CHECKING:
    from dicom_core import DataElement, Dataset

__all__ = ["Entity", "Names", "Source", "Unpack", "attributes_of", "identity_of", "text_of"]

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


class Source:
    """The data set of a first instance. Patient, study and series often have the same one, so that its parts are kept."""

    __slots__ = ("_dataset", "_elements", "_names")

    def __init__(self, dataset: "Dataset") -> None:
        self._dataset = dataset
        self._elements: list[tuple[int, DataElement]] | None = None
        self._names: dict[int, _NamesOf] = {}

    def entity(self, depth: int) -> Entity:
        """What is kept of the patient, study or series (by `QueryLevel.depth`)."""
        forms = Forms(self._dataset)
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
        elements = [element for level, element in self._kept() if level <= depth]
        names, whole = self._names_of(elements)
        return Entity(columns, int(forms.odd or not whole), _encoded(elements), names)

    def _kept(self) -> "list[tuple[int, DataElement]]":
        """The elements of series and above, each with the level that it belongs to."""
        found = self._elements
        if found is None:
            found = self._elements = []
            dataset = self._dataset
            for tag in dataset:
                level = PATIENT if tag in _KEPT else level_of(tag).depth
                if level <= SERIES:
                    found.append((level, dataset.element(tag)))
        return found

    def _names_of(self, elements: "list[DataElement]") -> tuple[Names, bool]:
        """The names among some elements, and whether all of what is in them was taken."""
        found = Names([], [])
        whole = True
        for element in elements:
            if element.vr == "PN":
                tag = int(element.tag)
                names = self._names.get(tag)
                if names is None:
                    names = self._names[tag] = _names_in(element)
                found.groups.extend((tag, group) for group in names.groups)
                found.words.extend((tag, *word) for word in names.words)
                whole = whole and names.whole
        return found, whole


class _NamesOf(NamedTuple):
    """What is searched of the names of one attribute."""

    groups: list[str]
    words: list[tuple[str, str | None]]
    whole: bool


def _names_in(element: "DataElement") -> _NamesOf:
    groups: dict[str, None] = {}
    words: dict[tuple[str, str | None], None] = {}
    whole = True
    try:
        value = element.value
    except ValueDecodeError:
        value = None
    for name in value if isinstance(value, tuple) else (value,):
        if isinstance(name, str):
            if is_plain(name):
                groups.update(dict.fromkeys(folded_groups(name)))
                words.update(dict.fromkeys(folded_words(name)))
            else:
                whole = False
    whole = whole and len(groups) <= NAMES and len(words) <= NAMES
    return _NamesOf(list(groups)[:NAMES], list(words)[:NAMES], whole)


def _encoded(elements: "list[DataElement]") -> bytes:
    """Elements as a data set; without those that are long or cannot be written in this encoding."""
    made = _data_set(elements)
    try:
        data = made.to_bytes()
    except DicomError:
        data = None
    if data is not None and len(data) <= _LONGEST_VALUE:
        return data
    sets = [element for element in elements if element.tag in _KEPT]
    return _data_set(
        [element for element in elements if _is_short(element, sets)],
    ).to_bytes()


def _data_set(elements: "list[DataElement]") -> "Dataset":
    from dicom_core import Dataset

    made = Dataset()
    for element in elements:
        made[element.tag] = element
    return made


def _is_short(element: "DataElement", sets: "list[DataElement]") -> bool:
    if element.length > _LONGEST_VALUE:
        return False
    try:
        return len(_data_set([*sets, element]).to_bytes()) <= _LONGEST_VALUE
    except DicomError:
        return False
