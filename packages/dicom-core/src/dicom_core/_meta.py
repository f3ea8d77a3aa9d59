"""File meta information and what a transfer syntax means for reading (PS3.10 7.1, PS3.5 A)."""

from functools import lru_cache
from typing import Final, NamedTuple

from dicom_dict import UnknownEntry, transfer_syntax

from ._kernel import EXPLICIT, EXPLICIT_BE, IMPLICIT

__all__ = ["Syntax", "syntax_of"]

IMPLICIT_LITTLE: Final = "1.2.840.10008.1.2"
EXPLICIT_LITTLE: Final = "1.2.840.10008.1.2.1"
DEFLATED: Final = "1.2.840.10008.1.2.1.99"
EXPLICIT_BIG: Final = "1.2.840.10008.1.2.2"
# GE's private syntax: an implicit VR little endian data set whose pixels are big endian
GE_IMPLICIT: Final = "1.2.840.113619.5.2"


class Syntax(NamedTuple):
    """How the data set of a file is encoded."""

    uid: str
    encoding: int
    deflated: bool
    encapsulated: bool
    known: bool


@lru_cache(maxsize=256)
def syntax_of(uid: str) -> Syntax:
    """What a transfer syntax UID means. An unknown one is explicit little endian (PS3.5 A.4)."""
    if uid == GE_IMPLICIT:
        return Syntax(uid, IMPLICIT, False, False, True)
    try:
        entry = transfer_syntax(uid)
    except UnknownEntry:
        return Syntax(uid, EXPLICIT, False, True, False)
    encoding = IMPLICIT if entry.implicit else EXPLICIT if entry.little_endian else EXPLICIT_BE
    return Syntax(uid, encoding, entry.deflated, entry.encapsulated, True)


@lru_cache(maxsize=256)
def syntax_of_value(raw: bytes) -> Syntax:
    """The same from the value of (0002,0010), padding included."""
    return syntax_of(raw.decode("latin-1").strip("\0 "))
