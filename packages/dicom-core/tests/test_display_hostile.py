"""What is shown of data sets: every element, nothing that a terminal or a browser could obey (HOSTILE F31)."""

import html.parser
import re
from pathlib import Path

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dicom_core as dc
from dicom_core._display import clean, short_value
from dicom_core._display_rows import LONGEST, Look, lines, rows

FILES = Path(pydicom.__file__).parent / "data" / "test_files"

HOSTILE = [
    ("<script>alert(1)</script>", "<script>"),
    ("\x1b[31mred\x1b]0;title\x07", "\x1b"),
    ("safe\u202egnp.exe", "\u202e"),
    ("a\r\nDate: forged", "\r"),
    ("\x9b31m", "\x9b"),
    ("\u2066hidden\u2069", "\u2066"),
    ('" onmouseover="x', None),
    ("null\0byte", "\0"),
    ("line\u2028break", "\u2028"),
]


@pytest.mark.parametrize(("text", "forbidden"), HOSTILE)
def test_f31_nothing_obeyable_is_shown(text: str, forbidden: str | None) -> None:
    ds = dc.Dataset()
    ds.set("SpecificCharacterSet", "CS", "ISO_IR 192")
    raw = text.encode()
    ds.set("StudyDescription", "UN", raw)  # whatever a file may hold, past the rules of setting
    data = dc.write_dataset(ds)
    ds = dc.read_dataset(data.replace(b"UN\0\0" + len(raw).to_bytes(4, "little"), _longer(raw)))
    shown = [str(ds), repr(ds), repr(ds.element("StudyDescription")), *lines(ds)]
    for one in shown:
        assert all(character.isprintable() or character == "\n" for character in one)
        if forbidden and forbidden != "<script>":
            assert forbidden not in one
    page = ds._repr_html_()
    assert "<script" not in page
    assert "onmouseover" not in re.sub(r">[^<]*<", "><", page)
    assert page.isprintable()
    _closed(page)


def _longer(raw: bytes) -> bytes:
    """The header of the same bytes as a text of any length: UC has a long length too."""
    return b"UC\0\0" + len(raw).to_bytes(4, "little")


def _closed(page: str) -> None:
    """Every part of the page is closed where it should be."""
    stack: list[str] = []

    class Parser(html.parser.HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            stack.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert stack.pop() == tag

    parser = Parser()
    parser.feed(page)
    parser.close()
    assert stack == []


@given(st.text())
def test_clean_text_is_one_printable_line_and_loses_nothing_printable(text: str) -> None:
    found = clean(text)
    assert "\n" not in found
    assert "\x1b" not in found
    if text.isprintable():
        assert found == text
    assert clean(found) == found


def test_every_element_is_shown_with_its_depth() -> None:
    ds = dc.read(FILES / "reportsi.dcm").dataset
    shown = [row for row in rows(ds) if row.tag]
    walked = list(ds.walk())
    assert [(row.tag, row.vr) for row in shown] == [(str(one.tag), one.vr) for one in walked]
    depths = [one.path.count(".") for one in walked]
    assert [row.depth for row in shown] == depths


@pytest.mark.parametrize("path", sorted(FILES.glob("*.dcm")), ids=lambda path: path.name)
def test_every_file_of_the_peer_can_be_shown(path: Path) -> None:
    try:
        file = dc.read(path, force=True)
    except dc.DicomError:
        return
    text = str(file)
    assert text.replace("\n", "").isprintable()
    assert max(map(len, text.splitlines()), default=0) < 260
    _closed(file._repr_html_())


def test_values_are_shortened_without_being_read() -> None:
    ds = dc.Dataset()
    ds.set("PixelData", "OW", bytes(100_000))
    ds.set("RedPaletteColorLookupTableData", "OW", bytes(3000))
    ds.set("LUTData", "US", list(range(60_000)))
    ds.set("TextValue", "UT", "word " * 100_000)
    assert short_value(ds.element("PixelData")).startswith("100,000 bytes: 00 00")
    assert short_value(ds.element("LUTData")).startswith("0\\1\\2\\3")
    assert all(len(line) < 260 for line in str(ds).splitlines())


def test_wide_characters_take_two_columns() -> None:
    ds = dc.Dataset({"StudyDescription": "山" * 64})
    shown = short_value(ds.element("StudyDescription"), 30)
    assert shown.count("山") == 12
    assert shown.endswith("...'")


def test_long_and_deep_data_sets_are_bounded() -> None:
    ds = dc.Dataset()
    for _ in range(99):
        outer = dc.Dataset()
        outer.set("ContentSequence", "SQ", [ds])
        ds = outer
    assert len(str(ds).splitlines()) == 100
    _closed(ds._repr_html_())
    many = dc.Dataset()
    many.set("ContentSequence", "SQ", [dc.Dataset({"TextValue": "x"}) for _ in range(LONGEST + 9)])
    found = str(many).splitlines()
    assert len(found) == LONGEST + 1
    assert found[-1].startswith("... and more")
    assert len(list(lines(many))) == LONGEST + 10
    assert len(list(lines(many, Look(items=3)))) == 5
    assert len(list(lines(many, Look(depth=0)))) == 2
    assert len(many._repr_html_()) < 500_000


def test_dumps_stream() -> None:
    """The first line of a dump costs nothing of the rest."""
    many = dc.Dataset()
    many.set("ContentSequence", "SQ", [dc.Dataset({"TextValue": "x"})])
    found = lines(many)
    assert "ContentSequence" in next(found)
    many.ContentSequence.append(dc.Dataset({"TextValue": "added later"}))  # type: ignore[union-attr]
    assert "added later" in "".join(found)


def test_what_cannot_be_decoded_is_shown_as_it_stands() -> None:
    raw = dc.write_dataset(dc.Dataset({"StudyDate": "20200101"})).replace(b"20200101", b"2020AB99")
    ds = dc.read_dataset(raw)
    assert "'2020AB99'" in str(ds)


def test_private_elements_name_their_creator() -> None:
    text = str(dc.read(FILES / "CT_small.dcm"))
    assert "(0009,1001) LO [GEMS_IDEN_01]" in text
    assert "PrivateCreator" in text
    assert "= CT Image Storage" in text
