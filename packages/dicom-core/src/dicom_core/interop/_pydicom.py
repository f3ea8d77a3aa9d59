"""pydicom's data sets from ours, and ours from pydicom's.

Both ways go through the bytes of a data set, as PS3.5 defines them: what neither side touched is
copied as it is, private elements, character sets and undecodable values included, and each library decodes with its
own rules.
"""

from io import BytesIO
from typing import TYPE_CHECKING, Final, overload

from .._dataset import Dataset
from .._file import DicomFile
from .._meta import EXPLICIT_LITTLE, IMPLICIT_LITTLE
from .._reader import read_dataset
from .._source import PathSource
from .._writer import write_dataset
from ._missing import need

if TYPE_CHECKING:
    import pydicom

    from dicom_dict import TransferSyntax

__all__ = ["file_from_pydicom", "from_pydicom", "to_pydicom"]

_BIG: Final = "1.2.840.10008.1.2.2"
_SYNTAXES: Final = {
    # implicit VR, little endian
    (True, True): IMPLICIT_LITTLE,
    (False, True): EXPLICIT_LITTLE,
    (False, False): _BIG,
}


@overload
def to_pydicom(source: Dataset) -> "pydicom.Dataset": ...
@overload
def to_pydicom(source: DicomFile) -> "pydicom.FileDataset": ...
def to_pydicom(source: Dataset | DicomFile) -> "pydicom.Dataset | pydicom.FileDataset":
    """A data set as pydicom's `Dataset`, a file as its `FileDataset` with meta information and preamble.

    All values are brought into memory. `MissingExtra` where pydicom is not installed.
    """
    need(pydicom="pydicom")
    if isinstance(source, Dataset):
        found = _parsed(write_dataset(source), EXPLICIT_LITTLE)
        found.set_original_encoding(False, True, found.original_character_set)
        return found
    if not isinstance(source, DicomFile):
        raise TypeError(f"to_pydicom() takes a DicomFile or a Dataset, not {type(source).__name__}")
    return _file(source)


def _parsed(data: bytes, syntax: str) -> "pydicom.Dataset":
    from pydicom.filereader import read_dataset as read_theirs

    return read_theirs(BytesIO(data), syntax == IMPLICIT_LITTLE, syntax != _BIG)


def _file(file: DicomFile) -> "pydicom.FileDataset":
    from pydicom import FileDataset
    from pydicom.dataset import FileMetaDataset

    syntax = file.transfer_syntax
    plain = syntax if syntax in {IMPLICIT_LITTLE, _BIG} else EXPLICIT_LITTLE
    dataset = _parsed(write_dataset(file.dataset, plain), plain)
    meta = (
        FileMetaDataset(_parsed(write_dataset(file.meta), EXPLICIT_LITTLE))
        if len(file.meta)
        else None
    )
    origin = file.source
    return FileDataset(
        origin.path if isinstance(origin, PathSource) else "",
        dataset,
        preamble=file.preamble or None,
        file_meta=meta,
        is_implicit_VR=plain == IMPLICIT_LITTLE,
        is_little_endian=plain != _BIG,
    )


def from_pydicom(source: "pydicom.Dataset") -> Dataset:
    """Our data set of pydicom's; its file meta information, if it has any, is left behind.

    Values that pydicom refuses to write raise its own errors.
    """
    implicit, little = source.original_encoding
    if (implicit, little) not in _SYNTAXES:
        implicit, little = False, True
    return _written(source, bool(implicit), bool(little))


def _written(source: "pydicom.Dataset", implicit: bool, little: bool) -> Dataset:
    from pydicom.filebase import DicomBytesIO
    from pydicom.filewriter import write_dataset as write_theirs

    if little and not implicit and _is_mixed(source):
        implicit = True
    stream = DicomBytesIO()
    stream.is_implicit_VR = implicit
    stream.is_little_endian = little
    write_theirs(stream, source)
    return read_dataset(stream.getvalue(), _SYNTAXES[implicit, little])


def _is_mixed(source: "pydicom.Dataset") -> bool:
    """Whether pydicom met implicit VR where explicit was announced, and left the VRs open."""
    return any(getattr(source.get_item(tag), "VR", "") is None for tag in source.keys())  # noqa: SIM118


def file_from_pydicom(source: "pydicom.FileDataset") -> DicomFile:
    """Our file of a `FileDataset`, with its file meta information and preamble.

    Where it names no transfer syntax, the one of its encoding is taken. Values that pydicom refuses to write
    raise its own errors.
    """
    given = getattr(source, "file_meta", None)
    meta = Dataset() if given is None else _written(given, False, True)
    syntax = meta.get("TransferSyntaxUID")
    if not isinstance(syntax, str):
        implicit, little = source.original_encoding
        syntax = _SYNTAXES.get((bool(implicit), little is not False), EXPLICIT_LITTLE)
    known = _syntax_entry(syntax)
    if known is not None and known.encapsulated and "PixelData" in source:
        # pydicom knows only when it writes whether pixel data are fragments (PS3.5 A.4)
        source["PixelData"].is_undefined_length = True
    file = DicomFile(from_pydicom(source), meta, syntax)
    file.preamble = bytes(source.preamble or b"")
    return file


def _syntax_entry(uid: str) -> "TransferSyntax | None":
    """The entry of a transfer syntax, or None for one of somebody's own."""
    from dicom_dict import UnknownEntry, transfer_syntax

    try:
        return transfer_syntax(uid)
    except UnknownEntry:
        return None


# Tracebacks, reprs and pickles name the place that users import from
to_pydicom.__module__ = from_pydicom.__module__ = "dicom_core.interop"
file_from_pydicom.__module__ = "dicom_core.interop"
