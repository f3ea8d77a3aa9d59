"""The confidentiality profile of PS3.15 Annex E: what to do with each attribute, under each option."""

from collections.abc import Mapping, Sequence
from enum import StrEnum, unique
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from ._errors import UnknownEntry
from ._tag import Tag

__all__ = [
    "DeidentificationAction",
    "DeidentificationConcept",
    "DeidentificationOption",
    "DeidentificationRow",
    "deidentification_actions",
    "deidentification_concept",
    "deidentification_concepts",
    "deidentification_row",
    "find_deidentification_concept",
]


@unique
class DeidentificationAction(StrEnum):
    """An action code of table E.1-1a; the value is the code as the standard writes it."""

    DUMMY = "D"
    ZERO = "Z"
    REMOVE = "X"
    KEEP = "K"
    CLEAN = "C"
    REPLACE_UID = "U"
    ZERO_OR_DUMMY = "Z/D"
    REMOVE_OR_ZERO = "X/Z"
    REMOVE_OR_DUMMY = "X/D"
    REMOVE_OR_ZERO_OR_DUMMY = "X/Z/D"
    REMOVE_OR_ZERO_OR_REPLACE_UIDS = "X/Z/U*"

    @property
    def meaning(self) -> str:
        """What the standard says the code means."""
        return _meanings()[self]

    @property
    def choices(self) -> tuple["DeidentificationAction", ...]:
        """The simple actions among which the IOD decides, the first that keeps the IOD valid; else this one alone."""
        return tuple(DeidentificationAction(code) for code in self.rstrip("*").split("/"))


@unique
class DeidentificationOption(StrEnum):
    """An option of the profile (PS3.15 E.3).

    The two pixel options say nothing about attributes and have no column in table E.1-1.
    """

    CLEAN_PIXEL_DATA = "clean_pixel_data"
    CLEAN_RECOGNIZABLE_VISUAL_FEATURES = "clean_recognizable_visual_features"
    CLEAN_GRAPHICS = "clean_graphics"
    CLEAN_STRUCTURED_CONTENT = "clean_structured_content"
    CLEAN_DESCRIPTORS = "clean_descriptors"
    RETAIN_LONGITUDINAL_FULL_DATES = "retain_longitudinal_full_dates"
    RETAIN_LONGITUDINAL_MODIFIED_DATES = "retain_longitudinal_modified_dates"
    RETAIN_PATIENT_CHARACTERISTICS = "retain_patient_characteristics"
    RETAIN_DEVICE_IDENTITY = "retain_device_identity"
    RETAIN_UIDS = "retain_uids"
    RETAIN_SAFE_PRIVATE = "retain_safe_private"
    RETAIN_INSTITUTION_IDENTITY = "retain_institution_identity"

    @property
    def code(self) -> str:
        """The DCM code that De-identification Method Code Sequence (0012,0064) records (CID 7050)."""
        return _codes()[self][0]

    @property
    def meaning(self) -> str:
        """The meaning of the code."""
        return _codes()[self][1]

    @property
    def has_column(self) -> bool:
        """Whether table E.1-1 has a column for it."""
        return self in _COLUMNS


_O = DeidentificationOption
# The option columns in the order of the generated table.
_COLUMNS = (
    _O.RETAIN_SAFE_PRIVATE,
    _O.RETAIN_UIDS,
    _O.RETAIN_DEVICE_IDENTITY,
    _O.RETAIN_INSTITUTION_IDENTITY,
    _O.RETAIN_PATIENT_CHARACTERISTICS,
    _O.RETAIN_LONGITUDINAL_FULL_DATES,
    _O.RETAIN_LONGITUDINAL_MODIFIED_DATES,
    _O.CLEAN_DESCRIPTORS,
    _O.CLEAN_STRUCTURED_CONTENT,
    _O.CLEAN_GRAPHICS,
)
_CONCEPT_COLUMNS = _COLUMNS[1:8]


class DeidentificationRow(NamedTuple):
    """A row of table E.1-1."""

    tag: Tag
    """Of a row for many tags, the lowest of them."""
    pattern: str
    """Of a row for many tags its mask, such as ``60xx3000``, or ``private`` for all odd groups; else empty."""
    name: str
    retired: bool
    in_standard_iod: bool
    basic: DeidentificationAction
    """What the profile does without options."""
    options: Mapping[DeidentificationOption, DeidentificationAction]
    """What an option does instead; an option that is not here changes nothing."""

    @property
    def keyword(self) -> str:
        """The keyword of the data dictionary; empty for a row of many tags."""
        return "" if self.pattern else self.tag.keyword or ""


class DeidentificationConcept(NamedTuple):
    """A row of table E.3.4-1: what happens to content items of this concept name."""

    code: str
    scheme: str
    value_type: str
    """Of the content items that the row is about, as in Value Type (0040,A040)."""
    meaning: str
    basic: DeidentificationAction
    """What the Clean Structured Content Option does by itself."""
    options: Mapping[DeidentificationOption, DeidentificationAction]


