"""A small study that the peers and we hand to each other: in implicit and explicit VR, and compressed."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pydicom.data
from attrs import frozen

import dicom_core as dc

from .files import as_seen_by_pydicom, difference

__all__ = ["PATIENT", "STUDY", "Study", "same_files"]

ROOT: Final = "1.2.826.0.1.3680043.8.498.20"
STUDY: Final = f"{ROOT}.1"
PATIENT: Final = "Müller^Jörg"
IMPLICIT: Final = "1.2.840.10008.1.2"
EXPLICIT: Final = "1.2.840.10008.1.2.1"
KINDS: Final = {
    "implicit": ("CT_small.dcm", IMPLICIT),
    "explicit": ("CT_small.dcm", EXPLICIT),
    "compressed": ("MR_small_jp2klossless.dcm", None),
}


@frozen
class Study:
    """One file of each kind."""

    folder: Path

    @classmethod
    def made(cls, folder: Path) -> "Study":
        """From files of pydicom's wheel, under UIDs and a name of our own."""
        folder.mkdir(parents=True)
        source = Path(pydicom.data.__file__).parent / "test_files"
        for number, (kind, (name, syntax)) in enumerate(KINDS.items(), 1):
            file = dc.read(source / name)
            if syntax is not None:
                file = dc.convert(file, syntax)
            ds = file.dataset
            if "DataSetTrailingPadding" in ds:
                del ds.DataSetTrailingPadding  # DCMTK drops it, and may (PS3.10 7.2)
            ds.SpecificCharacterSet = "ISO_IR 192"
            ds.PatientName = PATIENT
            ds.PatientID = "4711"
            ds.StudyInstanceUID = STUDY
            ds.StudyDate = "20240229"
            ds.AccessionNumber = "A1"
            ds.SeriesInstanceUID = f"{ROOT}.2.{number}"
            ds.SOPInstanceUID = f"{ROOT}.3.{number}"
            file.meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
            dc.write(file, folder / f"{kind}.dcm")
        return cls(folder)

    def path(self, kind: str) -> Path:
        """The file of a kind."""
        return self.folder / f"{kind}.dcm"

    @staticmethod
    def series(kind: str) -> str:
        """The series of a kind."""
        return f"{ROOT}.2.{list(KINDS).index(kind) + 1}"

    @property
    def paths(self) -> list[Path]:
        """All of them."""
        return sorted(self.folder.glob("*.dcm"))


def same_files(sent: Iterable[Path], received: Iterable[bytes]) -> None:
    """Each that was sent was received with the same values, in whatever transfer syntax, and nothing else."""
    found = {str(ds.SOPInstanceUID): ds for ds in map(as_seen_by_pydicom, received)}
    expected = {
        str(ds.SOPInstanceUID): ds for ds in (as_seen_by_pydicom(p.read_bytes()) for p in sent)
    }
    assert found.keys() == expected.keys()
    for uid, ds in expected.items():
        other = difference(ds, found[uid], vrs=False)
        assert not other, other
