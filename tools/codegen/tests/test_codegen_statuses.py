"""The status tables from small XML: what is taken, compared and refused."""

import io
import lzma
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tools.codegen.errors import CodegenError
from tools.codegen.tables import statuses

from .small import book, folder_of, table

HEADER = ["Service Status", "Further Meaning", "Status Codes", "Related Fields"]
STORE = [
    ["Failure", "Refused: Out of Resources", "A7xx", "(0000,0902)"],
    [
        "",
        "Cannot understand",
        "Cxxx (values C000 through CFFF as assigned)",
        "(0000,0901) (0000,0902)",
    ],
    ["Success", "", "0000", "None"],
]


def status_type(section: str, title: str, value: str) -> str:
    rows = [
        ["Status Field", "Tag", "VR", "VM", "Description of Field"],
        ["Status", "(0000,0900)", "US", "1", f"The value of this required field {value}."],
        ["Error Comment", "(0000,0902)", "LO", "1", "text"],
        ["Modification List", "(no tag)", "-", "-", "text"],
    ]
    cells = "".join(
        "<tr>" + "".join(f"<td><para>{text}</para></td>" for text in row) + "</tr>" for row in rows
    )
    body = f"<informaltable><tbody>{cells}</tbody></informaltable>"
    return f'<section xml:id="sect_{section}"><title>{title}</title>{body}</section>'


def part07(
    refused: str = "shall be set to 0122H",
    listed: str = "Refused: SOP Class not supported (0122H)",
    failure: str = "Failure",
) -> str:
    convention = [
        ("Success", "0000"),
        ("Warning", "Bxxx or 0107"),
        (failure, "Axxx or Cxxx or 01xx (except 0107)"),
    ]
    rows = "".join(
        f"<tr><td><para>{a}</para></td><td><para>{b}</para></td></tr>" for a, b in convention
    )
    return book(
        7,
        "2031a",
        '<section xml:id="sect_9.1.1"><title>C-STORE Service</title>'
        '<section xml:id="sect_9.1.1.1"><title>C-STORE Parameters</title>'
        '<section xml:id="sect_9.1.1.1.9"><title>Status</title><itemizedlist>'
        f"<listitem><para>{listed} - text</para></listitem>"
        "<listitem><para>Failed (Status value is Service Class specific) - text</para></listitem>"
        "</itemizedlist></section></section></section>",
        f'<chapter xml:id="chapter_C"><title>Status</title><informaltable><tbody>{rows}</tbody></informaltable>',
        status_type("C.1.1", "Success", "shall be set to 0000H"),
        status_type("C.5.3", "Failed", "is Service Class specific and defined there"),
        status_type("C.5.6", "Refused: SOP Class not supported", refused),
        "</chapter>",
    )


def part04(
    rows: list[list[str]] | None = None,
    title: str = "C-STORE Operation",
    header: list[str] | None = None,
) -> str:
    body = table("B.2-1", header or HEADER, STORE if rows is None else rows, "Response Status")
    section = (
        f"<section><title>{title}</title><section><title>Status</title>{body}</section></section>"
    )
    other = table("B.9-1", ["Attribute", "Tag"], [["x", "y"]])
    return book(
        4,
        "2031b",
        f"<chapter><title>Storage Service Class (Normative)</title>{section}{other}</chapter>",
    )


