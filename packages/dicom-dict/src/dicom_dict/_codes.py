"""Coded concepts (PS3.3 8), and the tables of PS3.16 that list them one by one.

Each table stays a string until it is asked; the definitions, which are prose, have a module of
their own and load for `DcmCode.definition` alone.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from ._errors import UnknownEntry

__all__ = [
    "Code", "CodingScheme", "DcmCode", "body_parts", "coding_scheme", "coding_schemes",
    "dcm_code", "dcm_codes", "srt_to_sct",
]  # fmt: skip


class Code:
    """A coded concept: a value in a coding scheme, and what it means.

    Equal when value and scheme are equal: the meaning is for people, differs by edition and
    language, and identifies nothing (PS3.3 8.3).

    >>> Code("121058", "DCM", "Procedure reported") == Code("121058", "DCM", "anything")
    True
    """

    __slots__ = ("meaning", "scheme", "value", "version")
    __match_args__ = ("value", "scheme", "meaning")

    value: str
    scheme: str
    """The coding scheme designator, such as ``DCM``, ``SCT``, ``LN``, ``UCUM``."""
    meaning: str
    version: str
    """The coding scheme version, where the designator alone does not identify the scheme."""

    def __init__(self, value: str, scheme: str, meaning: str = "", version: str = "") -> None:
        put = object.__setattr__
        put(self, "value", value)
        put(self, "scheme", scheme)
        put(self, "meaning", meaning)
        put(self, "version", version)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Code does not change; {name} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a Code does not change; {name} cannot be deleted")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Code):
            return NotImplemented
        return self.value == other.value and self.scheme == other.scheme

    def __hash__(self) -> int:
        return hash((self.value, self.scheme))

    def __reduce__(self) -> tuple[type["Code"], tuple[str, str, str, str]]:
        return type(self), (self.value, self.scheme, self.meaning, self.version)

    def __repr__(self) -> str:
        version = f", {self.version!r}" if self.version else ""
        return f"Code({self.value!r}, {self.scheme!r}, {self.meaning!r}{version})"

    def __str__(self) -> str:
        scheme = f"{self.scheme} [{self.version}]" if self.version else self.scheme
        return f'({self.value}, {scheme}, "{self.meaning}")'


class DcmCode(NamedTuple):
    """A row of PS3.16 table D-1, the codes that DICOM itself defines."""

    value: str
    meaning: str
    keyword: str
    """The name of the constant in `dicom_dict.codes`; made from the meaning."""
    retired: bool

    @property
    def code(self) -> Code:
        """The coded concept."""
        return Code(self.value, "DCM", self.meaning)

    @property
    def definition(self) -> str:
        """What the standard says the code stands for; empty for a few retired ones."""
        return _definitions().get(self.value, "")


class CodingScheme(NamedTuple):
    """A coding scheme and its UID (PS3.6 table A-1, PS3.16 table 8-1)."""

    designator: str
    uid: str
    name: str


def _split(text: str, fields: int) -> Iterator[tuple[str, ...]]:
    """The rows of a generated table."""
    flat = text.replace("\n", "\t").split("\t")
    flat.pop()
    return zip(*[iter(flat)] * fields, strict=True)


@cache
def _dcm_rows() -> dict[str, tuple[str, ...]]:
    from ._generated.codes import ROWS

    return {row[0]: row for row in _split(ROWS, 4)}


@cache
def _dcm_by_keyword() -> dict[str, str]:
    return {row[2]: row[0] for row in _dcm_rows().values()}


@cache
def _dcm_by_meaning() -> dict[str, str]:
    """Values by meaning; of codes that share one the lowest that is not retired."""
    found: dict[str, str] = {}
    for row in sorted(_dcm_rows().values(), key=lambda row: row[3]):
        found.setdefault(row[1], row[0])
    return found


@cache
def _definitions() -> dict[str, str]:
    from ._generated.code_definitions import ROWS

    return dict(line.split("\t") for line in ROWS.splitlines())


def _entry(row: tuple[str, ...]) -> DcmCode:
    return DcmCode(row[0], row[1], row[2], row[3] == "1")


def dcm_code(key: str | int) -> DcmCode:
    """The DCM code of this value, keyword or meaning; ``UnknownEntry`` names the nearest ones.

    >>> dcm_code("121058").meaning
    'Procedure reported'
    """
    text = str(key)
    rows = _dcm_rows()
    row = rows.get(text) or rows.get(_dcm_by_keyword().get(text, ""))
    if row is None:
        row = rows.get(_dcm_by_meaning().get(text, ""))
    if row is None:
        raise _unknown_dcm(text)
    return _entry(row)


def _unknown_dcm(text: str) -> UnknownEntry:
    from ._nearest import nearest

    if text.isdigit():
        near = nearest(text, _dcm_rows())
        return UnknownEntry("DCM code", text, (f"{v} {_dcm_rows()[v][1]}" for v in near))
    return UnknownEntry("DCM code", text, nearest(text, [*_dcm_by_keyword(), *_dcm_by_meaning()]))


def dcm_codes() -> Iterator[DcmCode]:
    """Every DCM code, retired ones too: the words first, then the numbers in their order."""
    return map(_entry, _dcm_rows().values())


@cache
def _srt() -> dict[str, str]:
    from ._generated.code_lists import SRT_TO_SCT

    return dict(line.split("\t") for line in SRT_TO_SCT.splitlines())


def srt_to_sct(value: str) -> str | None:
    """The SNOMED CT code (SCT) of a retired SNOMED-RT style code (SRT), or None (PS3.16 8.1).

    >>> srt_to_sct("T-B7000")
    '111002'
    """
    return _srt().get(value)


@cache
def body_parts() -> Mapping[str, str]:
    """The defined terms of Body Part Examined (0018,0015) and their meanings (PS3.16 Annex L)."""
    from ._generated.code_lists import BODY_PARTS

    return MappingProxyType(dict(line.split("\t") for line in BODY_PARTS.splitlines()))


@cache
def coding_schemes() -> tuple[CodingScheme, ...]:
    """The coding schemes with a UID that DICOM assigned, in the order of their designators."""
    from ._generated.code_lists import SCHEMES

    return tuple(CodingScheme(*row) for row in _split(SCHEMES, 3))


def coding_scheme(key: str) -> CodingScheme:
    """The coding scheme of this designator, UID or name."""
    for scheme in coding_schemes():
        if key in scheme:
            return scheme
    from ._nearest import nearest

    raise UnknownEntry("coding scheme", key, nearest(key, [s.designator for s in coding_schemes()]))


# Tracebacks, reprs and pickles name the place that users import from
Code.__module__ = DcmCode.__module__ = CodingScheme.__module__ = "dicom_dict"
dcm_code.__module__ = dcm_codes.__module__ = srt_to_sct.__module__ = "dicom_dict"
coding_scheme.__module__ = "dicom_dict"
