"""Runs in an environment that holds the installed package and what it needs, and nothing else."""

import subprocess
import sys
import tempfile
from pathlib import Path

import dicom_core as dc
import dicom_imaging as di

assert "site-packages" in di.__file__, di.__file__
assert not {"imagecodecs", "numpy"} & set(sys.modules), "importing loads too much"

import numpy as np  # noqa: E402

ds = dc.Dataset({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "Modality": "OT"})
array = np.arange(2 * 16 * 24, dtype=np.uint8).reshape(2, 16, 24)
di.set_pixels(ds, array)
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "file.dcm")
    dc.write(dc.DicomFile.new(ds), path)
    image = di.open(path)
    assert (image.array() == array).all()
    assert image.findings == ()
    assert image.display().shape == (16, 24)
    command = Path(sys.executable).with_name("dicom")
    done = subprocess.run([command, "frames", path], capture_output=True, text=True, check=False)
    # Without the [cli] extra the command says in one line how to get it.
    assert done.returncode != 0
    assert "[cli]" in done.stderr, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
print("  dicom_imaging writes and reads frames")

# One file of each transfer syntax whose frames are compressed, as far as this package encodes it
syntaxes = sorted(di.codecs.default_registry().encodes)
for uid in syntaxes:
    made = di.transcode.transcode(dc.DicomFile.new(ds), uid, lossy=True)
    image = di.open(made.file.to_bytes())
    assert image.transfer_syntax == uid
    difference = np.abs(image.array().astype(int) - array).max()
    assert difference == 0 or made.report.largest_error, uid
assert len(syntaxes) >= 16, syntaxes
print(f"  and frames of {len(syntaxes)} compressed transfer syntaxes")
