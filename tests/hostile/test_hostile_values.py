"""Values that cannot be what their VR says (F19 to F24): text never raises, numbers are linear, originals stay."""

from collections.abc import Iterator

import dicom_core as dc

from .make import IMPLICIT, element, file, implicit
from .sandbox import SECRET, attempt, hostile, over_budget, polite, reads, refused

NAME = 0x00100010
COMMENTS = 0x00104000


def problems(found: dc.DicomFile) -> Iterator[dc.Finding]:
    for one in dc.check(found):
        polite(str(one))
        yield one


@hostile(memory=700, seconds=60)
def test_F19_character_sets_that_are_none() -> None:
    storm = b"\x1b$B\x1b(B" * 1_500_000 + SECRET.encode()
    wrong = b"\x1b(Z\x1b$\x1b\x1b)" * 100_000
    gbk = "王^小东".encode("gbk")
    declared = {
        b"Not Supplied": gbk,
        b"\\".join(b"ISO_IR 999" for _ in range(64)): gbk,
        b"ISO 2022 IR 6\\ISO 2022 IR 87": storm,
        b"\\ISO 2022 IR 149": wrong,
        b"ISO_IR 192": b"\xff\xfe\xc3\x28" * 1000,
        b"GB18030\\ISO_IR 192": gbk,
        b"": gbk,
        b"\\\\\\\\": gbk,
        b"\xff\x00\x1b": gbk,
    }
    for term, raw in declared.items():
        body = element(0x00080005, "CS", term + b" " * (len(term) & 1))
        even = raw + b" " * (len(raw) & 1)
        data = file(body + element(COMMENTS, "UT", even))
        with over_budget(600):  # the text itself, and pieces of it
            found = reads(data)
            element_of = found.dataset.element(COMMENTS)
            assert element_of.raw == even
            assert isinstance(element_of.text, str)
            assert found.dataset.element(COMMENTS).value is None or isinstance(
                found.dataset[COMMENTS], str
            )
        rules = {one.rule for one in problems(found)}
        # a storm of escape sequences is only long
        assert any("charset" in rule for rule in rules) or raw is storm, (term[:40], rules)
        assert found.to_bytes() == data


@hostile(memory=64, seconds=20)
def test_F20_names_without_end() -> None:
    many = b"^".join(b"N%d" % number for number in range(100_000))
    groups = b"=" * 100_000
    values = b"\\" * 100_000
    for raw in (many, groups, values, b"A\0B^C\0", b"\0" * 1000, b"^" * 100_000):
        even = raw + b" " * (len(raw) & 1)
        data = file(implicit(NAME, even), IMPLICIT)
        found = reads(data)
        value = found.dataset[NAME]
        names = value if isinstance(value, tuple) else (value,)
        for name in names[:3]:
            if isinstance(name, dc.PersonName):
                assert len(name.family) <= len(raw)
                assert len(name.alphabetic.given) <= len(raw)
        assert found.dataset.element(NAME).raw == even
        assert found.to_bytes() == data
        list(problems(found))
        assert len(str(found)) < 5000
    # a backslash that is the second byte of a character divides nothing
    for term, text, encoding in (
        (b"GB18030 ", "誠", "gb18030"),
        (b"ISO_IR 13 ", "ｿ^ﾀ", "shift_jis"),
    ):
        raw = text.encode(encoding)
        body = element(0x00080005, "CS", term) + element(NAME, "PN", raw + b" " * (len(raw) & 1))
        assert str(reads(file(body)).dataset[NAME]) == text, term


@hostile(memory=64, seconds=20)
def test_F21_numbers_as_text() -> None:
    endless = b"9" * 1_000_000
    cases = [b"NaN ", b"inf ", b"1e999 ", b"-1e999", endless, b"0x10", "１２".encode(), b"1_000 "]
    cases += [
        b"1.2.3 ",
        b"--1 ",
        b"1\\x ",
        b"1,5 ",
        b"0" * 1_000_000,
        b"1 2 ",
        b"\xb2\xb3",
        b"e5",
        b".",
        b"+ ",
    ]
    for raw in cases:
        for tag, vr in (
            (0x00180050, "DS"),
            (0x00200013, "IS"),
            (0x00091001, "DS"),
            (0x00091002, "IS"),
        ):
            data = file(implicit(tag, raw), IMPLICIT) if tag & 1 == 0 and tag < 0x00090000 else b""
            data = (
                file(element(0x00090010, "LO", b"X ") + element(tag, "UN", raw))
                if tag >> 16 == 9
                else data
            )
            data = data or file(implicit(tag, raw), IMPLICIT)
            found = reads(data)
            error = attempt(found.dataset.__getitem__, tag)
            if error is not None:
                assert isinstance(error, dc.ValueDecodeError), raw[:9]
                assert error.path == str(dc.Tag(tag))
                assert error.offset is not None
                assert "value" in {one.rule for one in problems(found)}
            one = found.dataset.element(tag)
            assert one.raw == raw
            if one.vr == vr and raw.isascii():
                assert one.text == raw.decode("latin-1").rstrip(" \0")
            assert found.to_bytes() == data
            assert len(str(found)) < 2000
    for raw in (b"NaN ", b"1e999 ", endless, "１２".encode(), b"1_000 ", b"0x10"):
        refused(reads(file(implicit(0x00180050, raw), IMPLICIT)).dataset.__getitem__, 0x00180050)


