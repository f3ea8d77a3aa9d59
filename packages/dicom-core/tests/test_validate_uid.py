"""UIDs: the stand-alone check, and every UI element of a data set (PS3.5 9.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dicom_core as dc
from dicom_core.validate import Severity, is_valid_uid, validate

FORMS = [
    ("1.2.840.10008.1.1", True),
    ("1", True),
    ("0", True),
    ("0.0", True),
    ("2.25.329800735698586629295641978511506172918", True),
    ("1." + "2" * 62, True),  # 64 characters
    ("1." + "2" * 63, False),  # 65
    ("", False),
    ("1..2", False),
    (".1", False),
    ("1.", False),
    ("01.2", False),
    ("1.02", False),
    ("1.2.0", True),
    ("1.2.a", False),
    ("1.2\0", False),
    ("1.2 ", False),
    (" 1.2", False),
    ("1.2\n", False),
    ("1.2.\u0663", False),  # ARABIC-INDIC DIGIT THREE
    ("1.2.\u00b2", False),  # SUPERSCRIPT TWO
    ("-1.2", False),
    ("1,2", False),
]


@pytest.mark.parametrize(("text", "valid"), FORMS)
def test_form(text: str, valid: bool) -> None:
    assert is_valid_uid(text) is valid


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=4))
def test_numbers_with_dots_are_uids(numbers: list[int]) -> None:
    assert is_valid_uid(".".join(map(str, numbers)))


def _with_uid_field(raw: bytes) -> bytes:
    """An explicit little endian data set with one UI element and this value field."""
    return b"\x08\x00\x18\x00UI" + len(raw).to_bytes(2, "little") + raw


FIELDS = [
    (b"1.2.3\0", []),  # padded as PS3.5 6.2 wants it
    (b"1.2.34", []),
    (b"1.2.3 ", ["uid-format"]),
    (b"1.2.3\0\0\0", ["uid-format"]),
    (b"1.02.3", ["uid-format"]),
    (b"1.2\\1.3\0", []),
    (b"1.2\\1.b\0", ["uid-format"]),
    (b"", []),
]


@pytest.mark.parametrize(("raw", "rules"), FIELDS)
def test_value_field(raw: bytes, rules: list[str]) -> None:
    dataset = dc.read_dataset(_with_uid_field(raw))
    found = [issue.rule for issue in validate(dataset).errors if issue.rule == "uid-format"]
    assert found == rules


def test_three_sequences_deep() -> None:
    bad = {"ReferencedSOPInstanceUID": "1..2"}
    inner = {"ReferencedSOPSequence": [{"ReferencedSOPInstanceUID": "1.2"}, bad]}
    values: dict[str, object] = {
        "ContentSequence": [{"ContentSequence": [inner]}],
    }
    found = [issue for issue in validate(values).errors if issue.rule == "uid-format"]
    assert [issue.path for issue in found] == [
        "(0040,A730)[0].(0040,A730)[0].(0008,1199)[1].(0008,1155)"
    ]
    assert found[0].severity is Severity.ERROR
    assert found[0].tag == 0x00081155
    assert "1..2" not in str(found[0])  # no value in a message
