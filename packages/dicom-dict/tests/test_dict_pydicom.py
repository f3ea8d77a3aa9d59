"""Our dictionaries beside those of pydicom 3.0.2: equal except for a listed, explained handful."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary
from pydicom._uid_dict import UID_dictionary

import dicom_dict as dd

LISTED = tomllib.loads(
    (Path(__file__).parent / "data/differences_from_pydicom.toml").read_text("utf-8")
)


def report(title: str, lines: list[str]) -> None:
    print(f"\n{title}")
    for line in lines:
        print("  " + line)


def explain(kind: str, found: dict[str, list[str]]) -> list[str]:
    """Each difference with its listed reason; the two lists must be the same."""
    listed = {key: entry["fields"] for key, entry in LISTED[kind].items()}
    assert found == listed
    return [
        f"{key} {', '.join(fields)}: {LISTED[kind][key]['why']}" for key, fields in found.items()
    ]


def test_every_shared_element_has_the_same_tag_vr_vm_and_keyword() -> None:
    found: dict[str, list[str]] = {}
    for number, (vr, vm, name, retired, keyword) in DicomDictionary.items():
        entry = dd.element(number)
        ours = {
            "vr": " or ".join(entry.vrs) or "NONE",
            "vm": str(entry.vm),
            "name": entry.name,
            "retired": entry.retired,
            "keyword": entry.keyword,
        }
        theirs = {"vr": vr, "vm": vm, "name": name, "retired": bool(retired), "keyword": keyword}
        fields = [field for field in ours if ours[field] != theirs[field]]
        if fields:
            found[str(dd.Tag(number))] = fields
    lines = explain("elements", found)
    report(
        f"{len(DicomDictionary)} elements of pydicom, {sum(1 for _ in dd.elements())} of ours, {len(lines)} differ:",
        lines,
    )


def concrete(mask: str) -> Iterator[int]:
    """Tags that a mask of pydicom's repeaters covers: the free digits all 0, all 2, all E (an even group)."""
    for digit in "02E":
        yield int(mask.replace("x", digit), 16)


@pytest.mark.parametrize(("mask", "entry"), RepeatersDictionary.items())
def test_repeating_groups_resolve_like_pydicoms(
    mask: str, entry: tuple[str, str, str, str, str]
) -> None:
    vr, vm, name, retired, keyword = entry
    for number in concrete(mask):
        if number in DicomDictionary:
            continue  # (0028,0400) is an element of its own, beside the mask (0028,04x0)
        ours = dd.element(number)
        assert (" or ".join(ours.vrs), str(ours.vm), ours.keyword, ours.retired) == (
            vr,
            vm,
            keyword,
            bool(retired),
        )
        assert ours.name == name
        assert ours.tag == number
        assert ours.pattern.lower() == mask.lower()


def test_every_uid_of_pydicom_is_ours_too() -> None:
    found: dict[str, list[str]] = {}
    for text, (name, kind, info, retired, keyword) in UID_dictionary.items():
        entry = dd.uid(text)
        # Where the standard writes "name: remark", pydicom always splits; we do so for remarks that are no part of the name.
        whole = f"{name}: {info}" if info.startswith("Default") else name
        same = {
            "name": entry.name == whole,
            "kind": entry.kind.lower() == kind.lower(),
            "retired": entry.retired == bool(retired),
            "keyword": entry.keyword == keyword,
        }
        fields = [field for field, equal in same.items() if not equal]
        if fields:
            found[text] = fields
    lines = explain("uids", found)
    report(
        f"{len(UID_dictionary)} UIDs of pydicom, {sum(1 for _ in dd.uids())} of ours, {len(lines)} differ:",
        lines,
    )
