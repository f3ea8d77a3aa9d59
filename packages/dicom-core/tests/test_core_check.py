"""`check` and `fix_charset`: what single values hold, and texts that mean something else than declared."""

from pathlib import Path

import pydicom.data
import pytest

import dicom_core as dc

FILES = Path(pydicom.data.__file__).parent / "test_files"


def raw(tag: int, vr: str, value: bytes) -> bytes:
    head = tag.to_bytes(4, "big")
    return (
        bytes((head[1], head[0], head[3], head[2]))
        + vr.encode()
        + len(value).to_bytes(2, "little")
        + value
    )


def dataset(*elements: bytes) -> dc.Dataset:
    return dc.read_dataset(b"".join(elements))


def rules(ds: dc.Dataset) -> list[tuple[str, str]]:
    return [(finding.rule, finding.path) for finding in dc.check(ds)]


def test_a_good_file_has_no_findings() -> None:
    assert dc.check(dc.read(FILES / "CT_small.dcm")) == []


@pytest.mark.parametrize(
    ("element", "rule"),
    [
        (raw(0x00080020, "DA", b"20251301"), "value"),
        (raw(0x00200013, "IS", b"12x "), "value"),
        (raw(0x00280010, "US", b"\1\0\2\0"), "multiplicity"),
        (raw(0x00280030, "DS", b"1\\2\\3 "), "multiplicity"),
        (raw(0x00100010, "PN", b"M\xfcller"), "charset-bytes"),
    ],
)
def test_each_kind_of_finding_names_its_element(element: bytes, rule: str) -> None:
    ds = dataset(element)
    (finding,) = dc.check(ds)
    assert finding.rule == rule
    assert finding.path == str(next(iter(ds)))
    assert finding.offset == 0
    assert "ller" not in str(finding)
    assert "20251301" not in str(finding)


def test_items_are_checked_in_their_own_character_set() -> None:
    item = dc.Dataset()
    item.SpecificCharacterSet = "ISO_IR 192"
    item.PatientName = "Müller"
    outer = dc.Dataset()
    outer.ReferencedPatientSequence = [item]
    again = dc.read_dataset(outer.to_bytes())
    assert dc.check(again) == []
    broken = dc.read_dataset(outer.to_bytes().replace(b"ISO_IR 192", b"ISO_IR 99 "))
    assert ("unknown-charset", "(0008,1120)[0].(0008,0005)") in rules(broken)


def test_empty_values_are_no_findings() -> None:
    assert rules(dataset(raw(0x00280010, "US", b""), raw(0x00280030, "DS", b""))) == []


@pytest.mark.parametrize("declared", [None, "ISO_IR 144"])
def test_a_wrong_declaration_is_corrected_without_touching_text(
    declared: str | None, tmp_path: Path
) -> None:
    ds = dc.Dataset()
    ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.PatientName = "Müller"
    data = dc.DicomFile.new(ds).to_bytes()
    wrong = dc.read(data.replace(b"ISO_IR 100", (declared or "").encode().ljust(10)))
    assert wrong.dataset.PatientName != "Müller"
    fixed = dc.fix_charset(wrong, "ISO_IR 100")
    assert fixed.dataset.PatientName == "Müller"
    dc.write(fixed, tmp_path / "fixed.dcm")
    again = dc.read(tmp_path / "fixed.dcm").dataset
    assert again.PatientName == "Müller"
    assert again.SpecificCharacterSet == ("ISO_IR 100",)
    assert again.element("PatientName").raw == wrong.dataset.element("PatientName").raw
    assert pydicom.dcmread(tmp_path / "fixed.dcm").PatientName == "Müller"


def test_an_unknown_term_is_refused() -> None:
    with pytest.raises(dc.ValueEncodeError, match=r"\(0008,0005\).*ISO_IR 100"):
        dc.fix_charset(dc.read(FILES / "CT_small.dcm"), "ISO-8859-1")