def made(folder: Path, **parts: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    given = {"part07": part07(), "part04": part04(), **parts}
    exec(statuses.render(folder_of(folder, **given))[0]["_generated/statuses.py"], namespace)
    return namespace


def test_rows_become_a_module(tmp_path: Path) -> None:
    found = made(tmp_path)
    assert found["SOURCES"][1][:2] == ("PS3.4", "2031b")
    assert found["CLASSES"].splitlines() == [
        "0000\tSuccess", "0107\tWarning", "01xx\tFailure", "Axxx\tFailure", "Bxxx\tWarning", "Cxxx\tFailure",
    ]  # fmt: skip
    assert found["TYPES"].splitlines() == [
        "C.1.1\t0000\tSuccess\tSuccess\t00000902\t",
        "C.5.3\t\tFailure\tFailed\t00000902\tC-STORE",
        "C.5.6\t0122\tFailure\tRefused: SOP Class not supported\t00000902\tC-STORE",
    ]
    assert found["CODES"].splitlines() == [
        "B.2-1\tA7xx\tFailure\tC-STORE\tStorage\t\tRefused: Out of Resources\t00000902",
        "B.2-1\tCxxx\tFailure\tC-STORE\tStorage\t\tCannot understand\t00000901 00000902",
        "B.2-1\t0000\tSuccess\tC-STORE\tStorage\t\tSuccess\t",
    ]


def test_a_column_named_after_a_field_holds_its_value(tmp_path: Path) -> None:
    header = ["Service Status", "Further Meaning", "Status Code", "Error Comment (0000,0902)"]
    text = part04(
        [["Failure", "Processing Failure", "A710", "No more"]],
        "X SOP Class N-SET Status Values",
        header,
    )
    assert made(tmp_path, part04=text)["CODES"] == (
        "B.2-1\tA710\tFailure\tN-SET\tStorage\tX SOP Class\tProcessing Failure; Error Comment: No more\t00000902\n"
    )


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (
            {"part04": part04([["Failure", "x", "7A", ""]])},
            r"docbook/part04\.xml, table B\.2-1, row 7A: not a status code",
        ),
        (
            {"part04": part04([["Trouble", "x", "A700", ""]])},
            "row A700: unknown status class 'Trouble'",
        ),
        (
            {"part04": part04([["Warning", "x", "A700", ""]])},
            r"row A700: Warning here, Failure by PS3\.7 Annex C",
        ),
        (
            {"part04": part04(title="Store")},
            r"table B\.2-1: no title around the table names the DIMSE service",
        ),
        ({"part04": part04(header=["A", "B", "C", "D"])}, "no table of status codes"),
        (
            {"part07": part07(refused="is unknown")},
            r"docbook/part07\.xml, table C\.5\.6, row Refused: .* neither a value nor",
        ),
        ({"part07": part07(failure="Trouble")}, "unknown status class 'Trouble'"),
        ({"part07": book(7, "2031a")}, "table Annex C: no status types"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, parts: dict[str, str], message: str) -> None:
    with pytest.raises(CodegenError, match=message):
        made(tmp_path, **parts)


def test_a_name_that_annex_c_does_not_have_is_reported(tmp_path: Path) -> None:
    given = folder_of(tmp_path, part07=part07(listed="Refused: no idea (0199H)"), part04=part04())
    _, differences = statuses.render(given)
    assert [(one.row, one.taken, one.other, one.other_from) for one in differences] == [
        ("Refused: no idea", "absent", "0199", "C-STORE")
    ]


RST = """\
Text.

.. table:: C-STORE
Status

   +---------+-------------+--------+
   | Service | Further     | Status |
   | Status  | Meaning     | Codes  |
   +=========+=============+========+
   | Failure | Refused:    | A7xx   |
   |         | Out of      |        |
   |         | resources   |        |
   +---------+-------------+--------+
   | Error: Not the same   | Cxxx |
   +---------+-------------+--------+
   | Success |             | 0000   |
   +---------+-------------+--------+

.. table:: Other

   +------+
   | 0000 |
   +------+
"""


def packed(text: str, name: str = "rst/part04/chapter_B.rst") -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(text.encode())
        archive.addfile(member, io.BytesIO(text.encode()))
    return lzma.compress(data.getvalue())


def test_a_newer_text_is_compared(tmp_path: Path) -> None:
    given = folder_of(tmp_path, part07=part07(), part04=part04())
    (tmp_path / statuses.RST).write_bytes(packed(RST))
    _, differences = statuses.render(given)
    assert [(one.table, one.row, one.taken, one.other) for one in differences] == [
        ("PS3.4 B.2-1", "Cxxx", "Cannot understand", "Error: Not the same")
    ]


def test_another_number_of_tables_is_reported(tmp_path: Path) -> None:
    given = folder_of(tmp_path, part07=part07(), part04=part04())
    (tmp_path / statuses.RST).write_bytes(packed(RST, "rst/part04/chapter_ZZ.rst"))
    _, differences = statuses.render(given)
    assert [(one.table, one.field, one.taken, one.other) for one in differences] == [
        ("PS3.4 ZZ", "number", "0", "1")
    ]


def test_a_broken_archive_is_named(tmp_path: Path) -> None:
    given = folder_of(tmp_path, part07=part07(), part04=part04())
    (tmp_path / statuses.RST).write_bytes(lzma.compress(b"nothing" * 100))
    with pytest.raises(CodegenError, match=r"rst_2020c\.tar\.xz: not an archive of text"):
        statuses.render(given)


def test_without_the_parts_it_says_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(CodegenError, match=r"a part07\.xml and a part04\.xml are needed"):
        statuses.render(folder_of(tmp_path))
