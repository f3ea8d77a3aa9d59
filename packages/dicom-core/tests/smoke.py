"""Runs in an environment that holds the installed package and what it needs, and nothing else."""

import dicom_core

assert "site-packages" in dicom_core.__file__, dicom_core.__file__
