"""`FrameBytes`: the bytes of one frame out of the pixel data of a data set, and no others."""

import os
from threading import Lock
from typing import TYPE_CHECKING, Final

import dicom_core as dc
from dicom_dict import find_uid
from dicom_dict import transfer_syntax as syntax_entry

from ._describe import PIXEL_DATA, pixel_element
from ._descriptor import PhotometricInterpretation
from ._errors import (
    FrameExtractionError,
    MissingPixelData,
    MissingTransferSyntax,
    UnsupportedTransferSyntax,
)
from ._index import FrameIndex, identity_text
from ._index_build import encapsulated_index, native_index
from ._native import decode_native, frame_bits, is_subsampled, swap_words

if TYPE_CHECKING:
    from mmap import mmap

    from dicom_core import Dataset, ValueHandle

    from ._descriptor import PixelDescriptor
    from ._options import PixelOptions
    from .codecs import Bytes, Pixels

__all__ = ["FrameBytes", "check_pixels"]

_PROVIDER_URL: Final = 0x00287FE0
_SOP_CLASS: Final = 0x00080016


def check_pixels(dataset: "Dataset", syntax: str) -> None:
    """Refuse a data set without pixels: `MissingPixelData`, or `UnsupportedTransferSyntax` where they are elsewhere."""
    if pixel_element(dataset) is not None:
        return
    if _PROVIDER_URL in dataset:
        raise UnsupportedTransferSyntax(syntax, syntax_entry(syntax).name if syntax else "")
    uid = dataset.element(_SOP_CLASS).text.strip("\0 ") if _SOP_CLASS in dataset else ""
    entry = find_uid(uid) if uid else None
    raise MissingPixelData(
        entry.name if entry is not None else ""
    )  # what else stands there may be anything


