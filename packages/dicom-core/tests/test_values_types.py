"""The value types: what they read, what they refuse, how they compare, copy and pickle."""

import copy
import datetime
import pickle
import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicom_core import values
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
    InvalidValue,
    NameGroup,
    PersonName,
    TimeRange,
    UniversalResource,
    WrongValueType,
)
from dicom_dict import DicomError

SAMPLES: list[object] = [
    DicomDate("20250131"),
    DicomDate("202501"),
    DateRange.parse("20250101-"),
    DicomTime("070907.0705 "),
    TimeRange.parse("-12"),
    DicomDateTime("20250131120000.123456+0100"),
    DateTimeRange.parse("2025-2026"),
    Age("045Y"),
    DecimalString("0.30"),
    IntegerString(" +042 "),
    IntegerString("42"),
    CodeString("AXIAL"),
    CodeString.unchecked("lower"),
    AETitle("STORESCU"),
    UID("1.2.840.10008.1.1"),
    UID.unchecked("01.2"),
    UniversalResource("http://server/wado?a=b"),
    PersonName("Doe^Jane"),
    PersonName.unchecked("a=b=c=d"),
    NameGroup("Doe"),
]


@pytest.mark.parametrize("value", SAMPLES, ids=repr)
def test_values_are_frozen_and_survive_pickle_and_copy(value: object) -> None:
    again = pickle.loads(pickle.dumps(value))
    assert type(again) is type(value)
    assert again == value
    assert hash(again) == hash(value)
    assert getattr(again, "text", None) == getattr(value, "text", None)
    assert copy.deepcopy(value) == copy.copy(value) == value
    with pytest.raises(AttributeError):
        setattr(value, "text", "x")  # noqa: B010

    with pytest.raises(AttributeError):
        setattr(value, "anything", "x")  # noqa: B010


def test_every_name_of_the_door_is_there() -> None:
    for name in values.__all__:
        assert getattr(values, name) is not None
    assert set(values.__all__) <= set(dir(values))
    with pytest.raises(AttributeError):
        getattr(values, "Nonsense")  # noqa: B009


def test_importing_values_imports_no_dates_and_no_decimals() -> None:
    program = (
        "import sys; before = set(sys.modules); import dicom_core._codec, dicom_core.values._encode;"
        "heavy = {'datetime', 'decimal', 'dataclasses', 'inspect', 'logging', 'pathlib', 'json', 'attr', 'urllib.parse'};"
        "print(sorted(heavy & (set(sys.modules) - before)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


# --- DA --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "year", "month", "day"),
    [
        ("20250131", 2025, 1, 31),
        ("2025.01.31", 2025, 1, 31),
        ("20240229", 2024, 2, 29),
        ("20000229", 2000, 2, 29),
        ("202501", 2025, 1, None),
        ("2025", 2025, None, None),
        ("00010101", 1, 1, 1),
        ("99991231", 9999, 12, 31),
        ("20250131  ", 2025, 1, 31),
    ],
)
def test_dates(text: str, year: int, month: int | None, day: int | None) -> None:
    date = DicomDate(text)
    assert (date.year, date.month, date.day) == (year, month, day)
    assert date.text == text
    assert str(date) == text.strip()
    if month is not None and day is not None:
        assert date.is_complete
        assert date.to_date() == datetime.date(year, month, day)
        assert DicomDate(date.to_date()) == date == DicomDate.of(year, month, day)
    else:
        assert not date.is_complete
        with pytest.raises(InvalidValue):
            date.to_date()


