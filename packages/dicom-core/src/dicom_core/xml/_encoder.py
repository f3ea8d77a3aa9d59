"""Data sets as the Native DICOM Model (PS3.19 A.1)."""

from base64 import b64encode
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from dicom_dict import Tag, find_element

from .._dataset import Dataset
from .._errors import LimitExceeded
from .._file import DicomFile
from .._index import RawElement, all_tags, charset_in, raw_element, vr_of
from .._kernel import EXPLICIT_BE
from .._options import Limits
from .._sequence import Sequence
from ..json._arguments import checked_bulk, dataset_of
from ..json._field import choose_uri, encapsulated
from ..json._values import swapped
from ._values import attribute, can_be_xml, escape, value_texts

if TYPE_CHECKING:
    from ..json._bulk import Bulk

__all__ = ["NAMESPACE", "encode", "iter_encode"]

NAMESPACE: Final = "http://dicom.nema.org/PS3.19/models/NativeDICOM"
_CHARACTER_SET: Final = 0x00080005
_DEFAULT: Final = Limits()
_WORD_SIZES: Final = {"OW": 2, "OF": 4, "OL": 4, "OD": 8, "OV": 8}
_TEXTS: Final = frozenset("LO LT PN SH ST UC UT".split())  # noqa: SIM905
_GROUPS: Final = ("Alphabetic", "Ideographic", "Phonetic")
_COMPONENTS: Final = ("FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix")


def encode(
    source: Dataset | DicomFile,
    *,
    bulk: "Bulk" = "inline",
    namespace: bool = True,
    keep_charset: bool = False,
    limits: Limits = _DEFAULT,
) -> bytes:
    """One data set as an XML document in UTF-8; of a file, its data set.

    ``bulk`` says what becomes of binary values, as for JSON. Specific Character Set (0008,0005), where
    there is one, says ISO_IR 192, since the text is UTF-8, unless ``keep_charset``. Private elements
    carry the name of their creator and no block (A.1.5). A text with characters that XML does not have
    is given as InlineBinary in UTF-8. ``limits.depth`` bounds sequences in sequences.
    """
    return b"".join(
        iter_encode(
            source, bulk=bulk, namespace=namespace, keep_charset=keep_charset, limits=limits
        )
    )


def iter_encode(
    source: Dataset | DicomFile,
    *,
    bulk: "Bulk" = "inline",
    namespace: bool = True,
    keep_charset: bool = False,
    limits: Limits = _DEFAULT,
) -> Iterator[bytes]:
    """The same document in pieces, one for each element of the data set."""
    dataset = dataset_of(source)
    writer = _Writer(dataset, bulk, keep_charset, limits)
    space = f' xmlns="{NAMESPACE}"' if namespace else ""
    head = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<NativeDicomModel{space} xml:space="preserve">\n'
    )
    yield head.encode("ascii")
    try:
        for piece in writer.elements(dataset):
            yield piece.encode("utf-8")
    except RecursionError:
        raise LimitExceeded("depth", writer.depth, "in the sequences to encode") from None
    yield b"</NativeDicomModel>\n"


