"""Writing, editing and converting: byte for byte where nothing was touched, equal for peers where it was."""

import io
import os
import pickle
import subprocess
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pydicom
import pydicom.data
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dicom_core as dc
from dicom_core import _writer

FOLDER = Path(str(pydicom.data.get_testdata_file("CT_small.dcm", download=False))).parent
CT = FOLDER / "CT_small.dcm"
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
BIG, DEFLATED = "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"
SC = "1.2.840.10008.5.1.4.1.1.7"


def real_files() -> Iterator[Path]:
    for path in sorted(FOLDER.glob("*.dcm")):
        with path.open("rb") as stream:
            stream.seek(128)
            if stream.read(4) == b"DICM":
                yield path


def peer_read(source: Path | bytes) -> pydicom.FileDataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pydicom.dcmread(io.BytesIO(source) if isinstance(source, bytes) else source)


def touch_everything(file: dc.DicomFile) -> None:
    for element in file.dataset.walk():
        try:
            assert element.value is None or element.value is not None
        except dc.ValueDecodeError:
            assert element.raw


@pytest.mark.parametrize("path", list(real_files()), ids=lambda path: path.name)
class TestRealFiles:
    def test_untouched_is_written_as_it_was(self, path: Path) -> None:
        file = dc.read(path)
        touch_everything(file)
        assert not file.is_edited
        assert file.to_bytes() == path.read_bytes()

    def test_edited_differs_in_the_edits_only(self, path: Path) -> None:
        file = dc.read(path)
        before = file.dataset.copy()
        file.dataset.PatientComments = "changed"
        if "SOPClassUID" not in file.dataset:
            file.dataset.SOPClassUID = SC
        if "SOPInstanceUID" not in file.dataset:
            file.dataset.SOPInstanceUID = "1.2.3"
        back = dc.read(file.to_bytes()).dataset
        # group lengths are made true again
        changed = {found.path for found in before.diff(back) if not found.tag.is_group_length}
        assert changed == {found.path for found in before.diff(file.dataset)}
        again = peer_read(file.to_bytes())
        assert again.PatientComments == "changed"


@pytest.mark.parametrize("to", [IMPLICIT, EXPLICIT, BIG, DEFLATED])
@pytest.mark.parametrize(
    "name", ["CT_small.dcm", "MR_small_bigendian.dcm", "image_dfl.dcm", "rtplan.dcm"]
)
class TestConvert:
    def test_and_back(self, name: str, to: str) -> None:
        file = dc.read(FOLDER / name)
        there = dc.read(dc.convert(file, to).to_bytes())
        assert there.transfer_syntax == to
        assert there.meta.TransferSyntaxUID == to
        back = dc.read(dc.convert(there, EXPLICIT).to_bytes()).dataset
        for element in file.dataset.walk():
            if not element.tag.is_private and not element.tag.is_group_length:
                assert element.value is not None or element.is_empty
        assert [e.tag for e in back.walk()] == [e.tag for e in file.dataset.walk()]
        assert back.get("PixelData") == file.dataset.get("PixelData")
        assert back.get("Rows") == file.dataset.get("Rows")

    def test_equal_to_dcmconv(
        self, name: str, to: str, tmp_path: Path, peer: Callable[[str], str]
    ) -> None:
        option = {IMPLICIT: "+ti", EXPLICIT: "+te", BIG: "+tb", DEFLATED: "+td"}[to]
        theirs = tmp_path / "theirs.dcm"
        subprocess.run(
            [peer("dcmconv"), option, str(FOLDER / name), str(theirs)],
            check=True,
            capture_output=True,
        )
        ours = tmp_path / "ours.dcm"
        dc.write(dc.convert(dc.read(FOLDER / name), to), ours)

        def dump(path: Path) -> list[str]:
            text = subprocess.run(
                [peer("dcmdump"), "-q", "+L", "-Un", str(path)], capture_output=True, check=True
            ).stdout.decode("latin-1")
            lines = [line.split("#")[0].strip() for line in text.splitlines()]
            return [line for line in lines if line.startswith("(") and not line.startswith("(0002")]

        def plain(lines: list[str]) -> list[str]:
            # lengths of sequences are written as one likes
            return [
                line.split(" with ")[0]
                for line in lines
                if not line.startswith(("(fffe,e00d)", "(fffe,e0dd)"))
            ]

        assert plain(dump(ours)) == plain(dump(theirs))


