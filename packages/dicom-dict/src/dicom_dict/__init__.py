"""The tables of the DICOM standard: complete, typed, and nearly free to import.

>>> import dicom_dict as dd
>>> dd.element("PatientName").vr
<VR.PN: 'PN'>
>>> dd.uid("1.2.840.10008.5.1.4.1.1.2").name
'CT Image Storage'

Each table loads when it is first asked. Names for completion: ``tags.PatientName``,
``sop_classes.CTImageStorage``, ``transfer_syntaxes.ExplicitVRLittleEndian``, ``codes.<meaning>``.
"""

from typing import TYPE_CHECKING

from ._errors import DicomError, TagFormatError, UnknownEntry
from ._tag import Tag

if TYPE_CHECKING:
    from . import sop_classes, tags, transfer_syntaxes, well_known
    from ._editions import editions
    from ._elements import ElementEntry, element, elements, find_element, vr_by_tag
    from ._transfer_syntaxes import (
        Fidelity,
        TransferSyntax,
        known_transfer_syntaxes,
        transfer_syntax,
    )
    from ._uids import UIDEntry, UIDKind, find_uid, uid, uids
    from ._vm import VM
    from ._vr import VR

    EDITION: str

# The door: which private module holds which public name. A name is loaded when it is first used.
_DOOR = {
    "_elements": "ElementEntry element elements find_element vr_by_tag",
    "_transfer_syntaxes": "Fidelity TransferSyntax known_transfer_syntaxes transfer_syntax",
    "_uids": "UIDEntry UIDKind find_uid uid uids",
    "_vm": "VM",
    "_vr": "VR",
    "_editions": "EDITION editions",
}
_MODULES = ("sop_classes", "tags", "transfer_syntaxes", "well_known")
_WHERE = {name: module for module, names in _DOOR.items() for name in names.split()}

__all__ = [
    "EDITION",
    "VM",
    "VR",
    "DicomError",
    "ElementEntry",
    "Fidelity",
    "Tag",
    "TagFormatError",
    "TransferSyntax",
    "UIDEntry",
    "UIDKind",
    "UnknownEntry",
    "editions",
    "element",
    "elements",
    "find_element",
    "find_uid",
    "known_transfer_syntaxes",
    "sop_classes",
    "tags",
    "transfer_syntax",
    "transfer_syntaxes",
    "uid",
    "uids",
    "vr_by_tag",
    "well_known",
]


if not TYPE_CHECKING:  # a checker reads the imports above, and then knows a misspelt name

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name in _WHERE:
            value = getattr(import_module(f".{_WHERE[name]}", __name__), name)
        elif name in _MODULES:
            value = import_module(f".{name}", __name__)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
        globals()[name] = value  # the next access finds it without coming here
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
