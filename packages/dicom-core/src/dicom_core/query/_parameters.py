"""The parameters of a QIDO-RS or UPS-RS search as a query, and back (PS3.18 8.3.4, 10.6.1, 11.9.1)."""

from collections.abc import Iterable
from typing import Final

from attrs import evolve

from dicom_dict import Tag

from .._errors import LimitExceeded
from ._errors import QueryError
from ._fields import vr_of_tag
from ._identifier import KEYS, ZONE, combined
from ._key import IgnoredKey, Key, path_text
from ._kinds import SequenceMatch, UIDList
from ._levels import InformationModel, QueryLevel, default_fields, unique_key
from ._moments import offset_minutes
from ._options import DEFAULT, MatchOptions
from ._query import Query
from ._tree import KeyTree, parse_path
from ._wire import key_texts

__all__ = ["from_parameters", "to_parameters"]

_SWITCHES: Final = {
    "fuzzymatching": "fuzzy_names",
    "emptyvaluematching": "empty_value",
    "multiplevaluematching": "multiple_values",
}
_CONTROL: Final = frozenset({0x00080005, 0x00080052, 0x00080053})
_DIGITS: Final = 12


def from_parameters(
    parameters: Iterable[tuple[str, str]],
    level: QueryLevel | str | None = QueryLevel.STUDY,
    *,
    study: str | None = None,
    series: str | None = None,
    model: InformationModel = InformationModel.STUDY_ROOT,
    options: MatchOptions = DEFAULT,
    defaults: bool = True,
) -> Query:
    """The query of a search transaction.

    ``parameters`` are names and values of the URL, already decoded from percent signs, without those that
    belong to HTTP (``accept``, ``charset``). ``study`` and ``series`` are UIDs of the path. ``level`` None with
    the model UPS searches workitems. ``defaults`` also asks for what a search of the level always gives.
    Raises `QueryError` whose ``key`` names the parameter.
    """
    wanted = QueryLevel(level) if level is not None and model.levels else None
    pairs = list(parameters)
    if len(pairs) > KEYS:
        raise LimitExceeded("query keys", len(pairs))
    reader = _Reader(pairs, options, relational=wanted is not None)
    tree = KeyTree(reader.options)
    for path, text in reader.creators:
        tree.creator(path, text)
    for path, text in reader.matches:
        _add(tree, path, text)
    for tag, uid in (
        (unique_key(QueryLevel.STUDY), study),
        (unique_key(QueryLevel.SERIES), series),
    ):
        if uid is not None:
            tree.add((tag,), [uid])
    fields: list[tuple[Tag, ...]] = []
    for path in reader.fields:
        # Asking for an attribute is a universal key (PS3.18 8.3.4.3); one deep in a sequence is not, since
        # it must not take other attributes out of the items.
        if len(path) > 1:
            fields.append(path)
        elif not tree.has(path[0]):
            tree.add(path, [])
    if defaults and wanted is not None:
        fields += [(tag,) for tag in _default_tags(wanted, study, series)]
    query = Query(
        model,
        wanted,
        tree.keys(),
        reader.options,
        tuple(dict.fromkeys(fields)),
        reader.all_fields,
        reader.limit,
        reader.offset or 0,
        reader.timezone,
        ignored=tuple(reader.ignored + tree.ignored),
    )
    return combined(query)


def _add(tree: KeyTree, path: tuple[Tag, ...], text: str) -> None:
    if vr_of_tag(path[-1]) == "UI":
        # A list has commas here, and backslashes in an identifier
        tree.add(path, [part.strip() for part in text.replace("\\", ",").split(",")])
    else:
        tree.add(path, [text])


def _default_tags(level: QueryLevel, study: str | None, series: str | None) -> list[Tag]:
    """Of a search across studies also what the studies give (PS3.18 tables 10.6.3-4, 10.6.3-5)."""
    tags = list(default_fields(level))
    if level is QueryLevel.IMAGE and series is None:
        tags += default_fields(QueryLevel.SERIES)
    if level in {QueryLevel.SERIES, QueryLevel.IMAGE} and study is None:
        tags += default_fields(QueryLevel.STUDY)
    return tags


