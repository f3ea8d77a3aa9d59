"""PS3.3: IODs, modules, macros, functional groups, value lists; PS3.4: the IOD of each storage SOP class."""

import re
from collections.abc import Mapping, Sequence

from ..emit import Module
from ..errors import CodegenError, Difference
from ..sources import Source, Sources
from . import elements
from ._iod_compare import (
    compare_books,
    compare_names,
    compare_old,
    compare_sop_classes,
    compare_types,
)
from ._iod_conditions import condition, include_condition, is_cut
from ._iod_docbook import read_docbook
from ._iod_innolitics import FILES, FILES_2020, Book2020, Old, read_2020, read_2024
from ._iod_json import JSON, read_json
from ._iod_model import (
    FUNCTIONAL_GROUPS,
    Book,
    Row,
    Use,
    Values,
    core_name,
    paths,
    place,
    table_of,
)
from ._iod_repair import complete
from ._iod_values import LISTS, join_values

__all__ = ["render"]

SOP_CLASSES = "ps3.4_sop_class_to_iod_2025e.json"
_OVERRIDE = re.compile(
    r"\(([0-9A-F]{4}),([0-9A-F]{4})\) (?:shall be|is|is specialized to be) Type ([123]C?)"
)
_MEANING = 160
"""The most letters of the meaning of a term: what it is, not the prose about it."""


def render(sources: Sources) -> tuple[dict[str, str], list[Difference]]:
    """`_generated/iods.py`, `_generated/modules.py` and `_generated/value_lists.py`."""
    dictionary = elements._newest(sources)[0]
    names = {row.tag: row.name for row in dictionary}
    sequences = {row.name: row.tag for row in dictionary if row.vrs == "SQ"}
    old, cells = read_2024(sources), read_2020(sources)
    book, other, source, differences = _newest(sources)
    differences += [
        *compare_old(book, old),
        *compare_names(book, names),
        *compare_types(book, cells),
    ]
    book, repaired = complete(book, other, old, cells, names, sequences)
    _check_includes(book)
    sop_classes, sop_source = _sop_classes(sources, book, old, differences)
    values, left = _values(sources, book, source, cells)
    there = set(sources.names())
    used = [source, *(sources.source(name, "PS3.3", "2024b") for name in FILES if name in there)]
    older = [sources.source(name, "PS3.3", "2020b") for name in FILES_2020 if name in there]
    files = {
        "_generated/iods.py": _iods_module(book, sop_classes, [*used, sop_source]),
        "_generated/modules.py": _modules_module(book, cells, [*used, *older]),
        "_generated/value_lists.py": _values_module(
            values,
            [sources.source(LISTS, "PS3.3", "2026b"), *older] if source.file == JSON else [source],
        ),
    }
    return files, [*differences, *repaired, *left]


def _newest(sources: Sources) -> tuple[Book, Book | None, Source, list[Difference]]:
    """The DocBook when it is newer than the tables in JSON and complete; else those, compared with what there is of it."""
    part = sources.part(3)
    other = read_docbook(part) if part is not None else None
    if JSON not in sources.names():
        if part is None or other is None:
            raise CodegenError("neither this table nor a part03.xml is there", file=JSON)
        return other, None, sources.docbook_source(part), []
    book = read_json(sources)
    source = sources.source(JSON, "PS3.3", book.edition)
    if part is None or other is None:
        return book, None, source, []
    if other.edition > book.edition and _is_complete(other, book):
        return other, None, sources.docbook_source(part), list(compare_books(other, book))
    return book, other, source, list(compare_books(book, other))


def _is_complete(book: Book, other: Book) -> bool:
    """Whether nine of ten IODs and tables of another edition are there: some are always renamed or retired."""
    return all(
        10 * len(set(ours) & set(theirs)) >= 9 * len(theirs)
        for ours, theirs in (
            (book.iods, other.iods),
            (book.groups, other.groups),
            (book.tables, other.tables),
        )
    )


def _check_includes(book: Book) -> None:
    """Every include has its table, and no table includes itself without a sequence between."""
    level: dict[str, list[str]] = {}
    for label, table in book.tables.items():
        for number, row in enumerate(table.rows, 1):
            if (
                row.include
                and row.include != FUNCTIONAL_GROUPS
                and not row.include.startswith("sect_")
            ):
                if row.include not in book.tables:
                    raise CodegenError(
                        f"there is no table {row.include}",
                        file=book.file,
                        table=label,
                        row=place(row, number),
                    )
                if row.depth == 0:
                    level.setdefault(label, []).append(row.include)
            if (number == 1 and row.depth) or (
                number > 1 and row.depth > table.rows[number - 2].depth + 1
            ):
                raise CodegenError(
                    "the row has no sequence above it",
                    file=book.file,
                    table=label,
                    row=place(row, number),
                )
    for label in level:
        seen, todo = set(), [label]
        while todo:
            for target in level.get(todo.pop(), ()):
                if target == label:
                    raise CodegenError("the table includes itself", file=book.file, table=label)
                if target not in seen:
                    seen.add(target)
                    todo.append(target)


