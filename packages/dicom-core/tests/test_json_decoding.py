"""What the JSON reader takes, what it refuses, and how it says so (PS3.18 F.2)."""

import json
from typing import Any

import pytest

import dicom_core as dc


def element(attribute: str, tag: str = "00100020") -> dc.DataElement:
    return dc.json.decode(f'{{"{tag}":{attribute}}}').element(int(tag, 16))


# What servers write that is not what Annex F says, and means only one thing.
TOLERATED: list[tuple[str, str, str, object]] = [
    ("00100020", '{"Value":["x"]}', "LO", "x"),
    ("00280010", '{"Value":[512]}', "US", 512),
    ("00080060", '{"vr":null,"Value":["CT"]}', "CS", "CT"),
    ("00280010", '{"vr":"US","Value":["512"]}', "US", 512),
    ("00280010", '{"vr":"US","Value":[512.0]}', "US", 512),
    ("00280010", '{"vr":"US","Value":512}', "US", 512),
    ("00180050", '{"vr":"DS","Value":["1.50"]}', "DS", 1.5),
    ("00180050", '{"vr":"DS","Value":[1]}', "DS", 1.0),
    ("00200013", '{"vr":"IS","Value":["7"]}', "IS", 7),
    ("00189087", '{"vr":"FD","Value":["0.1"]}', "FD", 0.1),
    ("00189087", '{"vr":"FD","Value":["-Infinity"]}', "FD", float("-inf")),
    ("00100020", '{"vr":"LO","Value":[4711]}', "LO", "4711"),
    ("00100020", '{"vr":"LO","Value":"x"}', "LO", "x"),
    ("00100020", '{"vr":"LO","Value":null}', "LO", None),
    ("00100020", '{"vr":"LO","Value":[]}', "LO", None),
    ("00100020", '{"vr":"LO","Value":[null]}', "LO", None),
    ("00100020", "null", "LO", None),
    ("00100020", '{"vr":"LO","more":1}', "LO", None),
    ("00100010", '{"vr":"PN","Value":["Doe^Jane"]}', "PN", "Doe^Jane"),
    ("00100010", '{"vr":"PN","Value":{"Alphabetic":"Doe"}}', "PN", "Doe"),
    ("00100010", '{"vr":"PN","Value":[{"Alphabetic":null,"Phonetic":"x"}]}', "PN", "==x"),
    ("00100010", '{"vr":"PN","Value":[{}]}', "PN", None),
    ("00209165", '{"vr":"AT","Value":["(0010,0020)"]}', "AT", 0x00100020),
    ("00420011", '{"vr":"OB","InlineBinary":"AQI\\n D"}', "OB", b"\1\2\3\0"),
    ("00420011", '{"vr":"OB","InlineBinary":""}', "OB", None),
    ("00281101", '{"vr":"US","InlineBinary":"AQACAAMA"}', "US", (1, 2, 3)),
    ("00091001", '{"InlineBinary":"AQI="}', "UN", b"\1\2"),
    ("00091001", '{"Value":[{"Alphabetic":"Doe"}]}', "PN", ("Doe",)),
    ("00081155", '{"vr":"UI","Value":["1.2"]}', "UI", "1.2"),
    ("001021b0", '{"vr":"LT","Value":["a","b"]}', "LT", "a\\b"),
]  # fmt: skip


@pytest.mark.parametrize(("tag", "attribute", "vr", "value"), TOLERATED)
def test_tolerated(tag: str, attribute: str, vr: str, value: object) -> None:
    found = dc.json.decode(f'{{"{tag}":{attribute}}}')
    assert found.element(int(tag, 16)).vr == vr
    assert found[int(tag, 16)] == value


def test_a_missing_vr_may_depend_on_what_comes_later() -> None:
    text = '{"00280106":{"Value":[-1]},"00280103":{"vr":"US","Value":[1]}}'
    assert dc.json.decode(text).element("SmallestImagePixelValue").vr == "SS"


def test_items_of_a_private_sequence_without_a_vr() -> None:
    found = dc.json.decode('{"00091001":{"Value":[{"00100020":{"Value":["x"]}},null]}}')
    items = found[0x00091001]
    assert isinstance(items, dc.Sequence)
    assert [item.PatientID for item in items] == ["x", None]


