"""dicom-imaging, frames: files with pixels from anybody, and indexes of frames from anybody."""

from collections.abc import Sequence
from struct import pack

import numpy as np

import dicom_core as dc
import dicom_imaging as di

from .surface import Surface, polite

__all__ = ["SURFACES"]

_RLE = "1.2.840.10008.1.2.5"
_JPEG = "1.2.840.10008.1.2.4.50"
_LIMITS = di.PixelLimits(frame=1 << 20, array=1 << 22, frames=10_000)


def _described(**attributes: object) -> dc.Dataset:
    ds = dc.Dataset({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "SOPInstanceUID": "1.2"})
    di.set_pixels(ds, np.zeros((2, 3), np.uint8))
    ds.update(attributes)
    return ds


def frame_seeds() -> Sequence[bytes]:
    seeds = []
    for array in (
        np.arange(12, dtype=np.uint8).reshape(2, 2, 3),
        np.arange(4, dtype=np.int16).reshape(2, 2) - 2,
        np.arange(10).reshape(2, 5) % 2 == 1,
        np.arange(12, dtype=np.uint8).reshape(2, 2, 3)[None],
        np.ones((2, 2), np.float32),
    ):
        ds = dc.Dataset({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "SOPInstanceUID": "1.2"})
        di.set_pixels(ds, array)
        seeds.append(dc.DicomFile.new(ds).to_bytes())
        seeds.append(dc.DicomFile.new(ds, "1.2.840.10008.1.2.2").to_bytes())
    run = b"\1\0\0\0\x40" + bytes(59) + b"\xfb\7"
    two = _described(NumberOfFrames=2)
    two.PixelData = dc.Fragments([run, run], pack("<2I", 0, 74))
    seeds.append(dc.DicomFile.new(two, _RLE).to_bytes())
    di.encapsulate([run, run], offset_table="extended").into(two)
    seeds.append(dc.DicomFile.new(two, _RLE).to_bytes())
    two.PixelData = dc.Fragments([b"\xff\xd8\xff\xdb", b"xx", b"\xff\xd8\xff\xdb"])
    seeds.append(dc.DicomFile.new(two, _JPEG).to_bytes())
    seeds.extend(di.open(seed).index.to_bytes() for seed in (seeds[0], seeds[-1], seeds[-2]))
    return seeds


def feed_frames(data: bytes) -> None:
    """Every frame is there in the shape that was described, or a sentence says why not; findings are polite."""
    try:
        index = di.FrameIndex.from_bytes(data)
        if di.FrameIndex.from_bytes(index.to_bytes()) != index:
            raise AssertionError("an index that is not itself again")
        for frame in range(min(len(index), 8)):
            index.spans(frame)
    except di.PixelDataError as error:
        polite(error)
    try:
        file = dc.read(data, force=True)
        image = di.open(file, limits=_LIMITS)
        for finding in image.findings:
            if not str(finding).isprintable():
                raise AssertionError(f"a finding that should not be printed: {finding!r}")
    except dc.DicomError as error:
        polite(error)
        return
    one = image.descriptor
    for frame in {0, len(image) // 2, len(image) - 1}:
        try:
            pixels = image.frame(frame)
        except dc.DicomError as error:
            polite(error)
            continue
        if pixels.shape != one.shape or pixels.dtype != one.dtype:
            raise AssertionError(
                f"a frame of {pixels.shape} {pixels.dtype}, not {one.shape} {one.dtype}"
            )


SURFACES = [Surface("frames", frame_seeds, feed_frames, ("dicom_imaging",), 1000)]
