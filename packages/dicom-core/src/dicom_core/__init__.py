"""Read, hold, edit, write and exchange DICOM data sets."""
