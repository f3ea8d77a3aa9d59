"""The limits of PS3.5 table 6.2-1 as a table, and the setting of values against them."""

import array
import datetime
from decimal import Decimal

import pytest

from dicom_core._charset import Charset, UnencodableText
from dicom_core._errors import ValueEncodeError
from dicom_core.values import (
    RULES,
    UID,
    AETitle,
    Age,
    CodeString,
    DateRange,
    DecimalString,
    DicomDate,
    DicomDateTime,
    DicomTime,
    IntegerString,
    InvalidValue,
    PersonName,
    UniversalResource,
    WrongValueType,
    check_value,
    coerce,
)
from dicom_dict import VR, DicomError, Tag

# (VR, a text that keeps every rule, texts that break the named rule)
TEXTS: dict[str, tuple[list[str], dict[str, list[str]]]] = {
    "AE": (
        ["A", "x" * 16, " A ", "~!", "a\\b"],
        {"length": ["x" * 17], "repertoire": ["é", "a\tb", "a\x7f"], "format": ["  "]},
    ),
    "AS": (["018M", "000D", "999Y", "052W"], {"length": ["18M", "0018M"], "format": ["01 M", "018m", "018X"]}),
    "CS": (
        ["", "AXIAL", "A B_9", "X" * 16, "A\\B", " A ", "A\\\\B"],
        {"length": ["X" * 17], "repertoire": ["a", "A-B", '""', "É", "*"]},
    ),
    "DA": (
        ["20250131", "00010101", "20250131\\20240229"],
        {"length": ["2025013", "202501311", "20250131 "], "format": ["2025.131", "2025-1-1", "20250l31"],
         "range": ["20250230", "20251301", "00000101"]},
    ),
    "DS": (
        ["1", "-1.5", "+.5", "5.", "1E-3", "1e+3", " 1 ", "1234567890123456", "1\\2\\3", "\\1"],
        {"length": ["12345678901234567"], "format": ["NaN", "1,5", "0x10", "1 5", "e5", ".", "--1", "١", "1_0"]},
    ),
    "DT": (
        ["2025", "202501", "20250131120000", "20250131120000.1", "20250131120000.123456+0100", "2025+0000", "2025-0500 "],
        {"length": ["202", "20250131120000.123456+01000"],
         "format": ["20250", "2025.5", "20250131120000.", "2025Z", "2025+1", "20250131120000.1234567"],
         "range": ["20251301", "2025013124", "2025+1500", "2025-0000"]},
    ),
    "IS": (
        ["0", "-5", "+5", " 42 ", "2147483647", "-2147483648", "1\\2"],
        {"length": ["0000000000042"],
         "format": ["1.0", "1e3", "0x1", "4 2", "²"], "range": ["2147483648", "-2147483649"]},
    ),
    "LO": (
        ["", "x" * 64, " x ", "é山", "a\\b"],
        {"length": ["x" * 65], "repertoire": ["a\nb", "a\x1bb", "a\0b", "a\x7f", "a\x85"]},
    ),
    "LT": (["x" * 10240, " x\r\n\t\fy\\z"], {"length": ["x" * 10241], "repertoire": ["a\x1b", "\0a", "a\x0b"]}),
    "PN": (
        ["Doe^Jane", "a^b^c^d^e=f=g", "", "x" * 64, "x" * 63 + "=" + "y" * 63 + "=" + "z" * 64, "a\\b"],
        {"length": ["x" * 65, "x" * 64 + "=y"], "format": ["a=b=c=d", "a^b^c^d^e^f"], "repertoire": ["a\nb", "a\tb"]},
    ),
    "SH": (["x" * 16, " " + "x" * 16 + " "], {"length": ["x" * 17], "repertoire": ["a\rb"]}),
    "ST": (["x" * 1024, "a\r\nb"], {"length": ["x" * 1025], "repertoire": ["a\0b"]}),
    "TM": (
        ["07", "0701", "070907", "070907.1", "070907.123456", "235960", "07 ", "07\\08"],
        {"length": ["070907.12345678", "7"], "format": ["021", "07:01", "070907.", "0701.5"], "range": ["24", "0760", "000061"]},
    ),
    "UC": (["x" * 100_000, "a\\b"], {"repertoire": ["a\nb"]}),
    "UI": (
        ["1.2.3", "1." + "1" * 62, "0.0", "1.2\\1.3"],
        {"length": ["1." + "1" * 63], "format": ["1..2", "01.2", "1.2 ", "a", "1.02", "../x", "٣"]},
    ),
    "UR": (["http://a/b?c=d#e", "../x", "%20", "a "], {"repertoire": ["a b", "é", "a\\b", "%zz", '""'], "format": [" a"]}),
    "UT": (["x" * 100_000, "a\r\nb\\c"], {"repertoire": ["\x00"]}),
}  # fmt: skip

