"""Modules and macros of PS3.3, and the tree of their attributes with the macros put in place.

The generated table of a module is a string with a row an attribute or an include. It is taken apart when
somebody asks for that module, and a sequence when somebody looks into it: macros that contain themselves
(a content item has content items) are no trouble, since a level is made when it is reached, and once.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Final, Literal, NamedTuple, NoReturn

from ._elements import find_element
from ._errors import UnknownEntry
from ._tag import Tag
from ._value_lists import ValueList, value_lists

__all__ = [
    "Attribute", "AttributeType", "Frozen", "MacroUse", "Module", "Usage", "expand_module", "macro", "macros", "module",
    "module_of_table", "modules",
]  # fmt: skip

AttributeType = Literal["1", "1C", "2", "2C", "3", ""]
"""PS3.5 7.4; empty where the table has no Type column (modules of normalized services)."""
Usage = Literal["M", "C", "U"]
"""Mandatory, conditional, user option (PS3.3 A.1.3)."""

_TYPES: Final[dict[str, AttributeType]] = {
    "1": "1",
    "1C": "1C",
    "2": "2",
    "2C": "2C",
    "3": "3",
    "": "",
}
_FUNCTIONAL_GROUPS = "+IODFunctionalGroupMacros"


class MacroUse(NamedTuple):
    """A functional group macro of an IOD."""

    name: str
    usage: Usage
    condition: str
    """Of a conditional macro when it is required; of others what the table adds, mostly nothing."""
    table: str

    @property
    def macro(self) -> "Module":
        """The macro."""
        return module_of_table(self.table)


class _Row(NamedTuple):
    depth: int
    key: str
    """A tag, a tag with x, + and a table, or nothing."""
    type: AttributeType
    condition: str
    note: str
    path: str


class Frozen:
    """A value whose fields are set once, by its constructor."""

    __slots__ = ()

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(
            f"{type(self).__name__} is immutable; {name} cannot be set", name=name, obj=self
        )

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(
            f"{type(self).__name__} is immutable; {name} cannot be deleted", name=name, obj=self
        )


class _Context(NamedTuple):
    """What rows are made for."""

    iod: str
    """The IOD whose functional groups are wanted; empty: none."""
    group: MacroUse | None = None
    """The functional group macro that the rows are the top of."""
    given: str = ""
    """The condition of the include that brings them."""
    overrides: tuple[tuple[str, AttributeType, str], ...] = ()
    """Tag, type and condition of attributes that the include changes."""


_Part = tuple[str, int, int]
"""Rows of a table: its number, the first row, and their depth; they end where a row is less deep."""


class Attribute(Frozen):
    """An attribute as a module or macro uses it: its type there, and what may be inside."""

    __slots__ = (
        "_iod", "_parts", "condition", "functional_group", "include_condition", "keyword", "name",
        "path", "pattern", "table", "tag", "type",
    )  # fmt: skip
    tag: Tag | None
    """None for a row such as "Any Attribute from the top level Data Set"; of a repeating group the lowest tag."""
    keyword: str
    name: str
    type: AttributeType
    condition: str
    """Of types 1C and 2C the sentences that say when it is required, as far as the sources have them."""
    pattern: str
    """Of an attribute of a repeating group its mask, such as ``60xx3000``; else empty."""
    table: str
    """The number of the table of PS3.3 whose row this is."""
    path: str
    """The tags that lead to it in that table."""
    functional_group: MacroUse | None
    """The functional group macro of the IOD that brings it, for the attributes at the top of such a macro."""
    include_condition: str
    """When the macro that brings it is to be there, such as "Include if and only if Value Type (0040,A040) is
    NUM."; empty: always. The type binds under this condition."""
    _parts: tuple[_Part, ...]
    _iod: str

    def __init__(self, row: _Row, table: str, parts: tuple[_Part, ...], context: _Context) -> None:
        put = object.__setattr__
        number = row.key.replace("x", "0")
        entry = find_element(int(number, 16)) if number else None
        kind, condition = row.type, row.condition
        for tag, changed, when in context.overrides:
            if tag == row.key:
                kind, condition = changed, when
        # The functional groups, the only rows that depend on the IOD, are looked for where they stand.
        wants = any(below.key == _FUNCTIONAL_GROUPS for part in parts for below in _of_part(part))
        put(self, "tag", Tag(int(number, 16)) if number else None)
        put(self, "keyword", entry.keyword if entry else "")
        put(self, "name", entry.name if entry else row.note)
        put(self, "type", kind)
        put(self, "condition", condition)
        put(self, "pattern", row.key if number != row.key else "")
        put(self, "table", table)
        put(self, "path", row.path)
        put(self, "functional_group", context.group)
        put(self, "include_condition", context.given)
        put(self, "_parts", parts)
        put(self, "_iod", context.iod if wants else "")

    def _with_part(self, part: _Part) -> "Attribute":
        """The same with more rows in its items."""
        made = object.__new__(Attribute)
        for name in Attribute.__slots__:
            value = (*self._parts, part) if name == "_parts" else getattr(self, name)
            object.__setattr__(made, name, value)
        return made

    @property
    def nested(self) -> "tuple[Attribute, ...]":
        """The attributes of the items of a sequence, macros put in place; none for anything else."""
        return _expand(self._parts, self._iod) if self._parts else ()

    @property
    def is_open(self) -> bool:
        """Whether items may hold attributes that no table lists ("Any Attribute ...")."""
        return any(inner.tag is None for inner in self.nested)

    @property
    def value_lists(self) -> tuple[ValueList, ...]:
        """The lists of values in the description, Enumerated Values and Defined Terms."""
        return value_lists(self.table, self.path)

    @property
    def enumerated_values(self) -> tuple[str, ...]:
        """The only values allowed; none where there is no list that holds always and for every value."""
        return self._values("enumerated")

    @property
    def defined_terms(self) -> tuple[str, ...]:
        """The Defined Terms, of lists that hold always and for every value; other values are allowed beside them."""
        return self._values("defined")

    def _values(self, kind: str) -> tuple[str, ...]:
        return tuple(
            value
            for found in self.value_lists
            if found.kind == kind and found.number is None and not found.condition
            for value in found.values
        )

    def matches(self, tag: int) -> bool:
        """Whether this is the row of a tag, in any group of a repeating one."""
        if self.tag is None:
            return False
        return tag == self.tag if not self.pattern else _fits(tag, self.pattern)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Attribute):
            return NotImplemented
        return self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in _COMPARED)

    def __repr__(self) -> str:
        return f"<Attribute {self.tag or 'any'} {self.keyword or self.name}, type {self.type or 'none'}, table {self.table}>"


