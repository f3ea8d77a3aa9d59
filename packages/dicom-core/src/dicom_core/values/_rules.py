"""The rules of each VR as data, and what of a value breaks them (PS3.5 6.2, table 6.2-1).

Reading is tolerant and keeps what it finds; validation, strict reading and setting of values ask here.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from ._date import DateRange, date_number
from ._datetime import DateTimeRange, DicomDateTime
from ._errors import InvalidValue
from ._numbers import is_decimal
from ._strings import EMPTY_KEY, UID, UniversalResource, is_uid_form
from ._time import DicomTime, TimeRange

if TYPE_CHECKING:
    from .._charset import Charset

__all__ = ["RULES", "RuleProblem", "VRRule", "check_value"]


class RuleProblem(NamedTuple):
    """One broken rule of one value."""

    vr: str
    rule: str
    """A stable name: length, repertoire, format, range, padding, odd-length, size, multiplicity, charset."""
    position: int
    """Which of several values, from 0; 0 also for what concerns the whole value field."""
    text: str
    """One sentence, without the value."""


class VRRule(NamedTuple):
    """What table 6.2-1 says of one VR."""

    most: int | None
    """The most characters of one value; None where only the value field's length is a limit."""
    least: int = 0
    """The fewest characters of a value that is not empty."""
    divided: bool = False
    """Whether a backslash separates values."""
    declared: bool = False
    """Whether Specific Character Set (0008,0005) applies."""
    strip: str = ""
    """Which spaces are not significant: "both", "right" or none."""
    size: int = 1
    """The bytes of one binary value; the value field is a multiple of it."""
    pad: str = " "
    """What makes a value field's length even."""


RULES: Final[dict[str, VRRule]] = {
    "AE": VRRule(16, 1, divided=True, strip="both"),
    "AS": VRRule(4, 4, divided=True),
    "AT": VRRule(None, size=4),
    "CS": VRRule(16, divided=True, strip="both"),
    "DA": VRRule(8, 8, divided=True),
    "DS": VRRule(16, 1, divided=True, strip="both"),
    "DT": VRRule(26, 4, divided=True, strip="right"),
    "FD": VRRule(None, size=8),
    "FL": VRRule(None, size=4),
    "IS": VRRule(12, 1, divided=True, strip="both"),
    "LO": VRRule(64, divided=True, declared=True, strip="both"),
    "LT": VRRule(10240, declared=True, strip="right"),
    "OB": VRRule(None, pad="\0"),
    "OD": VRRule(None, size=8, pad="\0"),
    "OF": VRRule(None, size=4, pad="\0"),
    "OL": VRRule(None, size=4, pad="\0"),
    "OV": VRRule(None, size=8, pad="\0"),
    "OW": VRRule(None, size=2, pad="\0"),
    "PN": VRRule(
        None, divided=True, declared=True, strip="right"
    ),  # its 64 characters are those of a group
    "SH": VRRule(16, divided=True, declared=True, strip="both"),
    "SL": VRRule(None, size=4),
    "SS": VRRule(None, size=2),
    "ST": VRRule(1024, declared=True, strip="right"),
    "SV": VRRule(None, size=8),
    "TM": VRRule(14, 2, divided=True, strip="right"),
    "UC": VRRule(None, divided=True, declared=True, strip="right"),
    "UI": VRRule(64, 1, divided=True, pad="\0"),
    "UL": VRRule(None, size=4),
    "UN": VRRule(None, pad="\0"),
    "UR": VRRule(None, strip="right"),
    "US": VRRule(None, size=2),
    "UT": VRRule(None, declared=True, strip="right"),
    "UV": VRRule(None, size=8),
}

# In the context of range matching (PS3.4 C.2.2.2.5).
_RANGE_MOST: Final = {"DA": 18, "TM": 28, "DT": 54}
_EMPTY_KEYS: Final = frozenset({"CS", "DA", "DT", "TM", "UR"})

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]").search
_CONTROL_BUT_LINES: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]").search
_AGE: Final = re.compile(r"[0-9]{3}[DWMY]").fullmatch
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,32}").fullmatch
_TIME: Final = re.compile(r"[0-9]{2}(?:[0-9]{2}(?:[0-9]{2}(?:\.[0-9]{1,6})?)?)?").fullmatch
_DATETIME: Final = re.compile(
    r"(?:[0-9]{14}(?:\.[0-9]{1,6})?|[0-9]{4}(?:[0-9]{2}){0,4})(?:[+-][0-9]{4})?"
).fullmatch
_CODE_CHARACTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _")
_TITLE_CHARACTERS: Final = frozenset(map(chr, range(0x20, 0x7F))) - {"\\"}

