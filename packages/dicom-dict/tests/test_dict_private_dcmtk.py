"""The private dictionary that DCMTK ships is read whole."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dicom_dict import PrivateDictionary


def test_dcmtks_own_dictionary_is_read_whole(peer: Callable[[str], str]) -> None:
    share = Path(peer("dcmdump")).resolve().parents[1] / "share"
    path = next(share.glob("*dcmtk*/private.dic"), None)
    if path is None:
        pytest.skip(f"DCMTK is here without a private.dic below {share.name}")
    found = PrivateDictionary.from_text(path)
    lines = [line for line in path.read_text("utf-8").splitlines() if line.startswith("(")]
    print(f"{len(found)} elements of {len(found.creators)} creators in DCMTK's dictionary")
    assert len(found) >= 0.99 * len(lines)  # a few stand twice
    again = PrivateDictionary.from_json(found.to_json())
    assert again == found
    speed = found.find("GEMS_ACQU_01", 0x00191023)
    assert speed is not None
    assert speed.vr == "DS"


def test_elements_that_the_standard_has_too_have_the_same_vr(peer: Callable[[str], str]) -> None:
    share = Path(peer("dcmdump")).resolve().parents[1] / "share"
    path = next(share.glob("*dcmtk*/private.dic"), None)
    if path is None:
        pytest.skip(f"DCMTK is here without a private.dic below {share.name}")
    theirs = PrivateDictionary.from_text(path)
    compared = 0
    for element in PrivateDictionary.STANDARD:
        tag = int(element.pattern[1:5], 16) << 16 | 0x1000 | int(element.pattern[8:10], 16)
        other = theirs.find(element.creator, tag)
        if other is not None and element.vrs:
            compared += 1
            assert other.vr == element.vr, (element, other)
    assert compared > 10
