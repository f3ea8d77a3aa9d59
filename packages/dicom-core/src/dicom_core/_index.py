"""What a data set knows of its bytes: where they are, how they are encoded, where each element begins.

`Stored` is the lower half of `Dataset`: an index of header offsets made on first need, elements that
the plain index cannot hold, and edits. It knows nothing of attribute names.
"""

from _thread import allocate_lock
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from dicom_dict import Tag

from . import _ambiguous
from ._charset import Charset
from ._errors import LimitExceeded
from ._index_careful import Careful, Entry, Level
from ._kernel import EXPLICIT, EXPLICIT_BE, UNDEFINED
from ._kernels import COMPILED, mypyc_attr
from ._kernels import kernel as plain
from ._options import ReadOptions
from ._source import ByteSource, ValueHandle

if TYPE_CHECKING:
    from ._dataset import Dataset
    from ._kernel_native import Index

__all__ = ["FoundElement", "Frame", "GivenElement", "Odd", "RawElement", "Reading", "Stored"]

ALL_TAGS: Final = 1 << 32
CHARACTER_SET: Final = 0x00080005
_PIXEL_REPRESENTATION: Final = 0x00280103

_set = object.__setattr__

# Where a sequence stands: (place of its data set, number of that data set there, tag of the sequence).
# Any stands for Place: mypyc does not end on an alias that names itself.
Place: TypeAlias = tuple[Any, int, int] | None


class Reading:
    """What all parts of one read share."""

    __slots__ = ("elements", "limit", "made", "options", "source")

    made: int
    """How often items became data sets: a walk that only goes over items looks when it changes."""

    def __init__(
        self, options: ReadOptions, source: ByteSource | None = None, elements: int = 0
    ) -> None:
        self.made = 0
        self.options = options
        self.source = source
        self.elements = elements
        self.limit = options.limits.elements

    def __reduce__(self) -> tuple[object, ...]:
        return Reading, (self.options, self.source, self.elements)

    def count(self, elements: int) -> None:
        """Count what was indexed against the budget."""
        self.elements += elements
        if self.elements > self.limit:
            raise LimitExceeded("elements", self.elements)


@mypyc_attr(allow_interpreted_subclasses=True)
class Frame:
    """What the items of a sequence have in common, or what is true of a root data set."""

    __slots__ = (
        "base", "below", "buf", "charset", "depth", "encoding", "ends", "memo", "place", "reading",
        "signed", "unread",
    )  # fmt: skip

    below: "Frame | None"
    """The frame of the items of the last sequence here: mostly those of the next have the same."""
    memo: dict[bytes, object] | None
    """Values of short elements by header and value, shared by all items of one character set: items
    repeat the same codes and numbers all the time, root data sets do not."""
    place: Place
    """Where the sequence stands, if all data sets of the frame are items of one."""
    unread: bool
    """Whether the bytes were not gone over to their end yet: then `read_on` comes before anything else."""

    def __init__(
        self,
        buf: bytes,
        encoding: int,
        reading: Reading,
        base: int = 0,
        ends: dict[int, int] | None = None,
        charset: "Charset | None" = None,
        signed: bool = False,
        place: Place = None,
        depth: int = 0,
    ) -> None:
        self.buf = buf
        self.encoding = encoding
        self.reading = reading
        self.base = base
        self.ends = {} if ends is None else ends
        self.charset = charset
        self.signed = signed
        self.place = place
        self.depth = depth
        self.below = None
        self.memo = None
        self.unread = False

    def read_on(self, node: "Stored") -> None:
        """Go over what was not read, and complete a data set of this frame."""
        raise NotImplementedError

    def counted_by(self, reading: Reading) -> "Frame":
        """The same for another count of what is indexed."""
        return Frame(
            self.buf, self.encoding, reading, base=self.base, ends=self.ends, charset=self.charset,
            signed=self.signed, place=self.place, depth=self.depth,
        )  # fmt: skip


