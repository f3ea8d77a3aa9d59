"""Runs in an environment that holds the installed package and what it needs, and nothing else."""

import subprocess
import sys
import tempfile
from pathlib import Path

import dicom_core as dc

assert "site-packages" in dc.__file__, dc.__file__
ds = dc.Dataset()
ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
ds.PatientName = "Doe^Jane"
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "file.dcm")
    dc.write(dc.DicomFile.new(ds), path)
    file = dc.read(path)
    assert file.dataset.PatientName == "Doe^Jane"
    assert file.findings == ()
    assert not {"attr", "attrs", "logging", "inspect"} & set(sys.modules), (
        "reading imports too much"
    )
    command = Path(sys.executable).with_name("dicom")
    done = subprocess.run([command, "dump", path], capture_output=True, text=True, check=False)
    # Without the [cli] extra the command says in one line how to get it.
    assert done.returncode != 0
    assert "dicom-core[cli]" in done.stderr, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
print("  dicom_core writes and reads a file")
