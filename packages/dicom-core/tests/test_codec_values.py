"""Every VR from bytes and back: tables, hostile cases, properties, and pydicom beside it."""

import array
import struct
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataelem import RawDataElement

from dicom_core._charset import Charset
from dicom_core._codec import _MOST_KNOWN, _any_time, _known_codes, _times, decode
from dicom_core._errors import ValueDecodeError
from dicom_core.values import (
    UID,
    AETitle,
    Age,
    CodeString,
    DateRange,
    DateTimeRange,
    DecimalString,
    DicomDate,
    DicomDateTime,
    DicomTime,
    IntegerString,
    NameGroup,
    PersonName,
    TimeRange,
    UniversalResource,
)
from dicom_core.values._encode import encode
from dicom_dict import VR, Tag

ASCII = Charset.DEFAULT
UTF8 = Charset.parse("ISO_IR 192")

# (VR, value field in little endian, value, type of the value or of the first of several)
TABLE: list[tuple[str, bytes, object, type]] = [
    ("AE", b"STORESCU", "STORESCU", AETitle),
    ("AE", b" A B  ", "A B", AETitle),
    ("AS", b"045Y", Age("045Y"), Age),
    ("AT", b"\x10\x00\x20\x00", Tag(0x00100020), Tag),
    ("AT", b"\x10\x00\x20\x00\x28\x00\x10\x00", (Tag(0x00100020), Tag(0x00280010)), Tag),
    ("CS", b"ORIGINAL\\PRIMARY\\AXIAL ", ("ORIGINAL", "PRIMARY", "AXIAL"), CodeString),
    ("CS", b"\\B ", ("", "B"), CodeString),
    ("CS", b"lower\xe9", "lower\xe9", CodeString),
    ("DA", b"20250131", DicomDate("20250131"), DicomDate),
    ("DA", b"2025.01.31", DicomDate("20250131"), DicomDate),
    ("DA", b"20250101\\20250131 ", (DicomDate("20250101"), DicomDate("20250131")), DicomDate),
    ("DA", b"20250101-20250131 ", DateRange.parse("20250101-20250131"), DateRange),
    ("DS", b"0.3125\\0.3125 ", (0.3125, 0.3125), DecimalString),
    ("DS", b"1\\\\2 ", (1.0, None, 2.0), DecimalString),
    ("DS", b"1.5\0", 1.5, DecimalString),
    (
        "DT",
        b"20250131120000.123456+0100",
        DicomDateTime("20250131120000.123456+0100"),
        DicomDateTime,
    ),
    ("DT", b"2025-2026 ", DateTimeRange.parse("2025-2026"), DateTimeRange),
    ("FD", struct.pack("<d", 0.1), 0.1, float),
    ("FL", struct.pack("<2f", 0.5, -1.5), (0.5, -1.5), float),
    ("IS", b"  42 ", 42, IntegerString),
    ("IS", b"1\\-2\\+3 ", (1, -2, 3), IntegerString),
    ("IS", b"5\0", 5, IntegerString),
    ("IS", b"1.0 ", 1, IntegerString),
    ("LO", b" two words ", "two words", str),
    ("LO", b"a \\ b ", ("a", "b"), str),
    ("LT", b" keeps\\all ", " keeps\\all", str),
    ("OB", b"\0\1", b"\0\1", bytes),
    ("OD", b"\0" * 8, b"\0" * 8, bytes),
    ("OF", b"\0" * 4, b"\0" * 4, bytes),
    ("OL", b"\0" * 4, b"\0" * 4, bytes),
    ("OV", b"\0" * 8, b"\0" * 8, bytes),
    ("OW", b"\0\1", b"\0\1", bytes),
    ("PN", b"Doe^Jane", "Doe^Jane", PersonName),
    ("PN", b"Doe^Jane\\Roe^Richard", ("Doe^Jane", "Roe^Richard"), PersonName),
    ("SH", b"x ", "x", str),
    ("SL", struct.pack("<i", -5), -5, int),
    ("SS", struct.pack("<2h", -5, 7), (-5, 7), int),
    ("ST", b"one\\value ", "one\\value", str),
    ("SV", struct.pack("<q", -(2**63)), -(2**63), int),
    ("TM", b"070907.0705 ", DicomTime("070907.0705"), DicomTime),
    ("TM", b"07-08 ", TimeRange.parse("07-08"), TimeRange),
    ("UC", b" a\\b ", (" a", "b"), str),
    ("UI", b"1.2.840.10008.1.2\0", "1.2.840.10008.1.2", UID),
    ("UI", b"1.2\\1.3 ", ("1.2", "1.3"), UID),
    ("UI", b"01..2\xb2", "01..2\xb2", UID),
    ("UL", struct.pack("<I", 2**32 - 1), 2**32 - 1, int),
    ("UN", b"\0\1", b"\0\1", bytes),
    ("UR", b"http://x/a\\b ", "http://x/a\\b", UniversalResource),
    ("US", struct.pack("<H", 512), 512, int),
    ("US", struct.pack("<3H", 1, 2, 3), (1, 2, 3), int),
    ("UT", b"a\r\nb ", "a\r\nb", str),
    ("UV", struct.pack("<Q", 2**64 - 1), 2**64 - 1, int),
    ("??", b"unknown!", b"unknown!", bytes),
]


