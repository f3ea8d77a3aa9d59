"""The SR templates of PS3.16 Annexes A and C.

No edition of all templates could be had in one piece: each one says where it comes from, and which
references are guesses or open. The generated table holds a template's rows as one string; a template
is taken apart when it is asked for, and kept.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from ._codes import Code
from ._errors import UnknownEntry
from ._vm import VM

__all__ = [
    "Parameter", "Reference", "Template", "TemplateRow", "template", "template_variants", "templates",
]  # fmt: skip

_CODE = re.compile(r"(EV|DT|CODE)(?:<(\S+) ([^>]+)>)? (\S+) (\S+) ?(.*)")
_SCHEME = re.compile(r"([^\[]+)(?:\[(.+)\])?")
_BY_REFERENCE = "R-"


class Reference(NamedTuple):
    """What a cell of a template names: a code, a context group, a template, or a parameter."""

    kind: str
    """``EV`` or ``DT`` (``CODE`` where the source does not say which), ``BCID``, ``DCID``, ``ECID``,
    ``BTID``, ``DTID``, ``PARAMETER``, or ``LOST`` where nothing readable stands in the source
    (PS3.16 6.1: E enumerated, D defined, B baseline)."""
    code: Code | None = None
    former: Code | None = None
    """The code that older editions had in this place, such as the SRT code before the SCT one."""
    cid: int | None = None
    tid: str | None = None
    parameter: str = ""
    inferred: str = ""
    """If the number is a guess and not from the standard's own page: by which rule."""

    @property
    def is_open(self) -> bool:
        """Whether the source says that something stands here, but not what."""
        named = self.code is not None or self.cid is not None or self.tid is not None
        return not named and not self.parameter


class Parameter(NamedTuple):
    """A parameter that an inclusion passes on (PS3.16 6.1.9)."""

    name: str
    """With its dollar sign."""
    values: tuple[Reference, ...]


class TemplateRow(NamedTuple):
    """A row of a template, with the rows that are nested in it."""

    number: str
    """Of the standard; letters behind it mark rows of a later edition, or of a validator."""
    nesting: int
    relationship: str
    """With the parent; empty where the table leaves it to the including template."""
    by_reference: bool
    """Whether the item refers to another one in the tree (``R-`` in the table)."""
    value_type: str
    """A value type of PS3.3 C.17.3, or ``INCLUDE``."""
    concept_name: Reference | None
    vm: VM | None
    requirement: str
    """``M``, ``MC``, ``U`` or ``UC``; empty where the source has none."""
    condition: str
    """In words; ``R4`` is row 4 of the same template."""
    condition_xpath: str
    """As an XPath 1.0 expression over lower-case value types with ``concept/@cv`` and ``@csd``."""
    values: tuple[Reference, ...]
    """Which codes the value may be: the value set constraint."""
    units: tuple[Reference, ...]
    parameters: tuple[Parameter, ...]
    graphic_types: tuple[str, ...]
    points: VM | None
    """How many points the graphic may have."""
    note: str
    children: "tuple[TemplateRow, ...]"

    @property
    def include(self) -> Reference | None:
        """The template that is included here."""
        return self.concept_name if self.value_type == "INCLUDE" else None

    @property
    def references(self) -> Iterator[Reference]:
        """Every reference of this row, without those of its children."""
        if self.concept_name is not None:
            yield self.concept_name
        yield from self.values
        yield from self.units
        for parameter in self.parameters:
            yield from parameter.values


class Template(NamedTuple):
    """A template: its table as a tree, and where it comes from."""

    tid: str
    """Of a variant, in which parameters of the template are filled in, with its own ending: ``1400HP``."""
    standard_tid: str
    name: str
    extensible: bool | None
    """None, here and below: no source says."""
    order_significant: bool | None
    is_root: bool | None
    source: str
    """``docbook`` the standard itself; ``tables`` a copy of its table; ``pages`` collected from
    pages of several editions; ``validator`` one program's reading of it, not the verbatim table."""
    edition: str
    complete: bool
    """Whether every row is there, and every reference is known and no guess."""
    missing_rows: str
    """Which rows the source lacks; empty for none."""
    parameters: tuple[str, ...]
    rows: tuple[TemplateRow, ...]

    def walk(self) -> Iterator[TemplateRow]:
        """Every row, parents before children: the order of the table."""
        pending = list(reversed(self.rows))
        while pending:
            row = pending.pop()
            yield row
            pending += reversed(row.children)

    @property
    def open_references(self) -> tuple[tuple[str, Reference], ...]:
        """Row numbers and references that no source shows, or that are guesses."""
        return tuple(
            (row.number, reference)
            for row in self.walk()
            for reference in row.references
            if reference.is_open or reference.inferred
        )


@cache
def _headers() -> dict[str, tuple[str, ...]]:
    from ._generated.templates import TEMPLATES

    return {line.partition("\t")[0]: tuple(line.split("\t")) for line in TEMPLATES.splitlines()}


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()


@cache
def _by_name() -> dict[str, str]:
    """Numbers by name; a name of several belongs to the template, not to its variants."""
    found: dict[str, str] = {}
    for header in sorted(_headers().values(), key=lambda header: header[0] != header[1]):
        found.setdefault(_plain(header[2]), header[0])
    return found


