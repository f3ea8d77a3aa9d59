"""pydicom both ways: real files become what pydicom itself reads, and come back equal."""

import json
import warnings
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest

import dicom_core as dc
from dicom_core import interop

WHEEL = Path(pydicom.__file__).parent / "data" / "test_files"


def wheel_files() -> list[Path]:
    found = []
    for path in sorted(WHEEL.rglob("*")):
        if path.is_file():
            with path.open("rb") as stream:
                if stream.read(132)[128:] == b"DICM":
                    found.append(path)
    return found


@pytest.fixture(autouse=True)
def _their_warnings() -> Iterator[None]:
    """pydicom warns about values of its own files."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _explained(change: dc.Difference) -> bool:
    """What pydicom does on purpose when it writes."""
    if change.tag & 0xFFFF == 0:
        return True  # retired group lengths are left out (PS3.5 7.2)
    old, new = change.old, change.new
    if old is None or new is None or old.vr == "SQ":
        return False
    # its own private dictionary knows some UN, and odd lengths are padded (PS3.5 7.1.1)
    return (old.vr == new.vr or old.vr == "UN") and new.raw == old.raw + b"\0" * (len(old.raw) & 1)


def _same(ours: dc.Dataset, theirs: dc.Dataset) -> bool:
    return all(map(_explained, ours.diff(theirs)))


def _strip(dataset: pydicom.Dataset) -> pydicom.Dataset:
    """Without group lengths, which ours are right and some files' are not."""
    for tag in [tag for tag in dataset.keys() if tag.element == 0]:  # noqa: SIM118
        del dataset[tag]
    return dataset


def _both_ways(path: Path) -> str:
    """What differs, or nothing."""
    ours = dc.read(path)
    theirs = pydicom.dcmread(path)
    found = interop.to_pydicom(ours)
    if _strip(found) != _strip(theirs):
        return "to pydicom"
    if found.file_meta != theirs.file_meta or found.preamble != theirs.preamble:
        return "meta to pydicom"
    if not _same(ours.dataset, interop.from_pydicom(pydicom.dcmread(path))):
        return "from pydicom"
    back = interop.file_from_pydicom(pydicom.dcmread(path))
    if not _same(ours.dataset, back.dataset) or back.transfer_syntax != ours.transfer_syntax:
        return "file from pydicom"
    again = interop.from_pydicom(interop.to_pydicom(ours.dataset))
    return "" if _same(ours.dataset, again) else "there and back"


def test_all_files_of_pydicoms_wheel() -> None:
    paths = wheel_files()
    assert len(paths) > 100
    different = {}
    for path in paths:
        try:
            dc.read(path)
            pydicom.dcmread(path)
        except Exception:  # noqa: BLE001 - files that one of the two does not read at all
            continue
        found = _both_ways(path)
        if found:
            different[path.name] = found
    assert different == {}


def test_a_sample_of_the_collection(corpus: Path) -> None:
    different = {}
    count = 0
    for entry in json.loads((corpus / "manifest.json").read_text()):
        path = corpus / entry["path"]
        if entry["family"] == "odd" or entry["read"] != "normal" or path.stat().st_size > 1 << 20:
            continue
        count += 1
        found = _both_ways(path)
        if found:
            different[entry["path"]] = found
    assert count > 100
    assert different == {}


def test_character_sets_survive() -> None:
    ds = dc.Dataset()
    ds.SpecificCharacterSet = ["", "ISO 2022 IR 87"]
    ds.PatientName = "Yamada^Tarou=山田^太郎=やまだ^たろう"
    theirs = interop.to_pydicom(ds)
    assert str(theirs.PatientName) == "Yamada^Tarou=山田^太郎=やまだ^たろう"
    assert interop.from_pydicom(theirs) == ds
    made = pydicom.Dataset()
    made.SpecificCharacterSet = "ISO_IR 100"
    made.PatientName = "Müller^Jörg"
    made.OtherPatientIDsSequence = [pydicom.Dataset()]
    made.OtherPatientIDsSequence[0].PatientID = "ä1"
    ours = interop.from_pydicom(made)
    assert ours.PatientName == "Müller^Jörg"
    items = ours["OtherPatientIDsSequence"]
    assert isinstance(items, dc.Sequence)
    assert items[0].PatientID == "ä1"


def test_private_elements_and_edits() -> None:
    ds = dc.Dataset()
    ds.set(0x00290010, "LO", "ACME 1.0")
    ds.set(0x00291001, "DS", [1.5, 2])
    ds.set(0x00291002, "SQ", [dc.Dataset({"PatientID": "x"})])
    theirs = interop.to_pydicom(ds)
    block = theirs.private_block(0x0029, "ACME 1.0")
    assert list(block[0x01].value) == [1.5, 2]
    assert block[0x02].value[0].PatientID == "x"
    assert interop.from_pydicom(theirs) == ds


def test_a_file_made_here_can_be_saved_there(tmp_path: Path) -> None:
    ds = dc.Dataset(
        {
            "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7",
            "SOPInstanceUID": "1.2.3",
            "PatientName": "A^B",
        }
    )
    for syntax in (
        "1.2.840.10008.1.2",
        "1.2.840.10008.1.2.1",
        "1.2.840.10008.1.2.2",
        "1.2.840.10008.1.2.1.99",
    ):
        theirs = interop.to_pydicom(dc.DicomFile.new(ds.copy(), syntax))
        assert theirs.file_meta.TransferSyntaxUID == syntax
        theirs.save_as(tmp_path / "x.dcm")
        assert dc.read(tmp_path / "x.dcm").dataset == ds
        assert interop.file_from_pydicom(theirs).dataset == ds


def test_without_pydicom(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pydicom", None)
    with pytest.raises(interop.MissingExtra, match="pip install 'pydicom'") as caught:
        interop.to_pydicom(dc.Dataset())
    assert caught.value.library == "pydicom"
    assert isinstance(caught.value, ImportError)
    assert isinstance(caught.value, dc.DicomError)
