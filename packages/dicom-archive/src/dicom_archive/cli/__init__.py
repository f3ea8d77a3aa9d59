"""The commands `dicom serve` and `dicom archive`."""
