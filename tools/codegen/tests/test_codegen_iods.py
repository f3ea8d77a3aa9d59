"""The tables of PS3.3 from small XML and JSON of our own: what is taken, repaired, compared and refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tools.codegen.docbook import Part
from tools.codegen.errors import CodegenError
from tools.codegen.sources import Sources
from tools.codegen.tables import elements, iods
from tools.codegen.tables._iod_conditions import condition, include_condition
from tools.codegen.tables._iod_docbook import read_docbook
from tools.codegen.tables._iod_json import JSON, read_json
from tools.codegen.tables._iod_model import core_name
from tools.codegen.tables._iod_titles import read_title
from tools.codegen.tables._iod_values import LISTS

from .small import book, cell, folder_of, table

ATTRIBUTES = ["Attribute Name", "Tag", "Type", "Attribute Description"]
VALUES = (
    "<td><para>Sex. Required if known.</para><variablelist><title>Enumerated Values:</title>"
    "<varlistentry><term>M</term><listitem><para>male</para></listitem></varlistentry>"
    "<varlistentry><term>F</term><listitem><para>female</para></listitem></varlistentry></variablelist></td>"
)
ELEMENTS = [
    ("00100010", "Patient's Name", "PN"),
    ("00100040", "Patient's Sex", "CS"),
    ("00081120", "Referenced Patient Sequence", "SQ"),
    ("00081150", "Referenced SOP Class UID", "UI"),
    ("52009229", "Shared Functional Groups Sequence", "SQ"),
]


def include(target: str, text: str = "Include", depth: int = 0) -> str:
    link = f'<xref linkend="{target}"/>' if target else ""
    return cell(f"<para>{'&gt;' * depth}{text} {link}</para>", colspan=3) + cell("")


def section(number: str, *content: str) -> str:
    return f'<section xml:id="sect_{number}"><title>Title</title>{"".join(content)}</section>'


def part03(
    edition: str = "2031a", patient: str = "(0010,0010)", kind: str = "2", usage: str = "M"
) -> str:
    modules = (
        "<tr>" + cell("Patient", rowspan=2) + cell("Patient") + cell('<para><xref linkend="sect_C.1"/></para>')
        + cell(usage) + "</tr><tr>" + cell("Groups") + cell('<para><xref linkend="sect_C.2"/></para>')
        + cell("C - Required if small.") + "</tr>"
    )  # fmt: skip
    header = "".join(cell(text, "th") for text in ("IE", "Module", "Reference", "Usage"))
    return book(
        3, edition,
        section("A.1", f'<table label="A.1-1" xml:id="table_A.1-1"><caption>Small Image IOD Modules</caption>'
                       f"<thead><tr>{header}</tr></thead><tbody>{modules}</tbody></table>",
                table("A.1-2", ["Functional Group Macro", "Section", "Usage"],
                      [cell("Reference") + cell('<para><xref linkend="sect_C.3"/></para>') + cell("U")],
                      "Small Image Functional Group Macros")),
        section("C.1", table("C.1-1", ATTRIBUTES, [
            ["Patient's Name", patient, kind, "Name."],
            cell("Patient's Sex") + cell("(0010,0040)") + cell("1C") + VALUES,
            ["Referenced Patient Sequence", "(0008,1120)", "3", "Items."],
            include("table_C.3-1", "Include", 1),
        ], "Patient Module Attributes")),
        section("C.2", table("C.2-1", ATTRIBUTES, [
            ["Shared Functional Groups Sequence", "(5200,9229)", "1", "Groups."],
            include("", "Include one or more Functional Group Macros.", 1),
        ], "Groups Module Attributes")),
        section("C.3", table("C.3-1", ATTRIBUTES, [
            ["Referenced SOP Class UID", "(0008,1150)", "1", "Class."],
        ], "Reference Macro Attributes")),
    )  # fmt: skip


SOP = {
    "part": "PS3.4",
    "edition": "2025e",
    "rows": [
        {
            "sop_class_uid": "1.2.3",
            "sop_class_name": "Small Storage",
            "iod_module_table": "Small Image IOD Modules",
        }
    ],
}


def old_tables() -> dict[str, Any]:
    """The same as `part03`, in the shape of the JSON file."""
    return {
        "part": "PS3.3",
        "edition": "2025e",
        "iods": {"Small Image IOD Modules": [
            {"name": "Patient", "ref": "sect_C.1", "usage": "M"},
            {"name": "Groups", "ref": "sect_C.2", "usage": ["sect_A.1"]},
        ]},
        "functional_groups": {"Small Image IOD Modules": [{"name": "Reference", "ref": "sect_C.3", "usage": "U"}]},
        "section_to_tables": {f"C.{n}": [{"table": f"C.{n}-1", "caption": ""}] for n in (1, 2, 3)},
        "tables": {
            "C.1-1": {"caption": "Patient Module Attributes", "rows": [
                {"depth": 0, "name": "Patient's Name", "tag": "(0010,0010)", "type": "2", "text": "Name."},
                {"depth": 0, "name": "Patient's Sex", "tag": "(0010,0040)", "type": "1C", "text": "Sex.\nRequired if known."},
                {"depth": 0, "name": "Referenced Patient Sequence", "tag": "(0008,1120)", "type": "3", "text": ""},
                {"depth": 1, "include": "C.3-1", "text": ""},
            ]},
            "C.2-1": {"caption": "Groups Module Attributes", "rows": [
                {"depth": 0, "name": "Shared Functional Groups Sequence", "tag": "(5200,9229)", "type": "1", "text": ""},
                {"depth": 1, "include": "IODFunctionalGroupMacros", "text": ""},
            ]},
            "C.3-1": {"caption": "Reference Macro Attributes", "rows": [
                {"depth": 0, "name": "Referenced SOP Class UID", "tag": "(0008,1150)", "type": "1", "text": ""},
            ]},
        },
    }  # fmt: skip


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Sources]:
    """A folder with an IOD of two modules, as DocBook (``part03=``), as JSON (``tables=``), or both."""
    import lzma

    known = [
        elements.Element(tag, "K" + tag, name, vr, "1", False, "") for tag, name, vr in ELEMENTS
    ]
    monkeypatch.setattr(elements, "_newest", lambda _: (known, None))

    def make(tables: dict[str, Any] | None = None, **parts: str) -> Sources:
        made = folder_of(tmp_path, **parts)
        (tmp_path / iods.SOP_CLASSES).write_text(json.dumps(SOP))
        if tables is not None:
            (tmp_path / JSON).write_bytes(lzma.compress(json.dumps(tables).encode()))
            lists = [
                {
                    "part": "PS3.3",
                    "section": None,
                    "label": "Sex.",
                    "terms": [["M", "male"], ["O", "other"]],
                }
            ]
            found = {"edition": "2026b", "lists": lists}
            (tmp_path / LISTS).write_bytes(lzma.compress(json.dumps(found).encode()))
        return made

    return make


def constants(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    exec(text, found)
    return found


def test_docbook_alone(sources: Callable[..., Sources]) -> None:
    files, differences = iods.render(sources(part03=part03()))
    assert {each.why for each in differences} == {"new IOD", "new"}
    made = constants(files["_generated/iods.py"])
    assert made["EDITION"] == "2031a"
    assert made["IODS"] == {
        "Small Image": "Patient\tM\tPatient\tC.1-1\t\nGroups\tC\tPatient\tC.2-1\t0\n"
    }
    assert made["GROUPS"] == {"Small Image": "Reference\tU\t\tC.3-1\t\n"}
    assert made["CONDITIONS"] == "Required if small.\n"
    assert made["SOP_CLASSES"] == "1.2.3\tSmall Storage\tSmall Image\n"
    tables = constants(files["_generated/modules.py"])
    assert tables["TABLES"]["C.1-1"].splitlines() == [
        "0\t00100010\t2\t\t",
        "0\t00100040\t1C\t0\t",
        "0\t00081120\t3\t\t",
        "1\t+C.3-1\t\t\t",
    ]
    assert tables["TABLES"]["C.2-1"].splitlines()[1] == "1\t+IODFunctionalGroupMacros\t\t\t"
    assert tables["CONDITIONS"] == "Required if known.\n"
    assert tables["CAPTIONS"].splitlines()[2] == "C.3-1\tReference\tMacro\tC.3"
    values = constants(files["_generated/value_lists.py"])["LISTS"]
    assert values == {"C.1-1": "00100040\tE\t\t\t2031a\tM\tmale\n\t\t\t\t\tF\tfemale\n"}


def test_json_alone(sources: Callable[..., Sources]) -> None:
    files, differences = iods.render(sources(old_tables()))
    made = constants(files["_generated/iods.py"])
    assert made["EDITION"] == "2025e"
    assert made["IODS"]["Small Image"] == "Patient\tM\t\tC.1-1\t\nGroups\tC\t\tC.2-1\t0\n"
    assert made["CONDITIONS"] == "See PS3.3 A.1.\n"
    assert any("a cross-reference took the text away" in str(each) for each in differences)
    values = constants(files["_generated/value_lists.py"])["LISTS"]
    assert values == {"C.1-1": "00100040\t\t\t\t2026b\tM\tmale\n\t\t\t\t\tO\tother\n"}


def test_a_newer_complete_docbook_wins(sources: Callable[..., Sources]) -> None:
    files, differences = iods.render(sources(old_tables(), part03=part03(kind="1")))
    assert constants(files["_generated/modules.py"])["EDITION"] == "2031a"
    assert "PS3.3 table C.1-1 00100010 type: '1' in 2031a, '2' in 2025e" in map(str, differences)


def test_an_older_one_is_compared(sources: Callable[..., Sources]) -> None:
    files, differences = iods.render(sources(old_tables(), part03=part03("2016c", kind="1")))
    assert constants(files["_generated/modules.py"])["EDITION"] == "2025e"
    assert "PS3.3 table C.1-1 00100010 type: '2' in 2025e, '1' in 2016c" in map(str, differences)


def test_an_excerpt_does_not_win_however_new(sources: Callable[..., Sources]) -> None:
    excerpt = book(
        3,
        "2031a",
        section(
            "C.1",
            table(
                "C.1-1",
                ATTRIBUTES,
                [["Patient's Name", "(0010,0010)", "3", ""]],
                "Patient Module Attributes",
            ),
        ),
    )
    files, differences = iods.render(sources(old_tables(), part03=excerpt))
    assert constants(files["_generated/modules.py"])["EDITION"] == "2025e"
    assert "PS3.3 table C.1-1 00100010 type: '2' in 2025e, '3' in 2031a" in map(str, differences)


def test_a_condition_beside_an_include_is_borrowed(sources: Callable[..., Sources]) -> None:
    """The tables in JSON have lost it; the excerpt still says it."""
    rows = [
        ["Referenced Patient Sequence", "(0008,1120)", "3", ""],
        include("table_C.3-1", "Include if and only if the patient is known.", 1),
    ]
    excerpt = book(
        3, "2016c", section("C.1", table("C.1-1", ATTRIBUTES, rows, "Patient Module Attributes"))
    )
    files, differences = iods.render(sources(old_tables(), part03=excerpt))
    made = constants(files["_generated/modules.py"])
    assert "Include if and only if the patient is known." in made["CONDITIONS"].splitlines()
    assert any(each.field == "condition" and each.taken_from == "2016c" for each in differences)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"patient": "(0010,001G)"},
            r"docbook/part03.xml, table C.1-1, row 1 Patient's Name: '\(0010,001G\)' is not a tag",
        ),
        ({"kind": "4"}, "table C.1-1, row 1 Patient's Name: unknown type '4'"),
        ({"usage": "X"}, "table A.1-1, row Patient: 'X' is no usage; expected M, C or U"),
    ],
)
def test_a_broken_row_of_docbook_is_named(
    sources: Callable[..., Sources], given: dict[str, str], message: str
) -> None:
    with pytest.raises(CodegenError, match=message):
        iods.render(sources(part03=part03(**given)))


def test_xml_that_breaks_off_is_named(sources: Callable[..., Sources]) -> None:
    with pytest.raises(CodegenError, match=r"part03.xml: broken XML: .*line 1"):
        iods.render(sources(part03=part03()[:-20]))


def change(path: list[str | int], value: object) -> dict[str, Any]:
    made = old_tables()
    place: Any = made
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return made


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["tables", "C.1-1", "rows", 0, "tag"], "(10,10)", r"table C.1-1, row 1 Patient's Name: '\(10,10\)' is not a tag"),
        (["tables", "C.1-1", "rows", 1, "type"], "5", "table C.1-1, row 2 Patient's Sex: unknown type '5'"),
        (["tables", "C.1-1", "rows", 0, "depth"], None, "table C.1-1, row 1 Patient's Name: the depth is None"),
        (["tables", "C.1-1", "rows", 3, "include"], "C.9-9", "table C.1-1, row 4 C.9-9: there is no table C.9-9"),
        (["tables", "C.1-1", "rows", 0, "depth"], 1, "table C.1-1, row 1 Patient's Name: the row has no sequence above it"),
        (["tables", "C.3-1"], {"caption": "Reference Macro Attributes", "rows": [{"depth": 0, "include": "C.3-1", "text": ""}]},
         "table C.3-1: the table includes itself"),
        (["tables", "C.3-1"], {"rows": []}, "table C.3-1: no rows or no caption"),
        (["iods", "Small Image IOD Modules", 0], {"name": "Patient"},
         "table Small Image IOD Modules, row Patient: the field 'ref' is missing"),
        (["iods"], [], "the shape is not the known one"),
    ],
)  # fmt: skip
def test_a_broken_row_of_json_is_named(
    sources: Callable[..., Sources], path: list[str | int], value: object, message: str
) -> None:
    with pytest.raises(CodegenError, match=message) as caught:
        iods.render(sources(change(path, value)))
    assert caught.value.file == JSON


def test_a_sop_class_of_no_iod_is_named(
    sources: Callable[..., Sources], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        {"sop_class_uid": "1.2", "sop_class_name": "Other", "iod_module_table": "Other IOD Modules"}
    ]
    monkeypatch.setitem(SOP, "rows", rows)
    with pytest.raises(CodegenError, match=r"row 1\.2 Other: there is no IOD 'Other'"):
        iods.render(sources(part03=part03()))


def test_without_any_source(tmp_path: Path, sources: Callable[..., Sources]) -> None:
    with pytest.raises(CodegenError, match=r"neither this table nor a part03.xml is there"):
        iods.render(sources())


def test_a_sequence_with_a_wrong_tag_is_known_by_its_name(sources: Callable[..., Sources]) -> None:
    files, differences = iods.render(
        sources(change(["tables", "C.1-1", "rows", 2, "tag"], "(0010,0040)"))
    )
    assert "0\t00081120\t3\t\t" in constants(files["_generated/modules.py"])["TABLES"]["C.1-1"]
    assert any("the tag is of Patient's Sex" in each.why for each in differences)


def test_innermost_sections_own_their_tables() -> None:
    text = book(
        3,
        "2031a",
        section(
            "C",
            section(
                "C.1",
                table("C.1-1", ATTRIBUTES, [["A", "(0010,0010)", "1", ""]], "A Macro Attributes"),
            ),
        ),
    )
    assert read_docbook(Part.parse(text.encode(), "part03.xml")).sections == {"C.1": ["C.1-1"]}


def test_macros_whose_caption_shortens_the_iod_belong_to_the_one_before() -> None:
    text = part03().replace("Small Image Functional Group Macros", "SI Functional Group Macros")
    found = read_docbook(Part.parse(text.encode(), "part03.xml"))
    assert [use.name for use in found.groups["Small Image"]] == ["Reference"]


def test_json_and_docbook_read_the_same(sources: Callable[..., Sources]) -> None:
    made = sources(old_tables(), part03=part03())
    part = made.part(3)
    assert part is not None
    ours, theirs = read_json(made), read_docbook(part)
    assert ours.sections == theirs.sections
    for label, found in ours.tables.items():
        assert [(row.depth, row.tag, row.include, row.type) for row in found.rows] == [
            (row.depth, row.tag, row.include, row.type) for row in theirs.tables[label].rows
        ]


@pytest.mark.parametrize(
    ("title", "meaning"),
    [
        ("Enumerated Values:", ("E", None, "")),
        ("Defined Terms:", ("D", None, "")),
        ("Enumerated Values for Value 1:", ("E", 1, "")),
        ("Value 2 Enumerated Values:", ("E", 2, "")),
        ("Enumerated Values if Image Type (0008,0008) Value 3 is LABEL:", ("E", None, "Image Type (0008,0008) Value 3 is LABEL")),
        ("Enumerated Values for Bits Allocated (0028,0100) when Rows is 8:", ("E", None, "Rows is 8")),
        ("Retired Defined Terms:", ("D", None, "retired")),
        ("Enumerated Values for Bit 0 (lsb):", None),
        ("Recommended text for Stress Echo stage names:", None),
        ("", None),
    ],
)  # fmt: skip
def test_titles_of_value_lists(title: str, meaning: object) -> None:
    assert read_title(title) == meaning


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Name of it.\nRequired if A is B. May be present otherwise.\nSee", "Required if A is B. May be present otherwise."),
        ("Long. Required if A.", "Required if A."),
        ("Required if:\nA is B\nC is D", "Required if: A is B; C is D;"),
        ("Only a description.", ""),
        ("sect_C.7.1", ""),
    ],
)  # fmt: skip
def test_conditions(text: str, found: str) -> None:
    assert condition(text) == found


def test_conditions_of_includes() -> None:
    assert include_condition("if and only if A.", "") == "Include if and only if A."
    assert include_condition("", "Required if A.") == "Required if A."
    assert include_condition("", "Segment Number shall be present, even if one.") == ""


@pytest.mark.parametrize(
    ("caption", "name"),
    [
        ("Patient Module Attributes", ("Patient", "Module")),
        ("Code Sequence Macro Attributes", ("Code Sequence", "Macro")),
        ("Frame Usefulness Functional Group Macro Attributes", ("Frame Usefulness", "Macro")),
        ("Person Identification Macro Attributes Description", ("Person Identification", "Macro")),
        ("Enhanced XA/XRF Image Module Table", ("Enhanced XA/XRF Image", "Module")),
        ("Hanging Protocol Keys", ("Hanging Protocol Keys", "")),
    ],
)
def test_names_in_captions(caption: str, name: tuple[str, str]) -> None:
    assert core_name(caption) == name
