"""Whether a file is whole, and what its header says: pixel data stays where it is, however long it is."""

from typing import TYPE_CHECKING, Final, NamedTuple

from .._errors import DicomError, LimitExceeded, ParseError
from .._file import DicomFile
from .._findings import LOSS, Finding
from .._index import raw_element
from .._kernel import EXPLICIT_BE, IMPLICIT, UNDEFINED
from .._kernel import LONG as LONG_VRS
from .._kernels import kernel as plain
from .._options import ReadOptions
from .._reader import read, read_header
from .._survey import survey
from ._errors import InstanceRefused

if TYPE_CHECKING:
    from .._source import ByteSource

__all__ = ["Whole", "look"]

_FIRST: Final = 16 << 10  # holds the header of most files
_MOST: Final = 8 << 20  # a header that is longer is read element by element
_GROUP: Final = 0x7FE00000
_PIXELS: Final = 0x7FE00010
_STOP: Final = 0x7FE00008
_WINDOW: Final = 4096
_DEFAULT: Final = ReadOptions()
_PIXELS_PATH: Final = "(7FE0,0010)"
_LOSS: Final = LOSS - {"item-overrun"}
_DEFLATED: Final = "1.2.840.10008.1.2.1.99"


class Whole(NamedTuple):
    """A file that is whole."""

    file: DicomFile
    """Of an ordinary file without the pixel data, else with it."""
    header: bytes
    """The bytes of an ordinary data set up to its pixel data, in which nothing is odd; empty for all others."""
    encoding: int
    """How they are encoded: ``IMPLICIT``, ``EXPLICIT`` or ``EXPLICIT_BE`` of the kernel."""


def look(source: "ByteSource") -> Whole:
    """Look at a file. Raises `InstanceRefused` where it is none, or ends too early."""
    size = source.size
    want = _FIRST
    while True:
        buf = source.read_range(0, min(want, size))
        found = survey(buf, size, _STOP, _DEFAULT)
        if found is None or found.done or len(buf) >= size or want >= _MOST:
            break
        want *= 8
    if found is None or not found.done or found.begun:
        return _look_with_care(source)
    at, encoding = found.at, found.syntax.encoding
    if plain.last_tag(found.index) >= _GROUP:  # offset tables belong to the pixel data
        return _look_with_care(source)
    if found.stopped and _end_of_pixels(source, buf[at : at + 12], at, encoding) != size:
        return _look_with_care(source)
    found.source = source
    return Whole(DicomFile._surveyed(found), buf[found.pos : at], encoding)


def _end_of_pixels(source: "ByteSource", head: bytes, at: int, encoding: int) -> int:
    """Where the pixel data at ``at`` ends; `InstanceRefused` where that is behind the end of the file."""
    order = "big" if encoding == EXPLICIT_BE else "little"
    tag = int.from_bytes(head[:2], order) << 16 | int.from_bytes(head[2:4], order)  # type: ignore[arg-type]
    if tag >> 16 != _GROUP >> 16:
        return -1
    if encoding == IMPLICIT:
        start, length = 8, head[4:8]
    elif head[4:6] in LONG_VRS:
        start, length = 12, head[8:12]
    else:
        start, length = 8, head[6:8]
    declared = int.from_bytes(length, order)  # type: ignore[arg-type]
    if declared != UNDEFINED:
        end = at + start + declared
        if end > source.size:
            raise _too_early()
        return end
    return _end_of_fragments(source, at + start, order)


def _end_of_fragments(source: "ByteSource", pos: int, order: str) -> int:
    """Where encapsulated bytes at ``pos`` end, by the headers of their items alone (PS3.5 A.4); -1 where that is unclear."""
    size = source.size
    base, window = pos, source.read_range(pos, min(_WINDOW, size - pos))
    while size - pos >= 8:
        at = pos - base
        if at + 8 > len(window):
            base, at = pos, 0
            window = source.read_range(pos, min(_WINDOW, size - pos))
        group, element = window[at : at + 2], window[at + 2 : at + 4]
        tag = int.from_bytes(group, order) << 16 | int.from_bytes(element, order)  # type: ignore[arg-type]
        if tag == 0xFFFEE0DD:
            return pos + 8
        if tag != 0xFFFEE000:
            return -1
        pos += 8 + int.from_bytes(window[at + 4 : at + 8], order)  # type: ignore[arg-type]
        if pos > size:
            raise _too_early()
    if pos < size:
        raise _too_early()
    return pos


def _too_early() -> InstanceRefused:
    return InstanceRefused("incomplete", "the data set ends too early")


def _look_with_care(source: "ByteSource") -> Whole:
    """Read what is not ordinary."""
    try:
        _refuse_to_inflate(source)
        file = read(source)
        if any(map(_is_loss, file.findings)) or _has_cut_fragment(file):
            raise _too_early()
    except ParseError as bad:
        raise InstanceRefused("not-dicom", str(bad)) from bad
    except InstanceRefused:
        raise
    except DicomError as bad:
        raise InstanceRefused("limit", str(bad)) from bad
    return Whole(file, b"", 0)


def _is_loss(finding: "Finding") -> bool:
    """Whether something is missing at the end. Encapsulated pixel data may end with the file, and does so in real ones."""
    return finding.rule in _LOSS and (
        finding.rule != "delimiter-missing" or finding.path != _PIXELS_PATH
    )


def _refuse_to_inflate(source: "ByteSource") -> None:
    """Deflated data sets are read in memory: not those whose bytes alone are more than they may have inflated."""
    most = _DEFAULT.limits.inflated_from(source.size)
    if source.size <= most:
        return
    if read_header(source.read_range(0, _FIRST), stop=0).transfer_syntax == _DEFLATED:
        raise LimitExceeded("inflated", source.size)


def _has_cut_fragment(file: DicomFile) -> bool:
    """Whether the last fragment of the pixel data is shorter than its header says."""
    found = raw_element(file.dataset, _PIXELS)
    if found is None or found.handle is None or not found.spans:
        return False
    start, end = found.spans[-2:]
    order = "big" if found.encoding == EXPLICIT_BE else "little"
    declared = int.from_bytes(found.handle.read_range(start - 4, 4), order)  # type: ignore[arg-type]
    return start + declared > end
