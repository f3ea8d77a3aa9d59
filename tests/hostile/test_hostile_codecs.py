"""X08 to X12: hostile codestreams. A header is read before any library sees the bytes; what is wrong is a DecodeError."""

import struct
import time
from collections.abc import Iterator
from importlib import import_module

import numpy as np

import dicom_core as dc
import dicom_imaging as di
from dicom_imaging import codecs

from .sandbox import attempt, hostile, over_budget, refused

REGISTRY = codecs.default_registry()
for _name in ("_jpeg", "_jpegls", "_j2k", "_jxl", "_rle", "_jpeg_encode", "_j2k_encode"):
    import_module(f"dicom_imaging.codecs.{_name}")  # the memory of a case is not that of imports

PI = di.PhotometricInterpretation
RLE = "1.2.840.10008.1.2.5"
BASELINE, SV1, JLS, J2K, HT, JXL = (
    f"1.2.840.10008.1.2.4.{end}" for end in (50, 70, 80, 90, 201, 110)
)
LIMITS = di.PixelLimits()


def grey(rows: int, columns: int, bits: int = 8) -> di.PixelDescriptor:
    return di.PixelDescriptor(rows, columns, 1, bits, bits, bits - 1, False, PI.MONOCHROME2)


def error_of(
    uid: str, data: bytes, descriptor: di.PixelDescriptor, limits: di.PixelLimits = LIMITS
) -> dc.DicomError:
    error = refused(REGISTRY.decoder_for(uid).decode, data, descriptor, limits)
    assert isinstance(error, di.DecodeError | dc.LimitExceeded), repr(error)
    return error


def survives(uid: str, data: bytes, descriptor: di.PixelDescriptor) -> None:
    """Something comes out, or a documented error; in bounded time."""
    begun = time.process_time()
    attempt(REGISTRY.decoder_for(uid).decode, data, descriptor, LIMITS)
    assert time.process_time() - begun < 5


def encoded(uid: str, descriptor: di.PixelDescriptor) -> bytes:
    random = np.random.default_rng(3)
    pixels = random.integers(0, 1 << descriptor.bits_stored, descriptor.shape, descriptor.dtype)
    return REGISTRY.encode(pixels, descriptor, uid).data


# --- X08: RLE -----------------------------------------------------------------------------------


def rle(*segments: bytes, count: int | None = None, offsets: list[int] | None = None) -> bytes:
    places = [64]
    for segment in segments:
        places.append(places[-1] + len(segment))
    numbers = (offsets or places[:-1])[:15]
    head = struct.pack(
        "<16I", len(segments) if count is None else count, *numbers, *[0] * (15 - len(numbers))
    )
    return head + b"".join(segments)


def _bad_rle() -> Iterator[tuple[str, bytes, di.PixelDescriptor]]:
    one, two = grey(4, 4), grey(4, 4, 16)
    full = b"\xf1\x07"  # a run of 16
    yield "header cut short", rle(full)[:63], one
    yield "no segments", rle(full, count=0), one
    yield "16 segments", rle(full, count=16), one
    yield "2^32 - 1 segments", rle(full, count=0xFFFFFFFF), one
    yield "a segment too many", rle(full, full), one
    yield "a segment too few", rle(full), two
    yield "an offset beyond the end", rle(full, full, offsets=[64, 5000]), two
    yield "an offset of 4 GB", rle(full, offsets=[0xFFFFFFFF]), one
    yield "an offset in the header", rle(full, full, offsets=[10, 66]), two
    yield "segments that overlap", rle(full, full, offsets=[66, 64]), two
    yield "three times as much", rle(full * 3), one
    yield "two rows only", rle(b"\xf9\x07"), one
    yield "a literal run over the end", rle(b"\x0f\x01\x02"), one
    yield "a replicate run without its byte", rle(b"\xf9\x07\xf9"), one
    yield "runs of nothing", rle(b"\x80" * 5000), one


@hostile(memory=16, seconds=5)
def test_x08_rle() -> None:
    for name, data, descriptor in _bad_rle():
        error = error_of(RLE, data, descriptor)
        assert isinstance(error, di.DecodeError), name


@hostile(memory=16, seconds=5)
def test_x08_rle_says_segment_and_offset() -> None:
    error = error_of(RLE, rle(b"\xf1\x07", b"\xf9\x07"), grey(4, 4, 16))
    assert isinstance(error, di.DecodeError)
    assert (error.segment, error.offset) == (1, 68)


@hostile(memory=16, seconds=5)
def test_x08_rle_gives_exactly_a_frame() -> None:
    for data in (rle(b"\x81\x07"), rle(b"\xf1\x07\x00"), rle(b"\xf1\x07" + b"\x00\x80" * 9)):
        pixels = REGISTRY.decoder_for(RLE).decode(data, grey(4, 4), LIMITS).pixels
        assert pixels.shape == (4, 4)
        assert (pixels == 7).all()


