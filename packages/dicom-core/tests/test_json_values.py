"""Every VR in DICOM JSON (PS3.18 table F.2.3-1): value fields to text, text to value fields."""

import doctest
import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dicom_core as dc
from dicom_core import VR


def explicit(tag: int, vr: str, raw: bytes, order: str = "<") -> bytes:
    head = struct.pack(order + "HH", tag >> 16, tag & 0xFFFF) + vr.encode()
    if vr in {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"}:
        return head + b"\0\0" + struct.pack(order + "I", len(raw)) + raw
    return head + struct.pack(order + "H", len(raw)) + raw


BIG = "1.2.840.10008.1.2.2"
TAGS: dict[str, int] = {
    "AE": 0x00080054, "AS": 0x00101010, "AT": 0x00209165, "CS": 0x00080008, "DA": 0x00080022,
    "DS": 0x00200032, "DT": 0x0008002A, "FD": 0x00189087, "FL": 0x00081163, "IS": 0x00081160,
    "LO": 0x00101000, "LT": 0x00104000, "OB": 0x00420011, "OD": 0x00709999, "OF": 0x00640009,
    "OL": 0x00660129, "OV": 0x7FE00001, "OW": 0x00281201, "PN": 0x00081050, "SH": 0x00201020,
    "SL": 0x00186020, "SS": 0x00189219, "ST": 0x00080081, "SV": 0x00720082, "TM": 0x00080032,
    "UC": 0x00080119, "UI": 0x0008001A, "UL": 0x00081161, "UN": 0x00091001, "UR": 0x00080120,
    "US": 0x00280012, "UT": 0x00700323, "UV": 0x00080101,
}  # fmt: skip


def encoded(vr: str, raw: bytes, syntax: str = "", **options: Any) -> Any:
    order = ">" if syntax == BIG else "<"
    tag = TAGS[vr]
    ds = dc.read_dataset(explicit(tag, vr, raw, order), syntax or "1.2.840.10008.1.2.1")
    attribute = json.loads(dc.json.encode(ds, **options))[f"{tag:08X}"]
    assert attribute.pop("vr") == vr
    return attribute


# VR, value field, what stands in the model, whether it goes back to the same bytes
CASES: list[tuple[str, bytes, Any, bool]] = [
    ("AE", b"STORE ", {"Value": ["STORE"]}, True),
    ("AE", b"A\\B ", {"Value": ["A", "B"]}, True),
    ("AS", b"018M", {"Value": ["018M"]}, True),
    ("AT", b"\x10\x00\x20\x00", {"Value": ["00100020"]}, True),
    ("AT", b"\x10\x00\x20\x00\xe0\x7f\x10\x00", {"Value": ["00100020", "7FE00010"]}, True),
    ("CS", b"ORIGINAL\\PRIMARY", {"Value": ["ORIGINAL", "PRIMARY"]}, True),
    ("CS", b"A\\\\B", {"Value": ["A", None, "B"]}, True),
    ("CS", b"\\ ", {"Value": [None, None]}, True),
    ("CS", b"\"<&\x1f\x7f ", {"Value": ['"<&\x1f\x7f']}, False),
    ("DA", b"20250131", {"Value": ["20250131"]}, True),
    ("DA", b"2025.01.31", {"Value": ["2025.01.31"]}, True),
    ("DA", b"nonsense", {"Value": ["nonsense"]}, True),
    ("DS", b"1.50", {"Value": [1.5]}, True),
    ("DS", b"-0.5\\1e-3\\12", {"Value": [-0.5, 0.001, 12]}, True),
    ("DS", b"+1.5", {"Value": [1.5]}, False),
    ("DS", b" .5\\007", {"Value": [0.5, 7]}, False),
    ("DS", b"127.", {"Value": [127.0]}, False),
    ("DS", b"1\\\\3", {"Value": [1, None, 3]}, True),
    ("DS", b"0.30000000000000004 ", {"Value": ["0.30000000000000004"]}, True),
    ("DS", b"1e999 ", {"Value": ["1e999"]}, True),
    ("DS", b"one ", {"Value": ["one"]}, True),
    ("DS", b"NaN ", {"Value": ["NaN"]}, True),
    ("DT", b"20250131120000.5+0100 ", {"Value": ["20250131120000.5+0100"]}, True),
    ("FD", struct.pack("<d", 0.1), {"Value": [0.1]}, True),
    ("FD", struct.pack("<2d", 1e300, -0.0), {"Value": [1e300, -0.0]}, True),
    ("FL", struct.pack("<f", 0.1), {"Value": [0.10000000149011612]}, True),
    ("IS", b"-2147483648 ", {"Value": [-2147483648]}, True),
    ("IS", b"1\\2\\3 ", {"Value": [1, 2, 3]}, True),
    ("IS", b"+07 ", {"Value": [7]}, False),
    ("IS", b"1.0 ", {"Value": [1]}, False),
    ("IS", b"99999999999 ", {"Value": ["99999999999"]}, True),
    ("IS", b"1\0", {"Value": [1]}, False),
    ("LO", b"a\\ b ", {"Value": ["a", "b"]}, False),
    ("LO", b"  ", {}, False),
    ("LT", b" a\\b\r\nc ", {"Value": [" a\\b\r\nc"]}, True),
    ("OB", b"\1\2\3\4", {"InlineBinary": "AQIDBA=="}, True),
    ("OD", bytes(range(8)), {"InlineBinary": "AAECAwQFBgc="}, True),
    ("OF", b"\1\2\3\4", {"InlineBinary": "AQIDBA=="}, True),
    ("OL", b"\1\2\3\4", {"InlineBinary": "AQIDBA=="}, True),
    ("OV", bytes(range(8)), {"InlineBinary": "AAECAwQFBgc="}, True),
    ("OW", b"\1\2\3\4", {"InlineBinary": "AQIDBA=="}, True),
    ("PN", b"Doe^Jane", {"Value": [{"Alphabetic": "Doe^Jane"}]}, True),
    ("PN", b"A=B=C\\D ", {"Value": [{"Alphabetic": "A", "Ideographic": "B", "Phonetic": "C"},
                                    {"Alphabetic": "D"}]}, True),
    ("PN", b"==C ", {"Value": [{"Phonetic": "C"}]}, True),
    ("PN", b"A\\\\B", {"Value": [{"Alphabetic": "A"}, None, {"Alphabetic": "B"}]}, True),
    ("PN", b"A=B=C=D ", {"Value": [{"Alphabetic": "A", "Ideographic": "B", "Phonetic": "C=D"}]},
     True),
    ("SH", b"x ", {"Value": ["x"]}, True),
    ("SL", struct.pack("<i", -5), {"Value": [-5]}, True),
    ("SS", struct.pack("<2h", -5, 6), {"Value": [-5, 6]}, True),
    ("ST", b"a ", {"Value": ["a"]}, True),
    ("SV", struct.pack("<q", -(2**63)), {"Value": [-(2**63)]}, True),
    ("TM", b"120000.123456 ", {"Value": ["120000.123456"]}, True),
    ("UC", b" x\\y", {"Value": [" x", "y"]}, True),
    ("UI", b"1.2.3\0", {"Value": ["1.2.3"]}, True),
    ("UI", b"1.2\\1.3\0", {"Value": ["1.2", "1.3"]}, True),
    ("UL", struct.pack("<I", 2**32 - 1), {"Value": [2**32 - 1]}, True),
    ("UN", b"\0\1", {"InlineBinary": "AAE="}, True),
    ("UR", b"http://a/b?c=d\\", {"Value": ["http://a/b?c=d\\"]}, False),
    ("US", struct.pack("<H", 512), {"Value": [512]}, True),
    ("UT", b"x\\y ", {"Value": ["x\\y "[:-1]]}, True),
    ("UV", struct.pack("<Q", 2**64 - 1), {"Value": [2**64 - 1]}, True),
]  # fmt: skip


@pytest.mark.parametrize(("vr", "raw", "model", "same"), CASES)
def test_a_value_field_and_its_model(vr: str, raw: bytes, model: Any, same: bool) -> None:
    assert encoded(vr, raw) == model
    tag = TAGS[vr]
    ds = dc.read_dataset(explicit(tag, vr, raw), "1.2.840.10008.1.2.1")
    back = dc.json.decode(dc.json.encode(ds))
    assert back.element(tag).vr == vr
    assert dc.json.encode(back) == dc.json.encode(ds)
    if same:
        assert back.element(tag).raw == raw


@pytest.mark.parametrize("vr", sorted(TAGS))
def test_an_empty_value_field_has_no_value(vr: str) -> None:
    assert encoded(vr, b"") == {}
    back = dc.json.decode(json.dumps({f"{TAGS[vr]:08X}": {"vr": vr}}))
    assert back.element(TAGS[vr]).raw == b""
    assert back.element(TAGS[vr]).vr == vr


def test_the_table_has_every_vr() -> None:
    assert {*TAGS, "SQ"} == {str(vr) for vr in VR}


WORDS = [("OW", 2), ("OF", 4), ("OL", 4), ("OD", 8), ("OV", 8)]


@pytest.mark.parametrize(("vr", "size"), WORDS)
def test_words_are_little_endian_whatever_the_file_was(vr: str, size: int) -> None:
    raw = bytes(range(16))
    swapped = b"".join(raw[at : at + size][::-1] for at in range(0, 16, size))
    assert encoded(vr, swapped, BIG) == encoded(vr, raw)


@pytest.mark.parametrize("vr", ["US", "SS", "UL", "SL", "FL", "FD", "AT", "SV", "UV"])
def test_numbers_are_the_same_in_big_endian(vr: str) -> None:
    size = {"US": 2, "SS": 2, "AT": 2, "FD": 8, "SV": 8, "UV": 8}.get(vr, 4)
    raw = bytes(range(1, 17))
    swapped = b"".join(raw[at : at + size][::-1] for at in range(0, 16, size))
    assert encoded(vr, swapped, BIG) == encoded(vr, raw)


@pytest.mark.parametrize("vr", ["US", "SL", "FL", "FD", "AT", "SV"])
def test_bytes_that_are_no_numbers_are_given_as_un(vr: str) -> None:
    tag = TAGS[vr]
    ds = dc.read_dataset(explicit(tag, vr, b"\1\2\3" + b"\0" * 8), "1.2.840.10008.1.2.1")
    attribute = json.loads(dc.json.encode(ds))[f"{tag:08X}"]
    assert attribute == {"vr": "UN", "InlineBinary": "AQIDAAAAAAAAAAA="}


def test_nan_and_infinity_follow_the_policy() -> None:
    raw = struct.pack("<3d", float("nan"), float("-inf"), 1.0)
    assert encoded("FD", raw) == {"Value": [None, None, 1.0]}
    assert "InlineBinary" in encoded("FD", raw, nonfinite="binary")
    ds = dc.read_dataset(explicit(TAGS["FD"], "FD", raw), "1.2.840.10008.1.2.1")
    back = dc.json.decode(dc.json.encode(ds, nonfinite="binary"))
    assert back.element(TAGS["FD"]).raw == raw
    with pytest.raises(dc.ValueEncodeError):
        dc.json.encode(ds, nonfinite="error")
    with pytest.raises(ValueError, match="nonfinite"):
        dc.json.encode(ds, nonfinite="what")  # type: ignore[arg-type]


# --- text and character sets ---------------------------------------------------------------------


def test_the_japanese_name_of_annex_f() -> None:
    # PS3.5 H.3.1 and PS3.18 F.4
    raw = b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B"
    data = explicit(0x00080005, "CS", b"\\ISO 2022 IR 87 ") + explicit(0x00100010, "PN", raw)
    ds = dc.read_dataset(data)
    model = json.loads(dc.json.encode(ds))
    assert model["00100010"]["Value"] == [
        {"Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎", "Phonetic": "やまだ^たろう"}
    ]
    assert model["00080005"]["Value"] == ["ISO_IR 192"]
    kept = json.loads(dc.json.encode(ds, keep_charset=True))
    assert kept["00080005"]["Value"] == [None, "ISO 2022 IR 87"]
    assert dc.json.decode(dc.json.encode(ds)).PatientName == ds.PatientName


def test_the_character_set_of_an_item_counts_there() -> None:
    item = explicit(0x00080005, "CS", b"ISO_IR 144") + explicit(0x00100020, "LO", b"\xbb\xee")
    inside = struct.pack("<HHI", 0xFFFE, 0xE000, len(item)) + item
    data = explicit(0x00080005, "CS", b"ISO_IR 100") + explicit(0x00101002, "SQ", inside)
    data += explicit(0x00104000, "LT", b"\xe9 ")
    model = json.loads(dc.json.encode(dc.read_dataset(data)))
    assert model["00104000"]["Value"] == ["é"]
    assert model["00101002"]["Value"][0]["00100020"]["Value"] == ["\u041b\u044e"]
    assert model["00101002"]["Value"][0]["00080005"]["Value"] == ["ISO_IR 192"]


def test_more_than_ascii_says_its_character_set() -> None:
    ds = dc.json.decode('{"00100010":{"vr":"PN","Value":[{"Alphabetic":"Müller"}]}}')
    assert ds["SpecificCharacterSet"] == ("ISO_IR 192",)
    ds = dc.json.decode('{"00100010":{"vr":"PN","Value":[{"Alphabetic":"Miller"}]}}')
    assert "SpecificCharacterSet" not in ds
    nested = '{"00101002":{"vr":"SQ","Value":[{"00100020":{"vr":"LO","Value":["é"]}}]}}'
    assert dc.json.decode(nested)["SpecificCharacterSet"] == ("ISO_IR 192",)


# --- data sets -----------------------------------------------------------------------------------


def test_sequences_items_and_group_lengths() -> None:
    ds = dc.Dataset()
    ds.set(0x00080000, "UL", 4)
    ds.ReferencedStudySequence = [dc.Dataset({"PatientID": "1"}), dc.Dataset()]
    ds.set("ReferencedSeriesSequence", "SQ", [])
    assert json.loads(dc.json.encode(ds)) == {
        "00081110": {"vr": "SQ", "Value": [{"00100020": {"vr": "LO", "Value": ["1"]}}, {}]},
        "00081115": {"vr": "SQ"},
    }
    back = dc.json.decode(dc.json.encode(ds))
    del ds[0x00080000]
    assert back == ds


def test_edits_and_deletions_are_seen_and_the_order_is_kept() -> None:
    data = explicit(0x00080060, "CS", b"CT") + explicit(0x00100020, "LO", b"1 ")
    ds = dc.read_dataset(data)
    ds.PatientName = "Doe"
    ds.Modality = "MR"
    del ds["PatientID"]
    ds.Rows = 5
    assert list(json.loads(dc.json.encode(ds)).items()) == [
        ("00080060", {"vr": "CS", "Value": ["MR"]}),
        ("00100010", {"vr": "PN", "Value": [{"Alphabetic": "Doe"}]}),
        ("00280010", {"vr": "US", "Value": [5]}),
    ]
    assert "PatientID" not in dc.json.to_dict(ds)


def test_what_an_encoder_remembers_does_not_cross_character_sets_or_signs() -> None:
    encoder = dc.json.Encoder()
    texts = []
    for charset in (b"ISO_IR 100", b"ISO_IR 144"):
        data = explicit(0x00080005, "CS", charset) + explicit(0x00100020, "LO", b"\xe9 ")
        texts.append(json.loads(encoder.encode(dc.read_dataset(data)))["00100020"]["Value"])
    assert texts == [["é"], ["щ"]]
    values = []
    for signed in (0, 1):
        ds = dc.read_dataset(
            struct.pack("<HHIH", 0x28, 0x103, 2, signed)
            + struct.pack("<HHIH", 0x28, 0x106, 2, 0xFFFF),
            "1.2.840.10008.1.2",
        )
        values.append(json.loads(encoder.encode(ds))["00280106"])
    assert values == [{"vr": "US", "Value": [65535]}, {"vr": "SS", "Value": [-1]}]


def test_a_sequence_that_depends_on_what_is_around_it_is_not_remembered() -> None:
    encoder = dc.json.Encoder()
    inner = struct.pack("<HHIH", 0x28, 0x106, 2, 0xFFFF)
    item = struct.pack("<HHI", 0xFFFE, 0xE000, len(inner)) + inner
    found = []
    for signed in (0, 1):
        data = struct.pack("<HHIH", 0x28, 0x103, 2, signed)
        data += struct.pack("<HHI", 0x28, 0x3010, len(item)) + item
        model = json.loads(encoder.encode(dc.read_dataset(data, "1.2.840.10008.1.2")))
        found.append(model["00283010"]["Value"][0]["00280106"]["vr"])
    assert found == ["US", "SS"]


def test_to_dict_and_from_dict_are_plain() -> None:
    ds = dc.Dataset({"PatientName": "Doe^Jane", "Rows": 512, "SliceThickness": "1.50"})
    model = dc.json.to_dict(ds)
    assert model["00100010"]["Value"][0]["Alphabetic"] == "Doe^Jane"  # type: ignore[index]
    assert model["00280010"]["Value"] == [512]
    assert dc.json.from_dict(model) == ds


def test_a_number_for_ds_fits_its_sixteen_characters() -> None:
    ds = dc.json.decode('{"00180050":{"vr":"DS","Value":[0.30000000000000004, 1e-20]}}')
    texts = ds.element("SliceThickness").text.split("\\")
    assert all(len(text) <= 16 for text in texts)
    assert [float(text) for text in texts] == pytest.approx([0.3, 1e-20])


_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\\\0^="), min_size=1, max_size=20)


@given(st.lists(_TEXT.filter(lambda text: text.strip(" ") == text), min_size=1, max_size=4))
def test_texts_go_there_and_back(values: list[str]) -> None:
    ds = dc.Dataset({"SpecificCharacterSet": "ISO_IR 192"})
    # as elements, which may hold control characters
    ds["OtherPatientIDs"] = dc.DataElement("OtherPatientIDs", "LO", values)
    ds["TextValue"] = dc.DataElement("TextValue", "UT", "\\".join(values))
    assert dc.json.decode(dc.json.encode(ds)) == ds
    assert dc.xml.decode(dc.xml.encode(ds)) == ds


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=4))
def test_numbers_go_there_and_back(values: list[float]) -> None:
    ds = dc.Dataset()
    ds.set("DiffusionBValue", "FD", values)
    ds.set("ImagePositionPatient", "DS", values)
    for back in (dc.json.decode(dc.json.encode(ds)), dc.xml.decode(dc.xml.encode(ds))):
        assert back.element("DiffusionBValue").raw == ds.element("DiffusionBValue").raw
        assert back["ImagePositionPatient"] == ds["ImagePositionPatient"]


@pytest.mark.parametrize("module", ["json", "xml"])
def test_the_examples_of_the_modules_run(module: str) -> None:
    failed, tried = doctest.testmod(getattr(dc, module))
    assert tried > 3
    assert not failed
