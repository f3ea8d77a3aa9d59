"""The JSON tables of 2024b and 2020b: what 2025e's lost (IEs, conditions of modules, titles of value lists)."""

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..errors import CodegenError
from ..sources import Sources
from ._iod_model import Row, Table, Use, Values, squeeze
from ._iod_titles import read_title

__all__ = ["Cell2020", "Old", "read_2020", "read_2024"]

_IODS = "innolitics/ciods_2024b.json.xz"
_MODULES = "innolitics/modules_2024b.json.xz"
_MACROS = "innolitics/macros_2024b.json.xz"
_IOD_MODULES = "innolitics/ciod_to_modules_2024b.json.xz"
_IOD_MACROS = "innolitics/ciod_to_func_group_macros_2024b.json.xz"
_SOPS = "innolitics/sops_2024b.json.xz"
_ATTRIBUTES = (
    "innolitics/module_to_attributes_2020b.json.xz",
    "innolitics/macro_to_attributes_2020b.json.xz",
)
_SECTIONS = "innolitics/references_2020b.json.xz"
FILES = (_IOD_MODULES, _IOD_MACROS, _SOPS)
FILES_2020 = (*_ATTRIBUTES, _SECTIONS)

_LIST = re.compile(
    r"(?:<p>\s*)?<strong>(?P<title>(?:(?!</strong>).)*)</strong>\s*(?:</p>\s*)?<dl>(?P<body>.*?)</dl>",
    re.DOTALL,
)
_TERM = re.compile(r"<dt>(.*?)</dt>\s*(?:<dd>(.*?)</dd>)?", re.DOTALL)
_MARK = re.compile(r"<[^>]+>")
_BREAK = re.compile(r"</?(?:p|li|div|ul|ol|td)\b[^>]*>")


class Old(NamedTuple):
    """The IODs of 2024b."""

    iods: dict[str, list[Use]]
    """By the name's slug."""
    groups: dict[str, list[Use]]
    names: dict[str, str]
    sop_classes: dict[str, tuple[str, str]]
    """Name and IOD by UID."""


class Cell2020(NamedTuple):
    """The description of an attribute in 2020b."""

    type: str
    text: str
    lists: tuple[Values, ...]
    links: tuple[str, ...]
    """The sections it refers to."""


def _rows(sources: Sources, file: str) -> Any:
    """What a file holds; nothing where it is not there, since a complete DocBook needs none of these."""
    return sources.json(file) if file in sources.names() else {} if file == _SECTIONS else []


def read_2024(sources: Sources) -> Old:
    """The tables of modules and macros of each IOD."""
    modules = {row["id"]: row["name"] for row in _rows(sources, _MODULES)}
    macros = {row["id"]: row["name"] for row in _rows(sources, _MACROS)}
    iods: dict[str, list[Use]] = {}
    groups: dict[str, list[Use]] = {}
    try:
        for row in _rows(sources, _IOD_MODULES):
            name = modules.get(row["moduleId"], row["moduleId"])
            use = Use(
                name,
                "",
                row["usage"],
                squeeze(_plain(row["conditionalStatement"])),
                row["informationEntity"] or "",
            )
            iods.setdefault(row["ciodId"], []).append(use)
        for row in _rows(sources, _IOD_MACROS):
            name = macros.get(row["macroId"], row["macroId"])
            use = Use(name, "", row["usage"], squeeze(_plain(row["conditionalStatement"])), "")
            groups.setdefault(row["ciodId"], []).append(use)
        names = {row["id"]: row["name"] for row in _rows(sources, _IODS)}
        sops = {row["id"]: (row["name"], row["ciod"]) for row in _rows(sources, _SOPS)}
    except (KeyError, TypeError) as error:
        raise CodegenError(
            f"the shape is not the known one: {error!r}", file=_IOD_MODULES
        ) from error
    return Old(iods, groups, names, sops)


def _plain(text: str | None) -> str:
    return html.unescape(_MARK.sub(" ", text or "")).strip(" -\n")


class Book2020:
    """What 2020b says of each attribute, by table and path in the table; and the value lists of its sections."""

    def __init__(self, sources: Sources) -> None:
        self.cells: dict[tuple[str, str], dict[str, object]] = {}
        for file in _ATTRIBUTES:
            for row in _rows(sources, file):
                try:
                    path = (
                        row["path"].partition(":")[2].upper().replace(":", ".").replace("XX", "xx")
                    )
                    label = (
                        row["linkToStandard"]
                        .rpartition("#")[2]
                        .removeprefix("table_")
                        .removeprefix("PS3.3_")
                    )
                except (KeyError, TypeError, AttributeError) as error:
                    raise CodegenError(
                        f"the shape is not the known one: {error!r}", file=file, row=str(row)[:80]
                    ) from error
                self.cells.setdefault((label, path), row)
        self.sections = {
            link.rpartition("#sect_")[2]: _lists(text)
            for link, text in _rows(sources, _SECTIONS).items()
            if "#sect_" in link
        }

    def cell(self, label: str, path: str) -> Cell2020 | None:
        """The description of an attribute."""
        row = self.cells.get((label, path))
        if row is None:
            return None
        description = str(row["description"])
        references = row["externalReferences"]
        links = tuple(
            str(found["sourceUrl"]).rpartition("#sect_")[2]
            for found in (references if isinstance(references, list) else [])
            if "#sect_" in str(found["sourceUrl"])
        )
        kind = str(row["type"])
        return Cell2020(
            "" if kind == "None" else kind, _text(description), _lists(description), links
        )

    def table(self, label: str, caption: str, names: Mapping[str, str]) -> Table | None:
        """A table that newer sources lack, its macros expanded in place."""
        found = [path for key, path in self.cells if key == label]
        if not found:
            return None
        rows = []
        for path in found:
            cell = self.cell(label, path)
            tag = path.rpartition(".")[2]
            if cell is not None:
                rows.append(
                    Row(
                        path.count("."),
                        tag,
                        "",
                        names.get(tag, tag),
                        cell.type,
                        cell.text,
                        cell.lists,
                    )
                )
        return Table(label, caption, rows)


def read_2020(sources: Sources) -> Book2020:
    """The attributes of 2020b."""
    return Book2020(sources)


def _text(description: str) -> str:
    """The paragraphs and list items, a line each, without the value lists."""
    text = _BREAK.sub("\n", _LIST.sub("\n", description))
    return "\n".join(
        line for part in text.split("\n") if (line := squeeze(html.unescape(_MARK.sub("", part))))
    )


def _lists(description: str) -> tuple[Values, ...]:
    return tuple(_each_list(description))


def _each_list(description: str) -> Iterator[Values]:
    for match in _LIST.finditer(description):
        meaning = read_title(_plain(match["title"]))
        terms = tuple(
            (squeeze(_plain(term)), squeeze(_plain(text)))
            for term, text in _TERM.findall(match["body"])
        )
        if meaning is not None and terms:
            yield Values(*meaning, terms, "2020b")
