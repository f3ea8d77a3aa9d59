"""Directory records made from instances (PS3.3 F.5)."""

from typing import TYPE_CHECKING, Final

from .._dataset import Dataset
from .._sequence import Sequence
from ._types import KEYS

if TYPE_CHECKING:
    from .._file import DicomFile

__all__ = ["new_record"]

_CHARACTER_SET: Final = 0x00080005


def new_record(
    kind: str, file: "DicomFile", file_id: tuple[str, ...] = ()
) -> tuple[Dataset, list[str]]:
    """The data set of a record, and the keywords of type 1 that the instance has no value for."""
    source = file.dataset
    record = Dataset()
    record.set(0x00041400, "UL", 0)
    record.set(0x00041410, "US", 0xFFFF)
    record.set(0x00041420, "UL", 0)
    record.set(0x00041430, "CS", kind)
    if file_id:
        record.set(0x00041500, "CS", file_id)
        record.set(0x00041510, "UI", _uid(source, file.meta, 0x00080016, 0x00020002))
        record.set(0x00041511, "UI", _uid(source, file.meta, 0x00080018, 0x00020003))
        record.set(0x00041512, "UI", file.transfer_syntax)
    missing = []
    for keyword, need in KEYS.get(kind, ()):
        there = keyword in source and not source.element(keyword).is_empty
        if keyword == "ContentSequence":
            _concept_modifiers(record, source)
        elif there:
            _copy(record, source, keyword)
        elif need == "1":
            missing.append(keyword)
        if not there and need in {"1", "2"}:
            record[keyword] = None
    # The character set holds for the texts of this record alone (PS3.3 F.3.2.2)
    if _CHARACTER_SET in source and not source.element(_CHARACTER_SET).is_empty:
        record[_CHARACTER_SET] = source.element(_CHARACTER_SET)
    return record, missing


def _copy(record: Dataset, source: Dataset, keyword: str) -> None:
    element = source.element(keyword)
    if element.vr == "SQ":
        value = element.value
        assert isinstance(value, Sequence)
        record.set(element.tag, "SQ", [item.copy() for item in value])
    else:
        record[element.tag] = element  # right or wrong


def _concept_modifiers(record: Dataset, source: Dataset) -> None:
    """Of a document's content, what modifies its title stands in the record (PS3.3 F.5.22)."""
    content = source.get("ContentSequence")
    if not isinstance(content, Sequence):
        return
    kept = [
        item.copy() for item in content if str(item.get("RelationshipType")) == "HAS CONCEPT MOD"
    ]
    if kept:
        record.set("ContentSequence", "SQ", kept)


def _uid(source: Dataset, meta: Dataset, tag: int, in_meta: int) -> str:
    for dataset, key in ((source, tag), (meta, in_meta)):
        if key in dataset:
            return dataset.element(key).text
    return ""
