"""Radiographs and ultrasound."""

from typing import TYPE_CHECKING, Final

import numpy as np

import dicom_core as dc

from ._echo import DEPTH, beating_heart, coloured
from ._frame import decimals, put_pixels
from ._projection import radiograph
from ._thorax import Thorax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._frame import Series

__all__ = ["cr_chest", "us_flow", "us_heart"]

_CR_CLASS: Final = "1.2.840.10008.5.1.4.1.1.1"
_US_CLASS: Final = "1.2.840.10008.5.1.4.1.1.3.1"


def cr_chest(series: "Series") -> "Iterator[dc.Dataset]":
    """A radiograph from the back to the front, or the other way where the title says AP."""
    size = 880 // series.detail
    pixels = radiograph(Thorax(series.body, nodule=series.part.grown), series.random, size)
    ds = series.start(_CR_CLASS, "CR", "CHEST", 1)
    ds.ImageType = ("ORIGINAL", "PRIMARY")
    ds.AcquisitionDate, ds.AcquisitionTime = series.case.date, series.case.time
    ds.KVP, ds.PlateID, ds.Exposure = "125", "1", 3
    ds.ViewPosition = "AP" if series.part.title.endswith("AP") else "PA"
    ds.PatientOrientation = ("L", "F")
    ds.ImagerPixelSpacing = decimals(420 / size, 420 / size)
    ds.WindowCenter, ds.WindowWidth = "1950", "4000"
    put_pixels(ds, pixels, 12)
    yield ds


def us_heart(series: "Series") -> "Iterator[dc.Dataset]":
    """One beat of a heart, in grey."""
    frames = [frame for frame, _ in beating_heart(series.slices, series.random)]
    yield _cine(series, np.stack(frames)[:, :: series.detail, :: series.detail], "MONOCHROME2")


def us_flow(series: "Series") -> "Iterator[dc.Dataset]":
    """The same with the flow of blood in colour."""
    frames = [
        coloured(frame, phase) for frame, phase in beating_heart(series.slices, series.random)
    ]
    yield _cine(series, np.stack(frames)[:, :: series.detail, :: series.detail], "RGB")


def _cine(
    series: "Series", pixels: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]", photometric: str
) -> dc.Dataset:
    ds = series.start(_US_CLASS, "US", "HEART", 1)
    ds.ImageType = ("ORIGINAL", "PRIMARY", "TTE", "0011" if photometric == "RGB" else "0001")
    ds.AcquisitionDate, ds.AcquisitionTime = series.case.date, series.case.time
    ds.PatientOrientation = ()
    ds.LossyImageCompression, ds.BurnedInAnnotation = "00", "NO"
    wait = 900 / len(pixels)
    ds.FrameTime, ds.HeartRate = decimals(wait)[0], 67
    ds.CineRate = ds.RecommendedDisplayFrameRate = round(1000 / wait)
    ds.FrameIncrementPointer = dc.Tag(0x00181063)
    rows, columns = pixels.shape[1:3]
    step = DEPTH / 10 / (rows * 286 / 300)
    region = dc.Dataset()
    region.RegionSpatialFormat, region.RegionDataType, region.RegionFlags = 1, 1, 0
    region.RegionLocationMinX0 = region.RegionLocationMinY0 = 0
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = columns - 1, rows - 1
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3  # cm
    region.PhysicalDeltaX = region.PhysicalDeltaY = step
    ds.SequenceOfUltrasoundRegions = [region]
    put_pixels(ds, pixels, 8, photometric)
    if photometric == "RGB":
        ds.UltrasoundColorDataPresent = 1
    return ds
