"""A tiled slide of any size, written piece by piece: what is large in it stays a hole in the file."""

from pathlib import Path
from struct import pack

import imagecodecs
import numpy as np

import dicom_core as dc

__all__ = ["TILE", "tile_mean", "write_frames", "write_slide"]

TILE = 256
_VL_SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"
_JPEG = "1.2.840.10008.1.2.4.50"
_ITEM = b"\xfe\xff\x00\xe0"


def _tile(number: int) -> bytes:
    """A tile in a grey that tells its number, with a gradient in it."""
    ramp = np.linspace(-20, 20, TILE)[:, None] + np.linspace(-20, 20, TILE)
    pixels = np.repeat((tile_mean(number) + ramp)[..., None], 3, axis=2).astype(np.uint8)
    return bytes(imagecodecs.jpeg8_encode(pixels, level=90))


def tile_mean(number: int) -> int:
    """What the samples of a tile are on average, more or less."""
    return 40 + number * 7 % 160


def write_slide(path: Path, rows: int, columns: int, *, fragment: int = 1 << 16) -> None:
    """TILED_FULL, JPEG baseline, with a basic offset table; each fragment has so many bytes."""
    count = rows * columns
    dataset = dc.Dataset({"SOPClassUID": _VL_SLIDE, "SOPInstanceUID": "1.2.3", "Modality": "SM"})
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 3, "YBR_FULL_422"
    dataset.PlanarConfiguration, dataset.NumberOfFrames = 0, count
    dataset.Rows = dataset.Columns = TILE
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0
    dataset.DimensionOrganizationType = "TILED_FULL"
    dataset.TotalPixelMatrixRows, dataset.TotalPixelMatrixColumns = rows * TILE, columns * TILE
    tiles = {tile_mean(number): _tile(number) for number in range(160)}
    with path.open("wb") as file:
        file.write(dc.DicomFile.new(dataset, _JPEG).to_bytes())
        file.write(b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff")
        offsets = (number * (fragment + 8) for number in range(count))
        file.write(_ITEM + pack("<I", 4 * count) + b"".join(pack("<I", at) for at in offsets))
        start = file.tell()
        for number in range(count):
            file.seek(start + number * (fragment + 8))
            file.write(_ITEM + pack("<I", fragment) + tiles[tile_mean(number)])
        file.seek(start + count * (fragment + 8))
        file.write(b"\xfe\xff\xdd\xe0\0\0\0\0")


def write_frames(path: Path, count: int, side: int = 512, *, encoded: bool = False) -> None:
    """Frames of 16 bits, native and all zeros but for their first sample; or of 8 bits as JPEG with a table."""
    frame = b""
    if encoded:
        pixels = np.random.default_rng(0).normal(128, 9, (side, side)).astype(np.uint8)
        frame = bytes(imagecodecs.jpeg8_encode(pixels, level=85))
        frame += bytes(len(frame) % 2)
    dataset = dc.Dataset({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7.2", "SOPInstanceUID": "1.2.4"})
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = count, side, side
    bits = 8 if encoded else 16
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit, dataset.PixelRepresentation = bits - 1, 0
    with path.open("wb") as file:
        syntax = _JPEG if encoded else "1.2.840.10008.1.2.1"
        file.write(dc.DicomFile.new(dataset, syntax).to_bytes())
        if encoded:
            file.write(b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff")
            offsets = b"".join(pack("<I", at * (len(frame) + 8)) for at in range(count))
            file.write(_ITEM + pack("<I", len(offsets)) + offsets)
            for _ in range(count):
                file.write(_ITEM + pack("<I", len(frame)) + frame)
            file.write(b"\xfe\xff\xdd\xe0\0\0\0\0")
            return
        size = side * side * 2
        file.write(b"\xe0\x7f\x10\x00OW\0\0" + pack("<I", count * size))
        start = file.tell()
        for number in range(count):
            file.seek(start + number * size)
            file.write(pack("<H", number))
        file.truncate(start + count * size)
