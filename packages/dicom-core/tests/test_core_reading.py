"""Reading: every source, every encoding, real files against pydicom, the corpus against its manifest."""

import io
import json
import os
import re
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pydicom.data
import pytest

import dicom_core as dc
from dicom_core import _index_top

CT = Path(str(pydicom.data.get_testdata_file("CT_small.dcm", download=False)))
FOLDER = CT.parent


def real_files() -> Iterator[Path]:
    for path in sorted(FOLDER.glob("*.dcm")):
        with path.open("rb") as stream:
            stream.seek(128)
            if stream.read(4) == b"DICM":
                yield path


def peer_read(path: Path) -> pydicom.FileDataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pydicom.dcmread(path)


def tree_of_peer(ds: pydicom.Dataset) -> list[object]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found: list[object] = []
        for element in ds:
            if element.VR == "SQ":
                found.append((int(element.tag), [tree_of_peer(item) for item in element.value]))
            else:
                found.append(int(element.tag))
        return found


def tree_of_ours(ds: dc.Dataset) -> list[object]:
    found: list[object] = []
    for element in ds.elements():
        if element.vr == "SQ":
            value = element.value
            assert isinstance(value, dc.Sequence)
            found.append((int(element.tag), [tree_of_ours(item) for item in value]))
        else:
            found.append(int(element.tag))
    return found


@pytest.mark.parametrize("path", list(real_files()), ids=lambda path: path.name)
def test_same_elements_as_pydicom(path: Path) -> None:
    ours = dc.read(path)
    peer = peer_read(path)
    assert tree_of_ours(ours.dataset) == tree_of_peer(peer)
    assert [int(tag) for tag in ours.meta] == [int(item.tag) for item in peer.file_meta]


def test_every_source_gives_the_same() -> None:
    data = CT.read_bytes()
    want = dc.read(CT).dataset
    for source in (str(CT), data, bytearray(data), memoryview(data), io.BytesIO(data)):
        assert dc.read(source).dataset == want
    assert dc.read(dc.BytesSource(data)).dataset == want
    assert dc.read(dc.PathSource(CT)).dataset == want
    with CT.open("rb") as stream:
        assert dc.read(stream).dataset == want


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(CT.read_bytes()))
    writer.start()
    file = dc.read(pipe)
    writer.join()
    assert file.dataset == dc.read(CT).dataset
    assert len(file.dataset.PixelData or b"") == 32768


def test_text_streams_are_refused() -> None:
    with pytest.raises(TypeError, match="binary"):
        dc.read(io.StringIO("x"))  # type: ignore[arg-type]


