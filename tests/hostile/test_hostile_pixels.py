"""Pixels that lie (X01 to X07, X18): sizes are computed exactly, and refused before anything is allocated for them."""

import threading
from itertools import repeat
from struct import pack

import dicom_core as dc
import dicom_imaging as di
from dicom_imaging.codecs import Bytes, Decoded, default_registry

from .make import EXPLICIT, UNDEFINED, element, file, item, sequence_end
from .sandbox import attempt, hostile, polite, refused

JPEG = "1.2.840.10008.1.2.4.50"
RLE = "1.2.840.10008.1.2.5"
SOI = b"\xff\xd8\xff\xdb"


def describing(
    *,
    rows: int = 2,
    columns: int = 2,
    samples: int = 1,
    bits: tuple[int, int, int] = (8, 8, 7),
    frames: bytes | None = None,
    photometric: bytes = b"MONOCHROME2 ",
    changed: dict[int, bytes] | None = None,
) -> bytes:
    """Group 0028 in explicit VR, byte by byte; ``changed`` holds whole elements."""
    parts = {
        0x00280002: element(0x00280002, "US", pack("<H", samples)),
        0x00280004: element(0x00280004, "CS", photometric),
        0x00280010: element(0x00280010, "US", pack("<H", rows)),
        0x00280011: element(0x00280011, "US", pack("<H", columns)),
        0x00280100: element(0x00280100, "US", pack("<H", bits[0])),
        0x00280101: element(0x00280101, "US", pack("<H", bits[1])),
        0x00280102: element(0x00280102, "US", pack("<H", bits[2])),
        0x00280103: element(0x00280103, "US", pack("<H", 0)),
    }
    if frames is not None:
        parts[0x00280008] = element(0x00280008, "IS", frames)
    parts.update(changed or {})
    return b"".join(parts[tag] for tag in sorted(parts))


def pixels(data: bytes) -> bytes:
    return element(0x7FE00010, "OW", data)


def fragments(pieces: list[bytes], table: bytes = b"") -> bytes:
    items = b"".join(map(item, pieces))
    return element(0x7FE00010, "OB", item(table) + items + sequence_end, UNDEFINED)


def first_error(data: bytes) -> dc.DicomError | None:
    """What opening, describing and decoding refuses."""

    def everything() -> None:
        image = di.open(data)
        for finding in image.findings:
            polite(str(finding))
        image.frame(0)
        image.array()

    return attempt(everything)


@hostile(memory=16, seconds=5)
def test_X01_sizes_that_overflow() -> None:
    most = describing(rows=65535, columns=65535, samples=4, bits=(64, 64, 63), frames=b"9999999 ")
    error = refused(lambda: di.open(file(most + pixels(bytes(64)))).frame(0))
    assert isinstance(error, dc.LimitExceeded)
    assert error.value == 65535 * 65535 * 4 * 8
    for array in (1 << 34, 1 << 62):
        huge = di.PixelLimits(frame=1 << 62, array=array)
        image = di.open(file(most + pixels(bytes(64))), limits=huge)
        exact = refused(image.array)
        if array < 1 << 60:
            assert isinstance(exact, dc.LimitExceeded)
            assert exact.value == 65535 * 65535 * 4 * 8 * 9999999
        else:  # nobody forbids it, but the frames are not there
            assert isinstance(exact, di.FrameExtractionError)
    # 65536 x 65536 would be 0 in 32 bits: what is there is compared with what is needed, exactly
    near = describing(rows=65535, columns=65535, bits=(1, 1, 0))
    short = refused(lambda: di.open(file(near + pixels(bytes(64))), limits=huge).frame(0))
    assert isinstance(short, di.FrameExtractionError)