class RawElement:
    """An element outside the plain index: one that was set, or (`FoundElement`) deferred or odd.

    Its value is ``buf[start:stop]``, or behind ``handle`` where it is not in memory. ``offset`` is
    that of its header in the source, -1 for one that was set.
    """

    __slots__ = ("buf", "charset", "encoding", "handle", "start", "stop", "vr")

    base: int = 0
    handle: ValueHandle | None
    offset: int = -1
    spans: list[int] | None = None
    undefined: bool = False

    def __init__(
        self,
        vr: str,
        buf: bytes,
        start: int,
        stop: int,
        encoding: int,
        charset: "Charset | None" = None,
    ) -> None:
        self.vr = vr
        self.buf = buf
        self.start = start
        self.stop = stop
        self.encoding = encoding
        self.charset = charset
        self.handle = None

    @property
    def length(self) -> int:
        """The bytes of the value that are there."""
        return self.stop - self.start if self.handle is None else self.handle.length

    def begins_like_items(self) -> bool:
        """Whether the value begins with an item tag (PS3.5 7.5)."""
        handle, start = self.handle, self.start
        head = self.buf[start : start + 4] if handle is None else handle.read_range(0, 4)
        return head in {b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00"}

    def raw(self, limit: int) -> bytes:
        """The bytes of the value."""
        if self.handle is None:
            return self.buf[self.start : self.stop]
        return self.handle.read(limit)


class FoundElement(RawElement):
    """An element as it was found in a source."""

    __slots__ = ("base", "offset", "spans", "undefined")

    def __init__(
        self,
        vr: str,
        buf: bytes,
        start: int,
        stop: int,
        encoding: int,
        offset: int,
        undefined: bool = False,
        *,
        base: int = 0,
        handle: ValueHandle | None = None,
        spans: list[int] | None = None,
        charset: "Charset | None" = None,
    ) -> None:
        super().__init__(vr, buf, start, stop, encoding, charset)
        self.offset = offset
        self.undefined = undefined
        self.base = base
        self.handle = handle
        self.spans = spans


class GivenElement(RawElement):
    """Bytes that somebody set as they are: they are written so in every character set."""

    __slots__ = ()


class FragmentsElement(RawElement):
    """Fragments that were set; the value is kept beside."""

    __slots__ = ()

    undefined = True


# What was set: an element, None where it was deleted; in most cases the bytes of a whole element in explicit VR
# little endian whose text is ASCII, ready to be written; or the only item of a sequence that nobody looked at since
Edit: TypeAlias = "RawElement | Dataset | bytes | None"


class Odd(dict[int, RawElement]):
    """The elements of a level that its plain index cannot hold.

    ``solid``: the stored bytes are exactly the indexed elements, one after the other.
    """

    __slots__ = ("solid",)

    def __init__(self, solid: bool) -> None:
        super().__init__()
        self.solid = solid


# What set texts are kept in until writing knows the character set of the data set
UTF8: Final[Charset] = Charset.parse("ISO_IR 192")
NONE_ODD: Final = Odd(solid=True)  # shared by all plain levels, never added to

EMPTY: Final = Frame(b"", EXPLICIT, Reading(ReadOptions()))


@mypyc_attr(allow_interpreted_subclasses=True)
class Stored:
    """The bytes, index and edits of one data set.

    ``_index`` and ``_odd`` come into being when they are first used: compiled code asks `index_in` and `odd_in`
    for them, and everybody asks `charset_in`. All else is set by `new_stored`.
    """

    __slots__ = (
        "__weakref__", "_charset", "_edits", "_end", "_frame", "_fresh", "_index", "_number", "_odd",
        "_place", "_start", "_values",
    )  # fmt: skip

    _frame: Frame
    _start: int
    _end: int
    _number: int
    _place: Place
    _fresh: bool  # nobody looked into it yet: its elements are not counted, all its bytes are there
    _edits: dict[int, Edit] | None
    _index: "Index"
    _odd: Odd
    _values: dict[int, object]
    """What was decoded, and sequences and fragments that were set; `values_in` is for writing."""
    _charset: "Charset | None"
    """None until somebody asks `charset_in`: compiled, to ask what is not there costs two microseconds."""

    def signed(self) -> bool:
        """Whether Pixel Representation, here or else above, is 1."""
        value = self.unsigned_short(_PIXEL_REPRESENTATION)
        return self._frame.signed if value is None else value == 1

    def unsigned_short(self, tag: int) -> int | None:
        """The first number of a US element, without a trace in any cache."""
        found = raw_element(self, tag)
        if found is None or found.length < 2:
            return None
        order = found.encoding == EXPLICIT_BE
        return int.from_bytes(found.raw(1 << 20)[:2], "big" if order else "little")

    def _standing(self) -> Place:
        """Where the sequence stands that it is an item of."""
        return self._place

    def _load(self, tag: int) -> object:
        """Decode one value and keep it: `Readable` does."""
        raise NotImplementedError


# A blank one: compiled, of the class that it will have; else it is filled before it gets its class, whose
# ``__setattr__`` is for keywords.
_blank: Final = Stored.__new__
_COMPILED: Final = COMPILED


def new_stored(
    cls: "type[Dataset]",
    frame: Frame,
    start: int,
    end: int,
    number: int,
    place: Place,
    fresh: bool,
) -> "Dataset":
    """A data set over bytes."""
    node: Stored = _blank(cls if _COMPILED else Stored)
    node._frame = frame
    node._start = start
    node._end = end
    node._number = number
    node._place = place
    node._fresh = fresh
    node._charset = node._edits = None
    node._values = {}
    if not _COMPILED:
        node.__class__ = cls
    return node  # type: ignore[return-value]


class _Nothing(dict[int, object]):
    """An empty dictionary that stays so."""

    __slots__ = ()

    def __setitem__(self, tag: int, value: object) -> None:
        raise TypeError("ask values_in for a dictionary of its own")

    def setdefault(self, tag: int, value: object = None) -> object:  # noqa: ARG002
        raise TypeError("ask values_in for a dictionary of its own")


# The values of all data sets that a program made and that keep none: most items do not, and a garbage collector
# counts each dictionary. The other is for those with items among their edits.
NOTHING: Final = _Nothing()
ITEMS_ALONE: Final = _Nothing()
# All sequences that were set share it: their items are kept beside.
ITEMS_BESIDE: Final = RawElement("SQ", b"", 0, 0, EXPLICIT, UTF8)
_making: Final = allocate_lock()  # two threads must not make two dictionaries


def values_in(node: Stored) -> dict[int, object]:
    """The values that a data set keeps, to be written to."""
    values = node._values
    if isinstance(values, _Nothing):
        with _making:
            values = node._values
            if isinstance(values, _Nothing):
                values = {}
                _put_values(node, values)
    return values


def empty_stored(node: Stored) -> None:
    """Make a data set one without bytes; only compiled code comes past its ``__setattr__`` like this."""
    node._frame = EMPTY
    node._start = node._end = node._number = 0
    node._place = None
    node._fresh = False
    node._charset = node._edits = None
    node._values = NOTHING


def index_in(node: Stored) -> "Index":
    """The index of a data set, made now if it was not yet."""
    if node._fresh:  # known not to be there, without an exception
        build_index(node)
    try:
        return node._index
    except AttributeError:
        build_index(node)
        return node._index


def odd_in(node: Stored) -> Odd:
    """What the index of a data set cannot hold."""
    try:
        return node._odd
    except AttributeError:
        build_index(node)
        return node._odd


def charset_in(node: Stored) -> Charset:
    """The character set of a data set."""
    charset = node._charset
    if charset is None:
        charset = charset_of(node)
        put_charset(node, charset)
    return charset


def build_index(node: Stored) -> None:
    """Index one level whose bytes are all in memory."""
    frame = node._frame
    if frame.unread:
        frame.read_on(node)
        return
    index = plain.new_index()
    end, reading = node._end, frame.reading
    limit = reading.limit
    pos = plain.scan(
        frame.buf, node._start, end, frame.encoding, ALL_TAGS, limit + 1, -1, index, frame.ends
    )
    odd = NONE_ODD
    if pos != end:
        odd = index_carefully(frame, index, pos, end)
    if node._fresh:
        reading.count(plain.count(index) + len(odd))
        put_fresh(node, False)
    _put_odd(node, odd)
    _put_index(node, index)
    charset = frame.charset
    if charset is not None and odd is NONE_ODD and plain.find(index, CHARACTER_SET) < 0:
        put_charset(node, charset)


# Setting a slot of a data set past its ``__setattr__``, which is for keywords
_put_odd = vars(Stored)["_odd"].__set__
_put_index = vars(Stored)["_index"].__set__
_put_values = vars(Stored)["_values"].__set__
put_charset = vars(Stored)["_charset"].__set__
put_fresh = vars(Stored)["_fresh"].__set__


def index_carefully(frame: Frame, index: "Index", pos: int, end: int) -> Odd:
    """Go on at ``pos``, where the kernel stopped; what does not fit the index is given back."""
    odd = Odd(solid=False)
    limits = frame.reading.options.limits
    level = Level(frame.buf, end, frame.encoding, frame.ends, None, limits.depth - frame.depth)
    tags = plain.tags(index)
    careful = Careful(
        level, lambda tag: tag in odd or plain.find(index, tag) >= 0, tags[-1] if tags else -1
    )
    unsorted = False
    steps = 0
    while pos < end:
        steps += 1  # of elements that appear again, too
        if max(steps, plain.count(index) + len(odd)) > limits.elements:
            raise LimitExceeded("elements", max(steps, plain.count(index) + len(odd)))
        before = careful.last
        entry, pos = careful.next(pos)
        if entry is not None:
            unsorted |= entry.tag < before
            enter(frame, index, odd, entry)
        if not unsorted:
            done = plain.count(index)
            pos = plain.scan(
                frame.buf, pos, end, frame.encoding, ALL_TAGS, limits.elements, careful.last, index,
                frame.ends,
            )  # fmt: skip
            if plain.count(index) > done:
                careful.last = max(careful.last, plain.last_tag(index))
    if unsorted:
        plain.sort(index)
    return odd


def enter(frame: Frame, index: "Index", odd: Odd, entry: Entry) -> None:
    """Take in one element that was read with care; the last one of a tag counts."""
    if entry.plain and entry.offset <= plain.MAX_OFFSET:
        odd.pop(entry.tag, None)
        plain.put(index, entry.tag, entry.offset)
    else:
        plain.remove(index, entry.tag)
        odd[entry.tag] = FoundElement(
            entry.vr, frame.buf, entry.start, entry.stop, frame.encoding,
            frame.base + entry.offset, entry.undefined, base=frame.base,
        )  # fmt: skip


def raw_element(node: Stored, tag: int) -> RawElement | None:
    """One element as it is stored or was set, or None."""
    edits = node._edits
    if edits is not None and tag in edits:
        edit = edits[tag]
        if isinstance(edit, bytes):
            return edit_element(edit)
        return ITEMS_BESIDE if isinstance(edit, Stored) else edit
    return stored_element(node, tag)


def edit_element(edit: bytes) -> RawElement:
    """The element that was set with these bytes."""
    vr, start, length = plain.header(edit, 0, EXPLICIT)
    return RawElement(vr, edit, start, start + length, EXPLICIT, UTF8)


def stored_element(node: Stored, tag: int) -> RawElement | None:
    """One element as it is stored, whatever was edited since, or None."""
    frame = node._frame
    at = plain.find(index_in(node), tag)
    if at < 0:
        return odd_in(node).get(tag)
    vr, start, length = plain.header(frame.buf, at, frame.encoding)
    if length == UNDEFINED:
        encoding = frame.encoding
        if vr == "UN":
            encoding = plain.encoding_in_un(frame.buf, start, encoding)
        fragments = vr in {"OB", "OW"} or (not vr and tag == 0x7FE00010)
        after = plain.skip(frame.buf, start, node._end, encoding, fragments, frame.ends)
        return FoundElement(
            vr, frame.buf, start, after - 8, frame.encoding, frame.base + at, True, base=frame.base
        )
    return FoundElement(
        vr, frame.buf, start, start + length, frame.encoding, frame.base + at, base=frame.base
    )


def vr_of(node: Stored, tag: int, found: RawElement) -> str:
    """The VR of the value.

    It is the one that is written; in implicit VR, and for UN, the one that the dictionary and the
    data set know. UN holds implicit VR little endian whatever is around it (PS3.5 6.2.2).
    """
    vr = found.vr
    if vr and vr != "UN":
        return vr
    if found.undefined:
        return "OB" if tag == 0x7FE00010 else "SQ"
    private = "UN"
    if tag & 0x10000 and node._frame.reading.options.private:
        from ._private import private_vr

        private = private_vr(node, tag) or "UN"
    if vr and (found.offset < 0 or tag & 0x10000):
        return vr if private == "UN" else private
    known = _ambiguous.implicit_vr(tag, node, private)
    if known == "SQ" and found.length >= 4 and not found.begins_like_items():
        return "UN"
    return known


def all_tags(node: Stored) -> list[int]:
    """Every tag, ascending, edits applied."""
    found = plain.tags(index_in(node))
    odd, edits = odd_in(node), node._edits
    if not odd and not edits:
        return found
    every = set(found)
    every.update(odd)
    for tag, edit in (edits or {}).items():
        if edit is None:
            every.discard(tag)
        else:
            every.add(tag)
    return sorted(every)


def path_of(node: Stored, tag: int | None = None) -> str:
    """Where a data set stands, such as ``(0040,A730)[2]``, and an element of it; empty for the root."""
    steps: list[str] = [] if tag is None else [str(Tag(tag))]
    place, number = node._standing(), node._number
    while place is not None:
        outer, outer_number, sequence = place
        steps.append(f"{Tag(sequence)}[{number}]")
        place, number = outer, outer_number
    return ".".join(reversed(steps))


def charset_of(node: Stored) -> "Charset":
    """The character set that the stored bytes are in: that of the stored (0008,0005), else the one
    of the data set around it (PS3.5 7.5.3). Edits do not change what stored bytes mean.
    """
    frame = node._frame
    options = frame.reading.options
    if options.charset_override is not None:
        return Charset.parse(options.charset_override, options.charset_fallback)
    at = plain.find(index_in(node), CHARACTER_SET)
    if at < 0 and frame.charset is not None and CHARACTER_SET not in odd_in(node):
        return frame.charset
    start, length = 0, UNDEFINED
    if at >= 0:
        _, start, length = plain.header(frame.buf, at, frame.encoding)
    if length != UNDEFINED:
        raw = frame.buf[start : start + length]
    else:
        found = stored_element(node, CHARACTER_SET)
        if found is None:
            return Charset.parse(None, options.charset_fallback)
        raw = found.raw(1 << 16)
    return Charset.parse(raw.decode("latin-1").rstrip(" \0"), options.charset_fallback)


def nested_tags(node: Stored) -> Iterator[int]:
    """The tags of all sequences of a data set."""
    for tag in all_tags(node):
        found = raw_element(node, tag)
        if found is not None and vr_of(node, tag, found) == "SQ":
            yield tag
