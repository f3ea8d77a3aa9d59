"""JSON arrays that arrive in pieces, and many instances on their way out, in bounded memory (PS3.18 F.2.1)."""

import json
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dicom_core as dc

TEXT = json.dumps(
    [
        {},
        {"00100010": {"vr": "PN", "Value": [{"Alphabetic": 'a"]}\\', "Phonetic": "[{é"}]}},
        {"00081110": {"vr": "SQ", "Value": [{"00100020": {"vr": "LO", "Value": ["\\\\", None]}}]}},
        {
            "00280010": {"vr": "US", "Value": [1, 2]},
            "00091001": {"vr": "UN", "InlineBinary": "AA=="},
        },
        {"00081115": {"vr": "SQ", "Value": [{"00081110": {"vr": "SQ", "Value": [{}, {}]}}]}},
    ],
    ensure_ascii=False,
    indent=1,
).encode()
WHOLE = [dc.json.encode(ds) for ds in dc.json.decode_all(TEXT)]


@given(st.lists(st.integers(0, len(TEXT)), max_size=12))
def test_it_does_not_matter_how_the_bytes_are_cut(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(TEXT)]
    pieces = [TEXT[a:b] for a, b in pairwise(edges)]
    found = [dc.json.encode(ds) for ds in dc.json.iter_decode(pieces)]
    assert found == WHOLE


def test_byte_by_byte() -> None:
    decoder = dc.json.Decoder()
    found = [ds for at in range(len(TEXT)) for ds in decoder.feed(TEXT[at : at + 1])]
    decoder.close()
    assert [dc.json.encode(ds) for ds in found] == WHOLE


def test_a_data_set_is_given_as_soon_as_it_ends() -> None:
    decoder = dc.json.Decoder()
    assert decoder.feed(b'[{"00280010":{"vr":"US","Value":[1]}') == []
    assert [ds.Rows for ds in decoder.feed(b"}")] == [1]
    assert decoder.feed(b" , ") == []
    with pytest.raises(dc.ParseError, match="json-truncated"):
        decoder.close()
    assert [ds.Rows for ds in decoder.feed(b"{}]")] == [None]
    decoder.close()


def test_what_came_before_an_error_is_not_lost() -> None:
    decoder = dc.json.Decoder()
    assert len(decoder.feed(b"[{},{},{]")) == 2
    for _ in range(2):
        with pytest.raises(dc.ParseError, match="json-syntax"):
            decoder.feed(b"}")
    with pytest.raises(dc.ParseError, match="json-syntax"):
        decoder.close()


def instances(count: int) -> Iterator[dc.Dataset]:
    for number in range(count):
        yield dc.Dataset({"InstanceNumber": number, "PatientName": f"Doe^{number}"})


def test_ten_thousand_instances_in_bounded_memory() -> None:
    pieces = dc.json.iter_encode(instances(10_000))
    tracemalloc.start()
    try:
        total = count = 0

        def counted() -> Iterator[bytes]:
            nonlocal total
            for piece in pieces:
                total += len(piece)
                yield piece

        for count, ds in enumerate(dc.json.iter_decode(counted()), 1):
            assert ds.InstanceNumber == count - 1
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 10_000
    assert total > 900_000
    assert peak < 4 << 20  # the memo of the encoder, one data set, no more


def test_an_array_of_nothing_and_of_one() -> None:
    assert dc.json.encode_array([]) == b"[]"
    assert json.loads(dc.json.encode_array([dc.Dataset()])) == [{}]
    assert dc.json.decode_all(dc.json.encode_array(instances(3))) == list(instances(3))


def test_large_texts_in_small_pieces_are_gone_over_once() -> None:
    # quadratic work over 4 MiB in pieces of 1 KiB would be 8 GiB of bytes looked at
    value = "A" * (4 << 20)
    text = f'[{{"00420011":{{"vr":"OB","InlineBinary":"{value}"}}}}]'.encode()
    pieces = (text[at : at + 1024] for at in range(0, len(text), 1024))
    (ds,) = dc.json.iter_decode(pieces)
    assert ds.element("EncapsulatedDocument").length == len(value) // 4 * 3
