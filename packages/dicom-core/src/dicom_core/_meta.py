"""File meta information and what a transfer syntax means for reading (PS3.10 7.1, PS3.5 A)."""

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from dicom_dict import Tag

from ._kernel import EXPLICIT, EXPLICIT_BE, IMPLICIT

if TYPE_CHECKING:
    from dicom_dict import TransferSyntax

    from ._dataset import Dataset
    from ._encode import Encoder, Part
    from ._file import DicomFile

__all__ = ["Syntax", "complete_meta", "meta_parts", "syntax_of"]

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


# What nearly every file has, and GE's: known without loading a table
_NATIVE: Final = {
    uid: Syntax(uid, encoding, uid == DEFLATED, False, True)
    for uid, encoding in (
        (IMPLICIT_LITTLE, IMPLICIT),
        (EXPLICIT_LITTLE, EXPLICIT),
        (EXPLICIT_BIG, EXPLICIT_BE),
        (DEFLATED, EXPLICIT),
        (GE_IMPLICIT, IMPLICIT),
    )
}


@lru_cache(maxsize=256)
def syntax_of(uid: str) -> Syntax:
    """What a transfer syntax UID means. An unknown one is explicit little endian (PS3.5 A.4)."""
    native = _NATIVE.get(uid)
    if native is not None:
        return native
    from dicom_dict import transfer_syntax

    entry = transfer_syntax(uid) if uid[:1].isdigit() else None
    if entry is None:
        return Syntax(uid, EXPLICIT, False, True, False)
    encoding = IMPLICIT if entry.implicit else EXPLICIT if entry.little_endian else EXPLICIT_BE
    return Syntax(uid, encoding, entry.deflated, entry.encapsulated, entry.known)


def uid_of(syntax: "str | TransferSyntax") -> str:
    """The UID of a transfer syntax given by UID, keyword or entry."""
    if isinstance(syntax, str):
        if syntax[:1].isdigit():
            return syntax
        from dicom_dict import transfer_syntax

        return transfer_syntax(syntax).uid
    return syntax.uid


@lru_cache(maxsize=256)
def syntax_of_value(raw: bytes) -> Syntax:
    """The same from the value of (0002,0010), padding included."""
    return syntax_of(raw.decode("latin-1").strip("\0 "))


# Who wrote the file, not which version of the standard (PS3.10 7.1): a UID of our own, from a UUID
IMPLEMENTATION: Final = "2.25.190474330212438170716935216390087012983"
VERSION_NAME: Final = "DICOM_PY_0_1"
_HEAD: Final = 0x00020000
_WANTED: Final = {
    0x00020002: 0x00080016,  # Media Storage SOP Class UID
    0x00020003: 0x00080018,  # Media Storage SOP Instance UID
}


def meta_parts(file: "DicomFile", encoder: "Encoder") -> "list[Part]":
    """File meta information that is true of the file (PS3.10 table 7.1-1).

    What was read is written as it stood where it still is true.
    """
    from ._encode import size_of

    meta = complete_meta(file)
    if (
        not meta.is_edited
        and file._head[1]
        and meta._frame.encoding == EXPLICIT
        and meta._odd.solid
    ):
        found = meta.get(_HEAD)
        size = file._head[1] - file._head[0]
        if found == size - 12:
            return encoder.data_set(meta)
    body = meta.copy()
    if _HEAD in body:
        del body[_HEAD]
    parts = encoder.data_set(body)
    return [encoder.header(_HEAD, "UL", 4) + size_of(parts).to_bytes(4, "little"), *parts]


def complete_meta(file: "DicomFile") -> "Dataset":
    """A copy of the file meta information with everything that must be there and be true."""
    from ._errors import WriteError

    meta = file.meta.copy()
    dataset = file.dataset
    if dataset._frame.unread:
        from ._unfinished import head_of

        dataset = head_of(dataset, meta, _WANTED)
    for tag, own in _WANTED.items():
        value = dataset.get(own)
        if value is None:
            value = meta.get(tag)
        if value is None and not file._head[1]:
            raise WriteError(
                f"the data set has no {Tag(own)} {Tag(own).keyword}, which a file needs (PS3.10 7.1)",
                rule="meta",
            )
        if value is not None and meta.get(tag) != value:
            meta[tag] = value
    if meta.get(0x00020010) != file.transfer_syntax:
        meta[0x00020010] = file.transfer_syntax
    if 0x00020001 not in meta:
        meta.set(0x00020001, "OB", b"\0\1")
    if 0x00020012 not in meta:
        meta[0x00020012] = IMPLEMENTATION
        meta[0x00020013] = VERSION_NAME
    return meta
