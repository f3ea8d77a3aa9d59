"""What JSON and XML take: anything else is refused with a sentence that says so."""

from collections.abc import Callable
from typing import Any

import pytest

import dicom_core as dc

ONE = dc.Dataset({"PatientID": "1"})
json: Any = dc.json
xml: Any = dc.xml
SOURCE, SEVERAL, DATA = "a Dataset or a DicomFile", "several Dataset or DicomFile", "is bytes"

WRONG: list[tuple[str, Callable[[], object], str]] = [
    ("json.encode", lambda: json.encode(None), SOURCE),
    ("json.encode dict", lambda: json.encode({}), SOURCE),
    ("json.to_dict", lambda: json.to_dict(3), SOURCE),
    ("json.encode_array one", lambda: json.encode_array(ONE), SEVERAL),
    ("json.encode_array number", lambda: json.encode_array(3), SEVERAL),
    ("json.encode_array of numbers", lambda: json.encode_array([3]), SOURCE),
    ("json.iter_encode", lambda: list(json.iter_encode([None])), SOURCE),
    ("json bulk", lambda: json.encode(ONE, bulk=3), "bulk is"),
    ("json.decode None", lambda: json.decode(None), DATA),
    ("json.decode dict", lambda: json.decode({"00100020": {}}), DATA),
    ("json.decode Dataset", lambda: json.decode(ONE), DATA),
    ("json.decode_all", lambda: json.decode_all([]), DATA),
    ("json.iter_decode number", lambda: list(json.iter_decode(3)), DATA),
    ("json.iter_decode text", lambda: list(json.iter_decode("[]")), DATA),
    ("json.iter_decode of texts", lambda: list(json.iter_decode(["[]"])), DATA),
    ("json.Decoder", lambda: json.Decoder().feed("[]"), DATA),
    ("json.from_dict", lambda: json.from_dict("{}"), "from_dict takes a dict"),
    ("xml.encode", lambda: xml.encode({}), SOURCE),
    ("xml.iter_encode", lambda: list(xml.iter_encode(None)), SOURCE),
    ("xml bulk", lambda: xml.encode(ONE, bulk=3), "bulk is"),
    ("xml.decode", lambda: xml.decode(None), DATA),
    ("xml.decode Dataset", lambda: xml.decode(ONE), DATA),
    ("xml.Decoder", lambda: xml.Decoder().feed("<a/>"), DATA),
]


@pytest.mark.parametrize(
    ("call", "says"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG]
)
def test_a_wrong_type_is_named_with_what_is_taken(call: Callable[[], object], says: str) -> None:
    with pytest.raises(TypeError, match=says) as caught:
        call()
    assert "not" in str(caught.value)


def test_a_word_that_bulk_does_not_know() -> None:
    for encode in (json.encode, xml.encode):
        with pytest.raises(ValueError, match="'inline', 'omit'"):
            encode(ONE, bulk="all")


def test_every_buffer_is_taken() -> None:
    for module in (json, xml):
        text = module.encode(ONE)
        for kind in (bytes, bytearray, memoryview, lambda data: data.decode()):
            assert module.decode(kind(text)) == ONE