@hostile(memory=16, seconds=5)
def test_x08_rle_of_a_gigabyte_in_100_bytes() -> None:
    with over_budget(4):
        error_of(RLE, rle(b"\x81\x07" * 18), grey(32000, 32000))
        error_of(RLE, rle(b"\x81\x07" * 18), grey(65535, 65535))


# --- X09 and X10: JPEG --------------------------------------------------------------------------


def frame_header(
    rows: int, columns: int, bits: int = 8, process: int = 0xC0, count: int = 1
) -> bytes:
    parts = b"".join(bytes([number + 1, 0x11, 0]) for number in range(count))
    body = struct.pack(">BHHB", bits, rows, columns, count) + parts
    return bytes([0xFF, process]) + struct.pack(">H", len(body) + 2) + body


SCAN = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
SOI, EOI = b"\xff\xd8", b"\xff\xd9"


def patched(data: bytes, descriptor: di.PixelDescriptor, rows: int, columns: int) -> bytes:
    size = struct.pack(">HH", descriptor.rows, descriptor.columns)
    assert data.count(size) == 1
    return data.replace(size, struct.pack(">HH", rows, columns))


@hostile(memory=32, seconds=10)
def test_x09_the_frame_header_of_a_jpeg() -> None:
    small = grey(16, 16)
    good = encoded(SV1, small)
    bomb = SOI + frame_header(65535, 65535) + SCAN + bytes(150) + EOI
    with over_budget(4):
        assert "limit" in str(error_of(BASELINE, bomb, grey(65535, 65535)))
        for data, descriptor in (
            (bomb, small),
            (bomb, grey(65535, 16000)),
            (SOI + frame_header(16000, 65535, process=0xC3) + SCAN + EOI, grey(16000, 65535)),
            (patched(good, small, 17, 16), small),
            (patched(good, small, 65535, 65535), small),
            (SOI + frame_header(16, 16, bits=12, process=0xC1) + SCAN + bytes(99) + EOI, small),
            (SOI + frame_header(16, 16, count=3) + SCAN + bytes(99) + EOI, small),
            (SOI + frame_header(0, 16) + SCAN + bytes(99) + EOI, small),
            (SOI + frame_header(16, 16) * 2 + SCAN + bytes(99) + EOI, small),
            (SOI + SCAN + bytes(99) + EOI, small),
        ):
            assert isinstance(error_of(BASELINE, data, descriptor), di.DecodeError)


@hostile(memory=32, seconds=10)
def test_x09_processes_that_dicom_does_not_have() -> None:
    for process in (0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xF7):
        data = SOI + frame_header(16, 16, process=process) + SCAN + bytes(99) + EOI
        assert "transfer syntax" in str(error_of(BASELINE, data, grey(16, 16)))


@hostile(memory=64, seconds=20)
def test_x10_endless_jpegs() -> None:
    small = grey(16, 16)
    good = encoded(BASELINE, small)
    scan = good.index(SCAN[:2])
    table = good.index(b"\xff\xdb")
    for data in (
        SOI + b"\xff" * 1_000_000,
        SOI + b"\xff\xe0\x00\x02" * 250_000,
        SOI * 500_000,
        SOI + b"\xff\xe0\x00\x00" + bytes(1000),
        SOI + b"\xff\xe0\xff\xff" + bytes(1000),
        SOI + frame_header(16, 16),
        b"",
        SOI,
    ):
        assert isinstance(error_of(BASELINE, data, small), di.DecodeError)
    interval = b"\xff\xdd\x00\x04\x00\x01"
    survives(BASELINE, good[:table] + interval * 100_000 + good[table:], small)
    survives(BASELINE, good[:scan] + interval + good[scan:], small)
    survives(BASELINE, good[:-2] + b"\xff\xd0" * 500_000 + EOI, small)
    survives(BASELINE, good[:-2] + bytes(1_000_000), small)


@hostile(memory=64, seconds=20)
def test_x10_scans_without_end() -> None:
    small = grey(16, 16)
    good = encoded(BASELINE, small).replace(b"\xff\xc0", b"\xff\xc2")
    scan = good[good.index(SCAN[:2]) : -2]
    error = error_of(BASELINE, good[:-2] + scan * 1000 + EOI, small)
    assert isinstance(error, dc.LimitExceeded)
    assert (error.limit, error.value) == ("scans", 1001)
    tight = LIMITS._replace(scans=3)
    assert isinstance(
        error_of(BASELINE, good[:-2] + scan * 4 + EOI, small, tight), dc.LimitExceeded
    )


