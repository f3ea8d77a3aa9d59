"""De-identification after PS3.15 Annex E: `dc.deid`.

>>> from dicom_core import deid
>>> profile = deid.Profile.basic("retain_longitudinal_modified_dates", "clean_descriptors")
>>> mapping = deid.KeyedMapping(key=bytes(32))    # use os.urandom(32), and keep it as safe as the originals

``deid.deidentify(file, profile, mapping)`` gives a new object and a report; `deidentify_file` and
`deidentify_files` do the same from file to file, whole or not at all. Whatever is not understood is an
error and never passes.
"""

from typing import TYPE_CHECKING, Final

from dicom_dict.lazy import door

if TYPE_CHECKING:
    from ._clean import clean_text
    from ._deidentify import Deidentified, deidentify
    from ._errors import (
        DeidentificationError,
        NotUnderstood,
        OutputConflict,
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
    "KeyedMapping",
    "MemoryMapping",
    "NotUnderstood",
    "Option",
    "Outcome",
    "OutputConflict",
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
    "._clean": "clean_text",
    "._deidentify": "Deidentified deidentify",
    "._errors": "DeidentificationError OutputConflict NotUnderstood Quarantined UnsupportedObject",
    "._files": "Outcome deidentify_file deidentify_files file_name",
    "._mapping": "IdentityMapping KeyedMapping MemoryMapping",
    "._profile": "Option Profile ProfileError Replace Rule",
    "._report": "Entry Remark Report",
    "._stored": "StoredMapping",
}

if not TYPE_CHECKING:  # a checker reads the imports above, and then knows a misspelt name
    __getattr__, __dir__ = door(globals(), _DOOR)
