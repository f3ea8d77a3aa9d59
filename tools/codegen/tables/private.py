"""PS3.15 table E.3.10-1: the private attributes known to be safe, which are also the private elements the standard describes."""

import re
from typing import NamedTuple

from ..docbook import Part
from ..emit import Module
from ..errors import CodegenError, Difference
from ..sources import Sources

__all__ = ["Private", "read_private", "render"]

_TAG = re.compile(r"\(([0-9A-Fa-f]{4}),xx([0-9A-Fa-f]{2})\)")
_VR = re.compile(r"[A-Z]{2}(/[A-Z]{2})*|")
_VM = re.compile(r"\d+(-(\d+|\d*n))?")


class Private(NamedTuple):
    """A row, checked."""

    tag: str
    creator: str
    vrs: str
    vm: str
    name: str


def render(sources: Sources) -> tuple[dict[str, str], list[Difference]]:
    """`_generated/private.py`."""
    part = sources.part(15)
    if part is None:
        raise CodegenError(
            "a part15.xml is needed for the safe private attributes", file="part15.xml"
        )
    module = Module(
        "Safe private attributes: PS3.15 table E.3.10-1.", [sources.docbook_source(part)]
    )
    module.rows("ROWS", Private._fields, read_private(part))
    return {"_generated/private.py": module.text()}, []


def read_private(part: Part) -> list[Private]:
    """The rows in the order of the table."""
    table = part.table("E.3.10-1")
    at = table.columns("Data Element", "Private Creator", "VR", "VM", "Meaning")
    rows: dict[tuple[str, str], Private] = {}
    for cells in table.rows:
        tag, creator, vr, vm, name = (cells[index].text for index in at)
        match = _TAG.fullmatch(tag)
        if match is None or not int(match[1], 16) % 2:
            raise table.fail(tag, "not a private element such as (0019,xx23)")
        if not creator:
            raise table.fail(tag, "the private creator is missing")
        if not _VR.fullmatch(vr):
            raise table.fail(tag, f"{vr!r} is no VR")
        if not _VM.fullmatch(vm):
            raise table.fail(tag, f"{vm!r} is no value multiplicity")
        key = f"({match[1].upper()},xx{match[2].upper()})", creator
        if key in rows:
            raise table.fail(tag, f"stands twice for {creator}")
        rows[key] = Private(*key, vr.replace("/", " "), vm, name)
    return list(rows.values())
