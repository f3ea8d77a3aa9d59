"""Private dictionaries: the standard's, a user's, and those of others."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom._private_dict import private_dictionaries

from dicom_dict import VR, DicomError, PrivateDictionary, PrivateDictionaryError, PrivateElement

STANDARD = PrivateDictionary.STANDARD
ACME = PrivateElement.make("ACME 1.0", "(0029,xx01)", "US or SS", "1-n", "Dose")


def test_the_standard_dictionary_is_complete() -> None:
    # Counted in table E.3.10-1 of 2023b.
    assert len(STANDARD) == 479
    assert len(STANDARD.creators) == 20
    assert STANDARD is PrivateDictionary.STANDARD
    assert sum(not element.vrs for element in STANDARD) == 5
    assert sum(element.creator == "Philips Imaging DD 001" for element in STANDARD) == 184


def test_every_element_is_found_in_any_block() -> None:
    for element in STANDARD:
        group, low = int(element.pattern[1:5], 16), int(element.pattern[8:10], 16)
        for block in (0x10, 0x7F, 0xFF):
            assert STANDARD.find(element.creator, group << 16 | block << 8 | low) is element


def test_known_elements() -> None:
    element = STANDARD.find("GEMS_PARM_01", 0x00431027)
    assert element is not None
    assert (element.vr, str(element.vm)) == (VR.SH, "1")
    pixels = STANDARD.find("Philips Imaging DD 001", 0x2001117D)
    assert pixels is not None
    assert pixels.vrs == (VR.OW, VR.OB)


@pytest.mark.parametrize("creator", ["GEMS_PARM_01 ", " GEMS_PARM_01", "GEMS_PARM_01\0"])
def test_blanks_around_the_creator_do_not_count(creator: str) -> None:
    assert STANDARD.find(creator, 0x0043AB27) is not None


@pytest.mark.parametrize(
    ("creator", "tag"),
    [
        ("gems_parm_01", 0x00431027),
        ("GEMS_PARM_01", 0x00451027),
        ("GEMS_PARM_01", 0x00441027),  # an even group
        ("GEMS_PARM_01", 0x00430027),  # where the creators stand
        ("GEMS_PARM_01", 0x00430F27),
        ("", 0x00431027),
    ],
)
def test_what_is_not_there(creator: str, tag: int) -> None:
    assert STANDARD.find(creator, tag) is None


def test_pydicom_agrees() -> None:
    """Each element that both know has the same VR, but for two that pydicom has from elsewhere."""
    shared, different = 0, {}
    for element in STANDARD:
        key = element.pattern[1:5] + "xx" + element.pattern[8:10]
        theirs = private_dictionaries.get(element.creator, {}).get(key)
        if theirs is not None:
            shared += 1
            if theirs[0] != " or ".join(element.vrs):
                different[element.creator, key] = (" or ".join(element.vrs), theirs[0])
    print(f"{shared} private elements shared with pydicom, VR differs in {len(different)}")
    assert shared >= 200
    assert different == {
        ("Philips Imaging DD 001", "2001xx55"): ("UL", "CS"),
        ("HOLOGIC, Inc.", "7E01xx02"): ("SH", "LO"),
    }


def test_a_user_extends_a_dictionary_without_changing_it() -> None:
    more = STANDARD.extended([ACME])
    assert len(more) == len(STANDARD) + 1
    assert more.find("ACME 1.0", 0x00291101) is ACME
    assert STANDARD.find("ACME 1.0", 0x00291101) is None
    assert STANDARD | PrivateDictionary([ACME]) == more


def test_the_entry_added_last_counts() -> None:
    other = ACME._replace(name="Other")
    both = PrivateDictionary([ACME]) | PrivateDictionary([other])
    assert len(both) == 1
    assert both.find("ACME 1.0", 0x00291001) is other


def test_fixed_numbers_and_ranges_of_groups() -> None:
    found = PrivateDictionary.from_rows(
        [
            ("A", "(0025,1010)", "LO", "1", "Fixed"),
            ("A", "(6001-60FF,xx10)", "IS", "2", "Range"),
            ("A", "(0025,xx10)", "UL", "1", "Block"),
        ]
    )

    def name(tag: int) -> str | None:
        element = found.find("A", tag)
        return None if element is None else element.name

    assert name(0x00251010) == "Fixed"
    assert name(0x00251110) == "Block"
    assert name(0x60011010) == name(0x60FF2310) == "Range"
    assert name(0x61011010) is None


@pytest.mark.parametrize(
    "pattern",
    ["(0028,xx01)", "(0029,0101)", "0029", "(0029,xx1)", "(0029,xxx1)", "(0029-0027,xx01)", "(29,xx01)", "(0029,xx+1)", ""],
)  # fmt: skip
def test_a_pattern_that_is_none(pattern: str) -> None:
    with pytest.raises(
        PrivateDictionaryError, match=r"not a private element; write '\(0019,xx23\)'"
    ):
        PrivateElement.make("ACME", pattern, "LO")


@pytest.mark.parametrize(
    ("creator", "vr", "vm", "text"),
    [
        ("", "LO", "1", "creator is empty"),
        ("A", "ZZ", "1", "ZZ"),
        ("A", "LO", "many", "not a value multiplicity"),
    ],
)
def test_a_description_that_is_wrong(creator: str, vr: str, vm: str, text: str) -> None:
    with pytest.raises(PrivateDictionaryError, match=text) as caught:
        PrivateElement.make(creator, "(0029,xx01)", vr, vm)
    assert isinstance(caught.value, DicomError)
    assert isinstance(caught.value, ValueError)


def test_json_both_ways(tmp_path: Path) -> None:
    assert PrivateDictionary.from_json(STANDARD.to_json()) == STANDARD
    path = tmp_path / "private.json"
    path.write_text(STANDARD.to_json(), "utf-8")
    assert PrivateDictionary.from_json(path) == STANDARD
    assert PrivateDictionary.from_json(PrivateDictionary().to_json()) == PrivateDictionary()
    first = json.loads(PrivateDictionary([ACME]).to_json())[0]
    assert first == {
        "creator": "ACME 1.0",
        "tag": "(0029,xx01)",
        "vr": "US or SS",
        "vm": "1-n",
        "name": "Dose",
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "JSON text: not JSON"),
        ("[" * 100_000, "JSON text: not JSON"),
        ("{}", "expected a list of objects"),
        ("[1]", "JSON text, entry 0: not an object"),
        (
            '[{"creator": "A", "tag": "(0029,xx01)", "vr": 1}]',
            "entry 0: creator, tag, vr, vm and name are texts",
        ),
        (
            '[{"creator": "A", "tag": "(0028,xx01)", "vr": "LO"}]',
            r"entry 0: \(0028,xx01\): not a private element",
        ),
    ],
)
def test_json_that_is_wrong_names_the_entry(text: str, sentence: str) -> None:
    with pytest.raises(PrivateDictionaryError, match=sentence):
        PrivateDictionary.from_json(text)


TEXT = """\
# comment
(0019,"ACME #1",23)\tDS\tTableSpeed\t1\tPrivateTag

