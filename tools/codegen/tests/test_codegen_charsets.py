"""The character set tables from small XML: what is taken, compared and refused."""

from pathlib import Path
from typing import Any

import pytest

from tools.codegen.errors import CodegenError
from tools.codegen.tables import charsets

from .small import book, folder_of, table

SINGLE = [
    "Character Set Description",
    "Defined Term",
    "ISO Registration Number",
    "Number of Characters",
    "Code Element",
    "Character Set",
]
EXTENSIBLE = [*SINGLE[:2], "Standard for Code Extension", "ESC Sequence", *SINGLE[2:]]
LATIN_5 = ["Latin alphabet No. 5", "ISO_IR 148", "ISO-IR 148", "96", "G1", "ISO 8859"]
KATAKANA = [
    "Japanese",
    "ISO 2022 IR 13",
    "ISO 2022",
    "ESC 02/0 9 04/09",
    "ISO-IR 13",
    "94",
    "G1",
    "JIS X 0201:Katakana",
]
KANJI = [
    "Japanese",
    "ISO 2022 IR 87",
    "ISO 2022",
    "ESC 02/04 04/02",
    "ISO-IR 87",
    "942",
    "G0",
    "JIS X 0208",
]


def part03(
    single: list[str] = LATIN_5, katakana: list[str] = KATAKANA, kanji: list[str] = KANJI
) -> str:
    ascii_half = ["Latin alphabet No. 5", "ISO_IR 148", "ISO-IR 6", "94", "G0", "ISO 646"]
    return book(
        3,
        "2031a",
        table(
            "C.12-2",
            SINGLE,
            [["Default repertoire", "none", "ISO-IR 6", "94", "G0", "ISO 646"], single, ascii_half],
        ),
        table("C.12-3", EXTENSIBLE, [katakana]),
        table("C.12-4", EXTENSIBLE, [kanji]),
        table("C.12-5", SINGLE[:2], [["Unicode in UTF-8", "ISO_IR 192"]]),
    )


def rows(folder: Path, **parts: str) -> list[str]:
    namespace: dict[str, Any] = {}
    exec(charsets.render(folder_of(folder, **parts))[0]["_generated/charsets.py"], namespace)
    return list(namespace["ROWS"].splitlines())


def test_rows_become_a_module(tmp_path: Path) -> None:
    found = rows(tmp_path, part03=part03())
    assert found[0] == "\tsingle-byte\tDefault repertoire\tG0\tISO-IR 6\t\t94\t1\tISO 646"
    # A cell broken inside a number is put together, and 94 with a lost superscript is 94 by 94.
    assert (
        "ISO 2022 IR 13\tsingle-byte extensible\tJapanese\tG1\tISO-IR 13\t1b2949\t94\t1\tJIS X 0201: Katakana"
        in found
    )
    assert (
        "ISO 2022 IR 87\tmulti-byte extensible\tJapanese\tG0\tISO-IR 87\t1b2442\t8836\t2\tJIS X 0208"
        in found
    )
    assert found[-1].startswith("ISO_IR 192\tmulti-byte\tUnicode in UTF-8\t\t")


def test_latin_9_is_added_to_an_older_table_only(tmp_path: Path) -> None:
    assert sum("ISO-IR 203" in row for row in rows(tmp_path, part03=part03())) == 1
    newer = [*LATIN_5]
    newer[:3] = ["Latin alphabet No. 9", "ISO_IR 203", "ISO-IR 203"]
    files, differences = charsets.render(folder_of(tmp_path, part03=part03(newer)))
    assert files["_generated/charsets.py"].count("ISO-IR 203") == 1
    assert differences == []


def test_ps3_5_is_a_second_witness(tmp_path: Path) -> None:
    annex = table(
        "H.1-1",
        ["", "ISO-IR 14", "ISO-IR 13"],
        [
            ["G0 set", "ESC 02/08 04/10", "ESC 02/08 04/09"],
            ["G1 set", "ESC 02/09 04/10", "ESC 02/09 04/08"],
        ],
    )
    sources = folder_of(tmp_path, part03=part03(), part05=book(5, "2031b", annex))
    _, differences = charsets.render(sources)
    assert [(one.row, one.taken, one.other) for one in differences if one.field == "escape"] == [
        ("ISO 2022 IR 13", "1b2949", "1b2948")
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"single": [*LATIN_5[:4], "G2", "x"]}, r"docbook/part03\.xml, table C\.12-2, row ISO_IR 148: 'G2' is no code element"),
        ({"single": [*LATIN_5[:3], "many", "G1", "x"]}, "'many' is no number of characters"),
        ({"katakana": [*KATAKANA[:3], "ESC A", *KATAKANA[4:]]}, r"table C\.12-3, row ISO 2022 IR 13: 'ESC A' is no escape"),
        ({"katakana": [*KATAKANA[:3], "", *KATAKANA[4:]]}, "the escape sequence is missing"),
        ({"single": ["Latin alphabet No. 5", "ISO_IR 148", "ISO-IR 6", "94", "G0", "x"]}, "row ISO_IR 148: G0 stands twice"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_named(tmp_path: Path, change: dict[str, list[str]], message: str) -> None:
    with pytest.raises(CodegenError, match=message):
        charsets.render(folder_of(tmp_path, part03=part03(**change)))


def test_without_the_part_it_says_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(CodegenError, match=r"a part03\.xml is needed"):
        charsets.render(folder_of(tmp_path))
