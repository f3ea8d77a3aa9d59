"""Which attribute each value list belongs to, and whether it lists Enumerated Values or Defined Terms.

The values are of the newest source, which does not say what the attribute is: its lists stand in the
order of the document under the first paragraph of the description, as the rows of the tables do. A list
is joined where this leaves one row, or rows that all have the same list. The titles are of 2020b.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ..errors import CodegenError, Difference
from ..sources import Sources
from ._iod_innolitics import Book2020, Cell2020
from ._iod_model import Book, Row, Values, paths, squeeze

__all__ = ["LISTS", "join_values"]

LISTS = "variable_lists_2026b.json.xz"
_LONG = 25
"""A shorter text may begin the description of another attribute."""
Key = tuple[str, str]
"""Table and path in the table."""


class _List(NamedTuple):
    order: int
    section: str
    label: str
    terms: tuple[tuple[str, str], ...]

    @property
    def words(self) -> frozenset[str]:
        return frozenset(term for term, _ in self.terms)


def join_values(
    sources: Sources, book: Book, old: Book2020
) -> tuple[dict[Key, tuple[Values, ...]], list[Difference]]:
    """The value lists of each row, and the lists that no row could be found for."""
    lists, edition = _read(sources)
    order = [
        (table.label, path, row)
        for table in book.tables.values()
        for path, row in paths(table)
        if row.tag
    ]
    cells = [old.cell(label, path) for label, path, _ in order]
    texts = [_text(row, cell) for (_, _, row), cell in zip(order, cells, strict=True)]
    rows: dict[str, list[int]] = defaultdict(list)
    for at, text in enumerate(texts):
        rows[_lead(text.partition("\n")[0])].append(at)
    inline = [found for found in lists if not found.section]
    whole = {at: squeeze(text) for at, text in enumerate(texts)}
    for label in {found.label for found in inline} - set(rows):
        if len(label) >= _LONG:
            # The paragraph was broken where a cross-reference stood.
            rows[label] = [at for at, text in whole.items() if text.startswith(label)]
    told_lists = [cell.lists if cell else None for cell in cells]
    joined = _in_order(inline, rows, [row.tag for _, _, row in order], told_lists)
    joined = {at: found for at, found in joined.items() if found}
    placed = {(found.label, found.words) for each in joined.values() for found in each}
    used = {found.order for found in inline if (found.label, found.words) in placed}
    result: dict[Key, tuple[Values, ...]] = {}
    by_section = {found.section: found for found in lists if found.section}
    for at, (label, path, row) in enumerate(order):
        cell = cells[at]
        told = cell.lists if cell else ()
        values = tuple(_kind(found, told, row, edition) for found in joined.get(at, ()))
        if not values:
            own = _of_section(label, row, book, by_section)
            if own is not None:
                used.add(own.order)
                values = (_kind(own, old.sections.get(own.section, ()), row, edition),)
        if not values and cell is not None and told:
            values = tuple(_confirm(value, row, cell, inline, used, edition) for value in told)
        if not values and cell is not None and len(cell.links) == 1:
            # "See C.7.6.3.1.2": the section has the lists, if they are for this attribute alone.
            values = _linked(cell.links[0], row, old, by_section, used, edition)
        if values:
            result[label, path] = values
    left = [
        Difference("PS3.3 value list", found.section or found.label[:80], "attribute", "none", "this generator",
                   " ".join(sorted(found.words))[:80], edition, "no row, or several, that it may belong to")
        for found in lists if found.order not in used
    ]  # fmt: skip
    return result, left


def _read(sources: Sources) -> tuple[list[_List], str]:
    data = sources.json(LISTS)
    try:
        lists = [
            _List(
                at,
                (row["section"] or "").removeprefix("sect_"),
                row["label"] if row["section"] else _lead(row["label"]),
                tuple((squeeze(term), squeeze(meaning)) for term, meaning in row["terms"]),
            )
            for at, row in enumerate(data["lists"])
            if row["part"] == "PS3.3"
        ]
        return lists, data["edition"]
    except (KeyError, TypeError, ValueError) as error:
        raise CodegenError(f"the shape is not the known one: {error!r}", file=LISTS) from error


def _lead(paragraph: str) -> str:
    """The paragraph without the "See" of a cross-reference that was lost."""
    return re.sub(r"( \(?[Ss]ee( Note)?)+[ .]*$", "", squeeze(paragraph))


def _in_order(
    lists: Iterable[_List],
    rows: Mapping[str, list[int]],
    tags: Sequence[str],
    told: Sequence[tuple[Values, ...] | None],
) -> dict[int, list[_List]]:
    """The lists of each row, by its place in the document; of each place its tag and what 2020b lists there."""
    by_label: dict[str, list[_List]] = defaultdict(list)
    for found in lists:
        by_label[found.label].append(found)
    joined: dict[int, list[_List]] = {}
    later: list[_List] = []
    for label, same in by_label.items():
        places = rows.get(label, [])
        if not places or len({tags[at] for at in places}) > 1:
            continue
        alike = len({found.words for found in same}) == 1
        if len(same) == len(places):
            joined |= {at: [found] for at, found in zip(places, same, strict=True)}
        elif len(places) == 1:
            joined[places[0]] = same[:1] if alike else same
        elif alike:
            # One list, and several rows that begin alike: the same words need not have the list everywhere
            # ("Parameters of scanning sequence." of CT has none, that of MR has).
            joined |= dict.fromkeys(_with_list(same, places, told), same[:1])
        else:
            later += same
    for found in later:
        near = _between(found, joined, rows[found.label])
        if len(near) == 1:
            joined.setdefault(near[0], []).append(found)
    return joined


def _with_list(
    same: Sequence[_List], places: Sequence[int], told: Sequence[tuple[Values, ...] | None]
) -> Iterable[int]:
    """The rows that had such a list in 2020b, and those that are new where as many lists are left."""
    words = same[0].words
    had = [
        at
        for at in places
        if any(
            _alike(words, frozenset(term for term, _ in value.terms)) for value in told[at] or ()
        )
    ]
    new = [at for at in places if told[at] is None]
    if len(same) >= len(places) or len(same) - len(had) == len(new):
        return places if len(same) >= len(places) else [*had, *new]
    return had


def _between(found: _List, joined: Mapping[int, list[_List]], places: list[int]) -> list[int]:
    """The rows with the list's text that lie between the rows of the lists before and after it."""
    fixed = sorted((each[0].order, at) for at, each in joined.items() if len(each) == 1)
    # Only lists that stand at one row mark a place in the document.
    counts: dict[int, int] = defaultdict(int)
    for number, _ in fixed:
        counts[number] += 1
    fixed = [(number, at) for number, at in fixed if counts[number] == 1]
    at = bisect_left(fixed, (found.order, -1))
    low = fixed[at - 1][1] if at else -1
    high = fixed[at][1] if at < len(fixed) else 1 << 30
    return [place for place in places if low < place < high]


