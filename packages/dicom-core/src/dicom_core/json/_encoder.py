"""Data sets as DICOM JSON (PS3.18 F.2), from the bytes of the elements to text in one step.

Within a series most elements are the same bytes in every instance. What an element becomes is
remembered by its bytes, header included, for as long as one encoder is used.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from dicom_dict import Tag

from .._ambiguous import public_vrs
from .._dataset import Dataset
from .._errors import LimitExceeded
from .._file import DicomFile
from .._index import raw_element, vr_of
from .._kernel import EXPLICIT, EXPLICIT_BE, SHORT
from .._kernels import kernel as plain
from .._options import Limits
from ._arguments import checked_bulk, dataset_of, several
from ._bulk import BINARY_VRS, BulkPolicy
from ._field import choose_uri, encapsulated
from ._values import NonFinite, ValueText, inline, quote, value_texts

if TYPE_CHECKING:
    from .._charset import Charset
    from ._bulk import Bulk

__all__ = ["Encoder", "encode", "encode_array", "iter_encode"]

_REMEMBERED: Final = 20_000  # entries of a memo; it begins anew when it is full
_CHARSETS: Final = 16  # character sets that there is a memo for
_SMALL: Final = 512  # bytes of an element that is remembered
_CHARACTER_SET: Final = 0x00080005
_DEFAULT: Final = Limits()
_NONE: Final = Dataset()


def _utf8_character_set(raw: bytes, _charset: "Charset") -> str:
    """What (0008,0005) says where text is UTF-8 (F.2); nothing where it said nothing."""
    return ',"Value":["ISO_IR 192"]}' if raw.strip(b" \0") else "}"


def _kept_character_set(raw: bytes, charset: "Charset") -> str | None:
    return value_texts(True, "null")["CS"](raw, charset)


class _Heads(dict[bytes, "tuple[str, ValueText | None]"]):
    """The first bytes of a header (six, in implicit VR four) -> the text that the element begins with,
    and the function of its VR where the header alone tells it. A bounded memo of pure facts.
    """

    __slots__ = ("_character_set", "_texts")

    def __init__(self, texts: "dict[str, ValueText]", character_set: ValueText) -> None:
        self._texts = texts
        self._character_set = character_set

    def __missing__(self, head: bytes) -> "tuple[str, ValueText | None]":
        tag = _tag_at(head, 0)
        vr = head[4:].decode("latin-1") if len(head) == 6 else public_vrs().get(tag, "")
        value_text: ValueText | None = None
        if tag == _CHARACTER_SET:
            vr, value_text = "CS", self._character_set  # ours, whatever VR the file gave it
        elif tag & 0xFFFF and (len(head) == 4 or head[4:] in SHORT) and vr not in BINARY_VRS:
            value_text = self._texts.get(vr)
        if len(self) >= _REMEMBERED:
            self.clear()
        known = (f'"{tag:08X}":{{"vr":"{vr}"', value_text)
        self[head] = known
        return known


@lru_cache(maxsize=8)
def _heads(policy: NonFinite, keep_charset: bool) -> _Heads:
    character_set = _kept_character_set if keep_charset else _utf8_character_set
    return _Heads(value_texts(True, policy), character_set)


class Encoder:
    """Encodes data sets; what one has learnt from an instance speeds up the next of its series.

    ``bulk`` says what becomes of binary values. ``nonfinite`` says what becomes of NaN and infinity
    in FL and FD: ``null``, the bytes as InlineBinary, or a `ValueEncodeError`. Text is UTF-8 and
    Specific Character Set (0008,0005), where there is one, says so (F.2), unless ``keep_charset``.
    A value that breaks the rule of its VR is given as a string, or as UN where it is binary: encoding
    never fails because of a value. ``limits.depth`` bounds sequences in sequences. One encoder serves
    one thread at a time.
    """

    __slots__ = (
        "_big", "_bulk", "_character_set", "_depth", "_heads", "_limits", "_little", "_memos", "_root",
        "_small", "_taint",
    )  # fmt: skip

    def __init__(
        self,
        *,
        bulk: "Bulk" = "inline",
        nonfinite: NonFinite = "null",
        keep_charset: bool = False,
        limits: Limits = _DEFAULT,
    ) -> None:
        if nonfinite not in {"null", "binary", "error"}:
            raise ValueError("nonfinite is 'null', 'binary' or 'error'")
        self._bulk = checked_bulk(bulk)
        self._character_set = _kept_character_set if keep_charset else _utf8_character_set
        self._limits = limits
        self._little = value_texts(True, nonfinite)
        self._big = value_texts(False, nonfinite)
        self._memos: dict[tuple[int, Charset], dict[bytes, str]] = {}
        self._heads = _heads(nonfinite, keep_charset)
        self._depth = 0
        self._taint = 0  # grows whenever something depends on more than the bytes of an element
        self._root = _NONE
        # Short values of VRs that may become URIs are not to be remembered.
        small = isinstance(bulk, BulkPolicy) and not bulk.vrs <= BINARY_VRS
        self._small = (
            min(_SMALL, bulk.threshold) if small and isinstance(bulk, BulkPolicy) else _SMALL
        )

    def encode(self, source: Dataset | DicomFile) -> bytes:
        """One data set as a JSON object, in UTF-8; of a file, its data set."""
        return self.text(source).encode("utf-8")

    def text(self, source: Dataset | DicomFile) -> str:
        """The same as text."""
        dataset = dataset_of(source)
        self._root = dataset
        self._depth = 0
        try:
            return self._level(dataset)
        except RecursionError:
            raise LimitExceeded("depth", self._depth, "in the sequences to encode") from None
        finally:
            self._root = _NONE

    # --- one level ----------------------------------------------------------------------------

    def _level(self, node: Dataset) -> str:
        index = node._index
        odd, edits = node._odd, node._edits
        tags = plain.tags(index)
        pieces: list[str | None] = self._stored(node, tags) if tags else []
        if odd or edits:
            table = dict(zip(tags, pieces, strict=True))
            for tag in odd:
                table[tag] = self._element(node, tag)
            for tag, edit in (edits or {}).items():
                table[tag] = "" if edit is None else self._element(node, tag)
            pieces = [table[tag] for tag in sorted(table)]
        return "{" + ",".join(filter(None, pieces)) + "}"

    def _stored(self, node: Dataset, tags: list[int]) -> "list[str | None]":
        """The elements of the index."""
        frame = node._frame
        buf, encoding, small = frame.buf, frame.encoding, self._small
        if encoding == EXPLICIT_BE:
            return [self._element(node, tag) for tag in tags]
        charset = node._charset
        memo = self._memos.get((encoding, charset))
        if memo is None:
            if len(self._memos) >= _CHARSETS:
                self._memos.clear()
            memo = self._memos[encoding, charset] = {}
        index, end, find = node._index, min(node._end, len(buf)), plain.find
        # An element ends where the next begins or earlier: what stands between is part of the key.
        pieces = plain.remembered(buf, index, end, memo, small)
        for number, piece in enumerate(pieces):
            if piece is None:
                at = find(index, tags[number])
                after = find(index, tags[number + 1]) if number + 1 < len(tags) else end
                if 8 <= after - at <= small:
                    pieces[number] = self._new(node, buf[at:after], encoding, charset, memo)
                else:
                    pieces[number] = self._element(node, tags[number])
        return pieces

    def _new(
        self,
        node: Dataset,
        key: bytes,
        encoding: int,
        charset: "Charset",
        memo: dict[bytes, str],
    ) -> str:
        """A small element that was not met before."""
        if encoding == EXPLICIT:
            head = key[:6]
            length = key[6] | key[7] << 8
        else:
            head = key[:4]
            length = key[4] | key[5] << 8 | key[6] << 16 | key[7] << 24
        prefix, value_text = self._heads[head]
        taint = self._taint
        if value_text is None or length > len(key) - 8:
            piece = self._element(node, _tag_at(key, 0))
        else:
            raw = key[8 : 8 + length]
            suffix = value_text(raw, charset)
            piece = _unknown(_tag_at(key, 0), raw) if suffix is None else prefix + suffix
        if self._taint == taint:
            if len(memo) >= _REMEMBERED:
                memo.clear()
            memo[key] = piece
        return piece

    # --- one element, whatever it is ----------------------------------------------------------

    def _element(self, node: Dataset, tag: int) -> str:
        if not tag & 0xFFFF:
            return ""  # group lengths have no place in the model (F.2.2)
        found = raw_element(node, tag)
        assert found is not None
        vr = "CS" if tag == _CHARACTER_SET else vr_of(node, tag, found)
        if found.vr in {"", "UN"} and _depends(node, tag):
            self._taint += 1
        prefix = f'"{tag:08X}":{{"vr":"{vr}"'
        if vr == "SQ":
            return prefix + self._sequence(node, tag)
        if self._bulk != "inline" or found.handle is not None:
            uri = choose_uri(self._bulk, self._root, node, tag, vr, found)
            if uri is not None:
                self._taint += 1
                return f'{prefix},"BulkDataURI":{quote(uri)}}}' if uri else ""
        if found.undefined and vr in {"OB", "OW"}:
            return prefix + inline(encapsulated(node, tag))
        raw = found.raw(node._frame.reading.options.limits.value)
        if tag == _CHARACTER_SET:
            return prefix + (self._character_set(raw, node._charset) or "}")
        # UN is little endian even in a big endian data set (PS3.5 6.2.2)
        big = found.encoding == EXPLICIT_BE and found.vr != "UN"
        value_text = (self._big if big else self._little).get(vr)
        suffix = None if value_text is None else value_text(raw, found.charset or node._charset)
        return _unknown(tag, raw) if suffix is None else prefix + suffix

    def _sequence(self, node: Dataset, tag: int) -> str:
        items = node._load(tag)
        self._depth += 1
        if self._depth > self._limits.depth:
            raise LimitExceeded("depth", self._depth, f"in {Tag(tag)}")
        assert isinstance(items, Iterable)
        pieces = [self._level(item) for item in items]
        self._depth -= 1
        return f',"Value":[{",".join(pieces)}]}}' if pieces else "}"


def _depends(node: Dataset, tag: int) -> bool:
    """Whether the VR depends on Pixel Representation, on a private dictionary or the like."""
    if tag & 0x10000:
        return bool(node._frame.reading.options.private)
    return " " in public_vrs().get(tag, " ")


def _tag_at(buf: bytes, at: int) -> int:
    return buf[at + 1] << 24 | buf[at] << 16 | buf[at + 3] << 8 | buf[at + 2]


def _unknown(tag: int, raw: bytes) -> str:
    """Bytes that are no values of their VR, as what they are."""
    return f'"{tag:08X}":{{"vr":"UN"{inline(raw)}'


def encode(
    source: Dataset | DicomFile,
    *,
    bulk: "Bulk" = "inline",
    nonfinite: NonFinite = "null",
    keep_charset: bool = False,
    limits: Limits = _DEFAULT,
) -> bytes:
    """One data set as a DICOM JSON object in UTF-8; `Encoder` says what the options mean."""
    encoder = Encoder(bulk=bulk, nonfinite=nonfinite, keep_charset=keep_charset, limits=limits)
    return encoder.encode(source)


def iter_encode(
    sources: Iterable[Dataset | DicomFile],
    *,
    bulk: "Bulk" = "inline",
    nonfinite: NonFinite = "null",
    keep_charset: bool = False,
    limits: Limits = _DEFAULT,
) -> Iterator[bytes]:
    """Many data sets as one JSON array (F.2.1), a piece for each, holding none of them."""
    encoder = Encoder(bulk=bulk, nonfinite=nonfinite, keep_charset=keep_charset, limits=limits)
    before = "["
    for source in several(sources):
        yield (before + encoder.text(source)).encode("utf-8")
        before = ",\n"
    yield b"]" if before != "[" else b"[]"


def encode_array(
    sources: Iterable[Dataset | DicomFile],
    *,
    bulk: "Bulk" = "inline",
    nonfinite: NonFinite = "null",
    keep_charset: bool = False,
    limits: Limits = _DEFAULT,
) -> bytes:
    """The same array in one piece."""
    return b"".join(
        iter_encode(
            sources, bulk=bulk, nonfinite=nonfinite, keep_charset=keep_charset, limits=limits
        )
    )


# Tracebacks, reprs and pickles name the place that users import from
Encoder.__module__ = encode.__module__ = iter_encode.__module__ = "dicom_core.json"
encode_array.__module__ = "dicom_core.json"
