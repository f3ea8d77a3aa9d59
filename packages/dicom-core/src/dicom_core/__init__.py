"""Read, hold, edit, write and exchange DICOM data sets.

>>> import dicom_core as dc
>>> ds = dc.Dataset()
>>> ds.PatientName = "Doe^Jane"
>>> ds.PatientName.family
'Doe'

Everything here loads when it is first used; what reading does not need is never imported.
"""

from typing import TYPE_CHECKING

from dicom_dict import VR, DicomError, Tag, UnknownEntry
from dicom_dict.lazy import door

if TYPE_CHECKING:
    from dicom_dict import tags

    from . import (
        deid,
        dicomdir,
        interop,
        json,
        query,
        store,
        stream,
        transcoding,
        validate,
        values,
        xml,
    )
    from ._charset import Charset
    from ._check import check
    from ._convert import convert
    from ._dataset import Dataset
    from ._diff import Difference
    from ._element import DataElement
    from ._encode import WriteOptions
    from ._errors import (
        LimitExceeded,
        MissingElement,
        NotDicom,
        ParseError,
        SourceChanged,
        TruncatedElement,
        ValidationError,
        ValueDecodeError,
        ValueEncodeError,
        WriteError,
    )
    from ._file import DicomFile
    from ._findings import Finding
    from ._fix_charset import fix_charset
    from ._fragments import Fragments
    from ._options import Limits, ReadOptions
    from ._private import PrivateBlock, PrivateDictionary, PrivateEntry, private_blocks
    from ._reader import read, read_dataset, read_header
    from ._scan import ScanRow, scan
    from ._sequence import Sequence
    from ._settings import SettingsError
    from ._source import ByteSource, BytesSource, PathSource, ValueHandle
    from ._uid import UIDGenerator, generate_uid
    from ._writer import to_bytes, write, write_dataset
    from .values import (
        UID,
        AETitle,
        Age,
        CodeString,
        DateRange,
        DateTimeRange,
        DecimalString,
        DicomDate,
        DicomDateTime,
        DicomTime,
        IntegerString,
        NameGroup,
        PersonName,
        TimeRange,
        UniversalResource,
    )

# The door: which private module holds which public name. A name is loaded when it is first used.
_DOOR = {
    "._charset": "Charset",
    "._check": "check",
    "._convert": "convert",
    "._dataset": "Dataset",
    "._diff": "Difference",
    "._element": "DataElement",
    "._encode": "WriteOptions",
    "._errors": (
        "LimitExceeded MissingElement NotDicom ParseError SourceChanged TruncatedElement "
        "ValidationError ValueDecodeError ValueEncodeError WriteError"
    ),
    "._file": "DicomFile",
    "._fix_charset": "fix_charset",
    "._findings": "Finding",
    "._fragments": "Fragments",
    "._options": "Limits ReadOptions",
    "._reader": "read read_dataset read_header",
    "._private": "PrivateBlock PrivateDictionary PrivateEntry private_blocks",
    "._scan": "ScanRow scan",
    "._sequence": "Sequence",
    "._settings": "SettingsError",
    "._source": "ByteSource BytesSource PathSource ValueHandle",
    "._uid": "UIDGenerator generate_uid",
    "._writer": "to_bytes write write_dataset",
    ".values": (
        "UID AETitle Age CodeString DateRange DateTimeRange DecimalString DicomDate DicomDateTime "
        "DicomTime IntegerString NameGroup PersonName TimeRange UniversalResource"
    ),
    "dicom_dict": "tags",
    # Doors of their own, each a module that loads when it is first named: dc.json, dc.query ...
    ".": "deid dicomdir interop json query store stream transcoding validate values xml",
}

__all__ = [
    "UID",
    "VR",
    "AETitle",
    "Age",
    "ByteSource",
    "BytesSource",
    "Charset",
    "CodeString",
    "DataElement",
    "Dataset",
    "DateRange",
    "DateTimeRange",
    "DecimalString",
    "DicomDate",
    "DicomDateTime",
    "DicomError",
    "DicomFile",
    "DicomTime",
    "Difference",
    "Finding",
    "Fragments",
    "IntegerString",
    "LimitExceeded",
    "Limits",
    "MissingElement",
    "NameGroup",
    "NotDicom",
    "ParseError",
    "PathSource",
    "PersonName",
    "PrivateBlock",
    "PrivateDictionary",
    "PrivateEntry",
    "ReadOptions",
    "ScanRow",
    "Sequence",
    "SettingsError",
    "SourceChanged",
    "Tag",
    "TimeRange",
    "TruncatedElement",
    "UIDGenerator",
    "UniversalResource",
    "UnknownEntry",
    "ValidationError",
    "ValueDecodeError",
    "ValueEncodeError",
    "ValueHandle",
    "WriteError",
    "WriteOptions",
    "check",
    "convert",
    "deid",
    "dicomdir",
    "fix_charset",
    "generate_uid",
    "interop",
    "json",
    "private_blocks",
    "query",
    "read",
    "read_dataset",
    "read_header",
    "scan",
    "store",
    "stream",
    "tags",
    "to_bytes",
    "transcoding",
    "validate",
    "values",
    "write",
    "write_dataset",
    "xml",
]

if not TYPE_CHECKING:  # a checker reads the imports above, and then knows a misspelt name
    __getattr__, __dir__ = door(globals(), _DOOR)
