"""PS3.3 as the JSON tables of 2025e: no IE column, no value lists, cross-references lost."""

import re
from collections.abc import Mapping
from typing import Any

from ..errors import CodegenError
from ..sources import Sources
from ._iod_model import FUNCTIONAL_GROUPS, TYPES, Book, Row, Table, Use, squeeze

__all__ = ["JSON", "read_json", "read_usage"]

JSON = "ps3.3_iods_modules_2025e.json.xz"
_TAG = re.compile(r"\(([0-9A-F]{4}|[56]0xx),([0-9A-F]{4})\)")
_USAGE = re.compile(r"([MUC])\b[\s.:,-]*(.*)", re.DOTALL)
_EXAMPLES = "5.4-"  # clause 5.4 shows what tables look like


def read_json(sources: Sources) -> Book:
    """The whole of it, each row checked."""
    data = sources.json(JSON)
    try:
        return Book(
            data["edition"],
            JSON,
            {_iod(name): _uses(name, rows) for name, rows in data["iods"].items()},
            {_iod(name): _uses(name, rows) for name, rows in data["functional_groups"].items()},
            {
                section: [found["table"] for found in tables]
                for section, tables in data["section_to_tables"].items()
            },
            {
                label: _table(label, table)
                for label, table in data["tables"].items()
                if not label.startswith(_EXAMPLES)
            },
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise CodegenError(f"the shape is not the known one: {error!r}", file=JSON) from error


def _iod(caption: str) -> str:
    return caption.removesuffix(" IOD Modules")


def _uses(caption: str, rows: list[Any]) -> list[Use]:
    return [_use(caption, row) for row in rows]


def _use(caption: str, row: Mapping[str, Any]) -> Use:
    try:
        name, section, given = squeeze(row["name"]), row["ref"].removeprefix("sect_"), row["usage"]
    except (KeyError, TypeError, AttributeError) as error:
        what = (
            f"the field {error} is missing"
            if isinstance(error, KeyError)
            else f"the shape is wrong: {error}"
        )
        row_name = str(row.get("name") or row) if isinstance(row, dict) else str(row)
        raise CodegenError(what, file=JSON, table=caption, row=row_name) from error
    # A cell that ended in a cross-reference kept nothing else: the usage is lost, the reference is told.
    if isinstance(given, list):
        return Use(name, section, "", _see(given), "")
    if given.startswith("sect_"):
        return Use(name, section, "", _see([given]), "")
    usage, condition = read_usage(given, JSON, caption, name)
    return Use(name, section, usage, condition, "")


def _see(targets: list[str]) -> str:
    numbers = [target.partition("_")[2].partition("_")[0] for target in targets]
    return f"See PS3.3 {' and '.join(numbers)}."


def read_usage(text: str, file: str, table: str, row: str) -> tuple[str, str]:
    """The letter of a usage cell, and the condition after it."""
    match = _USAGE.fullmatch(text.strip())
    if match is None:
        raise CodegenError(
            f"{text!r} is no usage; expected M, C or U", file=file, table=table, row=row
        )
    return match[1], squeeze(match[2])


def _table(label: str, table: Mapping[str, Any]) -> Table:
    if "rows" not in table or "caption" not in table:
        raise CodegenError("no rows or no caption", file=JSON, table=label)
    rows = [_row(label, number, row) for number, row in enumerate(table["rows"], 1)]
    return Table(label, squeeze(table["caption"]), rows)


def _row(label: str, number: int, row: Mapping[str, Any]) -> Row:
    def fail(message: str) -> CodegenError:
        name = row.get("name") or row.get("include") or ""
        return CodegenError(message, file=JSON, table=label, row=f"{number} {name}".strip())

    depth, text = row.get("depth"), row.get("text")
    if not isinstance(depth, int) or depth < 0 or not isinstance(text, str):
        raise fail(f"the depth is {depth!r} and the text {text!r}")
    if "include" in row:
        return Row(depth, "", row["include"] or FUNCTIONAL_GROUPS, "", "", text)
    if row.get("type") not in TYPES - {""} | {None} or not row.get("name"):
        raise fail(f"unknown type {row.get('type')!r}, or no name")
    if row.get("tag") is None:
        return Row(depth, "", "", squeeze(row["name"]), row["type"] or "", text)
    match = _TAG.fullmatch(row["tag"])
    if match is None:
        raise fail(f"{row['tag']!r} is not a tag")
    return Row(depth, match[1] + match[2], "", squeeze(row["name"]), row["type"] or "", text)
