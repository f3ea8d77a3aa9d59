"""Reading files and data sets: the bytes that are needed, and no more of them (PS3.10 7)."""

import os
from typing import IO, TYPE_CHECKING, Final, TypeAlias

from dicom_dict import Tag

from ._dataset import Dataset, make_dataset
from ._errors import NotDicom
from ._file import DicomFile
from ._findings import Collector
from ._index import ALL_TAGS, Frame, Odd, Reading, enter
from ._index_careful import Careful, Level, encoding_fits, guess_encoding
from ._index_top import HEAD, PIXELS, TopLevel, Window, fill
from ._kernel import EXPLICIT, EXPLICIT_BE, IMPLICIT, NAMES
from ._kernels import kernel as plain
from ._meta import (
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    Syntax,
    syntax_of,
    syntax_of_value,
    uid_of,
)
from ._options import ReadOptions
from ._source import (
    BINARY,
    ByteSource,
    BytesSource,
    PathSource,
    StrPath,
    identity_of,
    read_at,
)
from ._survey import Survey, looks_like, survey

if TYPE_CHECKING:
    from dicom_dict import TransferSyntax

__all__ = ["READ", "opened", "read", "read_dataset", "read_header"]

Input: TypeAlias = "StrPath | bytes | bytearray | memoryview | IO[bytes] | ByteSource"

READ: Final = os.O_RDONLY | BINARY
WHOLE: Final = 64 << 10  # files up to here are read at once
_PATHS: Final = (str, os.PathLike)  # a union in the call would be made anew each time
_META: Final = 1 << 20  # file meta information is looked for in so many bytes
_DATA_SET: Final = 0x00030000
_SYNTAX: Final = 0x00020010
_DEFAULT: Final = ReadOptions()


def read(source: Input, options: ReadOptions = _DEFAULT, *, force: bool = False) -> DicomFile:
    """Read a file: everything is there, large values stay in the file until they are asked for.

    ``source``: a path, bytes, a binary file object (read to its end) or a `ByteSource`.
    ``force``: also read a bare data set, without preamble or file meta information.
    Raises `NotDicom` for anything else, `OSError` when the file cannot be read.
    In memory, what stands behind a long sequence of undefined length is read when something of the data
    set is asked for, or the findings; a `LimitExceeded` comes from there then.
    """
    return _open(source, options, force, ALL_TAGS)


def read_header(
    source: Input,
    options: ReadOptions = _DEFAULT,
    *,
    force: bool = False,
    stop: int | str = PIXELS,
) -> DicomFile:
    """Read what comes before the pixel data, or before the element ``stop``: a few KiB."""
    return _open(source, options, force, int(Tag(stop)) if isinstance(stop, str) else stop)


def read_dataset(
    data: bytes | bytearray | memoryview,
    transfer_syntax: "str | TransferSyntax" = EXPLICIT_LITTLE,
    options: ReadOptions = _DEFAULT,
) -> Dataset:
    """A bare data set in a known transfer syntax, as networks carry it."""
    raw = bytes(data)
    window = Window.over(raw)
    reading = Reading(options, BytesSource(raw))
    file = _data_set(
        window,
        0,
        syntax_of(uid_of(transfer_syntax)),
        reading,
        ALL_TAGS,
        Collector(options.strict, options.limits.findings),
    )
    return file.dataset


def _open(source: Input, options: ReadOptions, force: bool, stop: int) -> DicomFile:
    if isinstance(source, _PATHS):
        path = os.fspath(source)
        descriptor = os.open(path, READ)
        try:
            try:
                head = os.read(descriptor, HEAD if stop != ALL_TAGS else WHOLE)
            except IsADirectoryError as error:
                error.filename = source  # a descriptor has no name
                raise
            return opened(descriptor, head, path, options, force, stop)
        finally:
            os.close(descriptor)
    if isinstance(source, bytes | bytearray | memoryview):
        return _in_memory(bytes(source), options, force, stop)
    if isinstance(source, ByteSource):
        window = Window(
            source.read_range(0, min(HEAD, source.size)), source.size, source.read_range
        )
        return _file(window, Reading(options, source), force, stop)
    return _in_memory(_read_all(source), options, force, stop)


def opened(
    descriptor: int, head: bytes, path: str, options: ReadOptions, force: bool, stop: int
) -> DicomFile:
    """A file from its first bytes on, which were read already."""
    identity = identity_of(os.fstat(descriptor))
    size = identity[2]
    if len(head) > size:  # a pipe or a device has no size: it is read to its end
        return _stream(descriptor, head, options, force, stop)
    found = None if options.strict else survey(head, size, stop, options)
    if found is not None and found.done:
        found.path = path, identity
        return DicomFile._surveyed(found)
    window = Window(head, size, lambda offset, length: read_at(descriptor, offset, length))
    return _file(window, Reading(options, PathSource(path, identity)), force, stop, found)


