"""DICOM JSON of many instances with one encoder: what it has learnt changes its speed, never its text."""

import json
import struct

import pytest

import dicom_core as dc


def explicit(tag: int, vr: str, raw: bytes) -> bytes:
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr.encode()
    if vr == "SQ":
        return head + struct.pack("<HI", 0, len(raw)) + raw
    return head + struct.pack("<H", len(raw)) + raw


def item(content: bytes) -> bytes:
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(content)) + content


def items_of(ds: dc.Dataset, tag: int) -> dc.Sequence:
    value = ds[tag]
    assert isinstance(value, dc.Sequence)
    return value


@pytest.mark.parametrize("edit", ["value", "item", "nested"])
def test_edits_in_items_are_seen_and_stay_where_they_were_made(edit: str) -> None:
    code = explicit(0x00080104, "LO", b"first ")
    inner = explicit(0x00080100, "SH", b"P1") + explicit(0x0040A043, "SQ", item(code))
    data = explicit(0x00081032, "SQ", item(inner)) + explicit(0x00100020, "LO", b"1 ")

    def edited() -> dc.Dataset:
        ds = dc.read_dataset(data)
        items = items_of(ds, 0x00081032)
        if edit == "value":
            items[0].CodeValue = "P2"
        elif edit == "item":
            items.append(dc.Dataset({"CodeValue": "P2"}))
        else:
            items_of(items[0], 0x0040A043)[0].CodeMeaning = "P2"
        return ds

    before = dc.json.encode(dc.read_dataset(data))
    for order in ((False, True, False, True), (True, False, True, False)):
        encoder = dc.json.Encoder()
        for changed in order:
            text = encoder.encode(edited() if changed else dc.read_dataset(data))
            assert (text != before) == changed == (b'"P2"' in text)


def test_a_series_becomes_the_same_with_and_without_what_was_learnt() -> None:
    encoder = dc.json.Encoder()
    for number in range(40):
        parts = [
            explicit(0x00080005, "CS", b"ISO_IR 100"),
            explicit(0x00080018, "UI", f"1.2.{number:04}".encode()),
            explicit(0x00080060, "CS", b"CT"),
            explicit(0x00080070, "LO", b"" if number % 5 else b"\xe9 "),
            explicit(
                0x00081140, "SQ", item(explicit(0x00081155, "UI", f"1.3.{number:04}".encode()))
            ),
            explicit(0x00100010, "PN", b"A^B "),
            explicit(0x00180050, "DS", f"{number % 3}.5 ".encode()),
            explicit(0x00280010, "US", struct.pack("<H", number // 7)),
        ]
        if number % 11 == 3:  # some have an element more or less
            del parts[5]
        if number % 13 == 3:
            parts.insert(6, explicit(0x00180015, "CS", b"CHEST "))
        if number % 17 == 3:  # and in some they are out of order, or there twice
            parts[1], parts[2] = parts[2], parts[1]
        if number % 19 == 3:
            parts.append(explicit(0x00080070, "LO", b"ACME"))
        ds = dc.read_dataset(b"".join(parts))
        assert encoder.encode(ds) == dc.json.encode(ds), number


def test_what_an_item_says_of_itself_counts_however_much_was_learnt() -> None:
    encoder = dc.json.Encoder()
    text = explicit(0x00080104, "LO", b"\xe9 ")
    for charset, expected in ((b"", "é"), (b"ISO_IR 144", "щ")):
        declared = explicit(0x00080005, "CS", charset) if charset else b""
        data = explicit(0x00080005, "CS", b"ISO_IR 100")
        data += explicit(0x00081032, "SQ", item(declared + text))
        model = json.loads(encoder.encode(dc.read_dataset(data)))
        assert model["00081032"]["Value"][0]["00080104"]["Value"] == [expected]


def test_small_sequences_count_against_the_depth() -> None:
    inner = explicit(0x00081032, "SQ", item(explicit(0x00081032, "SQ", item(b""))))
    two, one = dc.Limits(depth=2), dc.Limits(depth=1)
    assert dc.json.encode(dc.read_dataset(inner), limits=two).count(b"SQ") == 2
    with pytest.raises(dc.LimitExceeded):
        dc.json.encode(dc.read_dataset(inner), limits=one)
