"""What the newest source of PS3.3 lost, taken from older ones; each repair is told."""

from collections.abc import Iterable, Mapping

from ..errors import Difference
from ._iod_innolitics import Book2020, Old
from ._iod_model import Book, Table, Use, paths, place, slug, table_of

__all__ = ["complete"]

_CODE_MACRO = "8.8-1"


def complete(
    book: Book,
    other: Book | None,
    old: Old,
    cells: Book2020,
    names: Mapping[str, str],
    sequences: Mapping[str, str],
) -> tuple[Book, list[Difference]]:
    """What the newest source lost, from older ones; each repair is told."""
    told: list[Difference] = []
    iods = {
        name: _fill(name, uses, old.iods.get(slug(name), []), told)
        for name, uses in book.iods.items()
    }
    groups = {
        name: _fill(name, uses, old.groups.get(slug(name), []), told)
        for name, uses in book.groups.items()
    }
    for key in sorted(set(old.iods) - {slug(name) for name in iods}):
        # The Basic Directory IOD (F.3), whose module table 2025e's lacks.
        iods[old.names.get(key, key)] = old.iods[key]
    iods = {name: _entities(uses) for name, uses in iods.items()}
    tables = {
        label: _parents(_indent(table, told), names, sequences, told)
        for label, table in book.tables.items()
    }
    home = {label for labels in book.sections.values() for label in labels}
    if other is not None:
        tables = {label: _borrow(table, other, told) for label, table in tables.items()}
    sections = dict(book.sections)
    for section, labels in other.sections.items() if other is not None else ():
        for label in set(labels) & set(tables) - home:
            sections[section] = [*sections.get(section, ()), label]
    made = book._replace(iods=iods, groups=groups, tables=tables, sections=sections)
    for label, name, section in _MISSING:
        if table_of(made, Use(name, section, "", "", ""), "Module") is None:
            table = cells.table(label, f"{name} Module Attributes", names)
            if table is not None:
                tables[label] = table
                sections[section] = [label]
                told.append(
                    Difference(
                        "PS3.3 table",
                        label,
                        "table",
                        name,
                        "2020b",
                        "absent",
                        book.edition,
                        "2020b's is used",
                    )
                )
    return made, told


_MISSING = (
    ("C.11.5-1", "Image Histogram", "C.11.5"),
    ("C.29.3-1", "Implant Template Group", "C.29.3"),
)
"""Tables that 2025e's file has no entry for, though IODs use them."""


def _fill(
    iod: str, uses: Iterable[Use], others: Iterable[Use], told: list[Difference]
) -> list[Use]:
    """The uses with the IE, and with the usage and condition where they were lost."""
    by_name: dict[str, list[Use]] = {}
    for use in others:
        by_name.setdefault(slug(use.name), []).append(use)
    made = []
    for use in uses:
        same = by_name.get(slug(use.name), [])
        other = same.pop(0) if same else Use("", "", "", "", "")
        usage, text = use.usage, use.condition
        if not usage or (usage == "C" and not text and other.usage == "C"):
            usage, text = other.usage or "C", other.condition or text
            told.append(_told_use(iod, use, f"{usage} {text}".strip(), other))
        made.append(use._replace(usage=usage, condition=text, entity=use.entity or other.entity))
    return made


def _told_use(iod: str, use: Use, taken: str, other: Use) -> Difference:
    where = "2024b" if other.name else "this generator"
    lost = f"{use.usage} {use.condition}".strip()
    why = "a cross-reference took the text away"
    row = f"{iod}: {use.name}"
    return Difference("PS3.3 IOD module", row, "usage", taken, where, lost, "newest", why)


def _entities(uses: list[Use]) -> list[Use]:
    """IEs of modules between two of the same IE: the cell of an IE spans the rows of its modules."""
    made = list(uses)
    for at, use in enumerate(made):
        after = next((each.entity for each in made[at + 1 :] if each.entity), "")
        if not use.entity and at and made[at - 1].entity == after:
            made[at] = use._replace(entity=after)
    return made


def _parents(
    table: Table, names: Mapping[str, str], sequences: Mapping[str, str], told: list[Difference]
) -> Table:
    """A row with rows below it is a sequence: one whose tag is none has the wrong tag, or they stand beside it.

    In C.39.3-1 Text Object Sequence has the tag of Bounding Box Annotation Units.
    """
    rows = list(table.rows)
    where = "PS3.3 table " + table.label
    for at in range(1, len(rows)):
        above, row = rows[at - 1], rows[at]
        if row.depth <= above.depth or not above.tag or above.tag in sequences.values():
            continue
        tag = sequences.get(above.name)
        if tag is not None:
            rows[at - 1] = above._replace(tag=tag)
            why = f"its name, and that it has items; the tag is of {names.get(above.tag)}"
            told.append(
                Difference(
                    where, place(above, at), "tag", tag, "this generator", above.tag, "newest", why
                )
            )
            continue
        end = at
        while end < len(rows) and rows[end].depth > above.depth:
            rows[end] = rows[end]._replace(depth=rows[end].depth - (row.depth - above.depth))
            end += 1
        depths = str(above.depth), str(row.depth)
        why = f"{above.name} is no sequence"
        told.append(
            Difference(
                where,
                place(row, at + 1),
                "depth",
                depths[0],
                "this generator",
                depths[1],
                "newest",
                why,
            )
        )
    return table._replace(rows=rows)


def _borrow(table: Table, other: Book, told: list[Difference]) -> Table:
    """The conditions beside includes, which only DocBook has: those of the excerpt, for the same include."""
    known = other.tables.get(table.label)
    if known is None:
        return table
    beside = {
        (path, row.include): row.name for path, row in paths(known) if row.include and row.name
    }
    rows = list(table.rows)
    for at, (path, row) in enumerate(paths(table)):
        found = beside.get((path, row.include)) if row.include and not row.name else None
        if found:
            rows[at] = row._replace(name=found)
            told.append(
                Difference(
                    f"PS3.3 table {table.label}",
                    place(row, at + 1),
                    "condition",
                    found,
                    other.edition,
                    "",
                    "newest",
                )
            )
    return table._replace(rows=rows)


def _indent(table: Table, told: list[Difference]) -> Table:
    """The code sequence macro belongs into the sequence above it, also where its ">" is missing (C.11.25-1)."""
    rows = list(table.rows)
    for at, (before, row) in enumerate(zip(table.rows, table.rows[1:], strict=False), 1):
        of_code = before.name.endswith("Code Sequence") and before.depth >= row.depth
        if row.include == _CODE_MACRO and of_code:
            rows[at] = row._replace(depth=before.depth + 1)
            where, why = "PS3.3 table " + table.label, "the sequence above it has items"
            depths = str(before.depth + 1), str(row.depth)
            told.append(
                Difference(
                    where,
                    place(row, at + 1),
                    "depth",
                    depths[0],
                    "this generator",
                    depths[1],
                    "newest",
                    why,
                )
            )
    return table._replace(rows=rows)
