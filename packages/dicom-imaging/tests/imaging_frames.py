"""Encapsulated frames of real files, with what the manifest or a peer says they are."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypedDict

import dicom_core as dc
import dicom_imaging as di

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