_COMPARED = tuple(
    name for name in Attribute.__slots__ if name not in {"keyword", "name", "pattern", "tag"}
)


class Module(Frozen):
    """A module or a macro: a named table of attributes."""

    __slots__ = ("is_macro", "name", "section", "table")
    name: str
    section: str
    """The section of PS3.3, such as ``C.7.1.1``; empty where the sources do not tell it (some macros)."""
    table: str
    """The number of the table, such as ``C.7-1``."""
    is_macro: bool

    def __init__(self, name: str, section: str, table: str, is_macro: bool) -> None:
        put = object.__setattr__
        put(self, "name", name)
        put(self, "section", section)
        put(self, "table", table)
        put(self, "is_macro", is_macro)

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """The attributes in the order of the table, macros put in place.

        The functional groups of a multi-frame image are those of its IOD: see `Iod.attributes`.
        """
        return expand_module(self.table, "")

    def attribute(self, key: int | str) -> Attribute:
        """The attribute of a tag, keyword or name at the top level of the table."""
        entry = find_element(key)
        for found in self.attributes:
            if entry is not None and found.matches(entry.tag):
                return found
        raise _unknown(
            f"attribute of the {self!r}", str(key), [found.keyword for found in self.attributes]
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Module) and self.table == other.table

    def __hash__(self) -> int:
        return hash(self.table)

    def __repr__(self) -> str:
        return f"<{'Macro' if self.is_macro else 'Module'} {self.name}, PS3.3 table {self.table}>"


def module(key: str) -> Module:
    """The module of a name, or of the number of its table; ``UnknownEntry`` names the nearest ones.

    >>> module("Patient").attribute("PatientName").type
    '2'
    """
    return _find("module", key, lambda found: not found.is_macro)


def macro(key: str) -> Module:
    """The macro of a name, or of the number of its table; ``UnknownEntry`` names the nearest ones.

    >>> macro("Code Sequence").section
    '8.8'
    """
    return _find("macro", key, lambda found: found.is_macro)


def modules() -> Iterator[Module]:
    """Every module, in the order of PS3.3."""
    return (found for found in _catalogue().values() if not found.is_macro)


def macros() -> Iterator[Module]:
    """Every macro, in the order of PS3.3."""
    return (found for found in _catalogue().values() if found.is_macro)


def module_of_table(table: str) -> Module:
    """The module or macro of a table's number, such as ``C.7-1``."""
    found = _catalogue().get(table)
    if found is None:
        raise _unknown("module or macro table", table, _catalogue())
    return found


