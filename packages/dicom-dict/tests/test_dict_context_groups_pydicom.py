"""Every context group of pydicom 3.0.2 (edition 2024d), compared code by code.

Where the groups differ, the data file beside this one says why. pydicom repeats some included codes
in a group and leaves others out, so its codes must lie between ours without and with inclusions.
"""

from pathlib import Path

import pytest

from dicom_dict._codes import dcm_code
from dicom_dict._context_groups import context_group
from dicom_dict._errors import UnknownEntry

cid_dict = pytest.importorskip("pydicom.sr._cid_dict")
concepts = pytest.importorskip("pydicom.sr._concepts_dict").concepts

Pair = tuple[str, str]
CHANGED = "20240900"  # 2024d, pydicom's edition, is of September 2024
FILE = Path(__file__).with_name("test_dict_context_groups_pydicom.txt")


def _listed() -> dict[int, tuple[str, str, str]]:
    lines = [line for line in FILE.read_text("utf-8").splitlines() if not line.startswith("#")]
    rows = [line.split("\t") for line in lines]
    return {int(cid): (reason, theirs, ours) for cid, reason, theirs, ours in rows}


def _theirs(cid: int) -> set[Pair]:
    return {
        (value, scheme)
        for scheme, names in cid_dict.cid_concepts[cid].items()
        for name in names
        for value, (_, cids) in concepts[scheme][name].items()
        if cid in cids
    }


def _newest_version(cid: int, entered: set[int]) -> str:
    entered.add(cid)
    group = context_group(cid)
    below = [_newest_version(other, entered) for other in group.includes if other not in entered]
    return max([group.version, *below])


def _text(pairs: set[Pair]) -> str:
    return " ".join(f"{scheme}:{value.replace(' ', '_') or '-'}" for value, scheme in sorted(pairs))


def test_every_group_of_pydicom_is_here_and_equal_or_listed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    listed, found, equal = _listed(), {}, 0
    for cid in cid_dict.name_for_cid:
        group = context_group(cid)
        own = {(code.value, code.scheme) for code in group.own_codes}
        full = {(code.value, code.scheme) for code in group.codes()}
        theirs = _theirs(cid)
        if own <= theirs <= full:
            equal += 1
            continue
        reason = listed.get(cid, ("",))[0]
        if _newest_version(cid, set()) >= CHANGED:
            reason = "changed"
        found[cid] = (reason, _text(theirs - full), _text(own - theirs))
    with capsys.disabled():
        changed = sum(row[0] == "changed" for row in found.values())
        print(
            f"\ncontext groups: {equal} of pydicom's {len(cid_dict.name_for_cid)} equal, "
            f"{changed} changed since its edition, {len(found) - changed} explained one by one"
        )
    assert found == listed


def test_every_dcm_code_of_pydicom_is_here() -> None:
    missing = set()
    values = {value for names in concepts["DCM"].values() for value in names}
    for value in values:
        try:
            dcm_code(value)
        except UnknownEntry:
            missing.add(value)
    assert missing == {
        "Margin"
    }  # in CID 6333 of 2024d: a code value that was a slip of the standard


def test_meanings_of_dcm_codes_are_pydicoms_or_listed() -> None:
    def plain(text: str) -> str:
        return "".join(filter(str.isalnum, text)).lower()

    lines = FILE.with_name("test_dict_codes_pydicom.txt").read_text("utf-8").splitlines()
    listed = {line.split("\t")[0] for line in lines if not line.startswith("#")}
    different = {
        value
        for names in concepts["DCM"].values()
        for value, (meaning, _) in names.items()
        if value != "Margin" and plain(meaning) != plain(dcm_code(value).meaning)
    }
    assert different == listed
