"""Value representations (PS3.5 6.2)."""

from enum import StrEnum, unique
from functools import cache
from typing import NamedTuple

__all__ = ["VR"]


@unique
class VR(StrEnum):
    """A value representation; a ``str``, so ``VR.PN == "PN"``.

    What the standard says of each is a property; the facts are those of PS3.5 tables 6.2-1, 7.1-1 and 7.1-2.
    """

    AE = "AE"
    AS = "AS"
    AT = "AT"
    CS = "CS"
    DA = "DA"
    DS = "DS"
    DT = "DT"
    FD = "FD"
    FL = "FL"
    IS = "IS"
    LO = "LO"
    LT = "LT"
    OB = "OB"
    OD = "OD"
    OF = "OF"
    OL = "OL"
    OV = "OV"
    OW = "OW"
    PN = "PN"
    SH = "SH"
    SL = "SL"
    SQ = "SQ"
    SS = "SS"
    ST = "ST"
    SV = "SV"
    TM = "TM"
    UC = "UC"
    UI = "UI"
    UL = "UL"
    UN = "UN"
    UR = "UR"
    US = "US"
    UT = "UT"
    UV = "UV"

    @property
    def full_name(self) -> str:
        """The name of the standard, such as ``Application Entity``."""
        return _facts()[self].name

    @property
    def max_length(self) -> int | None:
        """The most one value may have, in `length_unit`; None where the standard sets no bound."""
        return _facts()[self].length

    @property
    def length_unit(self) -> str:
        """``bytes`` or ``chars``, empty where there is no bound. Characters count after decoding (PS3.5 6.1.2.3)."""
        return _facts()[self].unit

    @property
    def fixed_length(self) -> bool:
        """Whether each value has exactly `max_length`."""
        return _facts()[self].fixed

    @property
    def length_field_size(self) -> int:
        """2 or 4: the bytes of the length field in explicit VR (PS3.5 7.1.2). With 4, two reserved bytes precede it."""
        return 2 if _facts()[self].short_field else 4

    @property
    def is_text(self) -> bool:
        """Whether values are characters."""
        return _facts()[self].repertoire != "none"

    @property
    def uses_character_set(self) -> bool:
        """Whether Specific Character Set (0008,0005) applies (PS3.5 6.1.2.3)."""
        return _facts()[self].repertoire == "extended"

    @property
    def padding(self) -> bytes:
        """What makes an odd length even: a space after text, NUL after UI and bytes (PS3.5 6.2)."""
        return b" " if self.is_text and self is not VR.UI else b"\0"

    @property
    def may_have_several(self) -> bool:
        """Whether a backslash or the length separates values: not in one long text, bytes or sequences (PS3.5 6.4)."""
        return self not in _ONE_VALUE


_ONE_VALUE = frozenset(
    {VR.LT, VR.OB, VR.OD, VR.OF, VR.OL, VR.OV, VR.OW, VR.SQ, VR.ST, VR.UN, VR.UR, VR.UT}
)


class _Facts(NamedTuple):
    name: str
    length: int | None
    unit: str
    fixed: bool
    short_field: bool
    repertoire: str


@cache
def _facts() -> dict[str, _Facts]:
    from ._generated.vrs import ROWS

    facts = {}
    for line in ROWS.splitlines():
        vr, name, length, unit, fixed, short, repertoire = line.split("\t")
        facts[vr] = _Facts(
            name, int(length) if length else None, unit, bool(fixed), bool(short), repertoire
        )
    return facts


# Tracebacks, reprs and pickles name the place that users import from
VR.__module__ = "dicom_dict"
