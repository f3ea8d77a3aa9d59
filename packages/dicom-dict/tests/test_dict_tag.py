"""Tag: a number with a group and an element half (PS3.5 7.1, 7.8)."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicom_dict import Tag, TagFormatError, UnknownEntry

numbers = st.integers(0, 0xFFFFFFFF)


@given(numbers)
def test_every_text_form_reads_back(number: int) -> None:
    tag = Tag(number)
    assert (
        Tag(str(tag))
        == Tag(str(tag)[1:-1])
        == Tag(f"{number:08x}")
        == Tag(tag.group, tag.element)
        == Tag((tag.group, tag.element))
        == tag
    )
    assert eval(repr(tag)) == tag
    assert pickle.loads(pickle.dumps(tag)) == tag
    assert type(pickle.loads(pickle.dumps(tag))) is Tag


@given(st.lists(numbers))
def test_tags_sort_and_hash_as_their_numbers(values: list[int]) -> None:
    assert sorted(map(Tag, values)) == sorted(values)
    assert {Tag(value) for value in values} == set(values)


@given(numbers)
def test_the_parts(number: int) -> None:
    tag = Tag(number)
    assert (tag.group << 16) + tag.element == number
    assert tag.is_private == (tag.group % 2 == 1)
    assert tag.is_group_length == (tag.element == 0)
    assert tag.is_private_creator == (tag.is_private and 0x10 <= tag.element <= 0xFF)


@pytest.mark.parametrize(
    ("tag", "block"),
    [
        (0x00091001, 0x10),
        (0x0009FF01, 0xFF),
        (0x00090010, None),
        (0x00090F00, None),
        (0x00101001, None),
    ],
)
def test_private_blocks(tag: int, block: int | None) -> None:
    assert Tag(tag).private_block == block


@pytest.mark.parametrize(
    ("tag", "repeats"),
    [(0x60003000, True), (0x50FE0010, True), (0x60013000, False), (0x61003000, False)],
)
def test_repeating_groups(tag: int, repeats: bool) -> None:
    assert Tag(tag).is_repeater is repeats


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "0010",
        "0010,001",
        "0010,00100",
        "(0010,0010",
        "00 100010",
        "0x100010",
        "(0010;0010)",
        "+0100010",
        "٠٠١٠٠٠١٠",
        -1,
        2**32,
        (1, 2**16),
        (-1, 0),
        (1, 2, 3),
    ],
)
def test_a_malformed_tag_says_what_forms_there_are(bad: str) -> None:
    with pytest.raises(TagFormatError) as caught:
        Tag(bad)
    assert isinstance(caught.value, ValueError)
    assert repr(bad) in str(caught.value)
    assert "'(0010,0010)'" in str(caught.value)


def test_a_misspelt_keyword_is_an_unknown_element() -> None:
    assert Tag("PatientName") == 0x00100010
    with pytest.raises(UnknownEntry, match="did you mean PatientName"):
        Tag("PatientNmae")
