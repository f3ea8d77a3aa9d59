"""Many small instances that differ, quickly and without numpy: for tests and measurements."""

from random import Random
from typing import TYPE_CHECKING, Final

from ._identity import uid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicom_core import DicomFile

__all__ = ["small_instances"]

_SECONDARY_CAPTURE: Final = "1.2.840.10008.5.1.4.1.1.7"
_HEAD: Final = 840  # bytes of a file that are not pixels, roughly


def small_instances(
    count: int, size: int = 8192, *, seed: int | str = 1, series: int = 10, study: int = 20
) -> "Iterator[DicomFile]":
    """So many secondary captures of about ``size`` bytes: ``series`` of them are a series, ``study`` a study of a patient.

    The same arguments give the same files; a larger ``count`` only adds to them. ``study`` is a multiple of ``series``.
    """
    from dicom_core import Dataset, DicomFile

    if study % series:
        raise ValueError(
            f"a study of {study} instances has no whole number of series of {series}; give a multiple"
        )
    columns = 16 if size < 500_000 else 512
    rows = max((size - _HEAD) // columns, 1)
    grain = Random(repr(seed)).randbytes(rows * columns)  # noqa: S311 - not a secret
    shared = Dataset({
        "SpecificCharacterSet": "ISO_IR 192", "SOPClassUID": _SECONDARY_CAPTURE, "Modality": "OT",
        "ConversionType": "SYN", "StudyDescription": "Synthetic", "ReferringPhysicianName": "",
        "PatientBirthDate": "", "PatientSex": "O", "PatientOrientation": (), "StudyTime": "120000",
        "SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "Rows": rows, "Columns": columns,
        "BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "PixelRepresentation": 0,
    })  # fmt: skip
    for number in range(count):
        ds = shared.copy()
        of_study, of_series = number // study, number // series
        ds.SOPInstanceUID = uid(seed, "small", number)
        ds.StudyInstanceUID = uid(seed, "small study", of_study)
        ds.SeriesInstanceUID = uid(seed, "small series", of_series)
        ds.PatientName, ds.PatientID = f"Test^{of_study:07}", f"TEST{of_study:07}"
        ds.StudyID = ds.AccessionNumber = f"{of_study}"
        ds.StudyDate = (
            f"{2000 + of_study // 336 % 25}{of_study // 28 % 12 + 1:02}{of_study % 28 + 1:02}"
        )
        ds.SeriesNumber, ds.InstanceNumber = of_series % (study // series) + 1, number % series + 1
        turned = number % len(grain)
        ds.set("PixelData", "OB", grain[turned:] + grain[:turned])
        yield DicomFile.new(ds)


# Tracebacks, reprs and pickles name the place that users import from
small_instances.__module__ = "dicom_archive.synthetic"
