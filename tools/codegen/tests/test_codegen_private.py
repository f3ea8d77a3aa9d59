"""The safe private attributes from small XML: what is taken and refused."""

from pathlib import Path

import pytest

from tools.codegen.errors import CodegenError
from tools.codegen.tables import private

from .small import book, folder_of, table

HEADER = ["Data Element", "Private Creator", "VR", "VM", "Meaning"]


def made(folder: Path, *rows: list[str]) -> str:
    sources = folder_of(folder, part15=book(15, "2031a", table("E.3.10-1", HEADER, rows)))
    return private.render(sources)[0]["_generated/private.py"]


def test_rows_become_a_module(tmp_path: Path) -> None:
    text = made(
        tmp_path,
        ["(0019,xx0a)", "ACME", "OW/OB", "1-n", "Dose"],
        ["(0019,xx0a)", "OTHER", "", "1", "Time"],
    )
    assert "(0019,xx0A)\tACME\tOW OB\t1-n\tDose\n(0019,xx0A)\tOTHER\t\t1\tTime\n" in text


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            ["(0018,xx0a)", "ACME", "DS", "1", "Dose"],
            r"table E\.3\.10-1, row \(0018,xx0a\): not a private element",
        ),
        (["(0019,100a)", "ACME", "DS", "1", "Dose"], "not a private element"),
        (["(0019,xx0a)", "", "DS", "1", "Dose"], "the private creator is missing"),
        (["(0019,xx0a)", "ACME", "decimal", "1", "Dose"], "'decimal' is no VR"),
        (["(0019,xx0a)", "ACME", "DS", "some", "Dose"], "'some' is no value multiplicity"),
        (["(0019,xx01)", "ACME", "DS", "1", "Again"], "stands twice for ACME"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, row: list[str], message: str) -> None:
    with pytest.raises(CodegenError, match=message):
        made(tmp_path, ["(0019,xx01)", "ACME", "DS", "1", "Dose"], row)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    sources = folder_of(
        tmp_path, part15=book(15, "2031a", table("E.3.10-1", HEADER[:-1], [["a", "b", "c", "d"]]))
    )
    with pytest.raises(CodegenError, match=r"table E\.3\.10-1: no column 'Meaning'"):
        private.render(sources)
