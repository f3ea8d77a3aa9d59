"""The answer that a query wants for one entity (PS3.4 C.4.1.1.3.2, PS3.18 8.3.4.3)."""

from typing import TYPE_CHECKING, Final

from dicom_dict import Tag

from .._errors import ValueDecodeError
from .._index import all_tags
from .._sequence import Sequence
from ._elements import copy_element, stored_tag
from ._key import Key
from ._kinds import SequenceMatch
from ._levels import unique_key
from ._matcher import Compiler
from ._moments import offset_minutes

if TYPE_CHECKING:
    from .._dataset import Dataset
    from ._query import Query

__all__ = ["Plain", "project"]

_CHARACTER_SET: Final = Tag(0x00080005)
_LEVEL: Final = 0x00080052
_ZONE: Final = Tag(0x00080201)
# Never part of an answer, whatever was asked for: bulk data (PS3.18 10.4.1.1.2)
_BULK: Final = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "UN"))


class Plain:
    """What a query asks of an entity by tags alone: no items to choose, no private blocks, nothing within sequences.

    Where an entity has little else, the answer is a copy without that, at a quarter of the cost of putting
    it together element by element. 10,000 answers to a C-FIND are made of it.
    """

    __slots__ = ("_kept", "_level", "_most", "_shown")

    def __init__(self, query: "Query") -> None:
        unique = [
            unique_key(level)
            for level in query.model.levels
            if query.level is not None and level.depth <= query.level.depth
        ]
        self._shown = tuple((key.tag, key.vr or "UN") for key in query.keys)
        self._kept = frozenset(
            {_CHARACTER_SET, _ZONE, *unique, *(key.tag for key in query.keys)}
            | {path[0] for path in query.fields}
        )
        self._most = 2 * len(self._kept)
        self._level = None if query.level is None else str(query.level)

    @classmethod
    def of(cls, query: "Query") -> "Plain | None":
        """None where the query asks for more."""
        simple = (
            not query.all_fields
            and all(len(path) == 1 for path in query.fields)
            and not any(
                key.creator is not None or key.tag & 0x10000 or isinstance(key.match, SequenceMatch)
                for key in query.keys
            )
        )
        return cls(query) if simple else None

    def project(self, dataset: "Dataset") -> "Dataset | None":
        """The answer for an entity; None where the other way is the shorter."""
        tags = all_tags(dataset)
        if len(tags) > self._most:
            return None
        there = set(tags)
        answer = dataset.copy()
        _leave_out(answer, there - self._kept)
        for tag, vr in self._shown:
            if tag not in there:
                answer.set(tag, vr, None)
        if self._level is not None:
            answer.set(_LEVEL, "CS", self._level)
        return answer


def _leave_out(dataset: "Dataset", tags: set[int]) -> None:
    """Delete elements that are there. One after the other, each would be looked up first: that is half of an answer."""
    edits, values = dataset._edited(), dataset._values
    for tag in tags:
        if tag in edits:
            del dataset[tag]
        else:  # it is stored
            edits[tag] = None
            if values:
                values.pop(tag, None)


def project(query: "Query", dataset: "Dataset") -> "Dataset":
    """See `Query.project`."""
    plain = query._plain
    answer = None if plain is None else plain.project(dataset)
    return _put_together(query, dataset) if answer is None else answer


def _put_together(query: "Query", dataset: "Dataset") -> "Dataset":
    from .._dataset import Dataset

    answer = Dataset()
    copy_element(dataset, _CHARACTER_SET, answer, _CHARACTER_SET)
    copy_element(dataset, _ZONE, answer, _ZONE)
    if query.all_fields:
        for element in dataset.elements():
            if element.vr not in _BULK:
                copy_element(dataset, element.tag, answer, element.tag)
    _put(Compiler(query), query.keys, dataset, answer, _zone(dataset))
    for path in query.fields:
        _field(dataset, path, answer)
    if query.level is not None:
        answer.set(_LEVEL, "CS", str(query.level))
        for level in query.model.levels:
            key = unique_key(level)
            if level.depth <= query.level.depth and key not in answer:
                copy_element(dataset, key, answer, key)
    return answer


def _zone(dataset: "Dataset") -> int | None:
    try:
        return offset_minutes(dataset.get(_ZONE))
    except ValueDecodeError:
        return None


def _put(
    compiler: Compiler,
    keys: tuple[Key, ...],
    dataset: "Dataset",
    answer: "Dataset",
    zone: int | None,
) -> None:
    for key in keys:
        there = stored_tag(dataset, key.tag, key.creator)
        if key.creator is not None:
            answer.set(key.tag & 0xFFFF0000 | key.tag >> 8 & 0xFF, "LO", key.creator)
        if isinstance(key.match, SequenceMatch):
            items = dataset.get(there)
            found = items if isinstance(items, Sequence) else ()
            tests = compiler.tests(key.match.keys)
            answer.set(
                key.tag,
                "SQ",
                [
                    _item(compiler, key.match.keys, item, zone)
                    for item in found
                    if all(test(item, zone) for test in tests)
                ],
            )
        elif not copy_element(dataset, there, answer, key.tag):
            answer.set(key.tag, key.vr or "UN", None)


def _item(
    compiler: Compiler, keys: tuple[Key, ...], item: "Dataset", zone: int | None
) -> "Dataset":
    from .._dataset import Dataset

    answer = Dataset()
    _put(compiler, keys, item, answer, zone)
    return answer


def _field(dataset: "Dataset", path: tuple[Tag, ...], answer: "Dataset") -> None:
    """Add one attribute that is wanted, where the entity has it."""
    from .._dataset import Dataset

    tag = path[0]
    if len(path) == 1:
        copy_element(dataset, tag, answer, tag)
        return
    items = dataset.get(tag)
    if not isinstance(items, Sequence) or not items:
        return
    there = answer.get(tag)
    if not isinstance(there, Sequence) or len(there) != len(items):
        if isinstance(there, Sequence) and there:
            return  # only the items that match are in the answer
        answer.set(tag, "SQ", [Dataset() for _ in items])
        there = answer[tag]
    assert isinstance(there, Sequence)
    for item, target in zip(items, there, strict=True):
        _field(item, path[1:], target)
