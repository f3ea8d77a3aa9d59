"""Where frames are: tables that are right, tables that lie (X06), fragments without one (X07), and storing the answer."""

from itertools import accumulate
from pathlib import Path
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imaging_datasets import JPEG, RLE, encapsulated, header, native, rle_frame

import dicom_core as dc
import dicom_imaging as di

SOI, EOI = b"\xff\xd8\xff\xdb", b"\xff\xd9"
J2K = "1.2.840.10008.1.2.4.90"
JPEG_XL = "1.2.840.10008.1.2.4.110"
DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"


def offsets(fragments: list[bytes]) -> list[int]:
    """Where the item of each fragment begins, counted from the first one."""
    sizes = [8 + len(one) + len(one) % 2 for one in fragments]
    return [0, *accumulate(sizes)][:-1]


def table(numbers: list[int], kind: str = "I") -> bytes:
    return pack(f"<{len(numbers)}{kind}", *numbers)


# Three frames in five fragments; the second frame has three
PIECES = [SOI + b"a" + EOI, SOI + b"b", b"bb", b"b" + EOI, SOI + b"c" + EOI]
FRAMES = [PIECES[0], b"".join(PIECES[1:4]), PIECES[4]]
STARTS = [offsets(PIECES)[at] for at in (0, 1, 4)]


def forms(dataset: dc.Dataset, tmp_path: Path, syntax: str = JPEG) -> "list[di.Image]":
    """The image of a data set in memory, in the bytes of a file, and in a file."""
    data = dc.DicomFile.new(dataset, syntax).to_bytes()
    path = tmp_path / "a.dcm"
    path.write_bytes(data)
    return [di.open(dataset, transfer_syntax=syntax), di.open(data), di.open(path)]


def rules(image: di.Image) -> list[str]:
    return [finding.rule for finding in image.findings]


def unpadded(image: di.Image, frames: int = 3) -> list[bytes]:
    """The frames without the byte that makes fragments even."""
    return [image.encoded(number).replace(b"\0", b"") for number in range(frames)]


def test_a_basic_offset_table_is_used(tmp_path: Path) -> None:
    for image in forms(encapsulated(PIECES, table(STARTS), NumberOfFrames=3), tmp_path):
        assert unpadded(image) == FRAMES
        assert image.index.how == "basic"
        assert not image.findings


def test_an_extended_offset_table_is_used(tmp_path: Path) -> None:
    dataset = encapsulated(FRAMES, NumberOfFrames=3)
    dataset.set("ExtendedOffsetTable", "OV", table(offsets(FRAMES), "Q"))
    dataset.set("ExtendedOffsetTableLengths", "OV", table([len(one) for one in FRAMES], "Q"))
    for image in forms(dataset, tmp_path):
        assert unpadded(image) == FRAMES
        assert image.index.how == "extended"
        assert not image.findings


@pytest.mark.parametrize(
    ("syntax", "start"),
    [
        (JPEG, SOI),
        ("1.2.840.10008.1.2.4.70", SOI),
        ("1.2.840.10008.1.2.4.80", b"\xff\xd8\xff\xf7"),
        (J2K, b"\xff\x4f\xff\x51"),
        (J2K, b"\0\0\0\x0cjP  \r\n\x87\n"),
        ("1.2.840.10008.1.2.4.201", b"\xff\x4f\xff\x51"),
        (JPEG_XL, b"\xff\x0a"),
        (JPEG_XL, b"\0\0\0\x0cJXL \r\n\x87\n"),
        (RLE, b"\1\0\0\0\x40\0\0\0"),
    ],
)
def test_without_a_table_codestreams_tell_frames_apart(
    tmp_path: Path, syntax: str, start: bytes
) -> None:
    pieces = [start + b"aa", b"xx", start + b"bb", start + b"cc", b"yy"]
    for image in forms(encapsulated(pieces, NumberOfFrames=3), tmp_path, syntax):
        got = [image.encoded(number) for number in range(3)]
        assert got == [start + b"aaxx", start + b"bb", start + b"ccyy"]
        assert image.index.how == "scan"
        assert not image.findings


