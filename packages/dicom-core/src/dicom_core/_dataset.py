"""`Dataset`: a mapping from tags to values with attributes for keywords, lazy over the bytes it came from."""

from collections.abc import Iterable, Mapping, MutableMapping
from typing import TYPE_CHECKING

from dicom_dict import Tag, find_element

from ._ambiguous import SINGLE, vr_for_writing
from ._dataset_read import ABSENT, Key, Readable, tag_of
from ._element import DataElement
from ._errors import LimitExceeded, MissingElement, ValueEncodeError
from ._fragments import Fragments
from ._index import (
    EMPTY,
    UTF8,
    FragmentsElement,
    Frame,
    Place,
    RawElement,
    Reading,
    Stored,
    all_tags,
    build_index,
    charset_of,
    path_of,
    raw_element,
    stored_element,
    vr_of,
)
from ._kernel import EXPLICIT
from ._meta import EXPLICIT_LITTLE
from ._sequence import Sequence
from ._source import ValueHandle
from .values._encode import encode

if TYPE_CHECKING:
    from dicom_dict import TransferSyntax

    from ._diff import Difference

__all__ = ["UTF8", "Dataset", "Key"]

_set = object.__setattr__
_BYTES = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "UN"))


class Dataset(Readable):
    """The elements of one data set or item, ordered by tag.

    >>> ds = Dataset()
    >>> ds.PatientName = "Doe^Jane"
    >>> ds["PatientName"]
    PersonName('Doe^Jane')

    Attributes are keywords: None when the element is absent or empty. ``ds[key]`` raises
    `MissingElement` when it is absent. Values are decoded when they are first asked for; what is
    never touched is written back byte for byte.
    """

    __slots__ = ()

    def __init__(self, values: "Mapping[str, object] | None" = None) -> None:
        _set(self, "_frame", EMPTY)
        _set(self, "_start", 0)
        _set(self, "_end", 0)
        _set(self, "_number", 0)
        _set(self, "_place", None)
        _set(self, "_fresh", False)
        _set(self, "_edits", None)
        _set(self, "_values", {})
        if values is not None:
            self.update(values)

    # --- attributes ---------------------------------------------------------------------------

    if not TYPE_CHECKING:  # a checker reads the stub of `Keywords`, and then knows a misspelt name

        def __getattr__(self, name: str) -> object:
            """Install the property of a keyword at its first use; make the lazy parts of a data set.

            Made twice by two threads, index and charset are the same.
            """
            if name == "_odd" or name == "_index":  # noqa: PLR1714 - a hot place
                build_index(self)
                return object.__getattribute__(self, name)
            if name == "_charset":
                charset = charset_of(self)
                _set(self, "_charset", charset)
                return charset
            if name[:1] == "_":
                raise AttributeError(f"a Dataset has no attribute {name!r}", name=name, obj=self)
            return _install(name).__get__(self)

        def __setattr__(self, name: str, value: object) -> None:
            descriptor = getattr(type(self), name, None)
            if descriptor is None and name[0] != "_":
                descriptor = _install(name)
            if not isinstance(descriptor, property) or descriptor.fset is None:
                raise AttributeError(f"{name!r} of a Dataset cannot be set", name=name, obj=self)
            descriptor.fset(self, value)

        def __delattr__(self, name: str) -> None:
            entry = find_element(name)
            if entry is None or entry.keyword != name:
                raise _no_keyword(name)
            del self[entry.tag]

    def __dir__(self) -> list[str]:
        keywords = (Tag(tag).keyword for tag in all_tags(self))
        return sorted({*object.__dir__(self), *(word for word in keywords if word)})

    # --- editing ------------------------------------------------------------------------------

    def __setitem__(self, key: Key, value: object) -> None:
        tag = tag_of(key)
        if isinstance(value, DataElement):
            self.set(tag, value.vr, value.value)
            return
        found = raw_element(self, tag)
        vr = vr_for_writing(tag, self)
        if found is not None and (not vr or vr_of(self, tag, found) in _choices(tag)):
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

        Of bytes, the value may be a `ValueHandle` on little endian bytes somewhere: they are read when the data set is
        written, piece by piece.
        """
        tag = key if type(key) is int else tag_of(key)
        if vr == "SQ" or type(value) is Fragments or type(value) is ValueHandle:
            self._set_other(tag, vr, value)
            return
        try:
            raw = encode(vr, value, True, UTF8)
        except ValueEncodeError as error:
            error.path = path_of(self, tag)
            raise
        self._edited()[tag] = RawElement(vr, raw, 0, len(raw), EXPLICIT, UTF8)
        if self._values:
            self._values.pop(tag, None)

    def _set_other(self, tag: int, vr: str, value: object) -> None:
        """Set a sequence, fragments or a handle: the value itself is kept."""
        if isinstance(value, ValueHandle):
            if vr not in _BYTES:
                raise ValueEncodeError(vr, "a handle is for bytes", path=path_of(self, tag))
            found = RawElement(vr, b"", 0, 0, EXPLICIT, UTF8)
            found.handle = value  # read when it is written, in pieces
            self._edited()[tag] = found
            self._values.pop(tag, None)
            return
        if isinstance(value, Fragments):
            if vr not in {"OB", "OW"}:
                raise ValueEncodeError(vr, "fragments are OB or OW", path=path_of(self, tag))
            self._edited()[tag] = FragmentsElement(vr, b"", 0, 0, EXPLICIT, UTF8)
        else:
            value = _sequence(value, path_of(self, tag))
            self._edited()[tag] = RawElement(vr, b"", 0, 0, EXPLICIT, UTF8)
        self._values[tag] = value

    def __delitem__(self, key: Key) -> None:
        tag = tag_of(key)
        if raw_element(self, tag) is None:
            raise MissingElement(Tag(tag), path=path_of(self))
        if stored_element(self, tag) is None:
            self._edited().pop(tag)
        else:
            self._edited()[tag] = None
        self._values.pop(tag, None)

    def _edited(self) -> dict[int, RawElement | None]:
        edits = self._edits
        if edits is None:
            edits = {}
            _set(self, "_edits", edits)
        return edits

    def update(self, other: "Dataset | Mapping[str, object] | Iterable[DataElement]") -> None:
        """Set every element of another data set, of a mapping by keyword, or each one given."""
        if isinstance(other, Dataset):
            other = other.copy().elements()
        elif isinstance(other, Mapping):
            for key, value in other.items():
                self[key] = value
            return
        for element in other:
            self.set(element.tag, element.vr, element.value)

    def rename(self, old: Key, new: Key) -> None:
        """Move an element to another tag, with its VR and value."""
        element = self.element(old)
        self.set(new, element.vr, element.value)
        del self[old]

    @property
    def is_edited(self) -> bool:
        """Whether anything was set or deleted here or in any item since it was read."""
        if self._edits:
            return True
        return any(seq.is_edited for seq in touched_sequences(self))

    def copy(self) -> "Dataset":
        """An independent data set: it shares the bytes and copies the edits, those of items too."""
        reading = self._frame.reading
        return self._twin(0, Reading(reading.options, reading.source))

    def _twin(self, depth: int, reading: Reading) -> "Dataset":
        # What the copy will index is not counted to the file: copies are the user's own decision
        frame = self._frame.counted_by(reading)
        if depth > frame.reading.options.limits.depth:
            raise LimitExceeded("depth", depth, "while copying")
        twin = make_dataset(frame, self._start, self._end, self._number, self._place)
        for part in ("_index", "_odd", "_charset"):
            _set(twin, part, getattr(self, part))
        if self._edits:
            _set(twin, "_edits", dict(self._edits))
        for tag, value in list(self._values.items()):
            if isinstance(value, Sequence):
                if value.is_edited:
                    twin._values[tag] = Sequence([item._twin(depth + 1, reading) for item in value])
            elif isinstance(value, Fragments) and self._edits and tag in self._edits:
                twin._values[tag] = value
        return twin

    def __copy__(self) -> "Dataset":
        return self.copy()

    def __deepcopy__(self, memo: dict[int, object]) -> "Dataset":
        return self.copy()

    def group(self, number: int) -> "Dataset":
        """A copy with the elements of one group only."""
        part = self.copy()
        for tag in all_tags(self):
            if tag >> 16 != number:
                del part[tag]
        return part

    def __reduce__(self) -> tuple[object, ...]:
        from ._pickle import state_of

        return state_of(self)

    def to_bytes(self, transfer_syntax: "str | TransferSyntax" = EXPLICIT_LITTLE) -> bytes:
        """The bare data set, without preamble and file meta information; `read_dataset` reads it."""
        from ._writer import write_dataset

        return write_dataset(self, transfer_syntax)

    # --- comparing and showing ----------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Dataset):
            return NotImplemented
        from ._diff import equal

        return equal(self, other)

    __hash__ = None  # type: ignore[assignment]

    def diff(self, other: "Dataset") -> "list[Difference]":
        """What would turn this data set into the other: added, removed and changed elements."""
        from ._diff import diff

        return diff(self, other)

    def __str__(self) -> str:
        from ._display_rows import text_of

        return text_of(self)

    def _repr_html_(self) -> str:
        from ._html import html_of

        return html_of(self)

    def __repr__(self) -> str:
        return f"<Dataset{' ' + path_of(self) if path_of(self) else ''}: {len(self)} elements>"


MutableMapping.register(Dataset)


def make_dataset(
    frame: Frame, start: int, end: int, number: int, place: Place = None, fresh: bool = False
) -> Dataset:
    """A data set over bytes. It is filled before it gets its class, whose ``__setattr__`` is for keywords."""
    node = Stored(frame, start, end, number, place or frame.place, fresh)
    node.__class__ = Dataset
    assert isinstance(node, Dataset)
    return node


def touched_sequences(node: Stored) -> list[Sequence]:
    """The sequences of a data set that somebody looked at."""
    return [value for value in list(node._values.values()) if isinstance(value, Sequence)]


def _install(name: str) -> property:
    """Make a keyword a property of the class, so that its next use costs no look-up."""
    entry = find_element(name)
    if entry is None or entry.keyword != name:
        raise _no_keyword(name)
    tag: int = int(entry.tag)
    # An empty sequence is an empty element: None, as everywhere
    sequence = entry.vr == "SQ"

    def get(self: Dataset) -> object:
        try:
            value = self._values[tag]
        except KeyError:
            value = self._load(tag)
            if value is ABSENT:
                return None
        return None if sequence and not value else value

    def put(self: Dataset, value: object) -> None:
        self[tag] = value

    made = property(get, put, doc=f"{entry.tag} {entry.name}")
    setattr(Dataset, name, made)
    return made


def _no_keyword(name: str) -> AttributeError:
    near = ""
    if name[:1].isupper():
        from dicom_dict import UnknownEntry, element

        try:
            element(name)
        except UnknownEntry as unknown:
            if unknown.suggestions:
                near = f"; did you mean {', '.join(unknown.suggestions)}?"
    return AttributeError(f"{name!r} is no keyword of the standard{near}", name=name)


def _choices(tag: int) -> tuple[str, ...]:
    entry = find_element(tag)
    return entry.vrs if entry is not None else ()


def _sequence(value: object, path: str) -> Sequence:
    if value is None:
        return Sequence()
    if isinstance(value, Sequence):
        return value
    if isinstance(value, Dataset) or not isinstance(value, Iterable):
        raise ValueEncodeError("SQ", "a list of Dataset", path=path)
    items = list(value)
    if not all(isinstance(item, Dataset) for item in items):
        raise ValueEncodeError("SQ", "a list of Dataset", path=path)
    return Sequence(items)


# Tracebacks, reprs and pickles name the place that users import from
Dataset.__module__ = "dicom_core"
