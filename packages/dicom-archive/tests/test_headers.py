"""Headers come back as they were, without pixel data; large values are handles on the file."""

from pathlib import Path

import pytest

import dicom_core as dc
from dicom_archive import describe, pack_header, unpack_header
from dicom_core.store import Expected, InstanceRefused
from dicom_core.store.testing import sample

SYNTAXES = [
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.1.99",
]
LONG = bytes(range(256)) * 500


def _without_pixels(dataset: dc.Dataset) -> dc.Dataset:
    found = dataset.copy()
    for tag in list(found):
        if tag.group == 0x7FE0:
            del found[tag]
    return found


def _file(syntax: str, **values: object) -> bytes:
    dataset = dc.read(sample()).dataset
    dataset.ReferencedStudySequence = [dc.Dataset({"ReferencedSOPInstanceUID": "1.2.3"})] * 2
    dataset.update(values)
    return dc.DicomFile.new(dataset, syntax).to_bytes()


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("comment", ["", "x" * 5000, "x" * 200_000])
def test_a_header_comes_back(syntax: str, comment: str) -> None:
    data = _file(syntax, TextValue=comment)
    found = describe(dc.BytesSource(data), Expected(transfer_syntax=syntax))
    assert found.header == describe(dc.BytesSource(data)).header
    assert len(found.header) < 3000  # deflated where that pays
    header = unpack_header(found.header)
    assert header == _without_pixels(dc.read(data).dataset)
    assert unpack_header(pack_header(dc.read(data).dataset, in_file=False)) == header


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_bulk_stays_behind(syntax: str) -> None:
    dataset = dc.read(sample()).dataset
    dataset.set("EncapsulatedDocument", "OB", LONG)
    dataset.set("RedPaletteColorLookupTableData", "OW", LONG)
    dataset.set("FirstOrderPhaseCorrectionAngle", "OF", LONG)
    dataset.set("SpectroscopyData", "OF", b"")
    data = dc.DicomFile.new(dataset, syntax).to_bytes()
    source = dc.BytesSource(data)
    found = describe(source)
    deflated = syntax == SYNTAXES[3]
    header = unpack_header(found.header, lambda: source)
    assert header == _without_pixels(dc.read(data).dataset)
    assert header["EncapsulatedDocument"] == LONG
    assert header.element("RedPaletteColorLookupTableData").handle.read_range(3, 7) == LONG[3:10]
    assert ("EncapsulatedDocument" in unpack_header(found.header)) == deflated


def test_offset_tables_belong_to_the_pixels() -> None:
    dataset = dc.read(sample()).dataset
    dataset.set("ExtendedOffsetTable", "OV", bytes(8))
    data = dc.DicomFile.new(dataset).to_bytes()
    header = unpack_header(describe(dc.BytesSource(data)).header)
    assert header == _without_pixels(dataset)


def test_a_header_of_a_later_version_is_no_data_set() -> None:
    with pytest.raises(ValueError, match="version 9"):
        unpack_header(b"\x09\0\0\0")


def test_every_file_of_the_corpus(corpus: Path) -> None:
    kept = 0
    paths = sorted(corpus.rglob("*.dcm"))
    for path in paths:
        try:
            found = describe(dc.PathSource(path))
        except InstanceRefused:
            continue
        kept += 1
        whole = _without_pixels(dc.read(path).dataset)
        header = unpack_header(found.header, lambda path=path: dc.PathSource(path))  # type: ignore[misc]
        # Group lengths are made anew with what stays
        changed = [one.path for one in header.diff(whole) if not one.path.endswith(",0000)")]
        assert changed == [], path
    assert kept > len(paths) * 0.8
