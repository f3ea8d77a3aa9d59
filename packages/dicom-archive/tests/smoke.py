"""Runs in an environment that holds the installed package and what it needs, and nothing else."""

import sys

import dicom_archive as da

assert "site-packages" in da.__file__, da.__file__
assert not {"anyio", "attrs", "sqlalchemy", "numpy"} & set(sys.modules), "importing loads too much"
