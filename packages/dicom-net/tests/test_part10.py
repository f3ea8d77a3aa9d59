"""The head of a file around a received data set, read by dicom-core."""

import pytest

import dicom_core as dc
from dicom_net._part10 import Head, file_head, look_at_head

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


def test_a_head_is_looked_at_as_dicom_core_reads_it() -> None:
    head = file_head(CLASS, "1.2.34", "1.2.840.10008.1.2.4.90", sender="PEER", receiver="ME")
    wanted = Head(CLASS, "1.2.34", "1.2.840.10008.1.2.4.90", len(head))
    assert look_at_head(head + b"data") == wanted
    file = dc.DicomFile.new(dc.Dataset({"SOPClassUID": CLASS, "SOPInstanceUID": "1.2.34"}))
    file.meta.set(0x00020102, "OB", bytes(301))  # private information, with a length of four bytes
    whole = file.to_bytes()
    found = look_at_head(whole)
    assert found is not None
    assert (found.sop_class, found.sop_instance) == (CLASS, "1.2.34")
    assert dc.read_dataset(whole[found.end :]) == file.dataset


def test_a_head_that_is_not_as_usual_is_left_to_the_reader() -> None:
    head = file_head(CLASS, "1.2.34", "1.2.840.10008.1.2")
    for cut in range(len(head)):
        assert look_at_head(head[:cut]) is None
    for at in range(128, len(head)):  # whatever one byte becomes, nothing is raised
        for byte in (0, 0x31, 0xFF):
            look_at_head(head[:at] + bytes([byte]) + head[at + 1 :])
    length = len(head) - 144
    for wrong in (length - 1, length + 1, 0, 0xFFFFFFFF):
        assert (
            look_at_head(head[:140] + wrong.to_bytes(4, "little") + head[144:] + bytes(50)) is None
        )
