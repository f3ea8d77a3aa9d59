"""Writing files: whole or not at all (PS3.10 7.1)."""

import os
from typing import IO, TYPE_CHECKING, Final

from ._charset import UnencodableText
from ._dataset import Dataset
from ._deflate import deflate
from ._encode import Encoder, Part, WriteOptions, parts_to_bytes
from ._errors import SourceChanged, WriteError
from ._file import DicomFile
from ._kernel import EXPLICIT
from ._meta import EXPLICIT_LITTLE, meta_parts, syntax_of, uid_of
from ._sequence import Sequence
from ._source import BINARY, CHUNK, PathSource, StrPath, ValueHandle, identity_of

if TYPE_CHECKING:
    from dicom_dict import TransferSyntax

__all__ = ["to_bytes", "write", "write_dataset"]

DEFAULT: Final = WriteOptions()
_PROC: Final = "/proc/self/fd/{}"
_PIECES: Final = 1000  # buffers for one call of writev; systems take at least 1024


def write(
    file: DicomFile | Dataset,
    target: StrPath | IO[bytes],
    *,
    options: WriteOptions = DEFAULT,
    durable: bool = False,
) -> None:
    """Write a file; a data set alone becomes one in explicit VR little endian.

    To a path, it appears there whole or not at all: it is written beside it and renamed. With
    ``durable`` it is on the disk when this returns. Everything is encoded and checked before the
    first byte is written. What was never touched is written as it was read.

    After writing over the file it was read from, a `DicomFile` stands on the new one.
    """
    file = _file_of(file)
    if not isinstance(target, str | os.PathLike) and not hasattr(target, "write"):
        raise TypeError(f"write to a path or a binary stream, not {type(target).__name__}")
    parts = file_parts(file, options)
    if isinstance(target, str | os.PathLike):
        _write_path(file, os.fspath(target), parts, durable)
        return
    for part in parts:
        if isinstance(part, ValueHandle):
            for chunk in part.chunks():
                _give(target, chunk)
        else:
            _give(target, part)


def _give(target: IO[bytes], data: bytes | memoryview) -> None:
    """All of it, also to an unbuffered stream, which may take less at a time."""
    taken: int | None = target.write(data)
    if taken is None or taken >= len(data):
        return
    left = memoryview(data)[taken:]
    while left:
        taken = target.write(left)
        if not taken:
            raise BlockingIOError("the stream takes no more bytes; give one that blocks")
        left = left[taken:]


def to_bytes(file: DicomFile | Dataset, *, options: WriteOptions = DEFAULT) -> bytes:
    """The same in memory."""
    return parts_to_bytes(file_parts(_file_of(file), options))


def _file_of(file: object) -> DicomFile:
    if isinstance(file, DicomFile):
        return file
    if isinstance(file, Dataset):
        return DicomFile.new(file)
    raise TypeError(f"a DicomFile or a Dataset is written, not {type(file).__name__}")


def write_dataset(
    dataset: Dataset,
    transfer_syntax: "str | TransferSyntax" = EXPLICIT_LITTLE,
    *,
    options: WriteOptions = DEFAULT,
) -> bytes:
    """The bytes of a bare data set, as networks carry it: no preamble, no file meta information."""
    if not isinstance(dataset, Dataset):
        raise TypeError(f"write_dataset takes a Dataset, not {type(dataset).__name__}")
    return parts_to_bytes(body_parts(dataset, transfer_syntax, options))


def body_parts(
    dataset: Dataset, transfer_syntax: "str | TransferSyntax", options: WriteOptions
) -> list[Part]:
    """A data set in a transfer syntax."""
    syntax = syntax_of(uid_of(transfer_syntax))
    encoder = Encoder(syntax.encoding, options)
    try:
        parts = None
        if dataset._frame.unread:
            from ._unfinished import parts_without_the_rest

            parts = parts_without_the_rest(dataset, encoder)
        if parts is None:
            parts = encoder.data_set(dataset)
    except UnencodableText:
        if options.charset != "utf-8":
            raise
        parts = encoder.data_set(_in_utf8(dataset))
    return [deflate([parts_to_bytes(parts)])] if syntax.deflated else parts


def _in_utf8(dataset: Dataset) -> Dataset:
    """A copy that declares UTF-8, and so do the items that have a declaration of their own (PS3.3 C.12.1.1.2)."""
    twin = dataset.copy()
    twin.SpecificCharacterSet = "ISO_IR 192"
    for element in twin.walk():
        items = element.value if element.vr == "SQ" else None
        for item in items if isinstance(items, Sequence) else ():
            if "SpecificCharacterSet" in item:
                item.SpecificCharacterSet = "ISO_IR 192"
    return twin