@pytest.mark.parametrize(
    "text",
    ["", "20251301", "20250230", "20230229", "19000229", "20250100", "20250001", "00000101", "0000", "000001",
     "2025013", "202501311", "2025-01-31", "2025/01/31", "٢٠٢٥٠١٣١", "²0250131", "20 50131", " 20250131",
     "2025.13.01", "x", "1" * 1_000_000, "2025013\0"],
)  # fmt: skip
def test_no_dates(text: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        DicomDate(text)
    assert isinstance(caught.value, DicomError)
    assert isinstance(caught.value, ValueError)
    assert (caught.value.vr, caught.value.text) == ("DA", text)
    assert not text or len(text) < 3 or text not in str(caught.value)


@given(st.dates())
def test_every_date_there_is(date: datetime.date) -> None:
    ours = DicomDate(date)
    assert ours.to_date() == date
    assert DicomDate(ours.text) == ours


@given(st.dates(), st.dates())
def test_dates_sort_as_dates(one: datetime.date, other: datetime.date) -> None:
    assert (DicomDate(one) < DicomDate(other)) == (one < other)
    assert (DicomDate(one) == DicomDate(other)) == (one == other)
    assert (DicomDate(one) >= DicomDate(other)) == (one >= other)


def test_dates_compare_by_what_they_say() -> None:
    assert DicomDate("2025.01.31") == DicomDate("20250131")
    assert hash(DicomDate("2025.01.31")) == hash(DicomDate("20250131"))
    assert DicomDate("202501") < DicomDate("20250101")
    assert DicomDate("20250101") != "20250101"
    with pytest.raises(TypeError):
        _ = DicomDate("20250101") < "20250102"
    with pytest.raises(InvalidValue):
        DicomDate.of(2025, None, 3)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("20250101-20250131", "20250101", "20250131"),
        ("20250101-", "20250101", None),
        ("-20250131", None, "20250131"),
        ("20250101 - 20250131 ", "20250101", "20250131"),
        ("2024-2025", "2024", "2025"),
        ("20250101-20250101", "20250101", "20250101"),
    ],
)
def test_ranges_of_dates(text: str, start: str | None, end: str | None) -> None:
    found = DateRange.parse(text)
    assert found.start == (DicomDate(start) if start else None)
    assert found.end == (DicomDate(end) if end else None)
    assert found.text == text
    assert DateRange(found.start, found.end) == found


@pytest.mark.parametrize(
    "text", ["-", "", "20250101", "20250201-20250101", "a-b", "20250101--", "-20250101-"]
)
def test_no_ranges_of_dates(text: str) -> None:
    with pytest.raises(InvalidValue):
        DateRange.parse(text)


def test_dates_in_ranges() -> None:
    january = DateRange.parse("20250101-20250131")
    assert DicomDate("20250101") in january
    assert DicomDate("20250131") in january
    assert DicomDate("20250201") not in january
    assert DicomDate("202501") in january
    assert DicomDate("2025") not in january
    assert DicomDate("20250615") in DateRange.parse("-2025")
    assert DicomDate("20240101") not in DateRange.parse("2025-")


# --- TM --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("07", (7, None, None, None)),
        ("0701", (7, 1, None, None)),
        ("070907", (7, 9, 7, None)),
        ("070907.0705 ", (7, 9, 7, 70500)),
        ("235960", (23, 59, 60, None)),
        ("000000.000001", (0, 0, 0, 1)),
        ("07:09:07.5", (7, 9, 7, 500000)),
        ("07:09", (7, 9, None, None)),
        ("120000.123456789", (12, 0, 0, 123456)),
    ],
)
def test_times(text: str, parts: tuple[int | None, ...]) -> None:
    time = DicomTime(text)
    assert (time.hour, time.minute, time.second, time.microsecond) == parts
    assert time.text == text
    if time.second == 60:
        with pytest.raises(InvalidValue):
            time.to_time()
    else:
        assert time.to_time() == datetime.time(*[part or 0 for part in parts])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    ["", "021", "24", "2400", "0760", "070961", "0709.5", "070907.", ".5", "07 09", " 07", "٠٧", "070907.5x",
     "7:09", "07:9", "070907.²", "0" * 1_000_000, "070907." + "1" * 1_000_000, "noon"],
)  # fmt: skip
def test_no_times(text: str) -> None:
    with pytest.raises(InvalidValue):
        DicomTime(text)


@given(st.times())
def test_every_time_there_is(time: datetime.time) -> None:
    assert DicomTime(time).to_time() == time


@given(st.times(), st.times())
def test_times_sort_as_times(one: datetime.time, other: datetime.time) -> None:
    assert (DicomTime(one) < DicomTime(other)) == (one < other)


def test_times_compare_by_what_they_say() -> None:
    assert DicomTime("070907.07") == DicomTime("070907.070") == DicomTime("07:09:07.07")
    assert DicomTime("07") != DicomTime("0700")
    assert DicomTime("07") < DicomTime("0700") < DicomTime("070001")
    assert DicomTime("0759") in TimeRange.parse("07-07")
    assert DicomTime("08") not in TimeRange.parse("-0759")
    assert DicomTime("075930.5") in TimeRange.parse("0700-0759")
    assert DicomTime("0659") not in TimeRange.parse("07-")
    for text in ("", "-", "12", "1300-12", "07-08-09"):
        with pytest.raises(InvalidValue):
            TimeRange.parse(text)


