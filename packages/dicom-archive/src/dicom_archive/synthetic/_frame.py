"""What every instance of a series has in common: patient, study, series, equipment, and how pixels are described."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

import dicom_core as dc

from ._identity import uid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ._plan import Case, Part

__all__ = ["Series", "decimals", "put_pixels"]

_MAKER = "dicom-archive (synthetic)"


class Series(NamedTuple):
    """A series that is being made."""

    case: "Case"
    part: "Part"
    seed: int | str
    study: int
    """The number of the study in the set, from 0."""
    number: int
    """The number of the series in the study, from 1."""
    turn: int
    """How often the whole set was gone through before."""
    detail: int
    """1: as it should be; 4: a quarter of the rows, columns and slices."""

    @property
    def random(self) -> np.random.RandomState:
        """Numbers of its own, from the beginning."""
        word = uid(self.seed, "random", self.study, self.number)
        return np.random.RandomState(int(word[5:]) % 2**32)

    @property
    def body(self) -> int:
        """Whoever has the same is the same patient."""
        return int(uid(self.seed, "body", self.case.body, self.turn)[5:]) % 2**32

    @property
    def slices(self) -> int:
        """Slices or frames."""
        return self.part.slices_of(self.detail)

    @property
    def frame_of_reference(self) -> str:
        """One for the study: its series lie over each other."""
        return uid(self.seed, "frame", self.study)

    @property
    def study_uid(self) -> str:
        return uid(self.seed, "study", self.study)

    def series_uid(self, number: int | None = None) -> str:
        """Of this series, or of another of the study."""
        return uid(self.seed, "series", self.study, self.number if number is None else number)

    def instance_uid(self, instance: int, number: int | None = None) -> str:
        """Of an instance of this series, counted from 1, or of another of the study."""
        return uid(
            self.seed, "instance", self.study, self.number if number is None else number, instance
        )

    def start(self, sop_class: str, modality: str, region: str, instance: int) -> dc.Dataset:
        """A data set with everything that is not the image itself."""
        case, person = self.case, self.case.person
        suffix = f"-{self.turn}" if self.turn else ""
        hour = int(case.time[:2])
        time = f"{hour:02}{int(case.time[2:4]):02}{min(int(case.time[4:]) + self.number, 59):02}"
        ds = dc.Dataset()
        ds.SpecificCharacterSet = person.charset
        ds.InstanceCreationDate, ds.InstanceCreationTime = case.date, time
        ds.SOPClassUID, ds.SOPInstanceUID = sop_class, self.instance_uid(instance)
        ds.StudyDate = ds.SeriesDate = ds.ContentDate = case.date
        ds.StudyTime, ds.SeriesTime, ds.ContentTime = case.time, time, time
        ds.AccessionNumber = f"A{case.date[2:]}{self.study:03}"
        ds.Modality, ds.Manufacturer = modality, _MAKER
        ds.InstitutionName = person.hospital
        ds.ReferringPhysicianName = person.physician
        ds.StationName = f"{modality}1"
        ds.StudyDescription, ds.SeriesDescription = case.title, self.part.title
        ds.ManufacturerModelName = "Phantom"
        ds.PatientName = person.name(self.turn)
        ds.PatientID = person.identity + suffix
        ds.PatientBirthDate, ds.PatientSex = person.born, person.sex
        ds.PatientAge = f"{_age(person.born, case.date):03}Y"
        ds.PatientSize, ds.PatientWeight = person.size, person.weight
        ds.DeviceSerialNumber, ds.SoftwareVersions = "0", "1"
        ds.StudyInstanceUID, ds.SeriesInstanceUID = self.study_uid, self.series_uid()
        ds.StudyID = f"{self.study + 1}"
        ds.SeriesNumber, ds.InstanceNumber = self.number, instance
        if modality != "SR":
            ds.BodyPartExamined = region
            ds.ProtocolName = self.part.title
        return ds


def _age(born: str, on: str) -> int:
    return int(on[:4]) - int(born[:4]) - (on[4:] < born[4:])


def decimals(*numbers: float) -> tuple[str, ...]:
    """Decimal strings, short enough for DS and without a negative zero."""
    return tuple(f"{round(number, 4) + 0.0:.10g}" for number in numbers)


def put_pixels(
    ds: dc.Dataset,
    pixels: "NDArray[np.uint8] | NDArray[np.uint16]",
    bits: int,
    photometric: str = "MONOCHROME2",
) -> None:
    """Describe and add native pixel data (PS3.3 C.7.6.3): rows and columns, frames before, colours behind."""
    colours = 3 if photometric == "RGB" else 1
    shape = pixels.shape[:-1] if colours > 1 else pixels.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = colours, photometric
    if colours > 1:
        ds.PlanarConfiguration = 0
    ds.Rows, ds.Columns = shape[-2], shape[-1]
    if len(shape) > 2:
        ds.NumberOfFrames = shape[0]
    ds.BitsAllocated = pixels.dtype.itemsize * 8
    ds.BitsStored, ds.HighBit, ds.PixelRepresentation = bits, bits - 1, 0
    data = pixels.astype(pixels.dtype.newbyteorder("<")).tobytes()
    ds.set("PixelData", "OW" if pixels.dtype.itemsize == 2 else "OB", data + bytes(len(data) % 2))