class Counting:
    """A source that counts what is read of it."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.got = 0

    @property
    def size(self) -> int:
        return len(self.data)

    @property
    def identity(self) -> int:
        return id(self)

    def read_range(self, offset: int, length: int) -> bytes:
        piece = self.data[offset : offset + length]
        self.got += len(piece)
        return piece


def with_pixels(size: int, tail: bool = False) -> bytes:
    ds = pydicom.dcmread(CT)
    ds.PixelData = bytes(size)
    if tail:
        ds.add_new(0xFFFCFFFC, "OB", b"\0" * 32)
    out = io.BytesIO()
    ds.save_as(out)
    return out.getvalue()


def test_header_reads_little_and_values_wait() -> None:
    source = Counting(with_pixels(10 << 20, tail=True))
    header = dc.read_header(source)
    assert header.is_partial
    assert "PixelData" not in header.dataset
    assert source.got <= 16 << 10
    source.got = 0
    file = dc.read(source)
    assert source.got <= 40 << 10
    assert file.dataset.Rows == 128
    handle = file.dataset.element("PixelData").handle
    assert len(handle) == 10 << 20
    assert handle.read_range(5, 10) == bytes(10)
    assert source.got < 48 << 10
    assert len(file.dataset.PixelData or b"") == 10 << 20
    assert file.dataset[0xFFFCFFFC] == bytes(32)
    assert file.findings == ()


def test_a_header_can_stop_anywhere() -> None:
    file = dc.read_header(CT, stop="PatientName")
    assert max(file.dataset) < 0x00100010
    assert dc.read_header(CT, stop=0x00080016).dataset.SOPClassUID is None


@pytest.mark.parametrize("head", [64, 300, 1000, 1 << 14])
def test_windows_of_any_size_see_the_same(head: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_index_top, "HEAD", head)
    monkeypatch.setattr(_index_top, "LARGE", 100)
    monkeypatch.setattr(_index_top, "HUGE", 200)
    for name in (
        "CT_small.dcm",
        "JPEG2000.dcm",
        "color3d_jpeg_baseline.dcm",
        "MR_small_bigendian.dcm",
    ):
        path = FOLDER / name
        if not path.exists():
            continue
        data = path.read_bytes()
        source = Counting(data)
        part = source.read_range(0, max(head, 2000))
        window = _index_top.Window(part, len(data), source.read_range)
        from dicom_core._index import Reading
        from dicom_core._reader import _file

        pieces = _file(window, Reading(dc.ReadOptions(), source), False, 1 << 32)
        whole = dc.read(data)
        assert pieces.dataset == whole.dataset
        assert list(pieces.dataset) == list(whole.dataset)


def test_not_dicom_says_so(tmp_path: Path) -> None:
    for data, kind in (
        (b"", "empty"),
        (b"MZ" + bytes(200), "PE"),
        (bytes(131), ""),
        (b"DICM" * 9, ""),
    ):
        with pytest.raises(dc.NotDicom) as caught:
            dc.read(data)
        assert caught.value.kind == kind
    with pytest.raises(FileNotFoundError):
        dc.read(tmp_path / "none.dcm")


def test_bare_data_sets_by_force() -> None:
    file = dc.read(FOLDER / "ExplVR_LitEndNoMeta.dcm", force=True)
    assert len(file.dataset) == 24
    assert [finding.rule for finding in file.findings] == ["no-preamble", "no-meta"]
    big = dc.read(FOLDER / "ExplVR_BigEndNoMeta.dcm", force=True)
    assert big.transfer_syntax == "1.2.840.10008.1.2.2"
    assert big.dataset == file.dataset
    assert big.dataset.element("StudyDate").is_big_endian
    assert not file.dataset.element("StudyDate").is_big_endian
    study_date = file.dataset.element("StudyDate")
    assert study_date.offset is not None
    assert study_date.value_offset == study_date.offset + 8
    assert dc.DataElement("StudyDate", "DA", "20200101").value_offset is None


def test_truncated() -> None:
    data = CT.read_bytes()
    cut = data[: len(data) - 20_000]
    file = dc.read(cut)
    assert file.findings[0].rule == "truncated"
    assert file.dataset.element("PixelData").length < 32768
    with pytest.raises(dc.TruncatedElement) as caught:
        dc.read(cut, dc.ReadOptions(strict=True))
    assert caught.value.tag == 0x7FE00010
    assert caught.value.declared == 32768
    assert caught.value.path == "(7FE0,0010)"
    assert caught.value.offset == file.findings[0].offset


@pytest.mark.parametrize(
    "name", ["CT_small.dcm", "MR_small_bigendian.dcm", "MR_small_implicit.dcm"]
)
def test_strict_reading_of_good_files(name: str) -> None:
    dc.read(FOLDER / name, dc.ReadOptions(strict=True))


def test_deflated() -> None:
    path = FOLDER / "image_dfl.dcm"
    file = dc.read(path)
    assert file.transfer_syntax == "1.2.840.10008.1.2.1.99"
    assert tree_of_ours(file.dataset) == tree_of_peer(peer_read(path))
    assert dc.read_header(path).dataset.Rows == file.dataset.Rows
    with pytest.raises(dc.LimitExceeded) as caught:
        dc.read(path, dc.ReadOptions(limits=dc.Limits(inflated=1000)))
    assert caught.value.limit == "inflated"


def test_encapsulated_pixels_are_fragments() -> None:
    for name in ("JPEG2000.dcm", "SC_rgb_rle_2frame.dcm", "color3d_jpeg_baseline.dcm"):
        path = FOLDER / name
        if not path.exists():
            continue
        pixels = dc.read(path).dataset.PixelData
        assert isinstance(pixels, dc.Fragments)
        raw = bytes(peer_read(path).PixelData)
        want = pydicom.encaps.generate_fragments(raw)
        fragments = list(want)
        from_table = [pixels.offset_table, *pixels]
        assert from_table == fragments or list(pixels) == fragments
        assert bytes(pixels.view(0)) == pixels[0]


def test_implicit_vr_is_resolved_in_context() -> None:
    """CORE-027: Smallest Image Pixel Value is SS when Pixel Representation is 1."""
    signed = dc.read_dataset(
        b"\x28\0\x03\x01\x02\0\0\0\x01\0" + b"\x28\0\x06\x01\x02\0\0\0\xff\xff", "1.2.840.10008.1.2"
    )
    assert signed.element("SmallestImagePixelValue").vr == "SS"
    assert signed.SmallestImagePixelValue == -1
    unsigned = dc.read_dataset(b"\x28\0\x06\x01\x02\0\0\0\xff\xff", "1.2.840.10008.1.2")
    assert unsigned.SmallestImagePixelValue == 0xFFFF


def test_corpus_has_the_elements_of_its_manifest(corpus: Path) -> None:
    rows = json.loads((corpus / "manifest.json").read_text())
    wrong = []
    for row in rows:
        if row["elements"] is None or row["path"].startswith("odd/"):
            continue
        file = dc.read(corpus / row["path"], force=True)
        count = sum(1 for _ in file.dataset.walk())
        if count != row["elements"]:
            wrong.append((row["path"], count, row["elements"]))
    assert wrong == []


def test_odd_corpus_files_give_findings_or_one_error(corpus: Path) -> None:
    for path in sorted((corpus / "odd").iterdir()):
        try:
            file = dc.read(path, force=True)
        except dc.DicomError:
            continue
        for element in file.dataset.walk():
            assert isinstance(element.text, str)
        assert all(str(finding) for finding in file.findings)


def test_corpus_has_the_values_of_its_manifest(corpus: Path) -> None:
    """Spot values and confirmed person names; trailing empty name groups are not significant (PS3.5 6.2)."""
    wrong: list[tuple[str, str]] = []
    for row in json.loads((corpus / "manifest.json").read_text()):
        if row["path"].startswith("odd/"):
            continue
        dataset = dc.read(corpus / row["path"], force=True).dataset
        names = [name for name in row.get("person_names") or [] if name.get("confirmed")]
        for spot in [*(row["spot_values"] or []), *names]:
            node = dataset
            *above, last = re.findall(r"\((\w{4},\w{4})\)(?:\[(\d+)\])?", spot["tag"])
            for tag, number in above:
                items = node[tag]
                assert isinstance(items, dc.Sequence)
                node = items[int(number)]
            element = node.element(last[0])
            want = spot["value"]
            want = "\\".join(map(str, want)) if isinstance(want, list) else str(want)
            same = element.text.strip(" =") == want.strip(" =")
            if not same or element.vr != spot.get("vr", "PN"):
                wrong.append((row["path"], spot["tag"]))
    assert wrong == []