Found = tuple[str, str] | None


def check_value(
    vr: str, value: "str | bytes", charset: "Charset | None" = None, *, query: bool = False
) -> list[RuleProblem]:
    """What of a value breaks the rules of its VR; an empty list where nothing does.

    ``value`` is a text (several values separated as in a file) or a whole value field with its
    padding. ``charset`` decodes the latter, the default repertoire where it is not given. ``query``
    allows what a query may hold beside values: ranges, the empty key and, in text, wildcards.
    A VR that nobody knows has no rules.
    """
    rule = RULES.get(vr)
    if rule is None:
        return []
    if isinstance(
        value, str
    ):  # of numbers and tags, a text is no value field and has no rules of one
        return _check_text(vr, rule, value, query=query) if _is_text(rule, vr) else []
    problems = _check_field(vr, rule, value)
    if not _is_text(rule, vr) or not value:
        return problems
    text = _decoded(vr, rule, value, charset, problems)
    return problems + _check_text(vr, rule, text, query=query)


def _is_text(rule: VRRule, vr: str) -> bool:
    return rule.size == 1 and vr not in {"OB", "UN"}


def _check_field(vr: str, rule: VRRule, raw: bytes) -> list[RuleProblem]:
    problems = []
    if len(raw) & 1:
        problems.append(
            RuleProblem(vr, "odd-length", 0, f"a value field has an even length, not {len(raw)}")
        )
    if len(raw) % rule.size:
        problems.append(
            RuleProblem(
                vr,
                "size",
                0,
                f"{len(raw)} bytes are no multiple of the {rule.size} bytes of a value",
            )
        )
    wrong = b"\0" if rule.pad == " " else b" "
    if _is_text(rule, vr) and raw.endswith(wrong):
        name = "a space" if rule.pad == " " else "NUL"
        problems.append(
            RuleProblem(vr, "padding", 0, f"a value field of this VR is padded with {name}")
        )
    return problems


def _decoded(
    vr: str, rule: VRRule, raw: bytes, charset: "Charset | None", problems: list[RuleProblem]
) -> str:
    """The text of a value field without the padding that made it even."""
    if rule.declared:
        from .._charset import Charset

        text, found = (charset or Charset.DEFAULT).decode_checked(raw, vr)
        problems += [RuleProblem(vr, "charset", 0, problem.text) for problem in found]
    else:
        text = raw.decode("latin-1")
    # A wrong padding byte has been reported; it is not part of the value.
    text = text.rstrip("\0")
    return text[:-1] if text.endswith(" ") and rule.strip != "both" and not len(raw) & 1 else text


def _check_text(vr: str, rule: VRRule, text: str, *, query: bool) -> list[RuleProblem]:
    problems = []
    parts = text.split("\\") if rule.divided else [text]
    for index, part in enumerate(parts):
        body = part
        if rule.strip == "both":
            body = part.strip(" ")
        elif rule.strip == "right":
            body = part.rstrip(" ")
        if not body:
            padding = part == " " and 0 < index == len(parts) - 1  # after a last value of nothing
            if part and vr == "AE" and not padding:
                problems.append(
                    RuleProblem(
                        vr, "format", index, "a title that is only spaces shall not be used"
                    )
                )
            continue
        if query and _is_query_key(vr, body):
            continue
        found = [_length(rule, body), _CHECKS[vr](body)]
        problems += [
            RuleProblem(vr, name, index, sentence) for name, sentence in filter(None, found)
        ]
    return problems


def _length(rule: VRRule, body: str) -> Found:
    size = len(body)
    if rule.most is not None and size > rule.most:
        return "length", f"{size} characters where at most {rule.most} are allowed"
    if size < rule.least:
        return "length", f"{size} characters where at least {rule.least} are needed"
    return None