@pytest.mark.parametrize(("vr", "raw", "value", "kind"), TABLE, ids=repr)
def test_decoding(vr: str, raw: bytes, value: object, kind: type) -> None:
    found = decode(vr, raw, True, ASCII)
    assert found == value
    assert isinstance(found, tuple) == isinstance(value, tuple)
    first = found[0] if isinstance(found, tuple) else found
    assert type(first) is kind
    assert decode(vr, encode(vr, found, True, ASCII), True, ASCII) == found


def test_what_is_remembered_of_codes_is_bounded() -> None:
    long = b"\\".join([b"A"] * 100)
    for number in range(3 * _MOST_KNOWN):
        assert decode("CS", b"C%d" % number, True, ASCII) == f"C{number}"
    for _ in range(2):
        assert decode("CS", long, True, ASCII) == ("A",) * 100
        assert decode("CS", b"C1", True, ASCII) == "C1"
    assert 0 < len(_known_codes) <= _MOST_KNOWN
    assert long not in _known_codes


@pytest.mark.parametrize(
    "raw",
    [
        b"081500", b"081500.2", b"081500.25 ", b"081500.123456", b"081500.1234567", b"081500.",
        b"235960.5", b"240000.0", b"126000.0", b"081500.2  ", b"081500.+2", b"081500.2\\0815",
        b"08150 .25 ", b"081500.\xb2\xb2 ", b"081500.25\0", b"08:15:00.5", b"0815.5", b"081500 ",
    ],
)  # fmt: skip
def test_times_that_are_read_at_a_glance(raw: bytes) -> None:
    """They are what the careful way makes of them."""

    def shown(read: Callable[[bytes, bool, Charset], object]) -> object:
        try:
            value = read(raw, True, ASCII)
        except ValueDecodeError as error:
            return error.text, error.rule
        assert not isinstance(value, DicomTime) or value.microsecond is None or value._size > 6
        return value, repr(value)

    assert shown(_times) == shown(_any_time)


@pytest.mark.parametrize("vr", sorted({row[0] for row in TABLE}))
def test_nothing_is_none(vr: str) -> None:
    assert decode(vr, b"", True, ASCII) is None
    assert encode(vr, None, True, ASCII) == b""
    assert encode(vr, [], True, ASCII) == b""


