"""C-FIND identifiers as queries, and queries as identifiers (PS3.4 C.4.1.1.3, K.4.1.1.3, CC.2.8.3)."""

from typing import TYPE_CHECKING, Final

from attrs import evolve

from dicom_dict import Tag

from .._element import TEXT, DataElement
from .._errors import LimitExceeded, ValueDecodeError
from .._private import creator_of
from .._sequence import Sequence
from ..values import RULES
from ._elements import put_text
from ._errors import QueryError
from ._key import IgnoredKey, Key, path_text
from ._kinds import SequenceMatch, Universal
from ._levels import InformationModel, QueryLevel, unique_key
from ._moments import offset_minutes
from ._options import DEFAULT, MatchOptions
from ._query import Query
from ._values import MATCHABLE, match_of, split_values
from ._wire import key_texts

if TYPE_CHECKING:
    from .._dataset import Dataset

__all__ = ["from_identifier", "to_identifier"]

CHARACTER_SET: Final = 0x00080005
LEVEL: Final = 0x00080052
VIEW: Final = 0x00080053
ZONE: Final = 0x00080201
_CONTROL: Final = frozenset({CHARACTER_SET, LEVEL, VIEW, ZONE})
DEPTH: Final = 16
"""Sequences in sequences of a query."""
KEYS: Final = 10_000
"""Keys of a query, all levels."""


def from_identifier(
    identifier: "Dataset",
    model: InformationModel = InformationModel.STUDY_ROOT,
    options: MatchOptions = DEFAULT,
) -> Query:
    """The query that a C-FIND request identifier asks.

    Raises `QueryError` where it breaks a rule of matching, `LimitExceeded` beyond 10,000 keys. Keys that nobody can
    match are in ``ignored``. Whether the keys fit their level is a question of its own: `Query.check_levels`.
    """
    level = _level(identifier, model)
    reader = _Reader(options)
    keys = reader.keys(identifier, ())
    zone = offset_minutes(identifier.get(ZONE))
    charset = identifier.get(CHARACTER_SET)
    view = identifier.get(VIEW)
    query = Query(
        model,
        level,
        keys,
        options,
        timezone=zone,
        charset=tuple(str(term) for term in charset) if isinstance(charset, tuple) else (),
        view=str(view or ""),
        ignored=tuple(reader.ignored),
    )
    return combined(query)


def _level(identifier: "Dataset", model: InformationModel) -> QueryLevel | None:
    if not model.levels:
        return None
    value = identifier.get(LEVEL)
    if value not in model.levels:
        raise QueryError(
            "level", f"one of {', '.join(model.levels)} is needed", "QueryRetrieveLevel"
        )
    return QueryLevel(str(value))


class _Reader:
    """Goes over an identifier and counts what it finds."""

    def __init__(self, options: MatchOptions) -> None:
        self.options = options
        self.ignored: list[IgnoredKey] = []
        self.count = 0

    def keys(self, dataset: "Dataset", path: tuple[Tag, ...]) -> tuple[Key, ...]:
        if len(path) > DEPTH:
            raise LimitExceeded("query depth", len(path), path_text(path))
        found = []
        for element in dataset.elements():
            self.count += 1
            if self.count > KEYS:
                raise LimitExceeded("query keys", self.count)
            key = self._key(dataset, element, (*path, element.tag))
            if key is not None:
                found.append(key)
        return tuple(found)

    def _key(self, dataset: "Dataset", element: DataElement, path: tuple[Tag, ...]) -> Key | None:
        tag, vr = element.tag, element.vr
        if tag & 0xFFFF == 0 or (len(path) == 1 and tag in _CONTROL) or tag == CHARACTER_SET:
            return None
        if tag < 0x00080000:
            self._ignore(path, "command")
            return None
        creator = None
        if tag & 0x10000:
            if 0x10 <= tag & 0xFFFF <= 0xFF:
                return None  # a creator: the keys of its block carry it
            creator = creator_of(dataset, tag)
            if not creator:
                self._ignore(path, "unknown-private")
                return None
        if vr not in MATCHABLE:
            if not element.is_empty:
                self._ignore(path, "not-matchable")
                return None
            return Key(tag, vr, Universal(), creator)
        if vr == "SQ":
            return self._sequence(element, path, creator)
        values = _values_of(element, path_text(path))
        return Key(tag, vr, match_of(tag, vr, values, self.options, path_text(path)), creator)

    def _sequence(self, element: DataElement, path: tuple[Tag, ...], creator: str | None) -> Key:
        items = element.value
        count = len(items) if isinstance(items, Sequence) else 0
        if count > 1:
            raise QueryError(
                "sequence", f"a sequence key has one item, not {count}", path_text(path)
            )
        if not isinstance(items, Sequence) or not count:
            return Key(element.tag, "SQ", Universal(), creator)
        keys = self.keys(items[0], path)
        # An empty item asks for the whole sequence (C.2.2.2.6)
        return Key(element.tag, "SQ", SequenceMatch(keys) if keys else Universal(), creator)

    def _ignore(self, path: tuple[Tag, ...], reason: str) -> None:
        self.ignored.append(IgnoredKey(path, reason))


