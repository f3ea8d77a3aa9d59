"""Many small instances for benchmarks: files of 8 KiB that differ in what differs in a real series."""

import os
from pathlib import Path

import dicom_core as dc

__all__ = ["make_small_files", "small_file"]

_SERIES = 100  # instances
_STUDY = 4  # series
_ROOT = "1.2.826.0.1.3680043.8.498"
_PIXELS = 60 * 60 * 2


def small_file(number: int, *, study_date: str = "20240305") -> dc.DicomFile:
    """The instance of a number: 100 of them make a series, 4 series a study, 2 studies a patient."""
    series, study, patient = number // _SERIES, number // (_SERIES * _STUDY), number // 800
    return dc.DicomFile.new(
        dc.Dataset(
            {
                "SpecificCharacterSet": "ISO_IR 192",
                "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
                "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
                "SOPInstanceUID": f"{_ROOT}.4.{10**9 + number}",
                "StudyDate": study_date,
                "StudyTime": f"{8 + study % 10:02d}{study % 60:02d}00",
                "AccessionNumber": f"A{study:07d}",
                "Modality": "CT",
                "Manufacturer": "Example",
                "ReferringPhysicianName": "Ärztin^Anna",
                "StudyDescription": f"Thorax {study % 7}",
                "SeriesDescription": f"Kernel {series % 4}",
                "PatientName": f"Müller{patient:05d}^Jörg",
                "PatientID": f"P{patient:06d}",
                "PatientBirthDate": f"19{30 + patient % 70}0714",
                "PatientSex": "MF"[patient % 2],
                "BodyPartExamined": "CHEST",
                "SliceThickness": "1.25",
                "KVP": "120",
                "StudyInstanceUID": f"{_ROOT}.1.{10**9 + study}",
                "SeriesInstanceUID": f"{_ROOT}.2.{10**9 + series}",
                "StudyID": str(study),
                "SeriesNumber": str(series % _STUDY + 1),
                "InstanceNumber": str(number % _SERIES + 1),
                "ImagePositionPatient": [
                    "-158.1",
                    "-179.0",
                    str(round(-75.7 - number % _SERIES * 1.25, 2)),
                ],
                "ImageOrientationPatient": ["1", "0", "0", "0", "1", "0"],
                "FrameOfReferenceUID": f"{_ROOT}.3.{10**9 + study}",
                "SamplesPerPixel": 1,
                "PhotometricInterpretation": "MONOCHROME2",
                "Rows": 60,
                "Columns": 60,
                "PixelSpacing": ["0.66", "0.66"],
                "BitsAllocated": 16,
                "BitsStored": 16,
                "HighBit": 15,
                "PixelRepresentation": 0,
                "WindowCenter": "40",
                "WindowWidth": "400",
                "PixelData": number.to_bytes(4, "little") * (_PIXELS // 4),
            }
        )
    )


def make_small_files(folder: Path, count: int) -> int:
    """Write so many of them, a thousand in a folder; the bytes they have together."""
    total = 0
    place = folder
    for number in range(count):
        if number % 1000 == 0:
            place = folder / f"{number // 1000:04d}"
            os.makedirs(place, exist_ok=True)
        data = small_file(number).to_bytes()
        total += len(data)
        (place / f"{number % 1000:03d}.dcm").write_bytes(data)
    return total