@pytest.mark.parametrize(
    "vr",
    [
        "AE",
        "AS",
        "CS",
        "DA",
        "DS",
        "DT",
        "IS",
        "LO",
        "LT",
        "PN",
        "SH",
        "ST",
        "TM",
        "UC",
        "UI",
        "UR",
        "UT",
    ],
)
def test_padding_alone_is_nothing(vr: str) -> None:
    for raw in (b"  ", b"\0\0", b" \0"):
        assert decode(vr, raw, True, ASCII) is None


def test_the_table_has_every_vr() -> None:
    assert {row[0] for row in TABLE} - {"??"} == {str(vr) for vr in VR} - {"SQ"}
    assert decode(VR.US, b"\1\0", True, ASCII) == 1
    assert encode(VR.US, 1, True, ASCII) == b"\1\0"


# What is written as it was read, byte for byte.
EXACT = [
    ("DA", b"20250131"), ("DA", b"2025.01.31"), ("DA", b"20250131  "), ("TM", b"070907.0705 "), ("TM", b"07:09:07"),
    ("TM", b"07  "), ("DT", b"20250131120000.123456+0100"), ("DT", b"2025"), ("AS", b"045Y"), ("AS", b"45Y "),
    ("DS", b"0.3125\\0.3125 "), ("DS", b" 1.50 "), ("DS", b"+1E+03"), ("DS", b"1.5\0"), ("DS", b"1\\\\2"), ("DS", b"1.0   "),
    ("DS", b"\\1"), ("DS", b"1\\"), ("DS", b"0.12345678901234567890"), ("IS", b" +042 "),
    ("IS", b"1 \\ 23"), ("IS", b"5\0"), ("IS", b"-0"),
    ("IS", b"007\\8 "), ("PN", b"Doe^Jane^^"), ("CS", b"A\\B "), ("UI", b"1.2\0"), ("UI", b"01.2"), ("LO", b"a\\\\b"),
    ("LT", b" x"), ("CS", b"\xe9 "), ("DA", b"-20250131 "), ("TM", b"07-08 "),
]  # fmt: skip


@pytest.mark.parametrize(("vr", "raw"), EXACT, ids=repr)
def test_what_was_read_is_written_as_it_was(vr: str, raw: bytes) -> None:
    assert encode(vr, decode(vr, raw, True, ASCII), True, ASCII) == raw


@pytest.mark.parametrize(
    ("vr", "value", "big"),
    [
        ("US", 0x0102, b"\1\2"),
        ("SL", (1, -1), b"\0\0\0\1\xff\xff\xff\xff"),
        ("FD", 1.0, b"\x3f\xf0" + b"\0" * 6),
        ("AT", Tag(0x00100020), b"\0\x10\0\x20"),
        ("OW", b"\1\2", b"\1\2"),  # bytes stand as they are given
        ("OW", array.array("H", [1]), b"\0\1"),  # items stand in the byte order asked for
        ("OB", array.array("B", [1, 2]), b"\1\2"),
        ("OF", array.array("f", [1.0]), b"\x3f\x80\0\0"),
    ],
)
def test_big_endian(vr: str, value: object, big: bytes) -> None:
    assert encode(vr, value, False, ASCII) == big
    if not isinstance(value, array.array):
        assert decode(vr, big, False, ASCII) == value


def test_arrays_are_written_in_the_byte_order_asked_for() -> None:
    assert encode("OW", array.array("H", [1, 2]), True, ASCII) == b"\1\0\2\0"
    swapped = memoryview(b"\0\1\0\2").cast("H")
    assert encode("OW", swapped, sys.byteorder == "little", ASCII) == b"\0\1\0\2"
    assert encode("US", array.array("H", [1, 2]), True, ASCII) == b"\1\0\2\0"


