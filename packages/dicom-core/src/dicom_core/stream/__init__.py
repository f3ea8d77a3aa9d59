"""Reading a data set as its bytes arrive: bytes in, events out, no I/O (PS3.5 7, PS3.10 7.1).

>>> from dicom_core.stream import NEED_DATA, Parser
>>> parser = Parser(transfer_syntax="1.2.840.10008.1.2.1")
>>> parser.feed(bytes.fromhex("10001000504e040041 5e422008006000"))
>>> parser.next_event()
Element(tag=Tag('0010,0010'), vr='PN', length=4, path='(0010,0010)', offset=0, value=b'A^B ')
>>> parser.next_event() is NEED_DATA
True
"""

from ._events import (
    NEED_DATA,
    Element,
    EndOfData,
    Event,
    FileStart,
    ItemEnd,
    ItemStart,
    NeedData,
    SequenceEnd,
    SequenceStart,
    ValueChunk,
    ValueEnd,
    ValueStart,
)
from ._parser import Parser

__all__ = [
    "NEED_DATA",
    "Element",
    "EndOfData",
    "Event",
    "FileStart",
    "ItemEnd",
    "ItemStart",
    "NeedData",
    "Parser",
    "SequenceEnd",
    "SequenceStart",
    "ValueChunk",
    "ValueEnd",
    "ValueStart",
]
