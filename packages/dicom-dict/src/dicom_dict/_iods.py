"""Information object definitions: the module tables of PS3.3 Annex A, and the IOD of each storage SOP class."""

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from ._errors import UnknownEntry
from ._iod_modules import (
    Attribute,
    AttributeType,
    Frozen,
    MacroUse,
    Module,
    Usage,
    expand_module,
    macro,
    macros,
    module,
    module_of_table,
    modules,
)
from ._tag import Tag
from ._value_lists import Term, ValueList

__all__ = [
    "Attribute", "AttributeUse", "Iod", "MacroUse", "Module", "ModuleUse", "Term", "ValueList", "iod", "iod_of",
    "iods", "macro", "macros", "module", "modules",
]  # fmt: skip

_USAGES: Final[dict[str, Usage]] = {"M": "M", "C": "C", "U": "U"}


class ModuleUse(NamedTuple):
    """A module of an IOD."""

    name: str
    usage: Usage
    condition: str
    """Of a conditional module when it is required; of others what the table adds, mostly nothing."""
    information_entity: str | None
    """Patient, Study, Series, Image, ...; None where the sources do not have it (IODs new since 2024b)."""
    table: str

    @property
    def module(self) -> Module:
        """The module."""
        return module_of_table(self.table)


class AttributeUse(Frozen):
    """Everything that an IOD says about one tag at one level: several modules may list the same attribute."""

    __slots__ = ("tag", "uses")
    tag: Tag
    """Of a repeating group the lowest tag."""
    uses: tuple[tuple[ModuleUse, Attribute], ...]
    """Each module that lists the attribute, with its row; the strictest first."""

    def __init__(self, tag: Tag, uses: tuple[tuple[ModuleUse, Attribute], ...]) -> None:
        object.__setattr__(self, "tag", tag)
        object.__setattr__(self, "uses", tuple(sorted(uses, key=_strictness)))

    @property
    def module(self) -> ModuleUse:
        """The module with the strictest row."""
        return self.uses[0][0]

    @property
    def attribute(self) -> Attribute:
        """The strictest row: mandatory modules before others, then type 1 before 1C, 2, 2C and 3."""
        return self.uses[0][1]

    @property
    def type(self) -> AttributeType:
        """The type of the strictest row; it binds when its module is there."""
        return self.attribute.type

    @property
    def is_mandatory(self) -> bool:
        """Whether it is always there: type 1 or 2 of a mandatory module, in no conditional group or macro."""
        return _strictness(self.uses[0]) < _CONDITIONAL

    @property
    def nested(self) -> "Mapping[int, AttributeUse]":
        """What may be in the items of a sequence, of all the modules that list it, by tag."""
        return _merge(
            tuple(
                (use, inner)
                for use, attribute in self.uses
                for inner in attribute.nested
                if inner.tag is not None
            )
        )

    @property
    def is_open(self) -> bool:
        """Whether items may hold attributes that no table lists."""
        return any(attribute.is_open for _, attribute in self.uses)

    def __repr__(self) -> str:
        return f"<AttributeUse {self.tag} {self.attribute.keyword}, type {self.type or 'none'}, {self.module.name}>"


_CONDITIONAL = 2


def _strictness(use: tuple[ModuleUse, Attribute]) -> int:
    """0 and 1: always there, with or without a value. 2 and 3: if a module, a group or a condition wants it."""
    module, attribute = use
    group = attribute.functional_group
    always = (
        module.usage == "M"
        and (group is None or group.usage == "M")
        and not attribute.include_condition
    )
    kind = attribute.type
    if kind in {"", "3"}:
        return 4 if kind else 5
    return (0 if kind[0] == "1" else 1) + (0 if always and len(kind) == 1 else _CONDITIONAL)


class Iod(NamedTuple):
    """An information object definition."""

    name: str
    """As in the title of its table of modules: ``CT Image``."""
    modules: tuple[ModuleUse, ...]
    functional_groups: tuple[MacroUse, ...]
    """The functional group macros of a multi-frame IOD (PS3.3 C.7.6.16)."""
    sop_classes: tuple[str, ...]
    """The UIDs of the SOP classes that store it."""

    def attributes(self) -> "Mapping[int, AttributeUse]":
        """What each attribute at the top level of the data set shall be, by tag; sequences nest.

        Of a repeating group (60xx) the lowest tag stands for all: see `attribute`.

        >>> iod("CT Image").attributes()[0x00080060].type
        '1'
        """
        return _attributes(self.name)

    def attribute(self, tag: int) -> "AttributeUse | None":
        """What the IOD says about a tag at the top level, any group of a repeating one included; None: nothing."""
        known = self.attributes()
        found = known.get(tag)
        if found is None and tag >> 24 in {0x50, 0x60}:
            found = known.get(tag & 0xFF00FFFF)
            if found is not None and not found.attribute.matches(tag):
                return None
        return found

    def module(self, name: str) -> ModuleUse:
        """The use of a module by its name."""
        for use in self.modules:
            if use.name == name:
                return use
        from ._nearest import nearest

        names = [use.name for use in self.modules]
        raise UnknownEntry(f"module of the {self.name} IOD", name, nearest(name, names))


