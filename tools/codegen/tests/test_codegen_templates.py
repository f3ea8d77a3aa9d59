"""SR templates: NEMA's layout, what is mended in the other sources, and which source wins."""

from pathlib import Path
from typing import Any

import pytest

from tools.codegen.errors import CodegenError
from tools.codegen.tables._template_annex import rejoin
from tools.codegen.tables._template_docbook import read_docbook, references_of
from tools.codegen.tables._template_model import TemplateRow, TemplateTable, code_text, words_of
from tools.codegen.tables.templates import corrected, merge, render
from tools.codegen.tests.small import book, folder_of, table

HEADER = (
    "",
    "NL",
    "Rel with Parent",
    "VT",
    "Concept Name",
    "VM",
    "Req Type",
    "Condition",
    "Value Set Constraint",
)
PLAIN = ("", "VT", "Concept Name", "VM", "Req Type", "Condition", "Value Set Constraint")


def section(tid: str, content: str) -> str:
    facts = "".join(
        f"<varlistentry><term>{term}:</term><listitem><para>{text}</para></listitem></varlistentry>"
        for term, text in (("Type", "Extensible"), ("Order", "Non-Significant"), ("Root", "Yes"))
    )
    return (
        f'<section label="TID {tid}" xml:id="sect_TID_{tid}"><title>Report</title>'
        f"<variablelist>{facts}</variablelist>{content}</section>"
    )


def target(kind: str, number: str, before: str = "") -> str:
    return f'<para>{before}<xref linkend="sect_{kind}_{number}"/></para>'


def _read(folder: Path, content: str) -> list[TemplateTable]:
    part = folder_of(folder, part16=book(16, "2027a", content)).part(16)
    assert part is not None
    return read_docbook(part)


def test_a_template_in_docbook(tmp_path: Path) -> None:
    rows = [
        ("1", "", "", "CONTAINER", target("CID", "7021", "D"), "1", "M", "", ""),
        ("2", "&gt;", "HAS CONCEPT MOD", "INCLUDE", target("TID", "1204", "D"), "1", "U", "", "$Language = EV (1, DCM, \"x\")"),
        ("3", "&gt;&gt;", "R-INFERRED FROM", "NUM", "$Measurement", "1-n", "MC", "IF row 1", "UNITS = EV (mm, UCUM, \"mm\")"),
        ("4", "&gt;", "CONTAINS", "SCOORD", "EV (111030, DCM, \"Image Region\")", "1", "U", "", "GRAPHIC TYPE = {POLYLINE}"),
        ("5", "&gt;", "CONTAINS", "CODE", "DT (1, SCT, \"a, b\")", "1", "U", "", target("CID", "29", "B")),
    ]  # fmt: skip
    (found,) = _read(tmp_path, section("1500", table("TID_1500", HEADER, rows)))
    assert (found.tid, found.extensible, found.order_significant, found.root) == (
        "1500",
        True,
        False,
        True,
    )
    assert (found.source, found.edition, found.complete) == ("docbook", "2027a", True)
    assert found.parameters == ("$Measurement",)
    one, two, three, four, five = found.rows
    assert one.concept == "DCID 7021"
    assert (two.concept, two.parameters) == ("DTID 1204", "$Language = EV DCM 1 x")
    assert (three.nesting, three.relationship, three.concept) == (
        2,
        "R-INFERRED FROM",
        "$Measurement",
    )
    assert (three.units, three.condition) == ("EV UCUM mm mm", "IF row 1")
    assert (four.concept, four.graphic) == ("EV DCM 111030 Image Region", "POLYLINE")
    assert (five.concept, five.values) == ("DT SCT 1 a, b", "BCID 29")


def test_a_template_that_is_no_tree(tmp_path: Path) -> None:
    rows = [("1", "NUMERIC", 'EV (1, DCM, "x")', "1", "U", "", "")]
    (found,) = _read(tmp_path, section("15300", table("TID_15300", PLAIN, rows)))
    assert found.rows[0][:5] == ("1", 0, "", "NUM", "EV DCM 1 x")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({3: "PICTURE"}, "unknown value type 'PICTURE'"),
        ({2: "HAS"}, "unknown relationship 'HAS'"),
        ({6: "X"}, "unknown requirement type 'X'"),
        ({5: "many"}, "'many' is no value multiplicity"),
        ({1: "-"}, "'-' is no nesting level"),
    ],
)
def test_what_is_wrong_names_file_table_and_row(
    tmp_path: Path, change: dict[int, str], message: str
) -> None:
    row = ["7", "&gt;", "CONTAINS", "TEXT", 'EV (1, DCM, "x")', "1", "M", "", ""]
    for place, text in change.items():
        row[place] = text
    with pytest.raises(CodegenError, match=rf"part16\.xml, table TID 9, row 7: {message}"):
        _read(tmp_path, section("9", table("TID_9", HEADER, [row])))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("DCID (29) Acquisition Modality", ["DCID 29"]),
        ("BCID CID 3", ["BCID 3"]),
        ("DTID (TID 1204)", ["DTID 1204"]),
        ('EV (1, DCM, “x”) or DT (2, SCT, "y")', ["EV DCM 1 x", "DT SCT 2 y"]),
        ("$Units", ["$Units"]),
        ("any words", []),
    ],
)
def test_references_in_a_text(text: str, found: list[str]) -> None:
    assert references_of(text) == found