class _Writer:
    """Writes elements of one data set."""

    __slots__ = ("_bulk", "_keep_charset", "_limits", "_root", "depth")

    def __init__(self, root: Dataset, bulk: "Bulk", keep_charset: bool, limits: Limits) -> None:
        self._root = root
        self._bulk = checked_bulk(bulk)
        self._keep_charset = keep_charset
        self._limits = limits
        self.depth = 0

    def elements(self, node: Dataset) -> Iterator[str]:
        """Each element of one level; group lengths have no place in the model (A.1.1)."""
        tags = all_tags(node)
        creators = _creators(node, tags)
        for tag in tags:
            if tag & 0xFFFF:
                piece = self._element(node, tag, creators)
                if piece:
                    yield piece

    def _element(self, node: Dataset, tag: int, creators: dict[int, str]) -> str:
        found = raw_element(node, tag)
        assert found is not None
        vr = vr_of(node, tag, found)
        if vr == "SQ":
            return _attribute(tag, vr, self._sequence(node, tag), creators)
        uri = choose_uri(self._bulk, self._root, node, tag, vr, found)
        if uri is not None:
            if not uri:
                return ""
            return _attribute(tag, vr, f'<BulkData uri="{attribute(uri)}"/>\n', creators)
        if found.undefined and vr in {"OB", "OW"}:
            return _attribute(tag, vr, _inline(encapsulated(node, tag)), creators)
        raw = found.raw(node._frame.reading.options.limits.value)
        if tag == _CHARACTER_SET and not self._keep_charset and raw.strip(b" \0"):
            raw = b"ISO_IR 192"
        return self._value(node, tag, vr, raw, found, creators)

    def _value(
        self,
        node: Dataset,
        tag: int,
        vr: str,
        raw: bytes,
        found: RawElement,
        creators: dict[int, str],
    ) -> str:
        # UN is little endian even in a big endian data set (PS3.5 6.2.2)
        little = found.encoding != EXPLICIT_BE or found.vr == "UN"
        charset = found.charset or charset_in(node)
        values = value_texts(vr, raw, little, charset)
        if values is None:
            if vr not in _WORD_SIZES and vr not in {"OB", "UN"}:
                vr = "UN"  # bytes that are no values of their VR
            elif not little and vr in _WORD_SIZES:
                raw = swapped(raw, _WORD_SIZES[vr])
            return _attribute(tag, vr, _inline(raw), creators)
        if not all(map(can_be_xml, values)):
            text = "\\".join(values)
            raw = text.encode("utf-8" if vr in _TEXTS else "latin-1")
            return _attribute(tag, vr, _inline(raw), creators)
        if vr == "PN":
            content = "".join([_name(at, text) for at, text in enumerate(values, 1)])
        else:
            content = "".join(
                [
                    f'<Value number="{at}">{escape(text)}</Value>\n'
                    for at, text in enumerate(values, 1)
                ]
            )
        return _attribute(tag, vr, content, creators)

    def _sequence(self, node: Dataset, tag: int) -> str:
        items = node._load(tag)
        assert isinstance(items, Sequence)
        self.depth += 1
        if self.depth > self._limits.depth:
            raise LimitExceeded("depth", self.depth, f"in {Tag(tag)}")
        pieces: list[str] = []
        for number, item in enumerate(items, 1):
            pieces.append(f'<Item number="{number}">\n')
            pieces += self.elements(item)
            pieces.append("</Item>\n")
        self.depth -= 1
        return "".join(pieces)


def _attribute(tag: int, vr: str, content: str, creators: dict[int, str]) -> str:
    """A DicomAttribute (A.1.5): with its keyword, or with its creator and without the block."""
    more = ""
    if tag & 0x10000:
        creator = creators.get(tag >> 8) if tag & 0xFFFF > 0xFF else None
        if creator is not None:
            tag &= 0xFFFF00FF
            more = f' privateCreator="{attribute(creator)}"'
    else:
        entry = find_element(tag)
        if entry is not None and entry.keyword:
            more = f' keyword="{entry.keyword}"'
    return f'<DicomAttribute tag="{tag:08X}" vr="{vr}"{more}>\n{content}</DicomAttribute>\n'


def _creators(node: Dataset, tags: list[int]) -> dict[int, str]:
    """The private blocks of a level that can be named by their creator: group and block -> creator.

    A name that reserved two blocks of a group, that XML cannot write or that is no LO, names none.
    """
    found: dict[int, str] = {}
    for tag in tags:
        if tag & 0x10000 and 0x10 <= tag & 0xFFFF <= 0xFF:
            element = raw_element(node, tag)
            assert element is not None
            if vr_of(node, tag, element) != "LO":
                continue
            raw = element.raw(node._frame.reading.options.limits.value)
            values = value_texts("LO", raw, True, element.charset or charset_in(node))
            if values and values[0] and len(values) == 1 and can_be_xml(values[0]):
                found[(tag >> 16 << 8) | (tag & 0xFF)] = values[0]
    names = [(key >> 8, creator) for key, creator in found.items()]
    return {key: name for key, name in found.items() if names.count((key >> 8, name)) == 1}


def _inline(raw: bytes) -> str:
    return f"<InlineBinary>{b64encode(raw).decode('ascii')}</InlineBinary>\n" if raw else ""


def _name(number: int, text: str) -> str:
    """A PersonName with its groups in components (A.1.5)."""
    pieces = [f'<PersonName number="{number}">\n']
    for group, part in zip(_GROUPS, text.split("=", 2), strict=False):
        if part:
            pieces.append(f"<{group}>\n")
            parts = part.split("^", 4)
            # Delimiters at the end mean nothing (PS3.5 6.2.1); the last one is kept all the same.
            for at, (component, words) in enumerate(zip(_COMPONENTS, parts, strict=False), 1):
                if words or at == len(parts) > 1:
                    pieces.append(f"<{component}>{escape(words)}</{component}>\n")
            pieces.append(f"</{group}>\n")
    pieces.append("</PersonName>\n")
    return "".join(pieces)


# Tracebacks, reprs and pickles name the place that users import from
encode.__module__ = iter_encode.__module__ = "dicom_core.xml"