def _in_memory(data: bytes, options: ReadOptions, force: bool, stop: int) -> DicomFile:
    source = BytesSource(data)
    found = None if options.strict else survey(data, len(data), stop, options)
    if found is not None and found.done:
        found.source = source
        return DicomFile._surveyed(found)
    return _file(Window.over(data), Reading(options, source), force, stop, found)


def _stream(
    descriptor: int, head: bytes, options: ReadOptions, force: bool, stop: int
) -> DicomFile:
    """What can only be read once and in order, from here on."""
    with os.fdopen(descriptor, "rb", closefd=False) as stream:
        data = head + _read_all(stream)
    return _in_memory(data, options, force, stop)


def _read_all(stream: IO[bytes]) -> bytes:
    """A stream to its end, in steps: nothing is allocated for what may not come."""
    if not hasattr(stream, "read"):
        raise TypeError(
            f"a path, bytes, a binary stream or a ByteSource is read, not {type(stream).__name__}"
        )
    pieces: list[bytes] = []
    while piece := stream.read(1 << 20):
        if not isinstance(piece, bytes):
            raise TypeError("the file object gives text; open it in binary mode")
        pieces.append(piece)
    return b"".join(pieces)


def _file(
    window: Window, reading: Reading, force: bool, stop: int, found: Survey | None = None
) -> DicomFile:
    """A Part 10 file (PS3.10 7.1), or with ``force`` a bare data set."""
    buf = window.buf
    collector = Collector(reading.options.strict, reading.options.limits.findings)
    if found is not None:
        return _rest(window, reading, stop, collector, found)
    begin = 132
    if buf[128:132] != b"DICM":
        if not force:
            raise _not_dicom(buf)
        begin = 4 if buf[:4] == b"DICM" else 0
        collector.note("no-preamble", "there is no preamble with DICM", offset=0)
    meta: Dataset | None = None
    syntax: Syntax | None = None
    pos = begin
    if buf[begin : begin + 2] == b"\x02\x00":
        meta, pos = _meta(window, begin, reading, collector)
        at = plain.find(meta._index, _SYNTAX)
        if at >= 0:
            _, start, length = plain.header(window.buf, at, meta._frame.encoding)
            syntax = syntax_of_value(window.buf[start : start + length])
        else:
            text = "there is no transfer syntax; it is guessed"
            collector.note("no-transfer-syntax", text, "(0002,0010)", begin)
    elif not force and not _begins_like_elements(buf, begin):
        raise _not_dicom(buf)
    else:
        collector.note("no-meta", "there is no file meta information", offset=begin)
    file = _data_set(window, pos, syntax, reading, stop, collector)
    file._head = (begin, pos)
    file.preamble = buf[:128] if begin == 132 else b""
    if meta is not None:
        file.meta = meta
    if reading.options.strict:
        from ._inspect import inspect

        inspect(file, collector)
    return file


def _rest(
    window: Window, reading: Reading, stop: int, collector: Collector, found: Survey
) -> DicomFile:
    """An ordinary file from the place on where it is not, or where it is not in the window."""
    top = TopLevel(window, found.syntax.encoding, reading, stop, collector)
    top.go_on(found.index, found.ends)
    file = DicomFile._surveyed(found)
    found.made = {"_reading": reading}
    file.dataset = top.read(found.pos, found.at)
    file._collector = collector
    file.is_partial = top.stopped
    return file


def _begins_like_elements(buf: bytes, pos: int) -> bool:
    """Whether a data set may stand there, in whatever encoding, or nothing at all."""
    return pos >= len(buf) or any(encoding_fits(buf, pos, len(buf), one) for one in _UIDS)


def _not_dicom(buf: bytes) -> NotDicom:
    for kind, magic in _MAGIC.items():
        if buf.startswith(magic):
            return NotDicom(f"this is no DICOM file, it looks like {kind}", kind=kind)
    if not buf:
        return NotDicom("the file is empty", kind="empty")
    return NotDicom(
        "there is no DICM after 128 bytes, or no data set after it; force=True reads a bare data set"
    )


_MAGIC: Final = {
    "PE": b"MZ", "ELF": b"\x7fELF", "Mach-O": b"\xcf\xfa\xed\xfe", "script": b"#!", "ZIP": b"PK\3\4",
    "gzip": b"\x1f\x8b", "PNG": b"\x89PNG", "JPEG": b"\xff\xd8\xff", "PDF": b"%PDF", "GIF": b"GIF8",
    "JPEG 2000": b"\0\0\0\x0cjP", "NIfTI": b"\x5c\1\0\0", "XML": b"<?xml", "JSON": b"{",
}  # fmt: skip


