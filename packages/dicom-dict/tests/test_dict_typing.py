"""What a type checker knows of the tables: a program's right lines pass, and each wrong line is found."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """\
from typing import assert_type

import dicom_dict as dd
from dicom_dict import VR, ElementEntry, Tag, tags
from dicom_dict.sop_classes import CTImageStorage

assert_type(tags.PatientName, Tag)
assert_type(dd.element("Rows"), ElementEntry)
assert_type(dd.element("Rows").vrs, tuple[VR, ...])
assert_type(dd.tags.StudyInstanceUID.group, int)
assert_type(dd.transfer_syntaxes.JPEG2000, dd.TransferSyntax)
assert_type(dd.codes.ProcedureReported, dd.Code)
uid: str = CTImageStorage
for use in dd.iod("CT Image").modules:
    assert_type(use.name, str)

tags.PatientNme
dd.elemnt("Rows")
dd.element(1.5)
dd.sop_classes.CTImageStorag
dd.element("Rows").keywrd
dd.element("Rows").name = "Lines"
"""
WRONG = PROGRAM.splitlines().index("tags.PatientNme") + 1


@pytest.mark.slow
def test_mypy_knows_every_name(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM, "utf-8")
    words = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--no-error-summary",
        "--cache-dir",
        str(tmp_path / "cache"),
        path.name,
    ]
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, check=False)
    lines = [line.split(":", 2) for line in done.stdout.splitlines() if ": error: " in line]
    assert sorted({int(line[1]) for line in lines}) == list(range(WRONG, WRONG + 6)), (
        done.stdout + done.stderr
    )