def _is_query_key(vr: str, body: str) -> bool:
    """Whether the text is what a query may hold and a file may not (PS3.4 C.2.2.2)."""
    if vr in _EMPTY_KEYS and body == EMPTY_KEY:
        return True
    parse = {"DA": DateRange.parse, "TM": TimeRange.parse, "DT": DateTimeRange.parse}.get(vr)
    if parse is not None and "-" in body and len(body) <= _RANGE_MOST[vr]:
        try:
            parse(body)
        except InvalidValue:
            return False
        return True
    # A code's repertoire has no wild cards; other text has them anyway (PS3.4 C.2.2.2.4).
    return vr == "CS" and len(body) <= 16 and _CODE_CHARACTERS.union("*?").issuperset(body)


def _date(body: str) -> Found:
    if len(body) != 8 or not (body.isascii() and body.isdigit()):
        return "format", "a date is YYYYMMDD"
    return None if date_number(body) > 0 else ("range", "the calendar has no such date")


def _time(body: str) -> Found:
    if _TIME(body) is None:
        return "format", "a time is HH, HHMM, HHMMSS or HHMMSS with a fraction of 1 to 6 digits"
    return _parsable(DicomTime, body, "the day has no such time")


def _datetime(body: str) -> Found:
    if len(body) > 64 or _DATETIME(body) is None:
        return (
            "format",
            "a date-time is YYYYMMDDHHMMSS.FFFFFF&ZZXX, cut after the year or any pair of digits",
        )
    if body.endswith("-0000"):
        return "range", "the offset of UTC is +0000"
    return _parsable(DicomDateTime, body, "there is no such date, time or offset")


def _parsable(cls: Callable[[str], object], body: str, sentence: str) -> Found:
    try:
        cls(body)
    except InvalidValue:
        return "range", sentence
    return None


def _integer(body: str) -> Found:
    if _INTEGER(body) is None:
        return "format", "an integer is digits with an optional sign"
    if not -0x80000000 <= int(body) <= 0x7FFFFFFF:
        return "range", "an integer is from -2147483648 to 2147483647"
    return None


def _decimal(body: str) -> Found:
    if len(body) > 256 or not is_decimal(body):
        return "format", "a decimal is digits with an optional sign, point and exponent"
    return None


def _age(body: str) -> Found:
    return None if _AGE(body) else ("format", "an age is three digits and one of D, W, M, Y")


def _code(body: str) -> Found:
    if _CODE_CHARACTERS.issuperset(body):
        return None
    return "repertoire", "a code has only A-Z, 0-9, space and underscore"


def _title(body: str) -> Found:
    if _TITLE_CHARACTERS.issuperset(body):
        return None
    return "repertoire", "a title has only ASCII characters, no backslash and no control character"


def _uid(body: str) -> Found:
    return None if is_uid_form(body) else ("format", UID.RULE)


def _resource(body: str) -> Found:
    if body.startswith(" "):
        return "format", "a URI has no leading space"
    return (
        None
        if UniversalResource.unchecked(body).is_valid and body != EMPTY_KEY
        else ("repertoire", UniversalResource.RULE)
    )


def _words(body: str) -> Found:
    return ("repertoire", "control characters are not allowed") if _CONTROL(body) else None


def _paragraphs(body: str) -> Found:
    if _CONTROL_BUT_LINES(body):
        return "repertoire", "of control characters only TAB, LF, FF and CR are allowed"
    return None


def _name(body: str) -> Found:
    if _CONTROL(body):
        return "repertoire", "control characters are not allowed"
    groups = body.split("=")
    if len(groups) > 3:
        return "format", f"{len(groups)} component groups where at most 3 are allowed"
    last = len(groups) - 1
    for place, group in enumerate(groups):
        # The length of a group includes the delimiter that ends it (PS3.5 6.2.1.2).
        if len(group) + (place != last) > 64:
            return "length", f"component group {place + 1} has more than 64 characters"
        if group.count("^") > 4:
            return "format", f"component group {place + 1} has more than 5 components"
    return None


_CHECKS: Final[dict[str, Callable[[str], Found]]] = {
    "AE": _title,
    "AS": _age,
    "CS": _code,
    "DA": _date,
    "DS": _decimal,
    "DT": _datetime,
    "IS": _integer,
    "LO": _words,
    "LT": _paragraphs,
    "PN": _name,
    "SH": _words,
    "ST": _paragraphs,
    "TM": _time,
    "UC": _words,
    "UI": _uid,
    "UR": _resource,
    "UT": _paragraphs,
}


# Tracebacks, reprs and pickles name the place that users import from
RuleProblem.__module__ = VRRule.__module__ = check_value.__module__ = "dicom_core.values"