def test_arrays_of_numpy() -> None:
    numpy = pytest.importorskip("numpy")
    assert encode("OW", numpy.array([1, 2], dtype=">u2"), True, ASCII) == b"\1\0\2\0"
    assert encode("OW", numpy.array([[1, 2]], dtype="<u2")[:, ::2], False, ASCII) == b"\0\1"
    assert encode("US", numpy.uint16(5), True, ASCII) == b"\5\0"
    assert encode("DS", numpy.float64(0.5), True, ASCII) == b"0.5 "
    assert encode("FL", numpy.array([0.5]), True, ASCII) == b"\0\0\0\x3f"


def test_groups_make_names() -> None:
    assert encode("PN", NameGroup("Doe", "Jane"), True, ASCII) == b"Doe^Jane"


# --- hostile values --------------------------------------------------------------------------

HOSTILE = [
    ("F21", "DS", b"NaN "), ("F21", "DS", b"1e999 "), ("F21", "DS", b"0x10"), ("F21", "DS", b"9" * 1_000_000),
    ("F21", "DS", b"1_0 "), ("F21", "DS", b"inf "), ("F21", "DS", "١٫٥".encode()), ("F21", "DS", b"1\\x "),
    ("F21", "DS", b"1 2 "),
    ("F21", "DS", b"1\\" + b"9" * 1_000_001), ("F21", "DS", b"1\0002"), ("F21", "DS", b"1e" + b"9" * 100_000),
    ("F21", "IS", b"NaN "), ("F21", "IS", b"9" * 1_000_000), ("F21", "IS", b"0x10"), ("F21", "IS", b"2147483648"),
    ("F21", "IS", "٤٢".encode()), ("F21", "IS", b"\xb2\xb3"), ("F21", "IS", b"1_0 "), ("F21", "IS", b"1\\2x"),
    ("F21", "IS", b"1.5 "),
    ("F21", "IS", b"1\0002"), ("F21", "IS", b"- 1 "),
    ("F22", "DA", b"20251301"), ("F22", "DA", b"00000101"), ("F22", "DA", b"20250230"), ("F22", "DA", b"now "),
    ("F22", "DA", b"-"),
    ("F22", "DA", b"2" * 1_000_000), ("F22", "DA", b"\xb2\xb0250131"), ("F22", "DA", b"2025\x000131"),
    ("F22", "TM", b"2400"), ("F22", "TM", b"021 "), ("F22", "TM", b"0" * 1_000_000), ("F22", "TM", b"12:60 "),
    ("F22", "TM", b"-" * 100_000),
    ("F22", "DT", b"20250131+9999 "), ("F22", "DT", b"0000"), ("F22", "DT", b"-" * 100_000), ("F22", "DT", b"2025-" * 50_000),
    ("F22", "AS", b"0450"), ("F22", "AS", b"9" * 1_000_000),
    ("F24", "AT", b"123"), ("F24", "US", b"123"), ("F24", "FD", b"1234"), ("F24", "OF", b"12"), ("F24", "OV", b"1234"),
    ("F24", "OD", b"1234"), ("F24", "OL", b"12"), ("F24", "UL", b"12"),
]  # fmt: skip


@pytest.mark.parametrize(("case", "vr", "raw"), HOSTILE, ids=lambda part: repr(part)[:24])
def test_values_that_are_none(case: str, vr: str, raw: bytes) -> None:
    with pytest.raises(ValueDecodeError) as caught:
        decode(vr, raw, True, ASCII)
    assert caught.value.vr == vr
    assert caught.value.rule
    assert caught.value.text
    assert (caught.value.path, caught.value.offset) == ("", None)
    assert len(str(caught.value)) < 300
    text = raw.decode("latin-1")
    # Only the rule is in the sentence; that of IS names the numbers around it.
    assert vr == "IS" or len(text) < 4 or text not in str(caught.value)


