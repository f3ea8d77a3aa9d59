"""Encapsulated frames of real files, with what the manifest or a peer says they are."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypedDict

import numpy as np

import dicom_core as dc
import dicom_imaging as di
from dicom_imaging import codecs

NATIVE = {
    "",
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.2",
}


class Digest(TypedDict):
    """What the manifest says of one frame."""

    index: int
    dtype: str
    shape: list[int]
    sha256: str


class Decoding(TypedDict, total=False):
    """What the manifest says of the pixels of a file."""

    frames: int
    lossy: bool
    max_abs_diff: int
    confirmed: bool
    photometric_as_decoded: str
    first: Digest
    last: Digest


class Frame(NamedTuple):
    """One encapsulated frame."""

    path: str
    uid: str
    number: int
    data: bytes
    descriptor: di.PixelDescriptor


@cache
def manifest(corpus: Path) -> dict[str, Decoding]:
    """The pixels of each encapsulated file that a decoder could decode, by path."""
    entries = json.loads((corpus / "manifest.json").read_text("utf-8"))
    return {
        entry["path"]: entry["pixels"]
        for entry in entries
        if (entry.get("transfer_syntax") or "") not in NATIVE
        and entry.get("pixels")
        and "first" in entry["pixels"]
        and entry["pixels"]["confirmed"]
    }


def described(ds: dc.Dataset) -> di.PixelDescriptor:
    """The attributes of a data set, taken at their word."""
    return di.PixelDescriptor(
        rows=int(str(ds["Rows"])),
        columns=int(str(ds["Columns"])),
        samples=int(str(ds["SamplesPerPixel"])),
        bits_allocated=int(str(ds["BitsAllocated"])),
        bits_stored=int(str(ds["BitsStored"])),
        high_bit=int(str(ds["HighBit"])),
        signed=bool(ds["PixelRepresentation"]),
        photometric=di.PhotometricInterpretation(str(ds["PhotometricInterpretation"]).strip()),
        planar=int(str(ds.get("PlanarConfiguration") or 0)),
        frames=int(str(ds.get("NumberOfFrames") or 1)),
    )


def frames(path: Path) -> Iterator[Frame]:
    """Every frame of a file: by the table, or a fragment each, or all fragments of the only one."""
    file = dc.read(path, force=True)
    ds = file.dataset
    descriptor = described(ds)
    fragments = ds["PixelData"]
    assert isinstance(fragments, dc.Fragments)
    uid = file.transfer_syntax
    for number, data in enumerate(_joined(fragments, descriptor.frames)):
        yield Frame(path.name, uid, number, data, descriptor)


def _joined(fragments: "dc.Fragments", count: int) -> list[bytes]:
    pieces = list(fragments)
    if count == 1:
        return [b"".join(pieces)]
    if len(pieces) == count:
        return pieces
    table = memoryview(fragments.offset_table).cast("I")
    if len(table) == count:
        ends = [*table[1:], 1 << 32]
        place, found = 0, [b""] * count
        for piece in pieces:
            number = next(n for n in range(count) if table[n] <= place < ends[n])
            found[number] += piece
            place += 8 + len(piece)
        return found
    found = []
    for piece in pieces:  # a codestream begins with its own mark
        if piece[:3] == b"\xff\xd8\xff" or not found:
            found.append(piece)
        else:
            found[-1] += piece
    assert len(found) == count
    return found


def descriptor_of(
    shape: tuple[int, int],
    allocated: int,
    *,
    stored: int = 0,
    samples: int = 1,
    signed: bool = False,
    photometric: di.PhotometricInterpretation | None = None,
    planar: int = 0,
) -> di.PixelDescriptor:
    """A descriptor; Bits Stored is all that is allocated, and the high bit is on top of them."""
    names = di.PhotometricInterpretation
    return di.PixelDescriptor(
        rows=shape[0],
        columns=shape[1],
        samples=samples,
        bits_allocated=allocated,
        bits_stored=stored or allocated,
        high_bit=(stored or allocated) - 1,
        signed=signed,
        photometric=photometric or (names.RGB if samples == 3 else names.MONOCHROME2),
        planar=planar,
    )


def picture(descriptor: di.PixelDescriptor, kind: str, seed: int) -> "codecs.Pixels":
    """Pixels that use the whole range of Bits Stored: noise, areas of one value, or slopes with little noise."""
    random = np.random.default_rng(seed)
    bits = descriptor.bits_stored
    low = -(1 << (bits - 1)) if descriptor.signed else 0
    high = low + (1 << bits) - 1
    dtype = np.dtype(descriptor.dtype)
    if kind == "noise":
        return random.integers(low, high, descriptor.shape, dtype, endpoint=True)
    if kind == "flat":
        few = random.integers(low, high, 4, dtype, endpoint=True)
        coarse = few[random.integers(0, 4, (descriptor.rows, -(-descriptor.columns // 50)))]
        wide = np.repeat(coarse, 50, axis=1)[:, : descriptor.columns]
        shape = (*descriptor.shape[:2], descriptor.samples)
        return np.ascontiguousarray(np.broadcast_to(wide[..., None], shape)).reshape(
            descriptor.shape
        )
    y, x = np.mgrid[: descriptor.rows, : descriptor.columns]
    wave = (np.sin(x / 20 + seed) * np.cos(y / 33) + 1) / 2
    rough = wave[..., None] + random.normal(0, 0.01, (*descriptor.shape[:2], descriptor.samples))
    scaled = low + np.clip(rough, 0, 1) * 0.999 * (high - low)
    found: codecs.Pixels = scaled.astype(dtype).reshape(descriptor.shape)
    return found