def new_dataset() -> dc.Dataset:
    ds = dc.Dataset()
    ds.SOPClassUID = SC
    ds.SOPInstanceUID = "1.2.3.4"
    ds.PatientName = "Doe^Jane"
    ds.Rows = 2
    return ds


def test_a_file_from_scratch(tmp_path: Path, peer: Callable[[str], str]) -> None:
    """CORE-081: generated file meta information."""
    path = tmp_path / "new.dcm"
    dc.write(new_dataset(), path)
    meta = peer_read(path).file_meta
    assert meta.FileMetaInformationVersion == b"\0\1"
    assert meta.MediaStorageSOPClassUID == SC
    assert meta.MediaStorageSOPInstanceUID == "1.2.3.4"
    assert meta.TransferSyntaxUID == EXPLICIT
    assert len(str(meta.ImplementationVersionName)) <= 16
    size = path.read_bytes()[140:144]
    assert dc.read(path, dc.ReadOptions(strict=True)).findings == ()
    assert int.from_bytes(size, "little") > 100
    text = subprocess.run([peer("dcmdump"), str(path)], capture_output=True, check=True).stdout
    assert b"(0028,0010) US 2" in text
    assert b"(0010,0010) PN [Doe^Jane]" in text


def test_new_generates_an_instance_uid_but_no_class() -> None:
    ds = dc.Dataset({"SOPClassUID": SC})
    file = dc.DicomFile.new(ds, IMPLICIT)
    assert file.meta.MediaStorageSOPInstanceUID == ds.SOPInstanceUID
    assert dc.read(file.to_bytes()).transfer_syntax == IMPLICIT
    with pytest.raises(dc.WriteError, match="SOPClassUID"):
        dc.DicomFile.new(dc.Dataset())


def test_meta_follows_the_data_set() -> None:
    file = dc.read(CT)
    file.dataset.SOPInstanceUID = "1.2.3.4.5"
    again = dc.read(file.to_bytes())
    assert again.meta.MediaStorageSOPInstanceUID == "1.2.3.4.5"
    assert again.findings == ()


def test_an_edit_in_an_item_leaves_the_rest() -> None:
    file = dc.read(FOLDER / "rtplan.dcm")
    beam = (file.dataset.BeamSequence or [])[0]
    beam.BeamName = "other"
    assert file.is_edited
    back = dc.read(file.to_bytes()).dataset
    original = dc.read(FOLDER / "rtplan.dcm").dataset
    assert [found.path for found in original.diff(back)] == ["(300A,00B0)[0].(300A,00C2)"]
    assert str(peer_read(file.to_bytes()).BeamSequence[0].BeamName) == "other"


@pytest.mark.parametrize("kind", ["defined", "undefined"])
@pytest.mark.parametrize("to", [IMPLICIT, EXPLICIT, BIG])
def test_lengths_of_sequences(kind: str, to: str) -> None:
    options = dc.WriteOptions(sequences="defined" if kind == "defined" else "undefined")
    file = dc.read(FOLDER / "rtplan.dcm")
    data = dc.to_bytes(dc.convert(file, to), options=options)
    big = to == BIG
    assert ((b"\xff\xfe\xe0\xdd" if big else b"\xfe\xff\xdd\xe0") in data) == (kind == "undefined")
    back = dc.read(data)
    assert [e.tag for e in back.dataset.walk()] == [e.tag for e in file.dataset.walk()]
    assert back.findings == ()
    assert len(peer_read(data).BeamSequence) == len(file.dataset.BeamSequence or ())


def test_long_values() -> None:
    """CORE-088: PS3.5 6.2.2."""
    ds = new_dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.set(0x00104000, "LT", "ü" * 5000)
    ds.set(0x00200013, "IS", list(range(20_000)))
    data = dc.write_dataset(ds)
    back = dc.read_dataset(data)
    assert back.element(0x00200013).raw == ds.element(0x00200013).raw
    assert data[data.index(b"\x20\0\x13\0") + 4 :][:2] == b"UN"
    with pytest.raises(dc.WriteError) as caught:
        dc.write_dataset(ds, options=dc.WriteOptions(long_values="error"))
    assert caught.value.path == "(0020,0013)"
    assert dc.read_dataset(dc.write_dataset(ds, IMPLICIT), IMPLICIT) == back


PADDED = [
    ("UI", "1.2.3", b"1.2.3\0"),
    ("LO", "abc", b"abc "),
    ("CS", "ABC", b"ABC "),
    ("OB", b"abc", b"abc\0"),
    ("UN", b"abc", b"abc\0"),
    ("IS", 5, b"5 "),
    ("UT", "a", b"a "),
    ("UR", "a:b", b"a:b "),
]


