"""The writing half of `Dataset`: setting, copying and deleting elements."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from dicom_dict import Tag, find_element

from ._ambiguous import SINGLE, vr_for_writing
from ._dataset_read import Key, Readable, tag_of
from ._element import DataElement
from ._errors import MissingElement, ValueEncodeError
from ._fragments import Fragments
from ._index import (
    EMPTY,
    ITEMS_ALONE,
    ITEMS_BESIDE,
    NOTHING,
    UTF8,
    FragmentsElement,
    GivenElement,
    RawElement,
    Stored,
    charset_in,
    path_of,
    raw_element,
    stored_element,
    values_in,
    vr_of,
)
from ._kernel import EXPLICIT, EXPLICIT_BE
from ._sequence import Sequence
from ._source import ValueHandle

if TYPE_CHECKING:
    from ._dataset import Dataset
    from ._index import Edit
    from ._setters import Setter

__all__ = ["Editable"]

_set = object.__setattr__


def _setter(vr: str) -> "Setter | None":
    """What makes a whole element of a VR; None of those whose values may be kept beside, or that nobody knows.

    Loaded with the first: who only reads never loads what writes.
    """
    if not _SETTERS:
        from ._setters import SETTERS

        _SETTERS.update(SETTERS)
        _SETTERS.update(dict.fromkeys(("SQ", *_BYTES)))
    return _SETTERS.get(vr)


_BYTES: Final = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "UN"))
# A plain dictionary: a look-up in one that fills itself takes half as long again.
_SETTERS: "Final[dict[str, Setter | None]]" = {}


class Editable(Readable):
    """What a data set lets one change."""

    __slots__ = ()

    def __setitem__(self, key: Key, value: object) -> None:
        tag = tag_of(key)
        if isinstance(value, DataElement):
            self._put(tag, value)
            return
        vr = vr_for_writing(tag, self)
        choices = _choices(tag)
        if not vr or len(choices) > 1:  # then what is there decides
            found = raw_element(self, tag)
            if found is not None and (not vr or vr_of(self, tag, found) in choices):
                vr = vr_of(self, tag, found)
        if not vr:
            raise ValueEncodeError(
                "?",
                f"{Tag(tag)} is not in the dictionary; use .set(tag, vr, value)",
                path=path_of(self, tag),
            )
        if isinstance(value, list | tuple) and len(value) > 1 and vr != "SQ" and SINGLE[tag]:
            raise ValueEncodeError(vr, "one value, says the dictionary", path=path_of(self, tag))
        self.set(tag, vr, value)

    def set(self, key: Key, vr: str, value: object) -> None:
        """Set an element with a VR of your choice; None makes it empty.

        A plain object must keep the rule of the VR (PS3.5 6.2): its type, length, characters and form; else
        it is refused with a `ValueEncodeError`, also where an attribute or a key is set. What was read is
        taken as it is, right or wrong, where its type says that it was (``CodeString``, ``DicomDate`` ...);
        of VRs whose values are a plain ``str``, copy the element: ``ds[key] = other.element(key)``.
        `set_raw` writes what no rule allows.

        Of bytes, the value may be a `ValueHandle` on little endian bytes somewhere: they are read when the data set is
        written, piece by piece.
        """
        tag = key if type(key) is int else tag_of(key)
        try:
            setter = _SETTERS[vr]
        except KeyError:
            setter = _setter(vr)
        edits = self._edits
        if edits is None:
            edits = {}
            _set(self, "_edits", edits)
        if setter is None:
            if vr == "SQ":
                # Items are kept beside, and not looked into before they are written. The only one, as most are,
                # gets its sequence when somebody looks at it: that halves the objects of a tree.
                if type(value) is list and len(value) == 1 and self._frame is EMPTY:
                    item: Dataset = value[0]
                    if type(item) is type(self):
                        edits[tag] = item
                        if self._values is NOTHING:
                            _set(self, "_values", ITEMS_ALONE)
                        elif self._values:
                            self._values.pop(tag, None)
                        return
                try:  # a list is looked for first: to look for anything else takes long
                    items = Sequence(value) if type(value) is list else self._items(tag, value)
                except TypeError:
                    items = self._items(tag, value)  # says what is wrong
                edits[tag] = ITEMS_BESIDE
                values_in(self)[tag] = items
            else:
                self._set_other(tag, vr, value)
            return
        try:
            edits[tag] = setter(tag, value)
        except ValueEncodeError as error:
            error.path = path_of(self, tag)
            raise
        if self._values:
            self._values.pop(tag, None)

    def _set_other(self, tag: int, vr: str, value: object) -> None:
        """Set bytes, which may be many or behind a handle, fragments, or bytes of a VR that nobody knows."""
        if isinstance(value, ValueHandle) and vr in _BYTES:
            behind = RawElement(vr, b"", 0, 0, EXPLICIT, UTF8)
            behind.handle = value  # read when it is written, in pieces
            self._edited()[tag] = behind
            self._values.pop(tag, None)
            return
        if type(value) is Fragments:
            if vr not in {"OB", "OW"}:
                raise ValueEncodeError(vr, "fragments are OB or OW", path=path_of(self, tag))
            self._edited()[tag] = FragmentsElement(vr, b"", 0, 0, EXPLICIT, UTF8)
            values_in(self)[tag] = value
            return
        from .values._set import new_value

        try:
            raw = new_value(vr, value)
        except ValueEncodeError as error:
            error.path = path_of(self, tag)
            raise
        if vr in _BYTES:
            self._edited()[tag] = RawElement(vr, raw, 0, len(raw), EXPLICIT, UTF8)
            self._values.pop(tag, None)
        else:
            self._given(tag, vr, raw)

    def _items(self, tag: int, value: object) -> Sequence:
        if isinstance(value, Sequence):
            return value
        if value is None:
            return Sequence()
        if isinstance(value, Iterable) and not isinstance(value, Stored):
            try:
                return Sequence(value)
            except TypeError:
                pass
        raise ValueEncodeError("SQ", "a list of Dataset", path=path_of(self, tag))

    def set_raw(self, key: Key, vr: str, raw: bytes) -> None:
        """Set the bytes of a value field as they are, right or wrong; nothing is checked.

        They are little endian, and in the character set that the data set declares. They are written as they
        stand, with a byte of padding where their number is odd. For tests of other programs, and for
        carrying over what no rule allows.
        """
        tag = tag_of(key)
        if vr == "SQ":
            raise ValueEncodeError("SQ", "a list of Dataset; use .set", path=path_of(self, tag))
        if not isinstance(raw, bytes):
            raise TypeError(f"set_raw takes bytes, not {type(raw).__name__}")
        self._given(tag, vr, raw)

    def _given(self, tag: int, vr: str, raw: bytes) -> None:
        if len(vr) != 2 or not vr.isascii():
            raise ValueEncodeError(vr, "a VR has two letters", path=path_of(self, tag))
        from ._encode import declared_charset

        charset = declared_charset(self, self._frame.charset)
        self._edited()[tag] = GivenElement(vr, raw, 0, len(raw), EXPLICIT, charset)
        self._values.pop(tag, None)

    def _put(self, tag: int, element: DataElement) -> None:
        """Copy an element: its bytes as they are, in the character set that they are in."""
        found, vr = element._stored(), element.vr
        if vr == "SQ" or (found is None and type(element.value) is Fragments):
            self.set(tag, vr, element.value)
            return
        if found is None:
            from .values._encode import encode

            raw = encode(vr, element.value, True, UTF8)
            self._edited()[tag] = RawElement(vr, raw, 0, len(raw), EXPLICIT, UTF8)
        elif found.undefined:
            self.set(tag, vr, element.value)
            return
        else:
            from ._headers import TEXTS

            node = element._node
            assert node is not None
            # UN is little endian even in a big endian data set (PS3.5 6.2.2)
            big = found.encoding == EXPLICIT_BE and found.vr != "UN"
            kind = GivenElement if type(found) is GivenElement else RawElement
            handle = found.handle if vr not in TEXTS else None
            raw = b"" if handle is not None else element.raw
            made = kind(
                vr, raw, 0, len(raw), EXPLICIT_BE if big else EXPLICIT,
                found.charset or charset_in(node),
            )  # fmt: skip
            made.handle = handle
            self._edited()[tag] = made
        self._values.pop(tag, None)

    def __delitem__(self, key: Key) -> None:
        tag = tag_of(key)
        if raw_element(self, tag) is None:
            raise MissingElement(Tag(tag), path=path_of(self))
        if stored_element(self, tag) is None:
            self._edited().pop(tag)
        else:
            self._edited()[tag] = None
        self._values.pop(tag, None)

    def _edited(self) -> "dict[int, Edit]":
        edits = self._edits
        if edits is None:
            edits = {}
            _set(self, "_edits", edits)
        return edits

    def rename(self, old: Key, new: Key) -> None:
        """Move an element to another tag, with its VR and its bytes."""
        self._put(tag_of(new), self.element(old))
        del self[old]


def _choices(tag: int) -> tuple[str, ...]:
    entry = find_element(tag)
    return entry.vrs if entry is not None else ()