# --- DT --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "parts", "offset"),
    [
        ("2025", (2025, None, None, None, None, None, None), None),
        ("195308", (1953, 8, None, None, None, None, None), None),
        ("20250131", (2025, 1, 31, None, None, None, None), None),
        ("2025013112", (2025, 1, 31, 12, None, None, None), None),
        ("202501311230", (2025, 1, 31, 12, 30, None, None), None),
        ("19530827111300.0", (1953, 8, 27, 11, 13, 0, 0), None),
        ("20250131120000.123456+0100", (2025, 1, 31, 12, 0, 0, 123456), 60),
        ("2007-0500", (2007, None, None, None, None, None, None), -300),
        ("20250131120000-1200", (2025, 1, 31, 12, 0, 0, None), -720),
        ("20250131120000+1400 ", (2025, 1, 31, 12, 0, 0, None), 840),
    ],
)
def test_datetimes(text: str, parts: tuple[int | None, ...], offset: int | None) -> None:
    value = DicomDateTime(text)
    found = (
        value.year,
        value.month,
        value.day,
        value.hour,
        value.minute,
        value.second,
        value.microsecond,
    )
    assert found == parts
    assert value.offset_minutes == offset
    assert value.text == text
    if value.day is None:
        with pytest.raises(InvalidValue):
            value.to_datetime()
    else:
        moment = value.to_datetime()
        assert (moment.year, moment.month, moment.day, moment.hour) == (*parts[:3], parts[3] or 0)
        assert moment.utcoffset() == (
            None if offset is None else datetime.timedelta(minutes=offset)
        )


@pytest.mark.parametrize(
    "text",
    ["", "202", "20250", "20251301", "20250230", "2025013124", "20250131120000.", "2025.5", "20250131+9999",
     "20250131+1401", "20250131-1201", "20250131+0160", "0000", "20250131T1200", " 2025", "٢٠٢٥",
     "20250131120000.1+01", "2" * 1_000_000, "20250131120000." + "1" * 1_000_000],
)  # fmt: skip
def test_no_datetimes(text: str) -> None:
    with pytest.raises(InvalidValue):
        DicomDateTime(text)


@given(
    st.datetimes(
        timezones=st.one_of(
            st.none(),
            st.integers(-720, 840).map(
                lambda minutes: datetime.timezone(datetime.timedelta(minutes=minutes))
            ),
        )
    )
)
def test_every_datetime_there_is(moment: datetime.datetime) -> None:
    value = DicomDateTime(moment)
    assert value.to_datetime() == moment
    assert DicomDateTime(value.text) == value


@given(st.lists(st.datetimes(timezones=st.just(datetime.UTC)), min_size=2, max_size=2))
def test_datetimes_sort_as_moments(moments: list[datetime.datetime]) -> None:
    one, other = moments
    assert (DicomDateTime(one) < DicomDateTime(other)) == (one < other)


def test_datetimes_with_offsets_sort_as_moments() -> None:
    paris, london = DicomDateTime("20250131130000+0100"), DicomDateTime("20250131120000+0000")
    assert paris != london
    assert paris < DicomDateTime("20250131120001+0000")
    assert DicomDateTime("20241231233000-0100") > DicomDateTime("20250101000000+0000")
    with pytest.raises(InvalidValue):
        DicomDateTime(
            datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(seconds=30)))
        )


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("20250101-20250131", "20250101", "20250131"),
        ("2025-", "2025", None),
        ("-2025", None, "2025"),
        ("20250101-0500-20250131-0500", "20250101-0500", "20250131-0500"),
        ("20250101-0500-", "20250101-0500", None),
        ("-20250101-0500", None, "20250101-0500"),
        ("20250101+0100-20250131", "20250101+0100", "20250131"),
    ],
)
def test_ranges_of_datetimes(text: str, start: str | None, end: str | None) -> None:
    found = DateTimeRange.parse(text)
    assert found.start == (DicomDateTime(start) if start else None)
    assert found.end == (DicomDateTime(end) if end else None)


@pytest.mark.parametrize("text", ["", "-", "--", "2025", "x-y", "20250201-20250101", "-" * 100_000])
def test_no_ranges_of_datetimes(text: str) -> None:
    with pytest.raises(InvalidValue):
        DateTimeRange.parse(text)


# --- AS --------------------------------------------------------------------------------------