def _values_of(element: DataElement, path: str) -> list[str | float]:
    if element.vr in TEXT or element.vr in {"DS", "IS"}:
        text = element.text
        return list(split_values(element.vr, text)) if text.strip(" \0") else []
    try:
        value = element.value
    except ValueDecodeError as bad:
        raise QueryError("value", f"the value is not {bad.rule}", path) from None
    if value is None:
        return []
    several = value if isinstance(value, tuple) else (value,)
    return [one for one in several if isinstance(one, str | int | float)]


def combined(query: Query) -> Query:
    """The query with its pairs of date and time joined, where that was agreed on (C.2.2.2.5.4)."""
    if not query.options.combined_datetime:
        return query
    from ._combine import combine

    return evolve(query, keys=combine(query.keys))


def to_identifier(query: Query) -> "Dataset":
    """The identifier that asks a query by C-FIND; universal keys for the fields that are wanted.

    ``limit``, ``offset`` and ``all_fields`` have no place in an identifier.
    """
    from .._dataset import Dataset
    from ._fields import place

    identifier = Dataset()
    if query.charset:
        identifier.set(CHARACTER_SET, "CS", list(query.charset))
    if query.level is not None:
        identifier.set(LEVEL, "CS", str(query.level))
    if query.view:
        identifier.set(VIEW, "CS", query.view)
    if query.timezone is not None:
        sign = "-" if query.timezone < 0 else "+"
        hours, minutes = divmod(abs(query.timezone), 60)
        identifier.set(ZONE, "SH", f"{sign}{hours:02d}{minutes:02d}")
    _put(identifier, query.keys)
    for path in query.fields:
        place(identifier, path)
    if query.level is not None and unique_key(query.level) not in identifier:
        identifier[unique_key(query.level)] = None
    return identifier


def _put(target: "Dataset", keys: tuple[Key, ...]) -> None:
    from .._dataset import Dataset

    for key in keys:
        if key.creator is not None:
            target.set(key.tag & 0xFFFF0000 | key.tag >> 8 & 0xFF, "LO", key.creator)
        if isinstance(key.match, SequenceMatch):
            item = Dataset()
            _put(item, key.match.keys)
            target.set(key.tag, "SQ", [item])
        elif key.vr == "SQ":
            target.set(key.tag, "SQ", None)
        else:
            _put_values(target, key, keys)


def _put_values(target: "Dataset", key: Key, siblings: tuple[Key, ...]) -> None:
    texts = key_texts(key, siblings)
    if not texts:
        target.set(key.tag, key.vr or "UN", None)
    elif RULES.get(key.vr, RULES["UN"]).size > 1:
        numbers = [
            float(text) if key.vr in {"FD", "FL"} else int(text, _base(key.vr)) for text in texts
        ]
        target.set(key.tag, key.vr, numbers)
    else:
        put_text(target, key.tag, key.vr or "UN", "\\".join(texts))


def _base(vr: str) -> int:
    return 16 if vr == "AT" else 10


# Tracebacks, reprs and pickles name the place that users import from
from_identifier.__module__ = to_identifier.__module__ = "dicom_core.query"
