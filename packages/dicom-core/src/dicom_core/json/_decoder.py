"""Data sets from DICOM JSON (PS3.18 F.2), tolerant of what servers write, strict where it has two meanings."""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NoReturn, TypeAlias, TypedDict

from .._dataset import Dataset
from .._errors import LimitExceeded, ParseError
from .._file import DicomFile
from .._options import Limits
from ..values._person_name import joined_groups
from ._arguments import bytes_of, piece_of
from ._build import Builder, Number
from ._encoder import Encoder
from ._values import NonFinite

if TYPE_CHECKING:
    from ._bulk import Bulk, Resolver

__all__ = [
    "JsonAttribute",
    "JsonDataset",
    "decode",
    "decode_all",
    "from_dict",
    "iter_decode",
    "to_dict",
]

_DEFAULT: Final = Limits()
_PIECE: Final = 1 << 20
_GROUPS: Final = ("Alphabetic", "Ideographic", "Phonetic")


class JsonAttribute(TypedDict, total=False):
    """An attribute object (F.2.2)."""

    vr: str
    Value: list[object]
    BulkDataURI: str
    InlineBinary: str


JsonDataset: TypeAlias = dict[str, JsonAttribute]
"""A data set as the json module of Python gives it: eight digits of a tag -> attribute object."""


def decode(
    data: bytes | str, *, bulk: "Resolver | None" = None, limits: Limits = _DEFAULT
) -> Dataset:
    """One data set: an object, or an array that holds one.

    Numbers may be texts and the other way round, a vr may be missing where the dictionary has one,
    a value may stand without its array. What has two meanings is refused: names that stand twice,
    Value beside BulkDataURI or InlineBinary. Raises `ParseError` and `LimitExceeded`.
    A value behind a BulkDataURI is fetched through ``bulk`` when it is looked at.
    """
    found = decode_all(data, bulk=bulk, limits=limits)
    if len(found) != 1:
        raise ParseError(
            "json-structure", f"the array holds {len(found)} data sets, not one; use decode_all"
        )
    return found[0]


def decode_all(
    data: bytes | str, *, bulk: "Resolver | None" = None, limits: Limits = _DEFAULT
) -> list[Dataset]:
    """All data sets of an array (F.2.1), or the one that stands without an array."""
    return list(iter_decode(bytes_of(data), bulk=bulk, limits=limits))


def iter_decode(
    data: bytes | Iterable[bytes], *, bulk: "Resolver | None" = None, limits: Limits = _DEFAULT
) -> Iterator[Dataset]:
    """The data sets of an array, one after the other, from its bytes or from pieces of them.

    No more than one data set and one piece are held.
    """
    from ._stream import Decoder

    decoder = Decoder(bulk=bulk, limits=limits)
    given: object = data
    if isinstance(given, str) or not isinstance(given, Iterable):
        piece_of(given)  # says what is taken
    pieces = _pieces(data) if isinstance(data, bytes) else data
    for piece in pieces:
        yield from decoder.feed(piece)
    decoder.close()


def _pieces(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), _PIECE):
        yield data[start : start + _PIECE]


def to_dict(
    source: Dataset | DicomFile,
    *,
    bulk: "Bulk" = "inline",
    nonfinite: NonFinite = "null",
    keep_charset: bool = False,
) -> JsonDataset:
    """The model as dicts and lists, such as ``["00100010"]["Value"][0]["Alphabetic"]``."""
    encoder = Encoder(bulk=bulk, nonfinite=nonfinite, keep_charset=keep_charset)
    plain: JsonDataset = json.loads(encoder.text(source))
    return plain


def from_dict(
    model: Mapping[str, object], *, bulk: "Resolver | None" = None, limits: Limits = _DEFAULT
) -> Dataset:
    """A data set from dicts and lists: what `to_dict` gives, or what a JSON parser gave."""
    if not isinstance(model, Mapping):
        raise TypeError(f"from_dict takes a dict, not {type(model).__name__}; decode takes text")
    return build(Builder(limits, bulk), model)


def build(builder: Builder, model: Mapping[str, object]) -> Dataset:
    """One data set from a parsed object."""
    root = builder.root()
    try:
        _fill(builder, root, model)
    except RecursionError:
        raise LimitExceeded("depth", _DEFAULT.depth, "in the JSON text") from None
    return builder.finish(root)


# --- parsing ---------------------------------------------------------------------------------


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ParseError("json-duplicate", "a name stands twice in one object")
    return found


def _constant(_name: str) -> NoReturn:
    raise ParseError("json-number", "NaN and infinity are no numbers of JSON")


_parser: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=Number, parse_constant=_constant
)