@hostile(memory=64, seconds=20)
def test_F22_dates_that_never_were() -> None:
    cases = {
        0x00080020: [b"00000101", b"20230230", b"99999999", b"2023-02-1", b"1", b"20230101 - 2", b"x" * 8],
        0x00080030: [b"99", b"235960.9", b"12:00:00", b"1200.5", b"2", b"-1", b"120000.1234567"],
        0x0008002A: [
            b"20230101120000+9999", b"0000", b"20230101120000.123456789", b"20230101120000&9", b"2023+",
            b"20231301", b"20230101+1500", b"20230101-1300",
        ],
        0x00101010: [b"000X", b"-01Y", b"9999Y", b"Y", b"1"],
    }  # fmt: skip
    for tag, texts in cases.items():
        for raw in texts:
            even = raw + b" " * (len(raw) & 1)
            data = file(implicit(tag, even), IMPLICIT)
            found = reads(data)
            attempt(found.dataset.__getitem__, tag)
            one = found.dataset.element(tag)
            assert one.text == raw.decode()
            assert found.to_bytes() == data
            list(problems(found))
            str(found)
    for tag, raw in (
        (0x00080020, b"20230230"),
        (0x0008002A, b"20230101120000+9999 "),
        (0x00080030, b"99"),
    ):
        refused(reads(file(implicit(tag, raw), IMPLICIT)).dataset.__getitem__, tag)


@hostile(memory=64, seconds=20)
def test_F23_uids_that_are_none() -> None:
    texts = [
        b"1." * 40 + b"1", b"1.02.003", b"../../../etc/passwd", b"1.2.3\0/../x", "１.２".encode(), b".1", b"1.",
        b"1..2", b"CON", b"1.2.840\r\nX: y", b"\x1b[31m", b" 1.2", b"1.2\\3.4",
    ]  # fmt: skip
    from dicom_core._names import safe_name

    for raw in texts:
        even = raw + b"\0" * (len(raw) & 1)
        data = file(implicit(0x00080018, even), IMPLICIT)
        found = reads(data)
        value = found.dataset[0x00080018]
        for one in value if isinstance(value, tuple) else (value,):
            assert isinstance(one, dc.UID)
            if raw not in {b" 1.2", b"1.2\\3.4"}:
                assert not one.is_valid, raw
            name = safe_name(one)
            assert not set(name) - set("0123456789abcdefh-."), raw
            assert name.strip(".") == name
            assert len(name) <= 64
        assert found.to_bytes() == data
        polite(str(found), longest=4000)


@hostile(memory=32, seconds=10)
def test_F24_binary_values_of_no_whole_number() -> None:
    sizes = {
        "AT": 4, "FD": 8, "FL": 4, "OD": 8, "OF": 4, "OL": 4, "OV": 8, "OW": 2, "SL": 4, "SS": 2, "SV": 8,
        "UL": 4, "US": 2, "UV": 8,
    }  # fmt: skip
    for vr, size in sizes.items():
        for length in range(1, 3 * size):
            raw = bytes(range(length))
            data = file(element(0x00090010, "LO", b"X ") + element(0x00091001, vr, raw))
            found = reads(data)
            error = attempt(found.dataset.__getitem__, 0x00091001)
            if length % size and vr == "OW":  # pixels that break off stay pixels
                assert found.dataset[0x00091001] == raw
            elif length % size:
                assert isinstance(error, dc.ValueDecodeError), (vr, length)
                assert error.path == "(0009,1001)"
                assert error.offset
                assert "length-multiple" in {one.rule for one in found.findings}
            else:
                assert error is None
            assert found.dataset.element(0x00091001).raw == raw
            assert found.dataset.element(0x00091001).handle.read_range(0, 100) == raw
            assert found.to_bytes() == data
            str(found)