def test_errors_in_items_say_where() -> None:
    text = '{"00081110":{"vr":"SQ","Value":[{},{"00280010":{"vr":"US","Value":["x"]}}]}}'
    with pytest.raises(dc.ParseError) as caught:
        dc.json.decode(text)
    assert caught.value.path == "(0008,1110)[1].(0028,0010)"
    assert caught.value.rule == "json-value"
    assert "x" not in str(caught.value).split("(rule")[0].split("(0008,1110)")[0].split()


# What has no meaning, or two.
REFUSED: list[tuple[str, str]] = [
    ('{"00100020":{"vr":"LO","Value":["x"],"vr":"SH"}}', "json-duplicate"),
    ('{"00100020":{"vr":"LO"},"00100020":{"vr":"LO"}}', "json-duplicate"),
    ('{"0010002a":{"vr":"LO"},"0010002A":{"vr":"LO"}}', "json-duplicate"),
    ('{"00420011":{"vr":"OB","InlineBinary":"AA==","BulkDataURI":"x"}}', "json-ambiguous"),
    ('{"00280010":{"vr":"US","Value":[1],"BulkDataURI":"x"}}', "json-ambiguous"),
    ('{"00280010":{"vr":"US","Value":[1],"InlineBinary":"AQA="}}', "json-ambiguous"),
    ('{"00420011":{"vr":"OB","InlineBinary":"A"}}', "json-base64"),
    ('{"00420011":{"vr":"OB","InlineBinary":"A=A="}}', "json-base64"),
    ('{"00420011":{"vr":"OB","InlineBinary":"AA==AA=="}}', "json-base64"),
    ('{"00420011":{"vr":"OB","InlineBinary":"ä==="}}', "json-base64"),
    ('{"00420011":{"vr":"OB","InlineBinary":[1]}}', "json-structure"),
    ('{"00420011":{"vr":"OB","BulkDataURI":1}}', "json-structure"),
    ('{"00420011":{"vr":"OB","Value":[1,2]}}', "json-value"),
    ('{"00081110":{"vr":"SQ","Value":[1]}}', "json-structure"),
    ('{"00081110":{"vr":"SQ","InlineBinary":"AA=="}}', "json-value"),
    ('{"00081110":{"vr":"SQ","BulkDataURI":"x"}}', "json-value"),
    ('{"00280010":{"vr":"US","Value":[65536]}}', "json-value"),
    ('{"00280010":{"vr":"US","Value":[-1]}}', "json-value"),
    ('{"00280010":{"vr":"US","Value":[1.5]}}', "json-value"),
    ('{"00280010":{"vr":"US","Value":[true]}}', "json-value"),
    ('{"00280010":{"vr":"US","Value":[null]}}', "json-value"),
    ('{"00280010":{"vr":"US","Value":["1e400"]}}', "json-value"),
    ('{"00280010":{"vr":"US","Value":[{}]}}', "json-value"),
    ('{"00189087":{"vr":"FD","Value":["x"]}}', "json-value"),
    ('{"00081163":{"vr":"FL","Value":[1e300]}}', "json-value"),
    ('{"00209165":{"vr":"AT","Value":["x"]}}', "json-value"),
    ('{"00100020":{"vr":"LO","Value":[["x"]]}}', "json-value"),
    ('{"00100020":{"vr":"LO","Value":["\\ud800"]}}', "json-text"),
    ('{"00080060":{"vr":"CS","Value":["\\udfff"]}}', "json-text"),
    ('{"00100010":{"vr":"PN","Value":[{"Alphabetic":1}]}}', "json-value"),
    ('{"00100010":{"vr":"PN","Value":[1]}}', "json-value"),
    ('{"00100020":{"vr":"XX"}}', "json-vr"),
    ('{"00100020":{"vr":1}}', "json-vr"),
    ('{"00091001":{"Value":["x"]}}', "json-vr"),
    ('{"00100020":[]}', "json-structure"),
    ('{"PatientID":{"vr":"LO"}}', "json-tag"),
    ('{"0010_020":{"vr":"LO"}}', "json-tag"),
    ('{"+0100020":{"vr":"LO"}}', "json-tag"),
    ('{"0010002":{"vr":"LO"}}', "json-tag"),
    ('{"0010002٠":{"vr":"LO"}}', "json-tag"),
    ('{"00189087":{"vr":"FD","Value":[NaN]}}', "json-number"),
    ('{"00189087":{"vr":"FD","Value":[Infinity]}}', "json-number"),
    ('{"00280010":{"vr":"US","Value":[01]}}', "json-syntax"),
    ('{"00100020":{"vr":"LO",}}', "json-syntax"),
    ('{"00100020":{"vr":"LO"}', "json-truncated"),
    ('{"00100020":{"vr":"LO"}}x', "json-syntax"),
    ('{"00100020":{"vr":"LO"]}', "json-syntax"),
    ('{"00100020":{"vr":"L\nO"}}', "json-syntax"),
    ("", "json-truncated"),
    ("[", "json-truncated"),
    ("[{}", "json-truncated"),
    ("[{}{}]", "json-syntax"),
    ("[{},]", "json-syntax"),
    ("[,{}]", "json-syntax"),
    ("[1]", "json-syntax"),
    ("[{}]]", "json-syntax"),
    ("null", "json-syntax"),
    ('"x"', "json-syntax"),
    ("[]", "json-structure"),
    ("[{},{}]", "json-structure"),
]


