"""The push parser: the same events however the bytes are cut, and the same tree as the reader."""

from collections.abc import Iterator
from pathlib import Path

import pydicom.data
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dicom_core as dc
from dicom_core.stream import (
    NEED_DATA,
    Element,
    EndOfData,
    Event,
    FileStart,
    ItemEnd,
    ItemStart,
    Parser,
    SequenceEnd,
    SequenceStart,
    ValueChunk,
    ValueEnd,
    ValueStart,
)

FOLDER = Path(str(pydicom.data.get_testdata_file("CT_small.dcm", download=False))).parent
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
BIG, DEFLATED = "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"


def drain(parser: Parser) -> Iterator[Event]:
    while True:
        event = parser.next_event()
        if event is NEED_DATA:
            return
        yield event
        if isinstance(event, EndOfData):
            return


def events(data: bytes, cuts: list[int] | int, parser: Parser) -> list[Event]:
    found: list[Event] = []
    if isinstance(cuts, int):
        cuts = list(range(cuts, len(data), cuts))
    start = 0
    for cut in [*cuts, len(data)]:
        parser.feed(data[start:cut])
        found += drain(parser)
        start = cut
    parser.close()
    found += drain(parser)
    return found


def readable() -> Iterator[Path]:
    for path in sorted(FOLDER.glob("*.dcm")):
        data = path.read_bytes()
        if data[128:132] == b"DICM" and len(data) < 700_000:
            yield path


@pytest.mark.parametrize("path", list(readable()), ids=lambda path: path.name)
def test_same_elements_as_the_reader(path: Path) -> None:
    data = path.read_bytes()
    file = dc.read(data)
    if any(found.rule in {"encoding-mislabelled", "no-transfer-syntax"} for found in file.findings):
        return
    got = [
        (event.path, event.vr, event.offset)
        for event in events(data, 5000, Parser())
        if isinstance(event, Element | ValueStart | SequenceStart)
    ]
    elements = [*file.meta.elements(), *file.dataset.walk()]
    assert [path for path, _, _ in got] == [element.path for element in elements]
    if file.findings == ():
        assert [offset for _, _, offset in got] == [element.offset for element in elements]
        assert [vr for _, vr, _ in got if vr != "UN"] == [
            element.vr for element, (_, vr, _) in zip(elements, got, strict=True) if vr != "UN"
        ]


@pytest.mark.parametrize(
    "name",
    [
        "CT_small.dcm",
        "JPEG2000.dcm",
        "image_dfl.dcm",
        "MR_small_bigendian.dcm",
        "rtplan.dcm",
        "UN_sequence.dcm",
    ],
)
def test_the_cut_does_not_matter(name: str) -> None:
    data = (FOLDER / name).read_bytes()
    if len(data) > 20_000:  # the header, and some of the value
        data = data[:12_000]
    whole = events(data, [], Parser(chunk=512))
    for cuts in (1, 7, 512, 4096):
        assert events(data, cuts, Parser(chunk=512)) == whole


def test_values_are_the_readers() -> None:
    data = (FOLDER / "CT_small.dcm").read_bytes()
    ds = dc.read(data).dataset
    chunks: list[bytes] = []
    for event in events(data, 999, Parser(chunk=1000)):
        if isinstance(event, Element) and event.tag.group > 2 and event.path == str(event.tag):
            assert event.value == ds.element(event.tag).raw
        elif isinstance(event, ValueStart):
            chunks.clear()  # pixel data is the last
        elif isinstance(event, ValueChunk):
            assert event.position == sum(map(len, chunks))
            chunks.append(event.data)
    assert b"".join(chunks) == ds.PixelData


def test_fragments() -> None:
    ds = dc.Dataset({"SOPClassUID": "1.2.3", "SOPInstanceUID": "1.2.4"})
    ds.PixelData = dc.Fragments([b"abcdef", b"", b"ghij"])
    data = dc.write_dataset(ds)
    got = events(data, 3, Parser(EXPLICIT, chunk=4))
    while not isinstance(got[0], SequenceStart):
        del got[0]
    assert [type(event) for event in got] == [
        SequenceStart, ItemStart, ItemEnd, ItemStart, ValueChunk, ValueChunk, ItemEnd, ItemStart,
        ItemEnd, ItemStart, ValueChunk, ItemEnd, SequenceEnd, EndOfData,
    ]  # fmt: skip
    assert b"".join(e.data for e in got if isinstance(e, ValueChunk)) == b"abcdefghij"


