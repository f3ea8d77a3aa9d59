"""De-identification after PS3.15 Annex E: `dc.deid`.

>>> from dicom_core import deid
>>> profile = deid.Profile.basic("retain_longitudinal_modified_dates", "clean_descriptors")
>>> mapping = deid.KeyedMapping(key=bytes(32))    # use os.urandom(32), and keep it as safe as the originals

``deid.deidentify(file, profile, mapping)`` gives a new object and a report; `deidentify_file` and
`deidentify_files` do the same from file to file, whole or not at all. Whatever is not understood is an
error and never passes.
"""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ._clean import clean_text
    from ._deidentify import Deidentified, deidentify
    from ._errors import (
        DeidentificationError,
        InstanceConflict,
        NotUnderstood,
        Quarantined,
        UnsupportedObject,
    )
    from ._files import Outcome, deidentify_file, deidentify_files, file_name
    from ._mapping import IdentityMapping, KeyedMapping, MemoryMapping
    from ._profile import Option, Profile, ProfileError, Replace, Rule
    from ._report import Entry, Remark, Report
    from ._stored import StoredMapping

__all__ = [
    "DeidentificationError",
    "Deidentified",
    "Entry",
    "IdentityMapping",
    "InstanceConflict",
    "KeyedMapping",
    "MemoryMapping",
    "NotUnderstood",
    "Option",
    "Outcome",
    "Profile",
    "ProfileError",
    "Quarantined",
    "Remark",
    "Replace",
    "Report",
    "Rule",
    "StoredMapping",
    "UnsupportedObject",
    "clean_text",
    "deidentify",
    "deidentify_file",
    "deidentify_files",
    "file_name",
]  # fmt: skip

_DOOR: Final = {
    "_clean": "clean_text",
    "_deidentify": "Deidentified deidentify",
    "_errors": "DeidentificationError InstanceConflict NotUnderstood Quarantined UnsupportedObject",
    "_files": "Outcome deidentify_file deidentify_files file_name",
    "_mapping": "IdentityMapping KeyedMapping MemoryMapping",
    "_profile": "Option Profile ProfileError Replace Rule",
    "_report": "Entry Remark Report",
    "_stored": "StoredMapping",
}
_WHERE: Final = {name: module for module, names in _DOOR.items() for name in names.split()}


def __getattr__(name: str) -> object:
    """Load the module of a name when the name is first asked for."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    from importlib import import_module

    value: object = getattr(import_module(f".{_WHERE[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