def _meta(
    window: Window, begin: int, reading: Reading, collector: Collector
) -> tuple[Dataset, int]:
    """File meta information and the offset after it. It ends where group 0002 ends: its group
    length may lie, and often does.
    """
    index = plain.new_index()
    ends: dict[int, int] = {}
    at = plain.scan(window.buf, begin, len(window.buf), EXPLICIT, _DATA_SET, 1000, -1, index, ends)
    encoding = EXPLICIT
    odd = Odd(solid=True)
    if window.buf[at : at + 2] == b"\x02\x00" or (at + 2 > len(window.buf) < window.size):
        if not window.complete:
            window.grow(_META)
        if window.buf[begin + 4 : begin + 6] not in NAMES:
            encoding = IMPLICIT
            collector.note(
                "meta-implicit", "file meta information is in implicit VR", "(0002,0000)", begin
            )
        frame = Frame(window.buf, encoding, reading, ends=ends)
        at, odd = _odd_meta(frame, index, begin, collector)
    frame = Frame(window.buf, encoding, reading, ends=ends)
    meta = make_dataset(frame, begin, at, 0)
    fill(meta, index, odd)
    return meta, at


def _odd_meta(
    frame: Frame, index: "plain.Index", begin: int, collector: Collector
) -> tuple[int, Odd]:
    """Go over file meta information with care, an element at a time."""
    odd = Odd(solid=False)
    end = len(frame.buf)
    level = Level(frame.buf, end, frame.encoding, frame.ends, collector.reporter(0), 1)
    careful = Careful(level, lambda tag: tag in odd or plain.find(index, tag) >= 0)
    at, steps = begin, 0
    for tag in plain.tags(index):
        plain.remove(index, tag)
    while frame.buf[at : at + 2] == b"\x02\x00" and steps < 1000:
        entry, at = careful.next(at)
        steps += 1
        if entry is not None:
            enter(frame, index, odd, entry)
    plain.sort(index)
    return at, odd


def _data_set(
    window: Window,
    pos: int,
    syntax: Syntax | None,
    reading: Reading,
    stop: int,
    collector: Collector,
) -> DicomFile:
    """The data set at ``pos``, in a file without meta information yet."""
    uid = EXPLICIT_LITTLE if syntax is None else syntax.uid
    labelled = EXPLICIT if syntax is None else syntax.encoding
    if syntax is not None and not syntax.known:
        collector.note("unknown-transfer-syntax", "the transfer syntax is not in the dictionary")
    if syntax is not None and syntax.deflated:
        return _deflated(window, pos, reading, stop, collector, uid)
    if not window.complete and len(window.buf) < pos + 1024:
        window.grow(pos + 1024)
    encoding = labelled
    if not looks_like(window.buf, pos, labelled):
        encoding = guess_encoding(window.buf, pos, len(window.buf), labelled)
        if encoding != labelled and syntax is not None:
            text = f"the data set is in {_ENCODINGS[encoding]}, not in {_ENCODINGS[labelled]}"
            collector.note("encoding-mislabelled", text, offset=pos)
    if syntax is None:
        uid = _UIDS[encoding]
    top = TopLevel(window, encoding, reading, stop, collector)
    return _made(top.read(pos), uid, reading, collector, partial=top.stopped)


def _made(
    dataset: Dataset, syntax: str, reading: Reading, collector: Collector, *, partial: bool
) -> DicomFile:
    file = DicomFile(dataset, Dataset())
    file._syntax = (
        syntax  # as the file says it: what is no UID is no keyword of the dictionary either
    )
    file._reading = reading
    file._collector = collector
    file.is_partial = partial
    return file


_ENCODINGS: Final = {
    IMPLICIT: "implicit VR little endian",
    EXPLICIT: "explicit VR little endian",
    EXPLICIT_BE: "explicit VR big endian",
}
_UIDS: Final = {
    IMPLICIT: IMPLICIT_LITTLE, EXPLICIT: EXPLICIT_LITTLE, EXPLICIT_BE: EXPLICIT_BIG
}  # fmt: skip


def _deflated(
    window: Window, pos: int, reading: Reading, stop: int, collector: Collector, uid: str
) -> DicomFile:
    """A deflated data set (PS3.5 A.5), inflated in memory as far as it is needed."""
    from ._deflate import inflate

    data = window.fetch(window.base + pos, window.size - pos) if not window.complete else b""
    data = data or window.buf[pos:]
    limit = reading.options.limits.inflated_from(len(data))
    enough = HEAD if stop != ALL_TAGS else None
    while True:
        plain_data, _, trouble = inflate(data, limit, enough)
        if enough is not None and len(plain_data) < enough:
            enough = None  # that was all of it
        inner = Window.over(plain_data)
        trial = Collector(strict=False) if enough is not None else collector
        top = TopLevel(
            inner, EXPLICIT, Reading(reading.options, BytesSource(plain_data)), stop, trial
        )
        dataset = top.read(0)
        if top.stopped or enough is None:
            break
        enough *= 16
    if trouble:
        collector.note(trouble.rule, trouble.text, offset=len(plain_data))
    return _made(dataset, uid, reading, collector, partial=top.stopped)


# Tracebacks, reprs and pickles name the place that users import from
read.__module__ = read_header.__module__ = read_dataset.__module__ = "dicom_core"
