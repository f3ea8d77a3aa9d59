"""DCM codes from the layout of NEMA's PS3.16 table D-1; the names that are made of them."""

from pathlib import Path

import pytest

from tools.codegen.errors import CodegenError
from tools.codegen.tables.codes import DcmRow, keyword_of, keywords, render
from tools.codegen.tests.small import book, folder_of, table

HEADER = ("Code Value", "Code Meaning", "Definition", "Notes")
ROWS = [
    ("121058", "Procedure reported", "What was done.", ""),
    ("CT", "Computed Tomography", "A machine.", ""),
    ("111137", "Ultrasound", "", "Retired. Replaced by (US, DCM)"),
]


def test_table_d_1(tmp_path: Path) -> None:
    schemes = table(
        "8-1",
        ("Coding Scheme Designator", "Coding Scheme UID", "Description"),
        [("DCM", "1.2", "Ours")],
    )
    text = book(16, "2027a", table("D-1", HEADER, ROWS), schemes)
    files, differences = render(folder_of(tmp_path, part16=text))
    assert differences == []
    assert "121058\tProcedure reported\tProcedureReported\t\n" in files["_generated/codes.py"]
    assert "111137\tUltrasound\tUltrasound\t1\n" in files["_generated/codes.py"]
    assert files["_generated/codes.py"].index("CT\t") < files["_generated/codes.py"].index("111137")
    assert "121058\tWhat was done.\n" in files["_generated/code_definitions.py"]
    assert "DCM\t1.2\tOurs\n" in files["_generated/code_lists.py"]
    assert "ComputedTomography: Final[Code]  # CT" in files["codes.pyi"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [("1", "One", "", ""), ("1", "Two", "", "")],
            r"part16\.xml, table D-1, row 1: stands twice: One and Two",
        ),
        ([("", "One", "", "")], "table D-1, row One: '' is no code value"),
        ([("1", "", "", "")], "table D-1, row 1: no meaning"),
        ([("1", "One")], "table D-1, row 1: 2 cells"),
    ],
)
def test_what_is_wrong_names_file_table_and_row(
    tmp_path: Path, rows: list[tuple[str, ...]], message: str
) -> None:
    with pytest.raises(CodegenError, match=message):
        render(folder_of(tmp_path, part16=book(16, "2027a", table("D-1", HEADER, rows))))


@pytest.mark.parametrize(
    ("meaning", "name"),
    [
        ("Procedure reported", "ProcedureReported"),
        ("AAPM 204 Lateral Dimension", "AAPM204LateralDimension"),
        ("Finding's site(s)", "FindingsSites"),
        ("4.2cm above", "N4Point2cmAbove"),
        ("T2*", "T2Star"),
        ("35% of CO", "N35PercentOfCO"),
        ("Dose >= 5 µSv", "DoseGreaterOrEqual5USv"),
        ("None", "None_"),
        ("Doppelgänger", "Doppelganger"),
    ],
)
def test_a_name_is_made_of_the_meaning(meaning: str, name: str) -> None:
    assert keyword_of(meaning) == name


def test_names_that_meet_are_told_apart() -> None:
    def row(code: str, meaning: str, retired: bool = False) -> DcmRow:
        return DcmRow.make("file", code, meaning, "", retired)

    rows = [
        row("9", "Path", retired=True),
        row("12", "Path"),
        row("30", "Path"),
        row("40", "CD"),
        row("CD", "Disk"),
    ]
    assert keywords(rows) == {
        "12": "Path",
        "30": "Path_30",
        "9": "Path_9",
        "40": "CD_40",
        "CD": "Disk",
    }


def test_no_source_at_all(tmp_path: Path) -> None:
    with pytest.raises(CodegenError, match="neither this table nor a part16"):
        render(folder_of(tmp_path))