@pytest.mark.parametrize(("vr", "value", "want"), PADDED)
def test_padding(vr: str, value: object, want: bytes) -> None:
    ds = dc.Dataset()
    ds.set(0x00091001, vr, value)
    assert dc.write_dataset(ds).endswith(want)
    assert ds.element(0x00091001).raw == want


def test_text_is_written_in_the_declared_character_set() -> None:
    ds = new_dataset()
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.PatientName = "Müller^Jörg"
    assert b"M\xfcller^J\xf6rg" in dc.write_dataset(ds)
    ds.SpecificCharacterSet = "ISO_IR 192"
    assert "Müller^Jörg".encode() in dc.write_dataset(ds)
    ds.SpecificCharacterSet = "ISO_IR 144"
    with pytest.raises(dc.ValueEncodeError) as caught:
        dc.write_dataset(ds)
    assert caught.value.path == "(0010,0010)"


def test_another_character_set_rewrites_what_is_stored() -> None:
    name = FOLDER.parent / "charset_files" / "chrFren.dcm"
    file = dc.read(name)
    want = file.dataset.PatientName
    file.dataset.SpecificCharacterSet = "ISO_IR 192"
    back = dc.read(file.to_bytes()).dataset
    assert back.PatientName == want == file.dataset.PatientName
    assert back.element("PatientName").raw == str(want).encode()


class Counted:
    """A source that tells how much of it was asked for at once."""

    def __init__(self, data: bytes) -> None:
        self.data, self.largest = data, 0
        self.size = len(data)
        self.identity = "counted"

    def read_range(self, offset: int, length: int) -> bytes:
        self.largest = max(self.largest, length)
        return self.data[offset : offset + length]


@pytest.mark.parametrize("to", [IMPLICIT, EXPLICIT, BIG, DEFLATED])
def test_a_handle_is_a_value_that_is_read_when_it_is_written(tmp_path: Path, to: str) -> None:
    data = bytes(range(256)) * 65536
    source = Counted(data)
    ds = dc.Dataset({"SOPClassUID": SC})
    ds.set("PixelData", "OW", dc.ValueHandle(source, 2, len(data) - 4))
    assert source.largest == 0
    twin = pickle.loads(pickle.dumps(ds.copy()))
    dc.write(dc.DicomFile.new(twin, to), tmp_path / "out.dcm")
    dc.write(dc.DicomFile.new(ds, to), tmp_path / "out.dcm")
    assert to == DEFLATED or source.largest <= 8 << 20
    assert peer_read(tmp_path / "out.dcm").PixelData == (
        np.frombuffer(data[2:-2], "<u2").astype(">u2").tobytes() if to == BIG else data[2:-2]
    )
    assert ds["PixelData"] == data[2:-2]
    with pytest.raises(dc.ValueEncodeError, match="ValueHandle"):
        ds.set("PatientName", "PN", dc.ValueHandle(source, 0, 4))


def test_fragments_that_stand_elsewhere_are_read_when_they_are_written(tmp_path: Path) -> None:
    source = Counted(bytes(range(100)))
    ds = dc.Dataset({"SOPClassUID": SC})
    ds.set(
        "PixelData", "OB", dc.Fragments.found(dc.ValueHandle(source, 10, 90), [0, 0, 0, 30, 40, 81])
    )
    dc.write(dc.DicomFile.new(ds, "1.2.840.10008.1.2.5"), tmp_path / "out.dcm")
    assert source.largest == 41
    fragments = dc.read(tmp_path / "out.dcm").dataset["PixelData"]
    assert isinstance(fragments, dc.Fragments)
    assert list(fragments) == [bytes(range(10, 40)), bytes(range(50, 91)) + b"\0"]


def test_fragments_are_written(tmp_path: Path, peer: Callable[[str], str]) -> None:
    ds = new_dataset()
    ds.Rows = ds.Columns = 1
    ds.PixelData = dc.Fragments([b"\xff\xd8abc", b"def\xff\xd9"], offset_table=bytes(4))
    file = dc.DicomFile.new(ds, "1.2.840.10008.1.2.4.50")
    back = dc.read(file.to_bytes())
    pixels = back.dataset.PixelData
    assert isinstance(pixels, dc.Fragments)
    assert list(pixels) == [b"\xff\xd8abc\0", b"def\xff\xd9\0"]
    assert pixels.offset_table == bytes(4)
    start, end, *_ = pixels.spans
    assert pixels.handle.read_range(start, end - start) == b"\xff\xd8abc\0"
    assert back.dataset.element("PixelData").is_encapsulated
    assert not back.dataset.element("Rows").is_encapsulated
    with pytest.raises(dc.WriteError):
        dc.convert(back, EXPLICIT)
    path = tmp_path / "f.dcm"
    dc.write(file, path)
    text = subprocess.run([peer("dcmdump"), str(path)], capture_output=True, check=True).stdout
    assert b"PixelSequence #=3" in text


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