def _kind(found: _List, told: Iterable[Values], row: Row, edition: str) -> Values:
    """The list with the title that 2020b has for it; without one, what the description says, or nothing."""
    best = [
        value for value in told if _alike(found.words, frozenset(term for term, _ in value.terms))
    ]
    if len(best) == 1:
        terms = (*found.terms, *_without_meaning(found, best[0]))
        return Values(best[0].kind, best[0].number, best[0].when, terms, edition)
    told = list(told)
    if not told and "Defined Term" in row.text and "Enumerated" not in row.text:
        return Values("D", None, "", found.terms, edition)
    return Values("", None, "", found.terms, edition)


def _without_meaning(found: _List, told: Values) -> Iterable[tuple[str, str]]:
    """The terms of 2020b that today's source has lost: it drops those that have no meaning beside them."""
    return (term for term in told.terms if not term[1] and term[0] not in found.words)


def _alike(new: frozenset[str], old: frozenset[str]) -> bool:
    """Whether a list may be a later state of another: at least half of all terms are common."""
    return 2 * len(new & old) >= len(new | old)


def _of_section(label: str, row: Row, book: Book, sections: Mapping[str, _List]) -> _List | None:
    """The list of a section "C.7.3.1.1.1 Modality" below the section of the table, with the attribute's name."""
    home = next((section for section, tables in book.sections.items() if label in tables), None)
    if home is None:
        return None
    found = [
        each
        for section, each in sections.items()
        if section.startswith(home + ".") and each.label == row.name
    ]
    return found[0] if len(found) == 1 else None


def _confirm(
    value: Values, row: Row, cell: Cell2020, lists: Iterable[_List], used: set[int], edition: str
) -> Values:
    """A list of 2020b, with the terms of today's list that has them all under a description that begins alike.

    Today's source lacks the lists whose terms have no meaning beside them (YES, NO). Such a list of 2020b
    stands where the description is what it was; where that changed, a value may have been added, and an old
    list must not make a new value an error: its kind is unknown.
    """
    words = frozenset(term for term, _ in value.terms)
    lead, then = (_lead(text.partition("\n")[0]) for text in (row.text, cell.text))
    today = {
        found.words: found
        for found in lists
        if words <= found.words
        and _alike(found.words, words)
        and len(found.label) >= _LONG
        and then.startswith(found.label[:_LONG])
    }
    if len(today) == 1:
        (found,) = today.values()
        used |= {
            each.order for each in lists if (each.label, each.words) == (found.label, found.words)
        }
        return value._replace(terms=found.terms, edition=edition)
    same = (
        bool(lead) and (lead == then or then.startswith(lead + " See ")) and row.type == cell.type
    )
    return value if same or value.kind == "D" else value._replace(kind="")


def _text(row: Row, cell: Cell2020 | None) -> str:
    """The description; that of 2020b where today's kept only its cross-references."""
    return cell.text if cell is not None and row.text.startswith("sect_") else row.text


def _linked(
    link: str, row: Row, old: Book2020, sections: Mapping[str, _List], used: set[int], edition: str
) -> tuple[Values, ...]:
    told = old.sections.get(link, ())
    found = sections.get(link)
    if found is None or found.label != row.name:
        return ()
    used.add(found.order)
    return (_kind(found, told, row, edition),)
