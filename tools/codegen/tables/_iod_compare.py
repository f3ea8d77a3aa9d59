"""Where the sources of PS3.3 disagree."""

from collections.abc import Iterator, Mapping

from ..errors import Difference
from ._iod_innolitics import FILES, Book2020, Old
from ._iod_model import Book, Use, paths, slug

__all__ = ["compare_books", "compare_names", "compare_old", "compare_sop_classes", "compare_types"]

_2024 = FILES[0].rpartition("/")[2]


def compare_old(book: Book, old: Old) -> Iterator[Difference]:
    """The modules and macros of each IOD against 2024b."""
    for what, ours, theirs in (("module", book.iods, old.iods), ("macro", book.groups, old.groups)):
        for name, uses in ours.items():
            others = theirs.get(slug(name))
            if others is None:
                if what == "module":
                    yield Difference(
                        "PS3.3 IOD",
                        name,
                        "row",
                        "present",
                        book.edition,
                        "absent",
                        "2024b",
                        "new IOD",
                    )
                continue
            yield from _uses(f"PS3.3 IOD {what}", name, book.edition, uses, "2024b", others)
    known = {slug(name) for name in book.iods}
    for name in sorted(set(old.iods) - known):
        yield Difference(
            "PS3.3 IOD",
            old.names.get(name, name),
            "row",
            "absent",
            book.edition,
            "present",
            "2024b",
        )


def _uses(
    table: str, name: str, edition: str, ours: list[Use], other_edition: str, theirs: list[Use]
) -> Iterator[Difference]:
    """Module by module; a module that stands twice is compared in order."""
    left: dict[str, list[Use]] = {}
    for use in theirs:
        left.setdefault(slug(use.name), []).append(use)
    for use in ours:
        same = left.get(slug(use.name))
        row = f"{name}: {use.name}"
        if not same:
            yield Difference(table, row, "row", "present", edition, "absent", other_edition)
            continue
        other = same.pop(0)
        if use.usage and use.usage != other.usage:
            yield Difference(table, row, "usage", use.usage, edition, other.usage, other_edition)
    for rest in left.values():
        for use in rest:
            yield Difference(
                table, f"{name}: {use.name}", "row", "absent", edition, "present", other_edition
            )


def compare_sop_classes(
    ours: Mapping[str, tuple[str, str]], edition: str, theirs: Mapping[str, tuple[str, str]]
) -> Iterator[Difference]:
    """The IOD of each SOP class against 2024b."""
    for uid in sorted(set(ours) | set(theirs)):
        if uid not in theirs:
            yield Difference(
                "PS3.4 SOP class", uid, "row", ours[uid][0], edition, "absent", "2024b", "new"
            )
        elif uid not in ours:
            yield Difference(
                "PS3.4 SOP class",
                uid,
                "row",
                theirs[uid][0],
                "2024b",
                "absent",
                edition,
                "2024b's row is used",
            )
        else:
            for field, here, there in zip(("name", "IOD"), ours[uid], theirs[uid], strict=True):
                if here != there:
                    yield Difference("PS3.4 SOP class", uid, field, here, edition, there, "2024b")


def compare_names(book: Book, names: Mapping[str, str]) -> Iterator[Difference]:
    """Attributes that PS3.3 spells otherwise than PS3.6, which is used; and those that PS3.6 lacks."""
    for table in book.tables.values():
        for path, row in paths(table):
            known = names.get(row.tag)
            if row.tag and known is None:
                yield Difference(
                    "PS3.3 table " + table.label,
                    path,
                    "tag",
                    row.name,
                    book.edition,
                    "absent",
                    "PS3.6",
                )
            elif row.tag and known != row.name:
                yield Difference(
                    "PS3.3 table " + table.label,
                    path,
                    "name",
                    str(known),
                    "PS3.6",
                    row.name,
                    book.edition,
                )


def compare_types(book: Book, old: Book2020) -> Iterator[Difference]:
    """The types against 2020b."""
    for table in book.tables.values():
        for path, row in paths(table):
            cell = old.cell(table.label, path) if row.tag else None
            if cell is not None and cell.type != row.type:
                yield Difference(
                    "PS3.3 table " + table.label,
                    path,
                    "type",
                    row.type,
                    book.edition,
                    cell.type,
                    "2020b",
                )


def compare_books(book: Book, other: Book) -> Iterator[Difference]:
    """Everything that another edition says otherwise of what it holds."""
    for what, ours, theirs in (
        ("module", book.iods, other.iods),
        ("macro", book.groups, other.groups),
    ):
        for name, uses in theirs.items():
            if name in ours:
                yield from _uses(
                    f"PS3.3 IOD {what}", name, book.edition, ours[name], other.edition, uses
                )
            else:
                yield Difference(
                    "PS3.3 IOD", name, "row", "absent", book.edition, "present", other.edition
                )
    for label, table in other.tables.items():
        where = "PS3.3 table " + label
        if label not in book.tables:
            yield Difference(
                where, table.caption, "table", "absent", book.edition, "present", other.edition
            )
            continue
        here = {path: row for path, row in paths(book.tables[label]) if row.tag}
        there = {path: row for path, row in paths(table) if row.tag}
        for path in dict.fromkeys([*here, *there]):
            if path not in here:
                yield Difference(
                    where, path, "row", "absent", book.edition, there[path].name, other.edition
                )
            elif path not in there:
                yield Difference(
                    where, path, "row", here[path].name, book.edition, "absent", other.edition
                )
            elif here[path].type != there[path].type:
                yield Difference(
                    where,
                    path,
                    "type",
                    here[path].type,
                    book.edition,
                    there[path].type,
                    other.edition,
                )
