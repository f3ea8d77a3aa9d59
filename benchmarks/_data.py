"""Data sets to measure with, made of raw bytes: no toolkit had a hand in them.

Sizes and element counts follow what is met in practice: a CT slice of 527 kB with some 160 elements, an
enhanced object of 500 frames with 34,000 nested elements, a report of 20,000 content items with 190,000.
"""

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

__all__ = ["ct", "ct_files", "enhanced", "report"]

_LONG = frozenset(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"])
_UNDEFINED = 0xFFFFFFFF
_ROOT = "1.2.826.0.1.3680043.8.498"


def _element(tag: int, vr: str, value: bytes, length: int | None = None) -> bytes:
    length = len(value) if length is None else length
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    return (
        head + (struct.pack("<2xI", length) if vr in _LONG else struct.pack("<H", length)) + value
    )


def _text(tag: int, vr: str, text: str) -> bytes:
    value = text.encode()
    return _element(
        tag, vr, value + (b"" if len(value) % 2 == 0 else b"\0" if vr == "UI" else b" ")
    )


def _us(tag: int, *values: int) -> bytes:
    return _element(tag, "US", struct.pack(f"<{len(values)}H", *values))


def _sequence(tag: int, items: Iterable[bytes], defined: bool) -> bytes:
    if defined:
        body = b"".join(struct.pack("<HHI", 0xFFFE, 0xE000, len(item)) + item for item in items)
        return _element(tag, "SQ", body)
    start, end = (
        struct.pack("<HHI", 0xFFFE, 0xE000, _UNDEFINED),
        struct.pack("<HHI", 0xFFFE, 0xE00D, 0),
    )
    body = b"".join(start + item + end for item in items)
    return _element(tag, "SQ", body + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0), _UNDEFINED)


def _in_order(elements: Iterable[bytes]) -> bytes:
    """Elements joined in the order of their tags (PS3.5 7.1)."""
    return b"".join(sorted(elements, key=lambda element: struct.unpack_from("<HH", element)))


def _file(sop_class: str, instance: str, data_set: bytes) -> bytes:
    meta = (
        _element(0x00020001, "OB", b"\0\1")
        + _text(0x00020002, "UI", sop_class)
        + _text(0x00020003, "UI", instance)
        + _text(0x00020010, "UI", "1.2.840.10008.1.2.1")
        + _text(0x00020012, "UI", f"{_ROOT}.1")
    )
    return (
        b"\0" * 128
        + b"DICM"
        + _element(0x00020000, "UL", struct.pack("<I", len(meta)))
        + meta
        + data_set
    )


def _code(value: str, scheme: str, meaning: str) -> bytes:
    return (
        _text(0x00080100, "SH", value)
        + _text(0x00080102, "SH", scheme)
        + _text(0x00080104, "LO", meaning)
    )


