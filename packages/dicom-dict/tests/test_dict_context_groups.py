"""Context groups: PS3.16 Annex B."""

import pickle
from collections.abc import Iterator

import pytest

from dicom_dict._codes import Code
from dicom_dict._context_groups import ContextGroup, context_group, context_groups, groups_of
from dicom_dict._errors import UnknownEntry


@pytest.fixture(scope="module")
def every() -> list[ContextGroup]:
    return list(context_groups())


def test_counts(every: list[ContextGroup]) -> None:
    assert len(every) == 1466
    assert sum(len(group.includes) for group in every) == 640
    assert sum(len(group.own_codes) for group in every) == 16540
    assert sum(group.extensible is None for group in every) == 101
    assert sum(group.extensible is False for group in every) == 72


def test_numbers_and_uids_are_unique_and_in_order(every: list[ContextGroup]) -> None:
    assert [group.cid for group in every] == sorted({group.cid for group in every})
    uids = {group.uid for group in every}
    assert len(uids) == len(every)
    others = {uid for uid in uids if not uid.startswith("1.2.840.10008.6.1.")}
    assert others == {context_group(102).uid}  # the answer list of LOINC


def test_no_inclusion_leads_nowhere(every: list[ContextGroup]) -> None:
    there = {group.cid for group in every}
    assert {cid for group in every for cid in group.includes} <= there


def test_every_code_is_whole(every: list[ContextGroup]) -> None:
    codes = [code for group in every for code in group.own_codes]
    assert all(code.value and code.scheme and code.meaning for code in codes)
    assert not any(
        text != " ".join(text.split()) for code in codes for text in (code.meaning, code.scheme)
    )


def test_acquisition_modality() -> None:
    group = context_group(29)
    assert (group.name, group.keyword) == ("Acquisition Modality", "AcquisitionModality")
    assert group.uid == "1.2.840.10008.6.1.19"
    assert group.extensible
    assert not group.is_retired
    assert Code("CT", "DCM") in group
    assert ("CT", "DCM") in group
    assert Code("CT", "SCT") not in group
    assert "CT" not in group
    assert group.find("CT") == Code("CT", "DCM", "Computed Tomography")
    assert group.find("CT", "SCT") is None
    assert group.find("nothing") is None


@pytest.mark.parametrize(
    "key",
    [29, "29", "CID 29", "Acquisition Modality", "AcquisitionModality", "1.2.840.10008.6.1.19"],
)
def test_one_group_by_each_of_its_names(key: int | str) -> None:
    assert context_group(key) is context_group(29)


def test_every_group_is_found_by_its_uid_and_keyword(every: list[ContextGroup]) -> None:
    shared = {3745, 6140}  # both are called Calculation Method
    for group in every:
        assert context_group(group.uid) == group
        assert group.keyword.isidentifier()
        assert group.cid in shared or context_group(group.keyword) == group


def test_a_name_of_two_groups_is_not_guessed() -> None:
    with pytest.raises(UnknownEntry, match=r"CID 3745 .* or CID 6140"):
        context_group("Calculation Method")


@pytest.mark.parametrize(
    ("key", "hint"),
    [(28, "CID 29"), (0, "CID 2 "), (10**9, "CID"), ("Acquisition Modalty", "CID 29")],
)
def test_an_unknown_group_names_near_ones(key: int | str, hint: str) -> None:
    with pytest.raises(UnknownEntry, match=hint):
        context_group(key)


def test_nothing_near() -> None:
    with pytest.raises(UnknownEntry) as caught:
        context_group("zzqqxx")
    assert caught.value.suggestions == ()


def _resolved(cid: int, path: tuple[int, ...] = ()) -> Iterator[Code]:
    """All codes, as the standard describes an inclusion, written naively."""
    for row in context_group(cid).rows:
        if isinstance(row, Code):
            yield row
        elif row not in path:
            yield from _resolved(row, (*path, cid))


def test_inclusions_are_resolved_in_order_each_code_once(every: list[ContextGroup]) -> None:
    for group in every:
        codes = group.codes()
        assert len(set(codes)) == len(codes), group.cid
        if group.includes:
            assert list(codes) == list(dict.fromkeys(_resolved(group.cid))), group.cid


def test_inclusion_is_transitive() -> None:
    for cid in context_group(29).includes:
        assert set(context_group(cid).codes()) <= set(context_group(29).codes())


def test_groups_of_a_code() -> None:
    found = groups_of(Code("24028007", "SCT"))
    assert {2, 5, 247} <= {group.cid for group in found}
    assert all(Code("24028007", "SCT") in group.own_codes for group in found)
    assert groups_of(("24028007", "SCT")) == found
    assert groups_of(("nothing", "SCT")) == ()


def test_a_group_can_be_hashed_and_pickled() -> None:
    assert pickle.loads(pickle.dumps(context_group(29))) is context_group(29)
    assert len({context_group(29), context_group("Acquisition Modality")}) == 1
    assert repr(context_group(29)) == "<ContextGroup CID 29 Acquisition Modality>"


def test_a_group_does_not_change() -> None:
    group = context_group(29)
    with pytest.raises(AttributeError, match="does not change"):
        group.name = "another"
    with pytest.raises(AttributeError, match="does not change"):
        del group.name
    assert list(group) == list(group.codes())


def test_lost_meanings_are_there() -> None:
    assert context_group(12024).find("268445003", "SCT") is not None
    assert all(code.meaning for code in context_group(12100).own_codes)
