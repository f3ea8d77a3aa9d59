"""Whether a file is whole is told by its headers: pixel data is never read, and no cut goes unseen."""

from collections.abc import Hashable

import pytest

import dicom_core as dc
from dicom_core.store import Expected, InstanceRefused
from dicom_core.store._checked import check, check_source
from dicom_core.store._whole import look
from dicom_core.store.testing import sample

JPEG = "1.2.840.10008.1.2.4.50"
SYNTAXES = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"]


class Sparse:
    """A file of which only the beginning, and pieces elsewhere, are not zero; it counts what is read."""

    def __init__(self, size: int, pieces: dict[int, bytes]) -> None:
        self.size = size
        self.pieces = pieces
        self.read = 0

    @property
    def identity(self) -> Hashable:
        return id(self)

    def read_range(self, offset: int, length: int) -> bytes:
        length = min(length, self.size - offset)
        self.read += length
        data = bytearray(length)
        for at, piece in self.pieces.items():
            for i, byte in enumerate(piece):
                if 0 <= at + i - offset < length:
                    data[at + i - offset] = byte
        return bytes(data)


def _header() -> bytes:
    data = sample(pixels=2)
    return data[: data.rindex(b"\xe0\x7f\x10\x00")]


def test_four_gigabytes_of_pixels_stay_where_they_are() -> None:
    head = _header() + b"\xe0\x7f\x10\x00OW\0\0" + (0xFFFFFFFE).to_bytes(4, "little")
    size = len(head) + 0xFFFFFFFE
    source = Sparse(size, {0: head})
    found = check_source(source, Expected(), "digest")
    assert found.instance.size == size
    assert found.instance.digest == "digest"
    assert source.read < 100_000
    short = Sparse(size - 1, {0: head})
    with pytest.raises(InstanceRefused, match="incomplete"):
        check_source(short, Expected(), "digest")
    assert short.read < 100_000


def test_fragments_are_stepped_over() -> None:
    head = _header() + b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0" + bytes(4)
    pieces = {0: head}
    at = len(head)
    for _ in range(10):
        pieces[at] = b"\xfe\xff\x00\xe0" + (400 << 20).to_bytes(4, "little")
        at += 8 + (400 << 20)
    pieces[at] = b"\xfe\xff\xdd\xe0" + bytes(4)
    source = Sparse(at + 8, pieces)
    assert look(source).header == head[look(source).file.body.offset : -20]  # type: ignore[union-attr]
    assert source.read < 300_000
    for cut in (1, 7, 9, 5000, 400 << 20):
        with pytest.raises(InstanceRefused, match="incomplete"):
            look(Sparse(at + 8 - cut, pieces))
    assert look(Sparse(at, pieces)).header  # the delimiter may be missing


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_no_cut_within_an_element_goes_unseen(syntax: str) -> None:
    dataset = dc.read(sample(pixels=100)).dataset
    dataset.ReferencedStudySequence = [dc.Dataset({"ReferencedSOPInstanceUID": "1.2.3"})] * 2
    data = dc.DicomFile.new(dataset, syntax).to_bytes()
    whole = check(data, Expected())
    assert whole.whole.header
    assert data.find(whole.whole.header) > 0
    starts = {element.offset for element in dc.read(data).dataset.elements()}
    body = dc.read(data).body
    assert body is not None
    for size in range(body.offset + 1, len(data)):
        if size not in starts:
            with pytest.raises(InstanceRefused):
                check(data[:size], Expected())


def test_the_header_of_an_odd_file_is_left_to_the_reader() -> None:
    data = sample()
    assert look(dc.BytesSource(data)).header
    again = _header()[-10:]  # the instance number
    odd = _header() + again + data[data.rindex(b"\xe0\x7f\x10\x00") :]
    found = look(dc.BytesSource(odd))
    assert not found.header
    assert found.file.dataset.StudyInstanceUID == "1.2"
    assert "PixelData" in found.file.dataset


def test_long_headers_are_ordinary() -> None:
    dataset = dc.read(sample()).dataset
    dataset.TextValue = "x" * 300_000
    data = dc.DicomFile.new(dataset).to_bytes()
    found = look(dc.BytesSource(data))
    assert len(found.header) > 300_000
    assert "PixelData" not in found.file.dataset


def test_a_deflated_instance_is_bounded() -> None:
    """It is inflated in memory, where it may not need more than `Limits.inflated`."""
    file = dc.DicomFile.new(dc.read(sample()).dataset, "1.2.840.10008.1.2.1.99")
    data = file.to_bytes()
    assert check(data, Expected()).dataset.PatientID == "P1"
    with pytest.raises(InstanceRefused, match="limit"):
        look(Sparse(1 << 40, {0: data}))
    with pytest.raises(InstanceRefused, match="incomplete"):
        check(data[:-20], Expected())
