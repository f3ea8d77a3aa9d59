"""The Python values of DICOM's value representations.

| VR | one value is | several values are |
|---|---|---|
| AE | `AETitle` (a `str`) | a tuple |
| AS | `Age` | a tuple |
| AT | `Tag` (an `int`) | a tuple |
| CS | `CodeString` (a `str`) | a tuple |
| DA | `DicomDate`; in a query also `DateRange` | a tuple |
| DS | `DecimalString` (a `float` that keeps its text) | a tuple |
| DT | `DicomDateTime`; in a query also `DateTimeRange` | a tuple |
| FL, FD | `float` | a tuple |
| IS | `IntegerString` (an `int` that keeps its text) | a tuple |
| LO, SH, UC | `str` | a tuple |
| LT, ST, UT | `str` | never: a backslash is a character |
| OB, OD, OF, OL, OV, OW, UN | `bytes` | never |
| PN | `PersonName` (a `str`) | a tuple |
| SL, SS, SV, UL, US, UV | `int` | a tuple |
| TM | `DicomTime`; in a query also `TimeRange` | a tuple |
| UI | `UID` (a `str`) | a tuple |
| UR | `UniversalResource` (a `str`) | never |

No value at all is `None`. Among several values an empty text is an empty text of the type, an empty number or date is `None`.
Values are frozen, compare and sort by what they mean, hash and pickle.
"""

from typing import TYPE_CHECKING, Final

from dicom_dict.lazy import door

if TYPE_CHECKING:
    from .._charset import UnencodableText
    from ._age import Age
    from ._coerce import coerce
    from ._date import DateRange, DicomDate
    from ._datetime import DateTimeRange, DicomDateTime
    from ._errors import InvalidValue, WrongValueType
    from ._name_group import NameGroup
    from ._numbers import DecimalString, IntegerString
    from ._person_name import PersonName
    from ._rules import RULES, RuleProblem, VRRule, check_value
    from ._strings import UID, AETitle, CodeString, UniversalResource
    from ._time import DicomTime, TimeRange

__all__ = [
    "RULES", "UID", "AETitle", "Age", "CodeString", "DateRange", "DateTimeRange", "DecimalString",
    "DicomDate", "DicomDateTime", "DicomTime", "IntegerString", "InvalidValue", "NameGroup", "PersonName",
    "RuleProblem", "TimeRange", "UnencodableText", "UniversalResource", "VRRule", "WrongValueType", "check_value", "coerce",
]  # fmt: skip

_DOOR: Final = {
    ".._charset": "UnencodableText",
    "._age": "Age",
    "._coerce": "coerce",
    "._date": "DateRange DicomDate",
    "._datetime": "DateTimeRange DicomDateTime",
    "._errors": "InvalidValue WrongValueType",
    "._name_group": "NameGroup",
    "._numbers": "DecimalString IntegerString",
    "._person_name": "PersonName",
    "._rules": "RULES RuleProblem VRRule check_value",
    "._strings": "UID AETitle CodeString UniversalResource",
    "._time": "DicomTime TimeRange",
}

if not TYPE_CHECKING:  # a checker reads the imports above, and then knows a misspelt name
    __getattr__, __dir__ = door(globals(), _DOOR)