def test_ages() -> None:
    assert str(Age("045Y")) == "45 years"
    assert str(Age("001D")) == "1 day"
    assert Age("018M").approximate_years == pytest.approx(1.5)
    assert Age("052W").approximate_years == pytest.approx(1, abs=0.01)
    assert (Age("45y").number, Age("45y").unit) == (45, "Y")
    assert Age.of(3, "W").text == "003W"
    assert Age("364D") < Age("012M") < Age("013M") <= Age("013M")
    assert Age("012M") != Age("001Y")
    for text in ("", "Y", "0450", "045X", "1045Y", "-45Y", "4 5Y", "٠٤٥Y", "9" * 1_000_000 + "Y"):
        with pytest.raises(InvalidValue):
            Age(text)
    with pytest.raises(InvalidValue):
        Age.of(1000, "D")
    with pytest.raises(TypeError):
        _ = Age("045Y") < 45


# --- DS, IS ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [("0.3125", 0.3125), (" 1.50 ", 1.5), ("+1", 1.0), ("-.5", -0.5), ("5.", 5.0), ("1E3", 1000.0), ("1.5e-3", 0.0015),
     ("-0", -0.0), ("0" * 200 + "1", 1.0)],
)  # fmt: skip
def test_decimals(text: str, number: float) -> None:
    value = DecimalString(text)
    assert value == number
    assert value.text == text
    assert str(value) == text.strip()
    assert value.decimal == Decimal(text.strip())
    assert value + 1 == number + 1


@pytest.mark.parametrize(
    "text",
    ["", " ", "NaN", "nan", "inf", "Infinity", "1e999", "-1e999", "0x10", "1_000", "1,5", "1 5", "--1", "e5", ".", "١٫٥",
     "１", "1.5\n", "9" * 1_000_000, "1e" + "9" * 300],
)  # fmt: skip
def test_no_decimals(text: str) -> None:
    with pytest.raises(InvalidValue):
        DecimalString(text)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.1, "0.1"),
        (0.1 + 0.2, "0.3"),
        (1 / 3, "0.33333333333333"),
        (-1 / 3, "-0.3333333333333"),
        (1234567.891234567, "1234567.89123457"),
        (0.00012345678901234567, "1.2345678901E-4"),
        (1.2345678901234567e-300, "1.234567890E-300"),
        (-1.7976931348623157e308, "-1.79769313E308"),
        (123456789012345678, "1.23456789012E17"),
        (10**15, "1000000000000000"),
        (-(10**15), "-1E15"),
        (Decimal("1.10"), "1.10"),
        (Decimal("1.00000000000000000001"), "1"),
        (5, "5"),
        (1e22, "1e+22"),
    ],
)
def test_numbers_in_sixteen_characters(number: float, text: str) -> None:
    written = DecimalString(number).text
    assert len(written) <= 16
    assert float(written) == pytest.approx(float(text), rel=1e-15)
    assert abs(float(written) - float(number)) <= abs(float(text) - float(number))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_fits_with_at_least_nine_digits(number: float) -> None:
    value = DecimalString(number)
    assert len(value.text) <= 16
    assert float(value) == pytest.approx(number, rel=1e-8, abs=5e-324)


def test_numbers_that_are_none() -> None:
    for number in (float("nan"), float("inf"), 10**400, Decimal("NaN")):
        with pytest.raises(InvalidValue):
            DecimalString(number)
    things: list[object] = [True, None, [], 1j]
    for thing in things:
        with pytest.raises(TypeError):
            DecimalString(thing)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("42", 42),
        ("  42 ", 42),
        ("-0042", -42),
        ("+5", 5),
        ("2147483647", 2**31 - 1),
        ("-2147483648", -(2**31)),
        ("1.0", 1),
    ],
)
def test_integers(text: str, number: int) -> None:
    value = IntegerString(text)
    assert value == number
    assert value.text == text
    assert str(value) == str(number)
    assert hash(value) == hash(number)
    assert value + 1 == number + 1


@pytest.mark.parametrize(
    "text",
    ["", " ", "1.5", "1e3", "0x10", "1_0", "--1", "4 2", "٤٢", "²", "NaN", "2147483648", "-2147483649", "9" * 1_000_000, "1\n"],
)  # fmt: skip
def test_no_integers(text: str) -> None:
    with pytest.raises(InvalidValue):
        IntegerString(text)


def test_integers_from_numbers() -> None:
    assert IntegerString(5).text == "5"
    with pytest.raises(InvalidValue):
        IntegerString(2**31)
    with pytest.raises(WrongValueType):
        IntegerString(True)


# --- texts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["1.2.840.10008.1.1", "0.1", "2.25." + "9" * 39, "1", "1." + "1" * 62]
)
def test_uids(text: str) -> None:
    assert UID(text) == text
    assert UID(text + "\0").is_valid