def expand_module(table: str, iod: str) -> tuple[Attribute, ...]:
    """The attributes of a table, with the functional groups of this IOD where the table asks for them."""
    return _expand(((table, 0, 0),), iod)


def _find(what: str, key: str, fits: Callable[[Module], bool]) -> Module:
    found = _by_name().get((what == "macro", key))
    if found is None:
        found = _catalogue().get(key)
    if found is None or not fits(found):
        raise _unknown(what, key, [each.name for each in _catalogue().values() if fits(each)])
    return found


def _unknown(what: str, key: str, names: "list[str] | Mapping[str, Module]") -> UnknownEntry:
    from ._nearest import nearest

    return UnknownEntry(what, key, nearest(key, names))


@cache
def _catalogue() -> dict[str, Module]:
    from ._generated.modules import CAPTIONS

    rows = (line.split("\t") for line in CAPTIONS.splitlines())
    return {
        table: Module(name, section, table, kind == "Macro") for table, name, kind, section in rows
    }


@cache
def _by_name() -> dict[tuple[bool, str], Module]:
    return {(found.is_macro, found.name): found for found in _catalogue().values()}


@cache
def _conditions() -> list[str]:
    from ._generated.modules import CONDITIONS

    return CONDITIONS.splitlines()


@cache
def _rows(table: str) -> tuple[_Row, ...]:
    from ._generated.modules import TABLES

    made = []
    above: list[str] = []
    for line in TABLES.get(table, "").splitlines():
        depth, key, kind, number, note = line.split("\t")
        level = int(depth)
        del above[level:]
        above += ["?"] * (level - len(above))
        if not key.startswith("+"):
            above.append(key or "-")
        condition = _conditions()[int(number)] if number else ""
        made.append(_Row(level, key, _TYPES[kind], condition, note, ".".join(above)))
    return tuple(made)


@cache
def _expand(parts: tuple[_Part, ...], iod: str) -> tuple[Attribute, ...]:
    """The attributes of rows. The memo closes the circles of macros that contain themselves, so it is bounded."""
    return tuple(found for part in parts for found in _level(part, _Context(iod)))


def _of_part(part: _Part) -> Iterator[_Row]:
    """The rows of a part, those of deeper levels included."""
    table, at, depth = part
    rows = _rows(table)
    while at < len(rows) and rows[at].depth >= depth:
        yield rows[at]
        at += 1


def _level(part: _Part, context: _Context) -> Iterator[Attribute]:
    table, at, depth = part
    rows = _rows(table)
    while at < len(rows) and rows[at].depth >= depth:
        row, end = rows[at], at + 1
        while end < len(rows) and rows[end].depth > depth:
            end += 1
        inside = ((table, at + 1, depth + 1),) if end > at + 1 else ()
        if row.key.startswith("+"):
            included = list(_included(row, context))
            for below in inside:
                _extend(included, below)
            yield from included
        else:
            yield Attribute(row, table, inside, context)
        at = end


def _included(row: _Row, context: _Context) -> Iterator[Attribute]:
    if row.key == _FUNCTIONAL_GROUPS:
        from ._iods import functional_groups

        for use in functional_groups(context.iod):
            yield from _level((use.table, 0, 0), _Context("", use))
        return
    # "in this Module, Code Meaning (0008,0104) shall be Type 3": then a condition beside it is of that attribute.
    changed = []
    given = row.condition
    for text in row.note.split():
        tag, _, kind = text.partition("=")
        changed.append((tag, _TYPES[kind], row.condition))
        given = ""
    both = f"{context.given} {given}".strip()
    yield from _level(
        (row.key[1:], 0, 0), context._replace(given=both, overrides=(*context.overrides, *changed))
    )


def _extend(included: list[Attribute], part: _Part) -> None:
    """Rows deeper than an include stand in the items of the last sequence that it brings (C.18.4-1)."""
    for at in range(len(included) - 1, -1, -1):
        if included[at]._parts:
            included[at] = included[at]._with_part(part)
            return


def _fits(tag: int, pattern: str) -> bool:
    digits = f"{tag:08X}"
    return (
        all(mask in {"x", digit} for mask, digit in zip(pattern, digits, strict=True))
        and not tag >> 16 & 1
    )


# Tracebacks, reprs and pickles name the place that users import from
MacroUse.__module__ = Attribute.__module__ = Module.__module__ = module.__module__ = "dicom_dict"
macro.__module__ = modules.__module__ = macros.__module__ = "dicom_dict"
