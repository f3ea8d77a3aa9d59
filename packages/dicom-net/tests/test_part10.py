"""The head of a file around a received data set, read by dicom-core."""

import pytest

import dicom_core as dc
from dicom_net._part10 import file_head

CLASS = "1.2.840.10008.5.1.4.1.1.2"


@pytest.mark.parametrize("instance", ["1.2.3", "1.2.34", "2.25." + "1" * 59])
@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.4.90"])
def test_the_head_is_file_meta_information(instance: str, syntax: str) -> None:
    body = (
        b"\x08\x00\x60\x00CS\x02\x00CT"
        if syntax.endswith("90")
        else b"\x08\x00\x60\x00\x02\x00\x00\x00CT"
    )
    head = file_head(CLASS, instance, syntax, sender="PEER", receiver="ME")
    file = dc.read(head + body)
    assert not file.findings
    assert file.dataset.Modality == "CT"
    assert file.transfer_syntax == syntax
    meta = {
        f"{tag & 0xFFFF:04X}": element
        for tag, element in ((int(t), file.meta[t]) for t in file.meta)
    }
    assert meta["0000"] == len(head) - 144
    assert meta["0001"] == b"\0\1"
    assert meta["0002"] == CLASS
    assert meta["0003"] == instance
    assert meta["0017"] == "PEER"
    assert meta["0018"] == "ME"
    assert list(meta) == sorted(meta)


def test_unknown_titles_are_left_out() -> None:
    file = dc.read(file_head(CLASS, "1.2", "1.2.840.10008.1.2"))
    assert 0x00020017 not in file.meta