GOOD = [(vr, text) for vr, (good, _) in TEXTS.items() for text in good]
BAD = [
    (vr, rule, text)
    for vr, (_, bad) in TEXTS.items()
    for rule, texts in bad.items()
    for text in texts
]


def test_every_vr_has_its_rule() -> None:
    assert RULES.keys() == {str(vr) for vr in VR} - {"SQ"}
    text_vrs = {vr for vr, rule in RULES.items() if rule.size == 1} - {"OB", "UN"}
    assert text_vrs == TEXTS.keys()
    assert {vr for vr, rule in RULES.items() if rule.declared} == {
        "LO",
        "LT",
        "PN",
        "SH",
        "ST",
        "UC",
        "UT",
    }


@pytest.mark.parametrize(("vr", "text"), GOOD, ids=repr)
def test_what_keeps_the_rules(vr: str, text: str) -> None:
    assert check_value(vr, text) == []
    raw = text.encode("utf-8")
    raw += RULES[vr].pad.encode() * (len(raw) & 1)
    assert check_value(vr, raw, Charset.parse("ISO_IR 192")) == []


@pytest.mark.parametrize(("vr", "rule", "text"), BAD, ids=repr)
def test_what_breaks_a_rule(vr: str, rule: str, text: str) -> None:
    problems = check_value(vr, text)
    assert rule in {problem.rule for problem in problems}
    assert all(problem.vr == vr and problem.position == 0 for problem in problems)
    # Only the rule is in the sentence; that of IS names the numbers around it.
    assert vr == "IS" or not any(len(text) > 4 and text in problem.text for problem in problems)


def test_which_of_several_values() -> None:
    assert [(found.rule, found.position) for found in check_value("CS", "A\\b\\C\\d")] == [
        ("repertoire", 1),
        ("repertoire", 3),
    ]


@pytest.mark.parametrize(
    ("vr", "raw", "rules"),
    [
        ("LO", b"abc", ["odd-length"]),
        ("LO", b"abc\0", ["padding"]),
        ("UI", b"1.2 ", ["padding"]),
        ("UI", b"1.2\0", []),
        ("US", b"\1\0\2", ["odd-length", "size"]),
        ("US", b"\1\0\2\0", []),
        ("FD", b"12345678", []),
        ("FD", b"1234", ["size"]),
        ("AT", b"123456", ["size"]),
        ("OW", b"12", []),
        ("OF", b"12", ["size"]),
        ("OB", b"1", ["odd-length"]),
        ("OB", b"12", []),
        ("UN", b"\0 ", []),
        ("LO", b"M\xfcller", ["charset"]),
        ("CS", b"\xe9A", ["repertoire"]),
        ("LO", b"", []),
        ("XX", b"x", []),
    ],
)
def test_value_fields(vr: str, raw: bytes, rules: list[str]) -> None:
    assert [problem.rule for problem in check_value(vr, raw)] == rules


def test_characters_are_counted_not_bytes() -> None:
    raw = ("山" * 64).encode()
    assert check_value("LO", raw, Charset.parse("ISO_IR 192")) == []
    assert [
        found.rule
        for found in check_value("LO", ("山" * 65).encode() + b" ", Charset.parse("ISO_IR 192"))
    ] == ["length"]


@pytest.mark.parametrize(
    ("vr", "text"),
    [("DA", "20250101-20250131"), ("DA", "-20250131"), ("TM", "07-08"), ("DT", "2025-"), ("DA", '""'), ("CS", '""'),
     ("UR", '""'), ("CS", "A*"), ("CS", "?T")],
)  # fmt: skip
def test_what_only_a_query_may_hold(vr: str, text: str) -> None:
    assert check_value(vr, text)
    assert check_value(vr, text, query=True) == []


# --- setting ---------------------------------------------------------------------------------