def parse(raw: bytes, base: int) -> Mapping[str, object]:
    """One object from its UTF-8 text, which stands at ``base``."""
    try:
        found = _parser.decode(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ParseError("json-utf8", "this is no UTF-8", offset=base + error.start) from None
    except json.JSONDecodeError as error:
        at = len(error.doc[: error.pos].encode("utf-8", "surrogatepass"))
        raise ParseError(
            "json-syntax", f"this is no JSON ({error.msg})", offset=base + at
        ) from None
    except RecursionError:
        raise LimitExceeded("depth", raw.count(b"["), "in the JSON text") from None
    except ParseError as error:
        error.offset = base
        raise
    except ValueError:  # int() of Python refuses thousands of digits
        raise ParseError("json-number", "a number has too many digits", offset=base) from None
    assert isinstance(found, dict)
    return found


# --- from parsed objects to elements ---------------------------------------------------------


@lru_cache(maxsize=8192)
def _tag(name: str) -> int:
    if len(name) == 8 and name.isascii() and name.isalnum():
        try:
            return int(name, 16)
        except ValueError:
            pass
    raise ParseError("json-tag", "the name of an attribute is not the eight digits of a tag")


def _fill(builder: Builder, node: Dataset, model: Mapping[str, object]) -> None:
    later: list[tuple[int, Mapping[str, object]]] = []
    for name, attribute in model.items():
        tag = _tag(name)
        if not tag & 0xFFFF:
            continue  # a group length, which has no place here (F.2.2), would be wrong
        if attribute is None:
            attribute = {}
        if type(attribute) is not dict and not isinstance(attribute, Mapping):
            raise builder.wrong("structure", "the attribute is no object", node, tag)
        if attribute.get("vr") is None:
            later.append((tag, attribute))  # the VR may depend on elements that come after
        else:
            _attribute(builder, node, tag, attribute)
    for tag, attribute in later:
        _attribute(builder, node, tag, attribute)


def _attribute(builder: Builder, node: Dataset, tag: int, attribute: Mapping[str, object]) -> None:
    vr = builder.vr(node, tag, attribute.get("vr"))
    get = attribute.get
    value, inline, uri = get("Value"), get("InlineBinary"), get("BulkDataURI")
    if (value is not None) + (inline is not None) + (uri is not None) > 1:
        text = "more than one of Value, InlineBinary and BulkDataURI (F.2.2 allows one)"
        raise builder.wrong("ambiguous", text, node, tag)
    if value is not None:
        values = value if isinstance(value, list | tuple) else [value]
        if values:
            _values(builder, node, tag, vr, values)
            return
    elif inline is not None and inline != "":
        if not isinstance(inline, str):
            raise builder.wrong("structure", "InlineBinary is no text", node, tag)
        builder.inline(node, tag, vr, inline)
        return
    elif uri is not None:
        if not isinstance(uri, str):
            raise builder.wrong("structure", "BulkDataURI is no text", node, tag)
        builder.bulk(node, tag, vr, uri)
        return
    builder.empty(node, tag, vr)


def _values(
    builder: Builder, node: Dataset, tag: int, vr: str, values: list[object] | tuple[object, ...]
) -> None:
    kind = vr or _guess(values)
    if kind == "SQ":
        frame = builder.frame(node, tag)
        items: list[Dataset] = []
        for number, model in enumerate(values):
            item = builder.item(frame, number)
            if model is not None:
                if not isinstance(model, Mapping):
                    raise builder.wrong("structure", "an item is no object", node, tag)
                _fill(builder, item, model)
            items.append(item)
        builder.sequence(node, tag, items)
    elif kind == "PN":
        builder.text(node, tag, kind, [_name(builder, node, tag, value) for value in values])
    else:
        builder.values(node, tag, kind, values)


def _guess(values: list[object] | tuple[object, ...]) -> Literal["SQ", "PN", ""]:
    """What objects are where no vr is given and the dictionary knows none."""
    objects = [value for value in values if isinstance(value, Mapping)]
    if not objects:
        return ""
    return "PN" if any(name in value for value in objects for name in _GROUPS) else "SQ"


def _name(builder: Builder, node: Dataset, tag: int, value: object) -> str:
    """A person name from its groups; a plain text, as some servers write it, is taken as it is."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        groups = [value.get(name) or "" for name in _GROUPS]
        texts = [group for group in groups if isinstance(group, str)]
        if len(texts) == len(groups):
            return joined_groups(texts)
    raise builder.wrong("value", "a person name is no object of texts", node, tag)


# Tracebacks, reprs and pickles name the place that users import from
JsonAttribute.__module__ = decode.__module__ = decode_all.__module__ = "dicom_core.json"
iter_decode.__module__ = to_dict.__module__ = from_dict.__module__ = "dicom_core.json"
