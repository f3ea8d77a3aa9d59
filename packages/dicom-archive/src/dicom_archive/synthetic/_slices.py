"""Series of single slices: CT and MR."""

from typing import TYPE_CHECKING, Final

import dicom_core as dc

from ._canvas import to_grey
from ._frame import decimals, put_pixels
from ._head import CT, FLAIR, T1, T2, Contrast, Head
from ._thorax import Thorax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._canvas import Plane
    from ._frame import Series

__all__ = [
    "CHEST",
    "SEQUENCES",
    "ct_abdomen",
    "ct_chest",
    "ct_head",
    "levels",
    "mr_head",
    "nodule_at",
]

CHEST: Final = (275.0, -25.0)
"""From the highest slice to the lowest, in mm."""
_ABDOMEN: Final = (45.0, -185.0)
_HEAD: Final = (80.0, -48.0)
_WIDE: Final = 400.0
_NARROW: Final = 240.0
_CT_CLASS: Final = "1.2.840.10008.5.1.4.1.1.2"
_MR_CLASS: Final = "1.2.840.10008.5.1.4.1.1.4"
# Contrast, and repetition, echo and inversion time in ms with the scanning sequence
SEQUENCES: Final[dict[str, tuple[Contrast, float, float, float | None, str]]] = {
    "T1": (T1, 520, 12, None, "SE"),
    "T2": (T2, 4800, 98, None, "SE"),
    "FLAIR": (FLAIR, 9000, 120, 2500, "IR"),
}


def levels(series: "Series", reach: tuple[float, float]) -> list[float]:
    """The heights of the slices in mm, from the feet to the head."""
    step = (
        (reach[0] - reach[1])
        / max(series.part.slices - 1, 1)
        * (series.part.slices / series.slices)
    )
    middle = sum(reach) / 2
    return [
        round(middle + (number - (series.slices - 1) / 2) * step, 2)
        for number in range(series.slices)
    ]


def nodule_at(series: "Series", height: float) -> int:
    """The number of the slice, from 1, that is nearest to a height of the chest."""
    found = levels(series, CHEST)
    return min(range(len(found)), key=lambda number: abs(found[number] - height)) + 1


def _place(
    ds: dc.Dataset, series: "Series", z: float, width: float, size: int, step: float
) -> None:
    """The image plane (PS3.3 C.7.6.2): axial, the patient on the back, head first."""
    corner = -width / 2 + width / size / 2
    ds.PatientPosition = "HFS"
    ds.ImageOrientationPatient = ("1", "0", "0", "0", "1", "0")
    ds.ImagePositionPatient = decimals(corner, corner, z)
    ds.SliceLocation = decimals(z)[0]
    ds.PixelSpacing = decimals(width / size, width / size)
    ds.SpacingBetweenSlices = ds.SliceThickness = decimals(step)[0]
    ds.FrameOfReferenceUID, ds.PositionReferenceIndicator = series.frame_of_reference, ""


def _tomogram(
    series: "Series", instance: int, plane: "Plane", z: float, width: float, step: float,
    region: str, window: tuple[str, str], kernel: str, contrast: str,
) -> dc.Dataset:  # fmt: skip
    ds = series.start(_CT_CLASS, "CT", region, instance)
    ds.ImageType = ("ORIGINAL", "PRIMARY", "AXIAL")
    ds.AcquisitionDate, ds.AcquisitionTime = series.case.date, series.case.time
    ds.AcquisitionNumber = 1
    _place(ds, series, z, width, plane.shape[0], step)
    ds.KVP, ds.XRayTubeCurrent, ds.ExposureTime = "120", 210, 500
    ds.ConvolutionKernel, ds.GantryDetectorTilt = kernel, "0"
    ds.ReconstructionDiameter = decimals(width)[0]
    if contrast:
        ds.ContrastBolusAgent, ds.ContrastBolusRoute = contrast, "IV"
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = "-1024", "1", "HU"
    ds.WindowCenter, ds.WindowWidth = window
    put_pixels(ds, to_grey(plane + 1024, 4095), 12)
    return ds


def _of_body(
    series: "Series", reach: tuple[float, float], region: str, window: tuple[str, str]
) -> "Iterator[dc.Dataset]":
    body, random = Thorax(series.body, nodule=series.part.grown), series.random
    places = levels(series, reach)
    for number, z in enumerate(places, 1):
        plane = body.scan(z, 512 // series.detail, _WIDE, random)
        yield _tomogram(
            series, number, plane, z, _WIDE, places[1] - places[0], region, window, "B30f", "Iodine"
        )


def ct_chest(series: "Series") -> "Iterator[dc.Dataset]":
    """A chest with contrast agent, in the window of its soft tissue."""
    return _of_body(series, CHEST, "CHEST", ("40", "400"))


def ct_abdomen(series: "Series") -> "Iterator[dc.Dataset]":
    """What is below."""
    return _of_body(series, _ABDOMEN, "ABDOMEN", ("60", "360"))


def ct_head(series: "Series") -> "Iterator[dc.Dataset]":
    """A head without contrast agent."""
    head, random = Head(series.body, spots=series.part.spots), series.random
    places = levels(series, _HEAD)
    for number, z in enumerate(places, 1):
        plane = head.scan(z, 512 // series.detail, _NARROW, CT, random)
        yield _tomogram(
            series,
            number,
            plane,
            z,
            _NARROW,
            places[1] - places[0],
            "HEAD",
            ("38", "90"),
            "H31s",
            "",
        )


def mr_head(series: "Series") -> "Iterator[dc.Dataset]":
    """A head in the contrast of the part."""
    look, repetition, echo, inversion, sequence = SEQUENCES[series.part.look]
    head, random = Head(series.body, spots=series.part.spots), series.random
    places = levels(series, _HEAD)
    for number, z in enumerate(places, 1):
        plane = head.scan(z, 256 // series.detail, _NARROW, look, random)
        ds = series.start(_MR_CLASS, "MR", "HEAD", number)
        ds.ImageType = ("ORIGINAL", "PRIMARY", "OTHER")
        ds.AcquisitionDate, ds.AcquisitionTime = series.case.date, series.case.time
        ds.AcquisitionNumber = 1
        _place(ds, series, z, _NARROW, plane.shape[0], places[1] - places[0])
        ds.SliceThickness = decimals((places[1] - places[0]) * 0.85)[0]
        ds.ScanningSequence, ds.SequenceVariant, ds.ScanOptions = sequence, "SK", ""
        ds.MRAcquisitionType, ds.SequenceName = "2D", series.part.look.lower()
        ds.RepetitionTime, ds.EchoTime = decimals(repetition, echo)
        ds.EchoTrainLength, ds.FlipAngle, ds.MagneticFieldStrength = 9, "150", "1.5"
        if inversion is not None:
            ds.InversionTime = decimals(inversion)[0]
        ds.WindowCenter, ds.WindowWidth = "500", "1050"
        put_pixels(ds, to_grey(plane, 4095), 12)
        yield ds