def file_parts(file: DicomFile, options: WriteOptions) -> list[Part]:
    """A whole file."""
    if file.is_partial:
        raise WriteError(
            "only the header of this file was read; read it whole to write it", rule="partial"
        )
    source = file.source
    if source is not None and not file.is_edited and options == DEFAULT and not file._converted:
        return [ValueHandle(source, 0, source.size)]
    from ._convert import check_syntax

    check_syntax(file)
    # first, because it tells whether the data set had to be read to its end for this
    body = body_parts(file.dataset, file.transfer_syntax, options)
    meta = meta_parts(file, Encoder(EXPLICIT, options))
    preamble = file.preamble.ljust(128, b"\0") if len(file.preamble) <= 128 else bytes(128)
    return [preamble, b"DICM", *meta, *body]


def _write_path(file: DicomFile, path: str, parts: list[Part], durable: bool) -> None:
    path = os.path.realpath(path)  # a link stays a link
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name[:100]}.{os.urandom(6).hex()}.tmp")
    descriptor = _nameless(folder)
    named = descriptor < 0
    if named:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | BINARY, 0o666)
    try:
        try:
            _write_parts(descriptor, parts)
            _keep_mode(descriptor, path)
            if durable:
                os.fsync(descriptor)
            status = os.fstat(descriptor)
            if not named:
                # A name of its own first: a link cannot take the place of a file that is there.
                _give_name(descriptor, temporary)
                named = True
        finally:
            os.close(descriptor)
        os.replace(temporary, path)
    except BaseException:
        if named:
            os.unlink(temporary)
        raise
    if durable:
        _sync_folder(folder)
    source = file.source
    if isinstance(source, PathSource) and os.path.realpath(source.path) == path:
        _rebind(file, PathSource(source.path, identity_of(status)), parts)


def _nameless(folder: str) -> int:
    """A file without a name, of which nothing is left when the writer is killed; -1 where there is no such thing.

    Linux has it, on most file systems, and gives it a name through /proc.
    """
    flag: int = getattr(os, "O_TMPFILE", 0)
    if not flag:
        return -1
    try:
        descriptor = os.open(folder or ".", flag | os.O_WRONLY, 0o666)
    except OSError:
        return -1
    if os.path.exists(_PROC.format(descriptor)):
        return descriptor
    os.close(descriptor)
    return -1


def _give_name(descriptor: int, path: str) -> None:
    # With a src_dir_fd, of no meaning beside a whole path, the link in /proc is followed.
    os.link(_PROC.format(descriptor), path, src_dir_fd=descriptor, follow_symlinks=True)


def _write_parts(descriptor: int, parts: list[Part]) -> None:
    pending: list[bytes | memoryview] = []
    for part in parts:
        if isinstance(part, ValueHandle):
            _write_all(descriptor, pending)
            pending = []
            if not _copy(descriptor, part):
                for chunk in part.chunks(4 * CHUNK):
                    _write_all(descriptor, [chunk])
        elif part:
            pending.append(part)
    _write_all(descriptor, pending)


def _copy(descriptor: int, part: ValueHandle) -> bool:
    """Let the system copy from file to file where it can."""
    source = part.source
    if not isinstance(source, PathSource) or not hasattr(os, "copy_file_range"):
        return False
    came = source.open(part.offset)
    try:
        position, left = part.offset, part.length
        while left:
            try:
                done = os.copy_file_range(came, descriptor, min(left, 1 << 30), position)
            except OSError:
                if left == part.length:
                    return False  # not between these file systems
                raise
            if not done:
                raise SourceChanged(source.path, position)
            position += done
            left -= done
    finally:
        os.close(came)
    return True


def _write_all(descriptor: int, pieces: list[bytes | memoryview]) -> None:
    """All pieces, however many bytes the system takes at a time."""
    if not hasattr(os, "writev"):
        pieces = [b"".join(pieces)]
    for first in range(0, len(pieces), _PIECES):
        batch = pieces[first : first + _PIECES]
        while batch:
            done = (
                os.writev(descriptor, batch)
                if hasattr(os, "writev")
                else os.write(descriptor, batch[0])
            )
            while batch and done >= len(batch[0]):
                done -= len(batch[0])
                batch.pop(0)
            if done:
                batch[0] = memoryview(batch[0])[done:]


def _keep_mode(descriptor: int, path: str) -> None:
    """A file that is replaced keeps its permissions."""
    if hasattr(os, "fchmod"):
        try:
            mode = os.stat(path).st_mode
        except FileNotFoundError:
            return
        os.fchmod(descriptor, mode & 0o7777)


def _sync_folder(folder: str) -> None:
    """Make the rename durable, where folders can be opened (not on Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder or ".", os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _rebind(file: DicomFile, source: PathSource, parts: list[Part]) -> None:
    """Let deferred values point into the file that has taken the place of their source."""
    reading = file._reading
    assert reading is not None
    old = reading.source
    position = 0
    for part in parts:
        size = len(part)
        if isinstance(part, ValueHandle) and part.source is old and len(parts) > 1:
            part.offset = position
            part.source = source
        position += size
    if len(parts) == 1:  # the same bytes; else only what was written is where the parts say
        for found in file.dataset._odd.values():
            handle = found.handle
            if handle is not None and handle.source is old:
                handle.source = source
    reading.source = source


# Tracebacks, reprs and pickles name the place that users import from
write.__module__ = to_bytes.__module__ = write_dataset.__module__ = "dicom_core"