def iod(key: str) -> Iod:
    """The IOD of a name, or of the name, keyword or UID of a SOP class; ``UnknownEntry`` names the nearest ones.

    >>> iod("CT Image") is iod("CT Image Storage") is iod("1.2.840.10008.5.1.4.1.1.2")
    True
    """
    name = _names().get(key.removesuffix(" IOD"))
    if name is None:
        from ._nearest import nearest

        raise UnknownEntry("IOD", key, nearest(key, [text for text in _names() if " " in text]))
    return _make(name)


def iods() -> Iterator[Iod]:
    """Every IOD, in the order of PS3.3."""
    from ._generated.iods import IODS

    return map(_make, IODS)


def iod_of(sop_class_uid: str) -> Iod:
    """The IOD of a storage SOP class by its UID; ``UnknownEntry`` for a class that stores none."""
    if sop_class_uid not in _sop_classes():
        raise UnknownEntry("storage SOP class", sop_class_uid)
    return _make(_sop_classes()[sop_class_uid][1])


def functional_groups(name: str) -> tuple[MacroUse, ...]:
    """The functional group macros of an IOD; none without an IOD."""
    from ._generated.iods import GROUPS

    rows = (line.split("\t") for line in GROUPS.get(name, "").splitlines())
    return tuple(
        MacroUse(macro, _USAGES[usage], _condition(number), table)
        for macro, usage, _, table, number in rows
    )


@cache
def _make(name: str) -> Iod:
    from ._generated.iods import IODS

    rows = (line.split("\t") for line in IODS[name].splitlines())
    uses = tuple(
        ModuleUse(module, _USAGES[usage], _condition(number), entity or None, table)
        for module, usage, entity, table, number in rows
    )
    classes = tuple(uid for uid, (_, of) in _sop_classes().items() if of == name)
    return Iod(name, uses, functional_groups(name), classes)


@cache
def _sop_classes() -> dict[str, tuple[str, str]]:
    from ._generated.iods import SOP_CLASSES

    rows = (line.split("\t") for line in SOP_CLASSES.splitlines())
    return {uid: (name, of) for uid, name, of in rows}


@cache
def _names() -> dict[str, str]:
    """The IOD by each name it may be asked for."""
    from ._generated.iods import IODS

    found: dict[str, str] = {}
    for uid, (name, of) in _sop_classes().items():
        keyword = "".join(letter for letter in name if letter.isalnum())
        found |= {uid: of, name: of, keyword: of}
    return found | {name: name for name in IODS}


def _condition(number: str) -> str:
    return _conditions()[int(number)] if number else ""


@cache
def _conditions() -> list[str]:
    from ._generated.iods import CONDITIONS

    return CONDITIONS.splitlines()


@cache
def _attributes(name: str) -> "Mapping[int, AttributeUse]":
    return _merge(
        tuple(
            (use, attribute)
            for use in _make(name).modules
            if use.table
            for attribute in expand_module(use.table, name)
            if attribute.tag is not None
        )
    )


# A level is asked for once an item of a sequence; the bound is for those who walk every IOD.
@lru_cache(maxsize=2048)
def _merge(uses: tuple[tuple[ModuleUse, Attribute], ...]) -> "Mapping[int, AttributeUse]":
    by_tag: dict[Tag, list[tuple[ModuleUse, Attribute]]] = {}
    for use, attribute in uses:
        if attribute.tag is not None:
            by_tag.setdefault(attribute.tag, []).append((use, attribute))
    return MappingProxyType(
        {tag: AttributeUse(tag, tuple(found)) for tag, found in sorted(by_tag.items())}
    )


# Tracebacks, reprs and pickles name the place that users import from
ModuleUse.__module__ = AttributeUse.__module__ = Iod.__module__ = iod.__module__ = "dicom_dict"
iods.__module__ = iod_of.__module__ = "dicom_dict"
