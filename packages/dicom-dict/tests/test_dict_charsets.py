"""The character sets: every defined term, and escape sequences that other programs know too."""

from collections import Counter

import pytest
from pydicom.charset import CODES_TO_ENCODINGS, python_encoding

from dicom_dict import (
    CharacterSetKind,
    UnknownEntry,
    character_set,
    character_sets,
    escape_sequences,
    find_character_set,
)

SETS = character_sets()


def test_the_terms_are_complete() -> None:
    kinds = Counter(known.kind for known in SETS)
    assert kinds == {
        CharacterSetKind.SINGLE_BYTE: 13,
        CharacterSetKind.SINGLE_BYTE_EXTENSIBLE: 13,
        CharacterSetKind.MULTI_BYTE_EXTENSIBLE: 4,
        CharacterSetKind.MULTI_BYTE: 3,
    }
    assert len({known.term for known in SETS}) == len(SETS)


def test_each_extensible_term_has_its_single_twin() -> None:
    single = {known.term: known for known in SETS if known.kind is CharacterSetKind.SINGLE_BYTE}
    for known in SETS:
        if known.kind is CharacterSetKind.SINGLE_BYTE_EXTENSIBLE:
            twin = single.get(known.term.replace("ISO 2022 IR", "ISO_IR")) or single[""]
            assert twin.description == known.description
            assert [element.registration for element in twin.code_elements] == [
                element.registration for element in known.code_elements
            ]


def test_code_elements() -> None:
    for known in SETS:
        assert known.has_code_extensions == (known.term.startswith("ISO 2022"))
        for element in known.code_elements:
            assert bool(element.escape) == known.has_code_extensions
            assert element.bytes_per_character == (
                2 if known.kind is CharacterSetKind.MULTI_BYTE_EXTENSIBLE else 1
            )
            if element.escape:
                # ISO 2022: ( and ) designate 94 characters to G0 and G1, - designates 96 to G1,
                # $ begins the designation of several bytes.
                second = element.escape[1:3]
                assert element.escape[0] == 0x1B
                if element.bytes_per_character == 2:
                    assert second[:1] == b"$"
                    assert (second == b"$)") == (element.element == "G1")
                else:
                    assert second[:1] == (
                        b"("
                        if element.element == "G0"
                        else (b")" if element.registration == "ISO-IR 13" else b"-")
                    )


@pytest.mark.parametrize(
    ("term", "g0", "g1"),
    [
        ("ISO 2022 IR 6", b"\x1b(B", None),
        ("ISO 2022 IR 100", b"\x1b(B", b"\x1b-A"),
        ("ISO 2022 IR 13", b"\x1b(J", b"\x1b)I"),
        ("ISO 2022 IR 166", b"\x1b(B", b"\x1b-T"),
        ("ISO 2022 IR 203", b"\x1b(B", b"\x1b-b"),
        ("ISO 2022 IR 87", b"\x1b$B", None),
        ("ISO 2022 IR 159", b"\x1b$(D", None),
        ("ISO 2022 IR 149", None, b"\x1b$)C"),
        ("ISO 2022 IR 58", None, b"\x1b$)A"),
        ("ISO_IR 192", None, None),
    ],
)
def test_escape_sequences_of_terms(term: str, g0: bytes | None, g1: bytes | None) -> None:
    known = character_set(term)
    assert (known.g0.escape if known.g0 else None) == g0
    assert (known.g1.escape if known.g1 else None) == g1


def test_the_default_repertoire_is_the_empty_value() -> None:
    default = character_set("")
    assert default is SETS[0]
    assert default.g0 is not None
    assert default.g0.registration == "ISO-IR 6"
    assert default.g1 is None
    assert find_character_set("   ") is default


def test_sizes() -> None:
    assert [(element.element, element.characters) for element in character_set("ISO_IR 166").code_elements] == [
        ("G0", 94), ("G1", 88),
    ]  # fmt: skip
    assert character_set("ISO 2022 IR 87").code_elements[0].characters == 94 * 94
    assert character_set("ISO 2022 IR 58").code_elements[0].characters == 6763


def test_unknown_terms_name_the_nearest() -> None:
    with pytest.raises(UnknownEntry, match=r"'ISO-IR 100'; did you mean ISO_IR 100"):
        character_set("ISO-IR 100")
    assert find_character_set("ISO_IR 999") is None


def test_escape_sequences_mean_the_same_everywhere() -> None:
    for known in SETS:
        for element in known.code_elements:
            if element.escape:
                found = escape_sequences()[element.escape]
                assert (found.element, found.registration) == (
                    element.element,
                    element.registration,
                )


def test_pydicom_knows_the_same_terms_and_sequences() -> None:
    """But for Latin alphabet No. 9, newer than pydicom 3.0, and spellings that it tolerates beside the terms."""
    ours = {known.term for known in SETS}
    assert ours - set(python_encoding) == {"ISO_IR 203", "ISO 2022 IR 203"}
    assert set(python_encoding) - ours == {"ISO_IR 6", "ISO 2022 58", "ISO 2022 GBK"}
    assert set(escape_sequences()) - set(CODES_TO_ENCODINGS) == {b"\x1b-b"}
    assert set(CODES_TO_ENCODINGS) <= set(escape_sequences())
