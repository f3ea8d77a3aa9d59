"""The tables of the DICOM standard: complete, typed, and nearly free to import.

>>> element("PatientName").vr
<VR.PN: 'PN'>
"""

from ._elements import ElementEntry, element, elements, find_element, vr_by_tag
from ._errors import DicomError, TagFormatError, UnknownEntry
from ._tag import Tag
from ._vm import VM
from ._vr import VR

__all__ = [
    "VM", "VR", "DicomError", "ElementEntry", "Tag", "TagFormatError", "UnknownEntry", "element", "elements",
    "find_element", "vr_by_tag",
]  # fmt: skip