@given(
    depth=st.integers(0, 4), text=st.text("ABC ", max_size=20), data=st.binary(max_size=60),
    to=st.sampled_from([IMPLICIT, EXPLICIT, BIG, DEFLATED]), undefined=st.booleans(),
    cuts=st.lists(st.integers(0, 400), max_size=9),
)  # fmt: skip
def test_any_cut_of_any_encoding(
    depth: int, text: str, data: bytes, to: str, undefined: bool, cuts: list[int]
) -> None:
    ds = dc.Dataset()
    inner = ds
    for _ in range(depth):
        inner.StudyDescription = text
        inner.EncapsulatedDocument = data
        item = dc.Dataset()
        inner.ReferencedSeriesSequence = [item, dc.Dataset()]
        inner = item
    raw = dc.write_dataset(
        ds, to, options=dc.WriteOptions(sequences="undefined" if undefined else "defined")
    )
    whole = events(raw, [], Parser(to, chunk=16))
    assert isinstance(whole[-1], EndOfData)
    assert events(raw, sorted(min(cut, len(raw)) for cut in cuts), Parser(to, chunk=16)) == whole
    starts = [
        event.path for event in whole if isinstance(event, Element | ValueStart | SequenceStart)
    ]
    assert starts == [element.path for element in ds.walk()] or starts == [
        element.path for element in dc.read_dataset(raw, to).walk()
    ]


def test_memory_is_bounded() -> None:
    parser = Parser(EXPLICIT, chunk=1 << 12)
    parser.feed(b"\xe0\x7f\x10\0OW\0\0" + (1 << 31).to_bytes(4, "little"))
    assert isinstance(parser.next_event(), ValueStart)
    for _ in range(3000):
        parser.feed(bytes(1000))
        for event in drain(parser):
            assert isinstance(event, ValueChunk)
        assert len(parser._input.window) < 1 << 18


def test_announced_lengths_allocate_nothing() -> None:
    parser = Parser(EXPLICIT)
    parser.feed(b"\x08\0\x05\0UT\0\0\xf0\xff\xff\xff")
    assert isinstance(parser.next_event(), ValueStart)
    assert parser.next_event() is NEED_DATA
    parser.close()
    rest = list(drain(parser))
    assert isinstance(rest[-1], EndOfData)
    assert [finding.rule for finding in parser.findings] == ["truncated"]


@pytest.mark.parametrize("cut", range(140, 1200, 50))
def test_cut_off_streams(cut: int) -> None:
    data = (FOLDER / "rtplan.dcm").read_bytes()[:cut]
    parser = Parser()
    found = events(data, [], parser)
    assert isinstance(found[-1], EndOfData)
    opened = sum(isinstance(event, SequenceStart | ItemStart | ValueStart) for event in found)
    closed = sum(isinstance(event, SequenceEnd | ItemEnd | ValueEnd) for event in found)
    assert opened == closed
    strict = Parser(options=dc.ReadOptions(strict=True))
    if parser.findings:
        with pytest.raises(dc.ParseError):
            events(data, [], strict)
    else:
        assert events(data, [], strict) == found


def test_limits_and_misuse() -> None:
    with pytest.raises(dc.NotDicom):
        events(bytes(200), [], Parser())
    with pytest.raises(dc.NotDicom):
        events(b"short", [], Parser())
    deep = b"\x08\0\x15\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff" * 200
    with pytest.raises(dc.LimitExceeded) as caught:
        events(deep, [], Parser(EXPLICIT))
    assert caught.value.limit == "depth"
    many = b"\xfe\xff\0\xe0\0\0\0\0" * 50
    data = b"\x08\0\x15\x11SQ\0\0" + len(many).to_bytes(4, "little") + many
    with pytest.raises(dc.LimitExceeded):
        events(data, [], Parser(EXPLICIT, options=dc.ReadOptions(limits=dc.Limits(elements=20))))
    parser = Parser(EXPLICIT)
    parser.close()
    with pytest.raises(ValueError, match="closed"):
        parser.feed(b"x")
    assert isinstance(parser.next_event(), EndOfData)
    assert isinstance(parser.next_event(), EndOfData)


@given(
    data=st.binary(max_size=300),
    to=st.sampled_from([IMPLICIT, EXPLICIT, BIG]),
    cut=st.integers(1, 50),
)
def test_any_bytes_end_in_events_or_one_error(data: bytes, to: str, cut: int) -> None:
    try:
        found = events(data, cut, Parser(to, chunk=32))
    except dc.DicomError:
        with pytest.raises(dc.DicomError):
            events(data, [], Parser(to, chunk=32))
        return
    assert events(data, [], Parser(to, chunk=32)) == found


def test_the_preamble_is_told() -> None:
    first = events((FOLDER / "CT_small.dcm").read_bytes(), 64, Parser())[0]
    assert isinstance(first, FileStart)
    assert len(first.preamble) == 128