@cache
def _meanings() -> dict[str, str]:
    from ._generated.deidentification import ACTIONS

    return dict(line.split("\t") for line in ACTIONS.splitlines())


@cache
def _codes() -> dict[str, tuple[str, str]]:
    from ._generated.deidentification import CODES

    rows = (line.split("\t") for line in CODES.splitlines())
    return {option: (code, meaning) for option, code, meaning in rows}


class _Profile:
    """Table E.1-1 taken apart: the rows in their order, by tag, and the few rows of masks."""

    def __init__(self) -> None:
        from ._generated.deidentification import ROWS

        self.rows = tuple(_row(line.split("\t")) for line in ROWS.splitlines())
        self.by_tag = {row.tag: row for row in self.rows if not row.pattern}
        self.private = next(row for row in self.rows if row.pattern == "private")
        self.masks = tuple(
            (int("".join("0" if digit == "x" else "F" for digit in row.pattern), 16), row)
            for row in self.rows
            if "x" in row.pattern
        )


def _row(fields: list[str]) -> DeidentificationRow:
    pattern, name, retired, standard, basic, *options = fields
    if pattern == "private":
        tag = 0x00010000
    else:
        tag = int(pattern.replace("x", "0"), 16)
        pattern = pattern if "x" in pattern else ""
    return DeidentificationRow(
        Tag(tag), pattern, name, retired == "1", standard == "1",
        DeidentificationAction(basic), _options(_COLUMNS, options),
    )  # fmt: skip


def _options(
    columns: Sequence[DeidentificationOption], actions: Sequence[str]
) -> Mapping[DeidentificationOption, DeidentificationAction]:
    pairs = zip(columns, actions, strict=True)
    return MappingProxyType(
        {option: DeidentificationAction(action) for option, action in pairs if action}
    )


@cache
def _profile() -> _Profile:
    return _Profile()


def deidentification_actions() -> tuple[DeidentificationRow, ...]:
    """Every row of table E.1-1, in the order of the table (by name)."""
    return _profile().rows


def deidentification_row(tag: int | str) -> DeidentificationRow | None:
    """The row that speaks of this element, or None where the profile leaves it alone.

    Curves, overlays and private elements have a row for their whole range.

    >>> deidentification_row("PatientName").basic.value
    'Z'
    >>> deidentification_row(0x60023000).name
    'Overlay Data'
    """
    number = Tag(tag) if isinstance(tag, str) else tag
    profile = _profile()
    row = profile.by_tag.get(Tag(number))
    if row is not None:
        return row
    if number & 0x10000:  # an odd group (PS3.5 7.8)
        return profile.private
    for mask, row in profile.masks:
        if number & mask == row.tag:
            return row
    return None


@cache
def _concepts() -> Mapping[tuple[str, str], tuple[DeidentificationConcept, ...]]:
    found: dict[tuple[str, str], tuple[DeidentificationConcept, ...]] = {}
    for row in deidentification_concepts():
        key = row.code, row.scheme
        found[key] = (*found.get(key, ()), row)
    return found


@cache
def deidentification_concepts() -> tuple[DeidentificationConcept, ...]:
    """Every row of table E.3.4-1."""
    from ._generated.deidentification import CONCEPTS

    return tuple(
        DeidentificationConcept(
            code, scheme, value_type, meaning,
            DeidentificationAction(basic), _options(_CONCEPT_COLUMNS, options),
        )
        for code, scheme, value_type, meaning, basic, *options in (
            line.split("\t") for line in CONCEPTS.splitlines()
        )
    )  # fmt: skip


def find_deidentification_concept(
    code: str, scheme: str, value_type: str = ""
) -> DeidentificationConcept | None:
    """The row of a concept name, or None where the option has no opinion about it.

    A few concepts have a row for each of several value types; with no value type the first is given.
    """
    rows = _concepts().get((code, scheme), ())
    return next((row for row in rows if value_type in {"", row.value_type}), None)


def deidentification_concept(
    code: str, scheme: str, value_type: str = ""
) -> DeidentificationConcept:
    """The row of a concept name; ``UnknownEntry`` names the nearest ones.

    >>> deidentification_concept("121022", "DCM").meaning
    'Accession Number'
    """
    row = find_deidentification_concept(code, scheme, value_type)
    if row is None:
        from ._nearest import nearest

        codes = [known for known, designator in _concepts() if designator == scheme]
        asked = f"({code}, {scheme}{', ' + value_type if value_type else ''})"
        raise UnknownEntry("concept of table E.3.4-1", asked, nearest(code, codes))
    return row


# Tracebacks, reprs and pickles name the place that users import from
DeidentificationAction.__module__ = DeidentificationOption.__module__ = "dicom_dict"
DeidentificationRow.__module__ = DeidentificationConcept.__module__ = "dicom_dict"
deidentification_actions.__module__ = deidentification_row.__module__ = "dicom_dict"
find_deidentification_concept.__module__ = deidentification_concept.__module__ = "dicom_dict"