class TestPaths:
    def test_atomic(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "a.dcm"
        dc.write(new_dataset(), path)
        before = path.read_bytes()

        def fail(*_: object) -> None:
            raise OSError(28, "no space left")

        monkeypatch.setattr(_writer, "_write_all", fail)
        with pytest.raises(OSError, match="no space"):
            dc.write(dc.read(CT), path)
        assert path.read_bytes() == before
        assert os.listdir(tmp_path) == ["a.dcm"]

    @pytest.mark.parametrize("nameless", [True, False])
    def test_what_a_killed_writer_leaves(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nameless: bool
    ) -> None:
        """While bytes are written the file has no name where the system allows that; else a hidden one."""
        if not nameless:
            monkeypatch.delattr(os, "O_TMPFILE", raising=False)
        elif _writer._nameless(str(tmp_path)) < 0:
            pytest.skip("this file system has no files without a name")
        seen: list[list[str]] = []
        write_all = _writer._write_all

        def spy(descriptor: int, pieces: list[bytes | memoryview]) -> None:
            write_all(descriptor, pieces)
            seen.append(os.listdir(tmp_path))

        monkeypatch.setattr(_writer, "_write_all", spy)
        path = tmp_path / "a.dcm"
        for number, before in enumerate(([], ["a.dcm"])):
            seen.clear()
            ds = new_dataset()
            ds.InstanceNumber = number
            dc.write(ds, path, durable=bool(number))
            hidden = [name for name in seen[-1] if name.startswith(".a.dcm.")]
            assert len(hidden) == (not nameless)
            assert sorted(set(seen[-1]) - set(hidden)) == before
            assert os.listdir(tmp_path) == ["a.dcm"]
            assert dc.read(path).dataset.InstanceNumber == number
            assert path.stat().st_mode & 0o777 == 0o666 & ~_umask()

    def test_a_name_that_cannot_be_given(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise OSError(28, "no space left")

        monkeypatch.setattr(os, "replace", fail)
        with pytest.raises(OSError, match="no space"):
            dc.write(new_dataset(), tmp_path / "a.dcm")
        monkeypatch.setattr(_writer, "_give_name", fail)
        with pytest.raises(OSError, match="no space"):
            dc.write(new_dataset(), tmp_path / "a.dcm")
        assert os.listdir(tmp_path) == []

    def test_errors_come_before_the_first_byte(self, tmp_path: Path) -> None:
        ds = new_dataset()
        ds.SpecificCharacterSet = "ISO_IR 100"
        ds.PatientName = "山田"
        with pytest.raises(dc.ValueEncodeError):
            dc.write(ds, tmp_path / "a.dcm")
        assert os.listdir(tmp_path) == []

    def test_durable_and_permissions(self, tmp_path: Path) -> None:
        path = tmp_path / "a.dcm"
        path.write_bytes(b"")
        path.chmod(0o640)
        dc.write(new_dataset(), path, durable=True)
        assert path.stat().st_mode & 0o777 == 0o640
        assert dc.read(path).dataset == new_dataset()

    def test_to_a_file_object(self) -> None:
        out = io.BytesIO()
        dc.write(dc.read(CT), out)
        assert out.getvalue() == CT.read_bytes()

    def test_a_header_is_not_written(self, tmp_path: Path) -> None:
        with pytest.raises(dc.WriteError, match="read it whole"):
            dc.write(dc.read_header(CT), tmp_path / "a.dcm")


def big_file(path: Path, size: int = 300_000) -> Path:
    ds = new_dataset()
    ds.set("PixelData", "OW", bytes(range(256)) * (size // 256))
    dc.write(ds, path)
    return path


class TestOwnSource:
    def test_a_file_stands_on_what_was_written_over_it(self, tmp_path: Path) -> None:
        path = big_file(tmp_path / "a.dcm")
        file = dc.read(path)
        want = dc.read(path).dataset.PixelData
        for comment in ("a longer comment", "x" * 500, "y"):
            file.dataset.PatientComments = comment
            dc.write(file, path)
            assert file.dataset.element("PixelData").handle.read() == want
            assert dc.read(path).dataset.PixelData == want
            assert dc.read(path).dataset.PatientComments == comment
        assert file.dataset.PixelData == want

    def test_changed_behind_our_back(self, tmp_path: Path) -> None:
        path = big_file(tmp_path / "a.dcm")
        file = dc.read(path)
        data = path.read_bytes()
        path.write_bytes(data[:-4000])
        with pytest.raises(dc.SourceChanged) as caught:
            file.dataset["PixelData"]
        assert caught.value.path == str(path)
        with pytest.raises(dc.SourceChanged):
            dc.write(file, tmp_path / "b.dcm")
        assert os.listdir(tmp_path) == ["a.dcm"]
        path.unlink()
        with pytest.raises(dc.SourceChanged):
            file.dataset["PixelData"]


class TestScan:
    def test_few_tags_of_many_files(self, tmp_path: Path) -> None:
        for number in range(5):
            ds = new_dataset()
            ds.PatientID = f"P{number}"
            dc.write(ds, tmp_path / f"{number}.dcm")
        (tmp_path / "sub").mkdir()
        (tmp_path / "sub" / "note.txt").write_text("no")
        rows = list(dc.scan(tmp_path, ["PatientID", 0x00280010, "TransferSyntaxUID", "Columns"]))
        assert [row.values.get("PatientID") for row in rows] == ["P0", "P1", "P2", "P3", "P4", None]
        assert rows[0].values == {"PatientID": "P0", "Rows": 2, "TransferSyntaxUID": EXPLICIT}
        assert "DICM" in rows[5].error
        assert list(dc.scan(tmp_path, ["PatientID"], workers=2)) == list(
            dc.scan([str(tmp_path)], ["PatientID"])
        )


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\\"),
    max_size=40,
)


@given(name=TEXT, rows=st.integers(0, 65535), data=st.binary(max_size=99), depth=st.integers(0, 5),
       to=st.sampled_from([IMPLICIT, EXPLICIT, BIG, DEFLATED]), undefined=st.booleans())  # fmt: skip
def test_what_is_written_reads_equal(
    name: str, rows: int, data: bytes, depth: int, to: str, undefined: bool
) -> None:
    ds = dc.Dataset({"SpecificCharacterSet": "ISO_IR 192"})
    inner = ds
    for _ in range(depth):
        inner.Rows = rows
        inner.StudyDescription = name
        inner.set("LongCodeValue", "UC", name)
        item = dc.Dataset()
        inner.ReferencedSeriesSequence = [item, dc.Dataset()]
        inner = item
    inner.EncapsulatedDocument = data
    options = dc.WriteOptions(sequences="undefined" if undefined else "defined")
    first = dc.write_dataset(ds, to, options=options)
    back = dc.read_dataset(first, to)
    assert dc.write_dataset(back, to) == first
    again = dc.read_dataset(dc.write_dataset(back, EXPLICIT), EXPLICIT)
    assert again == back
    assert dc.read_dataset(dc.write_dataset(again, to, options=options), to) == back


def test_explicit_becomes_implicit_with_everything_that_is_no_plain_element() -> None:
    """Stored, edited, deleted, odd in length, unknown, nested and recoded: as pydicom reads it."""
    ds = dc.Dataset({"SpecificCharacterSet": "ISO_IR 100", "PatientName": "Müller^Jörg", "Rows": 3})
    ds.ReferencedStudySequence = [dc.Dataset({"ReferencedSOPInstanceUID": "1.2.3", "Rows": 4})]
    ds.set(0x00091001, "UN", b"abc ")
    ds.StudyDescription, ds.PatientID, ds.StudyID = "gone", "1", "2"
    stored = dc.write_dataset(ds, transfer_syntax=EXPLICIT)
    again = dc.read_dataset(stored)
    del again["StudyDescription"]
    again.PatientID, again.InstitutionName, again.Columns = "Ärger", "Ö", 5
    written = dc.write_dataset(again, transfer_syntax=IMPLICIT)
    found = pydicom.dcmread(io.BytesIO(written), force=True)
    found.decode()
    assert str(found.PatientName) == "Müller^Jörg"
    assert (found.PatientID, found.InstitutionName, found.StudyID) == ("Ärger", "Ö", "2")
    assert (found.Rows, found.Columns, found[0x00091001].value) == (3, 5, b"abc ")
    assert found.ReferencedStudySequence[0].Rows == 4
    assert "StudyDescription" not in found
    assert dc.read_dataset(written, transfer_syntax=IMPLICIT) == again
