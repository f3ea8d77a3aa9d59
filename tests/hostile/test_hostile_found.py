"""What fuzzing found, each under its case, in the smallest form that showed it."""

import pytest

import dicom_core as dc


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
