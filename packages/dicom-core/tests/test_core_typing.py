"""What a type checker knows of a data set: a user's program passes, and each of its mistakes is found."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """\
from datetime import date
from pathlib import Path
from typing import assert_type

import dicom_core as dc
from dicom_core import Dataset, DicomFile, tags
from dicom_core.values import CodeString, DecimalString, DicomDate, IntegerString, PersonName, UID

file = dc.read(Path("ct.dcm"))
assert_type(file, DicomFile)
ds = file.dataset
assert_type(ds, Dataset)
assert_type(ds.PatientName, PersonName | None)
assert_type(ds.StudyDate, DicomDate | None)
assert_type(ds.Rows, int | None)
assert_type(ds.InstanceNumber, IntegerString | None)
assert_type(ds.SliceThickness, DecimalString | None)
assert_type(ds.PixelSpacing, tuple[DecimalString, ...] | None)
assert_type(ds.ImageType, tuple[CodeString, ...] | None)
assert_type(ds.SOPInstanceUID, UID | None)
name = ds.PatientName
if name is not None:
    assert_type(name.family, str)
items = ds.ReferencedStudySequence
if items is not None:
    for item in items:
        assert_type(item, Dataset)
        assert_type(item.ReferencedSOPInstanceUID, UID | None)
assert_type(tags.PatientName, dc.Tag)
assert_type(tags.PatientName in ds, bool)

ds.PatientName = "Doe^Jane"
ds.StudyDate = date(2026, 1, 31)
ds.StudyDate = None
ds.PixelSpacing = (0.5, "0.5")
ds.ReferencedStudySequence = [Dataset(), Dataset()]
del ds.PatientBirthDate
del ds["PatientSex"]
dc.write(file, "out.dcm", durable=True)

ds.PatientNme
ds.PatientNme = "Doe"
ds.PatientName.upper()
ds.Rows = "many"
ds.StudyDate = 20260131.5
ds.ReferencedStudySequence = [1]
tags.PatientNme
dc.read(42)
dc.write(ds.PatientName, "out.dcm")
"""
WRONG = PROGRAM.splitlines().index("ds.PatientNme") + 1
LAST = len(PROGRAM.splitlines())


@pytest.mark.slow
def test_mypy_knows_every_attribute_and_finds_every_mistake(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM, "utf-8")
    words = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir"]
    done = subprocess.run(
        [*words, str(tmp_path / "cache"), path.name],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    lines = {int(line.split(":", 2)[1]) for line in done.stdout.splitlines() if ": error: " in line}
    assert sorted(lines) == list(range(WRONG, LAST + 1)), done.stdout + done.stderr
