"""Writing a DICOMDIR: every offset is where its record really begins (PS3.3 F.2.2)."""

from typing import TYPE_CHECKING, Final

from .._dataset import Dataset
from .._file import DicomFile
from .._reader import read
from .._sequence import Sequence
from .._writer import to_bytes, write
from ._file_id import place_for

if TYPE_CHECKING:
    from ._file_set import FileSet
    from ._record import Record

__all__ = ["new_directory", "write_directory"]

_RECORDS: Final = 0x00041220
_EXPLICIT: Final = "1.2.840.10008.1.2.1"
_CLASS: Final = "1.2.840.10008.1.3.10"


def new_directory() -> DicomFile:
    """A directory without records (PS3.10 8.6: explicit VR little endian, its own SOP class)."""
    from .._uid import generate_uid

    dataset = Dataset()
    dataset.set(0x00041130, "CS", None)
    dataset.set(0x00041200, "UL", 0)
    dataset.set(0x00041202, "UL", 0)
    dataset.set(0x00041212, "US", 0)
    dataset.set(_RECORDS, "SQ", [])
    meta = Dataset()
    meta.set(0x00020002, "UI", _CLASS)
    meta.set(0x00020003, "UI", generate_uid())
    return DicomFile(dataset, meta, _EXPLICIT)


def write_directory(found: "FileSet", *, durable: bool) -> None:
    """Lay the records out, learn from our own reader where each begins, and put the offsets in.

    The offsets have a fixed size, so that the second layout is the first one.
    """
    file = new_directory()
    old = found.file
    if old is not None:
        for tag in old.dataset:
            if tag not in {0x00041200, 0x00041202, _RECORDS}:
                file.dataset[tag] = old.dataset.element(tag)
        if 0x00020003 in old.meta:
            file.meta[0x00020003] = old.meta.element(0x00020003)
    records = list(found.walk())
    items = [record.dataset.copy() for record in records]
    file.dataset.set(_RECORDS, "SQ", items)
    _link(file.dataset, found, records, items, {})
    laid = read(to_bytes(file)).dataset.get(_RECORDS)
    assert isinstance(laid, Sequence)
    places = [item._frame.base + item._start - 8 for item in laid]
    offsets = {id(record): at for record, at in zip(records, places, strict=True)}
    _link(file.dataset, found, records, items, offsets)
    path = place_for(found.root, (found.name,))
    write(file, path, durable=durable)
    found.file = read(path)
    fresh = found.file.dataset.get(_RECORDS)
    for record, item in zip(records, fresh if isinstance(fresh, Sequence) else (), strict=True):
        record.dataset = item
        record.offset = offsets[id(record)]


def _link(
    dataset: Dataset,
    found: "FileSet",
    records: "list[Record]",
    items: list[Dataset],
    offsets: dict[int, int],
) -> None:
    """Set every offset of the directory."""
    by_record = {id(record): item for record, item in zip(records, items, strict=True)}

    def at(record: "Record | None") -> int:
        return 0 if record is None else offsets.get(id(record), 0)

    roots = found.records
    dataset.set(0x00041200, "UL", at(roots[0]) if roots else 0)
    dataset.set(0x00041202, "UL", at(roots[-1]) if roots else 0)
    for siblings in (roots, *(record.children for record in records)):
        for number, record in enumerate(siblings):
            item = by_record[id(record)]
            following = siblings[number + 1] if number + 1 < len(siblings) else None
            item.set(0x00041400, "UL", at(following))
            item.set(0x00041410, "US", 0xFFFF)
            item.set(0x00041420, "UL", at(record.children[0]) if record.children else 0)
