"""DIMSE statuses: the types and classes of PS3.7 Annex C, and the codes of each service class of PS3.4."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from xml.etree import ElementTree as ET

from ..docbook import NS, XML_ID, Part, Table, clean
from ..emit import Module
from ..errors import CodegenError, Difference
from ..sources import Sources
from ._status_rst import status_tables

__all__ = ["CATEGORIES", "SERVICES", "Code", "read_classes", "read_codes", "read_types", "render"]

RST = "rst_2020c.tar.xz"
CATEGORIES = ("Success", "Warning", "Failure", "Cancel", "Pending")
SERVICES = (
    "C-STORE", "C-FIND", "C-GET", "C-MOVE", "C-ECHO",
    "N-EVENT-REPORT", "N-GET", "N-SET", "N-ACTION", "N-CREATE", "N-DELETE",
)  # fmt: skip

# Tables of PS3.4 whose section names the operation in words only.
OPERATIONS = {
    "F.8.2-2": "N-GET",  # Get Performed Procedure Step Information
    "P.2-3": "N-ACTION",  # Procedural Event Logging
    "P.3-3": "N-ACTION",  # Substance Administration Logging
    "S.3.2.2.4-1": "N-ACTION",  # Create a Media Creation Request: its Initiate Media Creation action
    "S.3.2.3.4-1": "N-ACTION",  # Cancel Media Creation
    "S.3.2.4.4-1": "N-GET",  # Get Media Creation Result
    "T.4-1": "C-STORE",
    "W.4-1": "C-STORE",
}

_SERVICE = re.compile("|".join(sorted(SERVICES, key=len, reverse=True)))
_CODE = re.compile(r"[0-9A-F][0-9A-Fx]{3}")
_VALUE = re.compile(r"shall be set to ([0-9A-F]{4})H")
_SERVICE_SPECIFIC = "Service Class specific"
_TAG = re.compile(r"\(([0-9A-F]{4}),([0-9A-F]{4})\)")
_LISTED = re.compile(r"^(.+?) ?\((?:([0-9A-F]{4})H|Status value is Service Class specific)\)")
# PS3.7 names two statuses otherwise in the list of a service than in Annex C.
_SAME = {"No such Action": "No such Action Type"}
# A range of values in words: "Cxxx (values C000 through CFFF ...)", "(any value C000 through CFFF ...)".
_RANGE = re.compile(r"\b([0-9A-F])000 through \1FFF\b")


class Type(NamedTuple):
    """A status type of PS3.7 Annex C, checked."""

    section: str
    code: str
    category: str
    name: str
    fields: str
    services: str


class Code(NamedTuple):
    """A row of a status table of PS3.4, checked."""

    table: str
    pattern: str
    category: str
    service: str
    service_class: str
    scope: str
    meaning: str
    fields: str


def render(sources: Sources) -> tuple[dict[str, str], list[Difference]]:
    """`_generated/statuses.py`."""
    exchange, services = sources.part(7), sources.part(4)
    if exchange is None or services is None:
        raise CodegenError(
            "a part07.xml and a part04.xml are needed for the statuses", file="part07.xml"
        )
    types = read_types(exchange)
    codes = read_codes(services)
    classes = read_classes(exchange)
    _check_categories(services, codes, classes)
    differences = _compare_names(exchange, types)
    used = [sources.docbook_source(exchange), sources.docbook_source(services)]
    if RST in sources.names():
        differences += _compare_newer(
            codes, services.edition, status_tables(sources.read(RST), RST)
        )
    module = Module("DIMSE statuses: PS3.7 Annex C and the status tables of PS3.4.", used)
    module.rows("CLASSES", ("pattern", "category"), classes)
    module.rows("TYPES", Type._fields, types)
    module.rows("CODES", Code._fields, codes)
    return {"_generated/statuses.py": module.text()}, differences


def read_classes(part: Part) -> list[tuple[str, str]]:
    """The convention at the head of Annex C: which codes belong to which class, exact codes first."""
    chapter = next((node for node in part.root.iter() if node.get(XML_ID) == "chapter_C"), None)
    table = chapter.find(NS + "informaltable") if chapter is not None else None
    if table is None:
        raise CodegenError(
            "the status class convention is missing", file=part.file, table="Annex C"
        )
    found = []
    for category, text in _informal_rows(table):
        if category not in CATEGORIES:
            raise CodegenError(
                f"unknown status class {category!r}", file=part.file, table="Annex C", row=category
            )
        # "01xx (except 0107 and 0116)": those two stand in the row of warnings, and are looked at first.
        found += [(pattern, category) for pattern in _CODE.findall(re.sub(r"\(.*?\)", "", text))]
    return sorted(found, key=lambda row: (row[0].count("x"), row[0]))


def _informal_rows(table: ET.Element) -> Iterator[list[str]]:
    for row in table.iter(NS + "tr"):
        yield [
            clean("".join(cell.itertext())) for cell in row if cell.tag in {NS + "td", NS + "th"}
        ]


def read_types(part: Part) -> list[Type]:
    """The sections C.1.1 to C.5.x: a status type each."""
    services = _services_by_name(part)
    rows = []
    for section in part.root.iter(NS + "section"):
        match = re.fullmatch(r"sect_(C\.(\d)\.\d+)", section.get(XML_ID) or "")
        if match is None:
            continue
        name, label = clean(section.findtext(NS + "title") or ""), match[1]
        table = section.find(NS + "informaltable")
        fields = {row[1]: row for row in _informal_rows(table)} if table is not None else {}
        if "(0000,0900)" not in fields:
            raise CodegenError(
                "the section has no row of Status (0000,0900)",
                file=part.file,
                table=label,
                row=name,
            )
        text = fields["(0000,0900)"][-1]
        value = _VALUE.search(text)
        if value is None and _SERVICE_SPECIFIC not in text:
            raise CodegenError(
                f"neither a value nor {_SERVICE_SPECIFIC!r} in {text!r}",
                file=part.file,
                table=label,
                row=name,
            )
        others = [tag for tag in fields if tag != "(0000,0900)" and _TAG.fullmatch(tag)]
        category = CATEGORIES[{"1": 0, "2": 4, "3": 3, "4": 1, "5": 2}[match[2]]]
        used_by = " ".join(service for service, names in services.items() if name in names)
        rows.append(
            Type(
                label,
                value[1] if value else "",
                category,
                name,
                " ".join(_tags(" ".join(others))),
                used_by,
            )
        )
    if not rows:
        raise CodegenError("no status types C.1.1 to C.5.x", file=part.file, table="Annex C")
    return rows


def _services_by_name(part: Part) -> dict[str, dict[str, str]]:
    """Service -> the statuses that its section "Status" lists, each with its code or "" where that is specific."""
    parents = {child: node for node in part.root.iter() for child in node}
    found: dict[str, dict[str, str]] = {}
    for section in part.root.iter(NS + "section"):
        if (
            not re.fullmatch(r"sect_(9|10)\.1\..*", section.get(XML_ID) or "")
            or section.findtext(NS + "title") != "Status"
        ):
            continue
        service = _SERVICE.match(clean(parents[section].findtext(NS + "title") or ""))
        if service is None:
            continue
        names = found.setdefault(service[0], {})
        for item in section.iter(NS + "listitem"):
            match = _LISTED.match(clean("".join(item.itertext())))
            if match:
                names[_SAME.get(match[1], match[1])] = match[2] or ""
    return found


def _tags(text: str) -> list[str]:
    return [group + element for group, element in _TAG.findall(text)]


def read_codes(part: Part) -> list[Code]:
    """Every status table of PS3.4."""
    parents = {child: node for node in part.root.iter() for child in node}
    rows = []
    for node in part.root.iter(NS + "table"):
        table = Table(node, part.file)
        titles = list(_titles(node, parents))
        if _is_status_table(table):
            rows += list(_table_codes(table, titles))
    if not rows:
        raise CodegenError("no table of status codes", file=part.file)
    return rows


def _titles(node: ET.Element, parents: Mapping[ET.Element, ET.Element]) -> Iterator[str]:
    """The titles of the sections around a table, the innermost first; the last is the chapter's."""
    at = node
    while (above := parents.get(at)) is not None and above.tag != NS + "book":
        title = above.find(NS + "title")
        if title is not None:
            yield clean("".join(title.itertext()))
        at = above