class _Reader:
    """Sorts the parameters by what they are."""

    def __init__(
        self, pairs: list[tuple[str, str]], options: MatchOptions, *, relational: bool
    ) -> None:
        self.matches: list[tuple[tuple[Tag, ...], str]] = []
        self.creators: list[tuple[tuple[Tag, ...], str]] = []
        self.fields: dict[tuple[Tag, ...], None] = {}
        self.ignored: list[IgnoredKey] = []
        self.all_fields = False
        self.limit: int | None = None
        self.offset: int | None = None
        self.timezone: int | None = None
        # PS3.18 8.3.4.1.1: date and time are always joined
        self.options = evolve(
            options, combined_datetime=True, relational=relational or options.relational
        )
        seen: set[str] = set()
        for name, value in pairs:
            if name != "includefield" and name in seen:
                raise QueryError("repeated", "a parameter stands once", ascii(name[:80]))
            seen.add(name)
            self._take(name, value)

    def _take(self, name: str, value: str) -> None:
        if name in _SWITCHES:
            self.options = evolve(self.options, **{_SWITCHES[name]: _truth(name, value)})
        elif name == "limit":
            self.limit = _count(name, value)
        elif name == "offset":
            self.offset = _count(name, value)
        elif name == "includefield":
            self._include(value)
        else:
            self._match(parse_path(name), value)

    def _include(self, value: str) -> None:
        for part in value.split(","):
            text = part.strip()
            if text == "all":
                self.all_fields = True
            elif text:
                path = parse_path(text)
                if path[-1] & 0x10000 and len(path) > 1:
                    self.ignored.append(IgnoredKey(path, "unknown-private"))
                else:
                    self.fields[path] = None
                if len(self.fields) > KEYS:
                    raise LimitExceeded("query keys", len(self.fields))

    def _match(self, path: tuple[Tag, ...], value: str) -> None:
        tag = path[-1]
        if len(path) == 1 and tag == ZONE:
            self.timezone = offset_minutes(value.strip())
            if self.timezone is None:
                raise QueryError("value", "an offset is +HHMM or -HHMM", path_text(path))
            self.options = evolve(self.options, timezone=True)
        elif len(path) == 1 and tag in _CONTROL:
            self.ignored.append(IgnoredKey(path, "command"))
        elif tag & 0x10000 and 0x10 <= tag & 0xFFFF <= 0xFF:
            self.creators.append((path, value.strip()))
        else:
            self.matches.append((path, value))


def _truth(name: str, value: str) -> bool:
    if value not in {"true", "false"}:
        raise QueryError("switch", "true or false is needed", name)
    return value == "true"


def _count(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit()) or len(value) > _DIGITS:
        raise QueryError("paging", f"a whole number of at most {_DIGITS} digits is needed", name)
    return int(value)


def to_parameters(query: Query) -> list[tuple[str, str]]:
    """The parameters that ask a query, not yet encoded for a URL.

    ``fields`` become includefield, level and model are matters of the path. Private keys go as digits.
    """
    found = _pairs(query.keys, ())
    if query.timezone is not None:
        sign = "-" if query.timezone < 0 else "+"
        hours, minutes = divmod(abs(query.timezone), 60)
        found.append(("TimezoneOffsetFromUTC", f"{sign}{hours:02d}{minutes:02d}"))
    if query.all_fields:
        found.append(("includefield", "all"))
    else:
        found += [("includefield", path_text(path)) for path in query.fields]
    if query.options.fuzzy_names:
        found.append(("fuzzymatching", "true"))
    if query.options.empty_value:
        found.append(("emptyvaluematching", "true"))
    if query.options.multiple_values:
        found.append(("multiplevaluematching", "true"))
    if query.limit is not None:
        found.append(("limit", str(query.limit)))
    if query.offset:
        found.append(("offset", str(query.offset)))
    return found


def _pairs(keys: tuple[Key, ...], above: tuple[Tag, ...]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key in keys:
        path = (*above, key.tag)
        if key.creator is not None:
            found.append(
                (path_text((*above, Tag(key.tag & 0xFFFF0000 | key.tag >> 8 & 0xFF))), key.creator)
            )
        if isinstance(key.match, SequenceMatch):
            found += _pairs(key.match.keys, path)
            continue
        texts = key_texts(key, keys)
        separator = "," if isinstance(key.match, UIDList) else "\\"
        if texts:
            found.append((path_text(path), separator.join(texts)))
        else:
            found.append(("includefield", path_text(path)))
    return found


# Tracebacks, reprs and pickles name the place that users import from
from_parameters.__module__ = to_parameters.__module__ = "dicom_core.query"
