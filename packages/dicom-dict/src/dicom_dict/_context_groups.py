"""The context groups of PS3.16 Annex B: value sets of coded concepts.

The generated table holds each group's rows as one string; a group is taken apart when it is asked
for, and kept.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from ._codes import Code
from ._errors import UnknownEntry

__all__ = ["ContextGroup", "context_group", "context_groups", "groups_of"]

_ROOT = "1.2.840.10008.6.1."


class ContextGroup:
    """A context group: its own rows, and those of the groups it includes.

    Iterating gives all codes, and ``in`` asks for a `Code` or a pair of value and scheme.
    """

    __slots__ = ("cid", "extensible", "keyword", "name", "rows", "uid", "version")

    cid: int
    name: str
    keyword: str
    uid: str
    version: str
    """The date of the group's last change (YYYYMMDD); empty where it is not versioned."""
    extensible: bool | None
    """Whether other codes may be used (PS3.16 6.2); None where no source says."""
    rows: tuple[Code | int, ...]
    """In the order of the standard: a code, or the number of a context group that is included."""

    def __init__(
        self,
        cid: int,
        name: str,
        keyword: str,
        uid: str,
        version: str,
        extensible: bool | None,
        rows: tuple[Code | int, ...],
    ) -> None:
        put = object.__setattr__
        put(self, "cid", cid)
        put(self, "name", name)
        put(self, "keyword", keyword)
        put(self, "uid", uid)
        put(self, "version", version)
        put(self, "extensible", extensible)
        put(self, "rows", rows)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a ContextGroup does not change; {name} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a ContextGroup does not change; {name} cannot be deleted")

    def __repr__(self) -> str:
        return f"<ContextGroup CID {self.cid} {self.name}>"

    def __reduce__(self) -> "tuple[Callable[[int], ContextGroup], tuple[int]]":
        return context_group, (self.cid,)

    def __iter__(self) -> Iterator[Code]:
        return iter(_codes(self.cid).values())

    def __contains__(self, key: object) -> bool:
        """Whether a `Code` or a pair of value and scheme is one of all codes."""
        if isinstance(key, Code):
            return (key.value, key.scheme) in _codes(self.cid)
        return isinstance(key, tuple) and key in _codes(self.cid)

    @property
    def is_retired(self) -> bool:
        """Whether the standard has withdrawn the group; its number is never used again."""
        return self.name.endswith("(Retired)")

    @property
    def own_codes(self) -> tuple[Code, ...]:
        """The codes that stand in this group itself."""
        return tuple(row for row in self.rows if isinstance(row, Code))

    @property
    def includes(self) -> tuple[int, ...]:
        """The numbers of the context groups that it includes directly."""
        return tuple(row for row in self.rows if isinstance(row, int))

    def codes(self) -> tuple[Code, ...]:
        """All codes, those of included groups at the place of the inclusion, each once."""
        return tuple(_codes(self.cid).values())

    def find(self, value: str, scheme: str | None = None) -> Code | None:
        """The code of this value (and scheme) among all codes, or None."""
        if scheme is not None:
            return _codes(self.cid).get((value, scheme))
        return next((code for code in _codes(self.cid).values() if code.value == value), None)


class _Header(NamedTuple):
    cid: int
    name: str
    keyword: str
    uid: str
    version: str
    extensible: bool | None


@cache
def _headers() -> dict[int, _Header]:
    from ._generated.context_groups import GROUPS

    found = {}
    for line in GROUPS.splitlines():
        cid, name, keyword, uid, version, extensible = line.split("\t")
        full = uid if not uid or "." in uid else _ROOT + uid
        flag = extensible == "1" if extensible else None
        found[int(cid)] = _Header(int(cid), name, keyword, full, version, flag)
    return found


@cache
def _by_text() -> Mapping[str, tuple[int, ...]]:
    """Numbers by name, keyword and UID; two groups share the name Calculation Method."""
    found: dict[str, tuple[int, ...]] = {}
    for header in _headers().values():
        for text in {header.name, header.keyword, header.uid} - {""}:
            found[text] = (*found.get(text, ()), header.cid)
    return MappingProxyType(found)


@cache  # bounded by the table
def _group(cid: int) -> ContextGroup:
    from ._generated.context_groups import ROWS

    rows: list[Code | int] = []
    for line in ROWS[cid].splitlines():
        scheme, value, meaning = line.split("\t")
        rows.append(Code(value, scheme, meaning) if scheme else int(value))
    header = _headers()[cid]
    return ContextGroup(*header, tuple(rows))


@cache  # bounded by the table
def _codes(cid: int) -> dict[tuple[str, str], Code]:
    found: dict[tuple[str, str], Code] = {}
    _collect(cid, found, set())
    return found


def _collect(cid: int, found: dict[tuple[str, str], Code], entered: set[int]) -> None:
    """Add the codes of a group in order; a group that includes itself is entered once."""
    if cid in entered:
        return
    entered.add(cid)
    for row in _group(cid).rows:
        if isinstance(row, int):
            _collect(row, found, entered)
        else:
            found.setdefault((row.value, row.scheme), row)


def context_group(key: int | str) -> ContextGroup:
    """The context group of this number, name, keyword or UID; ``UnknownEntry`` names the nearest.

    >>> Code("CT", "DCM") in context_group(29)
    True
    """
    if isinstance(key, str):
        text = key.removeprefix("CID").strip()
        if text.isdigit():
            key = int(text)
        else:
            cids = _by_text().get(key, ())
            if len(cids) != 1:
                raise _unknown(key, cids)
            return _group(cids[0])
    if key not in _headers():
        raise _unknown(key, ())
    return _group(key)


def _unknown(key: int | str, cids: tuple[int, ...]) -> UnknownEntry:
    """The error; of a name that several groups have it suggests their numbers."""
    from ._nearest import nearest

    if isinstance(key, int):
        near = sorted(_headers(), key=lambda cid: (abs(cid - key), cid))[:2]
    elif cids:
        near = list(cids)
    else:
        names = [header.name for header in _headers().values()]
        near = [_by_text()[name][0] for name in nearest(key, names)]
    asked = f"CID {key}" if isinstance(key, int) else key
    hints = [f"CID {cid} {_headers()[cid].name}" for cid in near]
    return UnknownEntry("context group", asked, hints)


def context_groups() -> Iterator[ContextGroup]:
    """Every context group, in the order of the numbers."""
    return (_group(cid) for cid in _headers())


@cache
def _cids_by_code() -> dict[tuple[str, str], tuple[int, ...]]:
    from ._generated.context_groups import ROWS

    lists: dict[tuple[str, str], list[int]] = {}
    for cid, text in ROWS.items():
        for line in text.splitlines():
            scheme, value, _ = line.split("\t", 2)
            if scheme:
                lists.setdefault((value, scheme), []).append(cid)
    return {key: tuple(cids) for key, cids in lists.items()}


def groups_of(code: "Code | tuple[str, str]") -> tuple[ContextGroup, ...]:
    """The context groups in which a code (or a value and scheme) itself stands; empty if none.

    Groups that only include one of these are not listed. The first call indexes all groups.
    """
    key = (code.value, code.scheme) if isinstance(code, Code) else code
    return tuple(_group(cid) for cid in _cids_by_code().get(key, ()))


# Tracebacks, reprs and pickles name the place that users import from
ContextGroup.__module__ = context_group.__module__ = context_groups.__module__ = "dicom_dict"
groups_of.__module__ = "dicom_dict"