def test_f20_texts_survive() -> None:
    many = decode("PN", b"^" * 100_000, True, ASCII)
    assert isinstance(many, PersonName)
    assert not many.is_valid
    assert len(many.alphabetic) == 5
    values = decode("LO", b"\\" * 100_000, True, ASCII)
    assert isinstance(values, tuple)
    assert len(values) == 100_001
    assert decode("PN", b"a\0b\0", True, ASCII) == "a\0b"
    numbers = decode("DS", b"1\\" * 500_000, True, ASCII)
    assert isinstance(numbers, tuple)
    assert len(numbers) == 500_001


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        ("GBK", "a\N{CJK UNIFIED IDEOGRAPH-4E57}b"),  # bytes 81 5C
        ("GB18030", "a\N{CJK UNIFIED IDEOGRAPH-4E57}b"),
        (r"\ISO 2022 IR 87", "偏"),  # bytes 4A 50; below one with 5C
        (r"\ISO 2022 IR 87", "穀"),
        ("ISO_IR 13", "ｱ"),
    ],
)
def test_f20_a_backslash_inside_a_character_separates_nothing(terms: str, text: str) -> None:
    charset = Charset.parse(terms)
    raw = encode("LO", (text, text), True, charset)
    assert decode("LO", raw, True, charset) == (text, text)
    assert decode("LO", encode("LO", text, True, charset), True, charset) == text
    if terms in {"GBK", "GB18030"}:
        assert b"\x81\x5c" in raw


def test_f20_every_two_byte_character_with_a_backslash_byte() -> None:
    charset = Charset.parse(r"\ISO 2022 IR 87")
    for place in range(0x21, 0x7F):
        for pair in (bytes((0x5C, place)), bytes((place, 0x5C))):
            character = (b"\x1b$B" + pair + b"\x1b(B").decode("iso2022_jp", "ignore")
            if character:
                raw = b"\x1b$B" + pair + b"\x1b(B\\x"
                assert decode("SH", raw, True, charset) == (character, "x")


def test_f23_uids_are_flagged_and_kept() -> None:
    for raw in (b"1." + b"2" * 80, b"01.2", b"../../etc", "1.٢".encode(), b"1.2\0.3"):
        uid = decode("UI", raw, True, ASCII)
        assert isinstance(uid, UID)
        assert not uid.is_valid
        assert encode("UI", uid, True, ASCII).rstrip(b"\0") == raw


# --- properties ------------------------------------------------------------------------------


@given(
    vr=st.sampled_from([row[0] for row in TABLE]),
    raw=st.one_of(
        st.binary(max_size=40),
        st.text(alphabet="0123456789.+-eE\\ ^=:AYZ\0", max_size=30).map(str.encode),
    ),
    little=st.booleans(),
    charset=st.sampled_from(
        [ASCII, UTF8, Charset.parse("ISO_IR 13"), Charset.parse(r"\ISO 2022 IR 87")]
    ),
)
def test_decode_encode_decode(vr: str, raw: bytes, little: bool, charset: Charset) -> None:
    try:
        value = decode(vr, raw, little, charset)
    except ValueDecodeError as error:
        assert vr == error.vr  # noqa: PT017
        return
    if isinstance(value, bytes) and len(value) % 2:
        return  # made even by a byte that is then there
    text = "\\".join(map(str, value)) if isinstance(value, tuple) else str(value)
    if "\N{REPLACEMENT CHARACTER}" in text or "\x1b" in text:
        return  # what could not be read cannot be written
    again = encode(vr, value, little, charset)
    assert len(again) % 2 == 0
    found = decode(vr, again, little, charset)
    # NaN of FL and FD is not equal to itself.
    assert found == value or repr(found) == repr(value)


# --- pydicom beside it -----------------------------------------------------------------------


def raw_elements(dataset: pydicom.Dataset) -> Iterator[tuple[Tag, str, bytes, bool, object]]:
    """Every element with bytes, at every depth, and the value that pydicom makes of it."""
    for tag in sorted(dataset.keys()):
        raw: object = dataset.get_item(tag)
        element = dataset[tag]
        if element.VR == "SQ":
            for item in element.value:
                yield from raw_elements(item)
        elif not isinstance(raw, RawDataElement) or not isinstance(raw.value, bytes):
            continue
        elif raw.value and (raw.VR == element.VR or raw.VR is None):
            yield Tag(int(tag)), str(element.VR), raw.value, raw.is_little_endian, element.value


