"""Instances for the tests of storage."""

from pathlib import Path

import dicom_core as dc
from dicom_net.services import Outgoing, outgoing

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
J2K = "1.2.840.10008.1.2.4.90"


def instance(
    number: int = 1, *, size: int = 100, sop_class: str = CT, study: int = 1
) -> dc.DicomFile:
    """One, with a patient, and ``size`` bytes of pixels."""
    dataset = dc.Dataset()
    dataset.SOPClassUID = sop_class
    dataset.SOPInstanceUID = f"1.2.3.{study}.1.{number}"
    dataset.StudyInstanceUID = f"1.2.3.{study}"
    dataset.SeriesInstanceUID = f"1.2.3.{study}.1"
    dataset.PatientID = "ID 1"
    dataset.PatientName = "Doe^Jane"
    dataset.set("PixelData", "OW", bytes(number % 256 for _ in range(size)))
    return dc.DicomFile.new(dataset)


def written(folder: Path, number: int = 1, *, size: int = 100, sop_class: str = CT) -> Path:
    """One in a file."""
    path = folder / f"{number}.dcm"
    dc.write(instance(number, size=size, sop_class=sop_class), path)
    return path


def ready(number: int = 1, *, size: int = 100) -> Outgoing:
    """One that can be sent."""
    return outgoing(instance(number, size=size))
