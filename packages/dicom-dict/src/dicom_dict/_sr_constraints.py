"""What each SR IOD permits: relationships between value types, and root templates (PS3.3 A.35)."""

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from ._codes import Code
from ._errors import UnknownEntry

__all__ = ["Relationship", "RootTemplate", "SRConstraints", "sr_constraints", "sr_iods"]


class Relationship(NamedTuple):
    """A row of a relationship content constraints table, such as PS3.3 table A.35.3-2."""

    parent: str
    """The value type of the source content item."""
    relationship: str
    child: str
    """The value type of the target content item."""
    by_reference: bool
    """Whether the target may also be referenced instead of contained (PS3.3 C.17.3.2.5)."""


class RootTemplate(NamedTuple):
    """A template that a document of the IOD may begin with."""

    tid: str
    required: bool
    """Whether the IOD permits no other."""
    title: Code | None
    """If set, the document title that goes with this template."""
    procedure: Code | None
    """If set, the procedure reported that goes with it."""


class SRConstraints(NamedTuple):
    """The constraints of an SR IOD."""

    name: str
    sop_class_uid: str
    root_templates: tuple[RootTemplate, ...]
    relationships: tuple[Relationship, ...]

    @property
    def value_types(self) -> frozenset[str]:
        """Every value type that may occur."""
        return frozenset(v for row in self.relationships for v in (row.parent, row.child))

    def children(self, parent: str) -> tuple[Relationship, ...]:
        """What an item of this value type may be the source of."""
        return tuple(row for row in self.relationships if row.parent == parent)

    def permits(
        self, parent: str, relationship: str, child: str, *, by_reference: bool = False
    ) -> bool:
        """Whether the IOD permits this relationship, by value or by reference."""
        may_refer = _permitted(self.sop_class_uid).get((parent, relationship, child))
        return may_refer is not None and (may_refer or not by_reference)


@cache
def _names() -> Mapping[str, str]:
    """The names of the IODs by SOP class."""
    from ._generated.sr import IODS

    return MappingProxyType(dict(line.split("\t") for line in IODS.splitlines()))


@cache  # bounded by the table
def _constraints(uid: str) -> SRConstraints:
    from ._generated.sr import PERMITTED, ROOTS

    roots = tuple(
        _root(*line.split("\t")[1:]) for line in ROOTS.splitlines() if line.startswith(uid + "\t")
    )
    rows = (line.split("\t") for line in PERMITTED[uid].splitlines())
    relationships = tuple(Relationship(p, r, c, by == "1") for p, r, c, by in rows)
    return SRConstraints(_names()[uid], uid, roots, relationships)


@cache  # bounded by the table
def _permitted(uid: str) -> Mapping[tuple[str, str, str], bool]:
    rows = _constraints(uid).relationships
    return MappingProxyType({(r.parent, r.relationship, r.child): r.by_reference for r in rows})


def _root(tid: str, required: str, *concepts: str) -> RootTemplate:
    title, procedure = concepts[:3], concepts[3:]
    return RootTemplate(
        tid,
        required == "1",
        Code(*title) if title[0] else None,
        Code(*procedure) if procedure[0] else None,
    )


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()


def sr_constraints(key: str) -> SRConstraints:
    """The constraints of an SR IOD by its name or SOP class UID.

    >>> sr_constraints("Comprehensive SR").permits("NUM", "INFERRED FROM", "IMAGE")
    True
    """
    if key in _names():
        return _constraints(key)
    wanted = _plain(key).removesuffix("iod").removesuffix("storage")
    for uid, name in _names().items():
        if _plain(name) == wanted:
            return _constraints(uid)
    from ._nearest import nearest

    raise UnknownEntry("SR IOD", key, nearest(key, _names().values()))


def sr_iods() -> Iterator[SRConstraints]:
    """Every SR IOD whose constraints are known, in the order of the SOP classes."""
    return map(_constraints, sorted(_names()))


# Tracebacks, reprs and pickles name the place that users import from
Relationship.__module__ = RootTemplate.__module__ = SRConstraints.__module__ = "dicom_dict"
sr_constraints.__module__ = sr_iods.__module__ = "dicom_dict"