def _is_status_table(table: Table) -> bool:
    words = [word.lower() for word in table.header]
    has_code = any(
        word == "code" or word.endswith(("status code", "status codes")) for word in words
    )
    return has_code and any(word in {"status", "service status"} for word in words)


def _table_codes(table: Table, titles: list[str]) -> Iterator[Code]:
    code_at = next(
        i for i, word in enumerate(table.header) if re.search(r"code(s)?$", word, re.IGNORECASE)
    )
    category_at = next(
        i for i, word in enumerate(table.header) if word.lower() in {"status", "service status"}
    )
    (meaning_at,) = (
        table.columns("Further Meaning")
        if "Further Meaning" in table.header
        else table.columns("Meaning")
    )
    more = [i for i in range(len(table.header)) if i not in {code_at, category_at, meaning_at}]
    service = OPERATIONS.get(table.label) or next(
        (m[0] for title in [table.caption, *titles] if (m := _SERVICE.search(title))), None
    )
    if service is None:
        raise CodegenError(
            "no title around the table names the DIMSE service", file=table.file, table=table.label
        )
    service_class = _service_class(titles[-1])
    around = [table.caption, *titles[:-1]]
    scope = next(
        (title for title in around if "SOP Class" in title and title != "SOP Class Status Values"),
        "",
    )
    category = ""
    for cells in table.rows:
        category = cells[category_at].text or category
        pattern, meaning = _pattern(cells[code_at].text), cells[meaning_at].text
        if category not in CATEGORIES:
            raise table.fail(pattern, f"unknown status class {category!r}")
        if not _CODE.fullmatch(pattern):
            raise table.fail(pattern, "not a status code such as A700 or Cxxx")
        fields, notes = [], []
        for (
            index
        ) in more:  # a column of tags, or a column that is named after a tag and holds its value
            fields += _tags(table.header[index]) or _tags(cells[index].text)
            if _tags(table.header[index]) and cells[index].text:
                notes.append(f"{table.header[index].partition(' (')[0]}: {cells[index].text}")
        text = "; ".join([meaning, *notes]) if notes else meaning
        yield Code(
            table.label,
            pattern,
            category,
            service,
            service_class,
            _scope(scope),
            text or category,
            " ".join(fields),
        )