class FrameBytes:
    """Finds frames. It may be used from several threads at once."""

    __slots__ = (
        "_big", "_handle", "_index", "_lock", "_map", "_origin", "_shift", "_words", "codec", "dataset", "descriptor", "findings",
        "is_native", "options", "syntax",
    )  # fmt: skip

    descriptor: "PixelDescriptor"
    """As the attributes say, or as the length of the pixels proves."""
    is_native: bool
    syntax: str
    findings: list[dc.Finding]

    # What is small is in memory, at another offset than in the source that the index is of
    _origin: "dc.ByteSource"
    _shift: int

    def __init__(
        self,
        dataset: "Dataset",
        syntax: str | None,
        descriptor: "PixelDescriptor",
        options: "PixelOptions",
        index: FrameIndex | None = None,
        source: "dc.ByteSource | None" = None,
    ) -> None:
        self.dataset = dataset
        self.descriptor = descriptor
        self.options = options
        self.findings = []
        self._index = index
        self._lock = Lock()
        self._map: mmap | None = None
        self._big = self._words = False
        entry = syntax_entry(syntax) if syntax else None
        self.codec = entry.codec if entry is not None else ""
        self.syntax = syntax or ""
        if index is not None:
            assert source is not None
            self._origin, self._shift = source, 0
            self._handle = dc.ValueHandle(source, 0, source.size)
            self.is_native = index.how == "native"
            self._order(entry is not None and not entry.little_endian, "OW")
            return
        tag = pixel_element(dataset)
        assert tag is not None
        element = dataset.element(tag)
        encapsulated = entry is not None and entry.encapsulated
        if element.is_encapsulated and not encapsulated:
            if entry is None:
                raise MissingTransferSyntax
            reason = f"the transfer syntax {entry.name} is not compressed, but the pixel data is; pass transfer_syntax="
            raise FrameExtractionError(0, reason)
        self.is_native = not element.is_encapsulated
        self._handle = element.handle if self.is_native else self._fragments().handle
        self._origin, self._shift = self._handle.source, 0
        at = element.value_offset
        if at is not None and source is not None and not (entry is not None and entry.deflated):
            self._origin, self._shift = source, at - self._handle.offset
        if self.is_native:
            self._order(element.is_big_endian, element.vr)
            name = "" if entry is None else entry.name or "unknown"
            self._as_long_as_it_is(encapsulated, name)

    def _order(self, big: bool, vr: str) -> None:
        """Cells of less than 16 bits in OW are packed into words, which big endian swaps (PS3.5 8.1.1, 7.3)."""
        wide = self.descriptor.bits_allocated >= 16
        self._big = big and wide
        self._words = big and not wide and vr == "OW"

    def _as_long_as_it_is(self, encapsulated: bool, name: str) -> None:
        """Two faults that the length of native pixels proves."""
        descriptor, have = self.descriptor, self._handle.length
        need = -(-frame_bits(descriptor) * descriptor.frames // 8)
        if encapsulated:
            if have < need:
                reason = f"the transfer syntax is {name}, but the pixel data is not encapsulated"
                raise FrameExtractionError(0, reason)
            self._note("not-encapsulated", f"the pixel data is native, not {name}")
            self.codec = ""
        if is_subsampled(descriptor):
            full = descriptor._replace(photometric=PhotometricInterpretation.YBR_FULL)
            need = -(-frame_bits(full) * full.frames // 8)
            if need <= have <= need + need % 2:
                text = f"the pixels are not subsampled, although they are called {descriptor.photometric}"
                self._note("not-subsampled", text)
                self.descriptor = full

    def _note(self, rule: str, text: str) -> None:
        self.findings.append(dc.Finding(rule, text, str(dc.Tag(PIXEL_DATA))))

    @property
    def index(self) -> FrameIndex:
        """Where the frames are; made at the first need."""
        if self._index is None:
            with self._lock:
                if self._index is None:
                    self._index = self._made()
        return self._index

    def _made(self) -> FrameIndex:
        if self.is_native:
            bits = frame_bits(self.descriptor)
            index, findings = native_index(self._handle, self.descriptor, bits)
        else:
            index, findings = encapsulated_index(
                self.dataset, self._fragments(), self.descriptor, self.codec
            )
        index = index.moved(self._shift, identity_text(self._origin))
        self.findings += findings
        if self.options.strict and self.findings:
            first = self.findings[0]
            raise FrameExtractionError(min(index.found, index.frames - 1), first.text)
        return index

    def _fragments(self) -> dc.Fragments:
        element = self.dataset.element(PIXEL_DATA)
        fragments = element.value if element.vr in {"OB", "OW"} else None
        if not isinstance(fragments, dc.Fragments):
            reason = "the pixel data has an undefined length and holds no fragments (PS3.5 A.4)"
            raise FrameExtractionError(0, reason)
        return fragments

    def encoded(self, frame: int) -> "Bytes":
        """The bytes of a frame, as they stand there; a view where they are in memory in one piece."""
        spans = self.index.spans(frame)
        if len(spans) == 1:
            return self._read(*spans[0])
        return b"".join(self._read(offset, length) for offset, length in spans)

    def decode_native(self, frame: int) -> "tuple[Pixels, PhotometricInterpretation]":
        """Stored values of a native frame."""
        index = self.index
        try:
            (offset, length), *_ = index.spans(frame)
        except FrameExtractionError:
            if not self.options.pad:
                raise
            return self._padded(frame)
        if self._words:
            data: Bytes = self._in_words(offset, length)
        else:
            data = self._read(offset, length)
        first = index.first_bit(frame)
        return decode_native(data, self.descriptor, first_bit=first, big=self._big)

    def _in_words(self, offset: int, length: int) -> "Bytes":
        """Bytes out of big endian words: the words that they are in, swapped."""
        begin = self._handle.offset + self._shift
        before = (offset - begin) & 1
        have = begin + self._handle.length - offset
        data = self._read(offset - before, before + min(length + (before + length) % 2, have))
        return memoryview(swap_words(data))[before : before + length]

    def _padded(self, frame: int) -> "tuple[Pixels, PhotometricInterpretation]":
        offset, have = self.index.rest(frame)
        first = self.index.first_bit(frame)
        need = -(-(first + frame_bits(self.descriptor)) // 8)
        data = bytes(self._in_words(offset, have) if self._words else self._read(offset, have))
        return decode_native(
            data + bytes(need - have), self.descriptor, first_bit=first, big=self._big
        )

    def _read(self, offset: int, length: int) -> "Bytes":
        source = self._handle.source
        offset -= self._shift
        if isinstance(source, dc.BytesSource):
            return memoryview(source.data)[offset : offset + length]
        if self.options.mmap and isinstance(source, dc.PathSource):
            return memoryview(self._mapped(source))[offset : offset + length]
        data = source.read_range(offset, length)
        if len(data) < length:
            raise dc.SourceChanged("the source", offset)
        return data

    def _mapped(self, source: "dc.PathSource") -> "mmap":
        with self._lock:
            if self._map is None:
                from mmap import ACCESS_READ, mmap

                descriptor = source.open()
                try:
                    self._map = mmap(descriptor, 0, access=ACCESS_READ)
                finally:
                    os.close(descriptor)
            return self._map

    @property
    def handle(self) -> "ValueHandle":
        """The bytes of the pixel data."""
        return self._handle

    def fits(self, index: FrameIndex) -> bool:
        """Whether an index was made of this source as it is now."""
        return index.source == identity_text(self._origin)