def test_code_notation() -> None:
    assert (
        code_text("EV", "{housing units}", "UCUM", "housing  units")
        == "EV UCUM {housing␣units} housing units"
    )
    assert code_text("EV", "1", "SCT", "x", ("G-1", "SRT")) == "EV<SRT G-1> SCT 1 x"
    with pytest.raises(ValueError, match="is no code"):
        code_text("EV", "", "SCT", "x")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("PlanarROIMeasurements", "Planar ROI Measurements"),
        ("CADImageLibraryEntry_Mammo", "CAD Image Library Entry Mammo"),
        ("Report", "Report"),
    ],
)
def test_words_of_a_name(name: str, words: str) -> None:
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("IFF Row 3 P rocessing type", "IFF Row 3 Processing type"),
        ('(4 33465004, SCT, "Sa mpling" )', '(433465004, SCT, "Sampling")'),
        ("Da teTime (0 040 ,A032)", "DateTime (0040,A032)"),
        ("row type", "row type"),
    ],
)
def test_words_that_were_cut_are_joined(text: str, mended: str) -> None:
    words = frozenset({"processing", "sampling", "datetime", "row", "type", "iff", "sct"})
    assert rejoin(text, words) == mended


def _table(source: str, edition: str, *rows: TemplateRow, missing: str = "") -> TemplateTable:
    return TemplateTable("9", "9", "Nine", True, True, False, source, edition, missing, (), rows)


ROW = TemplateRow("1", 0, "", "TEXT", "EV DCM 1 x", "1", "M")


@pytest.mark.parametrize(
    ("first", "second", "winner"),
    [
        (("validator", "about 2024e"), ("pages", "2026a"), "pages"),
        (("validator", "about 2024e"), ("pages", "mid-2016"), "validator"),
        (("docbook", "2027a"), ("pages", "2026a"), "docbook"),
    ],
)
def test_the_newest_complete_table_wins(
    first: tuple[str, str], second: tuple[str, str], winner: str
) -> None:
    (taken,), differences = merge([_table(*first, ROW), _table(*second, ROW._replace(vm="1-n"))])
    assert taken.source == winner
    assert [(found.row, found.field) for found in differences] == [("row 1", "vm")]


def test_an_incomplete_table_does_not_win() -> None:
    tables = [_table("validator", "2024e", ROW), _table("pages", "2026a", ROW, missing="rows 2 on")]
    (taken,), _ = merge(tables)
    assert taken.source == "validator"


def test_a_template_twice_in_one_source() -> None:
    with pytest.raises(CodegenError, match="TID 9: the template stands twice"):
        merge([_table("pages", "2026a", ROW)] * 2)


def test_an_open_reference_makes_a_table_incomplete() -> None:
    for concept, complete in (
        ("DCID 29", True),
        ("DCID ?", False),
        ("DCID ?29 a rule", False),
        ("?", False),
    ):
        assert _table("pages", "2026a", ROW._replace(concept=concept)).complete is complete
    question = ROW._replace(concept="EV DCM 1 What?")
    assert _table("pages", "2026a", question).complete


def test_lost_relationships_are_put_back() -> None:
    rows = (
        TemplateRow("1", 0, "CONTAINS", "CONTAINER", vm="1-n", requirement="U"),
        TemplateRow("2", 1, "", "INCLUDE", "DTID 3", requirement="M"),
        TemplateRow("3", 1, "CONTAINS", "TEXT", requirement="U", xpath="x"),
    )
    pages: list[list[Any]] = [
        ["1", "rel", None, "CONTAINS"], ["1", "req", "M", "U"], ["1", "vm", "1", "1-n"],
        ["2", "rel", "HAS OBS CONTEXT", None], ["3", "req", "M", "U"], ["4", "only 2016"],
    ]  # fmt: skip
    made, differences = corrected(_table("validator", "2024e", *rows), pages)
    assert [(r.relationship, r.requirement, r.vm) for r in made.rows] == [
        ("", "M", "1"),
        ("HAS OBS CONTEXT", "M", ""),
        ("CONTAINS", "U", ""),
    ]
    assert made.rows[2].xpath == "x"
    assert len(differences) == 5
    assert {d.why for d in differences} == {"lost in the reading of 2024e", "newer edition"}


def test_docbook_alone_is_enough(tmp_path: Path) -> None:
    group = '<section xml:id="sect_CID_29"><title>Modality</title></section>'
    codes = table("D-1", ("Code Value", "Code Meaning", "Definition"), [("1", "Title", "")])
    rows = [("1", "", "", "CONTAINER", 'EV (1, DCM, "Title")', "1", "M", "", "")]
    report = section("1500", table("TID_1500", HEADER, rows))
    sources = folder_of(tmp_path, part16=book(16, "2027a", group, codes, report))
    files, differences = render(sources)
    assert differences == []
    assert list(files) == ["_generated/templates.py"]
    text = files["_generated/templates.py"]
    assert "1500\t1500\tReport\t1\t0\t1\tdocbook\t2027a\t1\t\t\n" in text
    assert "1\t0\t\tCONTAINER\tEV DCM 1 Title\t1\tM\t" in text


def test_no_source_at_all(tmp_path: Path) -> None:
    with pytest.raises(CodegenError, match="neither this table nor a part16"):
        render(folder_of(tmp_path))
