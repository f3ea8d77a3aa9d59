"""What fuzzing found, each under its case, in the smallest form that showed it."""

import pytest

import dicom_core as dc

from .make import UNDEFINED, element, file, item, item_end, sequence_end
from .sandbox import hostile, reads


def test_F25_a_name_with_too_many_groups_reads_back_from_json_and_xml() -> None:
    ds = dc.read_dataset(b"\x10\0\x10\0PN\x06\0a===b ")
    again = dc.json.decode(dc.json.encode(ds))
    assert dc.json.encode(again) == dc.json.encode(ds)
    empty_groups = dc.read_dataset(b"\x10\0\x10\0PN\x04\0a===")
    once = dc.json.encode(empty_groups)
    assert dc.json.encode(dc.json.decode(once)) == once
    assert dc.xml.encode(dc.xml.decode(dc.xml.encode(empty_groups))) == dc.xml.encode(empty_groups)


def test_F19_an_error_does_not_repeat_what_a_file_declares() -> None:
    ds = dc.read_dataset(b"\x08\0\x05\0CS\x10\0Doe^Jane\x08 \x1b[31m ")
    ds.PatientName = "Müller"
    with pytest.raises(dc.DicomError) as caught:
        ds.to_bytes()
    assert "Doe" not in str(caught.value)
    assert str(caught.value).isprintable()


def test_F25_a_declaration_of_another_vr_is_written_as_CS() -> None:
    ds = dc.read_dataset(b"\x08\0\x05\0UN\0\0\x04\0\0\0\x01\x02\x03\x04")
    text = dc.json.encode(ds)
    assert b'"00080005":{"vr":"CS"' in text
    assert dc.json.encode(dc.json.decode(text)) == text


@pytest.mark.parametrize("size", [60, 300_000])
@pytest.mark.parametrize("missing", [0, 1, 30])
def test_F04_fragments_that_are_cut_off_are_written_as_whole_ones(size: int, missing: int) -> None:
    pixels = item(b"") + item(b"\xff\xd8" + bytes(size))
    data = file(element(0x7FE00010, "OB", pixels, UNDEFINED), "1.2.840.10008.1.2.4.50")
    found = reads(data[: len(data) - missing])
    found.dataset.PatientComments = "x"
    again = dc.read(found.to_bytes())
    assert {one.rule for one in again.findings} <= {"meta-group-length"}
    copy = dc.Dataset()
    copy.update(found.dataset)
    for ds in (again.dataset, dc.read_dataset(dc.write_dataset(copy))):
        fragments = ds["PixelData"]
        assert isinstance(fragments, dc.Fragments)
        assert fragments.sizes == [size + 2 - missing + (missing & 1)]


def test_F04_fragments_in_an_item_that_ends_before_they_do() -> None:
    inner = element(0x7FE00010, "OB", item(b"") + item(b"12", 99), UNDEFINED)
    ds = dc.read_dataset(
        element(0x0040A730, "SQ", item(inner, UNDEFINED) + item_end + sequence_end, UNDEFINED)
    )
    copy = dc.Dataset()
    copy.update(ds)
    once = dc.write_dataset(copy)
    assert dc.write_dataset(dc.read_dataset(once)) == once


def test_F10_big_endian_fragments_are_written_in_little_endian() -> None:
    pixels = item(b"", big=True) + item(b"1234", big=True) + b"\xff\xfe\xe0\xdd\0\0\0\0"
    ds = dc.read_dataset(
        element(0x7FE00010, "OB", pixels, UNDEFINED, big=True), "1.2.840.10008.1.2.2"
    )
    again = dc.read_dataset(dc.write_dataset(ds))
    fragments = again["PixelData"]
    assert isinstance(fragments, dc.Fragments)
    assert list(fragments) == [b"1234"]


@hostile(memory=64, seconds=20)
def test_F23_uids_that_nobody_knows_are_compared_with_none() -> None:
    """Each was compared with all the names of the standard, to suggest a better one to nobody."""
    items = (
        item(element(0x00081155, "UI", b"1.2.840.10008.5." + f"{number:08}".encode()))
        for number in range(3000)
    )
    found = reads(file(element(0x00081140, "SQ", b"".join(items))))
    assert "1.2.840.10008.5." in str(found)
    for element_found in found.dataset.walk():
        if element_found.vr == "UI":
            uid = element_found.value
            assert isinstance(uid, dc.UID)
            assert uid.name == uid


@pytest.mark.parametrize("named", ["ExplicitVRLittleEndian", "(\0\1" + "x" * 600, ""])
def test_F09_a_transfer_syntax_that_is_no_uid_is_read_all_the_same(named: str) -> None:
    """A name in the file was looked for among the keywords that users may give."""
    found = dc.read(file(element(0x00080060, "CS", b"OT"), named))
    assert found.dataset.Modality == "OT"
    with pytest.raises(dc.DicomError) as caught:
        dc.convert(found, "(" + "y" * 5000)
    assert len(str(caught.value)) < 1000
