"""The reading half of `Dataset`: a mapping from tags to values, decoded when they are first asked for."""

from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from typing import Final, TypeAlias

from dicom_dict import Tag, element

from ._ambiguous import SINGLE, public_vrs
from ._codec import decode
from ._element import ONE_VALUE, WORDS, DataElement, decode_found
from ._errors import MissingElement, ValueDecodeError
from ._index import (
    ITEMS_BESIDE,
    RawElement,
    Stored,
    all_tags,
    charset_in,
    path_of,
    raw_element,
    values_in,
    vr_of,
)
from ._kernel import EXPLICIT_BE, UNDEFINED
from ._kernels import kernel as plain
from ._keywords import Keywords
from ._nested import fragments_of, sequence_of, stored_sequence
from ._sequence import Sequence

__all__ = ["Key", "Readable"]

Key: TypeAlias = "int | str | tuple[int, int]"
"""A tag as a number, a pair, a text such as ``0010,0010``, or a keyword."""

ABSENT: Final = object()
_new_tag = int.__new__


def tag_of(key: Key) -> int:
    """The tag that a key means; an unknown keyword raises `UnknownEntry` with near matches."""
    if isinstance(key, int):
        if not 0 <= key <= 0xFFFFFFFF:
            Tag(key)  # raises and says what a tag is
        return key
    if isinstance(key, str) and key.isidentifier() and len(key) != 8:
        return element(key).tag
    return Tag(key)


class Readable(Stored, Keywords):
    """What a data set lets one see."""

    __slots__ = ()

    # --- mapping ------------------------------------------------------------------------------

    def __getitem__(self, key: Key) -> object:
        tag = key if type(key) is int or type(key) is Tag else tag_of(key)
        try:
            return self._values[tag]
        except KeyError:
            value = self._load(tag)
        if value is ABSENT:
            raise MissingElement(Tag(tag), path=path_of(self))
        return value

    def get(self, key: Key, default: object = None) -> object:
        """The value, or ``default`` when the element is absent."""
        tag = tag_of(key)
        try:
            return self._values[tag]
        except KeyError:
            value = self._load(tag)
        return default if value is ABSENT else value

    def __contains__(self, key: object) -> bool:
        if not isinstance(key, int | str | tuple):
            return False
        tag = tag_of(key)
        edits = self._edits
        if edits is not None and tag in edits:
            return edits[tag] is not None
        return plain.find(self._index, tag) >= 0 or tag in self._odd

    def __iter__(self) -> Iterator[Tag]:
        for tag in all_tags(self):
            yield _new_tag(Tag, tag)

    def __len__(self) -> int:
        if self._edits or self._odd:
            return len(all_tags(self))
        return plain.count(self._index)

    def keys(self) -> KeysView[Tag]:
        """The tags, ascending."""
        return KeysView(self)

    def values(self) -> ValuesView[object]:
        """The values, in the order of the tags."""
        return ValuesView(self)

    def items(self) -> ItemsView[Tag, object]:
        """Tags and values, in the order of the tags."""
        return ItemsView(self)

    # --- elements -----------------------------------------------------------------------------

    def element(self, key: Key) -> DataElement:
        """The element: tag, VR, value, raw bytes, text, offset; `MissingElement` when absent."""
        tag = tag_of(key)
        found = raw_element(self, tag)
        if found is None:
            raise MissingElement(Tag(tag), path=path_of(self))
        return DataElement._of(self, tag, found)

    def elements(self) -> Iterator[DataElement]:
        """Every element of this level, in the order of the tags."""
        from ._walk import walk

        return walk(self, deep=False)

    def walk(self) -> Iterator[DataElement]:
        """Every element of this data set and of all items below, each before what it holds.

        It keeps nothing in memory: items become data sets when somebody looks into their sequence.
        """
        from ._walk import walk

        return walk(self)

    @property
    def path(self) -> str:
        """Where it stands, such as ``(0040,A730)[2]``; empty for the root."""
        return path_of(self)

    # --- the lazy side ------------------------------------------------------------------------

    def _load(self, tag: int) -> object:
        """Decode one value, keep it, and give it; ABSENT when there is no such element."""
        frame = self._frame
        at = plain.find(self._index, tag) if self._edits is None else -1
        if at < 0:
            edits = self._edits
            only = None if edits is None else edits.get(tag)
            if edits is not None and isinstance(only, Stored):
                made = self._keep(tag, Sequence([only]))
                edits[tag] = ITEMS_BESIDE
                return made
            found = raw_element(self, tag)
            return ABSENT if found is None else self._keep(tag, found_value(self, tag, found))
        vr, start, length = plain.header(frame.buf, at, frame.encoding)
        if not vr:
            vr = public_vrs().get(tag, "")
        if vr == "SQ":
            stop = start + length
            if length == UNDEFINED:
                stop = (
                    plain.skip(frame.buf, start, self._end, frame.encoding, False, frame.ends) - 8
                )
            if stop >= start or not length:
                made = stored_sequence(self, tag, start, stop, length == UNDEFINED)
                return self._values.setdefault(tag, made)
        if vr in _SLOW or length == UNDEFINED or (vr in WORDS and frame.encoding == EXPLICIT_BE):
            found = raw_element(self, tag)
            assert found is not None
            return self._keep(tag, found_value(self, tag, found))
        try:
            value = decode(
                vr,
                frame.buf[start : start + length],
                frame.encoding != EXPLICIT_BE,
                charset_in(self),
            )
        except ValueDecodeError as error:
            error.path = path_of(self, tag)
            error.offset = frame.base + at
            raise
        if type(value) is tuple:
            if SINGLE[tag]:
                value = value[0]
        elif value is not None and vr not in ONE_VALUE and not SINGLE[tag]:
            value = (value,)
        self._values[tag] = value
        return value

    def _keep(self, tag: int, value: object) -> object:
        return values_in(self).setdefault(tag, value)


# VRs that need a second look: sequences, UN that may be known, choices of the dictionary
_SLOW: Final = frozenset(("", "SQ", "UN", "US SS", "OB OW", "US OW", "US SS OW"))


def found_value(node: Stored, tag: int, found: RawElement) -> object:
    """The value of an element as a mapping gives it: by VM of the dictionary."""
    vr = vr_of(node, tag, found)
    if vr == "SQ":
        return sequence_of(node, tag, found)
    if found.undefined and vr in {"OB", "OW"}:
        return fragments_of(found)
    value = decode_found(node, tag, vr, found)
    if type(value) is tuple:
        return value[0] if SINGLE[tag] else value
    if value is None or vr in ONE_VALUE or SINGLE[tag]:
        return value
    return (value,)
