"""Data sets as DICOM JSON (PS3.18 F.2), from the bytes of the elements to text in one step.

Within a series most elements are the same bytes in every instance. What an element becomes is
remembered by its bytes, header included, for as long as one encoder is used.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from dicom_dict import Tag

from .._ambiguous import public_vrs
from .._dataset import Dataset
from .._errors import LimitExceeded
from .._file import DicomFile
from .._index import charset_in, raw_element, vr_of
from .._kernel import EXPLICIT_BE
from .._kernels import kernel as plain
from .._options import Limits
from ._arguments import checked_bulk, dataset_of, several
from ._bulk import BINARY_VRS, BulkPolicy
from ._field import choose_uri, encapsulated
from ._heads import heads, kept_character_set, utf8_character_set
from ._small import Small, tag_at, unknown
from ._values import NonFinite, inline, quote, value_texts

if TYPE_CHECKING:
    from .._charset import Charset
    from ._bulk import Bulk

__all__ = ["Encoder", "encode", "encode_array", "iter_encode"]

_CHARSETS: Final = 16  # character sets that there is a memo for
_SMALL: Final = 512  # bytes of an element that is remembered
_CHARACTER_SET: Final = 0x00080005
_DEFAULT: Final = Limits()
_NONE: Final = Dataset()


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
        "_big", "_bulk", "_character_set", "_depth", "_heads", "_limits", "_little", "_root", "_small",
        "_smalls", "_taint",
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
        self._character_set = kept_character_set if keep_charset else utf8_character_set
        self._limits = limits
        self._little = value_texts(True, nonfinite)
        self._big = value_texts(False, nonfinite)
        self._smalls: dict[tuple[int, Charset], Small] = {}
        self._heads = heads(nonfinite, keep_charset)
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
        index, odd = node._index, node._odd
        edited: list[int] = []
        if node._edits or node._values:  # what nobody touched does not need the writer's modules
            from .._encode import edited_tags

            edited = edited_tags(node)
        behind = not odd or min(odd) > plain.last_tag(index)
        if behind and odd.solid and not edited:
            pieces = self._stored(node, True, edited)
            pieces += [self._element(node, tag) for tag in sorted(odd)]
        else:
            stored = self._stored(node, False, edited)
            table = dict(zip(plain.tags(index), stored, strict=True))
            edits = node._edits or {}
            for tag in (*odd, *edited):
                gone = tag in edits and edits[tag] is None
                table[tag] = "" if gone else self._element(node, tag)
            pieces = [table[tag] for tag in sorted(table)]
        return "{" + ",".join(filter(None, pieces)) + "}"

    def _stored(self, node: Dataset, solid: bool, edited: list[int]) -> list[str]:
        """The elements of the index but those that are edited; where they stand one after the other,
        and nothing else is there, several may be one piece.
        """
        frame = node._frame
        buf, encoding = frame.buf, frame.encoding
        if encoding == EXPLICIT_BE:
            tags = plain.tags(node._index)
            return ["" if tag in edited else self._element(node, tag) for tag in tags]
        charset = charset_in(node)
        small = self._smalls.get((encoding, charset))
        if small is None:
            if len(self._smalls) >= _CHARSETS:
                self._smalls.clear()
            small = Small(self._heads, encoding, charset, self._small)
            self._smalls[encoding, charset] = small
        pieces, missing = small.level(
            buf,
            node._index,
            min(node._end, len(buf)),
            solid and node is self._root,
            self._limits.depth - self._depth,
        )
        places = iter(missing)
        for place, at, after in zip(places, places, places, strict=True):
            tag = tag_at(buf, at)
            if tag not in edited:
                taint = self._taint
                pieces[place] = piece = self._element(node, tag)
                if self._taint == taint and 8 <= after - at <= self._small:
                    small.keep(buf[at:after], piece)
        return pieces

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
            return prefix + (self._character_set(raw, charset_in(node)) or "}")
        # UN is little endian even in a big endian data set (PS3.5 6.2.2)
        big = found.encoding == EXPLICIT_BE and found.vr != "UN"
        value_text = (self._big if big else self._little).get(vr)
        suffix = None if value_text is None else value_text(raw, found.charset or charset_in(node))
        return unknown(tag, raw) if suffix is None else prefix + suffix

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
