"""Reading DocBook: spans, cross-references, value lists, and where broken XML breaks."""

import pytest

from tools.codegen.docbook import Part, clean
from tools.codegen.errors import CodegenError

from .small import XMLNS, book, cell, table


def part(*content: str) -> Part:
    return Part.parse(book(6, "2031b", *content).encode(), "part06.xml")


def test_the_edition_is_that_of_the_subtitle() -> None:
    assert (part().name, part().edition) == ("PS3.6", "2031b")


def test_zero_width_spaces_and_line_breaks_are_no_text() -> None:
    assert clean("Patient\u200bName") == "PatientName"
    assert clean("  a\n   b ") == "a b"


def test_a_span_stands_in_each_place_it_covers() -> None:
    rows = [
        cell("Patient", rowspan=3) + cell("A") + cell("1", rowspan=2),
        cell("B"),
        cell("wide", colspan=2),
        cell("x") + cell("y") + cell("z"),
    ]
    found = part(table("A-1", ["IE", "Module", "Usage"], rows)).table("A-1")
    assert [[c.text for c in row] for row in found.rows] == [
        ["Patient", "A", "1"],
        ["Patient", "B", "1"],
        ["Patient", "wide", "wide"],
        ["x", "y", "z"],
    ]


def test_what_a_cell_holds_beside_its_text() -> None:
    xml = (
        '<td><para>See <xref linkend="sect_C.7.1"/> <olink targetdoc="PS3.3" targetptr="table_C.7-1"/></para>'
        "<variablelist><title>Enumerated Values:</title><varlistentry><term>YES</term><listitem><para>is so</para>"
        "</listitem></varlistentry></variablelist>"
        '<para><emphasis role="italic">old</emphasis></para></td>'
    )
    found = part(table("A-1", ["Text"], [xml])).table("A-1").rows[0][0]
    assert found.links == ["sect_C.7.1", "table_C.7-1"]
    assert found.value_lists == [("Enumerated Values:", [("YES", "is so")])]
    assert found.is_italic


def test_sections_are_found_with_their_titles() -> None:
    found = list(
        part(
            '<chapter xml:id="chapter_1"><title>One</title><section xml:id="sect_1.1"><para>text</para></section></chapter>'
        ).sections()
    )
    assert [(section.id, section.title, section.paragraphs) for section in found] == [
        ("chapter_1", "One", []),
        ("sect_1.1", "", ["text"]),
    ]


@pytest.mark.parametrize(
    ("xml", "message"),
    [
        ("", "part06.xml: broken XML: no element found"),
        ("<book>", "part06.xml: broken XML: no element found"),
        ("<html/>", "part06.xml: not a part of the standard in DocBook: the root is <html>"),
        (f"<book {XMLNS}><subtitle>Cooking</subtitle></book>", "with subtitle 'Cooking'"),
    ],
)
def test_a_file_that_is_no_part_says_so(xml: str, message: str) -> None:
    with pytest.raises(CodegenError) as caught:
        Part.parse(xml.encode(), "part06.xml")
    assert message in str(caught.value)


def test_an_absent_or_empty_table_names_file_and_table() -> None:
    with pytest.raises(CodegenError, match=r"^part06.xml, table 6-1: no such table$"):
        part().table("6-1")
    with pytest.raises(CodegenError, match=r"^part06.xml, table 6-1: the table has no rows$"):
        part(table("6-1", ["Tag"], [])).table("6-1")


def test_a_missing_column_names_those_there_are() -> None:
    found = part(table("6-1", ["Tag", "Name"], [["a", "b"]])).table("6-1")
    assert found.columns("Name", "[VR]", "Tag") == [1, -1, 0]
    with pytest.raises(CodegenError, match=r"table 6-1: no column 'VR'; it has \['Tag', 'Name'\]"):
        found.columns("VR")


@pytest.mark.parametrize("span", ["0", "-1", "1z", "99999999999", "٢"])
def test_a_span_that_is_no_number_names_its_row(span: str) -> None:
    found = part(table("6-1", ["Tag"], [cell("(0010,0010)", colspan=span)]))
    with pytest.raises(
        CodegenError, match=r"table 6-1, row \(0010,0010\): colspan .* is no number from 1 to 10000"
    ):
        found.table("6-1")