def _sop_classes(
    sources: Sources, book: Book, old: Old, differences: list[Difference]
) -> tuple[dict[str, tuple[str, str]], Source]:
    data = sources.json(SOP_CLASSES)
    try:
        ours = {
            row["sop_class_uid"]: (
                row["sop_class_name"],
                row["iod_module_table"].removesuffix(" IOD Modules"),
            )
            for row in data["rows"]
        }
        source = sources.source(SOP_CLASSES, "PS3.4", data["edition"])
    except (KeyError, TypeError, AttributeError) as error:
        raise CodegenError(
            f"the shape is not the known one: {error!r}", file=SOP_CLASSES
        ) from error
    differences += compare_sop_classes(ours, data["edition"], old.sop_classes)
    made = {**{uid: row for uid, row in old.sop_classes.items() if row[1] in book.iods}, **ours}
    for uid, (name, iod) in made.items():
        if iod not in book.iods:
            raise CodegenError(f"there is no IOD {iod!r}", file=SOP_CLASSES, row=f"{uid} {name}")
    return dict(
        sorted(made.items(), key=lambda item: [int(part) for part in item[0].split(".")])
    ), source


def _values(
    sources: Sources, book: Book, source: Source, cells: Book2020
) -> tuple[dict[tuple[str, str], tuple[Values, ...]], list[Difference]]:
    """The value lists of each row: those of the DocBook when it is what is used."""
    if source.file != JSON:
        own = {
            (table.label, path): row.lists
            for table in book.tables.values()
            for path, row in paths(table)
            if row.lists
        }
        return own, []
    return join_values(sources, book, cells)


class _Texts:
    """Texts that are stored once; a row holds the number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int | None:
        return self._numbers.setdefault(text, len(self._numbers)) if text else None

    @property
    def rows(self) -> list[tuple[str]]:
        return [(text,) for text in self._numbers]


def _iods_module(
    book: Book, sop_classes: Mapping[str, tuple[str, str]], used: Sequence[Source]
) -> str:
    texts = _Texts()

    def row(use: Use, kind: str) -> tuple[str | int | None, ...]:
        table = table_of(book, use, kind)
        return (
            use.name,
            use.usage,
            use.entity,
            table.label if table else "",
            texts.number(use.condition),
        )

    module = Module(
        "IODs: the module tables of PS3.3 Annex A, their functional group macros, and PS3.4 table B.5-1.",
        used,
    )
    columns = ("name", "usage", "information entity", "table", "condition")
    module.groups(
        "IODS",
        columns,
        {name: [row(use, "Module") for use in uses] for name, uses in book.iods.items()},
    )
    module.groups(
        "GROUPS",
        columns,
        {name: [row(use, "Macro") for use in uses] for name, uses in book.groups.items()},
    )
    module.rows(
        "SOP_CLASSES", ("uid", "name", "iod"), [(uid, *row) for uid, row in sop_classes.items()]
    )
    module.rows("CONDITIONS", ("condition",), texts.rows)
    return module.text()


def _modules_module(book: Book, cells: Book2020, used: Sequence[Source]) -> str:
    texts = _Texts()
    home = {label: section for section, labels in book.sections.items() for label in labels}
    module = Module("Modules and macros: the attribute tables of PS3.3.", used)
    captions = [
        (label, *core_name(table.caption), home.get(label, ""))
        for label, table in book.tables.items()
    ]
    module.rows("CAPTIONS", ("table", "name", "kind", "section"), captions)
    # Of an attribute: eight digits. Of an include: + and the table. In the last column: the name of a row
    # that stands for any attribute; of an include the types it changes. The condition of an include is when
    # its rows are there, or else that of the attribute that it makes type 1C or 2C.
    columns = ("depth", "tag or include", "type", "condition", "note")
    groups = {
        table.label: [
            _attribute_row(table.label, path, row, cells, texts) for path, row in paths(table)
        ]
        for table in book.tables.values()
    }
    module.groups("TABLES", columns, groups)
    module.rows("CONDITIONS", ("condition",), texts.rows)
    return module.text()


def _attribute_row(
    label: str, path: str, row: Row, cells: Book2020, texts: _Texts
) -> tuple[str | int | None, ...]:
    if row.include.startswith("sect_"):
        section = row.include.removeprefix("sect_")
        return row.depth, "", "", None, f"Attributes as described in PS3.3 {section}"
    if row.include:
        changed = _OVERRIDE.findall(row.text)
        of_changed = any(kind.endswith("C") for _, _, kind in changed)
        told = condition(row.text) if of_changed else include_condition(row.name, row.text)
        note = " ".join(f"{group}{element}={kind}" for group, element, kind in changed)
        return row.depth, f"+{row.include}", "", texts.number(told), note
    text = condition(row.text) if row.type.endswith("C") else ""
    if row.type.endswith("C") and is_cut(text):
        cell = cells.cell(label, path)
        text = (condition(cell.text) if cell else "") or text
    return row.depth, row.tag, row.type, texts.number(text), "" if row.tag else row.name


def _values_module(
    values: Mapping[tuple[str, str], tuple[Values, ...]], used: Sequence[Source]
) -> str:
    module = Module(
        "Enumerated Values and Defined Terms of the attributes of PS3.3, by table.", used
    )
    groups: dict[str, list[tuple[str | int | None, ...]]] = {}
    for (label, path), lists in values.items():
        rows = groups.setdefault(label, [])
        for found in lists:
            head: tuple[str | int | None, ...] = (
                path,
                found.kind,
                found.number,
                found.when,
                found.edition,
            )
            for term, meaning in found.terms:
                rows.append((*head, term, _short(term, meaning)))
                head = ("",) * 5  # a list's first row names it; the others continue it
    module.groups(
        "LISTS", ("path", "kind", "value number", "when", "edition", "term", "meaning"), groups
    )
    return module.text()


def _short(term: str, meaning: str) -> str:
    first = re.split(r"(?<=[a-z)])\. ", meaning, maxsplit=1)[0].rstrip(". ")
    if first.casefold() == term.casefold():
        return ""
    return first if len(first) <= _MEANING else first[: first.rfind(" ", 0, _MEANING)] + " ..."
