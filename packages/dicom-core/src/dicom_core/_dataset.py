"""`Dataset`: a mapping from tags to values with attributes for keywords, lazy over the bytes it came from."""

from collections.abc import Iterable, Mapping, MutableMapping
from typing import TYPE_CHECKING

from dicom_dict import Tag, find_element

from ._dataset_edit import Editable
from ._dataset_read import ABSENT, Key
from ._element import DataElement
from ._errors import LimitExceeded
from ._fragments import Fragments
from ._index import (
    EMPTY,
    NOTHING,
    UTF8,
    Frame,
    Place,
    Reading,
    Stored,
    all_tags,
    build_index,
    charset_in,
    empty_stored,
    new_stored,
    path_of,
    put_charset,
)
from ._kernels import COMPILED
from ._meta import EXPLICIT_LITTLE
from ._sequence import Sequence

if TYPE_CHECKING:
    from dicom_dict import TransferSyntax

    from ._diff import Difference
    from ._index import Edit

__all__ = ["UTF8", "Dataset", "Key"]

_set = object.__setattr__


class Dataset(Editable):
    """The elements of one data set or item, ordered by tag.

    >>> ds = Dataset()
    >>> ds.PatientName = "Doe^Jane"
    >>> ds["PatientName"]
    PersonName('Doe^Jane')

    Attributes are keywords: None when the element is absent or empty. ``ds[key]`` raises
    `MissingElement` when it is absent. Values are decoded when they are first asked for; what is
    never touched is written back byte for byte.
    """

    __slots__ = ("__weakref__",) if COMPILED else ()  # compiled, the base has no room for it

    def __init__(self, values: "Mapping[str, object] | None" = None) -> None:
        if COMPILED:
            empty_stored(self)
        else:
            # Made once for every item of a sequence: filled while it is of the class without the
            # ``__setattr__`` for keywords, which costs less than half of going past that.
            kind = type(self)
            _set(self, "__class__", Stored)
            self._frame = EMPTY
            self._start = self._end = self._number = 0
            self._place = self._charset = self._edits = None
            self._fresh = False
            self._values = NOTHING
            self.__class__ = kind
        if values is not None:
            self.update(values)

    # --- attributes ---------------------------------------------------------------------------

    if not TYPE_CHECKING:  # a checker reads the stub of `Keywords`, and then knows a misspelt name

        def __getattr__(self, name: str) -> object:
            """Install the property of a keyword at its first use; make the index of a data set.

            Made twice by two threads, it is the same.
            """
            if name == "_odd" or name == "_index":  # noqa: PLR1714 - a hot place
                build_index(self)
                return object.__getattribute__(self, name)
            if name[:1] == "_":
                raise AttributeError(f"a Dataset has no attribute {name!r}", name=name, obj=self)
            return _install(name).__get__(self)

        def __setattr__(self, name: str, value: object) -> None:
            descriptor = getattr(type(self), name, None)
            if descriptor is None and name[:1] != "_":
                descriptor = _install(name)
            if not isinstance(descriptor, property) or descriptor.fset is None:
                raise AttributeError(f"{name!r} of a Dataset cannot be set", name=name, obj=self)
            descriptor.fset(self, value)

        def __delattr__(self, name: str) -> None:
            entry = find_element(name) if name else None
            if entry is None or entry.keyword != name:
                raise _no_keyword(name)
            del self[entry.tag]

    def __dir__(self) -> list[str]:
        keywords = (Tag(tag).keyword for tag in all_tags(self))
        return sorted({*object.__dir__(self), *(word for word in keywords if word)})

    # --- editing ------------------------------------------------------------------------------

    def update(self, other: "Dataset | Mapping[str, object] | Iterable[DataElement]") -> None:
        """Copy every element of another data set or each one given; set the values of a mapping by key."""
        if isinstance(other, Dataset):
            other = other.copy().elements()
        elif isinstance(other, Mapping):
            for key, value in other.items():
                self[key] = value
            return
        for element in other:
            self._put(element._tag, element)

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
        frame = self._frame if self._frame is EMPTY else self._frame.counted_by(reading)
        if depth > frame.reading.options.limits.depth:
            raise LimitExceeded("depth", depth, "while copying")
        twin = make_dataset(frame, self._start, self._end, self._number, self._place)
        for part in ("_index", "_odd"):
            _set(twin, part, getattr(self, part))
        put_charset(twin, charset_in(self))
        if self._edits:
            edits: dict[int, Edit] = {
                tag: edit._twin(depth + 1, reading) if isinstance(edit, Dataset) else edit
                for tag, edit in self._edits.items()
            }
            _set(twin, "_edits", edits)
        for tag, value in list(self._values.items()):
            if isinstance(value, Sequence):
                if value.is_edited:
                    items = Sequence([item._twin(depth + 1, reading) for item in value])
                    items.undefined_length = value.undefined_length
                    twin._values[tag] = items
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
    """A data set over bytes."""
    return new_stored(Dataset, frame, start, end, number, place or frame.place, fresh)


def touched_sequences(node: Stored) -> list[Sequence]:
    """The sequences of a data set that somebody looked at."""
    return [value for value in list(node._values.values()) if isinstance(value, Sequence)]


def _install(name: str) -> property:
    """Make a keyword a property of the class, so that its next use costs no look-up."""
    entry = find_element(name) if name else None  # some entries have no keyword
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


# Tracebacks, reprs and pickles name the place that users import from
Dataset.__module__ = "dicom_core"
