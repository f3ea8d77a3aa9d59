"""The de-identification tables from small XML and JSON: what is taken, compared and refused."""

import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from tools.codegen.errors import CodegenError
from tools.codegen.sources import Sources
from tools.codegen.tables import deidentification, private

from .small import book, folder_of, table

ACTIONS = table("E.1-1a", [], [["D", "dummy"], ["X", "remove"], ["K", "keep"], ["C", "clean"]])
HEADER = [
    "Attribute Name", "Tag", "Retd. (from PS3.6)", "In Std. Comp. IOD", "Basic Prof.",
    *(f"{heading} Opt." for heading in deidentification.COLUMNS.values()),
]  # fmt: skip
CONCEPT_HEADER = [
    "Code Meaning", "Code Value", "Coding Scheme Designator", "Value Type", "Retd.", "In Std. Tpl.", "Basic Prof.",
    *(f"{deidentification.COLUMNS[name]} Opt." for name in list(deidentification.COLUMNS)[1:8]),
]  # fmt: skip
GROUP = {
    "edition": "2031b; and a remark",
    "groups": [
        {
            "cid": "7050",
            "rows": [
                {"code": code, "meaning": f"{name} Option"}
                for code, name in {"113100": "basic", **deidentification.CODES}.items()
            ],
        }
    ],
}


def row(name: str, tag: str, basic: str = "X", *, retired: str = "N", **options: str) -> list[str]:
    return [
        name,
        tag,
        retired,
        "Y",
        basic,
        *(options.get(column, "") for column in deidentification.COLUMNS),
    ]


def sources(
    folder: Path, rows: list[list[str]], data: list[dict[str, Any]] | None = None
) -> Sources:
    concepts = [["Accession Number", "121022", "DCM", "TEXT", "N", "Y", "X", "K", *[""] * 6]]
    content = (ACTIONS, table("E.1-1", HEADER, rows), table("E.3.4-1", CONCEPT_HEADER, concepts))
    made = folder_of(folder, part15=book(15, "2031a", *content))
    (folder / deidentification.CONTEXT_GROUPS).write_bytes(
        lzma.compress(json.dumps(GROUP).encode())
    )
    if data is not None:
        text = json.dumps({"part": "PS3.15", "edition": "rows of 2031b/2031c", "rows": data})
        (folder / deidentification.JSON).write_text(text, "utf-8")
    return made


def made(given: Sources) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(deidentification.render(given)[0]["_generated/deidentification.py"], namespace)
    return namespace


def item(name: str, tag: str, basic: str, **options: str) -> dict[str, Any]:
    return {
        "name": name, "tag": tag, "retired": False, "in_standard_iod": True, "basic_profile": basic, "options": options,
    }  # fmt: skip


def test_rows_become_a_module(tmp_path: Path) -> None:
    found = made(
        sources(
            tmp_path,
            [
                row("Icon Image\n (see Note 11)", "(0088,0200)", retired="Y"),
                row("Curve Data", "(50XX,xxxx)", clean_graphics="C"),
                row("Private Attributes", "(gggg,eeee) where gggg is odd", retain_safe_private="C"),
            ],
        )
    )
    assert found["EDITION"] == "2031a"
    assert found["ROWS"].splitlines() == [
        "00880200\tIcon Image\t1\t1\tX" + "\t" * 10,
        "50xxxxxx\tCurve Data\t\t1\tX" + "\t" * 10 + "C",
        "private\tPrivate Attributes\t\t1\tX\tC" + "\t" * 9,
    ]
    assert found["ACTIONS"].splitlines()[1] == "X\tremove"
    assert found["CODES"].splitlines()[0] == "basic\t113100\tbasic Option"
    assert found["CONCEPTS"] == "121022\tDCM\tTEXT\tAccession Number\tX\tK" + "\t" * 6 + "\n"


def test_the_newer_json_is_taken_and_compared(tmp_path: Path) -> None:
    given = sources(
        tmp_path,
        [row("A", "(0008,0050)", "X", retain_uids="K"), row("Gone", "(0008,0051)")],
        [item("A", "(0008,0050)", "D", retain_uids="C"), item("New", "(0008,0052)", "X")],
    )
    files, differences = deidentification.render(given)
    assert "EDITION: Final = '2031c'" in files["_generated/deidentification.py"]
    assert [(one.row, one.field, one.taken, one.other) for one in differences] == [
        ("00080050", "basic", "D", "X"),
        ("00080050", "retain_uids", "C", "K"),
        ("00080052", "row", "New", "absent"),
        ("00080051", "row", "absent", "Gone"),
    ]


def test_a_row_that_stands_twice_in_the_docbook_is_reported(tmp_path: Path) -> None:
    twice = [
        row("A", "(0008,0050)", "X", retain_uids="C"),
        row("A", "(0008,0050)", "X", retain_uids="K"),
    ]
    given = sources(tmp_path, twice)
    files, differences = deidentification.render(given)
    assert files["_generated/deidentification.py"].count("00080050") == 1
    assert [(one.field, one.taken, one.other) for one in differences] == [("retain_uids", "C", "K")]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([row("A", "0008,0050")], r"docbook/part15\.xml, table E\.1-1, row 0008,0050: not a tag"),
        (
            [row("A", "(0008,0050)", "Q")],
            r"row \(0008,0050\): 'Q' in column 'Basic Prof\.' is no action code",
        ),
        (
            [row("A", "(0008,0050)", clean_graphics="Q")],
            "'Q' in column 'clean_graphics' is no action code",
        ),
        (
            [row("A", "(0008,0050)", "X"), row("A", "(0008,0050)", "D")],
            "the tag stands twice, with X and with D",
        ),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, rows: list[list[str]], message: str) -> None:
    with pytest.raises(CodegenError, match=message):
        deidentification.render(sources(tmp_path, rows))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([item("A", "(0008,0050)", "X", clean_all="C")], "unknown option 'clean_all'"),
        (
            [item("A", "(0008,0050)", "X")] * 2,
            r"E\.1-1_2026\.json, table E\.1-1, row 00080050: the tag stands twice",
        ),
    ],
)
def test_wrong_json_is_named(tmp_path: Path, data: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(CodegenError, match=message):
        deidentification.render(sources(tmp_path, [row("A", "(0008,0050)")], data))


def test_codes_of_unknown_options_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = sources(tmp_path, [row("A", "(0008,0050)")])
    monkeypatch.delitem(deidentification.CODES, "113112")
    with pytest.raises(
        CodegenError,
        match="table CID 7050, row 113112: the codes are not those of the known options",
    ):
        deidentification.render(given)


def test_without_the_part_it_says_what_is_needed(tmp_path: Path) -> None:
    for module in (deidentification, private):
        with pytest.raises(CodegenError, match=r"part15\.xml: a part15\.xml is needed"):
            module.render(Sources(tmp_path))