def test_one_frame_has_all_fragments_and_as_many_frames_one_each(tmp_path: Path) -> None:
    for image in forms(encapsulated([b"ab", b"cd"]), tmp_path):
        assert image.encoded() == b"abcd"
    for image in forms(encapsulated([b"ab", b"cd"], NumberOfFrames=2), tmp_path):
        assert [image.encoded(0), image.encoded(1)] == [b"ab", b"cd"]


BASIC = {
    "wrong count": STARTS[:2],
    "too many": [*STARTS, STARTS[-1]],
    "descending": STARTS[::-1],
    "the same twice": [0, STARTS[1], STARTS[1]],
    "beyond the end": [0, STARTS[1], 4_000_000_000],
    "inside a fragment": [0, STARTS[1] + 2, STARTS[2]],
    "not from the first": [STARTS[1], STARTS[2], offsets(PIECES)[3]],
}


@pytest.mark.parametrize("numbers", BASIC.values(), ids=BASIC.keys())
def test_X06_a_basic_offset_table_that_lies(tmp_path: Path, numbers: list[int]) -> None:
    for image in forms(encapsulated(PIECES, table(numbers), NumberOfFrames=3), tmp_path):
        assert unpadded(image) == FRAMES
        assert image.index.how == "scan"
        assert rules(image) == ["basic-offset-table"]
    strict = di.open(tmp_path / "a.dcm", options=di.PixelOptions(strict=True))
    with pytest.raises(di.FrameExtractionError):
        strict.encoded(0)


def test_X06_a_table_that_is_no_table(tmp_path: Path) -> None:
    for image in forms(encapsulated(PIECES, b"\1\2\3\4\5\6", NumberOfFrames=3), tmp_path):
        assert unpadded(image) == FRAMES
        assert rules(image) == ["basic-offset-table"]


LENGTHS = [len(one) for one in FRAMES]
EXTENDED = {
    "near 2^64": ([0, 2**64 - 8, 2**64 - 1], LENGTHS),
    "beyond the end": ([0, 24, 2**40], LENGTHS),
    "wrong lengths": (offsets(FRAMES), [1, 2, 3]),
    "lengths near 2^64": (offsets(FRAMES), [2**64 - 1] * 3),
    "fewer lengths": (offsets(FRAMES), LENGTHS[:2]),
    "no lengths": (offsets(FRAMES), None),
    "fewer offsets": (offsets(FRAMES)[:2], LENGTHS),
    "descending": (offsets(FRAMES)[::-1], LENGTHS),
}


@pytest.mark.parametrize(("at", "lengths"), EXTENDED.values(), ids=EXTENDED.keys())
def test_X06_an_extended_offset_table_that_lies(
    tmp_path: Path, at: list[int], lengths: list[int] | None
) -> None:
    dataset = encapsulated(FRAMES, NumberOfFrames=3)
    dataset.set("ExtendedOffsetTable", "OV", table(at, "Q"))
    if lengths is not None:
        dataset.set("ExtendedOffsetTableLengths", "OV", table(lengths, "Q"))
    for image in forms(dataset, tmp_path):
        assert unpadded(image) == FRAMES
        assert image.index.how == "scan"
        assert rules(image) == ["extended-offset-table"]


@given(st.binary(max_size=40), st.integers(1, 6))
def test_X06_whatever_the_table_says_nothing_outside_is_read(numbers: bytes, frames: int) -> None:
    data = dc.DicomFile.new(encapsulated(PIECES, numbers, NumberOfFrames=frames), JPEG).to_bytes()
    begin, end = data.index(PIECES[0]), data.rindex(PIECES[-1]) + len(PIECES[-1]) + 1
    index = di.open(data).index
    for number in range(frames):
        try:
            spans = index.spans(number)
        except di.FrameExtractionError:
            continue
        assert spans
        assert all(begin <= at <= at + length <= end for at, length in spans)


@pytest.mark.parametrize(
    ("syntax", "pieces", "frames"),
    [
        (JPEG, [SOI, SOI, b"x"], 4),
        (JPEG, [SOI, SOI, SOI, b"x"], 2),
        (JPEG, [b"x", SOI, SOI], 2),
        (DEFLATED_FRAMES, [b"a", b"b", b"c"], 2),
    ],
    ids=["too few", "too many", "does not begin with one", "nothing tells"],
)
def test_X07_an_ambiguous_division_is_refused(
    tmp_path: Path, syntax: str, pieces: list[bytes], frames: int
) -> None:
    for image in forms(encapsulated(pieces, NumberOfFrames=frames), tmp_path, syntax):
        assert rules(image) == ["frames-not-found"]
        for number in range(frames):
            with pytest.raises(di.FrameExtractionError) as caught:
                image.encoded(number)
            assert caught.value.frame == number


