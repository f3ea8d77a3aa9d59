"""Runs in an environment that holds the installed package and what it needs, and nothing else."""

import dicom_imaging as di

assert "site-packages" in di.__file__, di.__file__
assert di.PixelDescriptor is not None
print("  dicom_imaging imports")
