"""What a stream of elements tells, in order."""

from enum import Enum
from typing import Final, Literal, NamedTuple, TypeAlias

from dicom_dict import Tag

__all__ = [
    "NEED_DATA",
    "Element",
    "EndOfData",
    "Event",
    "FileStart",
    "ItemEnd",
    "ItemStart",
    "NeedData",
    "SequenceEnd",
    "SequenceStart",
    "ValueChunk",
    "ValueEnd",
    "ValueStart",
]


class NeedData(Enum):
    """The kind of `NEED_DATA`."""

    NEED_DATA = "NEED_DATA"

    def __repr__(self) -> str:
        return "NEED_DATA"


NEED_DATA: Final = NeedData.NEED_DATA
"""There is no further event before more bytes are fed."""


class FileStart(NamedTuple):
    """The preamble of a file was read; its file meta information follows (PS3.10 7.1)."""

    preamble: bytes


class Element(NamedTuple):
    """An element whose value is whole; large ones come in chunks instead."""

    tag: Tag
    vr: str
    """In implicit VR what the dictionary says, a choice such as ``US SS`` included."""
    length: int
    path: str
    offset: int
    """Of the header, in the stream; of a deflated data set, in the inflated bytes."""
    value: bytes


class ValueStart(NamedTuple):
    """A large value begins; `ValueChunk` events and a `ValueEnd` follow."""

    tag: Tag
    vr: str
    length: int
    path: str
    offset: int


class ValueChunk(NamedTuple):
    """A part of a large value, at ``position`` in it."""

    position: int
    data: bytes


class ValueEnd(NamedTuple):
    """The large value is complete."""

    tag: Tag


class SequenceStart(NamedTuple):
    """A sequence begins; of ``fragments``, each item holds bytes (PS3.5 A.4)."""

    tag: Tag
    vr: str
    length: int | None
    """None where it is undefined."""
    path: str
    offset: int
    fragments: bool


class ItemStart(NamedTuple):
    """An item begins. A fragment comes as a value within it."""

    number: int
    length: int | None
    path: str
    offset: int


class ItemEnd(NamedTuple):
    """The item is over."""

    number: int


class SequenceEnd(NamedTuple):
    """The sequence is over."""

    tag: Tag


class EndOfData(NamedTuple):
    """The stream is over: it was closed, or its deflate stream is damaged (see `Parser.findings`)."""

    offset: int


Event: TypeAlias = (
    FileStart
    | Element
    | ValueStart
    | ValueChunk
    | ValueEnd
    | SequenceStart
    | SequenceEnd
    | ItemStart
    | ItemEnd
    | EndOfData
    | Literal[NeedData.NEED_DATA]
)


# Tracebacks, reprs and pickles name the place that users import from
NeedData.__module__ = FileStart.__module__ = Element.__module__ = "dicom_core.stream"
ValueStart.__module__ = ValueChunk.__module__ = ValueEnd.__module__ = "dicom_core.stream"
SequenceStart.__module__ = ItemStart.__module__ = ItemEnd.__module__ = "dicom_core.stream"
SequenceEnd.__module__ = EndOfData.__module__ = "dicom_core.stream"
