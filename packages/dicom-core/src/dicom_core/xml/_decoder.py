"""Data sets from the Native DICOM Model (PS3.19 A.1), a piece of the document at a time.

The parser underneath is expat with its doors closed: no document type, no entities, no references. The
document is never held as a tree; what is open is a stack.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from xml.parsers import expat

from .._dataset import Dataset
from .._errors import DicomError, LimitExceeded, ParseError
from .._index import Frame
from .._options import Limits
from ..json._arguments import bytes_of, piece_of
from ..json._build import Builder
from ..values._person_name import joined_groups
from ._encoder import NAMESPACE

if TYPE_CHECKING:
    from ..json._bulk import Resolver

__all__ = ["Decoder", "decode"]

_DEFAULT: Final = Limits()
_PIECE: Final = 1 << 16
_ATTRIBUTES: Final = 32  # the model has four; namespaces and the like may stand beside them
_TOKEN: Final = 1 << 20  # bytes of one tag or comment
_MODEL, _ATTRIBUTE, _ITEM, _PERSON, _GROUP, _TEXT = range(6)
_PARENTS: Final[dict[str, frozenset[int]]] = {
    "DicomAttribute": frozenset((_MODEL, _ITEM)),
    "Value": frozenset((_ATTRIBUTE,)),
    "Item": frozenset((_ATTRIBUTE,)),
    "PersonName": frozenset((_ATTRIBUTE,)),
    "InlineBinary": frozenset((_ATTRIBUTE,)),
    "BulkData": frozenset((_ATTRIBUTE,)),
    **dict.fromkeys(("Alphabetic", "SingleByte", "Ideographic", "Phonetic"), frozenset((_PERSON,))),
    **dict.fromkeys(
        ("FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix"), frozenset((_GROUP,))
    ),
}
# SingleByte is what the first edition of the model (2011) called the alphabetic group.
_GROUPS: Final = {"Alphabetic": 0, "SingleByte": 0, "Ideographic": 1, "Phonetic": 2}
_COMPONENTS: Final = {
    "FamilyName": 0, "GivenName": 1, "MiddleName": 2, "NamePrefix": 3, "NameSuffix": 4
}  # fmt: skip


class _Level:
    """A data set or item that is open, and the private blocks that are taken in it."""

    __slots__ = ("creators", "node")

    def __init__(self, node: Dataset) -> None:
        self.node = node
        self.creators: dict[tuple[int, str], int] = {}


class _Attribute:
    """A DicomAttribute that is open."""

    __slots__ = ("frame", "inline", "items", "level", "tag", "uri", "values", "vr")

    def __init__(self, level: _Level, tag: int, vr: str | None) -> None:
        self.level = level
        self.tag = tag
        self.vr = vr
        self.values: dict[int, str] = {}
        self.items: dict[int, Dataset] = {}
        self.frame: Frame | None = None
        self.inline: str | None = None
        self.uri: str | None = None


class Decoder:
    """A push parser for one document: ``feed`` its bytes, and ``close`` gives the data set.

    Raises `ParseError` for what is no such document or could mean two things, and `LimitExceeded`.
    After an error a decoder is of no more use.
    """

    __slots__ = (
        "_attributes", "_builder", "_components", "_fed", "_finished", "_group", "_groups", "_length",
        "_levels", "_limits", "_number", "_open", "_parser", "_take", "_text",
    )  # fmt: skip

    def __init__(self, *, bulk: "Resolver | None" = None, limits: Limits = _DEFAULT) -> None:
        self._limits = limits
        self._builder = Builder(limits, bulk, "xml")
        self._open: list[int] = []
        self._levels: list[_Level] = []
        self._attributes: list[_Attribute] = []
        self._groups = ["", "", ""]
        self._group = 0
        self._components: list[str] = []
        self._number = 0
        self._text: list[str] = []
        self._take: Callable[[str, _Attribute], None] = _ignore
        self._length = 0
        self._fed = 0
        self._finished: Dataset | None = None
        self._parser = self._make_parser()

    def _make_parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.ordered_attributes = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartDoctypeDeclHandler = self._refuse_document_type
        parser.EntityDeclHandler = self._refuse_document_type
        parser.UnparsedEntityDeclHandler = self._refuse_document_type
        parser.ExternalEntityRefHandler = self._refuse_document_type
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        return parser

    def feed(self, data: bytes) -> None:
        """Take a piece of the document."""
        data = bytes(piece_of(data))
        for start in range(0, len(data), _PIECE):
            piece = data[start : start + _PIECE]
            self._fed += len(piece)
            self._parse(piece, False)
            # A tag that does not end is kept by the parser, whole.
            if self._fed - self._parser.CurrentByteIndex > _TOKEN + _PIECE:
                raise LimitExceeded(
                    "token", self._fed - self._parser.CurrentByteIndex, self._where()
                )

    def close(self) -> Dataset:
        """The data set, when the document is complete."""
        self._parse(b"", True)
        assert self._finished is not None
        return self._finished

    def _parse(self, data: bytes, last: bool) -> None:
        try:
            self._parser.Parse(data, last)
        except expat.ExpatError as error:
            text = f"this is no XML ({expat.ErrorString(error.code)})"
            at = self._parser.ErrorByteIndex
            raise ParseError("xml-syntax", text, offset=at if at >= 0 else None) from None
        except ParseError as problem:
            if problem.offset is None:
                problem.offset = self._parser.CurrentByteIndex
            raise
        except DicomError:
            raise
        except (LookupError, ValueError) as error:  # Python's codecs answer for expat
            raise ParseError(
                "xml-encoding", "the encoding declared is not known", offset=0
            ) from error

    def _where(self) -> str:
        return f"at byte {self._parser.CurrentByteIndex}"

    # --- what expat calls ---------------------------------------------------------------------

    def _refuse_document_type(self, *_: object) -> int:
        raise ParseError(
            "xml-doctype", "a document type or an entity is declared; both are refused"
        )

    def _start(self, name: str, attributes: list[str]) -> None:
        if len(attributes) > 2 * _ATTRIBUTES:
            raise LimitExceeded("attributes", len(attributes) // 2, self._where())
        space, _, local = name.rpartition(" ")
        if space not in {"", NAMESPACE}:
            raise ParseError("xml-structure", "an element is of another namespace")
        given = dict(zip(attributes[::2], attributes[1::2], strict=True))
        if not self._open:
            if local != "NativeDicomModel":
                raise ParseError("xml-structure", "the document is no NativeDicomModel")
            self._levels.append(_Level(self._builder.root()))
            self._open.append(_MODEL)
            return
        if self._open[-1] not in _PARENTS.get(local, ()):
            raise ParseError("xml-structure", "an element stands where the model has none such")
        _STARTS[local](self, local, given)

    def _end(self, _name: str) -> None:
        kind = self._open.pop()
        if kind == _TEXT:
            self._take("".join(self._text), self._attributes[-1])
            return
        if kind == _ATTRIBUTE:
            self._finish_attribute(self._attributes.pop())
        elif kind == _ITEM:
            self._levels.pop()
        elif kind == _GROUP:
            self._groups[self._group] = "^".join(self._components)
        elif kind == _PERSON:
            self._put_value(self._attributes[-1], self._number, joined_groups(self._groups))
        else:
            self._finished = self._builder.finish(self._levels.pop().node)

    def _characters(self, text: str) -> None:
        if self._open and self._open[-1] == _TEXT:
            self._length += len(text)
            if self._length > 2 * self._limits.value:
                raise LimitExceeded("value", self._length, self._where())
            self._text.append(text)
        elif text.strip():
            raise ParseError("xml-structure", "text stands where the model has none")

    # --- beginnings ---------------------------------------------------------------------------

    def _start_attribute(self, _name: str, given: dict[str, str]) -> None:
        level = self._levels[-1]
        digits = given.get("tag", "")
        if len(digits) != 8 or not digits.isascii() or not digits.isalnum():
            raise ParseError("xml-tag", "the tag is not eight digits")
        try:
            tag = int(digits, 16)
        except ValueError:
            raise ParseError("xml-tag", "the tag is not eight digits") from None
        creator = given.get("privateCreator", "").strip(" ")
        if creator and tag & 0x10000 and tag & 0xFFFF <= 0xFF:
            tag = self._private(level, tag, creator)
        self._attributes.append(_Attribute(level, tag, given.get("vr")))
        self._open.append(_ATTRIBUTE)

    def _start_value(self, _name: str, given: dict[str, str]) -> None:
        number = self._numbered(given)
        self._start_text(lambda text, attribute: self._put_value(attribute, number, text))

    def _start_item(self, _name: str, given: dict[str, str]) -> None:
        attribute = self._attributes[-1]
        number = self._numbered(given)
        if number in attribute.items:
            raise ParseError("xml-ambiguous", "two items have the same number")
        if attribute.frame is None:
            attribute.frame = self._builder.frame(attribute.level.node, attribute.tag)
        item = self._builder.item(attribute.frame, number - 1)
        attribute.items[number] = item
        self._levels.append(_Level(item))
        self._open.append(_ITEM)

    def _start_person(self, _name: str, given: dict[str, str]) -> None:
        self._number = self._numbered(given)
        self._groups = ["", "", ""]
        self._open.append(_PERSON)

    def _start_group(self, name: str, _given: dict[str, str]) -> None:
        self._group = _GROUPS[name]
        self._components = []
        self._open.append(_GROUP)

    def _start_component(self, name: str, _given: dict[str, str]) -> None:
        place = _COMPONENTS[name]

        def take(text: str, _attribute: _Attribute) -> None:
            self._components += [""] * (place + 1 - len(self._components))
            self._components[place] = text

        self._start_text(take)

    def _start_inline(self, _name: str, _given: dict[str, str]) -> None:
        def take(text: str, attribute: _Attribute) -> None:
            if attribute.inline is not None:
                raise ParseError("xml-ambiguous", "two InlineBinary stand in one element")
            attribute.inline = text

        self._start_text(take)

    def _start_bulk(self, _name: str, given: dict[str, str]) -> None:
        attribute = self._attributes[-1]
        uri = given.get("uri", given.get("uuid"))
        if uri is None or attribute.uri is not None:
            raise ParseError("xml-structure", "BulkData has one uri or uuid")
        attribute.uri = uri
        self._start_text(_ignore)

    def _start_text(self, take: "Callable[[str, _Attribute], None]") -> None:
        self._take = take
        self._text = []
        self._length = 0
        self._open.append(_TEXT)

    # --- endings ------------------------------------------------------------------------------

    def _numbered(self, given: dict[str, str]) -> int:
        digits = given.get("number", "")
        if not (digits.isascii() and digits.isdecimal() and len(digits) < 12) or int(digits) < 1:
            raise ParseError("xml-number", "a number attribute is no positive number")
        if int(digits) > self._limits.elements:
            raise LimitExceeded("elements", int(digits), self._where())
        return int(digits)

    def _put_value(self, attribute: _Attribute, number: int, text: str) -> None:
        if number in attribute.values:
            raise ParseError("xml-ambiguous", "two values have the same number")
        attribute.values[number] = text

    def _finish_attribute(self, attribute: _Attribute) -> None:
        node, tag, builder = attribute.level.node, attribute.tag, self._builder
        if not tag & 0xFFFF:
            return  # a group length, which has no place here (A.1.1), would be wrong
        vr = builder.vr(node, tag, attribute.vr)
        kinds = (attribute.values, attribute.items, attribute.inline, attribute.uri)
        if sum(kind is not None and kind != {} for kind in kinds) > 1:
            text = "more than one of Value, Item, InlineBinary and BulkData"
            raise builder.wrong("ambiguous", text, node, tag)
        if attribute.items:
            if vr not in {"SQ", ""}:
                raise builder.wrong("value", f"{vr} has no items", node, tag)
            builder.sequence(node, tag, self._all_items(attribute))
        elif attribute.uri is not None:
            builder.bulk(node, tag, vr, attribute.uri)
        elif attribute.inline:
            builder.inline(node, tag, vr, attribute.inline)
        elif any(attribute.values.values()):
            last = max(attribute.values)
            values = [attribute.values.get(number, "") for number in range(1, last + 1)]
            if vr == "PN":
                builder.text(node, tag, vr, values)
            else:
                builder.values(node, tag, vr, [text or None for text in values])
        elif len(attribute.values) > 1 and vr in _SEVERAL:
            builder.text(node, tag, vr, [""] * max(attribute.values))
        else:
            builder.empty(node, tag, vr)
        if vr == "LO" and tag & 0x10000 and 0x10 <= tag & 0xFFFF <= 0xFF:
            name = attribute.values.get(1, "").strip(" ")
            attribute.level.creators.setdefault((tag >> 16, name), tag & 0xFF)

    def _all_items(self, attribute: _Attribute) -> list[Dataset]:
        """The items by their numbers; numbers that are missing are empty items."""
        frame, items = attribute.frame, attribute.items
        assert frame is not None
        return [
            items[number] if number in items else self._builder.item(frame, number - 1)
            for number in range(1, max(items) + 1)
        ]

    def _private(self, level: _Level, tag: int, creator: str) -> int:
        """The tag of a private element, whose block its creator has or now gets (PS3.5 7.8.1)."""
        group = tag >> 16
        block = level.creators.get((group, creator))
        if block is None:
            edits = level.node._edits or {}
            free = [at for at in range(0x10, 0x100) if group << 16 | at not in edits]
            if not free:
                raise ParseError("xml-private", "all private blocks of a group are taken")
            block = free[0]
            self._builder.text(level.node, group << 16 | block, "LO", [creator])
            level.creators[group, creator] = block
        return group << 16 | block << 8 | tag & 0xFF


def _ignore(_text: str, _attribute: _Attribute) -> None:
    """What stands in an element that has no text is of no interest."""


_SEVERAL: Final = frozenset("AE AS CS DA DS DT IS LO PN SH TM UC UI".split())  # noqa: SIM905
_STARTS: Final[dict[str, Callable[[Decoder, str, dict[str, str]], None]]] = {
    "DicomAttribute": Decoder._start_attribute,
    "Value": Decoder._start_value,
    "Item": Decoder._start_item,
    "PersonName": Decoder._start_person,
    "InlineBinary": Decoder._start_inline,
    "BulkData": Decoder._start_bulk,
    **dict.fromkeys(_GROUPS, Decoder._start_group),
    **dict.fromkeys(_COMPONENTS, Decoder._start_component),
}


def decode(
    data: bytes | str, *, bulk: "Resolver | None" = None, limits: Limits = _DEFAULT
) -> Dataset:
    """The data set of one document.

    Numbers may stand in any order, a vr may be missing where the dictionary has one, the namespace
    may be left out. A value behind BulkData is fetched through ``bulk`` when it is looked at.
    """
    decoder = Decoder(bulk=bulk, limits=limits)
    decoder.feed(bytes_of(data))
    return decoder.close()


# Tracebacks, reprs and pickles name the place that users import from
Decoder.__module__ = decode.__module__ = "dicom_core.xml"