@hostile(memory=16, seconds=5)
def test_X02_sizes_that_are_none() -> None:
    for tag in (0x00280010, 0x00280011):
        for vr, value in (
            ("US", b"\0\0"),
            ("US", b"\1\0\2\0"),
            ("UL", b"\2\0\0\0"),
            ("DS", b"2 "),
            ("LO", b"two "),
            ("SS", b"\xff\xff"),
        ):
            data = describing(changed={tag: element(tag, vr, value)})
            error = refused(lambda data=data: di.open(file(data + pixels(bytes(4)))))  # type: ignore[misc]
            assert isinstance(error, di.InvalidPixelDescriptor)
            assert (error.tag, error.vr) == (str(dc.Tag(tag)), vr)


@hostile(memory=16, seconds=5)
def test_X03_numbers_of_frames_that_lie() -> None:
    one = fragments([SOI])
    for frames in (b"2147483647", b"99999999999 ", b"-1", b"1\\2 ", b"0 ", b"1e9 "):
        error = refused(lambda frames=frames: di.open(file(describing(frames=frames) + one, JPEG)))  # type: ignore[misc]
        assert isinstance(error, dc.LimitExceeded | di.InvalidPixelDescriptor)
    empty = di.open(file(describing(frames=b"") + one, JPEG))
    assert (len(empty), empty.encoded()) == (1, SOI)
    most = di.open(file(describing(frames=b"10000000") + one, JPEG))
    assert (len(most), most.index.found) == (10_000_000, 1)
    assert most.findings
    assert isinstance(refused(most.encoded, 9_999_999), di.FrameExtractionError)
    native = di.open(file(describing(frames=b"10000000") + pixels(bytes(4))))
    assert native.frame(0).tolist() == [[0, 0], [0, 0]]
    assert isinstance(refused(native.frame, 9_999_999), di.FrameExtractionError)


@hostile(memory=16, seconds=5)
def test_X04_bits_that_do_not_fit() -> None:
    for bits in (
        (0, 0, 0),
        (7, 7, 6),
        (17, 16, 15),
        (65535, 65535, 65534),
        (8, 9, 8),
        (16, 12, 16),
    ):
        error = first_error(file(describing(bits=bits) + pixels(bytes(8))))
        assert isinstance(error, di.InvalidPixelDescriptor)
        assert tuple(error.values.values()) == bits
        assert all(str(one) in str(error) for one in bits)


@hostile(memory=16, seconds=5)
def test_X05_pixel_data_of_another_length() -> None:
    for length in range(0, 16, 2):
        data = file(describing(frames=b"3 ") + pixels(bytes(length)))
        image = di.open(data)
        rules = [finding.rule for finding in image.findings]
        assert rules == (
            ["pixel-data-short"] if length < 12 else ["pixel-data-long"] * (length > 12)
        )
        for number in range(3):
            error = attempt(image.frame, number)
            assert (error is None) == (4 * number + 4 <= length)
        strict = di.open(data, options=di.PixelOptions(strict=True))
        assert (attempt(strict.frame, 0) is None) == (length == 12)
        padded = di.open(data, options=di.PixelOptions(pad=True))
        assert padded.array().shape == (3, 2, 2)
    cut = file(describing() + element(0x7FE00010, "OW", b"abc", 0xFFFFFFF0))
    assert isinstance(first_error(cut), di.FrameExtractionError)


