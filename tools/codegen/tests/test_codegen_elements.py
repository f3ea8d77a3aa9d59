"""The tables of PS3.5, PS3.6 and PS3.7 from small XML: what is taken, compared and refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from tools.codegen.errors import CodegenError
from tools.codegen.sources import Sources
from tools.codegen.tables import elements, uids, vrs

from .small import book, folder_of, table

ELEMENT_HEADER = ["Tag", "Name", "Keyword", "VR", "VM", ""]
ROWS = [
    ["(0010,0010)", "Patient's Name", "Patient\u200bName", "PN", "1", ""],
    ["(0028,0400)", "Transform Label", "TransformLabel", "LO", "1", "RET"],
    ["(0028,04x0)", "Rows", "RowsForNthOrderCoefficients", "US", "1", "RET"],
    ["(0028,0106)", "Smallest", "SmallestImagePixelValue", "US or SS", "1", ""],
    ["(0014,0023)", "CAD File Format", "CADFileFormat", "ST", "1", "DICONDE"],
    ["(FFFE,E000)", "Item", "Item", "See Note 2", "1", ""],
]
COMMANDS = table(
    "E.1-1",
    ["Tag", "Message Field", "Keyword", "VR", "VM", "Description"],
    [["(0000,0002)", "Affected", "AffectedSOPClassUID", "UI", "1", "prose"]],
) + table(
    "E.2-1",
    ["Tag", "Message Field", "Keyword", "VR", "VM"],
    [["(0000,0001)", "Length to End", "CommandLengthToEnd", "UL", "1"]],
)


def part06(rows: list[list[str]], edition: str = "2031b") -> str:
    return book(6, edition, table("6-1", ELEMENT_HEADER, rows))


def made(folder: Path, rows: list[list[str]]) -> str:
    sources = folder_of(folder, part06=part06(rows), part07=book(7, "2031c", COMMANDS))
    return elements.render(sources)[0]["_generated/elements.py"]


def test_rows_become_a_module(tmp_path: Path) -> None:
    text = made(tmp_path, ROWS)
    assert "EDITION: Final = '2031b'" in text
    assert "#   PS3.7 2031c, part07.xml, sha256 " in text
    namespace: dict[str, Any] = {}
    exec(text, namespace)
    assert namespace["ROWS"].splitlines() == [
        "00000001\tCommandLengthToEnd\tLength to End\tUL|1|R|",
        "00000002\tAffectedSOPClassUID\tAffected\tUI|1||",
        "00100010\tPatientName\tPatient's Name\tPN|1||",
        "00140023\tCADFileFormat\tCAD File Format\tST|1|- DICONDE|",
        "00280106\tSmallestImagePixelValue\tSmallest\tUS SS|1||",
        "00280400\tTransformLabel\tTransform Label\tLO|1|R|",
        "00280410\tRowsForNthOrderCoefficients\tRows\tUS|1|R|002804x0",
        "FFFEE000\tItem\tItem\t|1||",
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (["(0010,001)", "N", "K", "PN", "1", ""], "row (0010,001): not a tag"),
        (["(0010,0020)", "N", "K", "ZZ", "1", ""], "row (0010,0020): unknown VR ZZ"),
        (
            ["(0010,0020)", "N", "no keyword", "LO", "1", ""],
            "row (0010,0020): 'no keyword' is no keyword",
        ),
        (
            ["(0010,0020)", "N", "K", "LO", "many", ""],
            "row (0010,0020): 'many' is no value multiplicity",
        ),
        (
            ["(0010,0010)", "N", "K", "LO", "1", ""],
            "row 00100010: the tag stands twice: Patient's Name and N",
        ),
        (
            ["(0010,0020)", "N", "PatientName", "LO", "1", ""],
            "row PatientName: the keyword stands twice",
        ),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, row: list[str], message: str) -> None:
    with pytest.raises(CodegenError) as caught:
        made(tmp_path, [*ROWS, row])
    assert str(caught.value).startswith(
        "docbook/part06.xml, table 6-1" if "twice" not in message else "part06.xml"
    )
    assert message in str(caught.value)


def json_table(folder: Path, edition: str) -> None:
    same = {"vm": "1", "retired": False, "note": None, "table": "6-1"}
    rows = [
        {"tag": "(0010,0010)", "name": "Patient's Name", "keyword": "PatientName", "vr": "PN"}
        | same,
        {"tag": "(0010,0020)", "name": "Patient ID", "keyword": "PatientID", "vr": "LO"} | same,
    ]
    content = {"part": "PS3.6", "edition": edition, "rows": rows}
    (folder / elements.JSON).write_text(json.dumps(content), "utf-8")


def test_the_newer_source_is_taken_and_the_other_compared(tmp_path: Path) -> None:
    json_table(tmp_path, "2032a")
    older = [
        ["(0010,0010)", "Patients Name", "PatientName", "PN", "1", ""],
        ["(0010,0030)", "Birth", "Birth", "DA", "1", ""],
    ]
    sources = folder_of(tmp_path, part06=part06(older), part07=book(7, "2031c", COMMANDS))
    files, differences = elements.render(sources)
    assert "PatientID" in files["_generated/elements.py"]
    assert list(map(str, differences)) == [
        "PS3.6 element 00100010 name: \"Patient's Name\" in 2032a, 'Patients Name' in 2031b (the newer edition is taken)",
        "PS3.6 element 00100030 row: 'absent' in 2032a, 'Birth' in 2031b",
    ]
    json_table(tmp_path, "2030a")
    assert "PatientID" not in elements.render(Sources(tmp_path))[0]["_generated/elements.py"]


def test_without_any_source_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CodegenError, match=r"neither this table nor a part06\.xml is there"):
        elements.render(Sources(tmp_path))
    with pytest.raises(CodegenError, match=r"part07.xml: a part07.xml is needed"):
        elements.render(folder_of(tmp_path, part06=part06(ROWS)))


CONTEXT_GROUP = (
    "<td><para>1.2.840.10008.6.1.19</para></td>"
    '<td><para><olink targetdoc="PS3.16" targetptr="sect_CID_29"/></para></td><td><para/></td>'
)
UID_ROWS = (
    table(
        "A-1",
        ["UID Value", "UID Name", "UID Keyword", "UID Type", "Part"],
        [
            [
                "1.2.840.10008.1.\u200b1",
                "Verification SOP Class",
                "Verification",
                "SOP Class",
                "PS3.4",
            ],
            ["1.2.840.10008.1.20", "Papyrus (Retired)", "Papyrus", "Transfer Syntax", "PS3.5"],
            ["1.2.840.10008.5.1.4.1.1.501.1", "CT: DICOS", "-", "SOP Class", "DICOS"],
        ],
    )
    + table(
        "A-2",
        ["UID Value", "UID Name", "UID Keyword", "Normative Reference"],
        [["1.2.840.10008.1.4.1.1", "Talairach Frame of Reference", "Talairach", "book"]],
    )
    + table("A-3", ["Context UID", "Context Identifier", "Context Group Name"], [CONTEXT_GROUP])
)


def test_the_registry(tmp_path: Path) -> None:
    files, differences = uids.render(folder_of(tmp_path, part06=book(6, "2031b", UID_ROWS)))
    namespace: dict[str, Any] = {}
    exec(files["_generated/uids.py"], namespace)
    assert namespace["ROWS"].splitlines() == [
        "1.2.840.10008.1.1\tVerification\tVerification SOP Class\tSOP Class\t",
        "1.2.840.10008.1.4.1.1\tTalairach\tTalairach Frame of Reference\tWell-known Frame of Reference\t",
        "1.2.840.10008.1.20\tPapyrus\tPapyrus\tTransfer Syntax\tR",
        "1.2.840.10008.5.1.4.1.1.501.1\t\tCT\tSOP Class\t- DICOS",
        "1.2.840.10008.6.1.19\tCID29\t\tContext Group\t",
    ]
    assert 'Verification: Final = "1.2.840.10008.1.1"' in files["sop_classes.pyi"]
    assert "Papyrus: Final[TransferSyntax]" in files["transfer_syntaxes.pyi"]
    assert differences == []


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (["1.2.x", "N", "K", "SOP Class", ""], "row 1.2.x: not a UID"),
        (["1.2.3", "N", "K", "Sandwich", ""], "row 1.2.3: unknown type of UID 'Sandwich'"),
    ],
)
def test_a_bad_uid_is_named(tmp_path: Path, row: list[str], message: str) -> None:
    xml = book(
        6,
        "2031b",
        table("A-1", ["UID Value", "UID Name", "UID Keyword", "UID Type", "Part"], [row]),
    )
    with pytest.raises(CodegenError, match=message):
        uids.render(folder_of(tmp_path, part06=xml))


def test_value_representations(tmp_path: Path) -> None:
    shorts = "AE, AS, AT, CS, DA, DS, DT, FL, FD, IS, LO, LT, PN, SH, SL, SS, ST, TM, UI, UL and US"
    header = ["VR Name", "Definition", "Character Repertoire", "Length of Value"]
    names = shorts.replace(" and", ",").split(", ")
    rows = [
        [
            f"<para>{vr}</para><para>Name</para>",
            "prose",
            "Default as defined by (0008,0005)",
            "16 chars maximum (see )",
        ]
        for vr in names
    ]
    rows[2][2:] = ["not applicable", "4 bytes fixed"]
    rows.append(
        [
            "<para>UC</para><para>Unlimited</para>",
            "prose",
            "Default",
            "<para>2<superscript>32</superscript>-2 bytes maximum</para>",
        ]
    )
    captions = table("7.1-2", ["Tag"], [["x"]], f"Data Element with Explicit VR of {shorts}")
    files, _ = vrs.render(
        folder_of(tmp_path, part05=book(5, "2031a", table("6.2-1", header, rows), captions))
    )
    lines = files["_generated/vrs.py"].splitlines()
    assert "AE\tName\t16\tchars\t\t1\textended" in lines
    assert "AT\tName\t4\tbytes\t1\t1\tnone" in lines
    assert "UC\tUnlimited\t4294967294\tbytes\t\t\tdefault" in lines