def same(ours: object, theirs: object) -> bool:
    if isinstance(theirs, (list, pydicom.multival.MultiValue)):
        several = ours if isinstance(ours, tuple) else (ours,)
        return len(several) == len(theirs) and all(map(same, several, theirs))
    if ours is None:
        return theirs is None or str(theirs).strip(" \0") == "" or theirs == b""
    if isinstance(ours, float):
        return ours == theirs or (ours != ours and theirs != theirs)
    if isinstance(
        ours, (DicomDate, DicomTime, DicomDateTime, Age, DateRange, TimeRange, DateTimeRange)
    ):
        return ours.text.strip() == str(theirs).strip()
    if isinstance(ours, PersonName):
        return ours.rstrip("=") == str(theirs).rstrip("=")
    if isinstance(ours, str):
        # Of leading spaces pydicom keeps more than the standard means.
        return ours == str(theirs).strip(" \0") or ours == str(theirs).rstrip(" \0")
    return ours == theirs


def compared(path: Path) -> int:
    """How many elements of a file agree with pydicom; anything else is an assertion."""
    count = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            dataset = pydicom.dcmread(path, stop_before_pixels=True)
        except Exception:  # noqa: BLE001 - what pydicom cannot read is no comparison
            return 0
        declared = dataset.get("SpecificCharacterSet")
        charset = Charset.parse([declared] if isinstance(declared, str) else list(declared or []))
        try:
            rows = list(raw_elements(dataset))
        except Exception:  # noqa: BLE001 - nor what it cannot convert
            return 0
    for tag, vr, data, little, theirs in rows:
        if tag == 0x00080005 or vr not in VR.__members__ or vr == "SQ":
            continue
        if vr in {"LO", "LT", "PN", "SH", "ST", "UC", "UT"} and not data.isascii():
            continue  # nested data sets declare sets of their own; test_charset_peers compares them
        try:
            ours = decode(vr, data, little, charset)
        except ValueDecodeError:
            # We refuse what is no value; pydicom then has the text, or a guess.
            assert isinstance(
                theirs, (str, bytes, int, float, list, pydicom.multival.MultiValue)
            ), (path.name, tag)
            continue
        assert same(ours, theirs), (path.name, tag, vr)
        count += 1
    return count


def test_values_of_the_wheels_files_as_pydicom_reads_them() -> None:
    folder = Path(pydicom.__file__).parent / "data" / "test_files"
    assert sum(map(compared, sorted(folder.rglob("*.dcm")))) > 4000


@pytest.mark.slow
def test_values_of_the_shared_collection_as_pydicom_reads_them(corpus: Path) -> None:
    files = [
        path
        for path in sorted(corpus.rglob("*"))
        if path.is_file() and path.parent.name != "odd" and path.stat().st_size < 2_000_000
    ]
    assert sum(map(compared, files)) > 20_000


def test_f21_numbers_cost_linear_time_and_no_digits_limit() -> None:
    # A program of its own: the limit of int() must not be what saves us.
    program = (
        "import sys; sys.set_int_max_str_digits(0)\n"
        "from dicom_core._codec import decode\nfrom dicom_core._charset import Charset\n"
        "for vr in ('IS', 'DS', 'DA', 'TM', 'DT', 'AS'):\n"
        "    for raw in (b'9' * 20_000_000, b'-' * 5_000_000, b'1\\\\' + b'9' * 20_000_000):\n"
        "        try: decode(vr, raw, True, Charset.DEFAULT)\n"
        "        except ValueError as error: print(type(error).__name__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["ValueDecodeError"] * 18
