"""Changing the transfer syntax of data that is not compressed (PS3.5 A.1 to A.3, A.5)."""

from typing import TYPE_CHECKING, Final

from ._errors import WriteError
from ._file import DicomFile
from ._fragments import Fragments
from ._index import raw_element
from ._meta import GE_IMPLICIT, syntax_of, uid_of

if TYPE_CHECKING:
    from dicom_dict import TransferSyntax

__all__ = ["check_syntax", "convert"]

_PIXEL_DATA: Final = 0x7FE00010


def convert(file: DicomFile, to: "str | TransferSyntax") -> DicomFile:
    """The same file in another transfer syntax, by UID or keyword; nothing is encoded before it is written.

    Implicit and explicit VR, big endian and deflated. Between compressed syntaxes, the package
    dicom-imaging transcodes.
    """
    uid = uid_of(to)
    twin = DicomFile(file.dataset.copy(), file.meta.copy(), uid)
    twin.preamble = file.preamble
    twin.is_partial = file.is_partial
    twin._reading = file._reading
    twin._collector = file._collector
    twin._head = file._head
    twin._converted = True
    if file.transfer_syntax == GE_IMPLICIT != uid and _PIXEL_DATA in file.dataset:
        raise WriteError("pixels of GE's private transfer syntax are big endian; transcode them")
    check_syntax(twin)
    return twin


def check_syntax(file: DicomFile) -> None:
    """Whether pixel data fits the transfer syntax: fragments in encapsulated ones, and only there."""
    if not file._converted and file._reading is not None:
        return  # as it was read
    found = raw_element(file.dataset, _PIXEL_DATA)
    if found is None or (not found.undefined and not found.length):
        return
    syntax = syntax_of(file.transfer_syntax)
    if not syntax.known:
        return
    fragments = found.undefined or isinstance(file.dataset._values.get(_PIXEL_DATA), Fragments)
    if fragments != syntax.encapsulated:
        have = "compressed" if fragments else "uncompressed"
        raise WriteError(
            f"the pixel data is {have}, which {syntax.uid} is not; transcode it with dicom-imaging",
            rule="transcode",
        )


# Tracebacks, reprs and pickles name the place that users import from
convert.__module__ = "dicom_core"