SET: list[tuple[str, object, object, type]] = [
    ("AE", "STORESCU", "STORESCU", AETitle),
    ("AS", "045Y", Age("045Y"), Age),
    ("AT", "PatientName", Tag(0x00100010), Tag),
    ("AT", 0x00100010, Tag(0x00100010), Tag),
    ("CS", "AXIAL", "AXIAL", CodeString),
    ("DA", "20250131", DicomDate("20250131"), DicomDate),
    ("DA", datetime.date(2025, 1, 31), DicomDate("20250131"), DicomDate),
    ("DA", "20250131-", DateRange.parse("20250131-"), DateRange),
    ("DS", 0.5, 0.5, DecimalString),
    ("DS", "0.50", 0.5, DecimalString),
    ("DS", Decimal("0.5"), 0.5, DecimalString),
    ("DS", 3, 3, DecimalString),
    ("DT", datetime.datetime(2025, 1, 31, 12), DicomDateTime("20250131120000"), DicomDateTime),  # noqa: DTZ001
    ("FL", 1, 1.0, float),
    ("FD", 0.1, 0.1, float),
    ("IS", 42, 42, IntegerString),
    ("IS", "42", 42, IntegerString),
    ("LO", " x ", "x", str),
    ("LT", " x ", " x", str),
    ("OB", bytearray(b"ab"), b"ab", bytes),
    ("OW", array.array("H", [1, 2]), b"\1\0\2\0", bytes),
    ("OB", b"abc", b"abc\0", bytes),
    ("PN", "Doe^Jane", "Doe^Jane", PersonName),
    ("SH", "x", "x", str),
    ("SS", -5, -5, int),
    ("TM", datetime.time(7, 9, 7), DicomTime("070907"), DicomTime),
    ("UI", "1.2.3", "1.2.3", UID),
    ("UL", array.array("I", [7]), 7, int),
    ("UR", "http://x", "http://x", UniversalResource),
    ("US", (1, 2), (1, 2), tuple),
    ("CS", ["A", "B"], ("A", "B"), tuple),
    ("CS", ["A"], "A", CodeString),
    ("DS", [1, None, 2.5], (1, None, 2.5), tuple),
    ("LO", None, None, type(None)),
    ("LO", "", None, type(None)),
    ("LO", [], None, type(None)),
    ("OB", b"", None, type(None)),
]


@pytest.mark.parametrize(("vr", "given", "value", "kind"), SET, ids=repr)
def test_setting(vr: str, given: object, value: object, kind: type) -> None:
    found = coerce(vr, given)
    assert found == value
    assert type(found) is kind
    assert coerce(vr, found) == found


NOT_SET: list[tuple[str, object, type[DicomError]]] = [
    ("AE", "x" * 17, InvalidValue),
    ("CS", "lower", InvalidValue),
    ("CS", 5, WrongValueType),
    ("DA", "20251301", InvalidValue),
    ("DA", "2025.01.31", InvalidValue),
    ("DA", 20250131, WrongValueType),
    ("DA", datetime.datetime(2025, 1, 31), WrongValueType),  # noqa: DTZ001
    ("TM", "24", InvalidValue),
    ("TM", datetime.date(2025, 1, 1), WrongValueType),
    ("DT", datetime.date(2025, 1, 1), WrongValueType),
    ("DS", "x", InvalidValue),
    ("DS", "0.12345678901234567", InvalidValue),
    ("DS", True, WrongValueType),
    ("DS", [[1]], WrongValueType),
    ("IS", 2**31, InvalidValue),
    ("IS", 1.5, WrongValueType),
    ("IS", "1.0", InvalidValue),
    ("LO", "x" * 65, InvalidValue),
    ("LO", "a\\b", InvalidValue),
    ("LO", b"bytes", WrongValueType),
    ("LT", ["a", "b"], InvalidValue),
    ("PN", "a^b^c^d^e^f", InvalidValue),
    ("PN", 5, WrongValueType),
    ("US", 65536, InvalidValue),
    ("US", -1, InvalidValue),
    ("US", 1.5, WrongValueType),
    ("US", "5", WrongValueType),
    ("US", True, WrongValueType),
    ("US", [1, None], WrongValueType),
    ("US", [True], WrongValueType),
    ("SV", 2**63, InvalidValue),
    ("FL", 1e39, InvalidValue),
    ("FL", "1", WrongValueType),
    ("AT", "nonsense", InvalidValue),
    ("AT", 1.5, WrongValueType),
    ("OB", "text", WrongValueType),
    ("OB", 5, WrongValueType),
    ("OF", b"12", InvalidValue),
    ("UI", "1..2", InvalidValue),
    ("UR", "a b", InvalidValue),
    ("UR", ["a", "b"], InvalidValue),
]


@pytest.mark.parametrize(("vr", "given", "error"), NOT_SET, ids=repr)
def test_not_setting(vr: str, given: object, error: type[DicomError]) -> None:
    with pytest.raises(error) as caught:
        coerce(vr, given)
    assert isinstance(caught.value, ValueEncodeError)
    assert isinstance(caught.value, TypeError if error is WrongValueType else ValueError)
    assert caught.value.vr == vr
    assert vr in str(caught.value)
    if isinstance(given, str) and len(given) > 4:
        assert given not in str(caught.value)


def test_what_a_file_held_is_taken_as_it_is() -> None:
    for value in (CodeString.unchecked("lower"), CodeString.unchecked("x" * 20)):
        assert coerce("CS", value) is value
    assert coerce("DS", DecimalString("0" * 20 + "1")) == 1


def test_setting_with_a_character_set() -> None:
    assert coerce("LO", "Müller", Charset.parse("ISO_IR 100")) == "Müller"
    with pytest.raises(UnencodableText):
        coerce("LO", "Müller", Charset.DEFAULT)