def _pattern(text: str) -> str:
    """A code, or of a range in words its mask."""
    match = _RANGE.search(text)
    return f"{match[1]}xxx" if match else text


def _service_class(title: str) -> str:
    """The name of a service class without what every chapter title repeats."""
    name = re.sub(r"\s*\(Normative\)$", "", title)
    return re.sub(r"\s*(Service and SOP Classes|Service Class(es)?|SOP Classes|Service)$", "", name)


def _scope(title: str) -> str:
    return re.sub(r"^Status Values for |\s+(Definition|N-[A-Z]+ Status Values)$", "", title)


def _check_categories(part: Part, codes: list[Code], classes: list[tuple[str, str]]) -> None:
    """Each row's class is the one that Annex C gives to its code."""
    for row in codes:
        lowest = row.pattern.replace("x", "0")
        match = next((category for mask, category in classes if _fits(mask, lowest)), None)
        if match != row.category:
            raise CodegenError(
                f"{row.category} here, {match} by PS3.7 Annex C",
                file=part.file,
                table=row.table,
                row=row.pattern,
            )


def _fits(mask: str, code: str) -> bool:
    return all(a in {"x", b} for a, b in zip(mask, code, strict=True))


def _compare_names(part: Part, types: list[Type]) -> list[Difference]:
    """Statuses that a service lists with a name or a code that Annex C does not have."""
    codes = {row.name: row.code for row in types}
    found = []
    for service, names in _services_by_name(part).items():
        for name, code in names.items():
            if codes.get(name) != code:
                taken = codes.get(name, "absent") or "Service Class specific"
                found.append(
                    Difference(
                        "PS3.7 Annex C",
                        name,
                        "code",
                        taken,
                        "Annex C",
                        code or "Service Class specific",
                        service,
                    )
                )
    return found


def _compare_newer(
    codes: list[Code], edition: str, newer: dict[str, list[dict[str, str]]]
) -> list[Difference]:
    """What the text of 2020c says otherwise, table by table in the order of a chapter."""
    tables: dict[str, dict[str, list[Code]]] = {}
    for row in codes:
        tables.setdefault(row.table.partition(".")[0], {}).setdefault(row.table, []).append(row)
    found = []
    for chapter, others in newer.items():
        ours = tables.get(chapter, {})
        if len(ours) != len(others):
            found.append(
                Difference(
                    f"PS3.4 {chapter}",
                    "status tables",
                    "number",
                    str(len(ours)),
                    edition,
                    str(len(others)),
                    "2020c",
                )
            )
            continue
        for (label, rows), other in zip(ours.items(), others, strict=True):
            found += _compare_table(
                label, {row.pattern: row.meaning for row in rows}, edition, other
            )
    return found


def _compare_table(
    label: str, ours: dict[str, str], edition: str, theirs: dict[str, str]
) -> list[Difference]:
    found = []
    for code in dict.fromkeys([*ours, *theirs]):
        a, b = ours.get(code, "absent").partition("; Error")[0], theirs.get(code, "absent")
        if _letters(a) != _letters(b) and not (code in ours and not b):
            found.append(Difference(f"PS3.4 {label}", code, "meaning", a, edition, b, "2020c"))
    return found


def _letters(text: str) -> str:
    """What is compared: letters alone, without the words before the colon that later editions changed."""
    plain = re.sub(r"^(Refused|Failed|Error|Success)[:.] ", "", text)
    return re.sub(r"[^a-z]", "", plain.lower()).removeprefix("success") or "success"