(0025,"ACME #1",1010)\tLO\tWorkspace\t1-n\tPrivateTag
(6001-o-60ff,"ACME #1",01)\tox\tLookup\t1\tPrivateTag
(7fe1,"ACME #1",10-u-12)\tUN
(0010,0010)\tPN\tPatientName\t1\tDICOM
(6000-60FF,0010)\tUS\tOverlayRows\t1\tDICOM
"""


def test_the_text_form() -> None:
    found = PrivateDictionary.from_text(TEXT)
    assert [
        (element.pattern, " ".join(element.vrs), str(element.vm), element.name) for element in found
    ] == [
        ("(0019,xx23)", "DS", "1", "TableSpeed"),
        ("(0025,1010)", "LO", "1-n", "Workspace"),
        ("(6001-60FF,xx01)", "OB OW", "1", "Lookup"),
        ("(7FE1,xx10)", "UN", "1", ""),
        ("(7FE1,xx11)", "UN", "1", ""),
        ("(7FE1,xx12)", "UN", "1", ""),
    ]
    assert found.creators == ("ACME #1",)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("nonsense\tLO", "line 2: 'nonsense' is no tag"),
        ('(0019,"A",23)', "line 2: the VR is missing"),
        ('(0018,"A",23)\tLO\tX\t1', r"line 2: \(0018-0018,xx23\): not a private element"),
        ('(0019,"A",23-11)\tLO\tX\t1', "line 2: 23-11 is no range"),
        (
            '(0019,"A",1000-u-ffff)\tLO\tX\t1',
            "line 2: 1000-ffff is a range of more than 4096 elements",
        ),
        ('(0019,"A",23)\tZZ\tX\t1', "line 2: .*ZZ"),
    ],
)
def test_text_that_is_wrong_names_the_line(line: str, sentence: str) -> None:
    with pytest.raises(PrivateDictionaryError, match=sentence):
        PrivateDictionary.from_text(f"# first\n{line}\n")


def test_a_file_names_itself(tmp_path: Path) -> None:
    path = tmp_path / "private.dic"
    path.write_text("nonsense\n", "utf-8")
    with pytest.raises(PrivateDictionaryError, match=r"private\.dic, line 1"):
        PrivateDictionary.from_text(path)


def test_a_file_that_is_no_text_says_so(tmp_path: Path) -> None:
    path = tmp_path / "private.dic"
    path.write_bytes(b"\xff\xfe\x00")
    for read in (PrivateDictionary.from_text, PrivateDictionary.from_json):
        with pytest.raises(PrivateDictionaryError, match=r"private\.dic: not UTF-8 text"):
            read(path)


@given(st.text(max_size=60))
def test_no_text_ends_in_another_error(text: str) -> None:
    for read in (PrivateDictionary.from_text, PrivateDictionary.from_json):
        with suppress(PrivateDictionaryError):
            read(text)


CHOICES = st.sampled_from([element for element in STANDARD if element.vrs])


@given(st.lists(CHOICES, max_size=8), st.lists(CHOICES, max_size=8))
def test_a_union_has_what_both_have(one: list[PrivateElement], two: list[PrivateElement]) -> None:
    union = PrivateDictionary(one) | PrivateDictionary(two)
    assert set(union) == {*one, *two}
    assert union == PrivateDictionary([*two, *one])
    assert hash(union) == hash(PrivateDictionary([*two, *one]))
