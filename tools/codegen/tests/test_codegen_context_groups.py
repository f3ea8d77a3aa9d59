"""Context groups from the layout of NEMA's PS3.16, and from JSON."""

import json
from pathlib import Path

import pytest

from tools.codegen.errors import CodegenError
from tools.codegen.tables.context_groups import Row, read_docbook, render
from tools.codegen.tests.small import book, folder_of, table

HEADER = ("Coding Scheme Designator", "Code Value", "Code Meaning", "SNOMED-RT ID")
INCLUDE = '<td colspan="4"><para>Include <xref linkend="sect_CID_3"/></para></td>'
FACTS = {
    "Keyword": "Side",
    "Type": "Non-Extensible",
    "Version": "20260101",
    "UID": "1.2.840.10008.6.1.1",
}


def group(cid: str, title: str, *content: str, **facts: str) -> str:
    entries = "".join(
        f"<varlistentry><term>{term}:</term><listitem><para>{text}</para></listitem></varlistentry>"
        for term, text in facts.items()
    )
    return (
        f'<section label="CID {cid}" xml:id="sect_CID_{cid}"><title>{title}</title>'
        f"<variablelist>{entries}</variablelist>{''.join(content)}</section>"
    )


SIDES = table(
    "CID_2", HEADER, [("SCT", "1", "Right", "G-1"), INCLUDE, ("DCM", "2", "Lef\u200bt", "")]
)
MORE = table("CID_3", HEADER, [("SCT", "3", "Both", "")])


def test_codes_inclusions_and_facts(tmp_path: Path) -> None:
    text = book(16, "2027a", group("2", "Side", SIDES, **FACTS), group("3", "More", MORE))
    sources = folder_of(tmp_path, part16=text)
    part = sources.part(16)
    assert part is not None
    side, more = read_docbook(part)
    assert side.rows == (Row("SCT", "1", "Right"), Row("", "3", ""), Row("DCM", "2", "Left"))
    assert (side.cid, side.keyword, side.extensible, side.version) == (2, "Side", False, "20260101")
    assert (more.keyword, more.extensible, more.uid) == ("More", None, "")
    files, differences = render(sources)
    assert differences == []
    assert "2\tSide\tSide\t1\t20260101\t0\n" in files["_generated/context_groups.py"]
    assert "EDITION: Final = '2027a'" in files["_generated/context_groups.py"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            group("2", "Side", SIDES),
            r"part16\.xml, table CID 2, row Include CID 3: includes a context group",
        ),
        (
            group("2", "Side", table("CID_2", HEADER, [("", "1", "Right", "")])),
            "table CID 2, row 1: no code",
        ),
        (
            group("2", "Side", table("CID_2", ("Code", "Text"), [("1", "2")])),
            "table CID 2: no column",
        ),
        (group("2", "", MORE), "table CID 2: no name"),
        (group("2x", "Side"), "table CID 2x: not the number"),
        (group("2", "Side", **{**FACTS, "Keyword": "a b"}), "table CID 2: 'a b' is no keyword"),
        (group("2", "Side") * 2, "table CID 2: the section stands twice"),
        ("<para/>", "no section sect_CID_n"),
    ],
)
def test_what_is_wrong_names_file_table_and_row(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(CodegenError, match=message):
        render(folder_of(tmp_path, part16=book(16, "2027a", content)))


def test_no_source_at_all(tmp_path: Path) -> None:
    with pytest.raises(CodegenError, match="neither this table nor a part16"):
        render(folder_of(tmp_path))


def _json(folder: Path, **changes: object) -> None:
    given = {
        "cid": "2", "name": "Side", "keyword": "Cid2", "uid": "1.2.840.10008.6.1.9", "version": "None",
        "extensible": None, "rows": [
            {"scheme": "SCT", "code": "1", "meaning": "Right"},
            {"scheme": "SCT", "code": "1", "meaning": "On the right"},
        ],
    }  # fmt: skip
    data = {"part": "PS3.16", "edition": "2026b; more", "groups": [given | changes]}
    (folder / "ps3.16_context_groups_2026b.json.xz").write_bytes(_xz(data))


def _xz(data: object) -> bytes:
    import lzma

    return lzma.compress(json.dumps(data).encode())


def test_json_second_meanings_and_the_registry(tmp_path: Path) -> None:
    _json(tmp_path)
    rows = [{"keyword": "CID2", "uid": "1.2.840.10008.6.1.7", "table": "A-3"}]
    (tmp_path / "ps3.6_uids_2026b.json").write_text(json.dumps({"rows": rows}), "utf-8")
    files, differences = render(folder_of(tmp_path))
    text = files["_generated/context_groups.py"]
    assert "2\tSide\tSide\t7\t\t\n" in text
    assert text.count("SCT\t1\t") == 1
    assert [(found.row, found.field, found.taken) for found in differences] == [
        ("CID 2", "uid", "1.2.840.10008.6.1.7")
    ]


def test_the_newest_edition_wins(tmp_path: Path) -> None:
    _json(tmp_path)
    for edition, winner in (("2026c", "Newer"), ("2026a", "Side")):
        sources = folder_of(tmp_path, part16=book(16, edition, group("2", "Newer")))
        files, _ = render(sources)
        assert f"2\t{winner}\t" in files["_generated/context_groups.py"]


def test_a_row_without_a_code(tmp_path: Path) -> None:
    _json(tmp_path, rows=[{"scheme": "SCT", "code": "", "meaning": "Right"}])
    with pytest.raises(CodegenError, match=r"CID 2, row Row.*neither a code nor"):
        render(folder_of(tmp_path))