def _flag(text: str) -> bool | None:
    return text == "1" if text else None


@cache  # bounded by the table
def _template(tid: str) -> Template:
    from ._generated.templates import ROWS

    _, standard, name, extensible, order, root, source, edition, complete, missing, used = (
        _headers()[tid]
    )
    return Template(
        tid, standard, name, _flag(extensible), _flag(order), _flag(root), source, edition,
        complete == "1", missing, tuple(used.split()), _tree(ROWS[tid].splitlines()),
    )  # fmt: skip


def _tree(lines: list[str]) -> tuple[TemplateRow, ...]:
    """The rows as a tree: built from the last one up, so that each one finds its children made."""
    levels: dict[int, list[TemplateRow]] = {}
    for line in reversed(lines):
        cells = line.split("\t")
        nesting = int(cells[1])
        # A row one level down may be missing in the source: its children then hang on this one.
        deeper = sorted(level for level in levels if level > nesting)
        children = [row for level in deeper for row in reversed(levels.pop(level))]
        levels.setdefault(nesting, []).append(_row(cells, nesting, tuple(children)))
    return tuple(row for level in sorted(levels) for row in reversed(levels[level]))


def _row(cells: list[str], nesting: int, children: tuple[TemplateRow, ...]) -> TemplateRow:
    number, _, relationship, value_type, concept, vm, requirement, condition, xpath, *rest = cells
    values, units, parameters, graphic, points, note = rest
    concepts = _references(concept)
    return TemplateRow(
        number,
        nesting,
        relationship.removeprefix(_BY_REFERENCE),
        relationship.startswith(_BY_REFERENCE),
        value_type,
        concepts[0] if concepts else None,
        VM.parse(vm) if vm else None,
        requirement,
        condition,
        xpath,
        _references(values),
        _references(units),
        tuple(map(_parameter, filter(None, parameters.split(" && ")))),
        tuple(graphic.split()),
        VM.parse(points) if points else None,
        note,
        children,
    )


def _parameter(text: str) -> Parameter:
    name, _, values = text.partition(" = ")
    return Parameter(name, _references(values))


def _references(text: str) -> tuple[Reference, ...]:
    return tuple(_reference(part) for part in text.split(" || ")) if text else ()


def _reference(text: str) -> Reference:
    """One reference in the notation of the generated table."""
    if text == "?":
        return Reference("LOST")
    if text.startswith("$"):
        return Reference("PARAMETER", parameter=text)
    if match := _CODE.fullmatch(text):
        kind, old_scheme, old_value, scheme, value, meaning = match.groups()
        former = Code(old_value, old_scheme, meaning) if old_scheme else None
        return Reference(kind, _code(value, scheme, meaning), former)
    kind, _, number = text.partition(" ")
    number, _, rule = number.partition(" ")
    number = number.removeprefix("?")
    if not number:
        return Reference(kind)
    if kind.endswith("CID"):
        return Reference(kind, cid=int(number), inferred=rule)
    return Reference(kind, tid=number, inferred=rule)


def _code(value: str, scheme: str, meaning: str) -> Code:
    """The code; ``NCDR[2.0b]`` is a scheme and its version, and ␣ stands for a blank."""
    match = _SCHEME.fullmatch(scheme)
    designator, version = match.groups() if match else (scheme, None)
    return Code(value.replace("␣", " "), designator, meaning, version or "")


def template(key: int | str) -> Template:
    """The template of this number or name; ``UnknownEntry`` names the nearest ones.

    >>> template(1500).name
    'Measurement Report'
    """
    text = str(key).removeprefix("TID").strip()
    tid = text if text in _headers() else _by_name().get(_plain(text))
    if tid is None:
        raise _unknown(text)
    return _template(tid)


def _unknown(text: str) -> UnknownEntry:
    variants = [header[0] for header in _headers().values() if header[1] == text]
    if variants:
        near = variants
    elif text.isdecimal() and len(text) < 20:  # more digits are no number of anything
        numbers = {int(h[1]): h[0] for h in _headers().values() if h[0] == h[1]}
        near = [numbers[n] for n in sorted(numbers, key=lambda n: (abs(n - int(text)), n))[:2]]
    else:
        from ._nearest import nearest

        names = {header[2]: header[0] for header in _headers().values()}
        near = [names[name] for name in nearest(text, names)]
    asked = f"TID {text}" if text.isdigit() else text
    return UnknownEntry("template", asked, [f"TID {tid} {_headers()[tid][2]}" for tid in near])


def templates() -> Iterator[Template]:
    """Every template and variant, in the order of the numbers."""
    return map(_template, _headers())


def template_variants(key: int | str) -> tuple[Template, ...]:
    """The template of this number, if it is there itself, and its variants; empty for none.

    A variant is the template as one including row sees it, with the parameters filled in.
    """
    text = str(key)
    return tuple(_template(header[0]) for header in _headers().values() if header[1] == text)


# Tracebacks, reprs and pickles name the place that users import from
Reference.__module__ = Parameter.__module__ = TemplateRow.__module__ = "dicom_dict"
Template.__module__ = template.__module__ = templates.__module__ = "dicom_dict"
template_variants.__module__ = "dicom_dict"
