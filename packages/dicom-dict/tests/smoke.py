"""Runs in an environment that holds the installed package and nothing else."""

import sys

import dicom_dict as dd

assert dd.element("PatientName").tag == dd.tags.PatientName == 0x00100010
assert dd.uid("1.2.840.10008.5.1.4.1.1.2").name == "CT Image Storage"
assert dd.transfer_syntax(dd.sop_classes.Verification).known is False
assert "site-packages" in dd.__file__, dd.__file__
assert not {"attr", "attrs", "numpy", "dataclasses"} & set(sys.modules)
print(f"  dicom_dict reads its tables, edition {dd.EDITION}")
