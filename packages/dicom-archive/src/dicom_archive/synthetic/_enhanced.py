"""Enhanced CT and MR: all slices in one instance, with functional groups (PS3.3 C.7.6.16)."""

from typing import TYPE_CHECKING, Final

import numpy as np

import dicom_core as dc

from ._canvas import to_grey
from ._frame import decimals, put_pixels
from ._head import Head
from ._slices import SEQUENCES, levels
from ._thorax import Thorax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ._frame import Series

__all__ = ["ct_enhanced", "mr_enhanced"]

_CT_CLASS: Final = "1.2.840.10008.5.1.4.1.1.2.1"
_MR_CLASS: Final = "1.2.840.10008.5.1.4.1.1.4.1"
_ABDOMEN: Final = (60.0, -180.0)
_HEAD: Final = (80.0, -48.0)


def ct_enhanced(series: "Series") -> "Iterator[dc.Dataset]":
    """An abdomen with contrast agent."""
    body, random = Thorax(series.body), series.random
    places, width, size = levels(series, _ABDOMEN), 400.0, 320 // series.detail
    planes = np.stack([body.scan(z, size, width, random) for z in places])
    ds = _start(series, _CT_CLASS, "CT", "ABDOMEN", ("DERIVED", "PRIMARY", "VOLUME", "NONE"))
    shared = _shared(places, width, size, "818981001", "Abdomen", ("60", "360"))
    kind = _frame_type(("DERIVED", "PRIMARY", "VOLUME", "NONE"))
    shared.CTImageFrameTypeSequence = [kind]
    event = dc.Dataset({"IrradiationEventUID": series.instance_uid(901)})
    shared.IrradiationEventIdentificationSequence = [event]
    shared.PixelValueTransformationSequence = [
        dc.Dataset({"RescaleIntercept": "-1024", "RescaleSlope": "1", "RescaleType": "HU"})
    ]
    _finish(ds, series, shared, places, width, size, to_grey(planes + 1024, 4095))
    yield ds


def mr_enhanced(series: "Series") -> "Iterator[dc.Dataset]":
    """A head in the contrast of the part."""
    look, *_ = SEQUENCES[series.part.look]
    head, random = Head(series.body, spots=series.part.spots), series.random
    places, width, size = levels(series, _HEAD), 240.0, 256 // series.detail
    planes = np.stack([head.scan(z, size, width, look, random) for z in places])
    contrast = {"T1": "T1", "T2": "T2", "FLAIR": "FLUID_ATTENUATED"}[series.part.look]
    ds = _start(series, _MR_CLASS, "MR", "HEAD", ("DERIVED", "PRIMARY", contrast, "NONE"))
    ds.ComplexImageComponent, ds.AcquisitionContrast = "MAGNITUDE", contrast
    ds.MagneticFieldStrength, ds.ResonantNucleus, ds.KSpaceFiltering = 1.5, "1H", "NONE"
    ds.ApplicableSafetyStandardAgency = "IEC"
    ds.AcquisitionDateTime, ds.AcquisitionDuration = series.case.date + series.case.time, 184.0
    shared = _shared(places, width, size, "69536005", "Head", ("500", "1050"))
    kind = _frame_type(("DERIVED", "PRIMARY", contrast, "NONE"))
    kind.ComplexImageComponent, kind.AcquisitionContrast = "MAGNITUDE", contrast
    shared.MRImageFrameTypeSequence = [kind]
    shared.PixelValueTransformationSequence = [
        dc.Dataset({"RescaleIntercept": "0", "RescaleSlope": "1", "RescaleType": "US"})
    ]
    _finish(ds, series, shared, places, width, size, to_grey(planes, 4095))
    yield ds


def _start(
    series: "Series", sop_class: str, modality: str, region: str, kind: tuple[str, ...]
) -> dc.Dataset:
    ds = series.start(sop_class, modality, region, 1)
    ds.ImageType = kind
    ds.PixelPresentation, ds.VolumetricProperties = "MONOCHROME", "VOLUME"
    ds.VolumeBasedCalculationTechnique = "NONE"
    ds.BurnedInAnnotation, ds.LossyImageCompression, ds.PresentationLUTShape = (
        "NO",
        "00",
        "IDENTITY",
    )
    ds.ContentQualification = "RESEARCH"
    ds.PatientPosition, ds.AcquisitionContextSequence = "HFS", []
    ds.FrameOfReferenceUID, ds.PositionReferenceIndicator = series.frame_of_reference, ""
    ds.AcquisitionNumber = 1
    return ds


def _frame_type(kind: tuple[str, ...]) -> dc.Dataset:
    return dc.Dataset({
        "FrameType": kind, "PixelPresentation": "MONOCHROME", "VolumetricProperties": "VOLUME",
        "VolumeBasedCalculationTechnique": "NONE",
    })  # fmt: skip


def _shared(
    places: list[float], width: float, size: int, region: str, meaning: str, window: tuple[str, str]
) -> dc.Dataset:
    """What holds for all frames."""
    step = decimals(places[1] - places[0])[0]
    shared = dc.Dataset()
    shared.PixelMeasuresSequence = [
        dc.Dataset({
            "PixelSpacing": decimals(width / size, width / size), "SliceThickness": step,
            "SpacingBetweenSlices": step,
        })
    ]  # fmt: skip
    shared.PlaneOrientationSequence = [
        dc.Dataset({"ImageOrientationPatient": ("1", "0", "0", "0", "1", "0")})
    ]
    anatomy = dc.Dataset(
        {"CodeValue": region, "CodingSchemeDesignator": "SCT", "CodeMeaning": meaning}
    )
    shared.FrameAnatomySequence = [
        dc.Dataset({"AnatomicRegionSequence": [anatomy], "FrameLaterality": "U"})
    ]
    shared.FrameVOILUTSequence = [dc.Dataset({"WindowCenter": window[0], "WindowWidth": window[1]})]
    return shared


def _finish(
    ds: dc.Dataset, series: "Series", shared: dc.Dataset, places: list[float], width: float, size: int,
    pixels: "NDArray[np.uint16]",
) -> None:  # fmt: skip
    """The groups of each frame, the dimension along the stack (PS3.3 C.7.6.17), and the pixels."""
    organization = series.instance_uid(0)
    ds.DimensionOrganizationSequence = [dc.Dataset({"DimensionOrganizationUID": organization})]
    ds.DimensionOrganizationType = "3D"
    ds.DimensionIndexSequence = [
        dc.Dataset({
            "DimensionIndexPointer": dc.Tag(pointer), "FunctionalGroupPointer": dc.Tag(0x00209111),
            "DimensionOrganizationUID": organization, "DimensionDescriptionLabel": label,
        })
        for pointer, label in ((0x00209056, "Stack"), (0x00209057, "Position in the stack"))
    ]  # fmt: skip
    corner = -width / 2 + width / size / 2
    ds.SharedFunctionalGroupsSequence = [shared]
    ds.PerFrameFunctionalGroupsSequence = [
        dc.Dataset({
            "FrameContentSequence": [
                dc.Dataset({"StackID": "1", "InStackPositionNumber": number, "DimensionIndexValues": (1, number)})
            ],
            "PlanePositionSequence": [dc.Dataset({"ImagePositionPatient": decimals(corner, corner, z)})],
        })
        for number, z in enumerate(places, 1)
    ]  # fmt: skip
    put_pixels(ds, pixels, 12)