def ct(number: int = 1, pixels: int = 512 * 512 * 2) -> bytes:
    """A CT slice. What differs among the slices of a series differs here: UIDs, times, positions, counters."""
    instance = f"{_ROOT}.3.{number}"
    z = -400 + number * 0.625
    moment = f"{8 + number // 3600 % 12:02}{number // 60 % 60:02}{number % 60:02}.{number * 7919 % 1000000:06}"
    plain: list[tuple[int, str, str]] = [
        (0x00080005, "CS", "ISO_IR 100"), (0x00080008, "CS", "ORIGINAL\\PRIMARY\\AXIAL"), (0x00080012, "DA", "20260115"),
        (0x00080013, "TM", moment), (0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2"), (0x00080018, "UI", instance),
        (0x00080020, "DA", "20260115"), (0x00080021, "DA", "20260115"), (0x00080022, "DA", "20260115"),
        (0x00080023, "DA", "20260115"), (0x00080030, "TM", "081500"), (0x00080031, "TM", "081700.25"),
        (0x00080032, "TM", moment), (0x00080033, "TM", moment), (0x00080050, "SH", "A20260115001"),
        (0x00080060, "CS", "CT"), (0x00080070, "LO", "ACME Imaging"), (0x00080080, "LO", "General Hospital"),
        (0x00080081, "ST", "1 Hospital Road"), (0x00080090, "PN", "Referring^Doctor"), (0x00081010, "SH", "CTROOM1"),
        (0x00081030, "LO", "CT CHEST"), (0x0008103E, "LO", "AXIAL 0.625"), (0x00081050, "PN", "Performing^Doctor"),
        (0x00081070, "PN", "Operator^One"), (0x00081090, "LO", "Scanner 9000"),
        (0x00100010, "PN", "Doe^Jane"), (0x00100020, "LO", "P000123"), (0x00100030, "DA", "19700101"),
        (0x00100040, "CS", "F"), (0x00101010, "AS", "056Y"), (0x00101020, "DS", "1.72"), (0x00101030, "DS", "68.5"),
        (0x00180015, "CS", "CHEST"), (0x00180022, "CS", "HELICAL MODE"), (0x00180050, "DS", "0.625"),
        (0x00180060, "DS", "120"), (0x00180090, "DS", "500.000000"), (0x00181000, "LO", "SN123456"),
        (0x00181020, "LO", "v9.1.2"), (0x00181030, "LO", "CHEST ROUTINE"), (0x00181040, "LO", "IV"),
        (0x00181100, "DS", "360.000000"), (0x00181110, "DS", "949.147000"), (0x00181111, "DS", "541.000000"),
        (0x00181120, "DS", "0.000000"), (0x00181130, "DS", "181.500000"), (0x00181140, "CS", "CW"),
        (0x00181150, "IS", "500"), (0x00181151, "IS", str(180 + number % 40)), (0x00181152, "IS", "90"),
        (0x00181160, "SH", "BODY FILTER"), (0x00181170, "IS", "24000"), (0x00181190, "DS", "0.700000"),
        (0x00181210, "SH", "STANDARD"), (0x00185100, "CS", "FFS"),
        (0x0020000D, "UI", f"{_ROOT}.1.1"), (0x0020000E, "UI", f"{_ROOT}.2.1"), (0x00200010, "SH", "S1"),
        (0x00200011, "IS", "3"), (0x00200012, "IS", "1"), (0x00200013, "IS", str(number)),
        (0x00200032, "DS", f"-180.000000\\-180.000000\\{z:.6f}"),
        (0x00200037, "DS", "1.000000\\0.000000\\0.000000\\0.000000\\1.000000\\0.000000"),
        (0x00200052, "UI", f"{_ROOT}.4.1"), (0x00201040, "LO", "SN"), (0x00201041, "DS", f"{z:.6f}"),
        (0x00280004, "CS", "MONOCHROME2"), (0x00280030, "DS", "0.703125\\0.703125"),
        (0x00281050, "DS", "40"), (0x00281051, "DS", "400"), (0x00281052, "DS", "-1024"), (0x00281053, "DS", "1"),
        (0x00281054, "LO", "HU"), (0x00320033, "LO", "READ"), (0x00321032, "PN", "Requesting^Doctor"),
        (0x00321060, "LO", "CT CHEST WITH CONTRAST"), (0x00380010, "LO", "ADM1"), (0x00400244, "DA", "20260115"),
        (0x00400245, "TM", "081500"), (0x00400253, "SH", "PPS1"), (0x00400254, "LO", "CT CHEST"),
    ]  # fmt: skip
    parts = {tag: _text(tag, vr, text) for tag, vr, text in plain}
    numbers = {
        0x00280002: 1,
        0x00280010: 512,
        0x00280011: 512,
        0x00280100: 16,
        0x00280101: 16,
        0x00280102: 15,
        0x00280103: 1,
    }
    parts |= {tag: _us(tag, value) for tag, value in numbers.items()}
    reference = _text(0x00081150, "UI", "1.2.840.10008.3.1.2.3.3") + _text(
        0x00081155, "UI", f"{_ROOT}.9.{number}"
    )
    for tag in (0x00081110, 0x00081111, 0x00081140):
        parts[tag] = _sequence(tag, [reference], defined=True)
    parts[0x00081032] = _sequence(
        0x00081032, [_code("CTCHEST", "99ACME", "CT chest with contrast")], defined=True
    )
    parts[0x00400275] = _sequence(
        0x00400275,
        [
            _text(0x00400007, "LO", "CHEST")
            + _sequence(0x00400008, [_code("P1", "99ACME", "Protocol")], defined=True)
        ],
        defined=True,
    )
    for group in (0x0019, 0x0021, 0x0043):  # private blocks, as every vendor has them
        parts[group << 16 | 0x10] = _text(group << 16 | 0x10, "LO", f"ACME_{group:04X}_01")
        for low in range(20):
            tag = group << 16 | 0x1000 | low
            parts[tag] = (
                _text(tag, "DS", f"{low * 1.5 + (number if low == 1 else 0):.3f}")
                if low % 2
                else _element(tag, "SL", struct.pack("<i", low))
            )
    parts[0x7FE00010] = _element(0x7FE00010, "OW", bytes(pixels))
    return _file(
        "1.2.840.10008.5.1.4.1.1.2", instance, b"".join(parts[tag] for tag in sorted(parts))
    )


def ct_files(folder: Path, count: int, pixels: int = 512 * 512 * 2) -> list[Path]:
    """A series in a folder."""
    paths = [folder / f"{number:05}.dcm" for number in range(1, count + 1)]
    for number, path in enumerate(paths, 1):
        path.write_bytes(ct(number, pixels))
    return paths


def _frame(number: int, defined: bool) -> bytes:
    def of(tag: int, *elements: bytes) -> bytes:
        return _sequence(tag, [_in_order(elements)], defined)

    def doubles(tag: int, *values: float) -> bytes:
        return _element(tag, "FD", struct.pack(f"<{len(values)}d", *values))

    source = (
        _text(0x00081150, "UI", "1.2.840.10008.5.1.4.1.1.4")
        + _text(0x00081155, "UI", f"{_ROOT}.5.{number}")
        + of(0x0040A170, _code("121322", "DCM", "Source image for image processing operation"))
    )
    content = (
        _us(0x00189804, number % 65536),
        _element(0x00189074, "DT", f"20260115{number % 24:02}3015.25".ljust(18).encode()),
        doubles(0x00189220, 12.5),
        _element(0x00209057, "UL", struct.pack("<I", number)),
        _element(0x00209128, "UL", struct.pack("<I", 1)),
        _text(0x00209056, "SH", "1"),
        _element(0x00209157, "UL", struct.pack("<3I", 1, number, 1)),
    )
    diffusion = _sequence(
        0x00189117,
        [
            _text(0x00189075, "CS", "DIRECTIONAL")
            + of(0x00189076, doubles(0x00189089, 0.1, 0.2, 0.3))
            + doubles(0x00189087, 1000.0)
        ],
        defined,
    )
    echo = _in_order(
        doubles(0x00189000 + tag, tag * 0.5)
        for tag in (0x14, 0x20, 0x30, 0x73, 0x78, 0x79, 0x82, 0x84, 0x86)
    )
    values = _sequence(
        0x00409096,
        [
            _text(0x00283003, "LO", "ADC")
            + of(0x004008EA, _code("mm2/s", "UCUM", "square millimetre per second"))
            + _text(0x00409210, "SH", f"M{lut}")
            + _us(0x00409211, 4095)
            + _us(0x00409216, 0)
            + doubles(0x00409224, 0.0)
            + doubles(0x00409225, 1.0)
            for lut in range(2)
        ],
        defined,
    )
    return _in_order(
        [
            of(0x00089124, source),
            diffusion,
            of(0x00189006, echo),
            of(
                0x00189112,
                doubles(0x00180080 + 0, 9.0),
                _text(0x00181314, "DS", "90"),
                _us(0x00189240, 1),
            ),
            of(0x00189114, doubles(0x00189082, 80.0 + number % 3)),
            of(0x00209111, *content),
            of(0x00209113, _text(0x00200032, "DS", f"-120.5\\-110.25\\{number * 2.5:.4f}")),
            of(0x00209116, _text(0x00200037, "DS", "1\\0\\0\\0\\1\\0")),
            of(0x00289110, _text(0x00180050, "DS", "2.5"), _text(0x00280030, "DS", "0.9\\0.9")),
            of(0x00289132, _text(0x00281050, "DS", "500"), _text(0x00281051, "DS", "1000")),
            of(
                0x00289145,
                _text(0x00281052, "DS", "0"),
                _text(0x00281053, "DS", "1"),
                _text(0x00281054, "LO", "US"),
            ),
            values,
        ]
    )


def enhanced(defined: bool, frames: int = 500) -> bytes:
    """An enhanced MR object; with undefined lengths a reader must walk all of it to find the end of anything."""
    instance = f"{_ROOT}.6.1"
    head = [
        _text(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.4.1"), _text(0x00080018, "UI", instance),
        _text(0x00080060, "CS", "MR"), _text(0x00100010, "PN", "Doe^Jane"), _text(0x00100020, "LO", "P000123"),
        _text(0x00280008, "IS", str(frames)), _us(0x00280010, 16), _us(0x00280011, 16), _us(0x00280100, 16),
        _sequence(0x52009230, [_frame(number, defined) for number in range(1, frames + 1)], defined),
        _element(0x7FE00010, "OW", bytes(16 * 16 * 2 * frames)),
    ]  # fmt: skip
    return _file("1.2.840.10008.5.1.4.1.1.4.1", instance, b"".join(head))


def _items(count: int, defined: bool) -> Iterator[bytes]:
    for number in range(count):
        unit = _sequence(0x004008EA, [_code("mm", "UCUM", "millimeter")], defined)
        measured = _sequence(
            0x0040A300, [unit + _text(0x0040A30A, "DS", f"{number * 0.25:.2f}")], defined
        )
        name = _sequence(
            0x0040A043, [_code(f"{121200 + number % 100}", "DCM", f"Distance {number}")], defined
        )
        yield _text(0x0040A010, "CS", "CONTAINS") + _text(0x0040A040, "CS", "NUM") + name + measured


def report(defined: bool, items: int = 20_000) -> bytes:
    """A comprehensive report."""
    instance = f"{_ROOT}.7.1"
    root = _sequence(0x0040A043, [_code("126000", "DCM", "Imaging Measurement Report")], defined)
    parts = [
        _text(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.88.33"), _text(0x00080018, "UI", instance),
        _text(0x00080060, "CS", "SR"), _text(0x00100010, "PN", "Doe^Jane"),
        _text(0x0040A040, "CS", "CONTAINER"), root, _text(0x0040A050, "CS", "SEPARATE"),
        _sequence(0x0040A730, _items(items, defined), defined),
    ]  # fmt: skip
    return _file("1.2.840.10008.5.1.4.1.1.88.33", instance, b"".join(parts))
