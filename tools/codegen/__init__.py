"""Writes the generated modules of dicom-dict from the published tables of the DICOM standard."""