@hostile(memory=64, seconds=20)
def test_x10_without_eoi() -> None:
    """What is whole decodes without EOI; what is cut is no picture with a grey end."""
    for uid in (BASELINE, SV1):
        small = grey(64, 64)
        good = encoded(uid, small)
        decode = REGISTRY.decoder_for(uid).decode
        whole = decode(good, small, LIMITS).pixels
        for tail in (b"", b"\x00", b"\xff"):
            assert np.array_equal(decode(good[:-2] + tail, small, LIMITS).pixels, whole)
        assert np.array_equal(decode(good + bytes(9), small, LIMITS).pixels, whole)
        assert isinstance(error_of(uid, good[: len(good) // 2], small), di.DecodeError)


# --- X11: JPEG 2000 -----------------------------------------------------------------------------


def j2k_changed(data: bytes, place: int, value: bytes) -> bytes:
    return data[:place] + value + data[place + len(value) :]


@hostile(memory=96, seconds=30)
def test_x11_the_main_header_of_a_codestream() -> None:
    small = grey(64, 64)
    for uid in (J2K, HT):
        good = encoded(uid, small)
        style = good.index(b"\xff\x52")
        with over_budget(8):
            for place, value in (
                (8, struct.pack(">II", 0xFFFFFFFF, 0xFFFFFFFF)),  # 4G x 4G pixels
                (8, struct.pack(">II", 65, 64)),
                (16, struct.pack(">II", 64, 64)),  # the image begins where it ends
                (24, struct.pack(">II", 1, 1)),  # 4096 tiles
                (24, struct.pack(">II", 0, 64)),
                (24, struct.pack(">II", 64, 0)),
                (32, struct.pack(">II", 60, 60)),  # the first tile lies after the image
                (40, struct.pack(">H", 0)),
                (40, struct.pack(">H", 16384)),
                (42, bytes([37])),
                (43, bytes([2, 2])),  # sub-sampled, says the component
                (43, bytes([0, 0])),
                (style + 6, bytes(2)),  # no layers
                (style + 9, bytes([38])),  # decomposition levels
                (2, b"\xff\x52"),
            ):
                error = error_of(uid, j2k_changed(good, place, value), small)
                assert isinstance(error, di.DecodeError), (uid, place)
        huge = j2k_changed(good, 8, struct.pack(">II", 60000, 60000))
        error_of(uid, huge, grey(60000, 60000))


@hostile(memory=96, seconds=60)
def test_x11_codestreams_without_their_data() -> None:
    small = grey(64, 64)
    for uid in (J2K, HT):
        good = encoded(uid, small)
        start = good.index(b"\xff\x93")
        decode = REGISTRY.decoder_for(uid).decode
        whole = decode(good, small, LIMITS).pixels
        assert np.array_equal(decode(good[:-2], small, LIMITS).pixels, whole)  # without EOC
        survives(uid, good[:start] + b"\x00\x00" + good[start + 2 :], small)
        for size in (0, 1, 3, 20, 60, start, start + 2, len(good) // 2):
            assert isinstance(error_of(uid, good[:size], small), di.DecodeError)
        for place in range(4, start, 3):
            survives(uid, j2k_changed(good, place, b"\xff"), small)
        tiles = j2k_changed(good, 24, struct.pack(">II", 2, 2)) + bytes(1024 * 14)
        survives(uid, tiles, small)


# --- X12: JPEG-LS and JPEG XL -------------------------------------------------------------------


@hostile(memory=64, seconds=30)
def test_x12_jpeg_ls() -> None:
    small = grey(32, 32)
    good = encoded(JLS, small)
    scan = good.index(b"\xff\xda")
    presets = b"\xff\xf8\x00\x0d\x01" + struct.pack(">5H", 1, 60000, 60000, 60000, 65535)
    unknown = b"\xff\xf8\x00\x03\x09"
    for data in (
        j2k_changed(good, scan + 7, b"\xff"),  # NEAR
        good[:scan] + presets + good[scan:],
        good[:scan] + unknown + good[scan:],
        good[: len(good) // 2],
        good[:scan] + b"\xff\xdd\x00\x03\x01" + good[scan:],
        patched(good, small, 33, 32),
        b"",
    ):
        assert isinstance(error_of(JLS, data, small), di.DecodeError)
    with over_budget(8):
        bomb = patched(good, small, 65535, 65535)
        assert isinstance(error_of(JLS, bomb, grey(65535, 65535)), dc.LimitExceeded)
        assert isinstance(error_of(JLS, bomb, small), di.DecodeError)
    for size in range(scan, len(good) - 2, 17):
        survives(JLS, good[:size], small)


@hostile(memory=96, seconds=30)
def test_x12_jpeg_xl() -> None:
    small = grey(32, 32)
    good = encoded(JXL, small)
    canvas = b"\xff\x0a" + bytes.fromhex("f8ffffffffffffffffffffff") + bytes(40)
    box = struct.pack(">I", 12) + b"JXL \r\n\x87\n"
    with over_budget(8):
        for data in (
            canvas,
            b"",
            good[:3],
            good[:9],
            box,
            box + struct.pack(">I", 1) + b"jxlc" + b"\xff" * 8 + good,
            box + (struct.pack(">I", 8) + b"free") * 50_000,
            box + (struct.pack(">I", 13) + b"jxlp" + bytes(5)) * 50,
            box + struct.pack(">I", 0) + b"free" + good,
        ):
            assert isinstance(error_of(JXL, data, small), di.DecodeError)
        assert isinstance(error_of(JXL, good, grey(32, 33)), di.DecodeError)
    for size in range(10, len(good), 29):
        survives(JXL, good[:size], small)