@pytest.mark.parametrize(
    "text", ["", "1..2", "01.2", "1.02", "1." + "1" * 63, ".1", "1.", "1.a", "../x", "1.٢", "1.²", "1 2", "1.2\0.3",
     "." * 1_000_000],
)  # fmt: skip
def test_no_uids(text: str) -> None:
    with pytest.raises(InvalidValue):
        UID(text)
    assert not UID.unchecked(text).is_valid


def test_what_a_uid_knows() -> None:
    assert UID("1.2.840.10008.1.1").name == "Verification SOP Class"
    assert not UID("1.2.840.10008.1.1").is_private
    assert UID("1.2.3").name == "1.2.3"
    assert UID("1.2.3").is_private


def test_titles() -> None:
    assert len(AETitle("STORESCU").padded) == 16
    assert AETitle("  A B ") == "A B"
    for text in ("", "   ", "x" * 17, "a\\b", "a\tb", "é", "a\0"):
        with pytest.raises(InvalidValue):
            AETitle(text)
        assert not AETitle.unchecked(text).is_valid


def test_codes() -> None:
    assert CodeString(" DERIVED_1 ") == "DERIVED_1"
    for text in ("lower", "A-B", "x" * 17, "A\\B", "É", "Ａ"):
        with pytest.raises(InvalidValue):
            CodeString(text)
        assert not CodeString.unchecked(text).is_valid
        assert CodeString.unchecked(text) == text


def test_resources() -> None:
    from urllib.parse import urlsplit

    text = "http://server:8080/wado?requestType=WADO&a=%20#top"
    value, parts = UniversalResource(text), urlsplit(text)
    assert (value.scheme, value.host, value.port) == (parts.scheme, parts.hostname, parts.port)
    assert (value.path, value.query, value.fragment) == (parts.path, parts.query, parts.fragment)
    assert UniversalResource("../relative  ") == "../relative"
    for bad in (" http://x", "a b", "a\\b", "%zz", "%4", "é", '"'):
        with pytest.raises(InvalidValue):
            UniversalResource(bad)
    with pytest.raises(InvalidValue):
        _ = UniversalResource.unchecked("http://[x").parts
    with pytest.raises(InvalidValue):
        _ = UniversalResource("http://x:99999/").port


# --- PN --------------------------------------------------------------------------------------


def test_names() -> None:
    name = PersonName("Adams^John Robert Quincy^^Rev.^B.A. M.Div.")
    assert name.alphabetic == NameGroup("Adams", "John Robert Quincy", "", "Rev.", "B.A. M.Div.")
    assert name.formatted() == "Rev. John Robert Quincy Adams, B.A. M.Div."
    assert (name.family, name.given, name.middle, name.prefix, name.suffix) == tuple(
        name.alphabetic
    )
    assert name.ideographic == name.phonetic == NameGroup()
    three = PersonName("Yamada^Tarou=山田^太郎=やまだ^たろう")
    assert three.ideographic == NameGroup("山田", "太郎")
    assert three.phonetic == NameGroup("やまだ", "たろう")
    assert PersonName("=山田^太郎").formatted() == "太郎 山田"
    assert PersonName("").formatted() == ""
    assert (
        PersonName.of("Doe", "Jane", ideographic="山田", phonetic=NameGroup("やまだ"))
        == "Doe^Jane=山田=やまだ"
    )
    assert PersonName.of("Doe", suffix="MD") == "Doe^^^^MD"
    assert PersonName("Doe^Jane^^^").same_name("Doe^Jane=")
    assert not PersonName("Doe^Jane").same_name("Doe^John")
    assert sorted([PersonName("b"), PersonName("a")]) == ["a", "b"]
    with pytest.raises(InvalidValue):
        PersonName.of("Doe^Jane")


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("x" * 64, True),
        ("x" * 65, False),
        ("x" * 63 + "=" + "y" * 64, True),
        ("x" * 64 + "=y", False),  # the delimiter counts
        ("a^b^c^d^e", True),
        ("a^b^c^d^e^f", False),
        ("a=b=c", True),
        ("a=b=c=d", False),
        ("a\\b", False),
        ("^" * 100_000, False),
    ],
)
def test_rule_of_names(text: str, valid: bool) -> None:
    assert PersonName.unchecked(text).is_valid is valid
    if valid:
        assert PersonName(text) == text
    else:
        with pytest.raises(InvalidValue):
            PersonName(text)
    assert len(PersonName.unchecked(text).groups) == 3