def test_frames_that_were_cut_off_leave_the_others(tmp_path: Path) -> None:
    for image in forms(encapsulated([SOI + b"a", SOI + b"b"], NumberOfFrames=5), tmp_path):
        assert unpadded(image, 2) == [SOI + b"a", SOI + b"b"]
        assert rules(image) == ["frames-not-found"]
        assert image.index.found == 2
        with pytest.raises(di.FrameExtractionError):
            image.encoded(2)


def test_no_fragments_at_all(tmp_path: Path) -> None:
    for image in forms(encapsulated([]), tmp_path):
        with pytest.raises(di.FrameExtractionError):
            image.frame()


class Watched:
    """A source that remembers which ranges were read."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)
        self.identity = "watched"
        self.ranges: list[tuple[int, int]] = []

    def read_range(self, offset: int, length: int) -> bytes:
        self.ranges.append((offset, length))
        return self.data[offset : offset + length]


def test_only_the_bytes_of_the_wanted_frame_are_read() -> None:
    frames = [SOI + bytes([number]) * 50_000 for number in range(8)]
    made = di.encapsulate(frames)
    dataset = header(NumberOfFrames=8)
    made.into(dataset)
    pixels = native(bytes(800_000), Rows=200, Columns=500, NumberOfFrames=8)
    for one, syntax, size in ((dataset, JPEG, 50_004), (pixels, "1.2.840.10008.1.2.1", 100_000)):
        source = Watched(dc.DicomFile.new(one, syntax).to_bytes())
        image = di.open(source)
        _ = image.index
        source.ranges.clear()
        assert len(image.encoded(5)) == size
        assert [length for _, length in source.ranges] == [size]
        stored = image.index.to_bytes()
        fresh = Watched(source.data)
        again = di.open(fresh, index=stored)
        assert again.encoded(5) == image.encoded(5)
        assert (
            sum(length for _, length in fresh.ranges) < size + 70_000
        )  # the header, and the frame


@pytest.mark.parametrize("kind", ["native", "table", "scan", "broken"])
def test_an_index_is_a_value_that_is_kept(tmp_path: Path, kind: str) -> None:
    dataset = {
        "native": native(bytes(18), "OB", NumberOfFrames=3),
        "table": encapsulated(PIECES, table(STARTS), NumberOfFrames=3),
        "scan": encapsulated(PIECES, NumberOfFrames=3),
        "broken": encapsulated([b"x", b"y"], NumberOfFrames=3),
    }[kind]
    path = tmp_path / "a.dcm"
    dc.write(dc.DicomFile.new(dataset, "1.2.840.10008.1.2.1" if kind == "native" else JPEG), path)
    image = di.open(path)
    stored = image.index.to_bytes()
    again = di.FrameIndex.from_bytes(stored)
    assert again == image.index == di.open(path).index
    assert hash(again) == hash(image.index)
    opened = di.open(path, index=stored)
    if kind == "broken":
        with pytest.raises(di.FrameExtractionError):
            opened.encoded(0)
    else:
        assert [opened.encoded(at) for at in range(3)] == [image.encoded(at) for at in range(3)]
    for cut in (b"", stored[:-1], stored[:30], stored + b"\0", b"{}"):
        with pytest.raises(di.PixelDataError):
            di.FrameIndex.from_bytes(cut)
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(di.PixelDataError, match="another source"):
        di.open(path, index=stored)


def test_frames_of_rle_decode_through_the_index(tmp_path: Path) -> None:
    frames = [rle_frame(7), rle_frame(9)]
    for image in forms(encapsulated(frames, NumberOfFrames=2), tmp_path, RLE):
        assert [image.frame(at).max() for at in range(2)] == [7, 9]
        assert image.frame(-1).tolist() == [[9, 9, 9], [9, 9, 9]]
