"""What we write, as pydicom and DCMTK read it: untouched, touched, encoded anew, edited, and converted."""

import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import dicom_core as dc
from dicom_dict import transfer_syntax
from dicom_dict import transfer_syntaxes as ts

from .files import as_seen_by_pydicom, difference, real_files

# What differs for a reason, by the name of the file.
ENCODED_ANEW = {
    "dicom-server--JPEGProcess2_4.dcm": "a fragment of odd length is padded (PS3.5 A.4)"
}
CONVERTED = {"dwv--gdcm-CT-MONO2-8-abdo.dcm": "dcmconv takes the spaces out of a UID that is none"}

Peer = Callable[[str], str]
FILES = list(real_files())
IDS = [f"{path.parent.name}/{path.name}" for path in FILES]


def rebuilt(ds: dc.Dataset) -> dc.Dataset:
    """The same values in a new data set: every one decoded, and encoded again."""
    made = dc.Dataset()
    for element in ds.elements():
        if element.vr == "SQ":
            value: object = [rebuilt(item) for item in ds[element.tag]]  # type: ignore[attr-defined]
        else:
            try:
                value = element.value
            except dc.ValueDecodeError:
                pytest.skip(f"{element.tag} holds no value of its VR: there is nothing to encode")
        made.set(element.tag, element.vr, value)
    return made


def dumps(tool: str, path: Path, *options: str) -> bool:
    """Whether dcmdump reads a file; some originals it refuses, too (JPEG XL, odd lengths)."""
    words = [tool, "-q", *options, str(path)]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_what_was_only_looked_at_is_written_byte_for_byte(path: Path) -> None:
    data = path.read_bytes()
    file = dc.read(data)
    for element in file.dataset.walk():
        try:
            element.value  # noqa: B018
        except dc.ValueDecodeError:
            continue
    assert file.to_bytes() == data


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_what_is_encoded_anew_reads_equal(path: Path, tmp_path: Path, peer: Peer) -> None:
    if path.name in ENCODED_ANEW:
        pytest.skip(ENCODED_ANEW[path.name])
    data = path.read_bytes()
    file = dc.read(data)
    # The group length comes first, and the data set begins behind it (PS3.10 7.1).
    meta = data[: 144 + struct.unpack_from("<I", data, 140)[0]]
    try:
        written = meta + rebuilt(file.dataset).to_bytes(file.transfer_syntax)
    except dc.DicomError as error:
        if "default repertoire" in str(error):
            pytest.skip("text outside of the declared character set cannot be encoded")
        raise
    assert difference(as_seen_by_pydicom(data), as_seen_by_pydicom(written)) == ""
    (tmp_path / "written.dcm").write_bytes(written)
    assert dumps(peer("dcmdump"), tmp_path / "written.dcm") >= dumps(peer("dcmdump"), path)


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_an_edit_changes_what_was_edited(path: Path, tmp_path: Path, peer: Peer) -> None:
    data = path.read_bytes()
    edited = tmp_path / "edited.dcm"
    file = dc.read(data)
    file.dataset.PatientID = "EDITED"
    dc.write(file, edited)
    before, after = as_seen_by_pydicom(data), as_seen_by_pydicom(edited.read_bytes())
    assert after.PatientID == "EDITED"
    before.PatientID = "EDITED"
    assert difference(before, after) == ""
    if dumps(peer("dcmdump"), path):
        words = [peer("dcmdump"), "-q", "+P", "0010,0020", str(edited)]
        done = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
        assert "EDITED" in done.stdout, done.stderr


CONVERSIONS = [
    (ts.ImplicitVRLittleEndian, "+ti"),
    (ts.ExplicitVRLittleEndian, "+te"),
    (ts.ExplicitVRBigEndian, "+tb"),
    (ts.DeflatedExplicitVRLittleEndian, "+td"),
]
NATIVE = [
    path for path in FILES if not transfer_syntax(dc.read_header(path).transfer_syntax).encapsulated
]


@pytest.mark.parametrize("path", NATIVE, ids=[f"{path.parent.name}/{path.name}" for path in NATIVE])
def test_conversions_equal_those_of_dcmconv(path: Path, tmp_path: Path, peer: Peer) -> None:
    if path.name in CONVERTED:
        pytest.skip(CONVERTED[path.name])
    file = dc.read(path)
    original = as_seen_by_pydicom(path.read_bytes())
    for syntax, option in CONVERSIONS:
        theirs = tmp_path / "theirs.dcm"
        words = [peer("dcmconv"), "-q", option, str(path), str(theirs)]
        if subprocess.run(words, capture_output=True, check=False).returncode:
            continue  # dcmconv refuses the original
        written = dc.convert(file, syntax).to_bytes()
        assert dc.read(written).transfer_syntax == syntax.uid
        converted = as_seen_by_pydicom(theirs.read_bytes())
        assert difference(as_seen_by_pydicom(written), converted) == "", option
        back = dc.convert(dc.read(written), file.transfer_syntax).to_bytes()
        # Implicit VR forgets the VR an element had; its value is the same.
        assert difference(as_seen_by_pydicom(back), original, vrs=False) == "", option
