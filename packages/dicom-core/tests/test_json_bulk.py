"""Bulk data: out of the model as a URI, and back when somebody looks (PS3.18 F.2.6)."""

import json

import pytest

import dicom_core as dc


def image() -> dc.Dataset:
    ds = dc.Dataset({"SOPInstanceUID": "1.2.3", "Rows": 2, "Columns": 2, "BitsAllocated": 16})
    ds.set("PixelData", "OW", bytes(range(200)) * 20)
    ds.set("RedPaletteColorLookupTableData", "OW", b"\1\2\3\4")
    ds.set("IconImageSequence", "SQ", [dc.Dataset({"Rows": 1})])
    icon = ds["IconImageSequence"][0]  # type: ignore[index]
    icon.set("PixelData", "OB", b"\5" * 4000)
    return ds


def uri(root: dc.Dataset, element: dc.DataElement) -> str:
    return f"/instances/{root['SOPInstanceUID']}/bulk/{element.path}"


def test_values_above_the_threshold_become_uris() -> None:
    model = json.loads(dc.json.encode(image(), bulk=dc.json.BulkPolicy(uri, threshold=1000)))
    assert model["7FE00010"] == {
        "vr": "OW",
        "BulkDataURI": "/instances/1.2.3/bulk/(7FE0,0010)",
    }
    assert "InlineBinary" in model["00281201"]
    icon = model["00880200"]["Value"][0]["7FE00010"]
    assert icon["BulkDataURI"].startswith("/instances/1.2.3/bulk/")


def test_a_function_decides_for_each_value() -> None:
    asked: list[str] = []

    def choose(_root: dc.Dataset, element: dc.DataElement) -> str | None:
        asked.append(element.path)
        return "x" if element.tag == 0x7FE00010 else None

    model = json.loads(dc.json.encode(image(), bulk=choose))
    assert model["7FE00010"] == {"vr": "OW", "BulkDataURI": "x"}
    assert "InlineBinary" in model["00281201"]
    assert len(asked) == 3


def test_omitted_values_are_not_there_at_all() -> None:
    model = json.loads(dc.json.encode(image(), bulk="omit"))
    assert "7FE00010" not in model
    assert "00281201" not in model
    assert model["00880200"]["Value"] == [{"00280010": {"vr": "US", "Value": [1]}}]
    with pytest.raises(ValueError, match="bulk"):
        dc.json.encode(image(), bulk="none")  # type: ignore[arg-type]


def test_other_vrs_may_leave_too() -> None:
    ds = dc.Dataset({"ImageComments": "x" * 100})
    policy = dc.json.BulkPolicy(lambda _root, _element: "there", 50, frozenset(("LT",)))
    assert json.loads(dc.json.encode(ds, bulk=policy)) == {
        "00204000": {"vr": "LT", "BulkDataURI": "there"}
    }
    raw = dc.read_dataset(b"\x20\x00\x00\x40LT\x64\x00" + b"x" * 100)
    assert dc.json.encode(raw, bulk=policy) == dc.json.encode(ds, bulk=policy)


def test_uris_of_one_instance_are_not_remembered_for_the_next() -> None:
    encoder = dc.json.Encoder(bulk=dc.json.BulkPolicy(uri, threshold=4))
    found = []
    for number in ("1.1", "1.2"):
        ds = dc.Dataset({"SOPInstanceUID": number})
        ds.set("RedPaletteColorLookupTableData", "OW", b"\1\2\3\4\5\6")
        data = dc.json.decode(dc.json.encode(ds))
        found.append(json.loads(encoder.encode(data))["00281201"]["BulkDataURI"])
    assert found[0] != found[1]


def test_a_uri_is_resolved_when_the_value_is_looked_at_and_once() -> None:
    text = '{"7FE00010":{"vr":"OW","BulkDataURI":"x/1"},"00280010":{"vr":"US","Value":[1]}}'
    asked: list[str] = []

    def resolve(where: str) -> bytes:
        asked.append(where)
        return b"\1\2\3\4"

    ds = dc.json.decode(text, bulk=resolve)
    assert ds.Rows == 1
    assert dc.json.bulk_data_uri(ds.element("PixelData")) == "x/1"
    assert asked == []
    assert ds["PixelData"] == b"\1\2\3\4"
    assert ds.element("PixelData").handle.read_range(1, 2) == b"\2\3"
    assert asked == ["x/1"]
    assert json.loads(dc.json.encode(ds))["7FE00010"] == {"vr": "OW", "InlineBinary": "AQIDBA=="}


def test_a_source_may_be_given_instead_of_bytes() -> None:
    text = '{"7FE00010":{"vr":"OW","BulkDataURI":"x"}}'
    ds = dc.json.decode(text, bulk=lambda _uri: dc.BytesSource(b"\1\2"))
    assert ds.element("PixelData").length == 2
    assert ds["PixelData"] == b"\1\2"


def test_without_a_resolver_the_uri_stays_and_the_value_says_what_to_do() -> None:
    text = '{"7FE00010":{"vr":"OW","BulkDataURI":"http://host/secret"}}'
    ds = dc.json.decode(text)
    with pytest.raises(dc.json.UnresolvedBulkData) as caught:
        ds["PixelData"]
    assert caught.value.uri == "http://host/secret"
    assert "secret" not in str(caught.value)
    assert dc.json.encode(ds).decode() == text
    assert dc.json.encode(ds, bulk="omit") == b"{}"
    assert dc.xml.decode(dc.xml.encode(ds)).element("PixelData").vr == "OW"
    assert dc.json.bulk_data_uri(dc.Dataset({"Rows": 1}).element("Rows")) is None


def test_encapsulated_pixels_come_back_as_fragments() -> None:
    ds = dc.Dataset()
    ds.set("PixelData", "OB", dc.Fragments([b"\1\2", b"\3\4"], b"\0\0\0\0"))
    for back in (dc.json.decode(dc.json.encode(ds)), dc.xml.decode(dc.xml.encode(ds))):
        fragments = back["PixelData"]
        assert isinstance(fragments, dc.Fragments)
        assert list(fragments) == [b"\1\2", b"\3\4"]
        assert fragments.offset_table == b"\0\0\0\0"


@pytest.mark.parametrize(
    "raw", [b"\xfe\xff\x00\xe0\x00\x00\x00\x01", b"\xfe\xff\x00\xe0\xff\0\0\0", b"\1\2\3\4"]
)
def test_native_pixels_stay_bytes(raw: bytes) -> None:
    ds = dc.Dataset()
    ds.set("PixelData", "OW", raw)
    assert dc.json.decode(dc.json.encode(ds))["PixelData"] == ds["PixelData"]