@pytest.mark.parametrize(("text", "rule"), REFUSED)
def test_refused(text: str, rule: str) -> None:
    with pytest.raises(dc.ParseError) as caught:
        dc.json.decode(text)
    assert caught.value.rule == rule
    assert rule in str(caught.value)


def test_what_is_no_utf_8_is_refused_with_its_byte() -> None:
    data = b'[{"00100020":{"vr":"LO","Value":["\xff"]}}]'
    with pytest.raises(dc.ParseError) as caught:
        dc.json.decode_all(data)
    assert (caught.value.rule, caught.value.offset) == ("json-utf8", data.index(b"\xff"))


def test_the_offset_of_a_mistake_counts_bytes_of_the_whole_text() -> None:
    data = '[{"00100020":{"vr":"LO","Value":["é"]}}, {"00100020":{"vr" "LO"}}]'.encode()
    with pytest.raises(dc.ParseError) as caught:
        dc.json.decode_all(data)
    assert caught.value.offset == data.index(b'"LO"}}]')


def test_objects_arrays_and_a_byte_order_mark() -> None:
    one = '{"00100020":{"vr":"LO","Value":["x"]}}'
    assert dc.json.decode(one).PatientID == "x"
    assert dc.json.decode(f"[{one}]").PatientID == "x"
    assert dc.json.decode(b"\xef\xbb\xbf \n" + one.encode()).PatientID == "x"
    assert [ds.PatientID for ds in dc.json.decode_all(f"[{one},\n{one}] ")] == ["x", "x"]
    assert [ds.PatientID for ds in dc.json.decode_all(one)] == ["x"]
    assert dc.json.decode_all("[]") == []
    assert dc.json.decode("{}") == dc.Dataset()


def test_group_lengths_are_left_out() -> None:
    assert len(dc.json.decode('{"00080000":{"vr":"UL","Value":[4]}}')) == 0


def test_what_is_decoded_can_be_edited_copied_and_written() -> None:
    text = '{"00081110":{"vr":"SQ","Value":[{"00100020":{"vr":"LO","Value":["x"]}}]}}'
    ds = dc.json.decode(text)
    twin = ds.copy()
    twin["ReferencedStudySequence"][0].PatientID = "y"  # type: ignore[index]
    assert json.loads(dc.json.encode(ds))["00081110"]["Value"][0]["00100020"]["Value"] == ["x"]
    assert json.loads(dc.json.encode(twin))["00081110"]["Value"][0]["00100020"]["Value"] == ["y"]


def test_from_dict_takes_python_values() -> None:
    model: dict[str, Any] = {
        "00100010": {"vr": "PN", "Value": [{"Alphabetic": dc.PersonName("Doe^Jane")}]},
        "00180050": {"vr": "DS", "Value": [dc.DecimalString("1.50"), 2, 0.25]},
        "00280010": {"vr": "US", "Value": (1,)},
    }
    ds = dc.json.from_dict(model)
    assert ds.PatientName == "Doe^Jane"
    assert ds.element("SliceThickness").text == "1.50\\2\\0.25"
    assert ds.Rows == 1