@hostile(memory=16, seconds=10)
def test_X06_tables_that_lie() -> None:
    pieces = [SOI + b"aa", SOI + b"bb", SOI + b"cc"]
    head = describing(frames=b"3 ")
    right = [0, 14, 28]
    for numbers in (
        [0, 14],
        [28, 14, 0],
        [0, 14, 14],
        [0, 14, 2**32 - 2],
        [0, 15, 28],
        [14, 28, 0],
        [8, 9, 10],
    ):
        image = di.open(file(head + fragments(pieces, pack(f"<{len(numbers)}I", *numbers)), JPEG))
        assert [image.encoded(at) for at in range(3)] == pieces
        assert [finding.rule for finding in image.findings] == ["basic-offset-table"]
    for numbers, lengths in (
        ([0, 14, 2**64 - 1], [6, 6, 6]),
        ([2**64 - 8] * 3, [6, 6, 6]),
        (right, [2**64 - 1] * 3),
        (right, [6, 6]),
        (right[:2], [6, 6, 6]),
        (right, [7, 6, 6]),
    ):
        tables = element(0x7FE00001, "OV", pack(f"<{len(numbers)}Q", *numbers))
        tables += element(0x7FE00002, "OV", pack(f"<{len(lengths)}Q", *lengths))
        image = di.open(file(head + tables + fragments(pieces), JPEG))
        assert [image.encoded(at) for at in range(3)] == pieces
        assert [finding.rule for finding in image.findings] == ["extended-offset-table"]


@hostile(memory=128, seconds=30)
def test_X07_many_fragments_without_a_table() -> None:
    count = 200_000
    pieces = [SOI, b"x\0"] * (count // 2)
    head = describing(frames=b"100000")
    image = di.open(file(head + fragments(pieces), JPEG))
    index = image.index
    assert (index.found, index.how) == (100_000, "scan")
    assert image.encoded(99_999) == SOI + b"x\0"
    assert image.index is index  # kept
    ambiguous = di.open(file(describing(frames=b"99999 ") + fragments(pieces), JPEG))
    for number in (0, 50_000, 99_998):
        assert isinstance(refused(ambiguous.encoded, number), di.FrameExtractionError)


# Loaded here, so that the memory of imports is not that of a case
assert RLE in default_registry().decodes
for _one in (pixels(bytes(4)), pixels(bytes(2)), fragments([SOI])):
    _ = first_error(file(describing() + _one, JPEG))


class Counting:
    """Decodes to zeros, and remembers how many frames were in its hands at once."""

    name = "counting"
    decodes = frozenset({JPEG})

    def __init__(self) -> None:
        self.now = self.most = 0
        self.lock = threading.Lock()

    def decode(
        self, data: Bytes, descriptor: di.PixelDescriptor, limits: di.PixelLimits
    ) -> Decoded:
        import numpy as np

        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        frame = np.full(
            descriptor.shape, data[0], descriptor.dtype
        )  # touched: memory, not a promise
        with self.lock:
            self.now -= 1
        return Decoded(frame, descriptor.photometric)


@hostile(memory=192, seconds=20)
def test_X18_threads_wait_rather_than_exhaust_memory() -> None:
    """8 threads want 16 MiB frames; two of them are decoded at once, and each thread has one that is done."""
    side, mib = 4096, 1 << 20
    codec = Counting()
    image = di.open(
        file(
            describing(rows=side, columns=side, frames=b"64") + fragments(list(repeat(SOI, 64))),
            JPEG,
        ),
        limits=di.PixelLimits(in_flight=32 * mib),
        registry=default_registry().register(codec),
    )
    done: list[int] = []

    def work(part: int) -> None:
        for number in range(part, 64, 8):
            image.frame(number)
            done.append(number)

    threads = [threading.Thread(target=work, args=(part,)) for part in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 64
    assert codec.most <= 2
    codec.most = 0
    assert sum(1 for _ in image.frames(workers=8)) == 64
    assert codec.most <= 2


@hostile(memory=32, seconds=10)
def test_X16_subsampled_pixels_of_odd_width() -> None:
    photometric = b"YBR_FULL_422"
    for columns in (1, 3, 65535):
        head = describing(columns=columns, samples=3, photometric=photometric)
        for length in (0, 2, 2 * columns * 2, 2 * (columns + 1) * 2, 2 * columns * 3):
            if length < 100:
                error = first_error(file(head + pixels(bytes(length)), EXPLICIT))
                fits = length >= 2 * (columns + 1) * 2 or length == 2 * columns * 3
                assert (error is None) == fits, (columns, length)
