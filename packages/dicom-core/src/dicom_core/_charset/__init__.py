"""Character sets: Specific Character Set (0008,0005), code extensions of ISO 2022, both ways (PS3.5 6.1)."""

from typing import TYPE_CHECKING

from dicom_dict.lazy import door

from ._charset import Charset, UnencodableText
from ._terms import Problem

if TYPE_CHECKING:
    from ._convert import choose, escalate, transcode

__all__ = ["Charset", "Problem", "UnencodableText", "choose", "escalate", "transcode"]

if not TYPE_CHECKING:  # a checker reads the imports above, and then knows a misspelt name
    __getattr__, __dir__ = door(globals(), {"._convert": "choose escalate transcode"})
